//! Some time of a lathe on disk, for tests of what a replay finds there.
#![allow(clippy::unwrap_used, reason = "a helper of several test files")]

use crate::fixture;
use crate::pipeline_plant::{LATHE, LATHE_REJECT, LATHE_RUN, LATHE_TOTAL, PRESS, at};
use crate::pipeline_rig::Rig;
use gemba::model::commit::{Commit, Sealed};
use gemba::model::fact::Fact;
use std::path::Path;

/// So many hours of a lathe that makes a piece each ten seconds and stands for 50 s in every 400 s, and of a silent press; and
/// `more` facts that no tally holds.
pub fn lived(folder: &Path, hours: i64, more: &[Fact]) {
    let mut rig = Rig::new();
    for poll in 0..hours * 360 {
        let now = at(poll * 10);
        rig.tick(now);
        rig.read(&[
            (LATHE_RUN, now, i128::from(poll % 40 >= 5)),
            (LATHE_TOTAL, now, i128::from(poll)),
            (LATHE_REJECT, now, 0),
        ]);
    }
    rig.stop();
    let store = &rig.store;
    let sealed = [PRESS, LATHE].map(|machine| Sealed {
        machine,
        range: None,
        tallies: store.tallies.of(machine),
        spans: store.spans.of(machine),
        flags: Vec::new(),
    });
    let mut facts = store.facts.clone();
    facts.extend(more.iter().cloned());
    let mut open = fixture::open(folder);
    open.commit(Commit {
        facts,
        sealed: sealed.into(),
        alive: store.alive.clone(),
        ..Commit::default()
    });
    open.stop();
}
