//! I/O. What must be looked up before an entry can be taken: its stop, the pieces it takes from, what it decides on.

use super::answer::Problem;
use super::books::Count;
use super::draft::{self, Checked, Earliest, Pool, Scoped};
use super::entries::{COMMIT_WAIT, unavailable};
use super::past::Wanted;
use super::story::Story;
use super::{App, BySums};
use crate::model::detail::Detail;
use crate::model::entry::{Room, Says};
use crate::model::fact::{Body, Fact, Role};
use crate::model::ids::MachineId;
use crate::model::live::{OpenRows, PlantLive};
use crate::model::tally::{Column, FlagKind, Tally, TallyKey, TallyRow};
use crate::model::time::{DAY_MS, Period, Timestamp};
use crate::oee::plan::{LONGEST_SILENCE_MS, Plan};
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
pub(super) async fn earliest(app: &App, plan: &Plan, machine: &str, checked: &Checked) -> Result<Timestamp, Problem> {
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
    if let (Says::Held { role, release }, Some(id)) = (&checked.says, checked.machine) {
        let pieces = held(app, machine, id, role, at).await?;
        let segment = plan.segment(id, at).filter(|_| *release);
        let most = segment.and_then(|segment| Some(segment.most_made(Role::parse(role)?)));
        if let Some(most) = most.filter(|most| pieces > *most) {
            return Err(draft::refused(&never_made(machine, pieces, most)));
        }
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

fn never_made(machine: &str, pieces: i64, most: i64) -> String {
    let days = LONGEST_SILENCE_MS / DAY_MS;
    format!(
        "{machine} cannot have made {pieces} pieces at once: at its greatest rate it makes {most} in {days} days; refuse the increase \
         (release = false), or correct its ideal cycle or max_rate_per_min first"
    )
}

/// The pieces of a held increase; refuses a decision on one that no counter of the machine held at that instant.
async fn held(app: &App, machine: &str, id: MachineId, role: &str, at: Timestamp) -> Result<i64, Problem> {
    let flags = Arc::clone(&app.views.books.flags);
    let found = ask(move || flags((id, Period::new(at, at.plus(1))))).await?;
    let flag = found
        .iter()
        .find(|flag| flag.what == FlagKind::Held && *flag.role == *role);
    match flag {
        Some(flag) => Ok(flag.amount),
        None => Err(Problem::new(
            StatusCode::NOT_FOUND,
            format!("nothing was booked: the counter {role} of {machine} held no increase at that instant"),
        )),
    }
}

/// The instant of a device's fact that came too late.
async fn too_late(app: &App, seq: u64, machine: Option<MachineId>) -> Result<Timestamp, Problem> {
    let fact = Arc::clone(&app.views.books.fact);
    let found = ask(move || fact(seq)).await?;
    let is_reading = |fact: &Fact| matches!(fact.body, Body::Signal(_)) && fact.machine == machine;
    match found.filter(|fact| is_reading(fact) && fact.is_too_late()) {
        Some(fact) => {
            let what = format!("the reading of fact {seq}");
            let is_kept = draft::kept(&what, fact.at, app.clock.now().at);
            is_kept.map(|()| fact.at).map_err(|why| draft::refused(&why))
        }
        None => Err(Problem::new(
            StatusCode::NOT_FOUND,
            format!("nothing was booked: fact {seq} is no reading of this machine that came too late"),
        )),
    }
}

/// How many pieces an entry about a machine and an instant can take from; `None` when it takes none.
pub(super) async fn room(
    app: &App,
    live: &PlantLive,
    plan: &Plan,
    (machine, at): (Option<MachineId>, Timestamp),
    scoped: Option<&Scoped>,
) -> Result<Option<Room>, Problem> {
    let (Some(scoped), Some(id)) = (scoped, machine) else {
        return Ok(None);
    };
    let Some(product) = plan.segment(id, at).map(|segment| Arc::clone(&segment.key.product)) else {
        return Ok(None);
    };
    if !live.machines.iter().any(|machine| machine.machine == id) {
        return Ok(None);
    }
    let (order, period) = (&scoped.order, scoped.period);
    let is_of = |key: &TallyKey| match (order, scoped.pool) {
        (Some(order), Pool::Rejected) => key.order == *order,
        (Some(order), Pool::Good) => key.product == product && key.order == *order,
        (None, Pool::Good | Pool::Rejected) => key.product == product,
    };
    let mut sum = 0;
    // Also those that were taken out of the plant: what they rejected may still pass rework.
    for machine in app.views.names.keys().copied() {
        let began = match (order, scoped.pool) {
            // An order's pieces are rejected on one machine and pass rework on another.
            (Some(order), Pool::Rejected) => plan.first_of_order(machine, order),
            (Some(_), Pool::Good) | (None, _) => (machine == id).then_some(period.start),
        };
        if let Some(began) = began {
            let nothing = OpenRows::default();
            let live = live.machines.iter().find(|live| live.machine == machine);
            let rows = (machine, live.map_or(&nothing, |live| &live.open));
            sum += made(app, plan, rows, Period::new(began, period.end), &is_of, scoped.pool).await?;
        }
    }
    Ok(Some(Room {
        gross: sum,
        period,
        order: order.clone(),
    }))
}

/// Pieces of one kind that a machine made in a period, of what `is_of` says.
async fn made(
    app: &App,
    plan: &Plan,
    (machine, open): (MachineId, &OpenRows),
    period: Period,
    is_of: impl Fn(&TallyKey) -> bool + Sync,
    pool: Pool,
) -> Result<i64, Problem> {
    let pieces = |tally: &Tally, detail: &Detail, period: Period| {
        let by_people = plan.is_counted_by_people(machine, period);
        pieces_of(pool, tally, entered(tally, detail, by_people))
    };
    let (mut sum, mut from) = (0, period.start);
    // What goes on may have begun before the oldest minute that is kept.
    if period.end == Timestamp::MAX {
        let (began, told) = shifts(app, plan, (machine, open), period.start).await?;
        for (key, sums) in told.iter().filter(|(key, _)| is_of(key)) {
            let shift = plan.slot(key.shift_start).shift_period;
            sum += pieces(&sums.tally, &sums.detail, shift);
        }
        from = began;
    }
    // What was made then as it is known by now: rows on disk may still have to be worked out again, and be cut.
    let may_be_of = |row: &&TallyRow| {
        let mut at = row.period.start;
        while let Some(known) = plan.segment(machine, at).filter(|_| at < row.period.end) {
            if is_of(&known.key) {
                return true;
            }
            at = known.key_period.end.max(at.plus(1));
        }
        false
    };
    let rows = tallies(app, (machine, open), Period::new(from, period.end)).await?;
    let rows = rows.iter().filter(may_be_of);
    let rows = rows.map(|row| pieces(&row.tally, &row.detail, row.period));
    Ok(sum + rows.sum::<i64>())
}

/// Pieces of a tally as counters told them, those of closed gaps among them, before people took any of the good ones.
fn pieces_of(pool: Pool, tally: &Tally, entered: i64) -> i64 {
    let sum = |columns: &[Column]| columns.iter().map(|column| tally.get(*column)).sum::<i64>();
    match pool {
        Pool::Good => sum(&[Column::Good, Column::GapGood]) + entered,
        Pool::Rejected => sum(&[Column::Reject, Column::Rework, Column::GapReject]) - entered,
    }
}

/// Pieces that people took out of the good ones, on a machine whose counters people make count or not.
fn entered(tally: &Tally, detail: &Detail, by_people: bool) -> i64 {
    let scrapped: i64 = detail.scrapped().map(|(_, pieces)| pieces).sum();
    let reworked: i64 = detail.sent_to_rework().map(|(_, pieces)| pieces).sum();
    match by_people {
        // The column has what such counters rejected too.
        true => scrapped + reworked,
        // Older rows have the sum and not what it is made of.
        false => (scrapped + reworked).max(tally.get(Column::ManualReject)),
    }
}

/// Sums of the shifts of a machine from `first` on as far as all of them is on disk, and when the first shift began that is not
/// among them: its minutes tell the rest.
pub(super) async fn shifts(
    app: &App,
    plan: &Plan,
    (machine, open): (MachineId, &OpenRows),
    first: Timestamp,
) -> Result<(Timestamp, BySums), Problem> {
    let open = open.tallies.first();
    let open = open.map_or_else(|| app.clock.now().at, |row| row.period.start);
    let began = plan.slot(open).shift_start;
    let shifts = Arc::clone(&app.views.books.shifts);
    // No shift and no time between shifts is longer than two days.
    let mut sums = ask(move || shifts((machine, first.plus(-2 * DAY_MS)))).await?;
    sums.retain(|key, _| key.shift_start < began);
    Ok((began, sums))
}

/// The tallies of a machine that begin in a period: those on disk, and those on their way there.
pub(super) async fn tallies(
    app: &App,
    (machine, open): (MachineId, &OpenRows),
    period: Period,
) -> Result<Vec<TallyRow>, Problem> {
    let wanted = Wanted {
        machine,
        spans: Period::new(period.start, period.start),
        tallies: period,
    };
    let past = Arc::clone(&app.views.past);
    let rows = ask(move || past(&[wanted])).await?;
    let (_, tallies) = rows.into_iter().next().unwrap_or_default();
    let story = Story {
        tallies,
        ..Story::default()
    };
    Ok(story.whole(open, period).tallies)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_gap_give_room_for_scrap_and_rework_as_those_of_known_time_do() {
        let (mut tally, mut detail) = (Tally::default(), Detail::default());
        for (column, pieces) in [
            (Column::Good, 40),
            (Column::GapGood, 485),
            (Column::Reject, 12),
            (Column::Rework, 5),
            (Column::GapReject, 15),
            (Column::ManualReject, 20),
        ] {
            tally.add(column, pieces);
        }
        let room = |detail: &Detail, by_people| {
            let entered = entered(&tally, detail, by_people);
            [Pool::Good, Pool::Rejected].map(|pool| pieces_of(pool, &tally, entered))
        };
        // 40 + 485 + 20 and 12 + 5 + 15 - 20 of an older row.
        assert_eq!(room(&detail, false), [545, 12]);
        detail.scrap(&"burr".into(), 5);
        detail.rework(&"".into(), 6);
        // 40 + 485 + 11 and 32 - 11: the other 9 of 20 are those that a person's counter rejected.
        assert_eq!(room(&detail, true), [536, 21]);
        detail.rework(&"".into(), 10);
        // 40 + 485 + 21 and 32 - 21.
        assert_eq!(room(&detail, false), [546, 11]);
    }
}
