//! Pure. What the sums of a tally are made of: cycle times, stops by reason, scrap and rework by reason. It merges and can be
//! taken back like the sums themselves.

use super::amounts::Amounts;
use super::bytes::{ByteReader, ByteWriter};
use super::sketch::Sketch;
use super::state::Class;
use std::sync::Arc;

/// The form of the stored bytes, their first number.
const FORMAT: i64 = 1;
/// Entries of one kind in stored bytes; a plant has some hundred reasons, so anything more is damage.
const MOST_ENTRIES: i64 = 100_000;

/// Beside the sums of a tally; what becomes zero is not kept, so that the order of merges never shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detail {
    /// Cycles by length.
    pub cycles: Sketch,
    /// Milliseconds, and stops that began.
    stops: Amounts<(Class, Arc<str>), 2>,
    scrap: Amounts<Arc<str>, 1>,
    rework: Amounts<Arc<str>, 1>,
}

/// Time of one class and reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stood {
    /// Milliseconds.
    pub ms: i64,
    /// Stops that began here.
    pub stops: i64,
}

impl Detail {
    /// Adds time of a class and the reason a person gave for it, empty for none.
    pub fn stand(&mut self, class: Class, reason: &Arc<str>, ms: i64, stops: i64) {
        self.stops.add(&(class, Arc::clone(reason)), [ms, stops]);
    }

    /// Adds rejected pieces a person entered, with the reason or an empty one.
    pub fn scrap(&mut self, reason: &Arc<str>, pieces: i64) {
        self.scrap.add(reason, [pieces]);
    }

    /// Adds pieces a person sent to rework, with the reason or an empty one.
    pub fn rework(&mut self, reason: &Arc<str>, pieces: i64) {
        self.rework.add(reason, [pieces]);
    }

    /// Time by class and reason: of classes that are a stop, and of others where a person gave a reason.
    pub fn stops(&self) -> impl Iterator<Item = (Class, &Arc<str>, Stood)> {
        let stops = self.stops.iter();
        stops.map(|((class, reason), [ms, stops])| (*class, reason, Stood { ms, stops }))
    }

    /// Rejected pieces people entered, by reason.
    pub fn scrapped(&self) -> impl Iterator<Item = (&Arc<str>, i64)> {
        self.scrap.iter().map(|(reason, [pieces])| (reason, pieces))
    }

    /// Pieces people sent to rework, by reason.
    pub fn sent_to_rework(&self) -> impl Iterator<Item = (&Arc<str>, i64)> {
        self.rework.iter().map(|(reason, [pieces])| (reason, pieces))
    }

    /// Scrap and rework are those of `other`; cycles and stops stay.
    pub fn set_pieces_of(&mut self, other: &Detail) {
        self.scrap.clone_from(&other.scrap);
        self.rework.clone_from(&other.rework);
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Detail) {
        self.cycles.merge(&other.cycles);
        self.all(other, 1);
    }

    /// Takes all of `other` away.
    pub fn take(&mut self, other: &Detail) {
        self.cycles.take(&other.cycles);
        self.all(other, -1);
    }

    /// True when it says nothing.
    pub fn is_empty(&self) -> bool {
        self.cycles.is_empty() && self.stops.is_empty() && self.scrap.is_empty() && self.rework.is_empty()
    }

    /// The one form in bytes; none at all where there is nothing to say.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = ByteWriter::default();
        if self.is_empty() {
            return out.into_bytes();
        }
        let length = |entries: usize| i64::try_from(entries).unwrap_or(i64::MAX);
        out.int(FORMAT);
        self.cycles.write(&mut out);
        out.int(length(self.stops.len()));
        for ((class, reason), [ms, stops]) in self.stops.iter() {
            out.int(*class as i64);
            out.text(reason);
            out.int(ms);
            out.int(stops);
        }
        for pieces in [&self.scrap, &self.rework] {
            out.int(length(pieces.len()));
            for (reason, [pieces]) in pieces.iter() {
                out.text(reason);
                out.int(pieces);
            }
        }
        out.into_bytes()
    }

    /// Reads what [`Detail::bytes`] wrote; `None` for anything else, another form of the same content included.
    pub fn read(bytes: &[u8]) -> Option<Detail> {
        let mut detail = Detail::default();
        if bytes.is_empty() {
            return Some(detail);
        }
        let mut input = ByteReader::new(bytes);
        input.int().filter(|format| *format == FORMAT)?;
        detail.cycles = Sketch::read(&mut input)?;
        for _ in 0..entries(&mut input)? {
            let class = usize::try_from(input.int()?).ok()?;
            let reason = input.text()?;
            let stood = [input.int()?, input.int()?];
            let class = *Class::ALL.get(class)?;
            detail.stops.push((class, reason), stood).then_some(())?;
        }
        for pieces in [&mut detail.scrap, &mut detail.rework] {
            for _ in 0..entries(&mut input)? {
                let reason = input.text()?;
                pieces.push(reason, [input.int()?]).then_some(())?;
            }
        }
        Some(detail).filter(|detail| input.is_at_end() && !detail.is_empty())
    }

    fn all(&mut self, other: &Detail, times: i64) {
        self.stops.merge(&other.stops, times);
        self.scrap.merge(&other.scrap, times);
        self.rework.merge(&other.rework, times);
    }
}

fn entries(input: &mut ByteReader) -> Option<i64> {
    input.int().filter(|count| (0..=MOST_ENTRIES).contains(count))
}

#[cfg(test)]
#[path = "detail/tests.rs"]
mod tests;
