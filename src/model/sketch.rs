//! Pure. Cycle times as a histogram that merges, can be taken back, and gives percentiles within two percent.

use super::amounts::Amounts;
use super::bytes::{ByteReader, ByteWriter};

/// Bits of a length kept after its first one: 32 buckets to a doubling, so that the middle of a bucket is at most
/// 1 / 64 (1.6 %) off.
const MANTISSA_BITS: u32 = 5;
/// Buckets to a doubling.
const STEPS: i64 = 1 << MANTISSA_BITS;
/// The longest length has its bucket below this.
const BUCKETS: i64 = (63 - MANTISSA_BITS as i64 + 1) * STEPS;

/// How many cycles were of which length. Counts only, so that a merge is a sum and a correction takes exactly back what was
/// given; the shortest and the longest cycle are therefore known to their bucket and not exactly.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sketch {
    buckets: Amounts<u16, 1>,
}

impl Sketch {
    /// Adds `cycles` cycles of `us` microseconds each.
    pub fn add(&mut self, us: i64, cycles: i64) {
        self.buckets.add(&bucket(us), [cycles]);
    }

    /// Adds the cycles of `other`.
    pub fn merge(&mut self, other: &Sketch) {
        self.buckets.merge(&other.buckets, 1);
    }

    /// Takes the cycles of `other` away.
    pub fn take(&mut self, other: &Sketch) {
        self.buckets.merge(&other.buckets, -1);
    }

    /// True when no cycle is in it.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// How many cycles are in it.
    pub fn cycles(&self) -> i64 {
        self.buckets.iter().map(|(_, [n])| n).sum()
    }

    /// The length in microseconds that `percent` (1 to 100) of the cycles do not pass, by nearest rank; at most 1.6 % off.
    /// `None` without cycles.
    pub fn percentile_us(&self, percent: u8) -> Option<i64> {
        let all: i64 = self.made().map(|(_, n)| n).sum();
        let rank = (i128::from(all) * i128::from(percent.min(100))).div_euclid(100);
        let exact = rank * 100 == i128::from(all) * i128::from(percent.min(100));
        let rank = (rank + i128::from(!exact)).max(1);
        let mut passed = 0;
        let found = self.made().find(|(_, n)| {
            passed += i128::from(*n);
            passed >= rank
        });
        found.map(|(bucket, _)| {
            let (from, to) = bounds(bucket);
            from + (to - from) / 2
        })
    }

    /// Lower bound of the shortest cycle and upper bound of the longest, in microseconds: `[from, to)`.
    pub fn range_us(&self) -> Option<(i64, i64)> {
        let (first, _) = self.made().next()?;
        let (last, _) = self.made().last()?;
        Some((bounds(first).0, bounds(last).1))
    }

    /// How many cycles have lengths in `[from, to)` microseconds, shortest first.
    pub fn buckets(&self) -> impl Iterator<Item = ((i64, i64), i64)> {
        self.buckets.iter().map(|(bucket, [n])| (bounds(*bucket), n))
    }

    /// Writes all of it.
    pub fn write(&self, out: &mut ByteWriter) {
        out.int(i64::try_from(self.buckets.len()).unwrap_or(i64::MAX));
        for (bucket, [cycles]) in self.buckets.iter() {
            out.int(i64::from(*bucket));
            out.int(cycles);
        }
    }

    /// Reads what [`Sketch::write`] wrote; `None` for anything else.
    pub fn read(input: &mut ByteReader) -> Option<Sketch> {
        let mut sketch = Sketch::default();
        for _ in 0..input.int().filter(|count| (0..=BUCKETS).contains(count))? {
            let bucket = input.int().filter(|bucket| (0..BUCKETS).contains(bucket))?;
            let cycles = input.int()?;
            sketch
                .buckets
                .push(u16::try_from(bucket).ok()?, [cycles])
                .then_some(())?;
        }
        Some(sketch)
    }

    /// Buckets with cycles in them; a difference may have others.
    fn made(&self) -> impl Iterator<Item = (u16, i64)> {
        let buckets = self.buckets.iter().map(|(bucket, [n])| (*bucket, n));
        buckets.filter(|(_, n)| *n > 0)
    }
}

/// The bucket of a length: below 32 microseconds the length itself, above it the exponent and the five bits that follow the
/// first one. Whole numbers only, so that every machine sorts alike.
fn bucket(us: i64) -> u16 {
    let us = us.max(0);
    if us < STEPS {
        return u16::try_from(us).unwrap_or(0);
    }
    let shift = i64::from(us.ilog2() - MANTISSA_BITS);
    u16::try_from((shift + 1) * STEPS + (us >> shift) - STEPS).unwrap_or(u16::MAX)
}

/// The lengths of a bucket in microseconds: `[from, to)`.
fn bounds(bucket: u16) -> (i64, i64) {
    let bucket = i64::from(bucket);
    if bucket < STEPS {
        return (bucket, bucket + 1);
    }
    let shift = bucket / STEPS - 1;
    let from = (bucket % STEPS + STEPS) << shift;
    (from, from.saturating_add(1 << shift))
}

#[cfg(test)]
#[path = "sketch/tests.rs"]
mod tests;
