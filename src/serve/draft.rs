//! Pure. From the body of a request to entries whose names, numbers and instants can be believed.

mod close;
mod count;
mod stop;
mod wire;
mod work;

pub(super) use stop::no_stop;
pub(super) use wire::{When, Wire, read};

use super::answer::Problem;
use super::auth::Holder;
use super::{Role, stamp};
use crate::model::entry::{Late, Says, Source};
use crate::model::ids::MachineId;
use crate::model::live::{MachineLive, PlantLive};
use crate::model::time::{HOUR_MS, Period, SECOND_MS, Timestamp};
use crate::oee::plan::{Heard, Plan};
use axum::http::StatusCode;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::short;

/// Characters of a key: a UUID has 36.
const KEY_CHARS: usize = 128;
/// Clocks of two computers in one plant differ by this much without a fault.
const FUTURE_MS: i64 = 5 * SECOND_MS;
/// Minute tallies are kept this long; there is nothing older to put an entry into.
pub(super) const OLDEST_MS: i64 = 90 * 24 * HOUR_MS;

/// What an entry is held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Against<'a> {
    /// The machines as they are.
    pub live: &'a PlantLive,
    /// What is configured and entered.
    pub plan: &'a Plan,
    /// The ids of machines, of those too that are only registered.
    pub names: &'a BTreeMap<MachineId, Arc<str>>,
    /// Who makes it.
    pub by: &'a Holder,
    /// When.
    pub now: Timestamp,
}

/// An entry that names what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    /// Which machine; `None` for a line.
    pub machine: Option<MachineId>,
    /// The earliest instant it can affect, or where to ask for it.
    pub earliest: Earliest,
    /// How it was made.
    pub source: Source,
    /// What it says.
    pub says: Says,
    /// The time whose good pieces it takes from.
    pub takes_from: Option<Scoped>,
    /// The time whose pieces may pass rework, where it takes back some that were sent there.
    pub from_rework: Option<Scoped>,
}

/// The earliest instant an entry can affect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Earliest {
    /// This one.
    At(Timestamp),
    /// The start of the stored stop that holds `anchor`; when there is none and `open`, it may come to the disk yet.
    StoredStop {
        /// An instant inside the stop.
        anchor: Timestamp,
        /// True when spans of that time are perhaps not on disk yet.
        open: bool,
    },
    /// The start of the stored stop that holds the instant, or the instant itself where the machine ran.
    Standing(Timestamp),
    /// That of the fact with this number.
    OfFact(u64),
}

/// Which pieces an entry takes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pool {
    /// Good ones: they are scrap, or sent to rework.
    Good,
    /// Rejected ones and those sent to rework: they passed it.
    Rejected,
}

/// Time of one product (and perhaps one order) whose pieces are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scoped {
    /// Which of them.
    pub pool: Pool,
    /// The time.
    pub period: Period,
    /// The order, where the scope is one.
    pub order: Option<Arc<str>>,
}

/// What a kind of entry comes to.
#[derive(Debug)]
struct Sound {
    earliest: Earliest,
    says: Says,
    takes_from: Option<Scoped>,
    from_rework: Option<Scoped>,
    /// The role it needs, and what for.
    least: Option<(Role, &'static str)>,
}

impl Sound {
    fn at(at: Timestamp, says: Says) -> Sound {
        Sound {
            earliest: Earliest::At(at),
            says,
            takes_from: None,
            from_rework: None,
            least: None,
        }
    }

    fn led(self, what: &'static str) -> Sound {
        Sound {
            least: Some((Role::Leader, what)),
            ..self
        }
    }
}

/// When what an entry says happened.
#[derive(Debug, Clone, Copy)]
struct Since {
    /// The instant; now where nobody named one.
    at: Timestamp,
    /// True when the sender named it.
    is_named: bool,
}

/// Checks one entry against the plant as it is.
pub(super) fn check(wire: &Wire, against: Against) -> Result<Checked, Problem> {
    let (machine, source, sound) = sound(wire, against).map_err(|why| refused(&why))?;
    if let Some((least, what)) = sound.least {
        against.by.needs(least, what)?;
    }
    Ok(Checked {
        machine,
        earliest: sound.earliest,
        source,
        says: sound.says,
        takes_from: sound.takes_from,
        from_rework: sound.from_rework,
    })
}

/// The entry of this key, where what is sent can be that one again, and how it says it was made. Of what it says only the kind
/// and what it is about are compared: the rest the plant of then decided on.
pub(super) fn again(
    wire: &Wire,
    key: &str,
    plan: &Plan,
    names: &BTreeMap<MachineId, Arc<str>>,
) -> Option<(Heard, Source)> {
    let heard = plan.entry(key)?;
    let source = wire.source.as_deref().map_or(Some(Source::Manual), Source::parse)?;
    let machine = heard.machine.and_then(|machine| names.get(&machine));
    let is_there = machine.map_or("", |name| name) == wire.machine;
    let is_about = if let Says::Reason { reason, .. } = &heard.says {
        wire.reason.as_ref().is_some_and(|said| *said.reason == **reason)
    } else if let Says::Order { order, act, .. } = &heard.says {
        let said = wire.order.as_ref();
        said.is_some_and(|said| *said.order == **order && said.act == act.name())
    } else {
        wire.objects() == [heard.says.kind()]
    };
    (is_there && is_about && wire.kind.name() == heard.says.kind()).then_some((heard, source))
}

/// The time whose numbers an entry changes, which a locked period is judged by: `at` is where what it is about began, and a stop may
/// have begun long before the order in it, or before the part of it that has a reason. What is put on a machine stays there.
pub(super) fn changes(plan: &Plan, says: &Says, at: Timestamp) -> Period {
    let to = |end: Timestamp| Period::new(at, end.max(at.plus(1)));
    match says {
        Says::Undo { entry }
        | Says::Accept {
            late: Late::Entry(entry),
        } => plan
            .entry(entry)
            .map_or_else(|| to(at), |heard| changes(plan, &heard.says, heard.at)),
        Says::Reason { part: Some(part), .. } => *part,
        Says::Order { when, .. } => Period::new((*when).max(at), Timestamp::MAX),
        Says::Product { .. } | Says::Cavities { .. } | Says::Service { .. } => to(Timestamp::MAX),
        Says::PlannedStop { until, .. } => to(*until),
        Says::FirstOff { when } => to(*when),
        // A stop is told as a whole, by the shift it began in; people at work are told up to the end of a shift.
        Says::Reason { part: None, .. }
        | Says::Headcount { .. }
        | Says::Scrap { .. }
        | Says::Rework { .. }
        | Says::Reworked { .. }
        | Says::HandCount { .. }
        | Says::Held { .. }
        | Says::Close { .. }
        | Says::Unlock { .. }
        | Says::Accept { late: Late::Fact(_) } => to(at),
    }
}

/// The refusal of an entry that would be refused again.
pub(super) fn refused(why: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("nothing was booked: {why}"))
}

/// Notes a key that cannot be one.
pub(super) fn key(key: &str) -> Result<(), String> {
    let printable = key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    match (1..=KEY_CHARS).contains(&key.len()) && printable {
        true => Ok(()),
        false => Err(format!(
            "`key` must be 1 to {KEY_CHARS} printable ASCII characters, unique for each entry"
        )),
    }
}

fn sound(wire: &Wire, against: Against) -> Result<(Option<MachineId>, Source, Sound), String> {
    key(&wire.key)?;
    let source = match &wire.source {
        None => Source::Manual,
        Some(name) => Source::parse(name).ok_or("`source` must be manual, scan or auto")?,
    };
    let kind = wire.kind.name();
    if wire.objects() != [kind] {
        return Err(format!(
            "`kind` is {kind}: send the object `{kind}` with what it says, and no other"
        ));
    }
    let since = Since {
        at: at(wire, against.now)?,
        is_named: wire.at.is_some() || wire.age_ms.is_some(),
    };
    if let Some(sound) = work::of_line(wire, since, against)? {
        return Ok((None, source, sound));
    }
    if let Some(said) = &wire.unlock {
        return match wire.machine.is_empty() {
            true => work::unlock(said, against).map(|sound| (None, source, sound)),
            false => Err("a shift is unlocked for all machines: leave `machine` out".to_owned()),
        };
    }
    let machines = &against.live.machines;
    let machine = machines.iter().find(|machine| *machine.id == *wire.machine);
    let Some(machine) = machine else {
        // An entry about a machine that is only registered, or about none, may still be taken back or accepted.
        return match (&wire.undo, &wire.accept) {
            (Some(undo), _) => work::undo(undo, None, against).map(|(of, sound)| (of, source, sound)),
            (None, Some(accept)) if accept.entry.is_some() => {
                work::accept(accept, None, against).map(|(of, sound)| (of, source, sound))
            }
            _ if wire.machine.is_empty() => Err("`machine` is missing: write the id of a machine".to_owned()),
            _ => Err(no_machine(&wire.machine, against)),
        };
    };
    let sound = of_machine(wire, machine, since, against)?;
    Ok((Some(machine.machine), source, sound))
}

/// The sentence for a machine that is not among those that are read.
fn no_machine(id: &str, against: Against) -> String {
    let mut machines = against.plan.machines_at(against.now);
    let is_it = |machine: MachineId| against.names.get(&machine).is_some_and(|name| **name == *id);
    match machines.any(|(machine, setting)| is_it(machine) && !setting.asset.connected) {
        true => format!(
            "{id} is only registered and not connected: nothing of it is counted, so nothing can be entered about it"
        ),
        false => format!("there is no machine `{}`", short(id)),
    }
}

fn of_machine(wire: &Wire, machine: &MachineLive, since: Since, against: Against) -> Result<Sound, String> {
    let (id, at) = (machine.machine, since.at);
    let says = [
        wire.reason
            .as_ref()
            .map(|said| stop::reason(said, machine, at, against)),
        wire.planned_stop.as_ref().map(|said| stop::planned(said, at, against)),
        wire.first_off
            .as_ref()
            .map(|_| stop::first_off(machine, at, against.now)),
        wire.scrap.as_ref().map(|said| count::scrap(said, id, at, against)),
        wire.rework.as_ref().map(|said| count::rework(said, id, at, against)),
        wire.reworked
            .as_ref()
            .map(|said| count::reworked(said, id, at, against)),
        wire.cavities.as_ref().map(|said| count::cavities(said, at)),
        wire.hand_count
            .as_ref()
            .map(|said| count::by_hand(said, at, against.now)),
        wire.held.as_ref().map(|said| count::held(said, against.now)),
        wire.product.as_ref().map(|said| work::product(said, at, against)),
        wire.order.as_ref().map(|said| work::order(said, machine, at, against)),
        wire.headcount
            .as_ref()
            .map(|said| work::headcount(said, Some(machine), since, against)),
        wire.service.as_ref().map(|said| work::service(said, at)),
        wire.close.as_ref().map(|said| close::close(said, id, against)),
        wire.accept
            .as_ref()
            .map(|said| work::accept(said, Some(id), against).map(|(_, sound)| sound)),
        wire.undo
            .as_ref()
            .map(|said| work::undo(said, Some(id), against).map(|(_, sound)| sound)),
    ];
    let said = says.into_iter().flatten().next();
    said.unwrap_or_else(|| Err("there is nothing in the entry".to_owned()))
}

/// When it happened: `at`, or `age_ms` ago, or now.
fn at(wire: &Wire, now: Timestamp) -> Result<Timestamp, String> {
    match (&wire.at, wire.age_ms) {
        (Some(_), Some(_)) => Err("give `at` or `age_ms`, not both".to_owned()),
        (Some(at), None) => instant("at", at, now),
        (None, Some(age_ms)) => instant("age_ms", &When::Ms(now.plus(age_ms.saturating_neg()).0), now),
        (None, None) => Ok(now),
    }
}

/// An instant that is neither in the future nor older than what is kept.
fn instant(key: &str, when: &When, now: Timestamp) -> Result<Timestamp, String> {
    let at = any_instant(key, when)?;
    let ahead_ms = at.since(now);
    if ahead_ms > FUTURE_MS {
        let now = stamp::text(now).unwrap_or_default();
        return Err(format!(
            "`{key}` lies {} s in the future; here it is {now}: look at the clock of the sender",
            ahead_ms / SECOND_MS
        ));
    }
    kept(&format!("`{key}`"), at, now)?;
    Ok(at.min(now))
}

/// Refuses an instant whose minutes are no longer kept: nothing can be booked there. `what` lies there.
pub(in crate::serve) fn kept(what: &str, at: Timestamp, now: Timestamp) -> Result<(), String> {
    let since = now.plus(-OLDEST_MS);
    if at >= since {
        return Ok(());
    }
    let since = stamp::text(since).unwrap_or_default();
    Err(format!(
        "{what} is older than 90 days; entries that old are no longer taken: minutes are kept from {since} on"
    ))
}

/// An instant that may lie ahead, as far as it is kept in the past.
pub(super) fn instant_ahead(key: &str, when: &When, now: Timestamp) -> Result<Timestamp, String> {
    let at = any_instant(key, when)?;
    if at.since(now) > OLDEST_MS {
        return Err(format!(
            "`{key}` lies more than 90 days ahead: nothing is planned that early; look at the clock of the sender"
        ));
    }
    kept(&format!("`{key}`"), at, now)?;
    Ok(at)
}

fn any_instant(key: &str, when: &When) -> Result<Timestamp, String> {
    match when {
        When::Ms(ms) => Ok(Timestamp(*ms)),
        When::Text(text) => stamp::read(text).map_err(|why| format!("`{key}`: {why}")),
    }
}

/// The id of a configured reason.
fn reason_id(id: &str, against: Against) -> Result<Arc<str>, String> {
    match against.plan.reason(id, against.now) {
        Some(_) => Ok(id.into()),
        None => Err(format!("there is no reason `{}` in the configuration", short(id))),
    }
}

#[cfg(test)]
mod tests;
