//! Pure. How the counts of a silence are shared out among its parts: the times between changes of what tallies belong to.

use super::head::Head;
use super::signals::Signals;
use crate::model::settings::{MachineSetting, Resets};
use crate::model::time::{Period, Timestamp};
use std::cmp::Reverse;
use std::rc::Rc;

/// Ends of the parts of a period, and milliseconds of each.
pub type Parts = Rc<[(Timestamp, i64)]>;

/// What each part of a silence has of its counts: whole ones by largest remainder, of equal ones the earlier part. It follows from
/// the interval and the plan alone, so a snapshot need not hold it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split {
    shares: Vec<Share>,
    /// What it was worked out for: the interval, its counts, and those of the first counter where that leads.
    of: Option<(Period, i64, Option<i64>)>,
}

/// One part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Share {
    end: Timestamp,
    /// Weight of the parts before it.
    before: i64,
    weight: i64,
    /// Counts of the parts before it.
    counts_before: i64,
    counts: i64,
}

impl Split {
    /// That of an interval which began with `head`, in step with the first counter of the machine where there is a `lead`; `parts`
    /// gives the ends of the parts, and how much planned time each has.
    pub fn of(&mut self, head: &Head, lead: Option<(Head, &Split)>, parts: &dyn Fn(Period) -> Parts) {
        let of = Some((head.period, head.n, lead.map(|(lead, _)| lead.n)));
        if self.of == of {
            return;
        }
        let weights = match lead {
            Some((_, lead)) => lead.shares.iter().map(|share| (share.end, share.counts)).collect(),
            None => weights(head, &parts(head.period)),
        };
        let counts = by_largest_remainder(head.n, &weights);
        let (mut before, mut counts_before) = (0, 0);
        self.shares.clear();
        for ((end, weight), counts) in weights.into_iter().zip(counts) {
            self.shares.push(Share {
                end,
                before,
                weight,
                counts_before,
                counts,
            });
            before += weight;
            counts_before += counts;
        }
        self.of = of;
    }

    /// The counts up to the end of a step from `at`, when so much weight has passed then: count i of the n of a part lies where
    /// (i - 1/2)/n of its weight has.
    pub fn due(&self, at: Timestamp, passed: i64) -> i64 {
        let last = self.shares.len().saturating_sub(1);
        let place = self.shares.partition_point(|share| share.end <= at).min(last);
        self.shares.get(place).map_or(0, |share| {
            let (n, weight) = (i128::from(share.counts.abs()), i128::from(share.weight.max(1)));
            let passed = i128::from((passed - share.before).clamp(0, share.weight));
            let due = (2 * n * passed + weight).div_euclid(2 * weight);
            let due = i64::try_from(due).unwrap_or(share.counts.abs());
            share.counts_before + share.counts.signum() * due
        })
    }
}

impl Signals {
    /// Shares out the counts of the silences under way.
    pub(super) fn share_out(&mut self, parts: &dyn Fn(Period) -> Parts) {
        let mut lead: Option<(Head, &Split)> = None;
        for (role, track) in self.tracks.iter_mut().filter(|(role, _)| role.is_cumulative()) {
            let Some(head) = track.head else { continue };
            if head.shares_out() {
                let lead = lead.filter(|(lead, _)| role.is_counter() && head.follows(lead));
                track.split.of(&head, lead, parts);
            }
            lead = lead.or(Some((head, &track.split)));
        }
    }

    /// True while the counts of a silence are shared out: of that a snapshot tells nothing.
    pub fn is_sharing_out(&self) -> bool {
        let mut heads = self.tracks.values().filter_map(|track| track.head);
        heads.any(|head| head.shares_out())
    }

    /// The time under way whose counts the plan of all of it decides: a word about an order makes a counter begin again, or any
    /// change of what tallies belong to shares out the counts of a silence anew.
    pub fn counts_by_plan(&self, setting: &MachineSetting) -> Option<Period> {
        let heads = setting.signals.iter().filter_map(|signal| {
            let head = self.tracks.get(&signal.role)?.head?;
            let resets = signal.counter.is_some_and(|how| how.resets == Resets::Order);
            (resets || head.shares_out()).then_some(head)
        });
        heads
            .map(|head| head.period)
            .reduce(|one, other| Period::new(one.start.min(other.start), one.end.max(other.end)))
    }
}

/// What each part weighs: its time, or its planned time less the time at the beginning of the interval that never passed.
fn weights(head: &Head, parts: &[(Timestamp, i64)]) -> Vec<(Timestamp, i64)> {
    let planned: i64 = parts.iter().map(|(_, planned)| planned).sum();
    let mut skipped = planned - head.weight;
    let mut start = head.period.start;
    let weight = |&(end, planned): &(Timestamp, i64)| {
        let weight = if head.planned_only {
            let skipped_here = skipped.clamp(0, planned);
            skipped -= skipped_here;
            planned - skipped_here
        } else {
            end.since(start)
        };
        start = end;
        (end, weight)
    };
    parts.iter().map(weight).collect()
}

/// Whole counts in proportion to weights.
fn by_largest_remainder(n: i64, weights: &[(Timestamp, i64)]) -> Vec<i64> {
    let all: i128 = weights.iter().map(|(_, weight)| i128::from(*weight)).sum();
    let all = all.max(1);
    let exact = |weight: i64| i128::from(n.abs()) * i128::from(weight);
    let whole = |(_, weight): &(Timestamp, i64)| i64::try_from(exact(*weight) / all).unwrap_or(0);
    let mut counts: Vec<i64> = weights.iter().map(whole).collect();
    let left = n.abs() - counts.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    // A stable sort: of equal remainders the earlier one comes first.
    order.sort_by_key(|place| Reverse(exact(weights[*place].1) % all));
    let order = order.into_iter().take(usize::try_from(left).unwrap_or(0));
    order.for_each(|place| counts[place] += 1);
    counts.into_iter().map(|counts| counts * n.signum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(n: i64, weights: &[i64]) -> Vec<i64> {
        let weights: Vec<_> = weights.iter().map(|weight| (Timestamp(0), *weight)).collect();
        by_largest_remainder(n, &weights)
    }

    #[test]
    fn whole_counts_go_by_largest_remainder_and_of_equal_ones_to_the_earlier_part() {
        // 4/3 each: 1 1 1, and the remainders of 1/3 are equal.
        assert_eq!(shared(4, &[7, 7, 7]), [2, 1, 1]);
        // 0.5, 2.1 and 2.4: 0 2 2, and the first remainder is the largest.
        assert_eq!(shared(5, &[5, 21, 24]), [1, 2, 2]);
        // 0.2, 0.4, 0.2 and 0.2: the second.
        assert_eq!(shared(1, &[1, 2, 1, 1]), [0, 1, 0, 0]);
        assert_eq!(
            shared(2, &[0, 3, 0, 3, 3]),
            [0, 1, 0, 1, 0],
            "none where there is no weight"
        );
        assert_eq!(shared(-4, &[7, 7, 7]), [-2, -1, -1]);
        assert_eq!(
            shared(i64::MAX, &[i64::MAX, i64::MAX]),
            [i64::MAX / 2 + 1, i64::MAX / 2]
        );
    }
}
