//! Pure. A payload becomes a value per point: a bare number, bool or word, or a field of JSON by pointer (RFC 6901).

use crate::model::reading::Value;
use serde_json::{Number, Value as Json};

/// Longest text value in characters: a state name or a product code is far shorter.
const MAX_TEXT_CHARS: usize = 256;
/// Longest sample of a payload shown to people, in characters.
pub const SAMPLE_CHARS: usize = 80;
/// From here on a double no longer tells neighbouring whole numbers apart and JSON's integers no longer fit 64 bits.
const BEYOND_64_BITS: f64 = 9_223_372_036_854_775_808.0;

/// A payload that could be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// A JSON document; a bare number or bool is one too. Nested at most 128 deep (the parser's limit).
    Json(Json),
    /// Anything else that is one line of text.
    Word(String),
}

/// Reads a payload of at most `limit` bytes, or says in an operator's words why it cannot be read.
pub fn parse(payload: &[u8], limit: usize) -> Result<Payload, String> {
    if payload.len() > limit {
        let length = payload.len();
        return Err(format!(
            "the payload has {length} bytes, more than the {limit} of max_packet_bytes"
        ));
    }
    let text = std::str::from_utf8(payload).map_err(|_| "the payload is not UTF-8 text".to_owned())?;
    let text = text.trim();
    if text.is_empty() {
        return Err("the payload is empty".to_owned());
    }
    match serde_json::from_str(text) {
        Ok(json) => Ok(Payload::Json(json)),
        Err(error) if text.starts_with(['{', '[', '"']) => Err(format!("the payload is not valid JSON: {error}")),
        Err(_) => Ok(Payload::Word(text.to_owned())),
    }
}

/// The value for a point: the field its pointer names, or the whole payload when it has none.
pub fn value(payload: &Payload, pointer: Option<&str>) -> Result<Value, String> {
    match (payload, pointer) {
        (Payload::Json(json), Some(pointer)) => {
            let field = json
                .pointer(pointer)
                .ok_or_else(|| format!("the message has no field {pointer:?}"))?;
            of_json(field).map_err(|why| format!("field {pointer:?} {why}"))
        }
        (Payload::Json(json), None) => of_json(json).map_err(|why| format!("the payload {why}")),
        (Payload::Word(_), Some(_)) => Err("the payload is not JSON".to_owned()),
        (Payload::Word(word), None) => of_word(word).map_err(|why| format!("the payload {why}")),
    }
}

/// The field a pointer names, for a message's own time.
pub fn field<'a>(payload: &'a Payload, pointer: &str) -> Option<&'a Json> {
    match payload {
        Payload::Json(json) => json.pointer(pointer),
        Payload::Word(_) => None,
    }
}

/// Refuses what is no JSON pointer.
pub fn check_pointer(pointer: &str) -> Result<(), String> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(format!("a JSON pointer starts with /: write {:?}", as_pointer(pointer)));
    }
    let tilde_is_escape = |part: &str| part.starts_with('0') || part.starts_with('1');
    if !pointer.split('~').skip(1).all(tilde_is_escape) {
        return Err(format!("in the JSON pointer {pointer:?} a ~ is written ~0"));
    }
    Ok(())
}

/// What was meant by a path that is no pointer: `good`, or the `$.line.good` of JSONPath.
fn as_pointer(path: &str) -> String {
    match path.strip_prefix('$') {
        Some("") => String::new(),
        Some(fields) => format!("/{}", fields.trim_start_matches('.').replace('.', "/")),
        None => format!("/{path}"),
    }
}

/// The start of a payload for people: control characters, quotes and broken UTF-8 escaped.
pub fn sample(payload: &[u8]) -> String {
    // No character has more than four bytes, so nothing beyond this can be shown.
    let start = payload.get(..SAMPLE_CHARS * 4).unwrap_or(payload);
    let text = String::from_utf8_lossy(start);
    let mut escaped = text.escape_debug();
    let sample: String = escaped.by_ref().take(SAMPLE_CHARS).collect();
    sample
}

fn of_json(json: &Json) -> Result<Value, String> {
    match json {
        Json::Bool(bit) => Ok(Value::Bool(*bit)),
        Json::Number(number) => of_number(number),
        Json::String(text) if text.trim().parse::<f64>().is_ok() => {
            Err("is a number in quotes: publish it without the quotes".to_owned())
        }
        Json::String(text) => of_text(text),
        Json::Null => Err("is null".to_owned()),
        Json::Array(_) => Err("is a list: name one element, such as json = \"/0\"".to_owned()),
        Json::Object(_) => Err("is an object: name one of its fields, such as json = \"/count\"".to_owned()),
    }
}

/// Whole numbers stay whole. The parser gives those beyond 64 bits as rounded doubles: they are refused, not rounded.
fn of_number(number: &Number) -> Result<Value, String> {
    if let Some(whole) = number.as_i128() {
        return Ok(Value::Int(whole));
    }
    match number.as_f64() {
        Some(float) if float.abs() >= BEYOND_64_BITS => Err("does not fit 64 bits".to_owned()),
        Some(float) => of_float(float),
        None => Err("is no number this agent can hold".to_owned()),
    }
}

/// -0 is how some devices write 0.
fn of_float(float: f64) -> Result<Value, String> {
    if !float.is_finite() {
        return Err("is not a finite number".to_owned());
    }
    Ok(if float == 0.0 {
        Value::Int(0)
    } else {
        Value::Float(float)
    })
}

/// Text that JSON does not know: `007`, `+5`, `.5` are still numbers, the rest are words.
fn of_word(word: &str) -> Result<Value, String> {
    if let Ok(whole) = word.parse::<i128>() {
        let fits = (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&whole);
        return fits
            .then_some(Value::Int(whole))
            .ok_or_else(|| "does not fit 64 bits".to_owned());
    }
    match word.parse::<f64>() {
        Ok(float) => of_float(float),
        Err(_) => of_text(word),
    }
}

fn of_text(text: &str) -> Result<Value, String> {
    if text.chars().nth(MAX_TEXT_CHARS).is_some() {
        return Err(format!("is a text of more than {MAX_TEXT_CHARS} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("is a text with control characters".to_owned());
    }
    Ok(Value::Text(text.into()))
}

#[cfg(test)]
#[path = "json/tests.rs"]
mod tests;
