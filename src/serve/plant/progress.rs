//! I/O. How far orders are: what was made for each so far, and when it is done at the present pace.

use super::view::View;
use crate::model::settings::SettingKind;
use crate::model::tally::{Column, Tally, TallyKey};
use crate::model::time::{HOUR_MS, Period, Timestamp};
use crate::oee::plan::Plan;
use crate::serve::answer::Problem;
use crate::serve::{App, lookup, stamp};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The present pace is that of this long.
const PACE_MS: i64 = HOUR_MS;

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::serve) struct Progress {
    /// Pieces delivered: good ones, those of time nobody saw among them, and reworked ones that passed.
    done: i64,
    /// Pieces to go; absent where the order has no quantity.
    left: Option<i64>,
    /// When nothing is left at the present pace; absent where nothing is being made.
    #[serde(serialize_with = "stamp::maybe")]
    expected_finish: Option<Timestamp>,
}

/// Adds the progress of each order.
pub(super) async fn add(app: &App, plan: &Plan, views: &mut [View]) -> Result<(), Problem> {
    let now = app.clock.now().at;
    let (done, lately) = delivered(app, plan, now).await?;
    for view in views {
        let quantity = plan.order(&view.id, now).and_then(|order| order.quantity);
        let of = |sums: &BTreeMap<Arc<str>, i64>| sums.get(&view.id).copied().unwrap_or(0);
        let done = of(&done);
        let left = quantity.map(|quantity| (quantity - done).max(0));
        let pace = of(&lately);
        let finish = |left: i64| {
            let ms = i128::from(left) * i128::from(PACE_MS) / i128::from(pace.max(1));
            now.plus(i64::try_from(ms).unwrap_or(i64::MAX))
        };
        view.progress = Some(Progress {
            done,
            left,
            expected_finish: left.filter(|left| pace > 0 && *left > 0).map(finish),
        });
    }
    Ok(())
}

type ByOrder = BTreeMap<Arc<str>, i64>;

/// Pieces delivered for each order: in all, and in the last hour.
async fn delivered(app: &App, plan: &Plan, now: Timestamp) -> Result<(ByOrder, ByOrder), Problem> {
    let (mut all, mut lately) = (ByOrder::new(), ByOrder::new());
    if plan.ids(SettingKind::Order).next().is_none() {
        return Ok((all, lately));
    }
    let live = Arc::clone(&app.views.live.borrow());
    for machine in &live.machines {
        let id = machine.machine;
        // Sums of shifts as far as all of them is on disk, and the minutes of the rest.
        let open = machine.open.tallies.first().map_or(now, |row| row.period.start);
        let began = plan.slot(open).shift_start;
        let shifts = Arc::clone(&app.views.books.shifts);
        let sums = lookup::ask(move || shifts((id, Timestamp::MIN))).await?;
        for (key, sums) in sums.iter().filter(|(key, _)| key.shift_start < began) {
            add_to(&mut all, key, &sums.tally);
        }
        let hour_ago = now.plus(-PACE_MS);
        let from = began.min(hour_ago);
        for row in lookup::tallies(app, machine, Period::new(from, Timestamp::MAX)).await? {
            if row.key.shift_start >= began {
                add_to(&mut all, &row.key, &row.tally);
            }
            if row.period.start >= hour_ago {
                add_to(&mut lately, &row.key, &row.tally);
            }
        }
    }
    Ok((all, lately))
}

fn add_to(sums: &mut ByOrder, key: &TallyKey, tally: &Tally) {
    if !key.order.is_empty() {
        let pieces = tally.get(Column::Good) + tally.get(Column::GapGood) + tally.get(Column::Reworked);
        *sums.entry(Arc::clone(&key.order)).or_default() += pieces;
    }
}
