//! Pure. The bytes of a detail, and that merging has no order.

use super::*;
use proptest::prelude::*;

fn filled() -> Detail {
    let mut detail = Detail::default();
    detail.cycles.add(10_000_000, 6);
    detail.stand(Class::Breakdown, &"jam".into(), 60_000, 1);
    detail.stand(Class::MinorStop, &"".into(), 20_000, 2);
    detail.scrap(&"flash".into(), 3);
    detail.rework(&"burr".into(), 2);
    detail
}

#[test]
fn the_bytes_of_a_detail_stay_as_they_are() {
    // Whole numbers are folded (n becomes 2n) and written seven bits a byte. Bucket 614: 1228 = 9 x 128 + 76, 0xcc 0x09.
    // 60,000 ms: 120,000 = 7 x 16,384 + 41 x 128 + 64, 0xc0 0xa9 0x07; 20,000 ms: 0xc0 0xb8 0x02.
    let written: Vec<u8> = [
        &[2, 2, 0xcc, 0x09, 12][..],
        &[4, 2, 0, 0xc0, 0xb8, 0x02, 4],
        &[6, 6, b'j', b'a', b'm', 0xc0, 0xa9, 0x07, 2],
        &[2, 10, b'f', b'l', b'a', b's', b'h', 6],
        &[2, 8, b'b', b'u', b'r', b'r', 4],
    ]
    .concat();
    assert_eq!(filled().bytes(), written);
    assert_eq!(Detail::read(&written), Some(filled()));
    assert!(Detail::default().bytes().is_empty());
    assert_eq!(Detail::read(&[]), Some(Detail::default()));
}

#[test]
fn the_number_of_a_class_in_the_bytes_stays_as_it_is() {
    for (number, class) in Class::ALL.into_iter().enumerate() {
        assert_eq!(class as usize, number, "{}", class.name());
    }
}

#[test]
fn no_other_bytes_say_the_same() {
    let bytes = filled().bytes();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut wrong = bytes.clone();
            wrong[place] ^= 1 << bit;
            assert_ne!(Detail::read(&wrong), Some(filled()), "byte {place}, bit {bit}");
        }
        assert_eq!(Detail::read(&bytes[..place]), (place == 0).then(Detail::default));
    }
    // The empty detail written out, and an entry of zero: both say what other bytes say already.
    assert_eq!(Detail::read(&[2, 0, 0, 0, 0]), None);
    assert_eq!(Detail::read(&[2, 2, 8, 0, 0, 0, 0]), None);
}

prop_compose! {
    fn any_detail()(
        cycles in proptest::collection::vec((1i64..100_000_000, -3i64..9), 0..4),
        stops in proptest::collection::vec((0usize..12, "[ab]?", -5i64..50, -2i64..3), 0..4),
        scrap in proptest::collection::vec(("[ab]?", -5i64..9), 0..3),
        rework in proptest::collection::vec(("[ab]?", -5i64..9), 0..3),
    ) -> Detail {
        let mut detail = Detail::default();
        cycles.iter().for_each(|(us, n)| detail.cycles.add(*us, *n));
        stops.iter().for_each(|(class, reason, ms, n)| {
            detail.stand(Class::ALL[*class], &reason.as_str().into(), *ms, *n);
        });
        scrap.iter().for_each(|(reason, n)| detail.scrap(&reason.as_str().into(), *n));
        rework.iter().for_each(|(reason, n)| detail.rework(&reason.as_str().into(), *n));
        detail
    }
}

fn sum(parts: &[&Detail]) -> Detail {
    let mut whole = Detail::default();
    parts.iter().for_each(|part| whole.merge(part));
    whole
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn merging_has_no_order_and_taking_back_undoes_it(a in any_detail(), b in any_detail(), c in any_detail()) {
        prop_assert_eq!(sum(&[&a, &b]), sum(&[&b, &a]));
        prop_assert_eq!(sum(&[&sum(&[&a, &b]), &c]), sum(&[&a, &sum(&[&b, &c])]));
        let mut left = sum(&[&a, &b, &c]);
        left.take(&b);
        prop_assert_eq!(&left, &sum(&[&a, &c]));
        left.take(&a);
        left.take(&c);
        prop_assert!(left.is_empty());
        prop_assert!(left.bytes().is_empty());
    }

    #[test]
    fn a_detail_is_read_as_it_was_written(detail in any_detail()) {
        prop_assert_eq!(Detail::read(&detail.bytes()), Some(detail));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..48)) {
        if let Some(detail) = Detail::read(&bytes) {
            prop_assert_eq!(detail.bytes(), bytes);
        }
    }
}
