//! Pure. The longest single stops of a part of a report.

use super::gather::Known;
use super::scope::{Stop, is_told};
use crate::model::ids::MachineId;
use crate::model::state::Class;
use crate::model::time::{QUARTER_MS, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Single stops told of one place; more of them are no list any more.
const MOST_LONGEST: usize = 5;

/// Spans are cut at quarter hours; a stop is all those that began as one, and each part of it with a reason of its own is told
/// apart, from its own begin on. What goes on from before all that is known began when the stop did.
pub(super) fn longest(known: &Known, machines: &BTreeSet<MachineId>) -> Vec<Stop> {
    let start = known.stretch.period.start;
    let first_cut = match known.kept_since > start {
        true => known.kept_since.plus(QUARTER_MS),
        false => start,
    };
    let mut stops: BTreeMap<(MachineId, Timestamp, Class, &Arc<str>), Stop> = BTreeMap::new();
    let spans = known.spans.iter();
    for span in
        spans.filter(|span| machines.contains(&span.machine) && is_told(span.class) && known.stretch.has(&span.key))
    {
        let goes_on = span.period.start <= first_cut;
        let began = if goes_on { span.since } else { span.period.start };
        let key = (span.machine, span.since, span.class, &span.reason);
        let stop = stops.entry(key).or_insert_with(|| Stop {
            machine: known.roster.name(span.machine).into(),
            since: began,
            class: span.class,
            reason: Arc::clone(&span.reason),
            state: Arc::clone(&span.state),
            ms: 0,
        });
        stop.since = stop.since.min(began);
        stop.ms += span.period.intersect(known.stretch.period).ms();
    }
    let mut stops: Vec<Stop> = stops.into_values().collect();
    stops.sort_by_key(|stop| (-stop.ms, stop.since));
    stops.truncate(MOST_LONGEST);
    stops
}
