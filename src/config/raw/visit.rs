//! Pure. Keys that may be written in more than one way.

use super::{Names, Resets};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Names, E> {
        Ok(Names(BTreeMap::from([(String::new(), name.to_owned())])))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
        let mut names = BTreeMap::new();
        while let Some((language, name)) = map.next_entry::<String, String>()? {
            names.insert(language, name);
        }
        Ok(Names(names))
    }
}

impl<'de> Deserialize<'de> for Resets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ResetsVisitor)
    }
}

struct ResetsVisitor;

impl<'de> Visitor<'de> for ResetsVisitor {
    type Value = Resets;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word or { preset = N }")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Resets, E> {
        Ok(Resets::Word(word.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Resets, A::Error> {
        let mut preset = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "preset" {
                return Err(A::Error::custom(format!("there is no `{key}` here")));
            }
            preset = Some(map.next_value()?);
        }
        preset
            .map(Resets::Preset)
            .ok_or_else(|| A::Error::custom("`preset` is missing"))
    }
}
