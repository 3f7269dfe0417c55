//! The data folder as any SQLite tool sees it: read-only, beside the running agent.

use rusqlite::{Connection, OpenFlags, types::ValueRef};
use std::collections::BTreeMap;
use std::path::Path;

/// A row of `tally`: text and whole numbers by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Sums and instants.
    pub numbers: BTreeMap<String, i64>,
    /// What it belongs to.
    pub texts: BTreeMap<String, String>,
}

impl Row {
    /// A number; fails when there is no such column.
    pub fn number(&self, name: &str) -> i64 {
        *self
            .numbers
            .get(name)
            .unwrap_or_else(|| panic!("no number {name} in {self:?}"))
    }

    /// A text; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }
}

/// The database of a data folder.
#[derive(Debug)]
pub struct Journal(Connection);

impl Journal {
    /// Opens `gemba.db` without writing to it.
    pub fn open(data: &Path) -> Journal {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Journal(Connection::open_with_flags(data.join("gemba.db"), flags).expect("gemba.db opens"))
    }

    /// Rows of a query.
    pub fn rows(&self, query: &str) -> Vec<Row> {
        let mut statement = self.0.prepare(query).unwrap_or_else(|why| panic!("{query}: {why}"));
        let names: Vec<_> = statement.column_names().map(str::to_owned).collect();
        let mut found = statement.query([]).expect("query");
        let mut rows = Vec::new();
        while let Some(cells) = found.next().expect("row") {
            let mut row = Row {
                numbers: BTreeMap::new(),
                texts: BTreeMap::new(),
            };
            for (name, index) in names.iter().zip(0..) {
                match cells.get_ref(index).expect("cell") {
                    ValueRef::Integer(number) => drop(row.numbers.insert(name.clone(), number)),
                    ValueRef::Text(text) => drop(
                        row.texts
                            .insert(name.clone(), String::from_utf8_lossy(text).into_owned()),
                    ),
                    ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => (),
                }
            }
            rows.push(row);
        }
        rows
    }

    /// A single number.
    pub fn number(&self, query: &str) -> i64 {
        self.0
            .query_row(query, [], |row| row.get(0))
            .unwrap_or_else(|why| panic!("{query}: {why}"))
    }
}
