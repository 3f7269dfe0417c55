//! Pure. What the plan itself refuses of entries and changes: names nobody configured, pieces that were never made, orders that
//! are not there, what was taken back already.

use super::{MOST_WAITING, Pipeline};
use crate::model::entry::{Draft, Late, OrderAct, Outcome, Room, Says, Told};
use crate::model::fact::Role;
use crate::model::ids::MachineId;
use crate::model::settings::{Change, Release};
use crate::model::tally::TallyKey;
use crate::model::time::{Now, Period, Timestamp};
use crate::oee::class::is_excluded;
use crate::oee::plan::Heard;
use crate::oee::stop::{MOST_PARTS, is_kept_apart};
use std::sync::Arc;

impl Pipeline {
    /// Why a draft is not taken.
    pub(super) fn refusal(&self, draft: &Draft, now: Now) -> Option<Outcome> {
        if self.outbox.len() >= MOST_WAITING {
            return Some(refused(
                "The store has failed for too long and takes nothing: send it again when it works.",
            ));
        }
        let says = match &draft.told {
            // What is there to take from, and what is on the machine, is looked at when it is accepted: others may wait before it.
            Told::Entry(entry) if entry.late && depends_on_others(&entry.says) => return None,
            Told::Entry(entry) => &entry.says,
            Told::Change(change) => return self.is_outdated(change, draft.seen, now.at).then_some(Outcome::Changed),
        };
        if let Says::Accept {
            late: Late::Entry(key), ..
        } = says
        {
            return self.of_accepted(key, draft, now).map(Outcome::Refused);
        }
        if self.withdraws(says) {
            return None;
        }
        self.of_says(says, draft, now).map(Outcome::Refused)
    }

    fn of_says(&self, says: &Says, draft: &Draft, now: Now) -> Option<String> {
        let of_machine = match draft.machine {
            Some(machine) => self.of_machine(machine, draft, says, now),
            None => (!is_of_plant(says)).then(|| "This entry is about a machine: name it.".into()),
        };
        of_machine.or_else(|| self.of_entry(says))
    }

    /// What came after its period was locked is held against the plant as if it were said now.
    fn of_accepted(&self, key: &str, draft: &Draft, now: Now) -> Option<String> {
        match self.plan.entry(key) {
            None => Some(format!("There is no entry \"{key}\" to accept.")),
            Some(_) if self.plan.is_undone(key) => Some(format!("The entry \"{key}\" was taken back.")),
            Some(_) if !self.plan.is_waiting(key) => Some(format!("The entry \"{key}\" counts already.")),
            Some(heard) => self.of_says(&heard.says, draft, now),
        }
    }

    /// True when the item is no longer what the change's author saw.
    fn is_outdated(&self, change: &Change, seen: Option<usize>, now: Timestamp) -> bool {
        let (kind, id) = change.setting.item();
        // One that lies ahead leaves what is in force as it is.
        let told = self.plan.changes(kind, &id).len();
        self.plan.item(kind, &id, now) != change.was || seen.is_some_and(|seen| seen != told)
    }

    fn of_machine(&self, machine: MachineId, draft: &Draft, says: &Says, now: Now) -> Option<String> {
        if self.plan.machine(machine, now.at).is_none() {
            return Some("This machine is not configured.".into());
        }
        // A product may have been on the machine before the agent knew it; nothing else can be about that time.
        let before = self.plan.born(machine).is_none_or(|born| draft.at < born);
        if before && !matches!(says, Says::Product { .. }) {
            return Some("Nothing is known of this machine at that time: it was configured later.".into());
        }
        match says {
            Says::Reason {
                reason,
                anchor,
                part,
                leads,
            } => {
                let of_reason = self.of_reason(reason, *anchor, *leads, now.at);
                of_reason.or_else(|| self.of_parts(machine, draft.at, *part))
            }
            Says::PlannedStop { until, reason } => self.of_planned_stop(draft.at, *until, reason, now.at),
            Says::Product { product } => (!product.is_empty() && !self.plan.knows_product(product, now.at))
                .then(|| format!("The product \"{product}\" is not configured: use the id of a [product.ID] table.")),
            Says::Order { order, act, when } => self.of_order(machine, order, *act, *when, now.at),
            Says::FirstOff { .. } => {
                let segment = self.plan.segment(machine, draft.at)?;
                (segment.setting.release == Release::Running).then(|| {
                    "No changeover of this machine waits for a release: write release = \"first_off\" or { good = N } at it."
                        .into()
                })
            }
            Says::Cavities { active } => {
                let nominal = self.plan.segment(machine, draft.at)?.nominal;
                (!(1..=nominal).contains(active))
                    .then(|| format!("The mould on this machine has {nominal} cavities: {active} cannot be in use."))
            }
            Says::Scrap { pieces, .. } => self.of_room(machine, draft.at, *pieces, says, draft.room.as_ref()?),
            Says::Rework { pieces, .. } => {
                let of_room = draft.room.as_ref();
                let of_room = of_room.and_then(|room| self.of_room(machine, draft.at, *pieces, says, room));
                of_room.or_else(|| self.of_sent_back(machine, draft.at, -pieces, draft.rework.as_ref()?))
            }
            Says::Reworked { pieces } => self.of_reworked(machine, draft.at, *pieces, draft.room.as_ref()?),
            Says::Undo { entry } => self.of_undo(machine, entry, draft),
            Says::Held { role, release } => self.of_held(machine, draft.at, role, *release),
            Says::Headcount { .. }
            | Says::HandCount { .. }
            | Says::Service { .. }
            | Says::Close { .. }
            | Says::Unlock { .. }
            | Says::Accept { .. } => None,
        }
    }

    /// What was counted before a machine was in service is in no number, whatever a person says of it.
    fn of_held(&self, machine: MachineId, at: Timestamp, role: &str, release: bool) -> Option<String> {
        if Role::parse(role).is_none_or(|role| !role.is_counter()) {
            return Some(format!("There is no counter \"{role}\"."));
        }
        (release && !self.plan.is_in_service(machine, at)).then(|| {
            "The machine was not in service at that instant: what it made then is in no number, and this increase neither.".into()
        })
    }

    /// Scrap or rework that is taken back gives its pieces back; a correction below zero takes them again.
    fn of_undo(&self, machine: MachineId, key: &str, draft: &Draft) -> Option<String> {
        let heard = self.plan.entry(key).filter(|_| !self.plan.is_undone(key))?;
        let room = draft.room.as_ref()?;
        if let Says::Reworked { pieces } = heard.says {
            return self.of_reworked(machine, heard.at, -pieces, room);
        }
        let (Says::Scrap { pieces, .. } | Says::Rework { pieces, .. }) = &heard.says else {
            return None;
        };
        let of_room = self.of_room(machine, heard.at, -pieces, &heard.says, room);
        let is_rework = matches!(heard.says, Says::Rework { .. });
        let rework = draft.rework.as_ref().filter(|_| is_rework);
        of_room.or_else(|| self.of_sent_back(machine, heard.at, *pieces, rework?))
    }

    fn of_entry(&self, says: &Says) -> Option<String> {
        let Says::Undo { entry: key } = says else { return None };
        match self.plan.entry(key) {
            None => Some(format!("There is no entry \"{key}\" to take back.")),
            Some(_) if self.plan.is_undone(key) => Some(format!("The entry \"{key}\" was taken back already.")),
            Some(heard) if matches!(heard.says, Says::Undo { .. }) => {
                Some("What was taken back stays so: make the entry again under a new key.".into())
            }
            Some(Heard {
                says: Says::Accept { late: Late::Entry(of) },
                ..
            }) => Some(format!(
                "What was accepted stays so: take back the entry \"{of}\" itself."
            )),
            Some(_) => None,
        }
    }

    fn of_reason(&self, id: &str, anchor: Timestamp, leads: bool, now: Timestamp) -> Option<String> {
        let Some(reason) = self.plan.reason(id, now) else {
            return Some(format!(
                "The reason \"{id}\" is not configured: use the id of a [reason.ID] table."
            ));
        };
        let takes_out = self.plan.policy(anchor).charges.takes_out(reason.class, id);
        (takes_out && !leads && reason.allowance_ms == 0).then(|| {
            format!(
                "The reason \"{id}\" takes time out of OEE: a shift leader gives it, or the plant writes allowance_min at it."
            )
        })
    }

    /// A stop that is cut too often is no longer told part by part. Its words are those that were booked at its begin.
    fn of_parts(&self, machine: MachineId, begin: Timestamp, part: Option<Period>) -> Option<String> {
        let words = self.plan.parts_told(machine, begin).into_iter().chain([part]);
        (!is_kept_apart(words)).then(|| {
            format!("This stop is told in {MOST_PARTS} parts already: give a reason for a longer part of it, or for all of it.")
        })
    }

    fn of_planned_stop(&self, from: Timestamp, until: Timestamp, reason: &str, now: Timestamp) -> Option<String> {
        if until <= from {
            return Some("A planned stop ends after it begins.".into());
        }
        let class = self.plan.reason(reason, now).map(|reason| reason.class);
        match class {
            Some(class) if !is_excluded(class) => Some(format!(
                "The reason \"{reason}\" is of class {}: a planned stop has a reason of an excluded class, or none.",
                class.name()
            )),
            None if !reason.is_empty() => Some(format!(
                "The reason \"{reason}\" is not configured: use the id of a [reason.ID] table."
            )),
            Some(_) | None => None,
        }
    }

    fn of_order(&self, machine: MachineId, id: &str, act: OrderAct, when: Timestamp, now: Timestamp) -> Option<String> {
        let Some(order) = self.plan.order(id, now) else {
            return Some(format!(
                "There is no order \"{id}\": make it with PUT /api/v1/orders/{id}."
            ));
        };
        let on = self.plan.order_on(machine, when);
        match (act, on) {
            (OrderAct::Start, Some(on)) if *on == *id => {
                Some(format!("The order \"{id}\" is on this machine already."))
            }
            (OrderAct::Start, Some(on)) => Some(format!(
                "The order \"{on}\" is on this machine: pause or finish it first."
            )),
            (OrderAct::Start, None) if order.closed || !order.released => Some(format!(
                "The order \"{id}\" is {}: it cannot be started.",
                if order.closed { "closed" } else { "not released" }
            )),
            (OrderAct::Start, None) if order.machine.is_some_and(|of| of != machine) => {
                Some(format!("The order \"{id}\" is meant for another machine."))
            }
            (OrderAct::Pause | OrderAct::Finish, Some(on)) if *on == *id => None,
            (OrderAct::Pause | OrderAct::Finish, _) => match (act, self.plan.last_act(machine, id, when)) {
                // One that is paused is finished without being started again.
                (OrderAct::Finish, Some(OrderAct::Start | OrderAct::Pause)) => None,
                (OrderAct::Finish, Some(OrderAct::Finish)) => {
                    Some(format!("The order \"{id}\" is finished on this machine already."))
                }
                (OrderAct::Start | OrderAct::Pause | OrderAct::Finish, _) => {
                    Some(format!("The order \"{id}\" is not on this machine."))
                }
            },
            (OrderAct::Start, None) => None,
        }
    }

    /// Pieces that were never good cannot be scrap, and nobody takes back more than was entered.
    fn of_room(&self, machine: MachineId, at: Timestamp, pieces: i64, says: &Says, room: &Room) -> Option<String> {
        let product = self.plan.segment(machine, at)?.key.product.clone();
        let is_of =
            |key: &TallyKey| key.product == product && room.order.as_ref().is_none_or(|order| key.order == *order);
        let (_, asked) = taken(says)?;
        let (mut scrap, mut rework, mut of_reason) = (0i64, 0i64, 0i64);
        for heard in self.about_pieces(machine, room, is_of) {
            let Some((told, reason)) = taken(&heard.says) else {
                continue;
            };
            match matches!(heard.says, Says::Scrap { .. }) {
                true => scrap += told,
                false => rework += told,
            }
            if heard.says.kind() == says.kind() && reason == asked {
                of_reason += told;
            }
        }
        let left = room.gross - scrap - rework;
        let of_kind = if matches!(says, Says::Scrap { .. }) {
            scrap
        } else {
            rework
        };
        if pieces > left.max(0) && pieces > 0 {
            return Some(format!(
                "Only {} good pieces of {} are left there: {pieces} cannot be taken from them.",
                left.max(0),
                whose(&product, room)
            ));
        }
        if of_kind + pieces < 0 {
            return Some(format!(
                "Only {of_kind} pieces were entered there: no more can be taken back."
            ));
        }
        // A sum by reason is never below zero.
        (pieces < 0 && of_reason + pieces < 0).then(|| {
            let with = match &**asked {
                "" => "without a reason".to_owned(),
                reason => format!("with the reason \"{reason}\""),
            };
            format!(
                "Only {} pieces were entered there {with}: no more can be taken back so. Take pieces back with the reason they had.",
                of_reason.max(0)
            )
        })
    }

    /// What was entered about pieces of a machine in the time of a room, where they belong to what `is_of` says.
    fn about_pieces(&self, machine: MachineId, room: &Room, is_of: impl Fn(&TallyKey) -> bool) -> Vec<Heard> {
        let mut told: Vec<Heard> = match &room.order {
            None => self.plan.about_pieces(machine, room.period).collect(),
            Some(order) => self.plan.about_pieces_of(machine, order, room.period).collect(),
        };
        told.retain(|heard| {
            let there = self.plan.segment(machine, heard.at);
            there.is_some_and(|there| is_of(&there.key))
        });
        told
    }

    /// Nothing passes rework that was neither sent there nor rejected by a counter, and nobody takes back more than was entered.
    /// Pieces of an order are rejected on one machine and pass on another.
    fn of_reworked(&self, machine: MachineId, at: Timestamp, pieces: i64, room: &Room) -> Option<String> {
        let (waiting, passed) = self.in_rework(machine, at, room)?;
        let left = waiting.max(0);
        if pieces > left && pieces > 0 {
            return Some(format!(
                "Only {left} pieces that were rejected or sent to rework are left there: {pieces} cannot have passed it."
            ));
        }
        (passed + pieces < 0).then(|| format!("Only {passed} pieces were entered there: no more can be taken back."))
    }

    /// What passed rework was there: as many stay sent to it.
    fn of_sent_back(&self, machine: MachineId, at: Timestamp, pieces: i64, room: &Room) -> Option<String> {
        let (waiting, _) = self.in_rework(machine, at, room)?;
        let left = waiting.max(0);
        (pieces > left && pieces > 0).then(|| {
            format!(
                "Only {left} pieces that were rejected or sent to rework have not passed it: {pieces} cannot be taken back. \
                 Take back first what was entered as passed."
            )
        })
    }

    /// The pieces of a room that were rejected or sent to rework and have not passed it, and those that have.
    fn in_rework(&self, machine: MachineId, at: Timestamp, room: &Room) -> Option<(i64, i64)> {
        let product = self.plan.segment(machine, at)?.key.product.clone();
        let machines: Vec<MachineId> = match &room.order {
            Some(_) => self.plan.machines_said().collect(),
            None => vec![machine],
        };
        let is_of = |key: &TallyKey| match &room.order {
            Some(order) => key.order == *order,
            None => key.product == product,
        };
        let (mut sent, mut passed) = (0i64, 0i64);
        for heard in machines.into_iter().flat_map(|of| self.about_pieces(of, room, is_of)) {
            if let Says::Rework { pieces, .. } = &heard.says {
                sent += pieces;
            } else if let Says::Reworked { pieces } = &heard.says {
                passed += pieces;
            }
        }
        Some((room.gross + sent - passed, passed))
    }
}

/// The pieces of scrap, or of what was sent to rework, and their reason.
fn taken(says: &Says) -> Option<(i64, &Arc<str>)> {
    if let Says::Scrap { pieces, reason, .. } | Says::Rework { pieces, reason, .. } = says {
        Some((*pieces, reason))
    } else {
        None
    }
}

/// Whose pieces the scope of an entry has.
fn whose(product: &str, room: &Room) -> String {
    let product = match product {
        "" => "no product".to_owned(),
        product => format!("the product \"{product}\""),
    };
    match &room.order {
        Some(order) => format!("{product} for the order \"{order}\""),
        None => format!("{product} in that shift"),
    }
}

/// True for what can be about no one machine.
fn is_of_plant(says: &Says) -> bool {
    let of_line = matches!(says, Says::Headcount { line, .. } if !line.is_empty());
    of_line || matches!(says, Says::Undo { .. } | Says::Unlock { .. })
}

/// True for what can be right only after other entries.
fn depends_on_others(says: &Says) -> bool {
    matches!(
        says,
        Says::Order { .. } | Says::Scrap { .. } | Says::Rework { .. } | Says::Reworked { .. }
    )
}

fn refused(why: &str) -> Outcome {
    Outcome::Refused(why.into())
}
