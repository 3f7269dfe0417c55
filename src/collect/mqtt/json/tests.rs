//! Pure. What payloads of every kind become.

use super::*;
use proptest::prelude::*;

const LIMIT: usize = 262_144;

fn read(payload: &str, pointer: Option<&str>) -> Result<Value, String> {
    value(&parse(payload.as_bytes(), LIMIT)?, pointer)
}

fn text(word: &str) -> Result<Value, String> {
    Ok(Value::Text(word.into()))
}

#[test]
fn bare_payloads_are_numbers_bits_or_words() {
    for (payload, expected) in [
        ("42", Ok(Value::Int(42))),
        (" -7\n", Ok(Value::Int(-7))),
        ("007", Ok(Value::Int(7))),
        ("+5", Ok(Value::Int(5))),
        ("-0", Ok(Value::Int(0))),
        ("21.5", Ok(Value::Float(21.5))),
        (".5", Ok(Value::Float(0.5))),
        ("1e3", Ok(Value::Float(1_000.0))),
        ("true", Ok(Value::Bool(true))),
        ("false", Ok(Value::Bool(false))),
        ("running", text("running")),
        ("\"running\"", text("running")),
        ("1,5", text("1,5")),
        ("đang chạy", text("đang chạy")),
    ] {
        assert_eq!(read(payload, None), expected, "{payload:?}");
    }
}

#[test]
fn fields_are_found_by_pointer() {
    let payload = r#"{"good":1204,"nested":{"a/b":[1,2.25,"jam"]},"":"x","run":true}"#;
    for (pointer, expected) in [
        ("/good", Ok(Value::Int(1_204))),
        ("/nested/a~1b/1", Ok(Value::Float(2.25))),
        ("/nested/a~1b/2", text("jam")),
        ("/", text("x")),
        ("/run", Ok(Value::Bool(true))),
    ] {
        assert_eq!(read(payload, Some(pointer)), expected, "{pointer}");
    }
    assert_eq!(
        read("5", Some("")),
        Ok(Value::Int(5)),
        "the empty pointer is the whole document"
    );
}

#[test]
fn big_counters_keep_every_digit_and_what_cannot_is_refused() {
    assert_eq!(
        read("18446744073709551615", None),
        Ok(Value::Int(18_446_744_073_709_551_615))
    );
    assert_eq!(
        read(r#"{"n":9007199254740993}"#, Some("/n")),
        Ok(Value::Int(9_007_199_254_740_993)),
        "a double would say ...992"
    );
    assert_eq!(
        read("-9223372036854775808", None),
        Ok(Value::Int(-9_223_372_036_854_775_808))
    );
    for beyond in [
        "18446744073709551616",
        "-9223372036854775809",
        "1e19",
        "+18446744073709551616",
    ] {
        assert!(read(beyond, None).unwrap_err().contains("64 bits"), "{beyond}");
    }
}

#[test]
fn what_is_no_value_is_refused_and_told() {
    for (payload, pointer, word) in [
        (r#"{"good":"1204"}"#, Some("/good"), "in quotes"),
        ("\"42\"", None, "in quotes"),
        (r#"{"good":null}"#, Some("/good"), "null"),
        (r#"{"good":[1]}"#, Some("/good"), "list"),
        (r#"{"good":{}}"#, Some("/good"), "object"),
        (r#"{"good":1}"#, None, "object"),
        (r#"{"good":1}"#, Some("/bad"), "no field \"/bad\""),
        ("12", Some("/good"), "no field"),
        ("running", Some("/good"), "not JSON"),
        (r#"{"good":1"#, Some("/good"), "not valid JSON"),
        (r#"{"good":NaN}"#, Some("/good"), "not valid JSON"),
        (r#"{"good":1e400}"#, Some("/good"), "not valid JSON"),
        ("NaN", None, "finite"),
        ("inf", None, "finite"),
        ("1e400", None, "finite"),
        ("", None, "empty"),
        ("  \n", None, "empty"),
        ("two\nlines", None, "control"),
        ("\u{0}", None, "control"),
    ] {
        let why = read(payload, pointer).unwrap_err();
        assert!(why.contains(word), "{payload:?}: {why}");
    }
    assert!(parse(&[0xff, 0xfe, 0x00], LIMIT).unwrap_err().contains("UTF-8"));
    assert!(read(&"x".repeat(257), None).unwrap_err().contains("256 characters"));
    assert!(read(&"x".repeat(256), None).is_ok());
}

#[test]
fn size_and_depth_are_bounded() {
    assert!(
        parse(&vec![b'1'; LIMIT + 1], LIMIT)
            .unwrap_err()
            .contains("262145 bytes")
    );
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(parse(deep.as_bytes(), LIMIT).unwrap_err().contains("not valid JSON"));
}

#[test]
fn a_sample_is_short_and_safe_to_print() {
    assert_eq!(sample(b"{\"good\":\n\x1b[31m"), "{\\\"good\\\":\\n\\u{1b}[31m");
    assert_eq!(sample(&vec![0xff; 10_000]).chars().count(), SAMPLE_CHARS);
}

#[test]
fn pointers_that_name_nothing_are_refused_before_the_first_message() {
    for good in ["", "/", "/good", "/a~1b/0", "/~0"] {
        assert_eq!(check_pointer(good), Ok(()), "{good}");
    }
    for (path, pointer) in [
        ("good", "/good"),
        ("$.good", "/good"),
        ("$.line.good", "/line/good"),
        ("$", ""),
    ] {
        let why = check_pointer(path).unwrap_err();
        assert!(why.ends_with(&format!("write \"{pointer}\"")), "{path}: {why}");
    }
    assert!(check_pointer("/a~2").unwrap_err().contains("~0"));
    assert!(check_pointer("/a~").is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_give_an_unbounded_value(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        pointer in prop::option::of("(/[a-z~0-9]{0,3}){0,3}"),
    ) {
        sample(&bytes);
        if let Ok(payload) = parse(&bytes, LIMIT) {
            match value(&payload, pointer.as_deref()) {
                Ok(Value::Float(float)) => prop_assert!(float.is_finite()),
                Ok(Value::Text(text)) => prop_assert!(text.chars().count() <= MAX_TEXT_CHARS),
                Ok(Value::Int(_) | Value::Bool(_)) | Err(_) => {}
            }
        }
    }

    #[test]
    fn every_64_bit_number_comes_through_exactly(signed in any::<i64>(), unsigned in any::<u64>()) {
        prop_assert_eq!(read(&signed.to_string(), None), Ok(Value::Int(signed.into())));
        let json = format!("{{\"n\":{unsigned}}}");
        prop_assert_eq!(read(&json, Some("/n")), Ok(Value::Int(unsigned.into())));
    }

    #[test]
    fn a_finite_float_comes_through_unrounded(float in -1e15f64..1e15) {
        prop_assume!(float != 0.0);
        prop_assert_eq!(read(&format!("{{\"n\":{float:?}}}"), Some("/n")), Ok(Value::Float(float)));
    }
}
