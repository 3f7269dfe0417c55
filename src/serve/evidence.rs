//! I/O. `/api/v1/assets`, the register of all machines, and `/api/v1/checks`, what people counted by hand beside the agent.

use super::answer::{self, json};
use super::{App, lookup, stamp};
use crate::model::entry::Says;
use crate::model::ids::MachineId;
use crate::model::settings::{MachineSetting, RejectSource, SettingKind};
use crate::model::time::{Period, Timestamp};
use crate::oee::meters::Meters;
use crate::oee::plan::{Heard, Plan};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Checks that are answered, the newest first: a year of one each working day.
const CHECKS: usize = 250;

/// A machine of the register.
#[derive(Debug, Serialize)]
struct Asset {
    id: Arc<str>,
    name: BTreeMap<Arc<str>, Arc<str>>,
    line: Arc<str>,
    group: Arc<str>,
    connected: bool,
    maker: Arc<str>,
    model: Arc<str>,
    year: Option<i32>,
    /// Hours a week it is planned to work, where no calendar tells.
    planned_hours: Option<f64>,
    /// How its pieces are counted: by a signal `auto`, or as that is made to count `scan` or `manual`; else as the plant says;
    /// empty where nobody counts them.
    counted: Arc<str>,
    /// Who tells its state, where a signal does: `auto`, `scan` or `manual`.
    state: Option<&'static str>,
    /// True where a meter measures its energy, alone or with others.
    metered: bool,
    rejects: &'static str,
    #[serde(serialize_with = "stamp::maybe")]
    registered_at: Option<Timestamp>,
    in_service: bool,
    #[serde(serialize_with = "stamp::maybe")]
    in_service_since: Option<Timestamp>,
}

/// Answers with all machines, also those that are only registered.
pub(super) async fn assets(State(app): State<Arc<App>>) -> Response {
    let plan = Arc::clone(&app.views.plan.borrow());
    let now = app.clock.now().at;
    let at_once = Period::new(now, now.plus(1));
    let meters = Meters::of(&plan, at_once);
    let asset = |(id, setting): (MachineId, Arc<MachineSetting>)| Asset {
        id: app.views.names.get(&id).cloned().unwrap_or_default(),
        metered: meters.measure(id, at_once),
        ..asset(&plan, id, &setting, now)
    };
    json(StatusCode::OK, &plan.machines_at(now).map(asset).collect::<Vec<_>>())
}

/// All that is known of a machine but its name and its meter.
fn asset(plan: &Plan, id: MachineId, setting: &MachineSetting, now: Timestamp) -> Asset {
    let has_counter = setting.signals.iter().any(|signal| signal.role.is_counter());
    let said = &plan.said(id).service;
    let last = said.range(..=(now, u64::MAX)).next_back();
    let in_service = plan.is_in_service(id, now);
    let born = plan.born(id);
    let since = last.map(|((at, _), _)| *at).or(born).filter(|_| in_service);
    Asset {
        id: "".into(),
        metered: false,
        name: setting.name.clone(),
        line: Arc::clone(&setting.line),
        group: Arc::clone(&setting.group),
        connected: setting.asset.connected,
        maker: Arc::clone(&setting.asset.maker),
        model: Arc::clone(&setting.asset.model),
        year: setting.asset.year,
        planned_hours: setting.asset.planned_milli_hours.map(|milli| milli as f64 / 1e3),
        counted: match has_counter {
            true => setting.count_by.name().into(),
            false => Arc::clone(&setting.asset.counted),
        },
        state: (!setting.signals.is_empty()).then_some(setting.state_by.name()),
        rejects: match setting.reject_source {
            RejectSource::Counter => "counter",
            RejectSource::Manual => "manual",
            RejectSource::None => "none",
        },
        registered_at: plan
            .changes(SettingKind::Machine, &id.0.to_string())
            .first()
            .map(|told| told.received_at),
        in_service,
        in_service_since: since,
    }
}

/// A count by hand.
#[derive(Debug, Serialize)]
struct Check {
    key: Arc<str>,
    machine: Arc<str>,
    #[serde(serialize_with = "stamp::one")]
    from: Timestamp,
    #[serde(serialize_with = "stamp::one")]
    until: Timestamp,
    by: Arc<str>,
    by_hand: i64,
    #[serde(flatten)]
    counted: lookup::Counted,
}

/// Answers with the newest counts by hand, each with what the agent counted in the same time.
pub(super) async fn checks(State(app): State<Arc<App>>) -> Response {
    let plan = Arc::clone(&app.views.plan.borrow());
    let name = |machine: Option<MachineId>| app.views.names.get(&machine?).cloned();
    let check = |(key, heard): (&Arc<str>, Heard)| {
        let counted = lookup::Counted::of(&heard.says)?;
        let Says::HandCount { until, pieces, .. } = heard.says else {
            return None;
        };
        Some(Check {
            key: Arc::clone(key),
            machine: name(heard.machine).unwrap_or_default(),
            from: heard.at,
            until,
            by: heard.author,
            by_hand: pieces,
            counted,
        })
    };
    let mut checks: Vec<Check> = plan.hand_counts().filter_map(check).take(CHECKS + 1).collect();
    let is_cut = checks.len() > CHECKS;
    checks.truncate(CHECKS);
    answer::list(&checks, is_cut)
}
