//! Any history at all: whatever came late and however often the agent died, the store says what the journal folds to.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;
#[path = "support/pipeline_story.rs"]
mod pipeline_story;
#[path = "support/pipeline_words.rs"]
mod pipeline_words;

use gemba::model::entry::OrderAct;
use gemba::model::fact::{Body, Role};
use gemba::model::ids::MachineId;
use gemba::model::reading::Value;
use gemba::model::tally::{Column, Tally, TallyRow};
use pipeline_plant::*;
use pipeline_proof::{pieces, prove, replay, revised};
use pipeline_rig::Rig;
use pipeline_store::Store;
use pipeline_story::{Saying, Story, Telling, Wild, story, tell};
use pipeline_words::{Ways, Word};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;

/// The counter's value at the first sample of a machine in the journal: what is counted from.
fn counted_from(store: &Store, machine: MachineId) -> i64 {
    let of_machine = store.facts.iter().filter(|fact| fact.machine == Some(machine));
    let samples = of_machine.filter_map(|fact| {
        let Body::Signal(signal) = &fact.body else { return None };
        let Some(Value::Int(value)) = signal.value.as_ref().filter(|_| signal.role == Role::Total) else {
            return None;
        };
        Some((signal.taken_at, *value))
    });
    samples.min().map_or(0, |(_, value)| i64::try_from(value).unwrap())
}

/// True when somebody took the machine out of service; cavities are no matter, since both count pieces.
fn unserved(story: &Story, machine: MachineId) -> bool {
    story.said.values().any(
        |said| matches!(said, Saying::Word { lathe, word: Word::Service(false), .. } if *lathe == (machine == LATHE)),
    )
}

/// Tells a story; what is on disk must be what the journal folds to, and the pieces those the counters showed.
fn proven(story: &Story) -> Result<Telling, TestCaseError> {
    let telling = tell(story);
    let (store, now) = (&telling.rig.store, telling.rig.now);
    prove(store, now).map_err(TestCaseError::fail)?;
    for (machine, made) in [PRESS, LATHE].into_iter().zip(telling.made) {
        let counted = pieces(&replay(store, machine, now).sum);
        let shown = made - counted_from(store, machine);
        // What it made while it was not configured is in no number.
        if (machine == LATHE && telling.without_lathe) || unserved(story, machine) {
            prop_assert!((0..=shown).contains(&counted), "{counted} pieces of {shown}");
        } else {
            prop_assert_eq!(counted, shown, "pieces of {:?}", machine);
        }
    }
    Ok(telling)
}

/// The counter's messages of an hour, arriving as late as told and as often; gives the tallies.
fn hour_of_messages(delays: &[Vec<u16>]) -> Vec<TallyRow> {
    let mut rig = Rig::new();
    let mut messages: Vec<(usize, usize)> = Vec::new();
    for (of, delays) in delays.iter().enumerate() {
        messages.extend(delays.iter().map(|delay| (of + usize::from(*delay), of)));
    }
    messages.sort_unstable();
    let mut messages = messages.into_iter().peekable();
    for poll in 0..delays.len() + 60 {
        let now = at(poll as i64 * 10);
        rig.tick(now);
        // It stands for 50 s in every 400 s.
        rig.read(&[(PRESS_STATE, now, i128::from(poll % 40 >= 5))]);
        while let Some((_, of)) = messages.next_if(|(when, _)| *when <= poll) {
            rig.message(&[(PRESS_TOTAL, at(of as i64 * 10), of as i128 * 2)]);
        }
        if poll >= delays.len() {
            rig.message(&[(PRESS_TOTAL, now, poll as i128 * 2)]);
        }
    }
    rig.stop();
    prove(&rig.store, rig.now).unwrap();
    rig.store.tallies.of(PRESS)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_history_the_store_says_what_the_journal_folds_to(
        story in story(700, Wild { late: true, crashes: true, silence: 120 })
    ) {
        proven(&story)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_with_their_own_time_give_the_same_tallies_in_any_order_and_any_number_of_copies(
        delays in vec(vec(0..50u16, 1..=3), 360)
    ) {
        let in_order: Vec<Vec<u16>> = delays.iter().map(|_| vec![0]).collect();
        prop_assert_eq!(hour_of_messages(&delays), hour_of_messages(&in_order));
    }

    #[test]
    fn only_people_and_late_data_make_revisions(
        story in story(700, Wild { late: false, crashes: true, silence: 12 })
    ) {
        let telling = proven(&story)?;
        prop_assert_eq!(revised(&telling.rig.store), []);
    }
}

#[test]
fn the_stories_reach_what_people_can_say() {
    let mut runner = TestRunner::deterministic();
    let wild = Wild {
        late: true,
        crashes: true,
        silence: 120,
    };
    let mut sum = Tally::default();
    for _ in 0..24 {
        let telling = tell(&story(700, wild).new_tree(&mut runner).unwrap().current());
        for machine in [PRESS, LATHE] {
            sum.merge(&replay(&telling.rig.store, machine, telling.rig.now).sum);
        }
    }
    let said = [
        Column::PlannedStopMs,
        Column::NoOrderMs,
        Column::ExtraNoOrderMs,
        Column::RecodedMs,
        Column::ManualMs,
        Column::Startup,
        Column::Rework,
        Column::ManMs,
        Column::SetupMs,
        Column::Repairs,
    ];
    for column in said {
        assert_ne!(sum.get(column), 0, "{column:?}");
    }
}

#[test]
fn messages_delivered_again_after_two_quick_restarts_leave_no_revision() {
    let quick = [
        (150, [(146, (false, 1)), (148, (true, 0))], (1, 1)),
        (345, [(169, (true, 0)), (171, (true, 0))], (11, 1)),
    ];
    for (polls, crashes, slow) in quick {
        let story = Story {
            polls,
            states: vec![(1, 1)],
            late: BTreeMap::new(),
            twice: Vec::new(),
            outages: Vec::new(),
            said: BTreeMap::new(),
            crashes: crashes.into(),
            without_lathe: [false; 4],
            slow,
            refused: BTreeMap::new(),
            asks: [Asks::Nothing; 2],
            ways: Ways::default(),
        };
        assert_eq!(revised(&proven(&story).unwrap().rig.store), [], "{polls} polls");
    }
}

#[test]
fn a_past_soiled_again_while_it_is_mended_is_begun_from_what_was_mended() {
    // A product told for an hour and a quarter ago; before that is worked in, a message that comes 450 s late soils the end of it.
    let story = Story {
        polls: 592,
        states: vec![(1, 1), (1, 1), (3, 1), (20, 1), (1, 1), (1, 0)],
        late: BTreeMap::from([(540, 45)]),
        twice: Vec::new(),
        outages: Vec::new(),
        said: BTreeMap::from([(
            541,
            Saying::Product {
                lathe: false,
                ago: 453,
                b: false,
            },
        )]),
        crashes: BTreeMap::new(),
        without_lathe: [false; 4],
        slow: (31, 31),
        refused: BTreeMap::from([(0, 1)]),
        asks: [Asks::Nothing; 2],
        ways: Ways::default(),
    };
    proven(&story).unwrap();
}

#[test]
fn a_product_told_late_goes_on_over_an_order_that_was_paused_without_having_begun() {
    let word = Word::Order {
        second: false,
        act: OrderAct::Pause,
    };
    let pause = Saying::Word {
        lathe: true,
        ago: 1,
        word,
    };
    let product = Saying::Product {
        lathe: true,
        ago: 48,
        b: false,
    };
    let story = Story {
        polls: 200,
        states: vec![(89, 1)],
        late: BTreeMap::new(),
        twice: Vec::new(),
        outages: Vec::new(),
        said: BTreeMap::from([(89, pause), (90, product)]),
        crashes: BTreeMap::new(),
        without_lathe: [false; 4],
        slow: (0, 0),
        refused: BTreeMap::new(),
        ways: Ways::default(),
        asks: [Asks::Nothing; 2],
    };
    let telling = proven(&story).unwrap();
    let last = telling.rig.store.tallies.of(LATHE).last().cloned().unwrap();
    assert_eq!(&*last.key.product, "A");
}
