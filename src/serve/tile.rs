//! Pure. A machine as the wall shows it now.

use super::contract::{Ratios, Screen, Segment, Tile};
use super::kpis;
use super::screen;
use super::screen::Pace;
use super::shown::{Shown, shown_of};
use super::story::{Story, cause, filled};
use crate::model::live::MachineLive;
use crate::model::settings::PolicySetting;
use crate::model::tally::Column;
use crate::model::time::Timestamp;
use crate::oee::balance::is_judged;
use crate::oee::kpi::Kpis;
use crate::oee::plan::Plan;
use crate::oee::target::ShiftPlan;
use std::sync::Arc;

/// Pieces of a tape that no screen can show more finely.
const STRIP_MOST: usize = 1_000;

/// The tile of a machine whose shift so far is `story`.
pub(super) fn tile(live: &MachineLive, story: &Story, plan: &Plan, now: Timestamp, stale: bool) -> Tile {
    let paces = story.paces(live.machine, plan);
    let segments = story.segments(&paces);
    let (screen, since) = present(live, &segments, &paces);
    let kpis = kpis::first_of(live);
    let get = |column| live.tally.get(column);
    // Of counters at two stations nobody knows which pieces are good, nor of pieces from before rejects were counted.
    let judged = live.in_service && live.reject_source.is_known() && is_judged(&live.tally);
    let of_shift = shift_plan(live, plan);
    // Where nothing is planned there is no plan to be ahead of.
    let plan_shift = of_shift.whole().filter(|pieces| live.in_service && *pieces > 0.0);
    let product = filled(&live.product);
    let pace = paces.last().filter(|pace| pace.product == live.product);
    Tile {
        id: live.id.clone(),
        name: live.name.clone(),
        line: filled(&live.line),
        screen,
        state: live.state.clone(),
        class: live.class.name(),
        cause: cause(&live.state),
        reason: filled(&live.reason),
        since,
        ratios: ratios(&live.policy, &kpis, shown_of(live, kpis.coverage, stale)),
        in_service: live.in_service,
        made: get(Column::Total) + get(Column::GapTotal),
        good: judged.then(|| get(Column::Good) + get(Column::GapGood)),
        reject: judged.then(|| get(Column::Reject) + get(Column::GapReject)),
        plan: plan_shift.and_then(|_| of_shift.until(now)),
        plan_shift,
        product_name: product.as_ref().and_then(|id| plan.product_name(id, now)),
        product,
        ideal_s: screen::ideal_ns(live.machine, plan, now).map(|ns| ns as f64 / 1e9),
        cycle_s: pace.map(|pace| pace.cycle_ms / 1e3),
        unexplained: story.unexplained(),
        last_data: last_data(live),
        provisional: plan.is_provisional(live.machine, live.covers, now),
        recomputing: live.recomputing,
        held: live.held,
        strip: Some(strip(&segments, live.covers.start)),
    }
}

/// The plan of a machine in the shift that is on, or in the time between shifts.
pub(super) fn shift_plan(live: &MachineLive, plan: &Plan) -> ShiftPlan {
    let id = live.shift.as_ref().map_or("", |shift| &*shift.id);
    ShiftPlan::of(plan, live.machine, id, live.covers.start)
}

/// Ratios worked out under a policy, and how far they may be believed.
pub(super) fn ratios(policy: &PolicySetting, kpis: &Kpis, (shown, shown_why): (Shown, Option<&'static str>)) -> Ratios {
    Ratios {
        policy: Arc::clone(&policy.id),
        oee: kpis.oee,
        availability: kpis.availability,
        performance: kpis.effectiveness,
        above_one: kpis.effectiveness.is_some_and(|ratio| ratio > 1.0),
        quality: kpis.quality,
        coverage: kpis.coverage,
        defect_rate: kpis.defect_rate,
        shown,
        shown_why,
    }
}

/// How the machine looks now and since when: a stop since its begin, running since its pace is this one.
fn present(live: &MachineLive, segments: &[Segment], paces: &[Pace]) -> (Screen, Timestamp) {
    let by_class = screen::of(live.class);
    let [.., last] = segments else {
        return (by_class, live.since);
    };
    if by_class != Screen::Run || !matches!(last.screen, Screen::Run | Screen::Slow) {
        return (by_class, live.since);
    }
    // Cycles not judged yet go on at the pace of those before.
    let before = segments.iter().rev().nth(1);
    let slow = paces
        .last()
        .filter(|pace| pace.is_slow && pace.period.end >= last.start);
    match (slow, before) {
        (Some(_), Some(before)) if before.screen == Screen::Slow && before.end == last.start => {
            (Screen::Slow, before.start)
        }
        (Some(_) | None, Some(_) | None) => (last.screen, last.start),
    }
}

/// A meter that fell silent makes no machine one that nobody sees.
fn last_data(live: &MachineLive) -> Option<Timestamp> {
    let seen = live.signals.iter().filter(|signal| !signal.role.is_beside());
    seen.filter_map(|signal| signal.confirmed).min()
}

fn strip(segments: &[Segment], start: Timestamp) -> Vec<(u32, Screen)> {
    let second = |at: Timestamp| u32::try_from(at.since(start) / 1_000).unwrap_or(0);
    let mut strip: Vec<(u32, Screen)> = Vec::new();
    let step = u32::try_from(segments.len() / STRIP_MOST)
        .unwrap_or(u32::MAX)
        .saturating_mul(60);
    for segment in segments {
        let at = second(segment.start);
        match strip.last_mut() {
            Some((_, last)) if *last == segment.screen => {}
            Some((before, last)) if at.saturating_sub(*before) < step => *last = segment.screen,
            Some(_) | None => strip.push((at, segment.screen)),
        }
    }
    strip
}
