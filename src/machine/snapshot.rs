//! Pure. The signals of a machine, and the time that waits, as bytes of a fold snapshot, and back.

use super::confirm::{Confirm, Open};
use super::counter::{Counter, Read};
use super::hold::{Hold, Waiting};
use super::resolve::Resolver;
use super::signals::{Coming, Head, Signals, Track};
use crate::model::bytes::{ByteReader, ByteWriter};
use crate::model::fact::Role;
use crate::model::happened::{Counted, Sampled};
use crate::model::state::State;
use crate::model::tally::FlagKind;
use crate::model::time::Period;

/// Samples on their way that a snapshot may hold, and pieces in time that waits; more is damage.
const MOST_COMING: i64 = 1_000_000;
/// The first engine that knows counts which make no whole piece.
const RESTS: u32 = 4;

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
        out.maybe(self.flag, |out, (kind, amount)| {
            out.text(kind.name());
            out.int(amount);
        });
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
            flag: input.maybe(|input| Some((FlagKind::parse(&input.text()?)?, input.int()?)))?,
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
            waiting: input.maybe(Waiting::read)?,
        };
        let confirm = Confirm {
            former: input.maybe(read_state)?,
            open: input.maybe(|input| {
                Some(Open {
                    since: input.time()?,
                    until: input.time()?,
                    state: read_state(input)?,
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
        out.int(i64::try_from(self.samples.len()).unwrap_or(i64::MAX));
        for (at, sampled) in &self.samples {
            out.time(*at);
            out.text(sampled.rest.role.name());
            out.int(sampled.rest.pieces);
            out.bit(sampled.rest.gap);
            out.int(sampled.whole);
            out.time(sampled.since);
        }
    }

    fn read(input: &mut ByteReader) -> Option<Waiting> {
        let since = input.time()?;
        let state = read_state(input)?;
        let count = |input: &mut ByteReader| input.int().filter(|count| (0..=MOST_COMING).contains(count));
        let mut runs = Vec::new();
        for _ in 0..count(input)? {
            runs.push((input.time()?, input.time()?));
        }
        let mut samples = Vec::new();
        for _ in 0..count(input)? {
            let at = input.time()?;
            let rest = Counted {
                role: Role::parse(&input.text()?)?,
                pieces: input.int()?,
                gap: input.bit()?,
            };
            let sampled = Sampled {
                rest,
                whole: input.int()?,
                since: input.time()?,
                flag: None,
            };
            samples.push((at, sampled));
        }
        Some(Waiting {
            since,
            state,
            runs,
            samples,
        })
    }
}

fn write_state(out: &mut ByteWriter, state: &State) {
    out.text(&state.name());
}

fn read_state(input: &mut ByteReader) -> Option<State> {
    State::parse(&input.text()?)
}

fn write_counter(out: &mut ByteWriter, counter: &Counter) {
    for read in [counter.base, counter.suspect] {
        out.maybe(read, |out, read| {
            out.wide(read.value);
            out.time(read.at);
        });
    }
    out.bit(counter.suspect_silent);
}

fn read_counter(input: &mut ByteReader, engine: u32) -> Option<Counter> {
    let mut read = || {
        input.maybe(|input| {
            Some(Read {
                value: input.wide()?,
                at: input.time()?,
            })
        })
    };
    let (base, suspect) = (read()?, read()?);
    Some(Counter {
        base,
        suspect,
        suspect_silent: engine > 1 && input.bit()?,
    })
}
