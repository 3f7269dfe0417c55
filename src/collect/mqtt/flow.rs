//! Pure. How long a QoS 0 message may wait when the agent cannot keep up, before it is given up and counted.
//!
//! A QoS 1 message always waits: nothing is read from the broker meanwhile, which keeps the rest for us. A QoS 0 message
//! waits through a burst, but in a lasting flood the newest is given up, because only what was read can be counted: what
//! waits in the socket is dropped by the broker, and nobody here would know.

/// A burst may fill the door this long, in milliseconds; a core that commits every few seconds empties it far sooner.
const PATIENCE_MS: u64 = 1_000;

/// Remembers since when the door is crowded.
#[derive(Debug, Default)]
pub struct Gate {
    full_since: Option<u64>,
}

impl Gate {
    /// How long a message may wait for room, in milliseconds, when `free` of `capacity` places are free at `mono_ms`.
    pub fn patience_ms(&mut self, free: usize, capacity: usize, mono_ms: u64) -> u64 {
        if free >= capacity.div_ceil(2) {
            self.full_since = None;
        }
        if free > 0 {
            return PATIENCE_MS;
        }
        let since = *self.full_since.get_or_insert(mono_ms);
        PATIENCE_MS.saturating_sub(mono_ms.saturating_sub(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_waits_and_a_lasting_flood_is_given_up_until_half_the_door_is_free() {
        let mut gate = Gate::default();
        assert_eq!(gate.patience_ms(0, 10, 0), 1_000);
        assert_eq!(gate.patience_ms(0, 10, 999), 1);
        assert_eq!(gate.patience_ms(0, 10, 1_000), 0);
        assert_eq!(gate.patience_ms(1, 10, 1_001), 1_000, "there is room for this one");
        assert_eq!(gate.patience_ms(0, 10, 1_002), 0, "but the flood goes on");
        assert_eq!(gate.patience_ms(5, 10, 1_003), 1_000);
        assert_eq!(gate.patience_ms(0, 10, 1_004), 1_000, "a new burst");
    }
}
