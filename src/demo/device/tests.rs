//! Tests of what controllers show.

use super::super::calendar::DAY_MS;
use super::*;

const BEGIN: i64 = 1_795_146_438_000;

fn device(id: &str) -> Device {
    let index = MACHINES.iter().position(|machine| machine.id == id).unwrap();
    Device::new(1, index, BEGIN)
}

#[test]
fn counts_equal_the_increments_of_the_registers_over_roll_overs() {
    let mut stamp = device("stamp-01");
    let strokes = |stamp: &Device| i64::from(stamp.registers(BEGIN).holding[&1]);
    let (mut last, mut counted, mut shots, mut rolled) = (strokes(&stamp), 0, 0, 0);
    while let Some(event) = stamp.step(BEGIN + DAY_MS) {
        shots += i64::from(matches!(event.what, What::Shot { .. }));
        let now = strokes(&stamp);
        counted += (now - last).rem_euclid(U16);
        rolled += i64::from(now < last);
        last = now;
    }
    assert_eq!(counted, shots);
    assert!(shots > 20_000, "{shots}");
    assert_eq!(rolled, 1, "16 bits roll over within the first day");
}

#[test]
fn counters_of_the_old_press_begin_again_when_the_power_comes_back() {
    let mut press = device("press-03");
    let (mut was_off, mut resets) = (false, 0);
    while let Some(event) = press.step(BEGIN + 3 * DAY_MS) {
        let is_off = press.doing == Doing::Off;
        assert_eq!(press.points(event.at).is_empty(), is_off);
        if was_off && !is_off {
            let holding = press.registers(event.at).holding;
            assert_eq!((holding[&10], holding[&11]), (0, 0));
            resets += 1;
        }
        was_off = is_off;
    }
    assert!(resets > 3, "{resets}");
}

#[test]
fn a_message_and_the_registers_say_the_same_as_the_points() {
    let mut press = device("press-02");
    press.live(BEGIN + DAY_MS);
    let at = BEGIN + DAY_MS;
    let holding = press.registers(at).holding;
    // Low word first (CDAB), 100 registers further on than its map.
    let long = |address: u16| (u32::from(holding[&(address + 1)]) << 16) + u32::from(holding[&address]);
    let points: BTreeMap<_, _> = press.points(at).into_iter().collect();
    assert_eq!(points["shots"], Shown::Int(i64::from(long(102))));
    assert_eq!(points["rejects"], Shown::Int(i64::from(holding[&104])));
    assert_eq!(points["cycle_s"], Shown::Float(f64::from(f32::from_bits(long(106)))));
    assert!(!holding.contains_key(&101), "a hole");
}

#[test]
fn the_barrel_stays_within_its_swing() {
    let press = device("press-01");
    let tenths = (0..SWING_MS / 1_000).map(|second| press.barrel(second * 1_000));
    let (low, high) = tenths.fold((i16::MAX, i16::MIN), |(low, high), now| (low.min(now), high.max(now)));
    // 215.0 degrees, 2.5 up and down.
    assert_eq!((low, high), (2_125, 2_175));
}
