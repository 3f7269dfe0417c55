//! Pure. Entries and changes of people and other systems: taken once each, refused with a reason, answered when on disk.

use super::{Output, Pipeline};
use crate::model::entry::{Draft, Entry, Outcome, Says, Told};
use crate::model::fact::Body;
use crate::model::settings::Change;
use crate::model::time::{MINUTE_MS, Now, Timestamp};
use crate::oee::plan::Heard;
use std::sync::Arc;

/// An entry sent again may be this far from the first by its sender's clock; further away it is another one.
const SAME_MS: i64 = 15 * MINUTE_MS;

/// True when a draft is the entry of its key sent again, and not another one.
fn is_again(heard: &Heard, draft: &Draft) -> bool {
    let Told::Entry(entry) = &draft.told else { return false };
    heard.machine == draft.machine && heard.source == entry.source && says_as(heard, &entry.says, draft.at)
}

/// True when two entries say the same, but for what their senders' clocks and the agent's view of the time make differ.
fn says_as(heard: &Heard, other: &Says, at: Timestamp) -> bool {
    let near = |a: Timestamp, b: Timestamp| a.since(b).abs() <= SAME_MS;
    let says = &heard.says;
    // Where the stop begins may be known better by now; the instant named is what was meant.
    match (says, other) {
        (Says::Reason { anchor: mine, .. }, Says::Reason { anchor, .. }) => {
            near(*mine, *anchor) && named(says, *anchor) == *other
        }
        (Says::Order { when: mine, .. }, Says::Order { when, .. }) => {
            near(*mine, *when) && named(says, *when) == *other
        }
        (Says::FirstOff { when: mine }, Says::FirstOff { when }) => near(*mine, *when),
        (Says::Unlock { until: mine }, Says::Unlock { until }) => near(*mine, *until) && near(heard.at, at),
        // What the counters told of that time may be known otherwise by now.
        (
            Says::HandCount {
                until: mine,
                pieces: first,
                ..
            },
            Says::HandCount { until, pieces, .. },
        ) => near(*mine, *until) && first == pieces && near(heard.at, at),
        (says, other) => says == other && near(heard.at, at),
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
        if let Some(is_again) = self.is_taken(&draft) {
            match self.on_their_way.get(draft.told.key()) {
                _ if !is_again => {
                    let why = "This key was used for another entry: every entry needs a key of its own.";
                    self.answer(reply, Outcome::Refused(why.into()));
                }
                Some(fact) => self.outbox.reply_later(reply, *fact, true),
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
            Told::Entry(entry) => Body::Entry(Entry {
                // Taking back what waits changes no number, however old that is.
                late: entry.late && !self.withdraws(&entry.says),
                ..entry.clone()
            }),
            Told::Change(change) => Body::Setting(self.as_it_is(change, at)),
        };
        let number = self.record(at, machine, &author, body, now);
        self.on_their_way.insert(key, number);
        self.outbox.reply_later(reply, number, false);
    }

    /// True for what takes back an entry that nobody accepted: that is in no number.
    pub(super) fn withdraws(&self, says: &Says) -> bool {
        matches!(says, Says::Undo { entry } if self.plan.is_waiting(entry))
    }

    /// Whether a draft whose key was taken before is the same one again; `None` for a key that is new.
    fn is_taken(&self, draft: &Draft) -> Option<bool> {
        let key = draft.told.key();
        if let Some(heard) = self.plan.entry(key) {
            return Some(is_again(&heard, draft));
        }
        let sent = self.plan.change(key)?;
        let Told::Change(change) = &draft.told else {
            return Some(false);
        };
        // What it was when it was sent again is what the first one made of it.
        Some(sent.setting == change.setting && sent.why == change.why)
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
