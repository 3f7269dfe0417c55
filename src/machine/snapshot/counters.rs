//! Pure. What is known of a counter as bytes of a fold snapshot, and back.

use crate::machine::counter::{Counter, Read, Suspect};
use crate::model::bytes::{ByteReader, ByteWriter};

/// The first engine that knows when the reading before a doubted one was confirmed last (earlier ones measured from its change),
/// and which held pieces are those of a gap.
pub(super) const SEEN: u32 = 5;

/// Writes all of it.
pub(super) fn write_counter(out: &mut ByteWriter, counter: &Counter) {
    out.maybe(counter.base, write_read);
    out.maybe(counter.suspect, |out, suspect| {
        write_read(out, suspect.read);
        out.time(suspect.seen);
        out.bit(suspect.gap);
        out.int(suspect.counts);
    });
}

/// Reads what [`write_counter`] of an engine wrote.
pub(super) fn read_counter(input: &mut ByteReader, engine: u32) -> Option<Counter> {
    let base = input.maybe(read_read)?;
    if engine >= SEEN {
        let suspect = input.maybe(|input| {
            Some(Suspect {
                read: read_read(input)?,
                seen: input.time()?,
                gap: input.bit()?,
                counts: input.int()?,
            })
        })?;
        return Some(Counter { base, suspect });
    }
    let doubted = input.maybe(read_read)?;
    let gap = engine > 1 && input.bit()?;
    let suspect = doubted.map(|read| Suspect {
        read,
        seen: base.map_or(read.at, |base| base.at),
        gap,
        counts: base.map_or(0, |base| {
            i64::try_from(read.value - base.value).unwrap_or(i64::MAX).max(0)
        }),
    });
    Some(Counter { base, suspect })
}

fn write_read(out: &mut ByteWriter, read: Read) {
    out.wide(read.value);
    out.time(read.at);
}

fn read_read(input: &mut ByteReader) -> Option<Read> {
    Some(Read {
        value: input.wide()?,
        at: input.time()?,
    })
}
