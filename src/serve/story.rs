//! Pure. A machine's shift as the page tells it: what is on disk and what is on its way there become segments, hours and stops.

use super::contract::{Hour, Screen, Segment, StopSum, TimeSum};
use super::screen::{self, Pace};
use crate::model::entry::{Says, Scope};
use crate::model::ids::MachineId;
use crate::model::live::OpenRows;
use crate::model::settings::PolicySetting;
use crate::model::state::Class;
use crate::model::tally::{Column, SpanRow, Sums, TallyRow};
use crate::model::time::{MINUTE_MS, Period, Timestamp};
use crate::oee::balance::is_judged;
use crate::oee::kpi::Kpis;
use crate::oee::plan::Plan;
use crate::oee::target::ShiftPlan;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Planned time that nobody saw asks for a reason where there is more of it in the shift.
pub(super) const UNSEEN_MS: i64 = 5 * MINUTE_MS;

/// The rows of one machine and shift, by start.
#[derive(Debug, Clone, Default)]
pub(super) struct Story {
    /// Spans; they tile the shift up to now.
    pub spans: Vec<SpanRow>,
    /// Tallies of a minute at most.
    pub tallies: Vec<TallyRow>,
    /// Planned milliseconds, before all of these, of time that nobody saw and that reaches into them; by when it began.
    pub unseen_before: BTreeMap<Timestamp, i64>,
}

impl Story {
    /// What is on disk, carried on by what is on its way there, within a period.
    pub(super) fn whole(mut self, open: &OpenRows, period: Period) -> Story {
        // A row may be in both for a moment: from the first open one on only the open ones count.
        if let Some(first) = open.spans.first() {
            let first = first.period.start;
            self.spans.retain(|row| row.period.start < first);
            if let Some(last) = self.spans.last_mut() {
                last.period.end = last.period.end.min(first);
            }
        }
        if let Some(first) = open.tallies.first() {
            let first = first.period.start;
            self.tallies.retain(|row| row.period.start < first);
        }
        self.spans.extend(open.spans.iter().cloned());
        self.tallies.extend(open.tallies.iter().cloned());
        for row in &mut self.spans {
            // What began before is counted where it began.
            row.counts &= row.period.start >= period.start;
            row.period = row.period.intersect(period);
        }
        self.spans.retain(|row| !row.period.is_empty());
        self.tallies.retain(|row| period.contains(row.period.start));
        self
    }

    /// With what lies before `start` of time that nobody saw: a change of shifts cuts it in two, and it is asked for as a whole.
    pub(super) fn carried_over(mut self, machine: MachineId, plan: &Plan, start: Timestamp) -> Story {
        let mut began: BTreeMap<Timestamp, i64> = BTreeMap::new();
        let unseen = self.spans.iter().filter(|row| row.class == Class::Unknown);
        for row in unseen.filter(|row| row.since < start) {
            *began.entry(row.since).or_default() += row.period.ms();
        }
        // What is long enough here is asked for whatever was before, and that may be months.
        began.retain(|_, ms| *ms <= UNSEEN_MS);
        let before = began.into_keys();
        self.unseen_before = before
            .map(|since| (since, plan.planned_ms(machine, Period::new(since, start))))
            .collect();
        self
    }

    /// The pace of the machine over the shift.
    pub(super) fn paces(&self, machine: MachineId, plan: &Plan) -> Vec<Pace> {
        screen::paces(machine, &self.tallies, plan)
    }

    /// The timeline, equal neighbours in one, running time cut where its pace changes.
    pub(super) fn segments(&self, paces: &[Pace]) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::new();
        for row in &self.spans {
            for (period, screen) in looks(row, paces) {
                let segment = segment(row, period, screen);
                match segments.last_mut().filter(|last| is_same(last, &segment)) {
                    Some(last) => last.end = segment.end,
                    None => segments.push(segment),
                }
            }
        }
        let unseen = self.unseen();
        for segment in segments.iter_mut().filter(|it| it.class == Class::Unknown.name()) {
            segment.unexplained = unseen.contains_key(&segment.since);
        }
        segments
    }

    /// Stops by class and reason or cause, longest first.
    pub(super) fn stops(&self) -> Vec<StopSum> {
        let mut sums: BTreeMap<_, StopSum> = BTreeMap::new();
        for row in self.spans.iter().filter(|row| is_stop(row.class)) {
            // What a person said stands for whatever the signals said.
            let reason = filled(&row.reason);
            let cause = cause(&row.state).filter(|_| reason.is_none());
            let key = (row.class, cause.clone(), reason.clone());
            let sum = sums.entry(key).or_insert_with(|| StopSum {
                screen: screen::of(row.class),
                class: row.class.name(),
                cause,
                reason,
                ms: 0,
                count: 0,
            });
            sum.ms += row.period.ms();
            sum.count += u32::from(row.counts);
        }
        let mut sums: Vec<StopSum> = sums.into_values().collect();
        sums.sort_by_key(|sum| std::cmp::Reverse(sum.ms));
        sums
    }

    /// Stops longer than the minor limit, and planned time that nobody saw, that nobody gave a reason for; those begun before
    /// the shift among them: they still need one.
    pub(super) fn unexplained(&self) -> u32 {
        let stops = self.spans.iter().filter(|row| row.class == Class::Unexplained);
        let stops: BTreeSet<Timestamp> = stops.map(|row| row.since).collect();
        u32::try_from(stops.len() + self.unseen().len()).unwrap_or(u32::MAX)
    }

    /// Each time that nobody saw and that is long enough to ask for a reason, by when it began; what of it lies here. It is of that
    /// class in planned time alone, and only until a person says what it was.
    pub(super) fn unseen(&self) -> BTreeMap<Timestamp, Period> {
        let mut unseen: BTreeMap<Timestamp, (Period, i64)> = BTreeMap::new();
        for row in self.spans.iter().filter(|row| row.class == Class::Unknown) {
            // A machine that is off overnight is so from before its shift: only what is planned counts.
            let (period, ms) = unseen.entry(row.since).or_insert((row.period, 0));
            period.end = row.period.end;
            *ms += row.period.ms();
        }
        let before = |since: &Timestamp| self.unseen_before.get(since).copied().unwrap_or_default();
        let long = unseen
            .into_iter()
            .filter(|(since, (_, ms))| ms + before(since) > UNSEEN_MS);
        long.map(|(since, (period, _))| (since, period)).collect()
    }

    /// Known / planned time under a policy; `None` where nothing was planned.
    pub(super) fn coverage(&self, policy: &PolicySetting) -> Option<f64> {
        let mut sums = Sums::default();
        self.tallies.iter().for_each(|row| sums.give(row));
        Kpis::under(policy, &sums).coverage
    }

    /// The hours of the shift, to its end; the last one begun is the one `now` lies in.
    pub(super) fn hours(&self, hours: &[Period], now: Timestamp, judged: bool, asked: &Asked) -> Vec<Hour> {
        // Of one bar for good pieces and the next for all of them nobody could tell which is which.
        let judged = judged && self.tallies.iter().all(|row| is_judged(&row.tally));
        let of_shift = ShiftPlan::of(asked.plan, asked.machine, asked.shift, asked.start);
        let hour = |period: &Period| {
            let rows = self.tallies.iter().filter(|row| period.contains(row.period.start));
            let (mut made, mut good) = (0, 0);
            for row in rows {
                made += row.tally.get(Column::Total) + row.tally.get(Column::GapTotal);
                good += row.tally.get(Column::Good) + row.tally.get(Column::GapGood);
            }
            let entered = asked.plan.about_pieces(asked.machine, *period);
            let adjusted: i64 = entered.map(|heard| whole_scope(&heard.says)).sum();
            let passed = Period::new(period.start, now.min(period.end));
            Hour {
                start: period.start,
                end: period.end,
                made,
                good: judged.then_some(good - adjusted),
                adjusted: if judged { adjusted } else { 0 },
                plan: of_shift.within(*period),
                plan_so_far: of_shift.within(passed),
                frac: passed.ms() as f64 / period.ms().max(1) as f64,
            }
        };
        hours.iter().map(hour).collect()
    }
}

/// Whose plan is asked for.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// The settings by time.
    pub plan: &'a Plan,
    /// The machine.
    pub machine: MachineId,
    /// Id of the shift, or empty ...
    pub shift: &'a str,
    /// ... and its begin.
    pub start: Timestamp,
}

/// The good pieces that an entry puts in for a whole shift or order: below zero what it takes out.
fn whole_scope(says: &Says) -> i64 {
    match says {
        Says::Scrap { pieces, scope, .. } | Says::Rework { pieces, scope, .. } if *scope != Scope::Now => -pieces,
        Says::Scrap { .. }
        | Says::Rework { .. }
        | Says::Reworked { .. }
        | Says::Reason { .. }
        | Says::PlannedStop { .. }
        | Says::Product { .. }
        | Says::Order { .. }
        | Says::FirstOff { .. }
        | Says::Cavities { .. }
        | Says::Headcount { .. }
        | Says::Service { .. }
        | Says::Held { .. }
        | Says::Close { .. }
        | Says::Accept { .. }
        | Says::Unlock { .. }
        | Says::HandCount { .. }
        | Says::Undo { .. } => 0,
    }
}

/// Time by how it looks.
pub(super) fn times(segments: &[Segment]) -> Vec<TimeSum> {
    let mut sums: BTreeMap<Screen, i64> = BTreeMap::new();
    for segment in segments {
        *sums.entry(segment.screen).or_default() += segment.end.since(segment.start);
    }
    sums.into_iter().map(|(screen, ms)| TimeSum { screen, ms }).collect()
}

/// The cause that a state's name carries: `mould` of `fault:mould`.
pub(super) fn cause(state: &str) -> Option<Arc<str>> {
    state.split_once(':').map(|(_, cause)| cause.into())
}

/// The text unless it is empty.
pub(super) fn filled(text: &Arc<str>) -> Option<Arc<str>> {
    (!text.is_empty()).then(|| Arc::clone(text))
}

fn is_stop(class: Class) -> bool {
    match class {
        Class::MinorStop | Class::Unexplained | Class::Breakdown | Class::Waiting | Class::Setup => true,
        Class::Running
        | Class::NotScheduled
        | Class::PlannedStop
        | Class::Break
        | Class::NoOrder
        | Class::Unknown
        | Class::ClockSkip => false,
    }
}

/// The parts of a span by how they look.
fn looks(row: &SpanRow, paces: &[Pace]) -> Vec<(Period, Screen)> {
    let screen = screen::of(row.class);
    if row.class != Class::Running {
        return vec![(row.period, screen)];
    }
    let mut parts = Vec::new();
    let mut at = row.period.start;
    let first = paces.partition_point(|pace| pace.period.end <= at);
    for pace in paces[first..].iter().filter(|pace| pace.is_slow) {
        let slow = pace.period.intersect(Period::new(at, row.period.end));
        if pace.period.start >= row.period.end {
            break;
        }
        if !slow.is_empty() {
            parts.push((Period::new(at, slow.start), screen));
            parts.push((slow, Screen::Slow));
            at = slow.end;
        }
    }
    parts.push((Period::new(at, row.period.end), screen));
    parts.retain(|(period, _)| !period.is_empty());
    parts
}

fn segment(row: &SpanRow, period: Period, screen: Screen) -> Segment {
    let is_running = row.class == Class::Running;
    Segment {
        start: period.start,
        end: period.end,
        screen,
        class: row.class.name(),
        cause: cause(&row.state).filter(|_| !is_running),
        reason: filled(&row.reason),
        since: if is_running { period.start } else { row.since },
        author: filled(&row.author),
        unexplained: row.class == Class::Unexplained,
    }
}

fn is_same(before: &Segment, next: &Segment) -> bool {
    let is_running = matches!(next.screen, Screen::Run | Screen::Slow);
    before.end == next.start
        && before.screen == next.screen
        && before.class == next.class
        && before.cause == next.cause
        && before.reason == next.reason
        && before.author == next.author
        && (is_running || before.since == next.since)
}

#[cfg(test)]
#[path = "story/tests.rs"]
mod tests;
