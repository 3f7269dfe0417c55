//! Pure. Decoding against values worked out by hand, and round trips in every order.

use super::*;
use proptest::prelude::*;

const PLAIN: Decode = Decode {
    kind: Type::U16,
    order: Order::Abcd,
    bit: None,
    scale: None,
    offset: None,
    range: None,
};

const ORDERS: [Order; 4] = [Order::Abcd, Order::Badc, Order::Cdab, Order::Dcba];

fn kind(kind: Type) -> Decode {
    Decode { kind, ..PLAIN }
}

fn words(first: u16, second: u16) -> Raw {
    Raw::Words([first, second, 0, 0])
}

fn message(value: Value) -> Raw {
    Raw::Value(value)
}

/// The registers a device of that order keeps `bits` in: written from the meaning of the letters, not from `decode`.
fn registers(bits: u32, order: Order) -> Raw {
    let [a, b, c, d] = bits.to_be_bytes();
    let [w, x, y, z] = match order {
        Order::Abcd => [a, b, c, d],
        Order::Badc => [b, a, d, c],
        Order::Cdab => [c, d, a, b],
        Order::Dcba => [d, c, b, a],
    };
    words(u16::from_be_bytes([w, x]), u16::from_be_bytes([y, z]))
}

#[test]
fn sixteen_bits_are_read_with_and_without_sign() {
    assert_eq!(decode(&kind(Type::U16), &words(0xFFFE, 0)), Ok(Value::Int(65_534)));
    assert_eq!(decode(&kind(Type::I16), &words(0xFFFE, 0)), Ok(Value::Int(-2)));
    let swapped = Decode {
        order: Order::Badc,
        ..PLAIN
    };
    assert_eq!(decode(&swapped, &words(0x0102, 0)), Ok(Value::Int(0x0201)));
}

#[test]
fn a_float_of_a_real_meter_reads_230_5_in_every_order() {
    // 230.5 = 0x43668000.
    for order in ORDERS {
        let how = Decode {
            kind: Type::F32,
            order,
            ..PLAIN
        };
        assert_eq!(decode(&how, &registers(0x4366_8000, order)), Ok(Value::Float(230.5)));
    }
}

#[test]
fn a_bit_of_a_register_is_picked_by_number() {
    let bit = |bit, kind| Decode {
        kind,
        bit: Some(bit),
        ..PLAIN
    };
    let status = words(0b1000_0000_0000_0100, 1);
    assert_eq!(decode(&bit(2, Type::Bool), &status), Ok(Value::Bool(true)));
    assert_eq!(decode(&bit(3, Type::Bool), &status), Ok(Value::Bool(false)));
    assert_eq!(decode(&bit(15, Type::U16), &status), Ok(Value::Bool(true)));
    assert_eq!(
        decode(&bit(31, Type::U32), &status),
        Ok(Value::Bool(true)),
        "the first register is the high one"
    );
    assert_eq!(
        decode(&bit(16, Type::Bool), &status),
        Err(Quality::BadConfig),
        "a register has bits 0 to 15"
    );
    assert_eq!(decode(&bit(0, Type::F32), &status), Err(Quality::BadConfig));
}

#[test]
fn whole_numbers_stay_whole_unless_they_are_scaled() {
    let tenth = Decode {
        kind: Type::I16,
        scale: Some(0.5),
        offset: Some(-10.0),
        ..PLAIN
    };
    // -3 x 0.5 - 10 = -11.5
    assert_eq!(decode(&tenth, &words(0xFFFD, 0)), Ok(Value::Float(-11.5)));
    let moved = Decode {
        offset: Some(1.0),
        ..PLAIN
    };
    assert_eq!(decode(&moved, &words(41, 0)), Ok(Value::Float(42.0)));
}

#[test]
fn both_ends_of_a_range_belong_to_it_and_it_is_compared_after_scaling() {
    let barrel = Decode {
        kind: Type::I16,
        scale: Some(0.5),
        range: Some((-20.0, 450.0)),
        ..PLAIN
    };
    assert_eq!(decode(&barrel, &words(900, 0)), Ok(Value::Float(450.0)));
    assert_eq!(decode(&barrel, &words(901, 0)), Err(Quality::OutOfRange));
    assert_eq!(
        decode(&barrel, &words((-41i16).cast_unsigned(), 0)),
        Err(Quality::OutOfRange)
    );
    let whole = Decode {
        range: Some((0.0, 10.0)),
        ..PLAIN
    };
    assert_eq!(decode(&whole, &words(10, 0)), Ok(Value::Int(10)));
    assert_eq!(decode(&whole, &words(11, 0)), Err(Quality::OutOfRange));
}

#[test]
fn what_is_no_number_is_out_of_range() {
    for bits in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY].map(f32::to_bits) {
        assert_eq!(
            decode(&kind(Type::F32), &registers(bits, Order::Abcd)),
            Err(Quality::OutOfRange)
        );
    }
    let huge = Decode {
        kind: Type::F32,
        scale: Some(f64::MAX),
        ..PLAIN
    };
    assert_eq!(
        decode(&huge, &registers(2f32.to_bits(), Order::Abcd)),
        Err(Quality::OutOfRange)
    );
    assert_eq!(
        decode(&kind(Type::Message), &message(Value::Float(f64::NAN))),
        Err(Quality::OutOfRange)
    );
}

#[test]
fn a_coil_is_a_bool_and_nothing_else() {
    assert_eq!(decode(&kind(Type::Bool), &Raw::Bit(true)), Ok(Value::Bool(true)));
    assert_eq!(decode(&kind(Type::U16), &Raw::Bit(true)), Err(Quality::BadConfig));
}

#[test]
fn a_register_used_as_a_bool_holds_0_or_1() {
    assert_eq!(decode(&kind(Type::Bool), &words(1, 0)), Ok(Value::Bool(true)));
    assert_eq!(decode(&kind(Type::Bool), &words(0, 1)), Ok(Value::Bool(false)));
    assert_eq!(decode(&kind(Type::Bool), &words(2, 0)), Err(Quality::OutOfRange));
}

#[test]
fn a_message_is_taken_as_it_is_when_no_type_is_declared() {
    let any = kind(Type::Message);
    let counter = Value::Int(i128::from(u64::MAX));
    for value in [counter, Value::Float(0.5), Value::Bool(true), Value::Text("run".into())] {
        assert_eq!(decode(&any, &message(value.clone())), Ok(value));
    }
    assert_eq!(
        decode(&any, &words(1, 0)),
        Err(Quality::BadConfig),
        "registers need a type"
    );
}

#[test]
fn a_number_sent_as_a_string_is_a_wrong_mapping_where_a_number_is_needed() {
    let text = message(Value::Text("12".into()));
    let scaled = Decode {
        kind: Type::Message,
        scale: Some(2.0),
        ..PLAIN
    };
    let ranged = Decode {
        kind: Type::Message,
        range: Some((0.0, 99.0)),
        ..PLAIN
    };
    for how in [scaled, ranged, kind(Type::Bool), kind(Type::U32), kind(Type::F32)] {
        assert_eq!(decode(&how, &text), Err(Quality::BadConfig), "{how:?}");
    }
}

#[test]
fn a_message_of_type_bool_says_true_false_0_or_1() {
    let bool = kind(Type::Bool);
    assert_eq!(decode(&bool, &message(Value::Bool(false))), Ok(Value::Bool(false)));
    assert_eq!(decode(&bool, &message(Value::Int(1))), Ok(Value::Bool(true)));
    assert_eq!(decode(&bool, &message(Value::Float(0.0))), Ok(Value::Bool(false)));
    assert_eq!(decode(&bool, &message(Value::Int(2))), Err(Quality::OutOfRange));
    assert_eq!(decode(&bool, &message(Value::Float(0.5))), Err(Quality::OutOfRange));
}

#[test]
fn a_message_of_a_declared_number_type_must_fit_it() {
    let u16 = kind(Type::U16);
    assert_eq!(decode(&u16, &message(Value::Int(65_535))), Ok(Value::Int(65_535)));
    assert_eq!(decode(&u16, &message(Value::Int(65_536))), Err(Quality::OutOfRange));
    assert_eq!(decode(&u16, &message(Value::Int(-1))), Err(Quality::OutOfRange));
    assert_eq!(
        decode(&u16, &message(Value::Float(12.0))),
        Ok(Value::Int(12)),
        "JSON of some senders writes 12.0"
    );
    assert_eq!(decode(&u16, &message(Value::Float(12.5))), Err(Quality::OutOfRange));
    assert_eq!(decode(&u16, &message(Value::Bool(true))), Err(Quality::BadConfig));
    assert_eq!(decode(&kind(Type::F32), &message(Value::Int(3))), Ok(Value::Float(3.0)));
}

#[test]
fn names_of_types_and_orders_are_read_back() {
    for (kind, name) in Type::ALL {
        assert_eq!((Type::parse(name), kind.name()), (Some(kind), name));
    }
    for (order, name) in Order::ALL {
        assert_eq!((Order::parse(name), order.name()), (Some(order), name));
    }
    assert_eq!(Type::parse("U16"), None);
    assert_eq!(Order::parse("ABDC"), None);
    let words = [Type::Bool, Type::I16, Type::U32, Type::F32].map(Type::words);
    assert_eq!(words, [1, 1, 2, 2]);
}

proptest! {
    #[test]
    fn what_a_device_encodes_is_decoded_again_in_every_order(bits: u32) {
        for order in ORDERS {
            let raw = registers(bits, order);
            let of = |kind| decode(&Decode { kind, order, ..PLAIN }, &raw);
            prop_assert_eq!(of(Type::U32), Ok(Value::Int(bits.into())));
            prop_assert_eq!(of(Type::I32), Ok(Value::Int(bits.cast_signed().into())));
            let float = f64::from(f32::from_bits(bits));
            let expected = if float.is_finite() { Ok(Value::Float(float)) } else { Err(Quality::OutOfRange) };
            prop_assert_eq!(of(Type::F32), expected);
            for bit in 0..32u8 {
                let how = Decode { kind: Type::U32, order, bit: Some(bit), ..PLAIN };
                prop_assert_eq!(decode(&how, &raw), Ok(Value::Bool(bits & (1 << bit) != 0)));
            }
        }
    }

    #[test]
    fn any_message_and_any_setting_end_in_a_finite_value_or_a_reason(
        number: f64, int: i128, scale: Option<f64>, offset: Option<f64>, range: Option<(f64, f64)>, bit: Option<u8>,
    ) {
        for (kind, _) in Type::ALL {
            let how = Decode { kind, order: Order::Abcd, bit, scale, offset, range };
            for raw in [message(Value::Float(number)), message(Value::Int(int)), words(int as u16, number as u16)] {
                if let Ok(Value::Float(value)) = decode(&how, &raw) {
                    prop_assert!(value.is_finite());
                }
            }
        }
    }
}

#[test]
fn a_value_decoded_elsewhere_is_scaled_no_more_and_keeps_type_and_range() {
    let scaled = Decode {
        scale: Some(0.1),
        offset: Some(-40.0),
        range: Some((-40.0, 120.0)),
        ..kind(Type::I16)
    };
    // 615 x 0.1 - 40 = 21.5
    assert_eq!(decode(&scaled, &words(615, 0)), Ok(Value::Float(21.5)));
    assert_eq!(
        decode(&scaled.of_decoded(), &message(Value::Float(21.5))),
        Ok(Value::Float(21.5))
    );
    assert_eq!(
        decode(&scaled.of_decoded(), &message(Value::Int(21))),
        Ok(Value::Float(21.0))
    );
    assert_eq!(
        decode(&scaled.of_decoded(), &message(Value::Int(121))),
        Err(Quality::OutOfRange)
    );
    let bit = Decode {
        bit: Some(3),
        ..kind(Type::U16)
    };
    assert_eq!(
        decode(&bit.of_decoded(), &message(Value::Int(1))),
        Ok(Value::Bool(true))
    );
    assert_eq!(
        decode(&kind(Type::U16).of_decoded(), &message(Value::Int(65_536))),
        Err(Quality::OutOfRange)
    );
}
