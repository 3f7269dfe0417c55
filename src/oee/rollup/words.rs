//! Pure. Machines of a serial line of which only some were told what they make: product and order are said at one machine, and
//! the pieces pass them all. Those that were not told are of what the bottleneck makes in the same shift.

use super::{Merged, Passage};
use crate::model::tally::{Column, Sums};
use crate::oee::serial::Parts;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Passages with what passed.
pub(super) type Passages = BTreeMap<Passage, (Parts, Merged)>;

/// The same passages, each with what machines made that were told less: of a machine told late it goes to what that machine made
/// most of, of one that was told nothing to the only thing it may be. Where that could be several, nobody knows which of them the
/// pieces are of, and all are one passage, of no product or order in which they differ.
pub(super) fn joined(passages: Passages) -> Passages {
    let mut shifts: BTreeMap<Passage, Passages> = BTreeMap::new();
    for (passage, parts) in passages {
        let shift = shifts.entry(passage.of(Arc::default(), Arc::default())).or_default();
        shift.insert(passage, parts);
    }
    let mut joined = Passages::new();
    for mut shift in shifts.into_values() {
        while let Some(together) = next(&shift) {
            join(&mut shift, &together);
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

/// The next passages of a shift that are of the same pieces.
fn next(shift: &Passages) -> Option<Vec<Passage>> {
    let is_timed = |passage: &Passage| shift[passage].0.bottleneck().tally.get(Column::SpanMs) != 0;
    let untold = shift.keys().filter(|passage| !is_timed(passage));
    let late = untold.filter_map(|less| {
        let own = passed(&shift[less].0);
        let timed = shift.keys().filter(|more| is_timed(more) && less.is_less(more));
        if own == [0; 2] {
            None
        } else {
            together(shift, less, own, timed.collect())
        }
    });
    // The bottleneck may stand without product and order all the time; what it made there belongs to what came out.
    let made = |passage: &&Passage| is_timed(passage) && pieces(shift[*passage].0.bottleneck()) != 0;
    let mut made_of = shift.keys().filter(made);
    let only = made_of.next().filter(|_| made_of.next().is_none());
    let never = only.and_then(|less| {
        let came = |more: &&Passage| !is_timed(more) && less.is_less(more) && pieces(shift[*more].0.output()) != 0;
        let came: Vec<_> = shift.keys().filter(came).collect();
        if came.is_empty() {
            None
        } else {
            Some([vec![less], came].concat())
        }
    });
    let found = late.into_iter().next().or(never)?;
    Some(found.into_iter().cloned().collect())
}

/// A passage with the one of `more` it is of, or with all of them.
fn together<'a>(
    shift: &Passages,
    less: &'a Passage,
    own: [i64; 2],
    more: Vec<&'a Passage>,
) -> Option<Vec<&'a Passage>> {
    let most = more.iter().copied().max_by_key(|more| {
        let [output, others] = passed(&shift[*more].0);
        (output, others)
    })?;
    let told = more.iter().fold([0; 2], |sum, more| {
        let passed = passed(&shift[*more].0);
        [sum[0] + passed[0], sum[1] + passed[1]]
    });
    let is_late = (0..2).all(|place| own[place] == 0 || told[place] > own[place]);
    if is_late {
        return Some(vec![less, most]);
    }
    Some([vec![less], more].concat())
}

/// Pieces of the output machine, and of all that are neither this nor the bottleneck.
fn passed(parts: &Parts) -> [i64; 2] {
    let [all, bottleneck, output] = [parts.all(), parts.bottleneck(), parts.output()].map(pieces);
    [output, (all - bottleneck - output).max(0)]
}

fn pieces(sums: &Sums) -> i64 {
    sums.tally
        .get(Column::Total)
        .saturating_add(sums.tally.get(Column::GapTotal))
}

/// Makes them one, of the words in which all agree that say anything.
fn join(shift: &mut Passages, together: &[Passage]) {
    let (mut parts, mut merged) = (Parts::default(), Merged::default());
    for (more, of_more) in together.iter().filter_map(|passage| shift.remove(passage)) {
        parts.merge(&more);
        merged.merge(&of_more);
    }
    let agreed = |of: &dyn Fn(&Passage) -> Arc<str>| {
        let said: BTreeSet<_> = together.iter().map(of).filter(|word| !word.is_empty()).collect();
        let mut said = said.into_iter();
        let first = said.next().unwrap_or_default();
        if said.next().is_none() { first } else { Arc::default() }
    };
    let words = (
        agreed(&|passage| Arc::clone(&passage.product)),
        agreed(&|passage| Arc::clone(&passage.order)),
    );
    if let Some(first) = together.first() {
        let (all, of_all) = shift.entry(first.of(words.0, words.1)).or_default();
        all.merge(&parts);
        of_all.merge(&merged);
    }
}

#[cfg(test)]
#[path = "words/tests.rs"]
mod tests;
