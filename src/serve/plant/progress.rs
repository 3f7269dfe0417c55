//! I/O. How far orders are: reads what was made for each so far, and of late.

use super::view::View;
use crate::model::ids::MachineId;
use crate::model::line::LineSetting;
use crate::model::live::{MachineLive, OpenRows};
use crate::model::tally::{Sums, TallyKey};
use crate::model::time::{Period, Timestamp};
use crate::oee::plan::Plan;
use crate::oee::progress::{self, Delivered, PACE_MS, Pace, Unexpected};
use crate::oee::rollup::Part;
use crate::serve::answer::Problem;
use crate::serve::{App, lookup, stamp};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::serve) struct Progress {
    /// Pieces delivered: good ones, those of closed gaps among them, and reworked ones that passed.
    done: i64,
    /// Pieces to go; absent where the order has no quantity.
    left: Option<i64>,
    /// When nothing is left, if work goes on in all planned time as it did in the last hour.
    #[serde(serialize_with = "stamp::maybe")]
    expected_finish: Option<Timestamp>,
    /// Why no finish is expected; absent where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

/// Adds the progress of each order.
pub(super) async fn add(app: &App, plan: &Plan, views: &mut [View]) -> Result<(), Problem> {
    let now = app.clock.now().at;
    let made = Made::read(app, plan, views, now).await?;
    let kinds = plan.kinds();
    let (mut all, mut lately) = (Delivered::new(&kinds), Delivered::new(&kinds));
    made.all.iter().for_each(|row| all.give(row.part()));
    made.lately.iter().for_each(|row| lately.give(row.part()));
    let (all, mut lately) = (all.finish(), lately.finish_by_machine());
    for view in views {
        let quantity = plan.order(&view.id, now).and_then(|order| order.quantity);
        let done = all.get(&view.id).copied().unwrap_or(0);
        let (pieces, counted) = lately.remove(&view.id).unwrap_or_default();
        let pace = Pace {
            pieces,
            planned_ms: counted.values().sum(),
        };
        let is_on = |id: &MachineId| plan.order_on(*id, now).is_some_and(|on| *on == *view.id);
        let goes_on = |id: &MachineId| mates(*id, plan, app, now).iter().any(is_on);
        let have_it: BTreeSet<MachineId> = counted.keys().copied().filter(goes_on).collect();
        // One that is paused everywhere goes on where it was.
        let machines = if have_it.is_empty() {
            counted.into_keys().collect()
        } else {
            have_it
        };
        let planned = |period| machines.iter().map(|id| plan.planned_ms(*id, period)).sum();
        let progress = progress::progress(quantity, done, pace, planned, now);
        view.progress = Some(Progress {
            done: progress.done,
            left: progress.left,
            expected_finish: progress.expected_finish.ok(),
            why: progress.expected_finish.err().map(Unexpected::sentence),
        });
    }
    Ok(())
}

/// The machines whose orders may be those of a machine: on a serial line each of it.
fn mates(machine: MachineId, plan: &Plan, app: &App, now: Timestamp) -> Vec<MachineId> {
    let line = plan.line_of(machine, now).unwrap_or_default();
    if plan.kinds().of(&line, now) == LineSetting::Parallel {
        return vec![machine];
    }
    let on_line = |id: &MachineId| plan.line_of(*id, now).is_some_and(|of| of == line);
    app.views.names.keys().copied().filter(on_line).collect()
}

/// Sums of one machine.
struct Row {
    machine: MachineId,
    start: Timestamp,
    key: TallyKey,
    sums: Sums,
}

impl Row {
    fn part(&self) -> Part<'_> {
        Part {
            machine: self.machine,
            start: self.start,
            key: &self.key,
            sums: &self.sums,
            engines: &[],
        }
    }
}

/// What was made for orders: in all, and as long ago as the present pace goes.
#[derive(Default)]
struct Made {
    all: Vec<Row>,
    lately: Vec<Row>,
}

impl Made {
    async fn read(app: &App, plan: &Plan, views: &[View], now: Timestamp) -> Result<Made, Problem> {
        let mut made = Made::default();
        let live = Arc::clone(&app.views.live.borrow());
        // Also those that were taken out of the plant or of their line: what they delivered is delivered.
        for machine in app.views.names.keys().copied() {
            let all = app.views.names.keys().copied();
            let machines: Vec<MachineId> = all
                .filter(|mate| *mate == machine || plan.share_orders(machine, *mate))
                .collect();
            let first_of = |view: &View| {
                machines
                    .iter()
                    .filter_map(|mate| plan.first_of_order(*mate, &view.id))
                    .min()
            };
            let began = views.iter().filter_map(first_of);
            // A machine that never had one of them is not read.
            if let Some(first) = began.min() {
                let live = live.machines.iter().find(|live| live.machine == machine);
                made.read_of(app, plan, (machine, live), first, now).await?;
            }
        }
        let kinds = plan.kinds();
        let may_be_its = |row: &Row| {
            row.key.order.is_empty() && kinds.of(&row.key.line, row.key.shift_start) != LineSetting::Parallel
        };
        let is_asked = |row: &Row| may_be_its(row) || views.iter().any(|view| view.id == row.key.order);
        made.all.retain(is_asked);
        made.lately.retain(is_asked);
        Ok(made)
    }

    /// Sums of shifts as far as all of them is on disk, and the minutes of the rest. A machine that is gone has no present pace.
    async fn read_of(
        &mut self,
        app: &App,
        plan: &Plan,
        (machine, live): (MachineId, Option<&MachineLive>),
        first: Timestamp,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let nothing = OpenRows::default();
        let rows = (machine, live.map_or(&nothing, |live| &live.open));
        let (began, over) = lookup::shifts(app, plan, rows, first).await?;
        self.all.extend(over.into_iter().map(|(key, sums)| Row {
            machine,
            start: key.shift_start,
            key,
            sums,
        }));
        let hour_ago = now.plus(-PACE_MS);
        let from = began.min(hour_ago);
        for row in lookup::tallies(app, rows, Period::new(from, Timestamp::MAX)).await? {
            let mut sums = Sums::default();
            sums.give(&row);
            let told = || Row {
                machine,
                start: row.period.start,
                key: (*row.key).clone(),
                sums: sums.clone(),
            };
            if row.key.shift_start >= began {
                self.all.push(told());
            }
            if live.is_some() && row.period.start >= hour_ago {
                self.lately.push(told());
            }
        }
        Ok(())
    }
}
