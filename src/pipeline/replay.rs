//! Pure. The whole journal of a machine folded again, to compare with what is stored.

use super::fold::{Fold, Inbox, is_applied};
use crate::model::detail::Detail;
use crate::model::fact::Fact;
use crate::model::ids::MachineId;
use crate::model::tally::{Column, Flag, SpanRow, Sums, Tally, TallyKey, TallyRow};
use crate::model::time::{QUARTER_MS, Timestamp};
use crate::oee::plan::Plan;
use crate::oee::rows::{Final, Rows};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A machine being folded from its first fact on.
#[derive(Debug)]
pub struct Replay<'a> {
    plan: &'a Plan,
    fold: Fold,
    inbox: Inbox,
    rows: Rows,
}

/// A row of which the journal and the store say different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What sort of row it is.
    pub kind: Kind,
    /// The instant it begins.
    pub at: Timestamp,
    /// Which of that instant, where there can be several: the shift and product, or the counter. Else empty.
    pub of: String,
    /// What they say.
    pub says: Says,
}

/// Sorts of rows that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A minute tally.
    Tally,
    /// A stretch of the timeline.
    Span,
    /// Something a counter did.
    Flag,
    /// A tally merged per shift.
    Shift,
}

/// What journal and store say of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// The journal gives it, and it is not stored.
    Missing,
    /// It is stored, and the journal does not give it.
    Extra,
    /// A column has another content: its name, what is stored, what the journal gives.
    Column(&'static str, String, String),
}

impl<'a> Replay<'a> {
    /// A machine before its first fact; `None` when it was never configured.
    pub fn new(machine: MachineId, plan: &'a Plan) -> Option<Replay<'a>> {
        let fold = Fold::new(machine, plan.born(machine)?);
        Some(Replay {
            plan,
            fold,
            inbox: Inbox::default(),
            rows: Rows::default(),
        })
    }

    /// Adds facts with their numbers, which must not be older than those added before.
    pub fn feed(&mut self, facts: impl Iterator<Item = (u64, Fact)>) {
        let applied = facts.filter(|(seq, fact)| is_applied(self.plan, *seq, fact));
        applied.for_each(|(_, fact)| self.inbox.add(Arc::new(fact)));
    }

    /// Folds up to `to` and gives the rows of whole quarter hours that are final.
    pub fn advance(&mut self, to: Timestamp) -> Final {
        self.fold
            .advance(to, &mut self.inbox, self.plan, &mut self.rows, &mut Vec::new());
        self.rows
            .finish(self.fold.machine, self.fold.settled().floor(QUARTER_MS))
    }

    /// Folds up to `alive`, the last instant the agent is known to have been alive, so that every stop it had decided is
    /// decided here too; gives every row that ends at `to`, the end of the newest stored tally, at the latest.
    pub fn finish(mut self, to: Timestamp, alive: Timestamp) -> Final {
        let until = to.max(alive);
        self.fold
            .advance(until, &mut self.inbox, self.plan, &mut self.rows, &mut Vec::new());
        self.rows.finish(self.fold.machine, to)
    }
}

/// The first difference between the tallies of the journal and the stored ones, both by start and of the same range.
pub fn tallies(journal: &[TallyRow], stored: &[TallyRow]) -> Option<Difference> {
    let columns = |row: &TallyRow| {
        let mut columns = vec![("end", stamp(row.period.end))];
        columns.extend(key_columns(&row.key));
        columns.extend(sum_columns(&row.tally));
        columns.push(("detail", detail(&row.detail)));
        columns
    };
    let found = first(journal, stored, |row| row.period.start, columns)?;
    Some(found.of(Kind::Tally, |row| (row.period.start, String::new())))
}

/// The first difference between spans, both by start and of the same range.
pub fn spans(journal: &[SpanRow], stored: &[SpanRow]) -> Option<Difference> {
    let columns = |row: &SpanRow| {
        let mut columns = vec![
            ("end", stamp(row.period.end)),
            ("class", row.class.name().to_owned()),
            ("state", row.state.to_string()),
            ("reason", row.reason.to_string()),
            ("author", row.author.to_string()),
            ("since", stamp(row.since)),
            ("counts", row.counts.to_string()),
            ("source", row.source.name().to_owned()),
        ];
        columns.extend(key_columns(&row.key));
        columns
    };
    let found = first(journal, stored, |row| row.period.start, columns)?;
    Some(found.of(Kind::Span, |row| (row.period.start, String::new())))
}

/// The first difference between flags of the same range.
pub fn flags(journal: &[Flag], stored: &[Flag]) -> Option<Difference> {
    // One row for each instant, counter and kind: of several the last is kept.
    let key = |flag: &Flag| (flag.at, Arc::clone(&flag.role), flag.what);
    let rows = |flags: &[Flag]| -> Vec<Flag> {
        let rows: BTreeMap<_, _> = flags.iter().map(|flag| (key(flag), flag.clone())).collect();
        rows.into_values().collect()
    };
    let columns = |flag: &Flag| {
        vec![
            ("amount", flag.amount.to_string()),
            ("standing", flag.standing.name().to_owned()),
            ("author", flag.author.to_string()),
        ]
    };
    let found = first(&rows(journal), &rows(stored), key, columns)?;
    let of = |flag: &Flag| (flag.at, format!("{} of {}", flag.what.name(), flag.role));
    Some(found.of(Kind::Flag, of))
}

/// The first difference between tallies merged per shift.
pub fn shifts(journal: &BTreeMap<TallyKey, Sums>, stored: &BTreeMap<TallyKey, Sums>) -> Option<Difference> {
    let rows = |sums: &BTreeMap<TallyKey, Sums>| -> Vec<(TallyKey, Sums)> {
        let told = sums.iter().filter(|(_, sums)| !sums.is_zero());
        told.map(|(key, sums)| (key.clone(), sums.clone())).collect()
    };
    let columns = |(_, sums): &(TallyKey, Sums)| {
        let mut columns: Columns = sum_columns(&sums.tally).collect();
        columns.push(("detail", detail(&sums.detail)));
        columns
    };
    let found = first(&rows(journal), &rows(stored), |(key, _)| key.clone(), columns)?;
    let of = |(key, _): &(TallyKey, Sums)| {
        let words = [&key.shift, &key.product, &key.order].map(|word| word.to_string());
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        (key.shift_start, words.join(", "))
    };
    Some(found.of(Kind::Shift, of))
}

/// An instant as people write it.
pub fn stamp(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |at| at.to_string())
}

/// The row that differs and how.
struct Found<T> {
    row: T,
    says: Says,
}

impl<T> Found<T> {
    fn of(self, kind: Kind, which: impl Fn(&T) -> (Timestamp, String)) -> Difference {
        let (at, of) = which(&self.row);
        Difference {
            kind,
            at,
            of,
            says: self.says,
        }
    }
}

type Columns = Vec<(&'static str, String)>;

/// The first row that differs; both are in the order of `key`, which names a row.
fn first<T: PartialEq + Clone, K: Ord>(
    journal: &[T],
    stored: &[T],
    key: impl Fn(&T) -> K,
    columns: impl Fn(&T) -> Columns,
) -> Option<Found<T>> {
    let found = |row: &T, says| Some(Found { row: row.clone(), says });
    let place = journal.iter().zip(stored).position(|(new, old)| new != old);
    let place = place.unwrap_or_else(|| journal.len().min(stored.len()));
    match (journal.get(place), stored.get(place)) {
        (None, None) => None,
        (Some(new), None) => found(new, Says::Missing),
        (None, Some(old)) => found(old, Says::Extra),
        (Some(new), Some(old)) => match key(new).cmp(&key(old)) {
            Ordering::Less => found(new, Says::Missing),
            Ordering::Greater => found(old, Says::Extra),
            Ordering::Equal => {
                let pairs = columns(new).into_iter().zip(columns(old));
                let mut differing = pairs.filter(|(new, old)| new != old);
                let ((name, new_text), (_, old_text)) = differing.next()?;
                found(new, Says::Column(name, old_text, new_text))
            }
        },
    }
}

fn key_columns(key: &TallyKey) -> Columns {
    vec![
        ("org", key.org.to_string()),
        ("site", key.site.to_string()),
        ("line", key.line.to_string()),
        ("shift", key.shift.to_string()),
        ("shift_start", stamp(key.shift_start)),
        ("business_date", key.business_date.to_string()),
        ("product", key.product.to_string()),
        ("order", key.order.to_string()),
        ("standard", key.standard.to_string()),
        ("policy", key.policy.to_string()),
        ("crew", key.crew.to_string()),
        ("mould", key.mould.to_string()),
    ]
}

fn sum_columns(tally: &Tally) -> impl Iterator<Item = (&'static str, String)> {
    let names = Column::ALL.iter().map(|(_, name)| *name);
    names.zip(tally.sums().map(|sum| sum.to_string()))
}

/// A detail in words: the bytes it is stored in say nothing to people.
fn detail(detail: &Detail) -> String {
    let cycles = detail.cycles.buckets();
    let cycles = cycles.map(|((from, _), n)| format!("{n} cycles from {from} us"));
    let stops = detail.stops();
    let stops = stops.map(|(class, reason, it)| format!("{} ({reason}) {} ms {} stops", class.name(), it.ms, it.stops));
    let scrap = detail.scrapped().map(|(reason, n)| format!("scrap ({reason}) {n}"));
    let rework = detail
        .sent_to_rework()
        .map(|(reason, n)| format!("rework ({reason}) {n}"));
    let all: Vec<_> = cycles.chain(stops).chain(scrap).chain(rework).collect();
    all.join(", ")
}
