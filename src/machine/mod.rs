//! Pure. Signal facts of a machine become what happened: its state, and the pieces of each counter at their instants.

pub mod counter;
mod pieces;
pub mod signals;
mod snapshot;
pub mod state;
