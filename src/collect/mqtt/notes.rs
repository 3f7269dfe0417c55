//! Pure. Counts what is odd per topic and kind, and lets each be told at most once a minute.

use super::message::Oddity;
use crate::model::time::MINUTE_MS;
use std::collections::BTreeMap;

/// The shortest time between two notes of one kind about one topic: a device that sends rubbish ten times a second must
/// not fill the log, and a person looks no more often.
const BETWEEN_MS: u64 = MINUTE_MS.unsigned_abs();

/// Oddities not yet told. As long as its topics are configured ones (and one name for all others) it stays bounded.
#[derive(Debug, Default)]
pub struct Notes {
    slots: BTreeMap<(String, Oddity), Slot>,
    /// No slot is due before this monotonic instant, in milliseconds.
    next_due: Option<u64>,
}

/// One thing to tell.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// The topic.
    pub topic: String,
    /// What sort of thing.
    pub kind: Oddity,
    /// The text of the last time.
    pub what: String,
    /// How often since it was last told.
    pub times: u64,
}

#[derive(Debug, Default)]
struct Slot {
    told: Option<u64>,
    count: u64,
    latest: String,
}

impl Slot {
    fn due(&self) -> Option<u64> {
        (self.count > 0).then(|| self.told.map_or(0, |told| told.saturating_add(BETWEEN_MS)))
    }
}

impl Notes {
    /// Counts one oddity; its text replaces the former one.
    pub fn add(&mut self, topic: &str, kind: Oddity, what: String) {
        let slot = self.slots.entry((topic.to_owned(), kind)).or_default();
        slot.count = slot.count.saturating_add(1);
        slot.latest = what;
        let due = slot.due();
        self.next_due = self.next_due.into_iter().chain(due).min();
    }

    /// All that may be told at `mono_ms`.
    pub fn take_due(&mut self, mono_ms: u64) -> Vec<Told> {
        if self.next_due.is_none_or(|due| mono_ms < due) {
            return Vec::new();
        }
        let mut told = Vec::new();
        for ((topic, kind), slot) in &mut self.slots {
            if slot.due().is_some_and(|due| due <= mono_ms) {
                told.push(Told {
                    topic: topic.clone(),
                    kind: *kind,
                    what: std::mem::take(&mut slot.latest),
                    times: std::mem::take(&mut slot.count),
                });
                slot.told = Some(mono_ms);
            }
        }
        self.next_due = self.slots.values().filter_map(Slot::due).min();
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(what: &str, times: u64) -> Told {
        Told {
            topic: "a".to_owned(),
            kind: Oddity::Malformed,
            what: what.to_owned(),
            times,
        }
    }

    #[test]
    fn one_kind_about_one_topic_is_told_at_most_once_a_minute_with_its_count() {
        let mut notes = Notes::default();
        notes.add("a", Oddity::Malformed, "first".to_owned());
        assert_eq!(notes.take_due(1_000), [told("first", 1)]);
        for number in 0..3 {
            notes.add("a", Oddity::Malformed, format!("again {number}"));
            assert_eq!(notes.take_due(60_999), []);
        }
        assert_eq!(notes.take_due(61_000), [told("again 2", 3)]);
        assert_eq!(notes.take_due(1_000_000), [], "nothing new");
    }

    #[test]
    fn kinds_and_topics_do_not_silence_one_another() {
        let mut notes = Notes::default();
        notes.add("a", Oddity::Malformed, "x".to_owned());
        assert_eq!(notes.take_due(0).len(), 1);
        notes.add("a", Oddity::OwnTime, "y".to_owned());
        notes.add("b", Oddity::Malformed, "z".to_owned());
        notes.add("a", Oddity::Malformed, "x".to_owned());
        assert_eq!(notes.take_due(1).len(), 2);
        assert_eq!(
            notes.take_due(60_000).len(),
            1,
            "the second x, a minute after the first"
        );
    }
}
