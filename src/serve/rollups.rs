//! I/O. `/api/v1/rollups`: tallies merged by hour, shift, day, week or month, and by machine, line, plant, product or order.

use super::App;
use super::answer::{self, Problem};
use super::books::{MOST_GROUPS, Rolled, Rolling};
use super::contract::{RollUp, RollUps};
use crate::model::live::PlantLive;
use crate::model::settings::{PolicySetting, Setting};
use crate::model::tally::{Column, ENGINE};
use crate::model::time::Timestamp;
use crate::oee::indicators::Kpi;
use crate::oee::plan::Plan;
use crate::oee::rollup::{By, Merged, Over, WORDS, When};
use crate::report::figures::Figures;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
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
    let policy = policy(&plan, live.at);
    let asked = Arc::clone(&app.views.books.rolled);
    let by = rolling.by;
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
    let rows = rolled.groups.iter();
    Ok(RollUps {
        timezone: plan.zone(live.at),
        engine: ENGINE,
        version: env!("CARGO_PKG_VERSION"),
        corrected: rolled.corrected,
        kept_since: rolled.kept_since,
        rows: rows
            .map(|((when, id), merged)| row(when, id, by, merged, &rolled, &policy))
            .collect(),
        policy: policy.id,
    })
}

fn rolling(question: &Question, plan: &Plan, live: &PlantLive) -> Result<Rolling, Problem> {
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
    let date = |text: &str| -> Result<Date, Problem> {
        text.parse()
            .map_err(|_| bad(format!("{text:?} is no date: write it as 2026-11-21")))
    };
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
        lines: plan.lines(live.at),
        machine: question.machine.as_ref().map(machine).transpose()?,
        line: question.line.as_deref().map(Arc::from),
    })
}

fn row(when: &When, id: &Arc<str>, by: By, merged: &Merged, rolled: &Rolled, policy: &PolicySetting) -> RollUp {
    let figures = Figures::of(policy, &merged.sums);
    let kpis = Kpi::ALL.map(|(kpi, name)| (name, figures.basis.get(kpi)));
    let causes = kpis
        .iter()
        .filter_map(|(name, value)| Some((*name, value.err()?.sentence())));
    let machines = merged
        .machines
        .iter()
        .map(|machine| Arc::from(rolled.roster.name(*machine)));
    let machines: Vec<Arc<str>> = machines.collect();
    RollUp {
        period: period(when, merged),
        id: match (by, machines.first()) {
            (By::Machine, Some(name)) => Arc::clone(name),
            (By::Machine, None) | (By::Line | By::Plant | By::Product | By::Order, _) => Arc::clone(id),
        },
        machines,
        key: WORDS.iter().map(|name| (*name, merged.word(name).to_owned())).collect(),
        sums: Column::ALL
            .iter()
            .map(|(column, name)| (*name, merged.sums.tally.get(*column)))
            .collect(),
        why: causes.collect(),
        coverage: figures.basis.get(Kpi::Coverage).ok(),
        shown: figures.trust.name(),
        kpis: kpis.into_iter().map(|(name, value)| (name, value.ok())).collect(),
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

/// The policy in force.
fn policy(plan: &Plan, at: Timestamp) -> PolicySetting {
    let found = plan.in_force(at).into_iter().find_map(|setting| {
        if let Setting::Policy(it) = setting {
            Some(it)
        } else {
            None
        }
    });
    found.unwrap_or_default()
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}
