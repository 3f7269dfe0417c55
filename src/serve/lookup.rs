//! I/O. What must be looked up before an entry can be taken: its stop, the pieces it takes from, what it decides on.

use super::answer::Problem;
use super::books::Count;
use super::draft::{self, Checked, Earliest};
use super::entries::{COMMIT_WAIT, unavailable};
use super::past::Wanted;
use super::story::Story;
use super::{App, draft::Scoped};
use crate::model::entry::{Room, Says};
use crate::model::ids::MachineId;
use crate::model::live::{MachineLive, PlantLive};
use crate::model::tally::{Column, FlagKind, TallyKey, TallyRow};
use crate::model::time::{Period, Timestamp};
use crate::oee::plan::Plan;
use axum::http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often it is looked whether the time of a count by hand is on disk.
const LOOK: Duration = Duration::from_millis(500);

/// Asks the journal on a thread that may block; `what` it is for goes into the log where it fails.
pub(super) async fn ask<T: Send + 'static>(
    question: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, Problem> {
    let answered = match tokio::task::spawn_blocking(question).await {
        Ok(answered) => answered,
        Err(error) => Err(error.to_string()),
    };
    answered.map_err(|why| {
        tracing::warn!(why, "the journal could not be read for a request");
        unavailable(&format!("nothing was booked: the journal cannot be read: {why}"))
    })
}

/// The earliest instant an entry can affect.
pub(super) async fn earliest(app: &App, machine: &str, checked: &Checked) -> Result<Timestamp, Problem> {
    let at = match (checked.earliest, checked.machine) {
        (Earliest::At(at), _) | (Earliest::Standing(at), None) => at,
        (Earliest::StoredStop { anchor, open }, Some(id)) => stored(app, machine, id, anchor, open).await?,
        (Earliest::StoredStop { anchor, .. }, None) => anchor,
        (Earliest::Standing(at), Some(id)) => {
            let standings = Arc::clone(&app.views.standings);
            ask(move || standings(id, at)).await?.unwrap_or(at)
        }
        (Earliest::OfFact(seq), id) => too_late(app, seq, id).await?,
    };
    if let (Says::Held { role, .. }, Some(id)) = (&checked.says, checked.machine) {
        held(app, machine, id, role, at).await?;
    }
    Ok(at)
}

/// The start of the stored stop that holds `anchor`.
async fn stored(app: &App, machine: &str, id: MachineId, anchor: Timestamp, open: bool) -> Result<Timestamp, Problem> {
    let standings = Arc::clone(&app.views.standings);
    match ask(move || standings(id, anchor)).await? {
        Some(start) => Ok(start),
        None if open => Err(unavailable(
            "the stop has only just ended and is not on disk yet; send the same entry again in some seconds",
        )),
        None => Err(draft::refused(&draft::no_stop(machine, anchor))),
    }
}

/// Refuses a decision on an increase that no counter of the machine held at that instant.
async fn held(app: &App, machine: &str, id: MachineId, role: &str, at: Timestamp) -> Result<(), Problem> {
    let flags = Arc::clone(&app.views.books.flags);
    let found = ask(move || flags((id, Period::new(at, at.plus(1))))).await?;
    let is_there = found
        .iter()
        .any(|flag| flag.what == FlagKind::Held && *flag.role == *role);
    match is_there {
        true => Ok(()),
        false => Err(Problem::new(
            StatusCode::NOT_FOUND,
            format!("nothing was booked: the counter {role} of {machine} held no increase at that instant"),
        )),
    }
}

/// The instant of a device's fact that came too late.
async fn too_late(app: &App, seq: u64, machine: Option<MachineId>) -> Result<Timestamp, Problem> {
    let fact = Arc::clone(&app.views.books.fact);
    let found = ask(move || fact(seq)).await?;
    match found.filter(|fact| fact.machine == machine && fact.is_too_late()) {
        Some(fact) => Ok(fact.at),
        None => Err(Problem::new(
            StatusCode::NOT_FOUND,
            format!("nothing was booked: fact {seq} is no reading of this machine that came too late"),
        )),
    }
}

/// How many good pieces the entry can take from; `None` when it takes none.
pub(super) async fn room(
    app: &App,
    live: &PlantLive,
    plan: &Plan,
    checked: &Checked,
    at: Timestamp,
) -> Result<Option<Room>, Problem> {
    let (Some(Scoped { period, order }), Some(id)) = (&checked.takes_from, checked.machine) else {
        return Ok(None);
    };
    let Some(segment) = plan.segment(id, at) else {
        return Ok(None);
    };
    let Some(machine) = live.machines.iter().find(|machine| machine.machine == id) else {
        return Ok(None);
    };
    let rows = tallies(app, machine, *period).await?;
    let is_of =
        |key: &TallyKey| key.product == segment.key.product && order.as_ref().is_none_or(|order| key.order == *order);
    // What was made then as it is known by now: rows on disk may still have to be worked out again, and be cut.
    let may_be_of = |row: &&TallyRow| {
        let mut at = row.period.start;
        while let Some(known) = plan.segment(id, at).filter(|_| at < row.period.end) {
            if is_of(&known.key) {
                return true;
            }
            at = known.key_period.end.max(at.plus(1));
        }
        false
    };
    Ok(Some(Room {
        gross: rows.iter().filter(may_be_of).map(gross).sum(),
        period: *period,
        order: order.clone(),
    }))
}

/// Good pieces of a tally before people took any of them.
fn gross(row: &TallyRow) -> i64 {
    let entered: i64 = row.detail.scrapped().map(|(_, pieces)| pieces).sum();
    let reworked: i64 = row.detail.sent_to_rework().map(|(_, pieces)| pieces).sum();
    // Older rows have the sum and not what it is made of.
    row.tally.get(Column::Good) + (entered + reworked).max(row.tally.get(Column::ManualReject))
}

/// The tallies of a machine that begin in a period: those on disk, and those on their way there.
pub(super) async fn tallies(app: &App, machine: &MachineLive, period: Period) -> Result<Vec<TallyRow>, Problem> {
    let wanted = Wanted {
        machine: machine.machine,
        spans: Period::new(period.start, period.start),
        tallies: period,
    };
    let past = Arc::clone(&app.views.past);
    let rows = ask(move || past(&[wanted])).await?;
    let (_, tallies) = rows.into_iter().next().unwrap_or_default();
    let story = Story {
        spans: Vec::new(),
        tallies,
    };
    Ok(story.whole(&machine.open, period).tallies)
}

/// What the agent itself counted while a person counted by hand; nothing where its counters did not tell all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Counted {
    /// Pieces by the machine's counters.
    pub agent: Option<i64>,
    /// What the person counted less that.
    pub difference: Option<i64>,
}

impl Counted {
    /// What an entry tells; `None` where it is no count by hand.
    pub(super) fn of(says: &Says) -> Option<Counted> {
        let Says::HandCount { pieces, counted, .. } = says else {
            return None;
        };
        Some(Counted {
            agent: *counted,
            difference: counted.map(|counted| pieces - counted),
        })
    }
}

/// An entry as it goes to the core: a count by hand with what the counters counted in its time, once that is on disk.
pub(super) async fn with_count(
    app: &App,
    machine: Option<MachineId>,
    from: Timestamp,
    says: Says,
) -> Result<Says, Problem> {
    let (Says::HandCount { until, pieces, .. }, Some(machine)) = (&says, machine) else {
        return Ok(says);
    };
    let period = Period::new(from, *until);
    let last = Instant::now() + COMMIT_WAIT;
    let counted = loop {
        let counts = Arc::clone(&app.views.counts);
        match ask(move || counts((machine, period))).await? {
            Count::Pieces(counted) => break Some(counted),
            Count::Unknown => break None,
            Count::NotYet if Instant::now() < last => sleep(LOOK).await,
            Count::NotYet => {
                return Err(unavailable(
                    "nothing was booked: what the counters did in that time is not on disk yet; send the same entry again",
                ));
            }
        }
    };
    Ok(Says::HandCount {
        until: *until,
        pieces: *pieces,
        counted,
    })
}
