//! Pure. What the tallies of a row belong to, and what they differ in.

use crate::oee::rollup::{Merged, WORDS, engine_name};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Differing words of a row that are listed; a merge keeps more, so that it is known where there are.
const MOST_LISTED: usize = 50;
/// What the engine of a row is called among what it belongs to.
const ENGINE: &str = "engine";

/// What all rows of a merge belong to.
pub(super) fn key(merged: &Merged) -> BTreeMap<&'static str, String> {
    let words = WORDS.iter().map(|name| (*name, merged.word(name).to_owned()));
    words.chain([(ENGINE, merged.engine())]).collect()
}

/// What the rows of a merge differ in, no more of each than people read.
pub(super) fn mixed(merged: &Merged) -> BTreeMap<&'static str, Vec<Arc<str>>> {
    let listed = merged.mixed();
    let first = |words: &BTreeSet<Arc<str>>| words.iter().take(MOST_LISTED).cloned().collect();
    let engines = merged.engines.iter().take(MOST_LISTED);
    let engines: Vec<Arc<str>> = engines.map(|engine| engine_name(*engine).into()).collect();
    let engines = (engines.len() > 1).then_some((ENGINE, engines));
    listed
        .map(|(name, words)| (name, first(words)))
        .chain(engines)
        .collect()
}

/// The names of which [`mixed`] leaves some out.
pub(super) fn mixed_cut(merged: &Merged) -> Vec<&'static str> {
    let cut = merged.mixed().filter(|(_, words)| words.len() > MOST_LISTED);
    cut.map(|(name, _)| name).collect()
}
