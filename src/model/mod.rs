//! Pure. The nouns that cross the arrows of the map in `lib.rs`; no behaviour beyond arithmetic on themselves.

pub mod booking;
pub mod bytes;
pub mod commit;
pub mod entry;
pub mod fact;
pub mod happened;
pub mod ids;
pub mod live;
pub mod reading;
pub mod settings;
pub mod state;
pub mod state_rule;
pub mod tally;
pub mod time;
