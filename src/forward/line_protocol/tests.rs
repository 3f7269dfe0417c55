//! Pure. Reads back what the encoder wrote with another's parser of line protocol.

use super::*;
use crate::model::time::Timestamp;
use influxdb_line_protocol::{FieldValue, parse_lines};
use proptest::prelude::*;

fn booking(tags: Vec<(&'static str, String)>, fields: Vec<(&'static str, Field)>) -> Booking {
    Booking {
        measurement: "gemba_tally",
        tags,
        fields,
        at: Timestamp(1_795_000_000_000),
    }
}

#[test]
fn a_tally_reads_as_the_line_it_was_frozen_as() {
    let tags = vec![
        ("site", "Bac Ninh".to_owned()),
        ("line", String::new()),
        ("machine", "press-01".to_owned()),
        ("rev", "0".to_owned()),
    ];
    let fields = vec![
        ("running_ms", Field::Int(60_000)),
        ("mean", Field::Float(21.5)),
        ("order", Field::Text("A \"7\" \\".to_owned())),
    ];
    assert_eq!(
        encode(&booking(tags, fields)),
        r#"gemba_tally,site=Bac\ Ninh,machine=press-01,rev=0 running_ms=60000i,mean=21.5,order="A \"7\" \\" 1795000000000"#
    );
}

#[test]
fn a_number_that_is_none_is_left_out_and_a_point_of_only_such_is_no_line() {
    let nan = ("mean", Field::Float(f64::NAN));
    let infinite = ("max", Field::Float(f64::INFINITY));
    let line = encode(&booking(
        vec![],
        vec![nan.clone(), ("n", Field::Int(3)), infinite.clone()],
    ));
    assert_eq!(line, "gemba_tally n=3i 1795000000000");
    assert_eq!(encode(&booking(vec![], vec![nan, infinite])), "");
    assert_eq!(encode(&booking(vec![], vec![])), "");
}

#[test]
fn names_no_parser_reads_alike_stay_apart_from_each_other_and_harm_no_neighbour() {
    let line = |product: &str| {
        let tags = vec![("product", product.to_owned()), ("rev", "1".to_owned())];
        encode(&booking(tags, vec![("total", Field::Int(1))]))
    };
    for (product, reads) in [
        ("ends\\", "ends\u{29f5}"),
        ("\\", "\u{29f5}"),
        ("a\\b", "a\\b"),
        ("a\\\\b", "a\u{29f5}\\b"),
        ("a\\,b", "a\u{29f5},b"),
        ("a\nx=1", "a\u{240a}x=1"),
        ("tab\there", "tab\u{2409}here"),
    ] {
        let line = line(product);
        let parsed = parse_lines(&line).map(|line| line.unwrap()).collect::<Vec<_>>();
        assert_eq!(parsed.len(), 1, "{line}");
        let tags = parsed[0].series.tag_set.clone().unwrap();
        assert_eq!(tags.len(), 2, "{line}");
        assert_eq!(tags[0].1.as_str(), reads, "{line}");
    }
    assert_ne!(
        line("A"),
        line("A\\"),
        "else a correction from one to the other would overwrite itself"
    );
}

#[test]
fn only_points_with_a_revision_can_be_restated() {
    assert_eq!(
        restated_measurement("gemba_stop,machine=M\\ 1,rev=2 ms=5i 0"),
        Some("gemba_stop")
    );
    assert_eq!(
        restated_measurement("gemba_value,point=temp n=1i,quality=\",rev=2\" 0"),
        None
    );
    assert_eq!(restated_measurement("gemba_value,point=a\\,rev\\=1 n=1i 0"), None);
    assert_eq!(restated_measurement("not a line,rev=1"), None);
    assert_eq!(restated_measurement(""), None);
}

/// What a name must read back as, said in another way than the encoder does it: from the end backwards.
fn reads_as(name: &str) -> String {
    let mut after = None;
    let mut read = Vec::new();
    for c in name.chars().rev() {
        let harmful = c == '\\' && after.is_none_or(|next| "\\, =".contains(next));
        read.push(if harmful { '⧵' } else { pictured(c) });
        after = Some(c);
    }
    read.iter().rev().collect()
}

fn pictured(c: char) -> char {
    match c {
        '\u{80}'..='\u{9f}' => '\u{fffd}',
        '\u{7f}' => '␡',
        c if c.is_control() => char::from_u32(0x2400 + c as u32).unwrap(),
        c => c,
    }
}

/// Text rich in what line protocol gives a meaning to.
fn text() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        '\\', ',', ' ', '=', '"', '\n', '\r', '\t', '\0', '#', 'i', 'u', '0', 'a', 'Ữ', '😀', '\u{85}', '\u{2028}',
        '\u{7f}',
    ]);
    prop::collection::vec(prop_oneof![3 => nasty, 1 => any::<char>()], 0..12).prop_map(String::from_iter)
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![
        any::<i64>().prop_map(Field::Int),
        any::<u64>().prop_map(|bits| Field::Float(f64::from_bits(bits))),
        (-1e6..1e6f64).prop_map(Field::Float),
        text().prop_map(Field::Text),
    ]
}

const NAMES: [&str; 6] = ["machine", "a b", "x=y", "c,d", "e\\f", "mã"];

fn named<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<(&'static str, T)>> {
    prop::collection::vec(value, 0..NAMES.len()).prop_map(|values| NAMES.into_iter().zip(values).collect())
}

fn same(read: &FieldValue<'_>, written: &Field) -> bool {
    match (read, written) {
        (FieldValue::I64(read), Field::Int(written)) => read == written,
        (FieldValue::F64(read), Field::Float(written)) => read.to_bits() == written.to_bits(),
        (FieldValue::String(read), Field::Text(written)) => {
            read.as_str() == written.chars().map(pictured).collect::<String>()
        }
        (FieldValue::I64(_) | FieldValue::U64(_) | FieldValue::F64(_), _)
        | (FieldValue::String(_) | FieldValue::Boolean(_), _) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_back_is_what_was_booked_and_nothing_more(
        tags in named(text()),
        fields in named(field()),
        at in any::<i64>(),
    ) {
        let point = Booking { measurement: "gemba_value", tags, fields, at: Timestamp(at) };
        let line = encode(&point);
        let fields: Vec<_> = point
            .fields
            .iter()
            .filter(|(_, field)| !matches!(field, Field::Float(number) if !number.is_finite()))
            .collect();
        let tags: Vec<_> = point.tags.iter().filter(|(_, value)| !value.is_empty()).collect();
        prop_assert!(!line.chars().any(char::is_control), "{line:?}");
        let parsed = parse_lines(&line).collect::<Result<Vec<_>, _>>().unwrap();
        if fields.is_empty() {
            prop_assert_eq!(line.as_str(), "");
            return Ok(());
        }
        prop_assert_eq!(parsed.len(), 1, "{}", line);
        let parsed = &parsed[0];
        prop_assert_eq!(parsed.series.measurement.as_str(), "gemba_value");
        prop_assert_eq!(parsed.timestamp, Some(at));
        let read: Vec<_> = parsed.series.tag_set.iter().flatten().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let wanted: Vec<_> = tags.iter().map(|(k, v)| (reads_as(k), reads_as(v))).collect();
        prop_assert_eq!(read, wanted, "{}", line);
        prop_assert_eq!(parsed.field_set.len(), fields.len(), "{}", line);
        for ((read_key, read), (key, written)) in parsed.field_set.iter().zip(fields) {
            prop_assert_eq!(read_key.as_str(), reads_as(key));
            prop_assert!(same(read, written), "{line}: {read:?} of {written:?}");
        }
    }
}
