//! Pure. The table `state` as it stands in the file, and the tables and lists inside it: keys and types only.

use super::checker::Child;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// `state` of a machine or a template.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct State {
    pub from: Option<String>,
    pub map: Option<Map>,
    pub mode: Option<String>,
    pub run: Option<String>,
    pub from_count: Option<String>,
    pub bits: Option<Vec<Bit>>,
    pub otherwise: Option<String>,
    pub confirm_with_count: Option<bool>,
    pub stop_after_s: Option<u64>,
    pub debounce_ms: Option<u64>,
    pub told_by: Option<String>,
    #[serde(skip)]
    pub threshold: Child<Threshold>,
    #[serde(skip)]
    pub lamps: Child<Lamps>,
}

/// `map` of a state: what each code means, or the name of a map everybody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Map {
    /// As written.
    Word(String),
    /// Codes and states.
    Codes(BTreeMap<String, String>),
}

/// One of the `bits`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bit {
    pub point: String,
    pub is: String,
}

/// `threshold`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Threshold {
    pub point: Option<String>,
    pub on: Option<f64>,
    pub off: Option<f64>,
    pub hold_s: Option<u64>,
}

/// `lamps`: a point for each colour, and what they mean.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Lamps {
    pub red: Option<String>,
    pub yellow: Option<String>,
    pub green: Option<String>,
    pub blue: Option<String>,
    pub white: Option<String>,
    pub map: Option<Vec<Line>>,
    pub otherwise: Option<String>,
}

/// A line of the map of lamps.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub red: Option<String>,
    pub yellow: Option<String>,
    pub green: Option<String>,
    pub blue: Option<String>,
    pub white: Option<String>,
    pub is: String,
}

impl Lamps {
    /// The points by colour, in the order of their places.
    pub fn points(&self) -> [(&'static str, Option<&String>); 5] {
        [
            ("red", self.red.as_ref()),
            ("yellow", self.yellow.as_ref()),
            ("green", self.green.as_ref()),
            ("blue", self.blue.as_ref()),
            ("white", self.white.as_ref()),
        ]
    }
}

impl Line {
    /// How each colour must shine, in the order of [`Lamps::points`].
    pub fn lights(&self) -> [Option<&String>; 5] {
        [&self.red, &self.yellow, &self.green, &self.blue, &self.white].map(Option::as_ref)
    }
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MapVisitor)
    }
}

struct MapVisitor;

impl<'de> Visitor<'de> for MapVisitor {
    type Value = Map;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of codes, or \"packml\"")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Map, E> {
        Ok(Map::Word(word.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Map, A::Error> {
        let mut codes = BTreeMap::new();
        while let Some((code, state)) = map.next_entry::<String, String>()? {
            codes.insert(code, state);
        }
        Ok(Map::Codes(codes))
    }
}
