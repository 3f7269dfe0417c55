//! What must be true of a store whatever happened: it says what the whole journal folds to, once.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of several test files")]

use super::pipeline_plant::{LATHE, PRESS};
use super::pipeline_store::{Place, Store, name};
use gemba::model::booking::{self, Booking, Field};
use gemba::model::fact::Body;
use gemba::model::ids::MachineId;
use gemba::model::tally::{Column, SpanRow, Tally, TallyRow};
use gemba::model::time::{DAY_MS, Period, Timestamp};
use gemba::oee::plan::Plan;
use gemba::oee::rows::{Final, Rows};
use gemba::pipeline::fold::{Fold, Inbox, Passed, is_applied};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

/// The whole journal of a machine folded from its birth.
pub struct Replayed {
    pub rows: Final,
    /// Sums of everything, final or not.
    pub sum: Tally,
    pub passed: Vec<Passed>,
    pub fold: Fold,
}

pub fn replay(store: &Store, machine: MachineId, to: Timestamp) -> Replayed {
    let mut plan = Plan::default();
    store.known().iter().for_each(|fact| plan.apply(fact));
    let mut inbox = Inbox::default();
    let facts = store.facts_of(machine, Timestamp::MIN).into_iter();
    for (_, fact) in facts.filter(|(seq, fact)| is_applied(&plan, *seq, fact)) {
        inbox.add(Arc::new(fact));
    }
    let mut fold = Fold::new(machine, plan.born(machine).unwrap());
    let (mut rows, mut passed) = (Rows::default(), Vec::new());
    fold.advance(to, &mut inbox, &plan, &mut rows, &mut passed);
    let mut sum = Tally::default();
    rows.open().for_each(|(_, open)| sum.merge(&open.tally));
    let rows = rows.finish(machine, fold.settled());
    Replayed {
        rows,
        sum,
        passed,
        fold,
    }
}

/// Everything that must hold for what is on disk; `now` is at or after the newest instant of the journal. The error says
/// what does not.
pub fn prove(store: &Store, now: Timestamp) -> Result<(), String> {
    let mut plan = Plan::default();
    store.known().iter().for_each(|fact| plan.apply(fact));
    for machine in [PRESS, LATHE] {
        let Some(until) = store.sealed_until(machine) else {
            continue;
        };
        let replayed = replay(store, machine, now);
        let of = name(machine);
        let sealed = |period: Period| period.end <= until;
        let tallies = replayed.rows.tallies.into_iter().filter(|row| sealed(row.period));
        let tallies: Vec<TallyRow> = tallies.collect();
        same(&format!("tallies of {of}"), &tallies, &store.tallies.of(machine))?;
        let stored = store.spans.of(machine);
        // The span that grows at the end is not final yet.
        let ended = |span: &&SpanRow| span.period.end < until;
        if stored.len() < replayed.rows.spans.iter().filter(ended).count() {
            return Err(format!("{of}: spans end at {:?}, tallies at {until:?}", stored.last()));
        }
        let spans: Vec<_> = replayed.rows.spans.into_iter().take(stored.len()).collect();
        same(&format!("spans of {of}"), &spans, &stored)?;
        tiles(
            store,
            machine,
            &plan,
            store.tallies.of(machine).iter().map(|row| row.period),
        )?;
        tiles(store, machine, &plan, stored.iter().map(|span| span.period))?;
        let clean: BTreeMap<Timestamp, Vec<u8>> = replayed
            .passed
            .into_iter()
            .filter_map(|passed| passed.bytes.map(|bytes| (passed.at, bytes)))
            .collect();
        for ((_, at), checkpoint) in store
            .checkpoints
            .range((machine, Timestamp::MIN)..(machine, Timestamp::MAX))
        {
            if clean.get(at).is_some_and(|bytes| *bytes != checkpoint.bytes) {
                return Err(format!(
                    "{of}: the checkpoint of {at:?} is not what a clean fold passes"
                ));
            }
        }
    }
    if !store.restating.is_empty() {
        return Err(format!("still marked as being worked out: {:?}", store.restating));
    }
    ledger(store)
}

fn same<T: PartialEq + Debug>(what: &str, journal: &[T], stored: &[T]) -> Result<(), String> {
    let differs = (0..journal.len().max(stored.len())).find(|place| journal.get(*place) != stored.get(*place));
    match differs {
        None => Ok(()),
        Some(place) => Err(format!(
            "{what}: row {place} of {} and {}\n the journal says {:?}\n the store says {:?}",
            journal.len(),
            stored.len(),
            journal.get(place),
            stored.get(place)
        )),
    }
}

/// Periods follow each other without a hole, but for the time in which the machine was not configured, and clocks set
/// forward by more than a day.
fn tiles(store: &Store, machine: MachineId, plan: &Plan, periods: impl Iterator<Item = Period>) -> Result<(), String> {
    let out = |hole: Period| {
        let segment = plan.segment(machine, hole.start);
        let unserved = segment.as_ref().is_some_and(|segment| !segment.in_service);
        let nothing = segment.is_none();
        let jumped = store.facts.iter().any(|fact| {
            let Body::Clock(clock) = &fact.body else { return false };
            let long = clock.until.since(fact.at) > DAY_MS;
            long && fact.at <= hole.start && hole.end <= clock.until
        });
        jumped || unserved || (nothing && plan.configured_after(machine, hole.start) == Some(hole.end))
    };
    let mut last: Option<Period> = None;
    for period in periods {
        let hole = last.map(|last| Period::new(last.end, period.start));
        let follows = hole.is_none_or(|hole| hole.start == hole.end || out(hole));
        if period.is_empty() || !follows {
            return Err(format!("{machine:?}: {period:?} does not follow {last:?}"));
        }
        last = Some(period);
    }
    Ok(())
}

/// The sums of the ledger are those of the stored rows, by all tags but the revision; no point's identity repeats.
fn ledger(store: &Store) -> Result<(), String> {
    let mut identities = BTreeSet::new();
    for point in &store.ledger {
        if !identities.insert((point.measurement, format!("{:?}", point.tags), point.at)) {
            return Err(format!("booked twice: {point:?}"));
        }
    }
    let tallies = store.tallies.rows.iter();
    let tallies = tallies.map(|(place, (row, _))| booking::of_tally(row, &name(place.0), &row.tally, 0));
    let stops = store
        .spans
        .rows
        .iter()
        .filter(|(_, (row, _))| booking::is_stop(row.class));
    let stops = stops.map(|(place, (row, _))| booking::of_stop(row, &name(place.0), 1, 0));
    let stored: Vec<Booking> = tallies.chain(stops).collect();
    let booked = store.ledger.iter().filter(|point| point.measurement != "gemba_value");
    let (stored, booked) = (sums(stored.iter()), sums(booked));
    for (group, sum) in &booked {
        if stored.get(group).unwrap_or(&Sums::new()) != sum {
            return Err(format!("{group:?}: booked {sum:?}, stored {:?}", stored.get(group)));
        }
    }
    match stored.keys().find(|group| !booked.contains_key(*group)) {
        Some(group) => Err(format!("never booked: {group:?}")),
        None => Ok(()),
    }
}

type Sums = BTreeMap<&'static str, i64>;
type Group = (&'static str, Vec<(&'static str, String)>, Timestamp);

/// Sums that are not zero, by measurement, instant and all tags but the revision.
fn sums<'a>(points: impl Iterator<Item = &'a Booking>) -> BTreeMap<Group, Sums> {
    let mut sums: BTreeMap<Group, Sums> = BTreeMap::new();
    for point in points {
        let tags = point.tags.iter().filter(|(tag, _)| *tag != "rev").cloned().collect();
        let sum = sums.entry((point.measurement, tags, point.at)).or_default();
        for (name, field) in &point.fields {
            if let Field::Int(number) = field {
                *sum.entry(name).or_default() += number;
            }
        }
    }
    for sum in sums.values_mut() {
        sum.retain(|_, number| *number != 0);
    }
    sums.retain(|_, sum| !sum.is_empty());
    sums
}

/// Pieces of a machine in all: counted in known time and in silence.
pub fn pieces(tally: &Tally) -> i64 {
    tally.get(Column::Total) + tally.get(Column::GapTotal)
}

/// Stored sums of one machine in a period of starts.
pub fn stored(store: &Store, machine: MachineId, period: Period) -> Tally {
    let mut sum = Tally::default();
    let rows = store.tallies.rows.range((machine, period.start)..(machine, period.end));
    rows.for_each(|(_, (row, _))| sum.merge(&row.tally));
    sum
}

/// Places of rows that were written more than once.
pub fn revised(store: &Store) -> Vec<Place> {
    let mut places = store.tallies.revised();
    places.extend(store.spans.revised());
    places
}
