//! Pure. Entries about what a machine works on and who works on it; and about other entries.

use super::wire::{Accept, Headcount, Order, Product, Service, Undo, Wire, short};
use super::{Against, Earliest, Pool, Scoped, Since, Sound, count, kept};
use crate::model::entry::{OrderAct, Says, Scope};
use crate::model::ids::MachineId;
use crate::model::live::MachineLive;
use crate::model::state::Class;
use crate::model::time::{Period, Timestamp};
use crate::oee::plan::{Heard, Plan};
use std::sync::Arc;

/// People on one machine or line: more is a slip of the finger.
const PEOPLE: f64 = 1_000.0;

/// A product on the machine, or none.
pub(super) fn product(said: &Product, at: Timestamp, against: Against) -> Result<Sound, String> {
    let known = said.product.is_empty() || against.plan.knows_product(&said.product, against.now);
    if !known {
        return Err(format!(
            "there is no product `{}` in the configuration",
            short(&said.product)
        ));
    }
    let product = said.product.as_str().into();
    Ok(Sound::at(at, Says::Product { product }))
}

/// An order starts, pauses or is finished: from the start of the stop the machine stands in.
pub(super) fn order(said: &Order, machine: &MachineLive, at: Timestamp, against: Against) -> Result<Sound, String> {
    let act = OrderAct::parse(&said.act).ok_or("`order.act` must be start, pause or finish")?;
    if against.plan.order(&said.order, against.now).is_none() {
        return Err(format!("there is no order `{}`", short(&said.order)));
    }
    let says = Says::Order {
        order: said.order.as_str().into(),
        act,
        when: at,
    };
    let earliest = if at < machine.since {
        Earliest::Standing(at)
    } else if matches!(machine.class, Class::Running | Class::ClockSkip) {
        Earliest::At(at)
    } else {
        Earliest::At(machine.since)
    };
    Ok(Sound {
        earliest,
        ..Sound::at(at, says)
    })
}

/// People at work on a machine, or on all machines of a line where it is none.
pub(super) fn headcount(
    said: &Headcount,
    machine: Option<&MachineLive>,
    since: Since,
    against: Against,
) -> Result<Sound, String> {
    let line = Arc::from(said.line.as_str());
    let of_line = machine.map_or(said.line.as_str(), |machine| &machine.line);
    Ok(Sound::at(
        manned_since(since, machine.map(|machine| machine.machine), of_line, against.plan),
        Says::Headcount {
            milli: milli(said)?,
            line,
        },
    ))
}

/// From when on a headcount counts. Whoever counts people tells of the shift, so its first one begins with it, where nobody said
/// when; a later one tells of a change.
fn manned_since(since: Since, machine: Option<MachineId>, line: &str, plan: &Plan) -> Timestamp {
    let slot = plan.slot(since.at);
    let so_far = Period::new(slot.shift_period.start, since.at.plus(1));
    let is_first = !slot.shift.is_empty() && !plan.is_manned_in(machine, line, so_far);
    match is_first && !since.is_named {
        true => so_far.start,
        false => since.at,
    }
}

/// People at work on all machines of a line; `None` when the entry is about something else.
pub(super) fn of_line(wire: &Wire, since: Since, against: Against) -> Result<Option<Sound>, String> {
    let said = wire.headcount.as_ref().filter(|said| !said.line.is_empty());
    let Some(said) = said else { return Ok(None) };
    if !wire.machine.is_empty() {
        return Err("give `machine` or `headcount.line`, not both".to_owned());
    }
    let mut machines = against.plan.machines_at(against.now);
    if !machines.any(|(_, machine)| *machine.line == *said.line) {
        return Err(format!("no machine is on a line `{}`", short(&said.line)));
    }
    headcount(said, None, since, against).map(Some)
}

/// Thousandths of people.
fn milli(said: &Headcount) -> Result<i64, String> {
    let people = said.people;
    if !(0.0..=PEOPLE).contains(&people) {
        return Err(format!("`headcount.people` must be 0 to {PEOPLE}"));
    }
    Ok((people * 1e3).round() as i64)
}

/// A machine is put in service, or out of it.
pub(super) fn service(said: &Service, at: Timestamp) -> Result<Sound, String> {
    Ok(Sound::at(at, Says::Service { on: said.on }).led("to put a machine in service"))
}

/// A fact that came too late is applied all the same.
pub(super) fn accept(said: &Accept) -> Result<Sound, String> {
    let sound = Sound {
        earliest: Earliest::OfFact(said.seq),
        ..Sound::at(Timestamp::MIN, Says::Accept { seq: said.seq })
    };
    Ok(sound.led("to apply what came too late"))
}

/// An entry is taken back; gives the machine it is about.
pub(super) fn undo(
    said: &Undo,
    machine: Option<MachineId>,
    against: Against,
) -> Result<(Option<MachineId>, Sound), String> {
    let own = format!("{}/{}", against.by.name, said.entry);
    let find = |key: &str| against.plan.entry(key).map(|heard| (Arc::from(key), heard));
    // One's own keys need no name in front.
    let found: Option<(Arc<str>, Heard)> = find(&own).or_else(|| find(&said.entry));
    let (entry, heard) = found.ok_or_else(|| format!("there is no entry `{}` to take back", short(&said.entry)))?;
    if machine.is_some() && machine != heard.machine {
        return Err("that entry is about another machine".to_owned());
    }
    if let Some(at) = is_about(&heard) {
        kept("what `undo.entry` is about", at, against.now)?;
    }
    let is_own = heard.author == against.by.name;
    let sound = Sound {
        takes_from: taken_from(&heard, against.plan),
        from_rework: sent_to_rework(&heard, against.plan),
        ..Sound::at(heard.at, Says::Undo { entry })
    };
    let sound = if is_own {
        sound
    } else {
        sound.led("to take back what another entered")
    };
    Ok((heard.machine, sound))
}

/// The instant that an entry named: a stop it is about may have begun long before. A count by hand is in no sum, so that it can
/// be taken back however old it is.
fn is_about(heard: &Heard) -> Option<Timestamp> {
    if let Says::Reason { anchor, part, .. } = &heard.says {
        Some(part.map_or(*anchor, |part| part.start))
    } else if let Says::Order { when, .. } | Says::FirstOff { when } = &heard.says {
        Some(*when)
    } else {
        (!matches!(heard.says, Says::HandCount { .. })).then_some(heard.at)
    }
}

/// The pieces that may pass rework, of an entry that sent some there.
fn sent_to_rework(heard: &Heard, plan: &Plan) -> Option<Scoped> {
    let machine = heard.machine?;
    let is_sent = matches!(heard.says, Says::Rework { pieces, .. } if pieces > 0);
    is_sent.then(|| count::rejected(plan, machine, heard.at))
}

/// The pieces that an entry took from, or gave back to; `None` for what is not about pieces.
fn taken_from(heard: &Heard, plan: &Plan) -> Option<Scoped> {
    if matches!(heard.says, Says::Reworked { .. }) {
        return Some(count::rejected(plan, heard.machine?, heard.at));
    }
    let (Says::Scrap { scope, .. } | Says::Rework { scope, .. }) = &heard.says else {
        return None;
    };
    // It was booked inside the shift it is about, also one that was over.
    let of_shift = Scoped {
        pool: Pool::Good,
        period: plan.slot(heard.at).shift_period,
        order: None,
    };
    Some(match scope {
        Scope::Now | Scope::Shift | Scope::Former(_) => of_shift,
        Scope::Order(order) => Scoped {
            pool: Pool::Good,
            period: Period::new(plan.first_of_order(heard.machine?, order)?, Timestamp::MAX),
            order: Some(Arc::clone(order)),
        },
    })
}
