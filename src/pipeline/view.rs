//! Pure. The present as the screens show it: each live fold carried on to now, and thrown away again.

use super::machine::Machine;
use super::{Pipeline, TURN_MS};
use crate::model::live::{MachineLive, PlantLive, ShiftLive};
use crate::model::state::Class;
use crate::model::time::{Now, Timestamp};
use crate::oee::engine::Place;
use crate::oee::rows::Rows;
use std::sync::Arc;

impl Pipeline {
    /// The plant as it is now, taking every signal that is not overdue for confirmed.
    pub(super) fn view(&self, now: Now) -> PlantLive {
        let machines = self
            .machines
            .values()
            .filter_map(|machine| self.machine_view(machine, now.at));
        PlantLive {
            at: now.at,
            machines: machines.collect(),
            waiting_facts: self.outbox.len(),
            lost_facts: self.outbox.lost,
            too_late_facts: self.too_late,
            late_entries: self.plan.waiting(),
        }
    }

    fn machine_view(&self, machine: &Machine, now: Timestamp) -> Option<MachineLive> {
        let id = machine.fold.machine;
        let place = Place {
            machine: id,
            plan: &self.plan,
        };
        let mut fold = machine.fold.clone();
        let segment = fold.engine.segment(place, now)?;
        let mut rows = machine.rows.of_the_present();
        // A fold that catches up after a long silence shows where it is.
        let reach = fold.reach(TURN_MS);
        let behind = now > reach;
        let now = now.clamp(fold.position.plus(1), reach);
        fold.advance(now, &mut machine.inbox.clone(), &self.plan, &mut rows, &mut Vec::new());
        fold.settle_for_view(&self.plan, &mut rows);
        let mut sums = machine.shift_sums(&segment.key);
        let open = machine.rows.open().chain(rows.open());
        open.filter(|(key, _)| key.is_same_shift(&segment.key))
            .for_each(|(_, open)| sums.merge(open));
        // Also what is not final yet, and what the next sample decides on: a counter that jumped may stand for hours.
        let waiting = machine.rows.held().chain(rows.held());
        let waiting: Vec<i64> = waiting.chain(fold.signals.suspected()).collect();
        let last = rows.last_span();
        let nothing = Rows::default();
        let shift = (!segment.slot.shift.is_empty()).then(|| ShiftLive {
            id: Arc::clone(&segment.slot.shift),
            name: Arc::clone(&segment.slot.shift_name),
            period: segment.slot.shift_period,
            business_date: Arc::clone(&segment.slot.business_date),
        });
        Some(MachineLive {
            machine: id,
            id: self.names.get(&id).cloned().unwrap_or_default(),
            name: segment.setting.name.clone(),
            line: Arc::clone(&segment.setting.line),
            state: last.map_or_else(|| "unknown".into(), |span| Arc::clone(&span.state)),
            class: last.map_or(Class::Unknown, |span| span.class),
            since: last.map_or(now, |span| span.since),
            reason: last.map_or_else(|| "".into(), |span| Arc::clone(&span.reason)),
            product: Arc::clone(&segment.key.product),
            shift,
            engines: machine.engines(&segment.key),
            tally: sums.tally,
            detail: sums.detail,
            covers: segment.slot.shift_period,
            // What a machine does before it is in service stands on no timeline.
            open: machine.open_rows(if segment.in_service { &rows } else { &nothing }),
            retold: machine.retold_times,
            policy: Arc::clone(&segment.policy),
            in_service: segment.in_service,
            reject_source: segment.setting.reject_source,
            signals: self.stage.live(id),
            held: waiting
                .iter()
                .fold(machine.held.pieces(), |sum, pieces| sum.saturating_add(*pieces)),
            holds: machine.held.increases() + waiting.len(),
            stood: machine.standing.of(&segment.key),
            recomputing: behind || machine.is_recomputing(),
            settled: machine.fold.settled(),
        })
    }
}
