//! Pure. A lamp's bit becomes off, on or flashing: told once, from the first edge on, and not with every edge.

use crate::model::state_rule::Light;
use crate::model::time::{SECOND_MS, Timestamp};

/// So many edges within [`WINDOW_MS`] are flashing.
const EDGES: usize = 3;
/// The slowest flashing of stack lights and the shortest steady light, in milliseconds.
const WINDOW_MS: i64 = 3 * SECOND_MS;

/// What is known of a lamp between two samples of its bit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lamp {
    /// How it shines as far as that is decided; `None` after a silence.
    shines: Option<Light>,
    /// Its bit as last seen.
    bit: Option<bool>,
    /// The last sample.
    sampled: Option<Timestamp>,
    /// Edges nothing is decided of yet, oldest first, after a silence behind the first sample; while it flashes, the newest edge.
    edges: Vec<Edge>,
}

/// A sample that showed another bit than the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edge {
    at: Timestamp,
    /// The sample before it.
    seen: Option<Timestamp>,
    bit: bool,
}

/// A light that is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shone {
    /// How it shines ...
    pub light: Light,
    /// ... from this sample on ...
    pub at: Timestamp,
    /// ... and not yet at this one; `None` when it is the first ever.
    pub seen: Option<Timestamp>,
}

impl Lamp {
    /// Takes a sample of the bit, and adds what it decides; `lost` is when it fell silent, for the first sample after that.
    pub fn take(&mut self, bit: bool, at: Timestamp, lost: Option<Timestamp>, decided: &mut Vec<Shone>) {
        self.wait(at, decided);
        if self.bit != Some(bit) {
            let seen = self.sampled.or(lost);
            self.edges.push(Edge { at, seen, bit });
            self.bit = Some(bit);
            self.flash(decided);
        }
        self.sampled = Some(at);
    }

    /// Time has passed up to `now`: an edge that no others followed in time was a change to a steady light.
    pub fn wait(&mut self, now: Timestamp, decided: &mut Vec<Shone>) {
        while let Some(first) = self
            .edges
            .first()
            .copied()
            .filter(|edge| now.since(edge.at) > WINDOW_MS)
        {
            self.edges.remove(0);
            self.steady(first, decided);
        }
    }

    /// Nothing more is known from the last sample on: what was seen stands, and the next sample is the first.
    pub fn lose(&mut self, decided: &mut Vec<Shone>) {
        if self.shines != Some(Light::Flashing) {
            for edge in std::mem::take(&mut self.edges) {
                self.steady(edge, decided);
            }
        }
        *self = Lamp::default();
    }

    /// The last sample.
    pub fn sampled(&self) -> Option<Timestamp> {
        self.sampled
    }

    /// Up to here it is decided how it shines.
    pub fn confirmed(&self) -> Option<Timestamp> {
        match self.edges.first() {
            Some(edge) => edge.seen,
            None => self.sampled,
        }
    }

    fn steady(&mut self, edge: Edge, decided: &mut Vec<Shone>) {
        let light = if edge.bit { Light::On } else { Light::Off };
        self.tell(light, edge, decided);
    }

    fn flash(&mut self, decided: &mut Vec<Shone>) {
        if self.shines == Some(Light::Flashing) {
            // Each edge shows that it flashed up to the one before it.
            let old = self.edges.len().saturating_sub(1);
            self.edges.drain(..old);
        } else if self.edges.len() >= EDGES + usize::from(self.shines.is_none())
            && let Some(first) = self.edges.first().copied()
        {
            self.tell(Light::Flashing, first, decided);
            let old = self.edges.len().saturating_sub(1);
            self.edges.drain(..old);
        }
    }

    fn tell(&mut self, light: Light, edge: Edge, decided: &mut Vec<Shone>) {
        if self.shines != Some(light) {
            self.shines = Some(light);
            decided.push(Shone {
                light,
                at: edge.at,
                seen: edge.seen,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a lamp is told by its bit each tenth of a second; `-` is no sample.
    fn shone(bits: &str) -> Vec<(Light, i64, Option<i64>)> {
        let mut lamp = Lamp::default();
        let mut decided = Vec::new();
        for (tenth, bit) in (0..).zip(bits.chars()) {
            let at = Timestamp(tenth * 100);
            if bit == '-' {
                lamp.wait(at, &mut decided);
            } else {
                lamp.take(bit == '1', at, None, &mut decided);
            }
        }
        let times = |shone: Shone| (shone.light, shone.at.0, shone.seen.map(|seen| seen.0));
        decided.into_iter().map(times).collect()
    }

    #[test]
    fn a_steady_lamp_is_told_once_when_it_has_been_steady_for_three_seconds_and_from_its_first_sample_on() {
        assert_eq!(shone(&"1".repeat(31)), []);
        assert_eq!(shone(&"1".repeat(32)), [(Light::On, 0, None)]);
        assert_eq!(
            shone(&format!("{}{}", "0".repeat(40), "1".repeat(40))),
            [(Light::Off, 0, None), (Light::On, 4_000, Some(3_900))]
        );
    }

    #[test]
    fn a_lamp_that_flashes_for_a_minute_is_two_facts_and_begins_with_its_first_edge() {
        let steady = "0".repeat(40);
        let flashing = "1111100000".repeat(60);
        assert_eq!(
            shone(&format!("{steady}{flashing}{steady}")),
            [
                (Light::Off, 0, None),
                (Light::Flashing, 4_000, Some(3_900)),
                // The last edge is the one to off, half a second before the minute is over.
                (Light::Off, 63_500, Some(63_400)),
            ]
        );
    }

    #[test]
    fn the_slowest_flashing_has_three_edges_in_three_seconds_and_slower_light_is_steady() {
        let of = |half: usize| {
            let flashes = format!("{}{}", "1".repeat(half), "0".repeat(half)).repeat(5);
            shone(&format!("{}{flashes}", "0".repeat(40)))[1].0
        };
        assert_eq!(of(15), Light::Flashing, "edges 1.5 s apart: three in 3.0 s");
        assert_eq!(of(16), Light::On, "edges 1.6 s apart: three in 3.2 s");
    }

    #[test]
    fn a_single_flash_is_two_changes_and_no_flashing() {
        let bits = format!("{}{}{}", "0".repeat(40), "1".repeat(10), "0".repeat(60));
        assert_eq!(
            shone(&bits),
            [
                (Light::Off, 0, None),
                (Light::On, 4_000, Some(3_900)),
                (Light::Off, 5_000, Some(4_900))
            ]
        );
    }

    #[test]
    fn an_edge_of_a_lamp_that_tells_only_changes_is_decided_by_time_alone() {
        assert_eq!(shone(&format!("1{}", "-".repeat(40))), [(Light::On, 0, None)]);
    }

    #[test]
    fn until_an_edge_is_decided_nothing_after_the_sample_before_it_is_confirmed() {
        let mut lamp = Lamp::default();
        let mut decided = Vec::new();
        lamp.take(false, Timestamp(0), None, &mut decided);
        assert_eq!(lamp.confirmed(), None);
        lamp.take(false, Timestamp(4_000), None, &mut decided);
        assert_eq!(lamp.confirmed(), Some(Timestamp(4_000)));
        lamp.take(true, Timestamp(4_100), None, &mut decided);
        lamp.take(true, Timestamp(5_000), None, &mut decided);
        assert_eq!(lamp.confirmed(), Some(Timestamp(4_000)));
    }

    #[test]
    fn a_lamp_that_falls_silent_with_an_edge_undecided_stands_as_it_was_seen() {
        let mut lamp = Lamp::default();
        let mut decided = Vec::new();
        lamp.take(true, Timestamp(0), None, &mut decided);
        lamp.lose(&mut decided);
        assert_eq!(decided.len(), 1);
        assert_eq!((decided[0].light, lamp), (Light::On, Lamp::default()));
    }
}
