//! Pure. The orders of the plant as they were told, and which of them were open when: an order that is closed is looked at no more.

use super::{Timeline, Validity};
use crate::model::settings::OrderSetting;
use crate::model::time::{Period, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Every order there ever was.
#[derive(Debug, Clone, Default)]
pub(super) struct Orders {
    told: BTreeMap<Arc<str>, Timeline<OrderSetting>>,
    /// The starts of the stretches in which an order is released and not closed, by their end.
    open: BTreeMap<(Timestamp, Arc<str>), Timestamp>,
    /// When something was told of any order.
    changes: BTreeSet<Timestamp>,
}

impl Orders {
    /// One order.
    pub(super) fn get(&self, id: &str) -> Option<&Timeline<OrderSetting>> {
        self.told.get(id)
    }

    /// True for an order that was ever told without the one machine that is to make it.
    pub(super) fn is_shared(&self, id: &str) -> bool {
        let told = self.told.get(id).into_iter().flat_map(BTreeMap::values).flatten();
        told.into_iter().any(|order| order.machine.is_none())
    }

    /// All of them by id.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Timeline<OrderSetting>)> {
        self.told.iter()
    }

    /// Takes an order as it is from `at` on; `None` where it is removed.
    pub(super) fn set(&mut self, id: &Arc<str>, at: Timestamp, order: Option<Arc<OrderSetting>>) {
        let timeline = self.told.entry(Arc::clone(id)).or_default();
        for period in open_in(timeline) {
            self.open.remove(&(period.end, Arc::clone(id)));
        }
        timeline.insert(at, order);
        for period in open_in(timeline) {
            self.open.insert((period.end, Arc::clone(id)), period.start);
        }
        self.changes.insert(at);
    }

    /// Ends a span where anything is told of any order.
    pub(super) fn narrow(&self, span: &mut Validity) {
        if let Some(next) = self.changes.range(span.at.plus(1)..).next() {
            span.period.end = span.period.end.min(*next);
        }
        if let Some(last) = self.changes.range(..=span.at).next_back() {
            span.period.start = span.period.start.max(*last);
        }
    }

    /// The orders that are released and not closed at an instant.
    pub(super) fn open_at(&self, at: Timestamp) -> impl Iterator<Item = (&Arc<str>, Arc<OrderSetting>)> {
        let not_over = self.open.range((at.plus(1), Arc::default())..);
        let open = not_over.filter(move |(_, start)| **start <= at);
        open.filter_map(move |((_, id), _)| Some((id, super::valid(self.told.get(id)?, at)?)))
    }
}

/// The stretches between two changes of an order in which it is open.
fn open_in(timeline: &Timeline<OrderSetting>) -> Vec<Period> {
    let ends = timeline.keys().skip(1).copied().chain([Timestamp::MAX]);
    let stretches = timeline.iter().zip(ends).filter_map(|((start, order), end)| {
        let order = order.as_ref()?;
        (order.released && !order.closed).then(|| Period::new(*start, end))
    });
    stretches.collect()
}
