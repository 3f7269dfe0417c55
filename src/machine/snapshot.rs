//! Pure. The signals of a machine, and the time that waits, as bytes of a fold snapshot, and back.

mod counters;

use super::confirm::{Confirm, Open};
use super::head::Head;
use super::hold::{Hold, Waiting};
use super::resolve::Resolver;
use super::signals::{Coming, Signals, Track};
use super::split::Split;
use crate::model::bytes::{ByteReader, ByteWriter};
use crate::model::entry::Source;
use crate::model::fact::Role;
use crate::model::happened::{Counted, Move, Moved, Remark, Sampled, Shown};
use crate::model::state::State;
use crate::model::tally::FlagKind;
use crate::model::time::{Period, Timestamp};
use counters::{SEEN, read_counter, write_counter};

/// Samples on their way that a snapshot may hold, and pieces in time that waits; more is damage.
const MOST_COMING: i64 = 1_000_000;
/// The first engine that knows counts which make no whole piece.
const RESTS: u32 = 4;
/// The first engine whose counts may wait with their time.
const SHOWN: u32 = 5;
/// The first engine in which what people move waits with the counts before it.
const MOVED: u32 = 6;

impl Signals {
    /// Writes all of it.
    pub fn write(&self, out: &mut ByteWriter) {
        out.int(i64::try_from(self.tracks.len()).unwrap_or(i64::MAX));
        for (role, track) in &self.tracks {
            out.text(role.name());
            track.write(out);
        }
        out.maybe(self.blind_until, ByteWriter::time);
    }

    /// Reads what [`Signals::write`] of an engine wrote.
    pub fn read(input: &mut ByteReader, engine: u32) -> Option<Signals> {
        let mut signals = Signals::default();
        for _ in 0..input.int()? {
            let role = Role::parse(&input.text()?)?;
            signals.tracks.insert(role, Track::read(input, engine)?);
        }
        signals.blind_until = input.maybe(ByteReader::time)?;
        Some(signals)
    }
}

impl Track {
    fn write(&self, out: &mut ByteWriter) {
        out.maybe(self.value.as_ref(), ByteWriter::value);
        out.maybe(self.last_at, ByteWriter::time);
        out.maybe(self.lost, ByteWriter::time);
        write_counter(out, &self.counter);
        out.maybe(self.point.as_ref(), |out, point| out.text(point));
        out.int(i64::try_from(self.coming.len()).unwrap_or(i64::MAX));
        for coming in &self.coming {
            out.time(coming.at);
            out.value(&coming.value);
            out.bit(coming.alone);
        }
        out.maybe(self.head.as_ref(), |out, head| head.write(out));
        out.int(self.rest);
    }

    fn read(input: &mut ByteReader, engine: u32) -> Option<Track> {
        let value = input.maybe(ByteReader::value)?;
        let last_at = input.maybe(ByteReader::time)?;
        let lost = input.maybe(ByteReader::time)?;
        let counter = read_counter(input, engine)?;
        let point = input.maybe(ByteReader::text)?;
        let count = input.int().filter(|count| (0..=MOST_COMING).contains(count))?;
        let mut coming = Vec::new();
        for _ in 0..count {
            coming.push(Coming {
                at: input.time()?,
                value: input.value()?,
                alone: engine > 1 && input.bit()?,
            });
        }
        let head = input.maybe(|input| Head::read(input, engine))?;
        let rest = if engine >= RESTS { input.int()? } else { 0 };
        Some(Track {
            value,
            last_at,
            lost,
            counter,
            point,
            coming,
            head,
            split: Split::default(),
            rest,
        })
    }
}

impl Head {
    fn write(&self, out: &mut ByteWriter) {
        out.time(self.period.start);
        out.time(self.period.end);
        out.bit(self.gap);
        out.bit(self.gap_counts);
        for number in [self.n, self.done, self.weight, self.passed] {
            out.int(number);
        }
        out.bit(self.planned_only);
        write_flag(out, self.flag);
        write_counter(out, &self.counter);
        out.int(self.rest);
    }

    fn read(input: &mut ByteReader, engine: u32) -> Option<Head> {
        let period = Period {
            start: input.time()?,
            end: input.time()?,
        };
        let gap = input.bit()?;
        Some(Head {
            period,
            gap,
            gap_counts: if engine > 1 { input.bit()? } else { gap },
            n: input.int()?,
            done: input.int()?,
            weight: input.int().filter(|weight| *weight > 0)?,
            passed: input.int()?,
            planned_only: input.bit()?,
            flag: read_flag(input, engine)?,
            counter: read_counter(input, engine)?,
            rest: if engine >= RESTS { input.int()? } else { 0 },
        })
    }
}

impl Resolver {
    /// Writes all of it.
    pub fn write(&self, out: &mut ByteWriter) {
        let Resolver { hold, confirm } = self;
        out.maybe(hold.former.as_ref(), write_state);
        out.bit(hold.is_known);
        out.maybe(hold.waiting.as_ref(), |out, waiting| waiting.write(out));
        out.maybe(confirm.former.as_ref(), write_state);
        out.maybe(confirm.open.as_ref(), |out, open| {
            out.time(open.since);
            out.time(open.until);
            write_state(out, &open.state);
            write_shown(out, &open.shown);
        });
        out.bit(confirm.stands);
    }

    /// Reads what [`Resolver::write`] of an engine wrote; those before the fourth decided every state at once.
    pub fn read(input: &mut ByteReader, engine: u32) -> Option<Resolver> {
        if engine < 4 {
            return Some(Resolver::default());
        }
        let hold = Hold {
            former: input.maybe(read_state)?,
            is_known: input.bit()?,
            waiting: input.maybe(|input| Waiting::read(input, engine))?,
        };
        let confirm = Confirm {
            former: input.maybe(read_state)?,
            open: input.maybe(|input| {
                Some(Open {
                    since: input.time()?,
                    until: input.time()?,
                    state: read_state(input)?,
                    shown: read_shown(input, engine)?,
                })
            })?,
            stands: input.bit()?,
        };
        Some(Resolver { hold, confirm })
    }
}

impl Waiting {
    fn write(&self, out: &mut ByteWriter) {
        out.time(self.since);
        write_state(out, &self.state);
        out.int(i64::try_from(self.runs.len()).unwrap_or(i64::MAX));
        for (first, last) in &self.runs {
            out.time(*first);
            out.time(*last);
        }
        out.int(length(&self.samples));
        for (at, sampled) in &self.samples {
            out.time(*at);
            write_sampled(out, sampled);
        }
        write_shown(out, &self.shown);
    }

    fn read(input: &mut ByteReader, engine: u32) -> Option<Waiting> {
        let since = input.time()?;
        let state = read_state(input)?;
        let mut runs = Vec::new();
        for _ in 0..read_length(input)? {
            runs.push((input.time()?, input.time()?));
        }
        let mut samples = Vec::new();
        for _ in 0..read_length(input)? {
            samples.push((input.time()?, read_sampled(input)?));
        }
        Some(Waiting {
            since,
            state,
            runs,
            samples,
            shown: read_shown(input, engine)?,
        })
    }
}

fn length<T>(all: &[T]) -> i64 {
    i64::try_from(all.len()).unwrap_or(i64::MAX)
}

fn read_length(input: &mut ByteReader) -> Option<i64> {
    input.int().filter(|count| (0..=MOST_COMING).contains(count))
}

fn write_counted(out: &mut ByteWriter, counted: &Counted) {
    out.text(counted.role.name());
    out.int(counted.pieces);
    out.bit(counted.gap);
}

fn read_counted(input: &mut ByteReader) -> Option<Counted> {
    Some(Counted {
        role: Role::parse(&input.text()?)?,
        pieces: input.int()?,
        gap: input.bit()?,
    })
}

/// Without what the counter did beside counting.
fn write_sampled(out: &mut ByteWriter, sampled: &Sampled) {
    let Counted { role, pieces, gap } = sampled.rest;
    // Without the length of a cycle these are the bytes that they ever were.
    match sampled.cycle_us {
        Some(us) => out.text(&format!("{}:{us}", role.name())),
        None => out.text(role.name()),
    }
    out.int(pieces);
    out.bit(gap);
    out.int(sampled.whole);
    out.time(sampled.since);
}

fn read_sampled(input: &mut ByteReader) -> Option<Sampled> {
    let text = input.text()?;
    let (role, cycle_us) = match text.split_once(':') {
        Some((role, us)) => (role, Some(us.parse().ok()?)),
        None => (&*text, None),
    };
    let rest = Counted {
        role: Role::parse(role)?,
        pieces: input.int()?,
        gap: input.bit()?,
    };
    Some(Sampled {
        rest,
        whole: input.int()?,
        since: input.time()?,
        flag: None,
        cycle_us,
    })
}

fn write_shown(out: &mut ByteWriter, all: &[(Timestamp, Shown)]) {
    out.int(length(all));
    for (at, shown) in all {
        out.time(*at);
        out.int(length(&shown.samples));
        for sampled in &shown.samples {
            write_sampled(out, sampled);
            write_flag(out, sampled.flag);
        }
        out.bit(shown.was_unknown);
        out.int(length(&shown.counts));
        for counted in &shown.counts {
            write_counted(out, counted);
        }
        out.bit(shown.unknown);
        out.int(length(&shown.moved));
        for moved in &shown.moved {
            out.text(moved.to.name());
            out.int(moved.pieces);
            out.text(&moved.reason);
            out.text(moved.source.name());
        }
    }
}

fn read_shown(input: &mut ByteReader, engine: u32) -> Option<Vec<(Timestamp, Shown)>> {
    let mut all = Vec::new();
    if engine < SHOWN {
        return Some(all);
    }
    for _ in 0..read_length(input)? {
        let at = input.time()?;
        let mut shown = Shown::default();
        for _ in 0..read_length(input)? {
            let sampled = read_sampled(input)?;
            let flag = read_flag(input, engine)?;
            shown.samples.push(Sampled { flag, ..sampled });
        }
        shown.was_unknown = input.bit()?;
        for _ in 0..read_length(input)? {
            shown.counts.push(read_counted(input)?);
        }
        shown.unknown = input.bit()?;
        let moved = if engine < MOVED { 0 } else { read_length(input)? };
        for _ in 0..moved {
            shown.moved.push(read_moved(input)?);
        }
        all.push((at, shown));
    }
    Some(all)
}

fn read_moved(input: &mut ByteReader) -> Option<Moved> {
    let to = input.text()?;
    Some(Moved {
        to: Move::ALL.into_iter().find(|known| known.name() == &*to)?,
        pieces: input.int()?,
        reason: input.text()?,
        source: Source::parse(&input.text()?)?,
    })
}

fn write_flag(out: &mut ByteWriter, flag: Option<Remark>) {
    out.maybe(flag, |out, remark| {
        out.text(remark.what.name());
        out.int(remark.amount);
        out.bit(remark.gap);
    });
}

fn read_flag(input: &mut ByteReader, engine: u32) -> Option<Option<Remark>> {
    input.maybe(|input| {
        Some(Remark {
            what: FlagKind::parse(&input.text()?)?,
            amount: input.int()?,
            gap: engine >= SEEN && input.bit()?,
        })
    })
}

fn write_state(out: &mut ByteWriter, state: &State) {
    out.text(&state.name());
}

fn read_state(input: &mut ByteReader) -> Option<State> {
    State::parse(&input.text()?)
}
