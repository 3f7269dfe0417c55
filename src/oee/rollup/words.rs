//! Pure. Machines of a serial line of which only some were told what they make: product and order are said at one machine, and
//! the pieces pass them all. What came out of a line that was not told there is of what the bottleneck makes in the same shift.

use super::{Merged, Passage};
use crate::model::tally::{Column, Sums};
use crate::oee::serial::Parts;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Passages with what passed.
pub(super) type Passages = BTreeMap<Passage, (Parts, Merged)>;

/// The same passages, each with what machines made that were told less: of a machine told late it goes to what that machine made
/// most of, of one that was told nothing to the only thing it may be. Where that could be several, nobody knows which of them what
/// came out is of, and all are one passage, of no product or order in which they differ.
pub(super) fn joined(passages: Passages) -> Passages {
    let mut shifts: BTreeMap<Passage, Passages> = BTreeMap::new();
    for (passage, parts) in passages {
        let shift = shifts.entry(passage.of(Arc::default(), Arc::default())).or_default();
        shift.insert(passage, parts);
    }
    let mut joined = Passages::new();
    for mut shift in shifts.into_values() {
        while let Some(together) = next(&shift) {
            join(&mut shift, together);
        }
        joined.extend(shift);
    }
    joined
}

impl Passage {
    fn of(&self, product: Arc<str>, order: Arc<str>) -> Passage {
        Passage {
            product,
            order,
            ..self.clone()
        }
    }

    /// True when it says nothing that the other does not say, and less.
    fn is_less(&self, more: &Passage) -> bool {
        let within = |less: &Arc<str>, more: &Arc<str>| less.is_empty() || less == more;
        self != more && within(&self.product, &more.product) && within(&self.order, &more.order)
    }
}

/// What is of the same pieces.
struct Together {
    /// What was told less.
    less: Passage,
    /// What it is of.
    more: Vec<Passage>,
    /// False where the bottleneck's own time there stays.
    whole: bool,
}

/// What comes next of a shift to be put together.
fn next(shift: &Passages) -> Option<Together> {
    let weight = weight(shift);
    let all: Vec<i64> = (0..2)
        .map(|place| shift.values().map(|(parts, _)| parts.passed()[place]).sum())
        .collect();
    let all_weight: i64 = shift.values().map(|(parts, _)| weight(parts)).sum();
    // What the bottleneck works on too is no lack of a word, unless the others do far more of it.
    let is_untold = |parts: &Parts| {
        let own = parts.passed();
        let more = |place: usize| {
            let (part, of) = (i128::from(own[place]), i128::from(all[place]));
            part * i128::from(all_weight) > 2 * i128::from(weight(parts)) * of
        };
        (0..2).any(|place| own[place] > 0 && more(place))
    };
    let works = |passage: &&Passage| weight(&shift[*passage].0) != 0;
    let untold = shift.iter().filter(|(_, (parts, _))| is_untold(parts));
    let late = untold.filter_map(|(less, (parts, _))| {
        let more = shift.keys().filter(works).filter(|more| less.is_less(more)).collect();
        let more = of_which(shift, parts.passed(), more)?;
        let whole = parts.bottleneck().tally.get(Column::SpanMs) == 0;
        Some((less, more, whole))
    });
    // The bottleneck may stand without product and order all the time; what it made there belongs to what came out.
    let mut worked = shift.keys().filter(works);
    let only = worked.next().filter(|_| worked.next().is_none());
    let never = only.and_then(|less| {
        let came = |more: &&Passage| less.is_less(more) && shift[*more].0.passed()[0] != 0;
        let came: Vec<_> = shift.keys().filter(came).collect();
        (!came.is_empty()).then_some((less, came, true))
    });
    let (less, more, whole) = late.into_iter().next().or(never)?;
    Some(Together {
        less: less.clone(),
        more: more.into_iter().cloned().collect(),
        whole,
    })
}

/// What the bottleneck did of something: its pieces, or where it counts none the time it ran.
fn weight(shift: &Passages) -> impl Fn(&Parts) -> i64 + use<> {
    let counts = shift.values().any(|(parts, _)| pieces(parts.bottleneck()) != 0);
    move |parts| {
        let sums = parts.bottleneck();
        if counts {
            pieces(sums)
        } else {
            sums.tally.get(Column::RunningMs)
        }
    }
}

/// The one of `more` that pieces are of, or all of them; `None` where they stay what they are.
fn of_which<'a>(shift: &Passages, own: [i64; 2], more: Vec<&'a Passage>) -> Option<Vec<&'a Passage>> {
    let most = more.iter().copied().max_by_key(|more| shift[*more].0.passed())?;
    let told = more.iter().fold([0; 2], |sum, more| {
        let passed = shift[*more].0.passed();
        [sum[0] + passed[0], sum[1] + passed[1]]
    });
    let is_late = (0..2).all(|place| own[place] == 0 || told[place] > own[place]);
    // What a machine on the way rejected of several products makes none of them less known.
    let is_open = more.len() > 1 && own[0] == 0;
    match (is_late, is_open) {
        (true, _) => Some(vec![most]),
        (false, true) => None,
        (false, false) => Some(more),
    }
}

fn pieces(sums: &Sums) -> i64 {
    sums.tally
        .get(Column::Total)
        .saturating_add(sums.tally.get(Column::GapTotal))
}

/// Makes one of them, of the words in which all agree that say anything.
fn join(shift: &mut Passages, together: Together) {
    let Together { less, more, whole } = together;
    let agreed = |of: &dyn Fn(&Passage) -> Arc<str>| {
        let said: BTreeSet<_> = more.iter().map(of).filter(|word| !word.is_empty()).collect();
        let mut said = said.into_iter();
        let first = said.next().unwrap_or_default();
        if said.next().is_none() { first } else { Arc::default() }
    };
    let words = (
        agreed(&|passage| Arc::clone(&passage.product)),
        agreed(&|passage| Arc::clone(&passage.order)),
    );
    let target = less.of(words.0, words.1);
    let (mut parts, mut merged) = (Parts::default(), Merged::default());
    for (more, of_more) in more.iter().filter_map(|passage| shift.remove(passage)) {
        parts.merge(&more);
        merged.merge(&of_more);
    }
    if whole {
        let (left, of_less) = shift.remove(&less).unwrap_or_default();
        parts.merge(&left);
        merged.merge(&of_less);
    } else if let Some((left, of_less)) = shift.get_mut(&less) {
        parts.merge(&left.take_others());
        merged.name(of_less);
    }
    let (all, of_all) = shift.entry(target).or_default();
    all.merge(&parts);
    of_all.merge(&merged);
}

#[cfg(test)]
#[path = "words/tests.rs"]
mod tests;
