//! Entries come out of memory as they went in, whatever they say.

use super::*;
use crate::model::entry::{Late, OrderAct, Scope};
use crate::model::time::Period;
use proptest::prelude::*;

fn heard(says: Says) -> Heard {
    Heard {
        machine: None,
        at: Timestamp(0),
        received_at: Timestamp(0),
        author: "lan".into(),
        source: Source::Manual,
        n: 0,
        says,
    }
}

#[test]
fn every_entry_is_found_by_its_key_and_by_its_number() {
    let mut all = AllHeard::default();
    for pieces in 1..=3_000 {
        let added = all.add(&format!("key-{pieces}"), heard(Says::Reworked { pieces }));
        assert_eq!(added.n, pieces.cast_unsigned());
    }
    let again = all.add("key-5", heard(Says::Service { on: true }));
    assert_eq!(again.n, 3_001);
    assert_eq!(
        all.get("key-5").map(|heard| heard.says),
        Some(Says::Reworked { pieces: 5 })
    );
    assert_eq!(
        all.nth(3_000).map(|heard| heard.says),
        Some(Says::Reworked { pieces: 3_000 })
    );
    assert_eq!(all.nth(3_001).map(|heard| heard.says), Some(Says::Service { on: true }));
    assert_eq!((all.nth(0), all.nth(3_002), all.get("key-3001")), (None, None, None));
}

#[test]
fn a_copy_shares_all_but_the_newest_part_and_does_not_change_with_the_other() {
    let mut all = AllHeard::default();
    for pieces in 1..=1_500 {
        all.add(&format!("key-{pieces}"), heard(Says::Reworked { pieces }));
    }
    let copy = all.clone();
    all.add("one-more", heard(Says::Service { on: true }));
    assert_eq!((copy.get("one-more"), copy.nth(1_501)), (None, None));
    let shared = all.parts.iter().zip(&copy.parts);
    assert_eq!(
        shared.map(|(one, other)| Arc::ptr_eq(one, other)).collect::<Vec<_>>(),
        [true, false]
    );
}

#[test]
fn an_id_that_many_entries_name_is_kept_once() {
    let mut all = AllHeard::default();
    let product = |id: &str| Says::Product { product: id.into() };
    let first = all.add("a", heard(product("cap-28")));
    let second = all.add("b", heard(product("cap-28")));
    let (Says::Product { product: one }, Says::Product { product: other }) = (first.says, second.says) else {
        panic!("both are about a product");
    };
    assert!(Arc::ptr_eq(&one, &other) && Arc::ptr_eq(&first.author, &second.author));
}

fn text() -> impl Strategy<Value = Arc<str>> {
    "[a-z]{0,3}".prop_map(Arc::from)
}

fn instant() -> impl Strategy<Value = Timestamp> {
    let any = prop_oneof![
        Just(i64::MIN),
        Just(i64::MAX),
        any::<i64>(),
        1_790_000_000_000i64..1_791_000_000_000
    ];
    any.prop_map(Timestamp)
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        Just(Scope::Now),
        Just(Scope::Shift),
        text().prop_map(Scope::Former),
        text().prop_map(Scope::Order),
    ]
}

fn says() -> impl Strategy<Value = Says> {
    let part = proptest::option::of((instant(), instant()).prop_map(|(start, end)| Period::new(start, end)));
    let act = proptest::sample::select(OrderAct::ALL.to_vec());
    prop_oneof![
        (text(), instant(), part, any::<bool>()).prop_map(|(reason, anchor, part, leads)| Says::Reason {
            reason,
            anchor,
            part,
            leads
        }),
        (any::<i64>(), text(), scope()).prop_map(|(pieces, reason, scope)| Says::Scrap { pieces, reason, scope }),
        (any::<i64>(), text(), scope()).prop_map(|(pieces, reason, scope)| Says::Rework { pieces, reason, scope }),
        any::<i64>().prop_map(|pieces| Says::Reworked { pieces }),
        text().prop_map(|product| Says::Product { product }),
        (text(), act, instant()).prop_map(|(order, act, when)| Says::Order { order, act, when }),
        (instant(), text()).prop_map(|(until, reason)| Says::PlannedStop { until, reason }),
        instant().prop_map(|when| Says::FirstOff { when }),
        any::<u32>().prop_map(|active| Says::Cavities { active }),
        (any::<i64>(), text()).prop_map(|(milli, line)| Says::Headcount { milli, line }),
        (instant(), any::<i64>(), any::<Option<i64>>()).prop_map(|(until, pieces, counted)| Says::HandCount {
            until,
            pieces,
            counted
        }),
        (text(), any::<bool>()).prop_map(|(role, release)| Says::Held { role, release }),
        any::<bool>().prop_map(|on| Says::Service { on }),
        text().prop_map(|shift| Says::Close { shift }),
        any::<u64>().prop_map(|seq| Says::Accept { late: Late::Fact(seq) }),
        text().prop_map(|key| Says::Accept { late: Late::Entry(key) }),
        instant().prop_map(|until| Says::Unlock { until }),
        text().prop_map(|entry| Says::Undo { entry }),
    ]
}

fn any_heard() -> impl Strategy<Value = Heard> {
    let source = proptest::sample::select(Source::ALL.to_vec());
    let machine = any::<Option<u32>>();
    (machine, instant(), instant(), text(), source, says()).prop_map(
        |(machine, at, received_at, author, source, says)| Heard {
            machine: machine.map(MachineId),
            at,
            received_at,
            author,
            source,
            n: 0,
            says,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn whatever_an_entry_says_it_comes_out_as_it_went_in(told in proptest::collection::vec(any_heard(), 1..8)) {
        let mut all = AllHeard::default();
        for (heard, n) in told.iter().zip(1u64..) {
            let added = all.add(&format!("key-{n}"), heard.clone());
            prop_assert_eq!(added, Heard { n, ..heard.clone() });
        }
        for (heard, n) in told.into_iter().zip(1u64..) {
            let wanted = Some(Heard { n, ..heard });
            prop_assert_eq!(&all.nth(n), &wanted);
            prop_assert_eq!(all.get(&format!("key-{n}")), wanted);
        }
    }
}
