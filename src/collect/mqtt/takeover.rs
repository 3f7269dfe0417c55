//! Pure. Notices that another client uses our client id: the broker then ends either's connection whenever the other comes.

use crate::model::time::MINUTE_MS;
use std::collections::VecDeque;

/// So many connections accepted and soon closed again,
const CLOSES: usize = 3;
/// within this time, in milliseconds: three tries fit into it even at the longest back-off.
const WITHIN_MS: u64 = 3 * MINUTE_MS.unsigned_abs();
/// A connection that lasted this long, in milliseconds, was not closed by a rival: two agents that back off at most 30 s
/// meet sooner.
const SOON_MS: u64 = MINUTE_MS.unsigned_abs();

/// When the broker last closed connections it had accepted.
#[derive(Debug, Default)]
pub struct Takeover {
    closes: VecDeque<u64>,
}

impl Takeover {
    /// Notes that the broker closed at `mono_ms` a connection it had accepted `lasted_ms` before; true when this looks
    /// like a rival.
    pub fn closed(&mut self, mono_ms: u64, lasted_ms: u64) -> bool {
        if lasted_ms >= SOON_MS {
            self.closes.clear();
            return false;
        }
        self.closes.push_back(mono_ms);
        while self.closes.len() > CLOSES {
            self.closes.pop_front();
        }
        let first = self.closes.front().copied().unwrap_or(mono_ms);
        self.closes.len() == CLOSES && mono_ms.saturating_sub(first) <= WITHIN_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_short_connections_in_three_minutes_look_like_a_rival() {
        let mut takeover = Takeover::default();
        assert!(!takeover.closed(1_000, 500));
        assert!(!takeover.closed(31_000, 20_000));
        assert!(takeover.closed(90_000, 59_999));
        assert!(takeover.closed(181_000, 10), "150 s since the first of the last three");
        assert!(!takeover.closed(600_000, 10));
    }

    #[test]
    fn a_connection_that_lasted_was_closed_for_another_reason() {
        let mut takeover = Takeover::default();
        takeover.closed(0, 1);
        takeover.closed(1, 1);
        assert!(!takeover.closed(60_001, 60_000));
        assert!(!takeover.closed(60_002, 1), "counted anew");
    }
}
