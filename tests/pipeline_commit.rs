//! Journal before tell: when a commit goes out, who waits for it, and what becomes of facts while the store fails.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::entry::{Outcome, Says, Scope};
use gemba::model::fact::Body;
use gemba::model::tally::Column;
use gemba::model::time::{Period, Timestamp};
use gemba::pipeline::{Input, MOST_WAITING};
use pipeline_plant::*;
use pipeline_proof::{prove, stored};
use pipeline_rig::Rig;

fn product(id: &str) -> Says {
    Says::Product { product: id.into() }
}

fn reason(id: &str, anchor: Timestamp) -> Says {
    let reason = id.into();
    Says::Reason {
        reason,
        anchor,
        part: None,
        leads: false,
    }
}

fn scrap() -> Says {
    let reason = "".into();
    Says::Scrap {
        pieces: 1,
        reason,
        scope: Scope::Now,
    }
}

/// A rig whose first commit, with the settings and the start, is on disk.
fn started() -> Rig {
    let mut rig = Rig::new();
    rig.tick(at(5));
    assert_eq!(rig.commits.len(), 1);
    rig
}

#[test]
fn a_fact_waits_at_most_the_commit_interval() {
    let mut rig = started();
    rig.wait(at(6));
    rig.read(&[(PRESS_STATE, at(6), 1)]);
    rig.tick(at(9));
    assert_eq!(
        rig.commits.len(),
        1,
        "the last commit was 4 s ago, the fact waits for 3 s"
    );
    rig.tick(at(10));
    assert_eq!(
        rig.commits.len(),
        2,
        "the proof of life is due every 5 s and takes it along"
    );
    rig.wait(at(12));
    rig.read(&[(PRESS_STATE, at(12), 0)]);
    rig.tick(at(14));
    assert_eq!(rig.commits.len(), 2);
    rig.tick(at(17));
    assert_eq!(rig.commits.len(), 3);
    assert_eq!(rig.commits[2].1.facts.len(), 1);
}

#[test]
fn an_entry_is_committed_at_once_and_answered_when_it_is_on_disk() {
    let mut rig = started();
    rig.commit_ms = None;
    rig.wait(at(6));
    let number = rig.enter(PRESS, at(6), product("A"));
    assert_eq!(
        (rig.commits.len(), rig.replies.len()),
        (2, 0),
        "handed over, not written"
    );
    rig.tick(at(16));
    assert_eq!(rig.replies, [], "ten seconds later neither");
    rig.release_commits();
    let seq = rig.store.facts.len() as u64;
    assert_eq!(rig.replies, [(number, Outcome::Booked(seq))]);
    let Body::Entry(entry) = &rig.store.facts.last().unwrap().body else {
        panic!("the last fact is the entry")
    };
    assert_eq!(entry.says, product("A"));
}

#[test]
fn ten_messages_that_wait_for_their_acks_make_a_commit_due() {
    let mut rig = started();
    rig.commit_ms = None;
    for second in 0..9 {
        rig.message(&[(PRESS_TOTAL, at(6).plus(second), 100 + i128::from(second))]);
    }
    assert_eq!((rig.commits.len(), rig.acks.len()), (1, 0));
    rig.message(&[(PRESS_TOTAL, at(6).plus(9), 109)]);
    assert_eq!((rig.commits.len(), rig.acks.len()), (2, 0));
    rig.release_commits();
    assert_eq!(rig.acks, (1..=10).collect::<Vec<u64>>());
}

#[test]
fn a_message_that_made_no_fact_is_acknowledged_at_once() {
    let mut rig = started();
    rig.message(&[(PRESS_STATE, at(6), 1)]);
    rig.tick(at(11));
    assert_eq!(rig.acks, [1]);
    rig.commit_ms = None;
    rig.tick(at(17));
    // Nothing has changed, and the fact that told it is on disk.
    rig.message(&[(PRESS_STATE, at(18), 1)]);
    assert_eq!(rig.acks, [1, 2]);
    // A message of a machine whose facts are on disk does not wait for those of another.
    rig.message(&[(PRESS_TOTAL, at(18), 5)]);
    rig.message(&[(PRESS_STATE, at(19), 1)]);
    assert_eq!(rig.acks, [1, 2, 4]);
}

#[test]
fn a_message_that_came_again_is_not_acknowledged_before_the_fact_of_its_first_coming_is_on_disk() {
    let mut rig = started();
    rig.commit_ms = None;
    rig.message(&[(PRESS_TOTAL, at(6), 100)]);
    // The connection breaks and the broker sends it again: an ack now would make it forget what is not on disk yet.
    rig.message(&[(PRESS_TOTAL, at(6), 100)]);
    rig.message(&[(PRESS_STATE, at(6), 1)]);
    rig.message(&[(PRESS_STATE, at(6), 1)]);
    assert!(rig.acks.is_empty());
    rig.tick(at(11));
    rig.release_commits();
    assert_eq!(rig.acks, [1, 2, 3, 4]);
}

#[test]
fn a_refused_commit_is_tried_again_unchanged_and_later_each_time() {
    let mut rig = started();
    rig.refuse = 6;
    rig.wait(at(6));
    let number = rig.enter(PRESS, at(6), product("A"));
    rig.message(&[(PRESS_TOTAL, at(6), 100)]);
    rig.tick_each_second(at(100));
    let (when, tried): (Vec<i64>, Vec<_>) = rig.commits[1..8]
        .iter()
        .map(|(when, commit)| (when.since(at(6)) / 1000, commit))
        .unzip();
    // The first at once, then after 1, 2, 4 and three times 5 s more: within ten seconds of free space it is written.
    assert_eq!(when, [0, 1, 3, 7, 12, 17, 22]);
    assert!(tried.iter().all(|commit| *commit == tried[0]));
    assert_eq!(rig.acks, [1], "its fact was in the commit after it");
    let seq = tried[0].facts.len() as u64 + rig.commits[0].1.facts.len() as u64;
    assert_eq!(rig.replies, [(number, Outcome::Booked(seq))]);
    assert_eq!(rig.commits[8].0, at(28), "and the next one followed at once");
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn a_store_that_fails_at_the_stop_is_asked_again_and_not_without_a_pause() {
    let mut rig = started();
    rig.refuse = 3;
    rig.wait(at(6));
    rig.read(&[(PRESS_STATE, at(6), 1)]);
    rig.stop();
    assert_eq!(rig.commits.len(), 2, "refused once");
    rig.tick_each_second(at(20));
    assert_eq!(rig.store.alive.as_ref().map(|alive| alive.clean), Some(true));
    assert_eq!(rig.commits.len(), 5);
}

#[test]
fn an_entry_sent_twice_counts_once_and_is_known() {
    let mut rig = started();
    rig.commit_ms = None;
    let first = rig.enter_as("key", PRESS, at(5), product("A"));
    let second = rig.enter_as("key", PRESS, at(5), product("A"));
    assert_eq!(rig.replies, [], "the second waits for the first to be on disk");
    rig.release_commits();
    let seq = rig.store.facts.len() as u64;
    assert_eq!(rig.replies, [(first, Outcome::Booked(seq)), (second, Outcome::Known)]);
    rig.replies.clear();
    rig.crash(true, at(60));
    let third = rig.enter_as("key", PRESS, at(5), product("A"));
    assert_eq!(rig.replies, [(third, Outcome::Known)], "after a new start too");
    let entries = rig.store.facts.iter().filter(|fact| fact.body.kind() == "entry");
    assert_eq!(entries.count(), 1);
}

#[test]
fn an_entry_that_names_nothing_configured_is_refused_and_leaves_no_fact() {
    let mut rig = started();
    let before = rig.store.facts.len();
    rig.enter(PRESS, at(5), product("C"));
    rig.enter(PRESS, at(5), reason("coffee", at(5)));
    rig.enter(gemba::model::ids::MachineId(7), at(5), scrap());
    rig.enter(PRESS, at(-60), scrap());
    rig.tick(at(20));
    let refused: Vec<&str> = rig
        .replies
        .iter()
        .map(|(_, outcome)| match outcome {
            Outcome::Refused(why) => why.as_str(),
            Outcome::Booked(_) | Outcome::Known | Outcome::Changed => panic!("taken"),
        })
        .collect();
    let words = ["\"C\"", "\"coffee\"", "machine", "at that time"];
    assert_eq!(refused.len(), words.len());
    for (why, word) in refused.iter().zip(words) {
        assert!(why.contains(word), "{why}");
    }
    assert_eq!(rig.store.facts.len(), before);
}

/// A store that takes nothing while the press tells so many facts.
fn failing(facts: usize) -> Rig {
    let mut rig = started();
    rig.commit_ms = None;
    rig.wait(at(6));
    rig.read(&[(PRESS_STATE, at(6), 1)]);
    rig.tick(at(11));
    assert_eq!(rig.commits.len(), 2, "one commit is on its way and gets no answer");
    fill(&mut rig, facts);
    rig
}

/// So many changes of the press's state, ten milliseconds apart.
fn fill(rig: &mut Rig, facts: usize) {
    for fact in 0..facts {
        let when = at(12).plus(fact as i64 * 10);
        rig.wait(when);
        let reading = rig.reading((PRESS_STATE, when, (fact % 2) as i128));
        rig.hand(Input::Readings(vec![reading], None));
    }
}

#[test]
fn facts_beyond_the_most_that_may_wait_are_given_up_and_the_loss_is_one_fact_of_their_machine() {
    let mut rig = failing(MOST_WAITING);
    rig.tick(rig.now.plus(1));
    assert_eq!(rig.live.lost_facts, 0);
    let more = rig.now.plus(10);
    rig.wait(more);
    rig.read(&[(PRESS_STATE, more, 0)]);
    rig.tick(more.plus(1));
    assert_eq!(
        rig.live.lost_facts, 1_000,
        "a thousand for one too many, so that it is not one at a time"
    );
    rig.release_commits();
    rig.tick(rig.now.plus(5_000));
    let losses = rig.store.facts.iter().filter_map(|fact| {
        let Body::Loss(loss) = &fact.body else { return None };
        Some((fact.machine, loss.count, fact.at, loss.until))
    });
    let losses: Vec<_> = losses.collect();
    // Each fact begins at the sample before it: the first at 6 s, the second at 12 s, the thousandth at 21.98 s.
    assert_eq!(losses, [(Some(PRESS), 1_000, at(6), at(12).plus(9_980))]);
    assert!(!rig.loads.is_empty());
    assert!(
        rig.loads.iter().all(|(machine, _)| *machine == PRESS),
        "the lathe lost nothing: its past stands"
    );
    let told = rig.store.facts.iter().filter(|fact| fact.machine == Some(PRESS));
    // The first of all, those that waited, the one too many, less the ones given up.
    let signals = told.filter(|fact| fact.body.kind() == "signal").count();
    assert_eq!(signals, 1 + MOST_WAITING + 1 - 1_000);
    assert!(rig.is_calm());
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn what_a_person_said_and_what_a_message_waits_for_are_never_given_up() {
    let mut rig = failing(0);
    let entry = rig.enter(PRESS, rig.now, product("A"));
    let message = rig.message(&[(PRESS_TOTAL, rig.now, 100)]);
    fill(&mut rig, MOST_WAITING);
    let refused = rig.enter(PRESS, rig.now, product("B"));
    rig.tick(rig.now.plus(1));
    assert_eq!(rig.live.lost_facts, 1_000);
    assert!(matches!(&rig.replies[..], [(number, Outcome::Refused(_))] if *number == refused));
    rig.release_commits();
    rig.tick(rig.now.plus(5_000));
    assert!(rig.acks.contains(&message));
    let booked = rig.replies.iter().find(|(number, _)| *number == entry);
    let Some((_, Outcome::Booked(seq))) = booked else {
        panic!("{booked:?}")
    };
    assert_eq!(rig.store.facts[*seq as usize - 1].body.kind(), "entry");
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn nothing_is_sealed_before_all_the_facts_behind_it_are_on_disk() {
    let mut rig = failing(0);
    rig.message(&[(PRESS_TOTAL, rig.now, 100)]);
    // The counter is heard again 300 s later: what lies between could be sealed.
    fill(&mut rig, 30_000);
    rig.message(&[(PRESS_TOTAL, rig.now, 110)]);
    rig.tick(rig.now.plus(1));
    // The next commit takes 20,000 of them; then the agent dies, and the rest is never written.
    rig.answer_commit();
    let (_, commit) = rig.commits.last().unwrap();
    assert_eq!(commit.facts.len(), 20_000);
    let known = commit.facts.iter().map(|fact| fact.at).max().unwrap();
    rig.crash(true, rig.now.plus(60_000));
    assert!(rig.store.sealed_until(PRESS) <= Some(known), "{known:?}");
    rig.commit_ms = Some(0);
    rig.tick(rig.now.plus(5_000));
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn time_whose_facts_were_given_up_is_unknown_until_each_signal_is_heard_again() {
    let mut rig = failing(0);
    rig.message(&[(PRESS_TOTAL, rig.now, 100)]);
    // A thousand changes in 10 s; then the press runs on and the lathe fills the store's queue for 100 s.
    fill(&mut rig, 1_000);
    for fact in 0..MOST_WAITING as i64 - 1_000 {
        let when = at(22).plus(fact);
        rig.wait(when);
        let reading = rig.reading((LATHE_RUN, when, i128::from(fact % 2)));
        rig.hand(Input::Readings(vec![reading], None));
        if fact % 20_000 == 0 {
            rig.read(&[(PRESS_STATE, when, 1)]);
            rig.message(&[(PRESS_TOTAL, when, 101)]);
        }
    }
    rig.tick(at(122));
    // All the changes of the press: six too many wait, for the six samples of the counter.
    assert_eq!(rig.live.lost_facts, 1_000);
    rig.read(&[(PRESS_STATE, at(123), 1)]);
    rig.message(&[(PRESS_TOTAL, at(123), 110)]);
    rig.release_commits();
    for second in (133..250).step_by(10) {
        rig.tick(at(second));
        rig.read(&[(PRESS_STATE, at(second), 1)]);
        rig.message(&[(PRESS_TOTAL, at(second), 110)]);
    }
    rig.tick(at(256));
    prove(&rig.store, rig.now).unwrap();
    let sum = stored(&rig.store, PRESS, Period::new(at(0), at(173)));
    // 05:00:07 to 05:03, of which only what follows the first sample after the loss, at 123 s, is known.
    assert_eq!(
        (sum.get(Column::UnknownMs), sum.get(Column::RunningMs)),
        (123_000, 50_000)
    );
}

#[test]
fn facts_given_up_before_they_were_folded_are_in_no_number() {
    let mut rig = failing(0);
    // The lathe makes a piece a second for a minute, then none; no tick folds that before it is given up.
    let poll = |rig: &mut Rig, second: i64| {
        rig.wait(at(second));
        let made = i128::from((second - 12).min(60));
        rig.read(&[
            (LATHE_RUN, at(second), 1),
            (LATHE_TOTAL, at(second), made),
            (LATHE_REJECT, at(second), 0),
        ]);
    };
    (12..90).for_each(|second| poll(&mut rig, second));
    for fact in 0..MOST_WAITING as i64 {
        let when = at(90).plus(fact);
        rig.wait(when);
        let reading = rig.reading((PRESS_STATE, when, i128::from(fact % 2)));
        rig.hand(Input::Readings(vec![reading], None));
        if fact % 20_000 == 0 {
            poll(&mut rig, 90 + fact / 1_000);
        }
    }
    rig.tick(at(191));
    assert_eq!(rig.live.lost_facts, 1_000);
    rig.release_commits();
    for second in (192..500).step_by(10) {
        poll(&mut rig, second);
    }
    rig.tick(at(505));
    rig.tick(at(510));
    prove(&rig.store, rig.now).unwrap();
}
