//! Pure. Where the fold writes: cells of at most a minute that only ever add up, spans, and flags, until they are final.

use super::plan::Segment;
use crate::model::booking;
use crate::model::ids::MachineId;
use crate::model::state::Class;
use crate::model::tally::{Column, Flag, Source, SpanRow, Standing, Sums, Tally, TallyKey, TallyRow};
use crate::model::time::{MINUTE_MS, Period, QUARTER_MS, Timestamp};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

/// Rows of one machine on their way to be final.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// By start, without overlap.
    cells: VecDeque<Cell>,
    spans: Vec<SpanRow>,
    flags: Vec<Flag>,
    /// True for spans of machines that are not in service yet, as a look at the present shows them.
    shows_all: bool,
    /// What lies before this whole minute is told already, and dropped: time that waited in a snapshot is a part of its rows.
    since: Option<Timestamp>,
    /// Of this period alone sums are told, also of machines that are not in service yet.
    only: Option<Period>,
    /// Where sums go that nobody is told.
    void: Sums,
}

#[derive(Debug, Clone)]
struct Cell {
    period: Period,
    key: Arc<TallyKey>,
    sums: Sums,
}

/// What a stretch of a machine's time is called; stretches with equal labels are one span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its class.
    pub class: Class,
    /// What the signals said, as `State::name` writes it.
    pub state: Cow<'static, str>,
    /// Id of the reason a person gave, or empty.
    pub reason: Arc<str>,
    /// Who gave it, or empty.
    pub author: Arc<str>,
    /// When the whole stop, or the stretch of this class, began.
    pub since: Timestamp,
    /// Who says that it is of this class.
    pub source: Source,
}

impl Label {
    /// True when time of it is told by reason beside the sums: all stops, and whatever a person gave a reason for.
    fn is_told_by_reason(&self) -> bool {
        booking::is_stop(self.class) || !self.reason.is_empty()
    }
}

/// Final rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Final {
    /// Tallies.
    pub tallies: Vec<TallyRow>,
    /// Spans.
    pub spans: Vec<SpanRow>,
    /// Flags.
    pub flags: Vec<Flag>,
}

impl Rows {
    /// Rows of nothing yet, from a whole minute on.
    pub fn since(since: Timestamp) -> Rows {
        Rows {
            since: Some(since),
            ..Rows::default()
        }
    }

    /// Rows of nothing yet that begin where these began, for a look at the present: with the spans of machines that are
    /// not in service yet.
    pub fn of_the_present(&self) -> Rows {
        Rows {
            since: self.since,
            shows_all: true,
            ..Rows::default()
        }
    }

    /// Rows of nothing yet, of a period alone: its sums, and the spans that have time in it, in service or not.
    pub fn of_period(period: Period) -> Rows {
        Rows {
            shows_all: true,
            only: Some(period),
            ..Rows::default()
        }
    }

    /// The sums of the tally that `at` falls into.
    pub fn cell(&mut self, at: Timestamp, segment: &Segment) -> &mut Tally {
        &mut self.sums(at, segment).tally
    }

    /// The sums of the tally that `at` falls into, with what they are made of.
    pub fn sums(&mut self, at: Timestamp, segment: &Segment) -> &mut Sums {
        let is_asked = self.only.map_or(segment.in_service, |only| only.contains(at));
        if self.is_told(at) || !is_asked {
            self.void = Sums::default();
            return &mut self.void;
        }
        let minute = Period::new(at.floor(MINUTE_MS), at.next(MINUTE_MS));
        let period = minute.intersect(segment.key_period);
        let place = self.place(period, &segment.key);
        &mut self.cells[place].sums
    }

    /// The place of the cell that begins with `period`; it is made where there is none.
    fn place(&mut self, period: Period, key: &Arc<TallyKey>) -> usize {
        // Nearly everything falls into the newest one.
        let after = match self.cells.back() {
            Some(newest) if newest.period.start > period.start => {
                self.cells.partition_point(|cell| cell.period.start <= period.start)
            }
            Some(_) | None => self.cells.len(),
        };
        if let Some(place) = after.checked_sub(1) {
            let before = &mut self.cells[place].period;
            if before.start == period.start {
                return place;
            }
            // What cuts the minute may have become known when its first part was begun already.
            before.end = before.end.min(period.start);
        }
        let cell = Cell {
            period,
            key: Arc::clone(key),
            sums: Sums::default(),
        };
        self.cells.insert(after, cell);
        after
    }

    /// Adds time of one label to the columns that are marked; it must lie within the segment and follow the time added
    /// before.
    pub fn time(
        &mut self,
        machine: MachineId,
        period: Period,
        label: &Label,
        counts: bool,
        columns: &[(Column, bool)],
        segment: &Segment,
    ) {
        let mut at = period.start;
        let mut counts = counts;
        while at < period.end {
            let end = period.end.min(at.next(MINUTE_MS));
            let ms = end.since(at);
            let sums = self.sums(at, segment);
            for (column, _) in columns.iter().filter(|(_, adds)| *adds) {
                sums.tally.add(*column, ms);
            }
            if label.is_told_by_reason() {
                sums.detail.stand(label.class, &label.reason, ms, i64::from(counts));
            }
            self.span(machine, Period::new(at, end), label, counts, segment);
            counts = false;
            at = end;
        }
    }

    /// Adds what a counter did.
    pub fn flag(&mut self, flag: Flag) {
        self.flags.push(flag);
    }

    /// Takes the rows that end at or before `settled`. A span still growing at `settled` stays, unless it was cut there; one
    /// that ended before it, at a jump of the clock or where the machine was taken out, grows no more.
    pub fn finish(&mut self, machine: MachineId, settled: Timestamp) -> Final {
        let mut done = Final::default();
        while let Some(cell) = self.cells.pop_front_if(|first| first.period.end <= settled) {
            done.tallies.push(TallyRow {
                machine,
                period: cell.period,
                key: cell.key,
                tally: cell.sums.tally,
                detail: cell.sums.detail,
            });
        }
        let growing = self
            .spans
            .last()
            .filter(|span| span.period.end.0 % QUARTER_MS != 0 && span.period.end >= settled)
            .is_some();
        let ended = self.spans.len() - usize::from(growing);
        let keep = self.spans[..ended].partition_point(|span| span.period.end <= settled);
        done.spans = self.spans.drain(..keep).collect();
        let (flags, later) = std::mem::take(&mut self.flags)
            .into_iter()
            .partition(|flag| flag.at < settled);
        (done.flags, self.flags) = (flags, later);
        done
    }

    /// The sums not final yet, by what they belong to.
    pub fn open(&self) -> impl Iterator<Item = (&TallyKey, &Sums)> {
        self.cells.iter().map(|cell| (cell.key.as_ref(), &cell.sums))
    }

    /// The tallies not final yet, by start.
    pub fn tallies(&self, machine: MachineId) -> impl Iterator<Item = TallyRow> {
        self.cells.iter().map(move |cell| TallyRow {
            machine,
            period: cell.period,
            key: Arc::clone(&cell.key),
            tally: cell.sums.tally,
            detail: cell.sums.detail.clone(),
        })
    }

    /// The spans not final yet, by start.
    pub fn spans(&self) -> &[SpanRow] {
        &self.spans
    }

    /// Pieces of each increase nobody can believe and nobody decided on, as far as they are not final yet.
    pub fn held(&self) -> impl Iterator<Item = i64> {
        let held = self.flags.iter().filter(|flag| flag.standing == Standing::Open);
        held.map(|flag| flag.amount)
    }

    /// How many tallies are not final yet.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// True when nothing waits to be final.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.spans.is_empty() && self.flags.is_empty()
    }

    /// The newest span.
    pub fn last_span(&self) -> Option<&SpanRow> {
        self.spans.last()
    }

    /// True where all was told before.
    fn is_told(&self, at: Timestamp) -> bool {
        self.since.is_some_and(|since| at < since)
    }

    fn span(&mut self, machine: MachineId, period: Period, label: &Label, counts: bool, segment: &Segment) {
        let is_asked = self.only.is_none_or(|only| only.intersect(period).ms() > 0);
        if self.is_told(period.start) || !is_asked || !(segment.in_service || self.shows_all) {
            return;
        }
        if let Some(last) = self.spans.last_mut()
            && last.period.end == period.start
            && period.start.0 % QUARTER_MS != 0
            && !(counts && last.counts)
            && is_same(last, label, &segment.key)
        {
            last.period.end = period.end;
            last.counts |= counts;
            return;
        }
        self.spans.push(SpanRow {
            machine,
            period,
            class: label.class,
            state: Arc::from(&*label.state),
            reason: Arc::clone(&label.reason),
            author: Arc::clone(&label.author),
            since: label.since,
            counts,
            key: Arc::clone(&segment.key),
            source: label.source,
        });
    }
}

fn is_same(span: &SpanRow, label: &Label, key: &TallyKey) -> bool {
    let place = |key: &TallyKey| (Arc::clone(&key.org), Arc::clone(&key.site), Arc::clone(&key.line));
    span.class == label.class
        && span.since == label.since
        && *span.state == *label.state
        && span.reason == label.reason
        && span.author == label.author
        && span.source == label.source
        && (Arc::as_ptr(&span.key) == std::ptr::from_ref(key) || place(&span.key) == place(key))
}
