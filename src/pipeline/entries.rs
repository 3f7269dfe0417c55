//! Pure. Entries and changes of people and other systems: taken once each, refused with a reason, answered when on disk.

use super::{Output, Pipeline};
use crate::model::entry::{Draft, Outcome, Says, Told};
use crate::model::fact::{Body, Fact};
use crate::model::ids::MachineId;
use crate::model::settings::Change;
use crate::model::time::{MINUTE_MS, Now, Timestamp};
use std::sync::Arc;

/// An entry sent again may be this far from the first by its sender's clock; further away it is another one.
const SAME_MS: i64 = 15 * MINUTE_MS;

/// A draft taken before.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    machine: Option<MachineId>,
    at: Timestamp,
    told: Told,
    /// Its number of the run, when it was taken in this run.
    number: Option<u64>,
}

impl Taken {
    /// The key and the content of a fact that somebody sent.
    pub fn of(fact: &Fact) -> Option<(Arc<str>, Taken)> {
        let told = match &fact.body {
            Body::Entry(entry) => Told::Entry(entry.clone()),
            Body::Setting(change) if !change.key.is_empty() => Told::Change(Arc::clone(change)),
            Body::Setting(_)
            | Body::Signal(_)
            | Body::Values(_)
            | Body::Started(_)
            | Body::Clock(_)
            | Body::Loss(_)
            | Body::Import(_) => return None,
        };
        let taken = Taken {
            machine: fact.machine,
            at: fact.at,
            told,
            number: None,
        };
        Some((Arc::clone(taken.told.key()), taken))
    }

    fn is(&self, draft: &Draft) -> bool {
        if self.machine != draft.machine {
            return false;
        }
        match (&self.told, &draft.told) {
            (Told::Entry(entry), Told::Entry(other)) => {
                entry.source == other.source && self.says_as(&entry.says, &other.says, draft.at)
            }
            // What it was when it was sent again is what the first one made of it.
            (Told::Change(change), Told::Change(other)) => change.setting == other.setting && change.why == other.why,
            (Told::Entry(_), Told::Change(_)) | (Told::Change(_), Told::Entry(_)) => false,
        }
    }

    /// True when two entries say the same, but for what their senders' clocks and the agent's view of the time make differ.
    fn says_as(&self, says: &Says, other: &Says, at: Timestamp) -> bool {
        let near = |a: Timestamp, b: Timestamp| a.since(b).abs() <= SAME_MS;
        // Where the stop begins may be known better by now; the instant named is what was meant.
        match (says, other) {
            (Says::Reason { anchor: mine, .. }, Says::Reason { anchor, .. }) => {
                near(*mine, *anchor) && named(says, *anchor) == *other
            }
            (Says::Order { when: mine, .. }, Says::Order { when, .. }) => {
                near(*mine, *when) && named(says, *when) == *other
            }
            (Says::FirstOff { when: mine }, Says::FirstOff { when }) => near(*mine, *when),
            // What the counters told of that time may be known otherwise by now.
            (
                Says::HandCount {
                    until: mine,
                    pieces: first,
                    ..
                },
                Says::HandCount { until, pieces, .. },
            ) => near(*mine, *until) && first == pieces && near(self.at, at),
            (says, other) => says == other && near(self.at, at),
        }
    }
}

/// The same, said of another instant.
fn named(says: &Says, instant: Timestamp) -> Says {
    let mut says = says.clone();
    if let Says::Reason { anchor: at, .. } | Says::Order { when: at, .. } = &mut says {
        *at = instant;
    }
    says
}

impl Pipeline {
    pub(super) fn entry(&mut self, draft: Draft, reply: u64, now: Now) {
        if let Some(taken) = self.keys.get(draft.told.key()) {
            match taken.number.filter(|fact| !self.outbox.is_done(*fact)) {
                _ if !taken.is(&draft) => {
                    let why = "This key was used for another entry: every entry needs a key of its own.";
                    self.answer(reply, Outcome::Refused(why.into()));
                }
                Some(fact) => self.outbox.reply_later(reply, fact, true),
                None => self.answer(reply, Outcome::Known),
            }
            return;
        }
        if let Some(refused) = self.refusal(&draft, now) {
            self.answer(reply, refused);
            return;
        }
        let Draft {
            machine,
            at,
            author,
            told,
            ..
        } = draft;
        let key = Arc::clone(told.key());
        let body = match &told {
            Told::Entry(entry) => Body::Entry(entry.clone()),
            Told::Change(change) => Body::Setting(self.as_it_is(change, at)),
        };
        let number = self.record(at, machine, &author, body, now);
        let taken = Taken {
            machine,
            at,
            told,
            number: Some(number),
        };
        self.keys.insert(key, taken);
        self.outbox.reply_later(reply, number, false);
    }

    /// The change with what the item is before it, as the plan has it.
    fn as_it_is(&self, change: &Arc<Change>, at: Timestamp) -> Arc<Change> {
        let (kind, id) = change.setting.item();
        Arc::new(Change {
            was: self.plan.item(kind, &id, at),
            ..(**change).clone()
        })
    }

    fn answer(&mut self, reply: u64, outcome: Outcome) {
        self.outputs.push_back(Output::Reply(reply, outcome));
    }
}
