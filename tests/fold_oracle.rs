//! The fold agrees with a naive second-by-second oracle on random histories, to the millisecond and the piece.

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

use folding::fold;
use gemba::model::fact::{Body, Fact};
use gemba::model::settings::{Change, Resets, Setting};
use gemba::model::state::Class;
use gemba::model::tally::{Column, FlagKind, Source, SpanRow, Tally, TallyRow};
use gemba::model::time::{MINUTE_MS, Timestamp};
use history::{Story, play, stories, stories_of};
use oracle::{History, Row, Told, pieces_lie_at_whole_seconds, work_out};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, BTreeSet};

/// The first difference of two rows, in words.
fn difference(row: &TallyRow, told: &Row) -> Option<String> {
    let columns = Column::ALL.iter().filter_map(|(column, name)| {
        let (fold, oracle) = (row.tally.get(*column), told.tally.get(*column));
        (fold != oracle).then(|| format!("{name}: fold {fold}, oracle {oracle}"))
    });
    let mut words: Vec<String> = columns.collect();
    if row.detail != told.detail {
        words.push(format!("fold {:?}, oracle {:?}", row.detail, told.detail));
    }
    if row.period.start != told.start || *row.key != told.key {
        words.push(format!(
            "fold {:?} {:?}, oracle {:?} {:?}",
            row.period, row.key, told.start, told.key
        ));
    }
    (!words.is_empty()).then(|| words.join("; "))
}

/// Rows of one minute that belong to the same make one: what is told may cut a row without changing what it belongs to.
fn joined(rows: Vec<TallyRow>) -> Vec<TallyRow> {
    let mut joined: Vec<TallyRow> = Vec::new();
    for row in rows {
        let minute = row.period.start.floor(MINUTE_MS);
        match joined.last_mut() {
            Some(last) if last.period.end == row.period.start && minute < last.period.end && last.key == row.key => {
                last.period.end = row.period.end;
                last.tally.merge(&row.tally);
                last.detail.merge(&row.detail);
            }
            Some(_) | None => joined.push(row),
        }
    }
    joined
}

/// Class, reason and source by second; none where no span is.
fn called(history: &History, spans: &[SpanRow]) -> Vec<Option<(Class, String, bool)>> {
    let mut called = vec![None; history.seconds];
    for span in spans {
        let one = (span.class, span.reason.to_string(), span.source == Source::Manual);
        let seconds = history.second(span.period.start)..history.second(span.period.end);
        for second in &mut called[seconds] {
            assert_eq!(*second, None, "spans do not overlap");
            *second = Some(one.clone());
        }
    }
    called
}

/// Everything comes late: the last thing first. Of what people say of one instant the order they said it in stays, since it counts.
fn last_first(facts: &mut [Fact]) {
    facts.reverse();
    let mut said: BTreeMap<Timestamp, Vec<usize>> = BTreeMap::new();
    for (place, fact) in facts.iter().enumerate() {
        if matches!(fact.body, Body::Entry(_)) {
            said.entry(fact.at).or_default().push(place);
        }
    }
    for places in said.values() {
        let pairs = places.iter().zip(places.iter().rev()).take(places.len() / 2);
        pairs.for_each(|(one, other)| facts.swap(*one, *other));
    }
}

fn agrees(story: &Story) -> Result<(), TestCaseError> {
    let mut history = play(story);
    let Told {
        rows,
        called: seconds,
        mut flags,
    } = work_out(&history);
    if story.seconds % 2 == 1 {
        last_first(&mut history.facts);
    }
    let mut folded = fold(&history);
    let joined = joined(std::mem::take(&mut folded.tallies));
    for (row, told) in joined.iter().zip(&rows) {
        let minute = row.period.start.since(history.start) as f64 / 60_000.0;
        let difference = difference(row, told);
        prop_assert!(
            difference.is_none(),
            "minute {minute}: {}",
            difference.unwrap_or_default()
        );
    }
    prop_assert_eq!(joined.len(), rows.len());
    let spans = called(&history, &folded.spans);
    let seconds: Vec<_> = seconds
        .into_iter()
        .map(|called| called.map(|called| (called.class, called.reason, called.manual)))
        .collect();
    let other = spans.iter().zip(&seconds).position(|(fold, oracle)| fold != oracle);
    prop_assert_eq!(other.map(|second| (second, &spans[second], &seconds[second])), None);
    prop_assert_eq!(spans.len(), seconds.len());
    flags.sort();
    folded.flags.sort();
    prop_assert_eq!(folded.flags, flags);
    Ok(())
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

// Ten thousand histories in all, most of them short: what is met together in a few minutes needs no longer one.

proptest! {
    #![proptest_config(cases(6_000))]

    #[test]
    fn every_minute_and_column_of_a_quarter_hour_is_what_the_rules_say_second_by_second(story in stories(300..1_200)) {
        agrees(&story)?;
    }
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn so_is_every_minute_and_column_of_half_an_hour(story in stories(1_200..2_400)) {
        agrees(&story)?;
    }
}

proptest! {
    #![proptest_config(cases(750))]

    #[test]
    fn so_is_every_minute_and_column_of_two_hours(story in stories(7_200..8_000)) {
        agrees(&story)?;
    }
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn so_is_every_minute_and_column_of_half_a_night(story in stories(12_000..21_600)) {
        agrees(&story)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 20_000, ..cases(1_000) })]

    #[test]
    fn so_is_every_minute_of_a_machine_that_must_show_pieces(
        story in stories_of(plants::confirming_plants(), 600..3_000),
    ) {
        prop_assume!(pieces_lie_at_whole_seconds(&play(&story)));
        agrees(&story)?;
    }
}

/// The same history of counters that nobody said anything of.
fn undeclared(mut history: History) -> History {
    for fact in &mut history.known {
        if let Body::Setting(change) = &fact.body
            && let Setting::Machine(id, mut machine) = change.setting.clone()
        {
            let counters = machine.signals.iter_mut().filter_map(|signal| signal.counter.as_mut());
            counters.for_each(|counter| counter.resets = Resets::Undeclared);
            fact.body = Body::Setting(Change::new(Setting::Machine(id, machine)));
        }
    }
    history
}

/// What is met in a history, each with a word for it.
fn met(story: &Story) -> BTreeSet<String> {
    let history = play(story);
    let folded = fold(&history);
    let told = history.known.iter().chain(&history.facts);
    let mut met: BTreeSet<String> = told
        .filter(|fact| fact.at > history.start)
        .map(|fact| match &fact.body {
            Body::Entry(entry) => entry.says.kind().to_owned(),
            Body::Setting(change) => format!("a changed {}", change.setting.item().0.table()),
            Body::Started(_) => "restart".to_owned(),
            Body::Clock(_) => "clock".to_owned(),
            Body::Signal(signal) if signal.value.is_none() => "silence".to_owned(),
            Body::Signal(_) => "sample".to_owned(),
            Body::Values(_) | Body::Loss(_) | Body::Import(_) => "nothing a story tells".to_owned(),
        })
        .collect();
    met.extend(folded.flags.iter().map(|flag| flag.what.name().to_owned()));
    if story.plant.ways.resets != Resets::Undeclared && folded.flags != fold(&undeclared(history)).flags {
        met.insert(format!("hidden {:?}", story.plant.ways.resets));
    }
    met.extend(folded.spans.iter().map(|span| span.class.name().to_owned()));
    met
}

#[test]
fn the_short_stories_meet_everything_in_one_of_a_hundred_at_least() {
    let mut runner = TestRunner::deterministic();
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..1_000 {
        let story = stories(300..1_200).new_tree(&mut runner).unwrap().current();
        for met in met(&story) {
            *times.entry(met).or_default() += 1;
        }
    }
    let flags = [FlagKind::RollOver, FlagKind::Reset].map(FlagKind::name);
    let said = [
        "reason",
        "scrap",
        "rework",
        "reworked",
        "product",
        "order",
        "planned_stop",
        "first_off",
        "cavities",
        "headcount",
        "service",
        "undo",
        "a changed machine",
        "a changed calendar",
        "a changed order",
        "restart",
        "clock",
        "silence",
        "hidden Power",
        "hidden Shift",
        "hidden Order",
    ];
    for what in Class::ALL.map(Class::name).iter().chain(&flags).chain(&said) {
        let times = times.get(*what).copied().unwrap_or(0);
        assert!(times >= 10, "{what} is met in {times} of 1,000");
    }
}

#[test]
fn the_stories_reach_every_column_and_every_flag_but_that_of_held_pieces() {
    let mut runner = TestRunner::deterministic();
    let mut sum = Tally::default();
    let mut flags = BTreeSet::new();
    for _ in 0..500 {
        let story = stories(7_200..8_000).new_tree(&mut runner).unwrap().current();
        let folded = fold(&play(&story));
        folded.tallies.iter().for_each(|row| sum.merge(&row.tally));
        flags.extend(folded.flags.iter().map(|flag| flag.what));
    }
    for (column, name) in Column::ALL {
        assert_ne!(sum.get(column), 0, "{name}");
    }
    let met = [FlagKind::RollOver, FlagKind::Reset, FlagKind::ExcessReject];
    assert_eq!(flags, BTreeSet::from(met));
}
