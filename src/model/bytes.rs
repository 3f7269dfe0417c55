//! Pure. A plain byte form for fold snapshots: a cache, read by the engine that wrote it and by later ones that say so.

use super::reading::Value;
use super::time::Timestamp;
use std::sync::Arc;

/// Longest text accepted on reading: no state holds more, so anything longer is damage.
const LONGEST_TEXT: u64 = 64 * 1024;

/// Writes values one after another.
#[derive(Debug, Default)]
pub struct ByteWriter {
    bytes: Vec<u8>,
}

impl ByteWriter {
    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// A whole number; small ones take few bytes.
    pub fn int(&mut self, number: i64) {
        self.wide(i128::from(number));
    }

    /// A whole number of any size.
    pub fn wide(&mut self, number: i128) {
        let mut rest = ((number << 1) ^ (number >> 127)) as u128;
        while rest >= 0x80 {
            self.bytes.push((rest as u8) | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    /// True or false.
    pub fn bit(&mut self, bit: bool) {
        self.bytes.push(u8::from(bit));
    }

    /// An instant.
    pub fn time(&mut self, at: Timestamp) {
        self.int(at.0);
    }

    /// Text.
    pub fn text(&mut self, text: &str) {
        self.int(i64::try_from(text.len()).unwrap_or(i64::MAX));
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A value or none.
    pub fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut ByteWriter, T)) {
        self.bit(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// A decoded value.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Bool(bit) => {
                self.int(0);
                self.bit(*bit);
            }
            Value::Int(number) => {
                self.int(1);
                self.wide(*number);
            }
            Value::Float(number) => {
                self.int(2);
                self.wide(i128::from(number.to_bits()));
            }
            Value::Text(text) => {
                self.int(3);
                self.text(text);
            }
        }
    }
}

/// Reads what a [`ByteWriter`] wrote; `None` for anything else.
#[derive(Debug)]
pub struct ByteReader<'a> {
    rest: &'a [u8],
}

impl<'a> ByteReader<'a> {
    /// A reader at the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> ByteReader<'a> {
        ByteReader { rest: bytes }
    }

    /// True when everything was read.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// A whole number.
    pub fn int(&mut self) -> Option<i64> {
        i64::try_from(self.wide()?).ok()
    }

    /// A whole number of any size.
    pub fn wide(&mut self) -> Option<i128> {
        let mut folded: u128 = 0;
        for shift in (0..128).step_by(7) {
            let byte = self.byte()?;
            let bits = u128::from(byte & 0x7f);
            folded |= bits << shift;
            // Bits beyond the widest number, and a last byte that adds nothing: no writer leaves either.
            if (folded >> shift) & 0x7f != bits || byte == 0 && shift > 0 {
                return None;
            }
            if byte < 0x80 {
                return Some((folded >> 1) as i128 ^ -((folded & 1) as i128));
            }
        }
        None
    }

    /// True or false.
    pub fn bit(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// An instant.
    pub fn time(&mut self) -> Option<Timestamp> {
        self.int().map(Timestamp)
    }

    /// Text.
    pub fn text(&mut self) -> Option<Arc<str>> {
        let length = u64::try_from(self.int()?)
            .ok()
            .filter(|length| *length <= LONGEST_TEXT)?;
        let (text, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        std::str::from_utf8(text).ok().map(Arc::from)
    }

    /// A value or none.
    pub fn maybe<T>(&mut self, read: impl FnOnce(&mut ByteReader<'a>) -> Option<T>) -> Option<Option<T>> {
        if self.bit()? { read(self).map(Some) } else { Some(None) }
    }

    /// A decoded value.
    pub fn value(&mut self) -> Option<Value> {
        match self.int()? {
            0 => self.bit().map(Value::Bool),
            1 => self.wide().map(Value::Int),
            2 => u64::try_from(self.wide()?)
                .ok()
                .map(|bits| Value::Float(f64::from_bits(bits))),
            3 => self.text().map(Value::Text),
            _ => None,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn whatever_is_written_is_read_back(wide in any::<i128>(), int in any::<i64>(), text in ".*", float in any::<f64>()) {
            let mut writer = ByteWriter::default();
            writer.wide(wide);
            writer.maybe(Some(int), |writer, int| writer.int(int));
            writer.value(&Value::Text(text.as_str().into()));
            writer.value(&Value::Float(float));
            let bytes = writer.into_bytes();
            let mut reader = ByteReader::new(&bytes);
            prop_assert_eq!(reader.wide(), Some(wide));
            prop_assert_eq!(reader.maybe(ByteReader::int), Some(Some(int)));
            prop_assert_eq!(reader.value(), Some(Value::Text(text.as_str().into())));
            let Some(Value::Float(again)) = reader.value() else { panic!("no float") };
            prop_assert_eq!(again.to_bits(), float.to_bits());
            prop_assert!(reader.is_at_end());
        }

        #[test]
        fn a_number_is_read_from_the_bytes_its_writer_leaves_and_from_no_others(
            bytes in proptest::collection::vec(any::<u8>(), 1..22), long in proptest::collection::vec(128u8..=255, 0..19), last in 0u8..8,
        ) {
            for bytes in [bytes, [long, vec![last]].concat()] {
                let mut reader = ByteReader::new(&bytes);
                if let Some(number) = reader.wide() {
                    let mut writer = ByteWriter::default();
                    writer.wide(number);
                    prop_assert_eq!(writer.into_bytes(), &bytes[..bytes.len() - reader.rest.len()]);
                }
            }
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = ByteReader::new(&bytes);
            while reader.value().is_some() && !reader.is_at_end() {}
        }
    }
}
