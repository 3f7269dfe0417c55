//! Pure. The merged settings as a tree, with the place each key was written at.

use super::finding::{KeyPath, Place};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The merged settings.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The values.
    pub root: Table,
    /// The first file as a whole: the place of what is nowhere.
    pub start: Option<Place>,
    places: BTreeMap<KeyPath, Spot>,
}

#[derive(Debug, Clone)]
struct Spot {
    key: Place,
    value: Place,
}

impl Tree {
    /// Notes where a key stands. Of a value written twice the later place stands, of a table the first.
    pub fn put(&mut self, path: &KeyPath, is_table: bool, key: Place, value: Place) {
        if is_table && self.places.contains_key(path) {
            return;
        }
        self.places.insert(path.clone(), Spot { key, value });
    }

    /// The value at a path.
    pub fn get(&self, path: &KeyPath) -> Option<&Value> {
        let (first, rest) = path.0.split_first()?;
        rest.iter().try_fold(self.root.get(first)?, |value, key| value.get(key))
    }

    /// The table at a path; the root is one.
    pub fn table(&self, path: &KeyPath) -> Option<&Table> {
        if path.0.is_empty() {
            return Some(&self.root);
        }
        self.get(path).and_then(Value::as_table)
    }

    /// Puts another value in the place of the one at `path`, where there is one.
    pub fn replace(&mut self, path: &KeyPath, value: Value) {
        let Some((last, parents)) = path.0.split_last() else {
            return;
        };
        let mut table = Some(&mut self.root);
        for key in parents {
            table = table.and_then(|table| table.get_mut(key)).and_then(Value::as_table_mut);
        }
        if let Some(table) = table {
            table.insert(last.clone(), value);
        }
    }

    /// Where the value of a key stands, or the nearest key above that stands anywhere.
    pub fn place_of_value(&self, path: &KeyPath) -> Place {
        self.nearest(path, |spot| spot.value.clone())
    }

    /// Where the key itself stands, or the nearest key above that stands anywhere.
    pub fn place_of_key(&self, path: &KeyPath) -> Place {
        self.nearest(path, |spot| spot.key.clone())
    }

    /// `named` as the key at `path` means it: a relative path lies beside the file it was written in, and one of a variable
    /// in the working directory.
    pub fn beside(&self, path: &KeyPath, named: &Path) -> PathBuf {
        match self.place_of_value(path) {
            Place::File { file, .. } => file.parent().map_or(named.to_owned(), |folder| {
                // Without the dots of "./data" in its middle, since people read it.
                folder.join(named).components().collect()
            }),
            Place::Environment(_) => named.to_owned(),
        }
    }

    /// True when the value at `path` came from the environment.
    pub fn is_from_environment(&self, path: &KeyPath) -> bool {
        matches!(self.place_of_value(path), Place::Environment(_))
    }

    fn nearest(&self, path: &KeyPath, of: impl Fn(&Spot) -> Place) -> Place {
        let mut path = path.clone();
        while !path.0.is_empty() {
            if let Some(spot) = self.places.get(&path) {
                return of(spot);
            }
            path.0.pop();
        }
        let nowhere = || Place::Environment("GEMBA__".to_owned());
        self.start.clone().unwrap_or_else(nowhere)
    }
}
