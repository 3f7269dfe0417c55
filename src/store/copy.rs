//! I/O. Copies every row of a table that can still be read, around whatever cannot, and says where rows may be missing.

use super::rows::places;
use super::schema;
use crate::model::detail::Detail;
use crate::model::time::{Period, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

/// First columns of keys that can be counted on from: what cannot be read is stepped over.
const NUMBERS: [&str; 4] = ["seq", "start", "shift_start", "at"];

/// One table on its way from a damaged database into a new one.
pub(super) struct Copy<'a> {
    old: &'a Connection,
    new: &'a Connection,
    table: &'a str,
    columns: Vec<String>,
    key: Vec<String>,
    /// The column that numbers the rows, where one does: the first of the key.
    number: Option<usize>,
    /// The column of a tally's detail, whose bytes must say something.
    detail: Option<usize>,
    insert: String,
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Saved {
    pub(super) rows: u64,
    /// False when something could not be read.
    pub(super) whole: bool,
    /// All rows that may be missing have their number in it; empty when none is, or where no column numbers the rows.
    pub(super) holes: Period,
}

impl Saved {
    fn new() -> Saved {
        Saved {
            rows: 0,
            whole: true,
            holes: Period::new(Timestamp::MAX, Timestamp::MAX),
        }
    }

    /// Rows with numbers from `from` on and below `until` may be missing.
    fn lose(&mut self, from: i64, until: i64) {
        self.whole = false;
        self.holes = join(self.holes, Period::new(Timestamp(from), Timestamp(until)));
    }
}

/// The shortest period that has both in it.
pub(super) fn join(one: Period, other: Period) -> Period {
    match (one.is_empty(), other.is_empty()) {
        (true, _) => other,
        (_, true) => one,
        (false, false) => Period::new(one.start.min(other.start), one.end.max(other.end)),
    }
}

impl<'a> Copy<'a> {
    /// A copy of the table of this name, which the new database has.
    pub(super) fn new(old: &'a Connection, new: &'a Connection, table: &'a str) -> rusqlite::Result<Copy<'a>> {
        let mut statement = new.prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?;
        let info = statement.query_map([table], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        let info: Vec<_> = info.collect::<rusqlite::Result<_>>()?;
        let mut keys: Vec<_> = info.iter().filter(|(_, place)| *place > 0).collect();
        keys.sort_by_key(|(_, place)| *place);
        let quoted = |name: &String| format!("\"{name}\"");
        let columns: Vec<_> = info.iter().map(|(name, _)| quoted(name)).collect();
        let insert = format!(
            "INSERT OR IGNORE INTO {table} ({}) VALUES ({})",
            columns.join(", "),
            places(columns.len())
        );
        let numbers = |(name, place): &(String, i64)| *place == 1 && NUMBERS.contains(&name.as_str());
        Ok(Copy {
            old,
            new,
            table,
            number: info.iter().position(numbers),
            detail: info.iter().position(|(name, _)| name == "detail"),
            key: keys.into_iter().map(|(name, _)| quoted(name)).collect(),
            columns,
            insert,
        })
    }

    /// Copies what can be read.
    pub(super) fn run(&self) -> rusqlite::Result<Saved> {
        match self.number {
            Some(_) => self.by_number(),
            None => self.both_ends(),
        }
    }

    /// Forward until a row cannot be read, then backward from the end until one cannot, or is saved already.
    fn both_ends(&self) -> rusqlite::Result<Saved> {
        let mut saved = Saved::new();
        for direction in ["ASC", "DESC"] {
            let Ok(mut statement) = self.old.prepare(&self.select("", direction)) else {
                saved.whole = false;
                return Ok(saved);
            };
            let mut rows = statement.query([])?;
            loop {
                match rows.next() {
                    Ok(None) => return Ok(saved),
                    Ok(Some(row)) if self.save(row, &mut saved)? => {}
                    Ok(Some(_)) => break,
                    Err(_) => {
                        saved.whole = false;
                        break;
                    }
                }
            }
        }
        Ok(saved)
    }

    /// Forward; over what cannot be read in growing steps, and from the far side of each hole back into it.
    fn by_number(&self) -> rusqlite::Result<Saved> {
        let mut saved = Saved::new();
        let (mut next, mut step, mut last) = (i64::MIN, 1i64, None);
        // Where the hole began that is being stepped over.
        let mut hole = None;
        loop {
            let Some((reached, ended)) = self.forward(next, &mut saved)? else {
                let last = *last.get_or_insert_with(|| self.last().unwrap_or(i64::MAX));
                hole.get_or_insert(next);
                next = next.max(0).saturating_add(step);
                step = step.saturating_mul(2);
                if next >= last {
                    break;
                }
                continue;
            };
            if let Some(from) = hole.take() {
                saved.lose(from, next);
                self.backward(next, &mut saved)?;
            }
            if ended {
                return Ok(saved);
            }
            // More rows may have this very number, on pages behind the one that cannot be read.
            hole = Some(reached);
            (next, step) = (reached.saturating_add(1), 1);
        }
        saved.lose(hole.unwrap_or(i64::MIN), i64::MAX);
        self.backward(i64::MAX, &mut saved)?;
        Ok(saved)
    }

    /// Saves from number `from` on. `None`: not even one row could be read; else the last number, and whether it was the
    /// end of the table.
    fn forward(&self, from: i64, saved: &mut Saved) -> rusqlite::Result<Option<(i64, bool)>> {
        let Ok(mut statement) = self.old.prepare(&self.select(">= ?1", "ASC")) else {
            return Ok(None);
        };
        let mut rows = statement.query([from])?;
        let mut reached = None;
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    reached = Some(self.number_of(row).unwrap_or(from));
                    self.save(row, saved)?;
                }
                Ok(None) => return Ok(Some((reached.unwrap_or(from), true))),
                Err(_) => return Ok(reached.map(|reached| (reached, false))),
            }
        }
    }

    /// Saves from below number `from` back to the first row that is saved already or cannot be read.
    fn backward(&self, from: i64, saved: &mut Saved) -> rusqlite::Result<()> {
        let Ok(mut statement) = self.old.prepare(&self.select("< ?1", "DESC")) else {
            return Ok(());
        };
        let mut rows = statement.query([from])?;
        while let Ok(Some(row)) = rows.next() {
            if !self.save(row, saved)? {
                break;
            }
        }
        Ok(())
    }

    /// All columns in the order of the key; `bound` is put on the number.
    fn select(&self, bound: &str, direction: &str) -> String {
        let columns = self.columns.join(", ");
        let order: Vec<_> = self.key.iter().map(|column| format!("{column} {direction}")).collect();
        let bound = match self.key.first() {
            Some(number) if !bound.is_empty() => format!("WHERE {number} {bound}"),
            Some(_) | None => String::new(),
        };
        format!(
            "SELECT {columns} FROM {} {bound} ORDER BY {}",
            self.table,
            order.join(", ")
        )
    }

    fn last(&self) -> Option<i64> {
        let number = self.key.first()?;
        let sql = format!("SELECT {number} FROM {} ORDER BY {number} DESC LIMIT 1", self.table);
        self.old.query_row(&sql, [], |row| row.get(0)).optional().ok().flatten()
    }

    fn number_of(&self, row: &Row<'_>) -> Option<i64> {
        row.get(self.number?).ok()
    }

    /// False when the new database has the row already. A row whose content no longer fits its columns is left out.
    fn save(&self, row: &Row<'_>, saved: &mut Saved) -> rusqlite::Result<bool> {
        let mut values = Vec::with_capacity(self.columns.len());
        for column in 0..self.columns.len() {
            match row.get::<_, Value>(column) {
                Ok(value) => values.push(value),
                Err(_) => return Ok(self.leave_out(row, saved)),
            }
        }
        if let Some(place) = self.detail
            && !matches!(&values[place], Value::Blob(bytes) if Detail::read(bytes).is_some())
        {
            if self.table == "tally" {
                return Ok(self.leave_out(row, saved));
            }
            // Nothing makes a former tally or an old shift again, and its sums are good.
            values[place] = Value::Blob(Vec::new());
            saved.whole = false;
        }
        match self.new.prepare_cached(&self.insert)?.execute(params_from_iter(values)) {
            Ok(0) => Ok(false),
            Ok(_) => {
                saved.rows += 1;
                Ok(true)
            }
            Err(error) if schema::is_full(&error) => Err(error),
            Err(_) => Ok(self.leave_out(row, saved)),
        }
    }

    fn leave_out(&self, row: &Row<'_>, saved: &mut Saved) -> bool {
        let number = self.number_of(row);
        saved.lose(
            number.unwrap_or(i64::MIN),
            number.map_or(i64::MAX, |number| number.saturating_add(1)),
        );
        true
    }
}
