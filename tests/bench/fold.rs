//! Facts per second of processor time through the fold of one machine: `cargo bench --bench fold`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints")]

#[path = "../support/timeline.rs"]
mod timeline;

use gemba::model::fact::{Fact, Role};
use gemba::oee::plan::Plan;
use gemba::oee::rows::Rows;
use gemba::pipeline::fold::{Fold, Inbox};
use std::sync::Arc;
use timeline::{MACHINE, Timeline, at, press};

/// One piece every 10 s: 23 days.
const PIECES: u32 = 200_000;
/// Facts that a restatement or a replay reads at a time.
const PAGE: usize = 5_000;
/// The best of so many runs stands: what else the computer does can only make one slower.
const RUNS: usize = 5;

fn main() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1);
    for piece in 1..=PIECES {
        let second = f64::from(piece) * 10.0;
        line.sample(Role::Total, second - 1.0, second, i128::from(piece));
        if piece % 50 == 0 {
            line.sample(Role::Reject, second - 1.0, second, i128::from(piece / 50));
        }
        if piece % 100 == 0 {
            line.sample(Role::State, second + 1.0, second + 1.0, 0);
            line.sample(Role::State, second + 4.0, second + 4.0, 1);
        }
    }
    let plan = line.plan();
    let facts: Vec<Arc<Fact>> = line.facts.into_iter().map(Arc::new).collect();
    let (mut best, mut counts) = (f64::INFINITY, (0, 0));
    for _ in 0..RUNS {
        let begin = cpu_s();
        counts = fold(&facts, &plan);
        best = best.min(cpu_s() - begin);
    }
    println!(
        "fold: {} facts make {} tallies and {} snapshots in {best:.3} s: {:.0} facts/s, {:.0} ns a fact",
        facts.len(),
        counts.0,
        counts.1,
        facts.len() as f64 / best,
        best / facts.len() as f64 * 1e9
    );
}

/// Folds page by page, as a replay does; gives how many tallies and snapshots came of it.
fn fold(facts: &[Arc<Fact>], plan: &Plan) -> (usize, usize) {
    let mut fold = Fold::new(MACHINE, at(0.0));
    let (mut inbox, mut rows, mut passed) = (Inbox::default(), Rows::default(), Vec::new());
    let (mut tallies, mut snapshots) = (0, 0);
    for page in facts.chunks(PAGE) {
        page.iter().for_each(|fact| inbox.add(Arc::clone(fact)));
        fold.advance(page[page.len() - 1].at, &mut inbox, plan, &mut rows, &mut passed);
        tallies += rows.finish(MACHINE, fold.settled()).tallies.len();
        snapshots += passed.drain(..).count();
    }
    (tallies, snapshots)
}

/// Seconds this thread has had a processor.
fn cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let ns: f64 = text.split_whitespace().next().unwrap().parse().unwrap();
    ns / 1e9
}
