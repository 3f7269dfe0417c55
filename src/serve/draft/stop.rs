//! Pure. Entries about stops: reasons for a stop or a part of it, planned stops, the first piece after a changeover.

use super::wire::{PlannedStop, Reason};
use super::{Against, Earliest, Sound, any_instant, instant, instant_ahead, reason_id};
use crate::model::booking;
use crate::model::entry::Says;
use crate::model::live::MachineLive;
use crate::model::state::Class;
use crate::model::time::{DAY_MS, MINUTE_MS, Period, SECOND_MS, Timestamp};
use crate::serve::{Role, stamp};

/// Spans that were settled this long ago are on disk: the minute until their tally is sealed, and the commits after it.
const ON_DISK_MS: i64 = 90 * SECOND_MS;
/// The longest minor stop that may be configured: for so long at most a stop holds settling back.
const MINOR_MS: i64 = 15 * MINUTE_MS;
/// The longest planned stop: a plant that stands longer is one whose calendar is to be changed.
const PLANNED_MS: i64 = 31 * DAY_MS;

/// A reason for the stop that holds the anchor, or for a part of it.
pub(super) fn reason(said: &Reason, machine: &MachineLive, at: Timestamp, against: Against) -> Result<Sound, String> {
    let now = against.now;
    let id = reason_id(&said.reason, against)?;
    let part = match (&said.from, &said.to) {
        (None, None) => None,
        (Some(from), Some(to)) => {
            let (from, to) = (instant("reason.from", from, now)?, instant("reason.to", to, now)?);
            if to <= from {
                return Err("`reason.to` must lie after `reason.from`".to_owned());
            }
            Some(Period::new(from, to))
        }
        (Some(_), None) | (None, Some(_)) => {
            return Err("give `reason.from` and `reason.to`, or neither for the whole stop".to_owned());
        }
    };
    let anchor = match (&said.anchor, part) {
        (Some(anchor), _) => instant("reason.anchor", anchor, now)?,
        (None, Some(part)) => part.start,
        (None, None) => at,
    };
    if part.is_some_and(|part| !part.contains(anchor)) {
        return Err("`reason.anchor` must lie between `reason.from` and `reason.to`".to_owned());
    }
    let leads = against.by.role >= Role::Leader;
    let sound = Sound {
        earliest: stop(machine, anchor, now)?,
        says: Says::Reason {
            reason: id,
            anchor,
            part,
            leads,
        },
        takes_from: None,
        from_rework: None,
        least: None,
    };
    let reason = against.plan.reason(&said.reason, now);
    let policy = against.plan.policy(anchor);
    let takes_out = |class| policy.charges.takes_out(class, &said.reason);
    let needs_leader = reason.is_some_and(|reason| reason.allowance_ms == 0 && takes_out(reason.class));
    Ok(match needs_leader {
        true => sound.led("a reason that takes time out of OEE"),
        false => sound,
    })
}

/// The start of the stop, or of the time nobody saw, that holds an instant.
fn stop(machine: &MachineLive, anchor: Timestamp, now: Timestamp) -> Result<Earliest, String> {
    if anchor < machine.since {
        // What is not on disk yet stands in the view, and all before it is on disk; what is worked out again may be a stop yet.
        let unstored = if machine.recomputing {
            &[][..]
        } else {
            &machine.open.spans
        };
        let is_stored = unstored.first().is_some_and(|first| anchor < first.period.start);
        let told = unstored.iter().find(|span| span.period.contains(anchor));
        if let Some(span) = told.filter(|span| matches!(span.class, Class::Running | Class::ClockSkip)) {
            return Err(no_stop(machine.id.as_ref(), anchor) + &format!(": it was {} then", span.class.name()));
        }
        // A short stop holds settling back to its start until it ends, and then all of it is settled at once.
        let has_just_ended = now.since(machine.since) < ON_DISK_MS;
        let may_be_of_it = anchor >= machine.since.plus(-MINOR_MS - ON_DISK_MS);
        let open = anchor >= machine.settled.plus(-ON_DISK_MS) || has_just_ended && may_be_of_it;
        return Ok(Earliest::StoredStop {
            anchor,
            open: open && !is_stored,
        });
    }
    if machine.class == Class::Unknown && machine.recomputing {
        // What is worked out now may be a stop yet.
        return Ok(Earliest::StoredStop { anchor, open: true });
    }
    if booking::is_stop(machine.class) || machine.class == Class::Unknown {
        return Ok(Earliest::At(machine.since));
    }
    Err(no_stop(machine.id.as_ref(), anchor) + &format!(": it is {} now", machine.class.name()))
}

/// The sentence for an instant that no stop holds.
pub(in crate::serve) fn no_stop(machine: &str, anchor: Timestamp) -> String {
    let anchor = stamp::text(anchor).unwrap_or_default();
    format!("{machine} had no stop at {anchor} that this could be about")
}

/// A planned stop, declared before or after it began.
pub(super) fn planned(said: &PlannedStop, at: Timestamp, against: Against) -> Result<Sound, String> {
    let from = match &said.from {
        Some(from) => instant_ahead("planned_stop.from", from, against.now)?,
        None => at,
    };
    let until = any_instant("planned_stop.until", &said.until)?;
    if until <= from || until.since(from) > PLANNED_MS {
        return Err("`planned_stop.until` must lie after its begin, and at most 31 days".to_owned());
    }
    let reason = match said.reason.as_str() {
        "" => "".into(),
        reason => reason_id(reason, against)?,
    };
    Ok(Sound::at(from, Says::PlannedStop { until, reason }).led("a planned stop"))
}

/// The first piece of the changeover that is on is approved.
pub(super) fn first_off(machine: &MachineLive, at: Timestamp, now: Timestamp) -> Result<Sound, String> {
    if at >= machine.since && machine.class != Class::Setup {
        return Err(format!(
            "{} is not being changed over: it is {}, and no first piece waits for approval",
            machine.id,
            machine.class.name()
        ));
    }
    let sound = Sound::at(machine.since, Says::FirstOff { when: at });
    Ok(match at >= machine.since {
        true => sound,
        // Said late, by a device that was offline: the changeover is on disk.
        false => Sound {
            earliest: stop(machine, at, now)?,
            ..sound
        },
    })
}
