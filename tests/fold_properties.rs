//! Laws the fold keeps on random histories: time is tiled, sums merge, KPIs agree with each other, and the way there does not matter.

#[path = "support/oracle_fold.rs"]
mod folding;
#[path = "support/oracle_history.rs"]
mod history;
#[path = "support/oracle.rs"]
mod oracle;
#[path = "support/oracle_plants.rs"]
mod plants;
#[path = "support/oracle_said.rs"]
mod said;

use folding::{fold, fold_on};
use gemba::model::entry::Source;
use gemba::model::fact::{Body, Fact};
use gemba::model::settings::{Change, PolicySetting, Release, Resets, Setting};
use gemba::model::state::Class;
use gemba::model::tally::{Column, ENGINE, Tally, TallyRow};
use gemba::model::time::{MINUTE_MS, Timestamp};
use gemba::oee::kpi::Kpis;
use gemba::pipeline::fold::Fold;
use history::{Event, Story, play, stories_of};
use oracle::MACHINE;
use proptest::prelude::*;
use said::Said;
use std::collections::BTreeMap;
use std::sync::Arc;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Five to 25 minutes, so that ten thousand cases take a minute.
fn short() -> impl Strategy<Value = Story> {
    stories_of(plants::asking_plants(), 300..1_500)
}

/// The same of a machine that is in service all the time.
fn in_service() -> impl Strategy<Value = Story> {
    short().prop_map(|mut story| {
        story.plant.ways.commissioning = false;
        story.said.retain(|(_, said)| !matches!(said, Said::Service(_)));
        story
    })
}

fn sum<'a>(rows: impl IntoIterator<Item = &'a TallyRow>) -> Tally {
    let mut sum = Tally::default();
    rows.into_iter().for_each(|row| sum.merge(&row.tally));
    sum
}

fn get(tally: &Tally, columns: &[Column]) -> i64 {
    columns.iter().map(|column| tally.get(*column)).sum()
}

/// What holds for every tally there is, however much was merged into it.
fn holds(tally: &Tally) -> Result<(), TestCaseError> {
    let classes = Class::ALL.map(Column::of);
    prop_assert_eq!(
        get(tally, &classes),
        tally.get(Column::SpanMs),
        "the classes tile the time"
    );
    let run_and_setup = get(tally, &[Column::AptMs, Column::SetupMs]);
    let [pbt, planned, span] = [Column::PbtMs, Column::PlannedMs, Column::SpanMs].map(|column| tally.get(column));
    prop_assert!(run_and_setup <= pbt && pbt <= planned && planned <= span);
    prop_assert_eq!(planned - tally.get(Column::UnknownMs), tally.get(Column::KnownMs));
    prop_assert!(tally.get(Column::BridgedMs) <= tally.get(Column::UnknownMs));
    let kpis = Kpis::of(tally);
    if let (Some(a), Some(e), Some(q), Some(oee)) = (kpis.availability, kpis.effectiveness, kpis.quality, kpis.oee) {
        prop_assert!(
            (a * e * q - oee).abs() <= 1e-12 * oee.abs().max(1.0),
            "{} x {} x {} = {}",
            a,
            e,
            q,
            oee
        );
    }
    if tally.get(Column::UnknownMs) == 0 {
        prop_assert_eq!(kpis.bridged_oee, kpis.oee, "nothing is unknown");
    }
    Ok(())
}

/// People take no more good pieces out of a shift and product than there are, then and to its end, and put none back. True when they take any.
fn let_through(story: &mut Story) -> bool {
    let mut counted: Vec<(usize, i64)> = Vec::new();
    for (number, (_, said)) in story.said.iter_mut().enumerate() {
        if let Said::Scrap(pieces) | Said::Rework(pieces) = said {
            counted.push((number, std::mem::take(pieces)));
        } else if let Said::Reworked(pieces) = said {
            *pieces = (*pieces).max(0);
        }
    }
    let history = play(story);
    let rows = fold(&history).tallies;
    let of = |row: &TallyRow| (row.key.shift_start, Arc::clone(&row.key.product));
    let mut taken: BTreeMap<_, i64> = BTreeMap::new();
    counted.sort_by_key(|(number, _)| story.said[*number].0 % story.seconds);
    for (number, pieces) in counted {
        let (second, said) = &mut story.said[number];
        let at = history.instant(*second % story.seconds);
        let Some(here) = rows.iter().find(|row| row.period.contains(at)) else {
            continue;
        };
        let (mut good, mut least) = (0, i64::MAX);
        for row in rows.iter().filter(|row| of(row) == of(here)) {
            if row.period.end > at {
                least = least.min(good);
            }
            good += get(&row.tally, &[Column::Good, Column::GapGood]);
        }
        let taken = taken.entry(of(here)).or_default();
        let most = (least.min(good) - *taken).clamp(0, pieces.max(0));
        *taken += most;
        if let Said::Scrap(pieces) | Said::Rework(pieces) = said {
            *pieces = most;
        }
    }
    taken.values().any(|pieces| *pieces > 0)
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn time_is_tiled_and_every_merge_of_tallies_keeps_the_sums_and_the_products(story in in_service(), split in 0usize..25) {
        let history = play(&story);
        let folded = fold(&history);
        let mut end = history.start;
        for span in &folded.spans {
            prop_assert_eq!(span.period.start, end);
            prop_assert!(!span.period.is_empty() && span.since <= span.period.start);
            end = span.period.end;
        }
        prop_assert_eq!(end, history.end());
        let mut end = history.start;
        for row in &folded.tallies {
            prop_assert_eq!(row.period.start, end);
            prop_assert!(row.period.ms() <= MINUTE_MS);
            holds(&row.tally)?;
            end = row.period.end;
        }
        let whole = sum(&folded.tallies);
        prop_assert_eq!(whole.get(Column::SpanMs), history.seconds as i64 * 1000);
        let (early, late) = folded.tallies.split_at(split.min(folded.tallies.len()));
        let (early, late) = (sum(early), sum(late));
        let (mut forth, mut back) = (early, late);
        forth.merge(&late);
        back.merge(&early);
        prop_assert_eq!((forth, back), (whole, whole));
        for part in [early, late, whole] {
            holds(&part)?;
        }
        for class in Class::ALL {
            let spans: i64 = folded.spans.iter().filter(|span| span.class == class).map(|span| span.period.ms()).sum();
            prop_assert_eq!(spans, whole.get(Column::of(class)));
        }
    }

    #[test]
    fn moving_the_minor_limit_leaves_oee(story in short(), at_least_s in 1i64..900) {
        let history = play(&story);
        let mut moved = history.clone();
        for fact in &mut moved.known {
            let Body::Setting(change) = &fact.body else { continue };
            if let Setting::Policy(policy) = &change.setting {
                fact.body = Body::Setting(Change::new(Setting::Policy(PolicySetting {
                    minor_at_least_ms: at_least_s * 1000,
                    minor_at_most_ms: at_least_s.max(300) * 1000,
                    ..policy.clone()
                })));
            }
        }
        let (one, other) = (sum(&fold(&history).tallies), sum(&fold(&moved).tallies));
        let same = [Column::PbtMs, Column::RunningMs, Column::EarnedGoodNs, Column::EarnedTotalNs, Column::UnknownMs];
        for column in same {
            prop_assert_eq!(one.get(column), other.get(column));
        }
        let without_standard = one.get(Column::NoStandardMs) + other.get(Column::NoStandardMs) > 0;
        if !without_standard {
            prop_assert_eq!(Kpis::of(&one).oee, Kpis::of(&other).oee);
        }
    }

}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn folding_in_steps_or_on_from_any_snapshot_gives_the_rows_of_folding_at_once(
        story in short(),
        steps in proptest::collection::vec(0i64..1_500_000, 0..40),
    ) {
        let history = play(&story);
        let whole = fold_on(&history, Fold::new(MACHINE, history.start), &[]);
        let mut steps: Vec<Timestamp> = steps.into_iter().map(|ms| history.start.plus(ms).min(history.end())).collect();
        steps.sort();
        let stepped = fold_on(&history, Fold::new(MACHINE, history.start), &steps);
        prop_assert_eq!(&stepped.rows, &whole.rows);
        prop_assert_eq!(&stepped.passed, &whole.passed);
        for passed in whole.passed.iter().filter_map(|passed| passed.bytes.as_ref()) {
            let fold = Fold::decode(MACHINE, passed, ENGINE).unwrap();
            prop_assert_eq!(fold.encode(), Some(passed.clone()));
            let from = fold.position;
            let rest = fold_on(&history, fold, &[]);
            let later = whole.rows.tallies.iter().filter(|row| row.period.start >= from);
            prop_assert_eq!(rest.rows.tallies, later.cloned().collect::<Vec<_>>());
            let later = whole.rows.spans.iter().filter(|span| span.period.start >= from);
            prop_assert_eq!(rest.rows.spans, later.cloned().collect::<Vec<_>>());
            let later = whole.rows.flags.iter().filter(|flag| flag.at >= from);
            prop_assert_eq!(rest.rows.flags, later.cloned().collect::<Vec<_>>());
        }
    }

}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn facts_of_a_machine_give_the_same_rows_in_any_order_and_any_number_of_copies(
        story in short(),
        places in proptest::collection::vec((any::<u32>(), 1usize..4), 64),
    ) {
        let history = play(&story);
        let mut mixed = history.clone();
        let mut copies: Vec<(u32, _)> = Vec::new();
        for (number, fact) in history.facts.iter().enumerate() {
            let (place, count) = places[number % places.len()];
            // An entry has a key, and the journal holds it once.
            let count = if matches!(fact.body, Body::Entry(_)) { 1 } else { count };
            let place = |copy: usize| place.wrapping_mul(number as u32 + 1).wrapping_add((copy as u32).wrapping_mul(0x9E37_79B9));
            copies.extend((0..count).map(|copy| (place(copy), fact.clone())));
        }
        copies.sort_by_key(|(place, _)| *place);
        // What people say applies in the order of the journal; only the machine's facts come as they like.
        let is_said = |fact: &Fact| matches!(fact.body, Body::Entry(_));
        let mut said = history.facts.iter().filter(|fact| is_said(fact));
        let in_turn = |fact| if is_said(&fact) { said.next().cloned().unwrap_or(fact) } else { fact };
        mixed.facts = copies.into_iter().map(|(_, fact)| fact).map(in_turn).collect();
        prop_assert_eq!(fold(&mixed), fold(&history));
    }

    #[test]
    fn no_count_of_a_shift_and_product_is_below_zero(mut story in short()) {
        // People may be wrong; a person who blocks cavities that make pieces is.
        story.said.retain(|(_, said)| !matches!(said, Said::Cavities(_)));
        // Where several counts make a piece, one of a reject and ones of good pieces may make it; and counters that begin again
        // one by one no longer tell good pieces and rejects of the same pieces.
        if story.plant.roles().iter().filter(|role| role.is_counter()).count() > 1 {
            story.plant.ways.per_count.1 = 1;
            if story.plant.ways.resets == Resets::Power {
                story.plant.ways.resets = Resets::Undeclared;
            }
            story.phases.iter_mut().filter(|phase| phase.event == Event::Reset).for_each(|phase| phase.event = Event::Nothing);
        }
        let taken = let_through(&mut story);
        let mut shifts: BTreeMap<_, Tally> = BTreeMap::new();
        for row in fold(&play(&story)).tallies {
            shifts.entry((row.key.shift_start, Arc::clone(&row.key.product))).or_default().merge(&row.tally);
        }
        for tally in shifts.values() {
            for (column, name) in Column::ALL {
                // What is taken out is worth what a piece is worth then, which need not be what it was when it was made.
                let is_worth = matches!(column, Column::EarnedGoodNs | Column::GapEarnedGoodNs);
                let holds = tally.get(column) >= 0 || is_worth && taken;
                prop_assert!(holds, "{}: {}", name, tally.get(column));
            }
        }
    }
}

#[test]
fn a_step_may_end_where_only_the_last_piece_of_an_interval_is_left() {
    // Two pieces a count and 3 s apart, with 6 s to a stop; the agent was away for a second in between.
    let phase = |seconds, event| history::Phase {
        seconds,
        code: 1,
        slow: 1,
        reject_every: 2,
        event,
    };
    let plant = plants::Plant {
        start: (0, 18),
        calendar: 0,
        signals: 4,
        poll_s: 9,
        shortest_cycle_s: 9,
        cavities: 3,
        ideal_ns: None,
        bits: 32,
        below: 0,
        asks: plants::Asks {
            debounce_s: 0,
            stop_after_s: 6,
            derived: false,
            alone: false,
        },
        ways: plants::Ways {
            orders: false,
            release: Release::FirstOff,
            commissioning: false,
            per_count: (2, 1),
            standards: 0,
            policy: 0,
            by: Source::Auto,
            resets: Resets::Undeclared,
        },
        lag_s: 0,
    };
    let story = Story {
        plant,
        seconds: 722,
        phases: vec![
            phase(94, Event::Nothing),
            phase(199, Event::Nothing),
            phase(32, Event::Restart(1)),
            phase(1, Event::Nothing),
        ],
        said: Vec::new(),
    };
    let history = play(&story);
    let from_the_start = |steps: &[Timestamp]| fold_on(&history, Fold::new(MACHINE, history.start), steps);
    let whole = from_the_start(&[]);
    let stepped = from_the_start(&[history.start.plus(712_501)]);
    assert_eq!(stepped.passed, whole.passed);
}
