//! Folds a history with the fold under test: at once, in steps, or on from a snapshot.
#![allow(dead_code, reason = "each test file uses a part of it")]

use super::oracle::{History, MACHINE};
use gemba::model::fact::Fact;
use gemba::model::time::Timestamp;
use gemba::oee::plan::Plan;
use gemba::oee::rows::{Final, Rows};
use gemba::pipeline::fold::{Fold, Inbox, Passed};
use std::sync::Arc;

/// What a history folds to, with the snapshots passed on the way.
pub struct Folded {
    pub rows: Final,
    pub passed: Vec<Passed>,
}

/// Folds up to the end of the history.
pub fn fold(history: &History) -> Final {
    fold_on(history, Fold::new(MACHINE, history.start), &[]).rows
}

/// Folds on from where `fold` stands, stopping at each of `steps` (in order) before the end. The span and the stop that are
/// open at the end are taken as they stand.
pub fn fold_on(history: &History, mut fold: Fold, steps: &[Timestamp]) -> Folded {
    let plan = plan(&history.known);
    let mut inbox = Inbox::default();
    let from = fold.position;
    let later = history.facts.iter().filter(|fact| fact.at >= from);
    later.for_each(|fact| inbox.add(Arc::new(fact.clone())));
    let mut rows = Rows::since(from);
    let mut passed = Vec::new();
    let end = history.end();
    for step in steps.iter().chain([&end]) {
        fold.advance(*step, &mut inbox, &plan, &mut rows, &mut passed);
    }
    fold.settle_for_view(&plan, &mut rows);
    let growing = rows.last_span().cloned();
    let mut rows = rows.finish(MACHINE, Timestamp::MAX);
    if rows.spans.last() != growing.as_ref() {
        rows.spans.extend(growing);
    }
    Folded { rows, passed }
}

/// The plan that settings and entries make.
pub fn plan(known: &[Fact]) -> Plan {
    let mut plan = Plan::default();
    known.iter().for_each(|fact| plan.apply(fact));
    plan
}
