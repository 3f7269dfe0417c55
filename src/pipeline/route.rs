//! Pure. Where a fact goes in a machine: into its live fold, or into its past, which is then worked out again.

use super::machine::Machine;
use super::restate::Dirty;
use crate::model::entry::{Late, Says};
use crate::model::fact::{Body, Fact};
use crate::model::ids::MachineId;
use crate::model::time::Timestamp;
use crate::oee::plan::{Plan, Said, next};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an entry changes in the fold of a machine.
struct Reach {
    /// True when the fold meets it as a fact on its way; else it looks it up in the plan.
    streams: bool,
    /// True when a fact of long ago counts from now on, which only the journal has.
    recalls: bool,
    /// Up to here the past must be worked out before agreement with what was known counts.
    until: Timestamp,
    /// The instant inside a stop that the stop is told by.
    anchor: Timestamp,
    /// The first instant whose numbers it can change once it is settled: before it only the naming of a waiting stop.
    counts_from: Timestamp,
}

/// What a word puts on a machine or takes off it.
struct Work {
    at: Timestamp,
    /// From here on what is on the machine does not depend on it.
    until: Option<Timestamp>,
    order: Option<Arc<str>>,
}

/// Gives a fact to every machine it concerns.
pub fn route(machines: &mut BTreeMap<MachineId, Machine>, fact: &Arc<Fact>, number: u64, plan: &Plan) {
    let Some(id) = fact.machine else {
        machines
            .values_mut()
            .for_each(|machine| deliver(machine, fact, number, plan));
        return;
    };
    if let Some(machine) = machines.get_mut(&id) {
        deliver(machine, fact, number, plan);
    }
    share_people(machines, id, fact, number, plan);
    let work = match &fact.body {
        Body::Entry(entry) => Work::of(&entry.says, fact.at, plan.said(id), plan),
        // What was on a machine that is taken away, or put into another line, may wait for others.
        Body::Setting(_) => plan.said(id).has_worked().then_some(Work {
            at: fact.at,
            until: None,
            order: None,
        }),
        Body::Signal(_) | Body::Values(_) | Body::Started(_) | Body::Clock(_) | Body::Loss(_) | Body::Import(_) => None,
    };
    let is_setting = matches!(fact.body, Body::Setting(_));
    let Some(work) = work.filter(|work| is_setting || work.is_shared(id, plan)) else {
        return;
    };
    let Work { at, until, .. } = work;
    let others = machines.iter_mut().filter(|(other, _)| **other != id);
    for (other, machine) in others.filter(|(other, _)| plan.works_by_orders(**other)) {
        let at = in_life(*other, at, plan);
        follow(machine, fact, number, at, Reach::looked_up(at, until), plan);
    }
}

/// Has the other machines of a line follow what changes which of them share its people.
fn share_people(
    machines: &mut BTreeMap<MachineId, Machine>,
    id: MachineId,
    fact: &Arc<Fact>,
    number: u64,
    plan: &Plan,
) {
    let changes = match &fact.body {
        Body::Entry(entry) => service(&entry.says, fact.at, plan.said(id), plan),
        Body::Setting(_) => Some((fact.at, None)),
        Body::Signal(_) | Body::Values(_) | Body::Started(_) | Body::Clock(_) | Body::Loss(_) | Body::Import(_) => None,
    };
    let Some((at, until)) = changes else { return };
    let mates = machines.iter_mut().filter(|(other, _)| **other != id);
    for (other, machine) in mates.filter(|(other, _)| plan.share_people(**other, id)) {
        let at = in_life(*other, at, plan);
        follow(machine, fact, number, at, Reach::looked_up(at, until), plan);
    }
}

/// From when to when a word changes whether the machine it is about is in service.
fn service(says: &Says, at: Timestamp, said: &Said, plan: &Plan) -> Option<(Timestamp, Option<Timestamp>)> {
    if let Some(entry) = about(says) {
        let heard = plan.entry(entry)?;
        return service(&heard.says, heard.at, said, plan);
    }
    matches!(says, Says::Service { .. }).then(|| (at, next(&said.service, at)))
}

/// The entry that an entry takes back, or lets count.
fn about(says: &Says) -> Option<&Arc<str>> {
    if let Says::Undo { entry }
    | Says::Accept {
        late: Late::Entry(entry),
    } = says
    {
        Some(entry)
    } else {
        None
    }
}

/// Gives a fact to the fold of a machine it concerns, or has the machine's past worked out again.
fn deliver(machine: &mut Machine, fact: &Arc<Fact>, number: u64, plan: &Plan) {
    let id = machine.fold.machine;
    let at = in_life(id, fact.at, plan);
    let reach = match &fact.body {
        Body::Signal(_) | Body::Started(_) | Body::Clock(_) => Reach::on_its_way(at),
        // The live fold has facts ahead that were given up: only the journal knows the present now.
        Body::Loss(_) => {
            machine.remember(number, fact);
            machine.soil(Dirty::since(at, number));
            return;
        }
        Body::Entry(entry) => match Reach::of(&entry.says, at, plan.said(id), plan) {
            Some(reach) => reach,
            None => return,
        },
        // A setting told for the past on purpose; one that is told as it begins to hold changes nothing that was.
        Body::Setting(_) => Reach::looked_up(at, None),
        Body::Values(_) | Body::Import(_) => return,
    };
    follow(machine, fact, number, at, reach, plan);
}

/// The instant, or when the machine was first configured where that was later.
fn in_life(machine: MachineId, at: Timestamp, plan: &Plan) -> Timestamp {
    plan.born(machine).map_or(at, |born| at.max(born))
}

/// Has a machine follow what a fact changes from `at` on.
fn follow(machine: &mut Machine, fact: &Arc<Fact>, number: u64, at: Timestamp, reach: Reach, plan: &Plan) {
    let position = machine.fold.position;
    let counted = machine.fold.counts_by_plan(plan).filter(|_| !reach.streams);
    let is_counted = counted.is_some_and(|counted| counted.contains(reach.counts_from));
    let is_past = at < machine.fold.settled() && at < position || reach.counts_from < position || is_counted;
    let dirty = Dirty {
        from: at,
        until: reach.until,
        anchor: reach.anchor,
        fact: number,
    };
    if is_past || reach.recalls {
        machine.remember(number, fact);
        machine.soil(dirty);
        return;
    }
    if reach.streams {
        machine.remember(number, fact);
        machine.inbox.add(Arc::clone(fact));
    } else if machine.restate.is_some() {
        machine.soil(dirty);
    }
}

impl Work {
    /// `None` for a word about something else.
    fn of(says: &Says, at: Timestamp, said: &Said, plan: &Plan) -> Option<Work> {
        match says {
            Says::Product { .. } => Some(Work {
                at,
                until: said.next_placed(at),
                order: None,
            }),
            Says::Order { order, when, .. } => Some(Work {
                at: *when,
                until: said.next_of_order(order, *when),
                order: Some(Arc::clone(order)),
            }),
            Says::Undo { .. } | Says::Accept { .. } => {
                let heard = plan.entry(about(says)?)?;
                Work::of(&heard.says, heard.at, said, plan)
            }
            Says::Scrap { .. }
            | Says::Rework { .. }
            | Says::Reworked { .. }
            | Says::Reason { .. }
            | Says::FirstOff { .. }
            | Says::PlannedStop { .. }
            | Says::Cavities { .. }
            | Says::Headcount { .. }
            | Says::Service { .. }
            | Says::Held { .. }
            | Says::Unlock { .. }
            | Says::Close { .. }
            | Says::HandCount { .. } => None,
        }
    }

    /// True when it may tell other machines whether an order waits for them: its own, or one that it displaces on `machine`.
    fn is_shared(&self, machine: MachineId, plan: &Plan) -> bool {
        let own = self.order.as_ref().is_some_and(|order| plan.is_shared(order));
        own || plan
            .said(machine)
            .orders_around(self.at)
            .any(|order| plan.is_shared(order))
    }
}

impl Reach {
    fn on_its_way(at: Timestamp) -> Reach {
        Reach {
            streams: true,
            recalls: false,
            until: at,
            anchor: Timestamp::MIN,
            counts_from: at,
        }
    }

    fn looked_up(counts_from: Timestamp, until: Option<Timestamp>) -> Reach {
        Reach {
            streams: false,
            recalls: false,
            until: until.unwrap_or(Timestamp::MAX),
            anchor: Timestamp::MIN,
            counts_from,
        }
    }

    /// `None` for an entry that changes no number.
    fn of(says: &Says, at: Timestamp, said: &Said, plan: &Plan) -> Option<Reach> {
        Some(match says {
            Says::Scrap { .. } | Says::Rework { .. } | Says::Reworked { .. } => Reach::on_its_way(at),
            // A stop that waits takes its reason when it is decided.
            Says::Reason { anchor, .. } => Reach {
                anchor: *anchor,
                ..Reach::looked_up(Timestamp::MAX, Some(*anchor))
            },
            Says::Product { .. } => Reach::looked_up(at, said.next_placed(at)),
            Says::Order { order, when, .. } => Reach::looked_up(*when, said.next_of_order(order, *when)),
            Says::FirstOff { when } => Reach::looked_up(at, Some(*when)),
            Says::PlannedStop { until, .. } => Reach::looked_up(at, Some(*until)),
            Says::Cavities { .. } => Reach::looked_up(at, next(&said.cavities, at)),
            Says::Headcount { .. } => Reach::looked_up(at, next(&said.people, at)),
            Says::Service { .. } => Reach::looked_up(at, next(&said.service, at)),
            Says::Held { .. } => Reach::looked_up(at, Some(at)),
            Says::Accept { late: Late::Fact(_) } => Reach {
                recalls: true,
                ..Reach::looked_up(at, Some(at))
            },
            Says::Undo { entry }
            | Says::Accept {
                late: Late::Entry(entry),
            } => {
                let heard = plan.entry(entry)?;
                let of = Reach::of(&heard.says, heard.at, said, plan)?;
                Reach {
                    streams: false,
                    recalls: of.streams && matches!(says, Says::Accept { .. }),
                    ..of
                }
            }
            Says::HandCount { .. } | Says::Close { .. } | Says::Unlock { .. } => return None,
        })
    }
}
