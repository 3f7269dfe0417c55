//! I/O. Shift tallies read for a roll-up: many rows, few columns, and no allocation for a row.

use super::engines;
use super::rows::{self, KEY, KEY_COLUMNS};
use crate::model::ids::MachineId;
use crate::model::tally::{Column, Sums, Tally, TallyKey};
use crate::model::time::{Period, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Hands over each shift tally of the shifts that began in `period`, with the engines that worked it out.
pub(super) fn each_shift(
    conn: &Connection,
    (machine, period): (Option<MachineId>, Period),
    columns: &[Column],
    with_detail: bool,
    mut each: impl FnMut(MachineId, &TallyKey, &Sums, &[u32]),
) -> rusqlite::Result<()> {
    let mut names: Vec<_> = columns.iter().map(|column| column.name()).collect();
    names.extend(with_detail.then_some("detail"));
    let list: String = names.iter().map(|name| format!(", {name}")).collect();
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {KEY}, machine, engines{list} FROM tally_shift WHERE shift_start >= ?1 AND shift_start < ?2
         AND (?3 IS NULL OR machine = ?3) ORDER BY shift_start, machine"
    ))?;
    let mut rows = statement.query(params![period.start.0, period.end.0, machine.map(|machine| machine.0)])?;
    // Most words of a machine's row are those of its row before.
    let mut keys: BTreeMap<MachineId, TallyKey> = BTreeMap::new();
    let mut words = Words::default();
    let (mut sums, mut engines) = (Sums::default(), Vec::new());
    let first = KEY_COLUMNS + 2;
    while let Some(row) = rows.next()? {
        let machine = rows::machine(row, KEY_COLUMNS)?;
        let key = keys.entry(machine).or_default();
        read_key(row, key, &mut words)?;
        sums.tally = Tally::default();
        for (place, column) in columns.iter().enumerate() {
            sums.tally.add(*column, row.get(first + place)?);
        }
        if with_detail {
            sums.detail = rows::detail(row, first + columns.len())?;
        }
        engines::read_into(&mut engines, row, KEY_COLUMNS + 1)?;
        each(machine, key, &sums, &engines);
    }
    Ok(())
}

/// Words of keys, each kept once.
#[derive(Default)]
struct Words {
    all: BTreeSet<Arc<str>>,
    /// What a key was changed to last, by its field: a new shift or day is that of one machine after the other.
    newest: [Arc<str>; KEY_COLUMNS - 1],
}

/// Puts the words of a row into `key`.
fn read_key(row: &Row<'_>, key: &mut TallyKey, words: &mut Words) -> rusqlite::Result<()> {
    key.shift_start = Timestamp(row.get(4)?);
    let fields = [
        (0, &mut key.org),
        (1, &mut key.site),
        (2, &mut key.line),
        (3, &mut key.shift),
        (5, &mut key.business_date),
        (6, &mut key.product),
        (7, &mut key.order),
        (8, &mut key.standard),
        (9, &mut key.policy),
        (10, &mut key.crew),
        (11, &mut key.mould),
    ];
    for ((column, field), newest) in fields.into_iter().zip(&mut words.newest) {
        let said = row.get_ref(column)?;
        if matches!(said, ValueRef::Text(text) if text == field.as_bytes()) {
            continue;
        }
        let text = said.as_str()?;
        if **newest != *text {
            *newest = match words.all.get(text) {
                Some(word) => Arc::clone(word),
                None => {
                    let word: Arc<str> = text.into();
                    words.all.insert(Arc::clone(&word));
                    word
                }
            };
        }
        *field = Arc::clone(newest);
    }
    Ok(())
}
