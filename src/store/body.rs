//! Pure. What a fact says as compact JSON text, and back. Written once: the stored bytes are the canonical bytes.
//!
//! Reading is total: text that is no body gives a sentence, never a panic. Fields nobody knows are passed over, so that
//! a journal of a newer program can be read; what they say is not lost, since the bytes are kept.

use super::settings;
use crate::model::fact::{Body, Clock, Import, Loss, PointValue, Role, Signal, Started};
use crate::model::ids::{MachineId, Roster};
use crate::model::reading::{Quality, Value};
use crate::model::time::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// The body's bytes. An error names a machine the roster does not know.
pub(super) fn encode(body: &Body, roster: &Roster) -> Result<String, String> {
    match body {
        Body::Signal(signal) => text(&SignalRow::from(signal)),
        Body::Values(points) => text(&ValuesRow {
            points: points.iter().map(PointRow::from).collect(),
        }),
        Body::Setting(change) => settings::encode(change, roster),
        Body::Started(started) => text(&StartedRow {
            started_at: started.started_at.0,
            version: started.version.to_string(),
            clean: started.clean,
        }),
        Body::Clock(clock) => text(&ClockRow {
            until: clock.until.0,
            epoch: clock.epoch,
        }),
        Body::Loss(loss) => text(&LossRow {
            count: loss.count,
            until: loss.until.0,
        }),
        Body::Entry(entry) => super::entry_row::encode(entry),
        Body::Import(import) => text(&ImportRow::from(import)),
    }
}

/// What the bytes of a fact of this kind say.
pub(super) fn decode(kind: &str, body: &str, roster: &Roster) -> Result<Body, String> {
    match kind {
        "signal" => read::<SignalRow>(body)?.signal(),
        "values" => {
            let row: ValuesRow = read(body)?;
            let points: Result<Vec<_>, _> = row.points.into_iter().map(PointRow::point).collect();
            Ok(Body::Values(points?))
        }
        "setting" => Ok(Body::Setting(Arc::new(settings::decode(body, roster)?))),
        "started" => read::<StartedRow>(body).map(|row| {
            Body::Started(Started {
                started_at: Timestamp(row.started_at),
                version: row.version.into(),
                clean: row.clean,
            })
        }),
        "clock" => read::<ClockRow>(body).map(|row| {
            Body::Clock(Clock {
                until: Timestamp(row.until),
                epoch: row.epoch,
            })
        }),
        "loss" => read::<LossRow>(body).map(|row| {
            Body::Loss(Loss {
                count: row.count,
                until: Timestamp(row.until),
            })
        }),
        "entry" => super::entry_row::decode(body).map(Body::Entry),
        "import" => read::<ImportRow>(body).map(|row| Body::Import(row.into())),
        other => Err(format!("no fact is of kind '{other}'")),
    }
}

pub(super) fn text(row: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(row).map_err(|error| error.to_string())
}

pub(super) fn read<T: DeserializeOwned>(body: &str) -> Result<T, String> {
    serde_json::from_str(body).map_err(|error| error.to_string())
}

/// The name of a machine; an error when this roster never gave the number.
pub(super) fn machine_name(machine: MachineId, roster: &Roster) -> Result<&str, String> {
    if (machine.0 as usize) < roster.len() {
        return Ok(roster.name(machine));
    }
    Err(format!("machine number {} is not known to the store", machine.0))
}

pub(super) fn role(name: &str) -> Result<Role, String> {
    Role::parse(name).ok_or_else(|| format!("no signal is called '{name}'"))
}

fn quality(name: &str) -> Result<Quality, String> {
    Quality::parse(name).ok_or_else(|| format!("no quality is called '{name}'"))
}

#[derive(Serialize, Deserialize)]
struct SignalRow {
    role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<ValueRow>,
    quality: String,
    taken_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<i64>,
}

impl From<&Signal> for SignalRow {
    fn from(signal: &Signal) -> Self {
        SignalRow {
            role: signal.role.name().to_owned(),
            value: signal.value.clone().map(ValueRow),
            quality: signal.quality.name().to_owned(),
            taken_at: signal.taken_at.0,
            seen: signal.seen.map(|seen| seen.0),
        }
    }
}

impl SignalRow {
    fn signal(self) -> Result<Body, String> {
        Ok(Body::Signal(Signal {
            role: role(&self.role)?,
            value: self.value.map(|row| row.0),
            quality: quality(&self.quality)?,
            taken_at: Timestamp(self.taken_at),
            seen: self.seen.map(Timestamp),
        }))
    }
}

/// A bit, a number or a word as JSON's own; whole numbers JSON readers cannot hold as `{"int":"digits"}`.
struct ValueRow(Value);

impl Serialize for ValueRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Value::Bool(bit) => serializer.serialize_bool(*bit),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Int(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(number), _) => serializer.serialize_i64(number),
                (_, Ok(number)) => serializer.serialize_u64(number),
                (Err(_), Err(_)) => {
                    let mut map = serializer.serialize_map(Some(1))?;
                    map.serialize_entry("int", &number.to_string())?;
                    map.end()
                }
            },
        }
    }
}

impl<'de> Deserialize<'de> for ValueRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value as Json;
        let wrong = |json: &Json| D::Error::custom(format!("{json} is no value of a signal"));
        let json = Json::deserialize(deserializer)?;
        let value = match &json {
            Json::Bool(bit) => Value::Bool(*bit),
            Json::String(text) => Value::Text(text.as_str().into()),
            Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(whole), _, _) => Value::Int(whole.into()),
                (None, Some(whole), _) => Value::Int(whole.into()),
                (None, None, Some(float)) => Value::Float(float),
                (None, None, None) => return Err(wrong(&json)),
            },
            Json::Object(map) => {
                let digits = map.get("int").and_then(Json::as_str).and_then(|text| text.parse().ok());
                Value::Int(digits.ok_or_else(|| wrong(&json))?)
            }
            Json::Null | Json::Array(_) => return Err(wrong(&json)),
        };
        Ok(ValueRow(value))
    }
}

#[derive(Serialize, Deserialize)]
struct ValuesRow {
    points: Vec<PointRow>,
}

#[derive(Serialize, Deserialize)]
struct PointRow {
    point: String,
    n: u64,
    #[serde(deserialize_with = "number_or_nan")]
    mean: f64,
    #[serde(deserialize_with = "number_or_nan")]
    min: f64,
    #[serde(deserialize_with = "number_or_nan")]
    max: f64,
    #[serde(deserialize_with = "number_or_nan")]
    last: f64,
    quality: String,
}

impl From<&PointValue> for PointRow {
    fn from(value: &PointValue) -> Self {
        PointRow {
            point: value.point.to_string(),
            n: value.n,
            mean: value.mean,
            min: value.min,
            max: value.max,
            last: value.last,
            quality: value.quality.name().to_owned(),
        }
    }
}

impl PointRow {
    fn point(self) -> Result<PointValue, String> {
        Ok(PointValue {
            point: self.point.into(),
            n: self.n,
            mean: self.mean,
            min: self.min,
            max: self.max,
            last: self.last,
            quality: quality(&self.quality)?,
        })
    }
}

/// JSON has no word for what is not a finite number; it is written `null`.
fn number_or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

#[derive(Serialize, Deserialize)]
struct StartedRow {
    started_at: i64,
    version: String,
    clean: bool,
}

#[derive(Serialize, Deserialize)]
struct ClockRow {
    until: i64,
    epoch: u32,
}

#[derive(Serialize, Deserialize)]
struct LossRow {
    count: u64,
    until: i64,
}

#[derive(Serialize, Deserialize)]
struct ImportRow {
    from: i64,
    until: i64,
    samples: u64,
    sha256: String,
    imported_at: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    done: bool,
}

impl From<&Import> for ImportRow {
    fn from(import: &Import) -> Self {
        ImportRow {
            from: import.from.0,
            until: import.until.0,
            samples: import.samples,
            sha256: import.sha256.to_string(),
            imported_at: import.imported_at.0,
            done: import.done,
        }
    }
}

impl From<ImportRow> for Import {
    fn from(row: ImportRow) -> Self {
        Import {
            from: Timestamp(row.from),
            until: Timestamp(row.until),
            samples: row.samples,
            sha256: row.sha256.into(),
            imported_at: Timestamp(row.imported_at),
            done: row.done,
        }
    }
}

#[cfg(test)]
mod calendar_tests;
#[cfg(test)]
mod tests;
