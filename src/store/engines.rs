//! Pure. Which engines worked out the minutes of a merged tally: of each how many, so that corrected minutes leave the former
//! engine's count. As text `7:480 8:3`.

use rusqlite::Row;
use std::collections::BTreeMap;

/// Stands for the minutes of which no longer is known which engine worked them out.
const UNKNOWN: u32 = 0;

/// How many minutes each engine worked out; below zero in a difference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Engines {
    minutes: BTreeMap<u32, i64>,
}

impl Engines {
    /// Adds minutes of an engine, or takes them away.
    pub(super) fn add(&mut self, engine: u32, minutes: i64) {
        let count = self.minutes.entry(engine).or_default();
        *count = count.saturating_add(minutes);
    }

    /// Adds a difference. Of minutes that no engine is known of nothing is taken: whose they are stays unknown.
    pub(super) fn merge(&mut self, difference: &Engines) {
        for (engine, minutes) in &difference.minutes {
            self.add(*engine, *minutes);
        }
        self.minutes.retain(|_, minutes| *minutes > 0);
    }

    /// The engines, in order.
    pub(super) fn numbers(&self) -> Vec<u32> {
        self.minutes.keys().copied().collect()
    }

    /// The text in the database.
    pub(super) fn text(&self) -> String {
        let counts = self.minutes.iter();
        let counts: Vec<String> = counts.map(|(engine, minutes)| format!("{engine}:{minutes}")).collect();
        counts.join(" ")
    }

    /// What a column says.
    pub(super) fn read(row: &Row<'_>, column: usize) -> rusqlite::Result<Engines> {
        let text = row.get_ref(column)?.as_str()?;
        let minutes = counts(text).collect();
        Ok(Engines { minutes })
    }
}

/// Puts the engines that a column names into `engines`, in their order.
pub(super) fn read_into(engines: &mut Vec<u32>, row: &Row<'_>, column: usize) -> rusqlite::Result<()> {
    engines.clear();
    engines.extend(counts(row.get_ref(column)?.as_str()?).map(|(engine, _)| engine));
    Ok(())
}

/// A count nobody can read is one of an unknown engine.
fn counts(text: &str) -> impl Iterator<Item = (u32, i64)> {
    let count = |count: &str| {
        let (engine, minutes) = count.split_once(':')?;
        Some((engine.parse().ok()?, minutes.parse().ok()?))
    };
    text.split(' ')
        .filter(|it| !it.is_empty())
        .map(move |it| count(it).unwrap_or((UNKNOWN, 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corrected_minute_leaves_the_count_of_its_former_engine() {
        let mut all = Engines::default();
        let mut told = Engines::default();
        told.add(7, 2);
        all.merge(&told);
        let mut corrected = Engines::default();
        corrected.add(7, -1);
        corrected.add(8, 1);
        all.merge(&corrected);
        assert_eq!(all.text(), "7:1 8:1", "2 - 1, 0 + 1");
        all.merge(&corrected);
        assert_eq!(all.text(), "8:2");
    }

    #[test]
    fn minutes_of_an_engine_nobody_knows_stay_unknown() {
        let mut all = Engines {
            minutes: counts("0:1").collect(),
        };
        let mut corrected = Engines::default();
        corrected.add(7, -1);
        corrected.add(8, 1);
        all.merge(&corrected);
        assert_eq!(all.text(), "0:1 8:1");
        assert_eq!(counts("7:x 8:2").collect::<Vec<_>>(), [(0, 1), (8, 2)]);
    }
}
