//! Pure. The nouns that cross the arrows of the map in `lib.rs`; no behaviour beyond arithmetic on themselves.

pub mod amounts;
pub mod booking;
pub mod bytes;
pub mod calendar;
pub mod column;
pub mod commit;
pub mod detail;
pub mod entry;
pub mod fact;
pub mod happened;
pub mod ids;
pub mod line;
pub mod live;
pub mod policy;
pub mod reading;
pub mod settings;
pub mod sketch;
pub mod state;
pub mod state_rule;
pub mod tally;
pub mod time;
