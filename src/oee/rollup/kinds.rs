//! Pure. How the machines of each line make one result, and from when on.

use crate::model::line::LineSetting;
use crate::model::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The kinds of lines over time: the tallies of a shift are merged by what its line was in it, so that a month is the sum of its
/// days whatever became of a line since.
#[derive(Debug, Clone, Default)]
pub struct Kinds {
    lines: BTreeMap<Arc<str>, BTreeMap<Timestamp, LineSetting>>,
}

impl Kinds {
    /// A line is of this kind from an instant on.
    pub fn put(&mut self, line: &Arc<str>, from: Timestamp, kind: LineSetting) {
        self.lines.entry(Arc::clone(line)).or_default().insert(from, kind);
    }

    /// The kind of a line in a shift that began at `start`; one of which nothing was said is parallel.
    pub fn of(&self, line: &str, start: Timestamp) -> LineSetting {
        let said = self.lines.get(line);
        let said = said.and_then(|said| said.range(..=start).next_back());
        said.map(|(_, kind)| *kind).unwrap_or_default()
    }
}

/// Lines that are of one kind at any time.
impl From<BTreeMap<Arc<str>, LineSetting>> for Kinds {
    fn from(lines: BTreeMap<Arc<str>, LineSetting>) -> Kinds {
        let mut kinds = Kinds::default();
        lines
            .iter()
            .for_each(|(line, kind)| kinds.put(line, Timestamp::MIN, *kind));
        kinds
    }
}
