//! I/O. `/api/v1/rollups`: tallies merged by hour, shift, day, week or month, and by machine, line, plant, product or order.

mod keys;
mod provisional;

use super::App;
use super::answer::{self, Problem};
use super::books::{MOST_GROUPS, Rolled, Rolling};
use super::contract::{Engine, RollUp, RollUps};
use super::kpis::{self, Polls, Table};
use crate::model::calendar::dates::{self, around};
use crate::model::ids::MachineId;
use crate::model::live::PlantLive;
use crate::model::settings::PolicySetting;
use crate::model::tally::Column;
use crate::model::time::{HOUR_MS, Period, Timestamp};
use crate::oee::basis::Basis;
use crate::oee::calendar::Slot;
use crate::oee::indicators::Kpi;
use crate::oee::meters::Meters;
use crate::oee::pace::CycleSource;
use crate::oee::plan::Plan;
use crate::oee::rollup::{By, Kinds, Merged, Over, When};
use crate::oee::units::{self, Where};
use crate::report::figures::Figures;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Business dates in one answer by the hour, which reads every minute; and by what is longer, which reads shifts.
const MOST_DAYS_OF_HOURS: i64 = 31;
const MOST_DAYS: i64 = 3_660;

/// What may be asked.
#[derive(Debug, Deserialize)]
pub(super) struct Question {
    by: Option<String>,
    of: Option<String>,
    from: Option<String>,
    to: Option<String>,
    machine: Option<String>,
    line: Option<String>,
}

/// Answers with what was merged.
pub(super) async fn get(State(app): State<Arc<App>>, Query(question): Query<Question>) -> Response {
    match rolled(&app, &question).await {
        Ok(rolled) => answer::json(StatusCode::OK, &rolled),
        Err(problem) => problem.into_response(),
    }
}

async fn rolled(app: &App, question: &Question) -> Result<RollUps, Problem> {
    let plan = Arc::clone(&app.views.plan.borrow());
    let live = Arc::clone(&app.views.live.borrow());
    let rolling = rolling(question, &plan, &live)?;
    let asked = Arc::clone(&app.views.books.rolled);
    let (by, first, last) = (rolling.by, rolling.first, rolling.last);
    let (machine, line) = (rolling.machine, rolling.line.clone());
    let kinds = machine.map_or_else(|| rolling.kinds.clone(), |_| Kinds::default());
    let meters = around(first, last).map_or_else(Meters::default, |period| Meters::of(&plan, period));
    let failed = |why: String| {
        let detail = format!("the tallies cannot be read: {why}; look at /api/v1/health");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(5)
    };
    let read = tokio::task::spawn_blocking(move || asked(rolling)).await;
    let rolled: Rolled = read.map_err(|error| failed(error.to_string()))?.map_err(failed)?;
    if rolled.is_cut {
        let detail = format!("there are more than {MOST_GROUPS} rows: ask for fewer dates, or for one machine or line");
        return Err(bad(detail));
    }
    let as_of = as_of(&plan, last, live.at);
    let policy = plan.policy(as_of);
    let means = Means {
        by,
        dates: (first, last),
        meters: &meters,
        unclosed: provisional::unclosed(&plan, &rolled, (first, last), live.at),
        machine,
        line,
        kinds,
        rolled: &rolled,
        policy: &policy,
        plan: &plan,
        polls: &app.views.polls,
        as_of,
        now: live.at,
    };
    let rows = rolled.groups.iter();
    let engines: BTreeSet<u32> = rows.clone().flat_map(|(_, merged)| &merged.engines).copied().collect();
    Ok(RollUps {
        engine: Engine::of(&engines),
        timezone: plan.zone(live.at),
        version: env!("CARGO_PKG_VERSION"),
        corrected: rolled.corrected,
        kept_since: Some(rolled.kept_since).filter(|since| *since > Timestamp::MIN),
        rows: rows.map(|((when, id), merged)| means.row(when, id, merged)).collect(),
        policy: Arc::clone(&policy.id),
    })
}

fn rolling(question: &Question, plan: &Arc<Plan>, live: &PlantLive) -> Result<Rolling, Problem> {
    let zone = TimeZone::get(&plan.zone(live.at)).unwrap_or(TimeZone::UTC);
    let over = match question.by.as_deref() {
        Some("hour") => Over::Hours(zone),
        Some("shift") => Over::Shifts,
        Some("day") => Over::Days,
        Some("week") => Over::Weeks,
        Some("month") => Over::Months,
        Some(_) | None => return Err(bad("by is hour, shift, day, week or month")),
    };
    let by = match question.of.as_deref() {
        Some("machine") => By::Machine,
        Some("line") => By::Line,
        Some("plant") => By::Plant,
        Some("product") => By::Product,
        Some("order") => By::Order,
        Some(_) | None => return Err(bad("of is machine, line, plant, product or order")),
    };
    let date = |text: &str| dates::date(text).map_err(|wrong| bad(wrong.to_string()));
    let from = question
        .from
        .as_deref()
        .ok_or_else(|| bad("from is missing: the first business date, as 2026-11-21"))?;
    let first = date(from)?;
    let last = question.to.as_deref().map_or(Ok(first), date)?;
    let most = if matches!(over, Over::Hours(_)) {
        MOST_DAYS_OF_HOURS
    } else {
        MOST_DAYS
    };
    let days = last.duration_since(first).as_hours() / 24 + 1;
    if !(1..=most).contains(&days) {
        return Err(bad(format!(
            "from {first} to {last} are {days} dates: ask for 1 to {most} of them"
        )));
    }
    let machine = |name: &String| {
        let found = live.machines.iter().find(|machine| *machine.id == **name);
        found.map(|machine| machine.machine).ok_or_else(|| {
            let known: Vec<&str> = live.machines.iter().map(|machine| &*machine.id).collect();
            let detail = format!("there is no machine {name}; those there are: {}", known.join(", "));
            Problem::new(StatusCode::NOT_FOUND, detail)
        })
    };
    Ok(Rolling {
        over,
        by,
        first,
        last,
        kinds: plan.kinds(),
        plan: Arc::clone(plan),
        machine: question.machine.as_ref().map(machine).transpose()?,
        line: question.line.as_deref().map(Arc::from),
    })
}

/// The last instant of the dates asked for, or now: as of then settings judge them, as they do in a report.
fn as_of(plan: &Plan, last: Date, now: Timestamp) -> Timestamp {
    let day = plan.business_days(last, last);
    day.map_or(now, |day| now.min(day.end.plus(-1)))
}

/// What rows are worked out with.
struct Means<'a> {
    by: By,
    dates: (Date, Date),
    meters: &'a Meters,
    /// Shifts of each machine in which rejects that people enter may be missing.
    unclosed: BTreeMap<MachineId, Vec<Slot>>,
    /// One machine alone, or one line.
    machine: Option<MachineId>,
    line: Option<Arc<str>>,
    kinds: Kinds,
    rolled: &'a Rolled,
    policy: &'a PolicySetting,
    plan: &'a Plan,
    polls: &'a Polls,
    /// What held then judges all of it.
    as_of: Timestamp,
    now: Timestamp,
}

impl Means<'_> {
    fn row(&self, when: &When, id: &Arc<str>, merged: &Merged) -> RollUp {
        let figures = Figures::of(self.policy, &merged.sums);
        let so_far = self.so_far(when);
        let counting = |machine| kpis::counting(self.plan, self.polls, machine, so_far.end.plus(-1));
        let basis = merged.timed(figures.basis, counting).with_meters(merged.is_metered());
        let basis = basis.with_people(merged.is_manned());
        let of_days = self.calendar_ms(when, id, merged).map(|ms| basis.of_days(ms));
        let name = |machine: &MachineId| -> Arc<str> { self.rolled.roster.name(*machine).into() };
        let machines: Vec<Arc<str>> = merged.machines.iter().map(name).collect();
        let is_counted = |machine: &&MachineId| self.plan.knows_rejects(**machine, so_far.end.plus(-1));
        let uncounted = merged.machines.iter().filter(|machine| !is_counted(machine));
        let uncounted: Vec<Arc<str>> = uncounted.map(name).collect();
        let made = Some(&merged.made).filter(|_| self.by == By::Product);
        let Table { kpis, why } = kpis::table(of_days.unwrap_or(basis), &uncounted);
        RollUp {
            period: period(when, merged),
            id: match (self.by, machines.first()) {
                (By::Machine, Some(name)) => Arc::clone(name),
                (By::Machine, None) | (By::Line | By::Plant | By::Product | By::Order | By::Work, _) => Arc::clone(id),
            },
            machines,
            key: keys::key(merged),
            mixed: keys::mixed(merged),
            mixed_cut: keys::mixed_cut(merged),
            sums: Column::ALL
                .iter()
                .map(|(column, name)| (*name, merged.sums.tally.get(*column)))
                .collect(),
            coverage: figures.basis.get(Kpi::Coverage).ok(),
            sealed_until: self.sealed_until(when, id, merged),
            provisional: self.is_provisional(when, so_far, merged),
            shown: figures.trust.name(),
            above_one: basis.is_above_one(),
            resolution: basis.resolution(),
            cycle_source: basis.cycle_source().map(CycleSource::name),
            suggested_ideal_s: self.suggested_ideal_s(merged, &basis, so_far.end.plus(-1)),
            energy_is_share: self.energy_is_share(merged, so_far),
            parts: made.map(|made| made.parts.clone()).unwrap_or_default(),
            parts_untold: made.map_or(0, |made| made.untold),
            kpis,
            why,
        }
    }
}

impl Means<'_> {
    /// Length of the business days of a row up to now, for each of its machines as long as it stood there (of a serial line for its
    /// bottleneck); `None` for what is no whole days of machines.
    fn calendar_ms(&self, when: &When, id: &str, merged: &Merged) -> Option<i64> {
        let days = self.days(when)?;
        let place = match (self.by, &self.line) {
            (By::Machine, _) => Where::Machine,
            (By::Line, _) => Where::Line(id),
            (By::Plant, Some(line)) => Where::Line(line),
            (By::Plant, None) => Where::Plant,
            (By::Product | By::Order | By::Work, _) => return None,
        };
        let stints = units::stints(self.plan, &merged.machines, place, days, &self.kinds);
        Some(units::length_ms(&stints, self.now))
    }

    /// The business days of a row, as far as they were asked for; `None` for what is no whole days.
    fn days(&self, when: &When) -> Option<Period> {
        let (first, last) = self.dates_of(when)?;
        self.plan.business_days(first, last)
    }

    /// The first and the last business date of a row, as far as they were asked for; `None` for what is no whole days.
    fn dates_of(&self, when: &When) -> Option<(Date, Date)> {
        let (first, last): (Date, Date) = match when {
            When::Day(date) => (date.parse().ok()?, date.parse().ok()?),
            When::Week(year, week) => {
                let monday = ISOWeekDate::new(*year, *week, Weekday::Monday).ok()?.date();
                (monday, monday.saturating_add(6.days()))
            }
            When::Month(month) => {
                let first: Date = format!("{month}-01").parse().ok()?;
                (first, first.last_of_month())
            }
            When::Hour(_) | When::Shift(..) | When::Whole => return None,
        };
        Some((first.max(self.dates.0), last.min(self.dates.1)))
    }

    /// The time of a row, as far as it was asked for.
    fn period(&self, when: &When) -> Period {
        let days = match when {
            When::Hour(at) => Some(Period::new(*at, at.plus(HOUR_MS))),
            // Time between shifts has the start of its production day.
            When::Shift(start, id) if id.is_empty() => self.plan.business_day_at(*start),
            When::Shift(start, _) => Some(self.plan.as_it_became(self.plan.slot(*start)).shift_period),
            When::Day(_) | When::Week(..) | When::Month(_) => self.days(when),
            When::Whole => None,
        };
        days.or_else(|| self.plan.business_days(self.dates.0, self.dates.1))
            .unwrap_or_else(|| Period::new(self.now, self.now))
    }

    fn suggested_ideal_s(&self, merged: &Merged, basis: &Basis, at: Timestamp) -> Option<f64> {
        let machine = merged.machines.first()?;
        let counts = self.plan.counts_of_cycle(*machine, merged.word("product"), at);
        merged.suggested_ideal_s(basis, counts)
    }

    /// The part of it that has passed.
    fn so_far(&self, when: &When) -> Period {
        let period = self.period(when);
        Period::new(period.start, period.end.min(self.now))
    }

    /// Up to when all machines are sealed that are in service between there and the end of a row, and may add to it; `None`
    /// where it is final.
    fn sealed_until(&self, when: &When, id: &Arc<str>, merged: &Merged) -> Option<Timestamp> {
        let period = self.period(when);
        let open = |machine: MachineId| {
            let sealed = self.rolled.sealed_until.get(&machine).copied().unwrap_or(period.start);
            let rest = Period::new(sealed.max(period.start), period.end);
            self.plan.serves_in(machine, rest).then_some(sealed)
        };
        let machines = self.rolled.roster.iter().map(|(machine, _)| machine);
        let adding = machines.filter(|machine| self.may_add(*machine, id, merged));
        adding.filter_map(open).min()
    }

    /// True when a machine has tallies in a row, or may have some that are not sealed yet: of the plant, a product or an order
    /// each machine asked for, of a line its own.
    fn may_add(&self, machine: MachineId, id: &Arc<str>, merged: &Merged) -> bool {
        let is_on = |line: &Arc<str>| {
            let setting = self.plan.machine(machine, self.as_of);
            setting.is_some_and(|setting| setting.line == *line)
        };
        let is_of_row = match self.by {
            By::Machine => false,
            By::Line => is_on(id),
            By::Plant | By::Product | By::Order | By::Work => true,
        };
        let is_asked = self.machine.is_none_or(|asked| asked == machine) && self.line.as_ref().is_none_or(is_on);
        merged.machines.contains(&machine) || is_of_row && is_asked
    }

    /// True where a row tells of less than all that its meters measured.
    fn energy_is_share(&self, merged: &Merged, so_far: Period) -> bool {
        let is_part = match self.by {
            By::Machine | By::Product | By::Order | By::Work => true,
            By::Line | By::Plant => false,
        };
        (is_part || self.machine.is_some())
            && merged
                .machines
                .iter()
                .any(|machine| self.meters.is_shared(*machine, so_far))
    }
}

fn period(when: &When, merged: &Merged) -> String {
    let instant =
        |at: &Timestamp| jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |at| at.to_string());
    match when {
        When::Hour(at) => instant(at),
        When::Shift(_, id) => format!("{}.{id}", merged.word("business_date")),
        When::Day(date) => date.to_string(),
        When::Week(year, week) => format!("{year}-W{week:02}"),
        When::Month(month) => month.to_string(),
        When::Whole => String::new(),
    }
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}
