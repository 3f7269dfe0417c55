//! Pure. Entries about what a machine works on and who works on it; and about other entries.

use super::wire::{Accept, Headcount, Order, Product, Service, Undo, Unlock, Wire, short};
use super::{Against, Earliest, Pool, Scoped, Since, Sound, count, instant_ahead, kept};
use crate::model::entry::{Late, OrderAct, Says, Scope};
use crate::model::ids::MachineId;
use crate::model::live::MachineLive;
use crate::model::state::Class;
use crate::model::time::{DAY_MS, Period, Timestamp};
use crate::oee::plan::{Heard, Plan};
use crate::serve::{Role, shift};
use std::sync::Arc;

/// A shift is unlocked for so long where nobody says how long: all shifts of a day can make their entries.
const UNLOCKED_MS: i64 = DAY_MS;
/// And no longer than this: a lock that is open for good is none.
const UNLOCKED_MOST_MS: i64 = 7 * DAY_MS;
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

/// What came too late is applied all the same; gives the machine it is about.
pub(super) fn accept(
    said: &Accept,
    machine: Option<MachineId>,
    against: Against,
) -> Result<(Option<MachineId>, Sound), String> {
    let (of, sound) = match (said.seq, &said.entry) {
        (Some(seq), None) => {
            let late = Late::Fact(seq);
            let sound = Sound {
                earliest: Earliest::OfFact(seq),
                ..Sound::at(Timestamp::MIN, Says::Accept { late })
            };
            (machine, sound)
        }
        (None, Some(key)) => late_entry(key, machine, against)?,
        (Some(_), Some(_)) | (None, None) => {
            return Err("`accept` names a reading by its `seq`, or an `entry` by its key".to_owned());
        }
    };
    Ok((of, sound.led("to apply what came too late")))
}

/// An entry that was made after its period was locked, with the pieces it takes from as the plant is now.
fn late_entry(key: &str, machine: Option<MachineId>, against: Against) -> Result<(Option<MachineId>, Sound), String> {
    let plan = against.plan;
    let (entry, heard) = find(key, machine, against)?;
    if let Some(at) = is_about(&heard) {
        kept("what `accept.entry` is about", at, against.now)?;
    }
    let undone = if let Says::Undo { entry } = &heard.says {
        plan.entry(entry)
    } else {
        None
    };
    let takes_back = matches!(heard.says, Says::Rework { pieces, .. } if pieces < 0);
    let from_rework = match (&undone, heard.machine.filter(|_| takes_back)) {
        (Some(undone), _) => sent_to_rework(undone, plan),
        (None, machine) => machine.map(|machine| count::rejected(plan, machine, heard.at)),
    };
    let late = Late::Entry(entry);
    let sound = Sound {
        takes_from: taken_from(undone.as_ref().unwrap_or(&heard), plan),
        from_rework,
        ..Sound::at(heard.at, Says::Accept { late })
    };
    Ok((heard.machine, sound))
}

/// A shift whose period is locked may be told of again for some hours.
pub(super) fn unlock(said: &Unlock, against: Against) -> Result<Sound, String> {
    let Against { plan, now, .. } = against;
    let id = short(&said.shift);
    let slot = shift::find(plan, &said.shift, now).filter(|slot| plan.is_closable(slot));
    let slot = slot.ok_or_else(|| {
        format!("there is no shift `{id}` that has begun; write business date and shift, such as 2026-11-21.1")
    })?;
    let last = slot.shift_period.end.plus(-1);
    kept(&format!("the end of the shift `{id}`"), last, now)?;
    if !plan.is_locked(last, now) {
        return Err(format!(
            "the shift `{id}` is not locked: entries for it are taken as they are"
        ));
    }
    let until = match &said.until {
        Some(until) => instant_ahead("unlock.until", until, now)?,
        None => now.plus(UNLOCKED_MS),
    };
    if until <= now || until.since(now) > UNLOCKED_MOST_MS {
        return Err("`unlock.until` must lie ahead, and at most seven days".to_owned());
    }
    Ok(Sound {
        least: Some((Role::Admin, "to unlock a shift")),
        ..Sound::at(last, Says::Unlock { until })
    })
}

/// An entry is taken back; gives the machine it is about.
pub(super) fn undo(
    said: &Undo,
    machine: Option<MachineId>,
    against: Against,
) -> Result<(Option<MachineId>, Sound), String> {
    let (entry, heard) = find(&said.entry, machine, against)?;
    // What nobody accepted took nothing yet.
    let counts = !against.plan.is_waiting(&entry);
    if let Some(at) = is_about(&heard).filter(|_| counts) {
        kept("what `undo.entry` is about", at, against.now)?;
    }
    let is_own = heard.author == against.by.name;
    let sound = Sound {
        takes_from: taken_from(&heard, against.plan).filter(|_| counts),
        from_rework: sent_to_rework(&heard, against.plan).filter(|_| counts),
        ..Sound::at(heard.at, Says::Undo { entry })
    };
    let sound = if is_own {
        sound
    } else {
        sound.led("to take back what another entered")
    };
    Ok((heard.machine, sound))
}

/// The entry of a key: one's own need no name in front.
fn find(key: &str, machine: Option<MachineId>, against: Against) -> Result<(Arc<str>, Heard), String> {
    let own = format!("{}/{key}", against.by.name);
    let of = |key: &str| against.plan.entry(key).map(|heard| (Arc::from(key), heard));
    let found: Option<(Arc<str>, Heard)> = of(&own).or_else(|| of(key));
    let (entry, heard) = found.ok_or_else(|| format!("there is no entry `{}`", short(key)))?;
    if machine.is_some() && machine != heard.machine {
        return Err("that entry is about another machine".to_owned());
    }
    Ok((entry, heard))
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
