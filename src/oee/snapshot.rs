//! Pure. What the engine remembers of a machine as bytes of a fold snapshot, and back. No waiting stop is ever written.

use super::allowance::Allowance;
use super::balance::{Balance, Good, Shift};
use super::changeover::{Cause, Changeover, SetUp, Tries};
use super::class::Group;
use super::engine::Engine;
use super::stop::{Decided, Failure, Part, Stop};
use crate::model::bytes::{ByteReader, ByteWriter};
use crate::model::state::Class;
use crate::model::time::{HOUR_MS, Period, Timestamp};
use std::collections::BTreeMap;

/// The first engine that knows parts of stops, changeovers until a release, and allowances.
const PARTS: u32 = 4;
/// The first engine that knows what a machine is set up for, what began a changeover, the good pieces of a shift, and when a
/// failure began.
const SET_UP: u32 = 5;
/// The first engine that knows good pieces beyond all pieces of a shift.
const SURPLUS: u32 = 6;
/// Parts of a stop, reasons, shifts and products that a snapshot may hold; more is damage.
const MOST: i64 = 10_000;

impl Engine {
    /// Writes all of it; false, with nothing of use written, while a stop waits to be decided.
    pub fn write(&self, out: &mut ByteWriter) -> bool {
        let decided = self
            .stop
            .as_ref()
            .and_then(|stop| stop.decided.as_ref().map(|decided| (stop, decided)));
        if self.stop.is_some() != decided.is_some() {
            return false;
        }
        out.maybe(decided, |out, (stop, decided)| write_stop(out, stop, decided));
        out.maybe(self.failure, |out, failure| {
            out.time(failure.since);
            out.time(failure.until);
        });
        out.maybe(self.stretch.as_ref(), |out, (class, since)| {
            out.text(class.name());
            out.time(*since);
        });
        out.maybe(self.running_since, ByteWriter::time);
        out.maybe(self.last_piece.as_ref(), |out, (at, product)| {
            out.time(*at);
            out.text(product);
        });
        out.maybe(self.last_count.as_ref(), |out, (at, product)| {
            out.time(*at);
            out.text(product);
        });
        out.maybe(self.changeover, |out, changeover| {
            out.time(changeover.since);
            out.int(changeover.in_a_row);
            out.bit(changeover.released);
            out.int(match changeover.cause {
                Cause::Signal => 0,
                Cause::Gap => 1,
                Cause::Work => 2,
            });
            out.int(changeover.unproven);
        });
        out.maybe(self.tries, |out, tries| {
            out.int(tries.left);
            out.int(tries.since);
        });
        out.maybe(self.set_up.as_ref(), |out, set_up| {
            for id in [&set_up.order, &set_up.product, &set_up.mould] {
                out.text(id);
            }
        });
        out.int(i64::try_from(self.allowance.taken.len()).unwrap_or(i64::MAX));
        for ((shift, reason), (ms, end)) in &self.allowance.taken {
            out.time(*shift);
            out.time(*end);
            out.text(reason);
            out.int(*ms);
        }
        write_balance(out, &self.balance);
        write_idle(out, &self.balance);
        true
    }

    /// Reads what [`Engine::write`] of an engine number wrote.
    pub fn read(input: &mut ByteReader, number: u32) -> Option<Engine> {
        let mut engine = Engine::default();
        let stop = input.maybe(|input| read_stop(input, number))?;
        (engine.stop, engine.failure) = stop.map_or((None, None), |(stop, failure)| (Some(stop), failure));
        if number >= SET_UP {
            engine.failure = input.maybe(|input| {
                Some(Failure {
                    since: input.time()?,
                    until: input.time()?,
                })
            })?;
        }
        engine.stretch = input.maybe(|input| Some((Class::parse(&input.text()?)?, input.time()?)))?;
        engine.running_since = input.maybe(ByteReader::time)?;
        engine.last_piece = input.maybe(|input| Some((input.time()?, input.text()?)))?;
        engine.last_count.clone_from(&engine.last_piece);
        if number >= PARTS {
            engine.last_count = input.maybe(|input| Some((input.time()?, input.text()?)))?;
            engine.changeover = input.maybe(|input| read_changeover(input, number))?;
            if number >= SET_UP {
                engine.tries = input.maybe(|input| {
                    Some(Tries {
                        left: input.int()?,
                        since: input.int()?,
                    })
                })?;
                engine.set_up = input.maybe(read_set_up)?;
            }
            engine.allowance = read_allowance(input, number)?;
        }
        engine.balance = match number >= SET_UP {
            true => read_balance(input, number)?,
            false => Balance::unknown(),
        };
        if !input.is_at_end() {
            read_idle(input, &mut engine.balance)?;
        }
        Some(engine)
    }
}

fn write_balance(out: &mut ByteWriter, balance: &Balance) {
    out.bit(balance.is_whole);
    out.int(i64::try_from(balance.shifts.len()).unwrap_or(i64::MAX));
    for (since, shift) in &balance.shifts {
        out.time(*since);
        out.time(shift.start);
        out.time(shift.end);
        out.bit(shift.is_whole);
        out.int(shift.surplus);
        out.int(i64::try_from(shift.good.len()).unwrap_or(i64::MAX));
        for (product, good) in &shift.good {
            out.text(product);
            [good.counted, good.known, good.gaps, good.taken]
                .into_iter()
                .for_each(|pieces| out.int(pieces));
        }
    }
}

fn read_balance(input: &mut ByteReader, number: u32) -> Option<Balance> {
    let mut balance = Balance {
        is_whole: input.bit()?,
        shifts: BTreeMap::new(),
    };
    for _ in 0..input.int().filter(|count| (0..=MOST).contains(count))? {
        let since = input.time()?;
        let mut shift = Shift {
            start: input.time()?,
            end: input.time()?,
            is_whole: input.bit()?,
            surplus: if number < SURPLUS { 0 } else { input.int()? },
            good: BTreeMap::new(),
        };
        for _ in 0..input.int().filter(|count| (0..=MOST).contains(count))? {
            let product = input.text()?;
            let good = Good {
                counted: input.int()?,
                known: input.int()?,
                gaps: input.int()?,
                taken: input.int()?,
                ..Good::default()
            };
            shift.good.insert(product, good);
        }
        balance.shifts.insert(since, shift);
    }
    Some(balance)
}

/// The pieces of gaps that earned nothing, at the very end of a snapshot, where there are any.
fn write_idle(out: &mut ByteWriter, balance: &Balance) {
    let goods = balance.shifts.values().flat_map(|shift| shift.good.values());
    if goods.clone().any(|good| (good.idle, good.idle_taken) != (0, 0)) {
        goods.for_each(|good| {
            out.int(good.idle);
            out.int(good.idle_taken);
        });
    }
}

fn read_idle(input: &mut ByteReader, balance: &mut Balance) -> Option<()> {
    for good in balance.shifts.values_mut().flat_map(|shift| shift.good.values_mut()) {
        (good.idle, good.idle_taken) = (input.int()?, input.int()?);
    }
    Some(())
}

/// Former engines did not tell what began a changeover: one of a signal is never over without a release.
fn read_changeover(input: &mut ByteReader, number: u32) -> Option<Changeover> {
    let mut changeover = Changeover {
        since: input.time()?,
        in_a_row: input.int()?,
        released: input.bit()?,
        cause: Cause::Signal,
        unproven: 0,
    };
    if number >= SET_UP {
        changeover.cause = match input.int()? {
            0 => Cause::Signal,
            1 => Cause::Gap,
            2 => Cause::Work,
            _ => return None,
        };
        changeover.unproven = input.int()?;
    }
    Some(changeover)
}

fn read_set_up(input: &mut ByteReader) -> Option<SetUp> {
    Some(SetUp {
        order: input.text()?,
        product: input.text()?,
        mould: input.text()?,
    })
}

fn read_allowance(input: &mut ByteReader, number: u32) -> Option<Allowance> {
    let mut allowance = Allowance::default();
    // The fourth engine told only when the shift began. None lasts longer than a day of 25 hours.
    let before = match number < SET_UP {
        true => input.maybe(ByteReader::time)?,
        false => None,
    };
    for _ in 0..input.int().filter(|count| (0..=MOST).contains(count))? {
        let (shift, end) = match before {
            Some(shift) => (shift, shift.plus(25 * HOUR_MS)),
            None => (input.time()?, input.time()?),
        };
        let reason = input.text()?;
        allowance.taken.insert((shift, reason), (input.int()?, end));
    }
    Some(allowance)
}

fn write_stop(out: &mut ByteWriter, stop: &Stop, decided: &Decided) {
    out.int(match stop.group {
        Group::Down => 0,
        Group::Waiting => 1,
        Group::Setup => 2,
        Group::Maintenance => 3,
        Group::Unseen => 4,
    });
    out.time(stop.start);
    out.int(stop.limit_ms);
    out.bit(stop.counted);
    out.bit(decided.minor);
    out.bit(decided.changeover);
    out.int(i64::try_from(decided.parts.len()).unwrap_or(i64::MAX));
    for part in &decided.parts {
        out.time(part.period.start);
        out.time(part.period.end);
        out.text(&part.reason);
        out.text(&part.author);
        out.text(part.class.name());
        out.bit(part.leads);
    }
}

/// Former engines told of a stop only that it failed: they held all of it for its failure.
fn read_stop(input: &mut ByteReader, number: u32) -> Option<(Stop, Option<Failure>)> {
    let group = match input.int()? {
        0 => Group::Down,
        1 => Group::Waiting,
        2 => Group::Setup,
        3 => Group::Maintenance,
        4 => Group::Unseen,
        _ => return None,
    };
    let mut stop = Stop::new(group, input.time()?, input.int()?);
    stop.counted = input.bit()?;
    let has_failed = number < SET_UP && input.bit()?;
    let failure = has_failed.then_some(Failure {
        since: stop.start,
        until: stop.start,
    });
    let mut decided = Decided {
        minor: input.bit()?,
        ..Decided::default()
    };
    if number >= PARTS {
        decided.changeover = input.bit()?;
        for _ in 0..input.int().filter(|count| (0..=MOST).contains(count))? {
            let period = Period::new(input.time()?, input.time()?);
            decided.parts.push(read_part(input, period)?);
        }
    } else {
        let whole = Period::new(Timestamp::MIN, Timestamp::MAX);
        decided.parts = input.maybe(|input| read_old_part(input, whole))?.into_iter().collect();
    }
    stop.decided = Some(decided);
    Some((stop, failure))
}

fn read_part(input: &mut ByteReader, period: Period) -> Option<Part> {
    let part = read_old_part(input, period)?;
    Some(Part {
        leads: input.bit()?,
        ..part
    })
}

/// A reason as engines wrote it that knew no parts.
fn read_old_part(input: &mut ByteReader, period: Period) -> Option<Part> {
    Some(Part {
        period,
        reason: input.text()?,
        author: input.text()?,
        class: Class::parse(&input.text()?)?,
        leads: false,
    })
}
