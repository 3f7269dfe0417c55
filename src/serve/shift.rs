//! I/O. `/api/v1/machines/{id}/shift`: one machine's shift as a timeline, by the hour, and its stops.

use super::App;
use super::answer::{self, Problem};
use super::contract::{ShiftDetail, Tile};
use super::keeper::shift;
use super::past::Wanted;
use super::story::{Asked, Story, times};
use crate::model::calendar::dates;
use crate::model::live::{MachineLive, PlantLive};
use crate::model::time::{HOUR_MS, Period, QUARTER_MS, Timestamp};
use crate::oee::calendar::Slot;
use crate::oee::plan::Plan;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// Shifts are looked for at this distance.
const STEP_MS: i64 = QUARTER_MS;

/// What may be asked.
#[derive(Debug, Deserialize)]
pub(super) struct Question {
    /// Business date and shift, as `2026-11-21.1`; the shift that is on when left out.
    shift: Option<String>,
}

/// Answers with the shift asked for.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(question): Query<Question>,
) -> Response {
    match detail(&app, &id, question.shift.as_deref()).await {
        Ok(detail) => answer::json(StatusCode::OK, &detail),
        Err(problem) => problem.into_response(),
    }
}

async fn detail(app: &App, id: &str, asked: Option<&str>) -> Result<ShiftDetail, Problem> {
    let live: Arc<PlantLive> = Arc::clone(&app.views.live.borrow());
    let plan = Arc::clone(&app.views.plan.borrow());
    let machine = live.machines.iter().find(|machine| *machine.id == *id);
    let Some(machine) = machine else {
        return Err(unknown_machine(id));
    };
    let wall = app.keeper.snapshot().await;
    let Some(tile) = wall.machines.iter().find(|tile| *tile.id == *id) else {
        return Err(unknown_machine(id));
    };
    // The timeline is told whole below.
    let tile = Tile {
        strip: None,
        ..tile.clone()
    };
    let slot = match asked {
        None => plan.slot(live.at),
        Some(asked) => find(&plan, asked, live.at).ok_or_else(|| unknown_shift(asked))?,
    };
    let period = slot.shift_period;
    let stored = rows(app, machine, period).await?;
    // Of a shift that has just ended too, the last minutes may still be on their way to disk.
    let story = stored.whole(&machine.open, period);
    let story = story.carried_over(machine.machine, &plan, period.start);
    let segments = story.segments(&story.paces(machine.machine, &plan));
    let hours = hours(&plan.zone(period.start), period);
    let asked = Asked {
        plan: &plan,
        machine: machine.machine,
        shift: &slot.shift,
        start: period.start,
    };
    let segment = plan.segment(
        machine.machine,
        period.start.max(plan.born(machine.machine).unwrap_or(period.start)),
    );
    let judged = segment.is_some_and(|segment| segment.setting.reject_source.is_known());
    let policy = plan.policy(live.at.min(period.end.plus(-1)));
    Ok(ShiftDetail {
        coverage: story.coverage(&policy),
        policy: Arc::clone(&policy.id),
        now: live.at,
        provisional: plan.is_provisional(machine.machine, period, live.at),
        shift: shift(&slot),
        tile,
        hours: story.hours(&hours, live.at, judged, &asked),
        stops: story.stops(),
        times: times(&segments),
        segments,
    })
}

pub(super) fn unknown_machine(id: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("there is no machine {id:?}; /api/v1/wall lists them"),
    )
}

pub(super) fn unknown_shift(asked: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("there is no shift {asked:?}; write business date and shift, such as ?shift=2026-11-21.1"),
    )
}

/// Reads what is on disk of a period.
async fn rows(app: &App, machine: &MachineLive, period: Period) -> Result<Story, Problem> {
    let wanted = Wanted {
        machine: machine.machine,
        spans: period,
        tallies: period,
    };
    let past = Arc::clone(&app.views.past);
    let read = tokio::task::spawn_blocking(move || past(&[wanted])).await;
    let failed = |why: String| {
        let detail = format!("the shift cannot be read: {why}; look at /api/v1/health");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(5)
    };
    let rows = read.map_err(|error| failed(error.to_string()))?.map_err(failed)?;
    let (spans, tallies) = rows.into_iter().next().unwrap_or_default();
    Ok(Story {
        spans,
        tallies,
        ..Story::default()
    })
}

/// The shift of that business date and id that began before `now`.
pub(super) fn find(plan: &Plan, asked: &str, now: Timestamp) -> Option<Slot> {
    let (date, id) = asked.split_once('.')?;
    // The shift that is on is as the calendar says now, also where that was said in the middle of it.
    let is_asked = |slot: &Slot| *slot.shift == *id && *slot.business_date == *date;
    let on = Some(plan.slot(now)).filter(is_asked);
    if on.is_some() {
        return on;
    }
    let day = dates::date(date).ok()?;
    let around = dates::around(day, day)?;
    let (mut at, end) = (around.start, around.end.min(now.plus(1)));
    while at < end {
        let slot = plan.slot(at);
        if is_asked(&slot) {
            return Some(plan.as_it_became(slot));
        }
        // Settings may begin inside what a slot says: no shift is shorter than this.
        at = slot.shift_period.end.min(at.plus(STEP_MS)).max(at.plus(1));
    }
    None
}

/// A period cut at the clock hours of a zone.
fn hours(zone: &str, period: Period) -> Vec<Period> {
    let offset_ms = |at: Timestamp| {
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        i64::from(zone.to_offset(at).seconds()) * 1_000
    };
    let mut hours = Vec::new();
    let mut at = period.start;
    while at < period.end {
        let offset = offset_ms(at);
        let next = at.plus(offset).next(HOUR_MS).plus(-offset).min(period.end);
        hours.push(Period::new(at, next));
        at = next;
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_is_cut_at_the_hours_of_the_clock_on_the_wall() {
        let cuts = |zone, start: &str, hours_long: i64| {
            let start: jiff::Timestamp = start.parse().unwrap();
            let start = Timestamp(start.as_millisecond());
            let hours = hours(zone, Period::new(start, start.plus(hours_long * HOUR_MS)));
            hours.iter().map(|hour| hour.ms() / 60_000).collect::<Vec<_>>()
        };
        // 06:00 in Ho Chi Minh City is 23:00 UTC.
        assert_eq!(cuts("Asia/Ho_Chi_Minh", "2026-11-20T23:00:00Z", 3), [60, 60, 60]);
        // 06:30 local: the first hour is half of one, the last too.
        assert_eq!(cuts("Asia/Ho_Chi_Minh", "2026-11-20T23:30:00Z", 2), [30, 60, 30]);
        // India is five and a half hours ahead: 00:30 UTC is 06:00 there.
        assert_eq!(cuts("Asia/Kolkata", "2026-11-21T00:30:00Z", 2), [60, 60]);
    }
}
