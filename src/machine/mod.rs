//! Pure. Signal facts of a machine become what happened: its state, and the pieces of each counter at their instants.

pub mod beat;
pub mod confirm;
pub mod counter;
pub mod head;
pub mod hold;
mod pieces;
pub mod resolve;
pub mod signals;
mod snapshot;
pub mod split;
pub mod state;
