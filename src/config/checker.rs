//! Pure. Reads one table at a time out of the tree, and keeps going: what is wrong becomes a finding, not an end.

use super::fields;
use super::finding::{Finding, KeyPath, Level};
use super::hints;
use super::suggest;
use super::tree::Tree;
use super::unbuilt;
use crate::model::ids::wrong_id;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use toml::{Table, Value};

/// A table inside another that may be absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Child<T> {
    /// Not written.
    #[default]
    Absent,
    /// Written, but not usable; a finding says why.
    Broken,
    /// What it holds.
    Good(T),
}

impl<T> Child<T> {
    /// What it holds, when it is usable.
    pub fn good(&self) -> Option<&T> {
        match self {
            Child::Good(table) => Some(table),
            Child::Absent | Child::Broken => None,
        }
    }
}

/// The tree and what was found in it so far.
#[derive(Debug)]
pub struct Checker {
    /// The merged settings.
    pub tree: Tree,
    /// What was found so far, in no order.
    pub findings: Vec<Finding>,
}

impl Checker {
    /// Notes that what stands at `path` is wrong.
    pub fn error(&mut self, path: &KeyPath, what: impl Into<String>, instead: impl Into<String>) {
        self.note(path, Level::Error, what.into(), instead.into());
    }

    /// Notes that what stands at `path` is odd.
    pub fn warning(&mut self, path: &KeyPath, what: impl Into<String>, instead: impl Into<String>) {
        self.note(path, Level::Warning, what.into(), instead.into());
    }

    /// Notes that something another key needs is not there.
    pub fn absent(&mut self, path: &KeyPath, what: impl Into<String>, instead: impl Into<String>) {
        self.note(path, Level::Error, what.into(), instead.into());
        self.is_about_absence();
    }

    /// Notes that what stands at `path` is odd, which something wrong elsewhere may have led to: not worth saying beside that.
    pub fn doubt(&mut self, path: &KeyPath, what: impl Into<String>, instead: impl Into<String>) {
        self.warning(path, what, instead);
        self.is_about_absence();
    }

    /// Notes that nothing uses what stands at `path`; not worth saying while something else is wrong.
    pub fn unused(&mut self, path: &KeyPath, what: impl Into<String>, instead: impl Into<String>) {
        self.doubt(path, what, instead);
    }

    fn is_about_absence(&mut self) {
        if let Some(finding) = self.findings.last_mut() {
            finding.about_absence = true;
        }
    }

    /// Notes that key `key` of the table at `path` is missing.
    pub fn missing(&mut self, path: &KeyPath, key: &str) {
        let instead = hints::of(&path.join(key));
        self.absent(path, format!("`{key}` is missing"), instead);
    }

    /// Notes a value outside its bounds; true when it is inside.
    pub fn within<T: PartialOrd + std::fmt::Display>(
        &mut self,
        path: &KeyPath,
        value: T,
        low: T,
        high: T,
        why: &str,
    ) -> bool {
        let inside = value >= low && value <= high;
        if !inside {
            let what = format!("{value} is not possible here");
            self.error(path, what, format!("write {low} to {high}: {why}"));
        }
        inside
    }

    /// True when something at `path` or below it is wrong already.
    pub fn has_findings_under(&self, path: &KeyPath) -> bool {
        self.findings.iter().any(|finding| finding.key.0.starts_with(&path.0))
    }

    fn note(&mut self, path: &KeyPath, level: Level, what: String, instead: String) {
        let place = match self.tree.get(path) {
            Some(Value::Table(_)) | None => self.tree.place_of_key(path),
            Some(_) => self.tree.place_of_value(path),
        };
        self.findings.push(Finding {
            place,
            key: path.clone(),
            level,
            what,
            instead,
            about_absence: false,
        });
    }

    /// The ids of a table whose keys are ids, in order; those that cannot be used are noted and left out.
    pub fn ids(&mut self, path: &KeyPath) -> Vec<String> {
        let Some(table) = self.table_at(path) else {
            return Vec::new();
        };
        let mut ids: Vec<String> = Vec::new();
        for id in table.keys() {
            let child = path.join(id);
            if let Some(twin) = ids.iter().find(|twin| suggest::fold(twin) == suggest::fold(id)) {
                let what = format!("differs from `{twin}` only in case, `-`, `.` or `_`");
                self.error(
                    &child,
                    what,
                    "give it an id that people and the environment can tell apart",
                );
            }
            if self.id(&child, id) {
                ids.push(id.clone());
            }
        }
        ids
    }

    /// Notes when `id`, which stands at `path`, cannot be an id.
    pub fn id(&mut self, path: &KeyPath, id: &str) -> bool {
        let wrong = wrong_id(id);
        let is_good = wrong.is_none();
        if let Some((what, instead)) = wrong {
            self.error(path, what, instead);
        }
        is_good
    }

    /// The table at `path`; text from the environment is read as an inline table. Something else is noted.
    pub fn table_at(&mut self, path: &KeyPath) -> Option<Table> {
        if let Some(table) = self.tree.table(path) {
            return Some(table.clone());
        }
        let value = self.tree.get(path)?.clone();
        if let Some(Value::Table(table)) = self.as_toml(path, &value) {
            self.tree.replace(path, Value::Table(table.clone()));
            return Some(table);
        }
        let what = format!("expected a table, found {}", kind_of(&value));
        let instead = match hints::of(path) {
            "" => format!("write [{path}.NAME] and keys below it"),
            hint => hint.to_owned(),
        };
        self.error(path, what, instead);
        None
    }

    /// The keys of the table at `path` that are not in `known`, each noted once.
    pub fn unknown_keys(&mut self, path: &KeyPath, known: &[&str]) -> Vec<String> {
        let table = self.table_at(path).unwrap_or_default();
        let strangers: Vec<_> = table
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
            .cloned()
            .collect();
        for key in &strangers {
            let child = path.join(key);
            let place = self.tree.place_of_key(&child);
            let (what, instead) = if let Some(text) = unbuilt::key(&child) {
                (format!("`{key}` is not built yet"), text.to_owned())
            } else if let Some(instead) = unbuilt::secret(key, known) {
                ("a secret never stands in the configuration itself".to_owned(), instead)
            } else {
                ("there is no such key".to_owned(), suggest::or_list(key, known))
            };
            self.findings.push(Finding {
                place,
                key: child,
                level: Level::Error,
                what,
                instead,
                about_absence: false,
            });
        }
        strangers
    }

    /// The table at `path` as a `T`; keys named in `children` are read by others. Absent when nothing stands there.
    pub fn child<T: DeserializeOwned>(&mut self, path: &KeyPath, children: &[&str]) -> Child<T> {
        if self.tree.get(path).is_none() {
            return Child::Absent;
        }
        self.read(path, children).map_or(Child::Broken, Child::Good)
    }

    /// The table at `path` as a `T`, or as an empty table when nothing stands there.
    pub fn read<T: DeserializeOwned>(&mut self, path: &KeyPath, children: &[&str]) -> Option<T> {
        if self.tree.get(path).is_some() {
            self.table_at(path)?;
        }
        let known = [fields::of::<T>(), children].concat();
        let mut wrong = self.unknown_keys(path, &known);
        let mut table = self.table_at(path).unwrap_or_default();
        table.retain(|key, _| !wrong.iter().any(|stranger| stranger == key) && !children.contains(&key));
        wrong.clear();
        loop {
            let error = match serde_path_to_error::deserialize(Value::Table(table.clone())) {
                Ok(read) if wrong.is_empty() => return Some(read),
                Ok(_) => return None,
                Err(error) => error,
            };
            let within = segments(error.path());
            let message = error.inner().message().to_owned();
            let Some(key) = within.first().cloned() else {
                // Nothing in the table is to blame: something is not in it.
                if let Some(field) = message
                    .strip_prefix("missing field `")
                    .and_then(|rest| rest.split('`').next())
                    && !wrong.iter().any(|key| key == field)
                {
                    self.missing(path, field);
                }
                return None;
            };
            let at = within.iter().fold(path.clone(), |path, key| path.join(key));
            if !self.retype(path, &key, &mut table) {
                let secret = unbuilt::is_secret_like(&key);
                let what = if secret {
                    "expected the path of a file".into()
                } else {
                    plain(&message)
                };
                self.error(&at, what, hints::of(&at));
                table.remove(&key);
                wrong.push(key);
            }
        }
    }

    /// Text from the environment where something else is expected is read as TOML, once; true when that changed it.
    fn retype(&mut self, path: &KeyPath, key: &str, table: &mut Table) -> bool {
        let typed = table.get(key).and_then(|value| self.as_toml(&path.join(key), value));
        let Some(typed) = typed.filter(|typed| !typed.is_str()) else {
            return false;
        };
        self.tree.replace(&path.join(key), typed.clone());
        table.insert(key.to_owned(), typed);
        true
    }

    fn as_toml(&self, path: &KeyPath, value: &Value) -> Option<Value> {
        let text = value.as_str().filter(|_| self.tree.is_from_environment(path))?;
        text.trim().parse().ok()
    }
}

fn segments(path: &serde_path_to_error::Path) -> Vec<String> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { variant } => Some(variant.clone()),
            Segment::Unknown => None,
        })
        .collect()
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// What serde says about a value, in words of the file and not of the program.
fn plain(message: &str) -> String {
    let Some((found, expected)) = message.split_once(", expected ") else {
        return message.to_owned();
    };
    let found = found
        .trim_start_matches("invalid type: ")
        .trim_start_matches("invalid value: ")
        .replace("string ", "the text ")
        .replace("floating point ", "the number ")
        .replace("integer ", "the number ")
        .replace("boolean ", "")
        .replace("sequence", "a list")
        .replace("map", "a table");
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "path string" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list in [ ]",
        "a map" => "a table",
        other if other.starts_with("a tuple of size 2") => "two numbers in [ ]",
        other if other.starts_with("struct ") => "a table",
        other => other,
    };
    format!("expected {expected}, found {found}")
}
