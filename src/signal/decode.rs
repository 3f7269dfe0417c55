//! Pure. Type, byte order, bit, scale and range of a point: raw words become a value.

use crate::model::reading::{Quality, Raw, Value};

/// How a point's bytes are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decode {
    /// Type of the value.
    pub kind: Type,
    /// Order of the bytes.
    pub order: Order,
    /// Which bit of a register (or of two) it is, 0 the least significant; `None` for the whole.
    pub bit: Option<u8>,
    /// The value is multiplied by this, then `offset` is added; without both, whole numbers stay whole.
    pub scale: Option<f64>,
    /// Added after scaling.
    pub offset: Option<f64>,
    /// Values outside it (both ends belong to it) are `out_of_range`. Compared after scaling; bits have none.
    pub range: Option<(f64, f64)>,
}

/// Type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A coil or discrete input, a bit of a register, a register or message that holds 0 or 1, or `true` and `false`.
    Bool,
    /// Unsigned 16 bits.
    U16,
    /// Signed 16 bits.
    I16,
    /// Unsigned 32 bits.
    U32,
    /// Signed 32 bits.
    I32,
    /// IEEE 754 single precision.
    F32,
    /// Whatever a message carries: a whole number stays whole, a text stays text. Registers have no such type.
    Message,
}

impl Type {
    /// Every type with its word in configuration.
    const ALL: [(Type, &str); 7] = [
        (Type::Bool, "bool"),
        (Type::U16, "u16"),
        (Type::I16, "i16"),
        (Type::U32, "u32"),
        (Type::I32, "i32"),
        (Type::F32, "f32"),
        (Type::Message, "message"),
    ];

    /// The type of that name.
    pub fn parse(name: &str) -> Option<Type> {
        Type::ALL
            .into_iter()
            .find(|(_, word)| *word == name)
            .map(|(kind, _)| kind)
    }

    /// The word in configuration.
    pub fn name(self) -> &'static str {
        Type::ALL[self as usize].1
    }

    /// Registers it takes; 1 where a bit is read, 0 where there are no registers.
    pub fn words(self) -> u16 {
        match self {
            Type::Bool | Type::U16 | Type::I16 => 1,
            Type::U32 | Type::I32 | Type::F32 => 2,
            Type::Message => 0,
        }
    }

    /// What a value of it looks like, for somebody who writes one down.
    pub fn written(self) -> String {
        match (self, self.bounds()) {
            (_, Some((least, greatest))) => format!("a whole number, {least} to {greatest}"),
            (Type::Bool, None) => "true or false, or 1 or 0".to_owned(),
            (Type::U16 | Type::I16 | Type::U32 | Type::I32 | Type::F32 | Type::Message, None) => "a number".to_owned(),
        }
    }

    /// The least and the greatest whole number it holds; `None` where it is not a type of whole numbers.
    fn bounds(self) -> Option<(i128, i128)> {
        match self {
            Type::U16 => Some((0, u16::MAX.into())),
            Type::I16 => Some((i16::MIN.into(), i16::MAX.into())),
            Type::U32 => Some((0, u32::MAX.into())),
            Type::I32 => Some((i32::MIN.into(), i32::MAX.into())),
            Type::Bool | Type::F32 | Type::Message => None,
        }
    }
}

/// Order of the four bytes of a 32-bit value over two registers, A the most significant. Of a single register, the
/// orders that swap bytes inside a register (BADC, DCBA) swap its two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Most significant register first (Modbus's own order).
    Abcd,
    /// Bytes swapped inside each register.
    Badc,
    /// Least significant register first.
    Cdab,
    /// Both.
    Dcba,
}

impl Order {
    /// Every order with its word in configuration.
    const ALL: [(Order, &str); 4] = [
        (Order::Abcd, "ABCD"),
        (Order::Badc, "BADC"),
        (Order::Cdab, "CDAB"),
        (Order::Dcba, "DCBA"),
    ];

    /// The order of that name.
    pub fn parse(name: &str) -> Option<Order> {
        Order::ALL
            .into_iter()
            .find(|(_, word)| *word == name)
            .map(|(order, _)| order)
    }

    /// The word in configuration.
    pub fn name(self) -> &'static str {
        Order::ALL[self as usize].1
    }

    fn swaps_bytes(self) -> bool {
        matches!(self, Order::Badc | Order::Dcba)
    }

    fn swaps_registers(self) -> bool {
        matches!(self, Order::Cdab | Order::Dcba)
    }
}

impl Decode {
    /// How a value of the point that was decoded elsewhere is read: scaled no more, of the same type and within its range.
    #[must_use]
    pub fn of_decoded(self) -> Decode {
        let is_scaled = self.scale.is_some() || self.offset.is_some();
        let kind = if self.bit.is_some() {
            Type::Bool
        } else if is_scaled {
            // What was scaled is a measured number, whatever the registers held.
            Type::F32
        } else {
            self.kind
        };
        Decode {
            kind,
            bit: None,
            scale: None,
            offset: None,
            ..self
        }
    }
}

/// The value of a raw reading.
///
/// # Errors
/// `OutOfRange` when it is no finite number, does not fit the type or lies outside the declared range; `BadConfig` when
/// what came can never be of this type (a text where a number is expected, bit 20 of a 16-bit register).
pub fn decode(how: &Decode, raw: &Raw) -> Result<Value, Quality> {
    match raw {
        Raw::Words(words) => of_words(how, words),
        Raw::Bit(bit) => match how.kind {
            Type::Bool => Ok(Value::Bool(*bit)),
            Type::U16 | Type::I16 | Type::U32 | Type::I32 | Type::F32 | Type::Message => Err(Quality::BadConfig),
        },
        Raw::Value(value) => of_message(how, value),
    }
}

fn of_words(how: &Decode, words: &[u16; 4]) -> Result<Value, Quality> {
    let register = |word: u16| {
        if how.order.swaps_bytes() {
            word.swap_bytes()
        } else {
            word
        }
    };
    let first = register(words[0]);
    let (high, low) = if how.order.swaps_registers() {
        (register(words[1]), first)
    } else {
        (first, register(words[1]))
    };
    let both = (u32::from(high) << 16) | u32::from(low);
    if let Some(bit) = how.bit {
        return of_bit(how.kind, bit, first, both);
    }
    match how.kind {
        Type::Bool => of_zero_or_one(i128::from(first)),
        Type::U16 => scaled_int(how, first.into()),
        Type::I16 => scaled_int(how, first.cast_signed().into()),
        Type::U32 => scaled_int(how, both.into()),
        Type::I32 => scaled_int(how, both.cast_signed().into()),
        Type::F32 => scaled_float(how, f32::from_bits(both).into()),
        Type::Message => Err(Quality::BadConfig),
    }
}

fn of_bit(kind: Type, bit: u8, first: u16, both: u32) -> Result<Value, Quality> {
    let (bits, width) = match kind {
        Type::Bool | Type::U16 | Type::I16 => (u32::from(first), u16::BITS),
        Type::U32 | Type::I32 => (both, u32::BITS),
        Type::F32 | Type::Message => return Err(Quality::BadConfig),
    };
    if u32::from(bit) >= width {
        return Err(Quality::BadConfig);
    }
    Ok(Value::Bool(bits >> bit & 1 == 1))
}

fn of_message(how: &Decode, value: &Value) -> Result<Value, Quality> {
    match (how.kind, value) {
        (Type::Bool | Type::Message, Value::Bool(bit)) => Ok(Value::Bool(*bit)),
        (Type::Bool, Value::Int(number)) => of_zero_or_one(*number),
        (Type::Bool, Value::Float(number)) => of_zero_or_one(whole(*number).ok_or(Quality::OutOfRange)?),
        (Type::Message, Value::Text(_)) if how.scale.or(how.offset).is_none() && how.range.is_none() => {
            Ok(value.clone())
        }
        (_, Value::Text(_) | Value::Bool(_)) => Err(Quality::BadConfig),
        (Type::Message, Value::Int(number)) => scaled_int(how, *number),
        (Type::Message | Type::F32, Value::Float(number)) => scaled_float(how, *number),
        (Type::F32, Value::Int(number)) => scaled_float(how, *number as f64),
        (kind, Value::Int(number)) => scaled_int(how, fitting(kind, *number)?),
        (kind, Value::Float(number)) => scaled_int(how, fitting(kind, whole(*number).ok_or(Quality::OutOfRange)?)?),
    }
}

fn of_zero_or_one(number: i128) -> Result<Value, Quality> {
    match number {
        0 => Ok(Value::Bool(false)),
        1 => Ok(Value::Bool(true)),
        _ => Err(Quality::OutOfRange),
    }
}

/// The number when the type can hold it.
fn fitting(kind: Type, number: i128) -> Result<i128, Quality> {
    match kind.bounds() {
        Some((least, greatest)) if number < least || number > greatest => Err(Quality::OutOfRange),
        Some(_) | None => Ok(number),
    }
}

/// The whole number a float stands for, below 2^53, where floats name every whole number.
fn whole(number: f64) -> Option<i128> {
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i128)
}

fn scaled_int(how: &Decode, number: i128) -> Result<Value, Quality> {
    if how.scale.is_some() || how.offset.is_some() {
        return scaled_float(how, number as f64);
    }
    in_range(how, number as f64)?;
    Ok(Value::Int(number))
}

fn scaled_float(how: &Decode, number: f64) -> Result<Value, Quality> {
    let value = number * how.scale.unwrap_or(1.0) + how.offset.unwrap_or(0.0);
    if !value.is_finite() {
        return Err(Quality::OutOfRange);
    }
    in_range(how, value)?;
    Ok(Value::Float(value))
}

fn in_range(how: &Decode, value: f64) -> Result<(), Quality> {
    match how.range {
        Some((least, greatest)) if !(least <= value && value <= greatest) => Err(Quality::OutOfRange),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
