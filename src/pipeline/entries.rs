//! Pure. Entries of people and other systems: taken once each, refused with a reason, answered when they are on disk.

use super::{MOST_WAITING, Output, Pipeline};
use crate::model::entry::{Draft, Entry, Outcome, Says};
use crate::model::fact::{Body, Fact};
use crate::model::ids::MachineId;
use crate::model::time::{MINUTE_MS, Now, Timestamp};

/// An entry sent again may be this far from the first by its sender's clock; further away it is another one.
const SAME_MS: i64 = 15 * MINUTE_MS;

/// An entry taken before.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    machine: Option<MachineId>,
    at: Timestamp,
    says: Says,
    /// Its number of the run, when it was taken in this run.
    number: Option<u64>,
}

impl Taken {
    /// The entry of a fact.
    pub fn new(fact: &Fact, entry: &Entry, number: Option<u64>) -> Taken {
        Taken {
            machine: fact.machine,
            at: fact.at,
            says: entry.says.clone(),
            number,
        }
    }

    fn is(&self, draft: &Draft) -> bool {
        let near = |a: Timestamp, b: Timestamp| a.since(b).abs() <= SAME_MS;
        let same = match (&self.says, &draft.entry.says) {
            // Where the stop begins may be known better by now; the anchor is what was meant.
            (
                Says::Reason {
                    reason,
                    anchor,
                    part,
                    leads,
                },
                Says::Reason {
                    reason: other,
                    anchor: there,
                    part: other_part,
                    leads: other_leads,
                },
            ) => reason == other && near(*anchor, *there) && part == other_part && leads == other_leads,
            (says, other) => says == other && near(self.at, draft.at),
        };
        same && self.machine == Some(draft.machine)
    }
}

impl Pipeline {
    pub(super) fn entry(&mut self, draft: Draft, reply: u64, now: Now) {
        if let Some(taken) = self.keys.get(&draft.entry.key) {
            match taken.number.filter(|fact| !self.outbox.is_done(*fact)) {
                _ if !taken.is(&draft) => {
                    let why = "This key was used for another entry: every entry needs a key of its own.";
                    self.outputs
                        .push_back(Output::Reply(reply, Outcome::Refused(why.into())));
                }
                Some(fact) => self.outbox.reply_later(reply, fact, true),
                None => self.outputs.push_back(Output::Reply(reply, Outcome::Known)),
            }
            return;
        }
        if let Some(why) = self.refusal(&draft, now) {
            self.outputs.push_back(Output::Reply(reply, Outcome::Refused(why)));
            return;
        }
        let Draft {
            machine,
            at,
            author,
            entry,
        } = draft;
        let (key, says) = (entry.key.clone(), entry.says.clone());
        let number = self.record(at, Some(machine), &author, Body::Entry(entry), now);
        self.keys.insert(
            key,
            Taken {
                machine: Some(machine),
                at,
                says,
                number: Some(number),
            },
        );
        self.outbox.reply_later(reply, number, false);
    }

    fn refusal(&self, draft: &Draft, now: Now) -> Option<String> {
        if !self.machines.contains_key(&draft.machine) {
            return Some("This machine is not configured.".into());
        }
        // A product may have been on the machine before the agent knew it; nothing else can be about that time.
        let before = self.plan.born(draft.machine).is_none_or(|born| draft.at < born);
        if before && !matches!(draft.entry.says, Says::Product { .. }) {
            return Some("Nothing is known of this machine at that time: it was configured later.".into());
        }
        if self.outbox.len() >= MOST_WAITING {
            return Some("The store has failed for too long and takes nothing: send it again when it works.".into());
        }
        match &draft.entry.says {
            Says::Reason { reason, .. } => self
                .plan
                .reason(reason, now.at)
                .is_none()
                .then(|| format!("The reason \"{reason}\" is not configured: use the id of a [reason.ID] table.")),
            Says::Product { product } => (!product.is_empty() && !self.plan.knows_product(product, now.at))
                .then(|| format!("The product \"{product}\" is not configured: use the id of a [product.ID] table.")),
            Says::Scrap { .. }
            | Says::Rework { .. }
            | Says::Reworked { .. }
            | Says::Order { .. }
            | Says::PlannedStop { .. }
            | Says::FirstOff { .. }
            | Says::Cavities { .. }
            | Says::Headcount { .. }
            | Says::HandCount { .. }
            | Says::Held { .. }
            | Says::Service { .. }
            | Says::Accept { .. }
            | Says::Undo { .. } => None,
        }
    }
}
