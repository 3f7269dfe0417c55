//! Where the pieces of an increase lie, for the oracle.
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]

use super::booking::can_be_filled;
use super::plan::Moment;
use super::signals::{Increase, Piece};
use gemba::model::state::State;

/// Lays each piece of an increase onto its second.
///
/// Ordinary: piece i of n at from + i/n of the way, the last one on the sample itself, judged by the time that it ends.
/// Silence: the seconds it can fill (all of them where it can fill none) are dealt out by what they belong to; see [`deal`].
/// A counter read together with the machine's first one: the same with the pieces of that one in place of seconds; in ordinary
/// time piece i of n with the first piece of that one that brings it to i/n.
pub fn spread(
    increase: &Increase,
    lead: Option<&Increase>,
    moments: &[Moment],
    skipped: &[bool],
    states: &[State],
    pieces: &mut Vec<Piece>,
) {
    let n = usize::try_from(increase.pieces).unwrap();
    let (from, length) = (increase.from, increase.at - increase.from);
    let lead = lead.map(|lead| usize::try_from(lead.pieces).unwrap());
    let lead = lead.filter(|pieces| *pieces > 0);
    let seconds: Vec<(usize, bool)> = if increase.gap {
        let open = parts(increase, moments, skipped);
        let laid = match lead {
            Some(all) => deal(n, &deal(all, &open)),
            None => deal(n, &open),
        };
        laid.concat().into_iter().map(|second| (second, false)).collect()
    } else {
        let all = lead.unwrap_or(n);
        let of_all = (1..=n).map(|i| (i * all).div_ceil(n));
        of_all.map(|i| (from + i * length / all, i == all)).collect()
    };
    assert_eq!(seconds.len(), n, "every piece lies somewhere");
    for (second, on_sample) in seconds {
        let judged = if on_sample { second - 1 } else { second };
        if second < states.len() {
            pieces.push(Piece {
                role: increase.role,
                second,
                gap: increase.gap || states[judged] == State::Unknown,
                on_sample,
            });
        }
    }
}

/// The seconds of a silence in which its pieces may lie, cut where what they belong to changes.
fn parts(increase: &Increase, moments: &[Moment], skipped: &[bool]) -> Vec<Vec<usize>> {
    let all = increase.from..increase.at;
    let open = |second: &usize| can_be_filled(&moments[*second]) && !skipped[*second];
    let none_is_open = !all.clone().any(|second| open(&second));
    let mut parts: Vec<Vec<usize>> = vec![Vec::new()];
    for second in all.clone() {
        if second > all.start && moments[second].key() != moments[second - 1].key() {
            parts.push(Vec::new());
        }
        if none_is_open || open(&second) {
            parts.last_mut().unwrap().push(second);
        }
    }
    parts
}

/// Deals `n` pieces out to parts: each has the whole pieces that its places come to of all, and those left over go one by one to
/// the part that lacks most, of equal ones the first. Of n pieces of a part the i-th takes the place at which i - 1/2 of n are
/// reached.
fn deal(n: usize, parts: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let all: usize = parts.iter().map(Vec::len).sum();
    let mut dealt: Vec<usize> = parts.iter().map(|part| n * part.len() / all).collect();
    for _ in dealt.iter().sum::<usize>()..n {
        let lacks = |place: usize| (n * parts[place].len()) as i64 - (dealt[place] * all) as i64;
        let most = (0..parts.len()).map(lacks).max().unwrap();
        let first = (0..parts.len()).find(|place| lacks(*place) == most).unwrap();
        dealt[first] += 1;
    }
    let laid = parts.iter().zip(dealt).map(|(part, n)| {
        let place = |i: usize| ((2 * i - 1) * part.len()).div_ceil(2 * n) - 1;
        (1..=n).map(|i| part[place(i)]).collect()
    });
    laid.collect()
}
