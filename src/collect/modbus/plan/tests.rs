//! Pure. Plans worked out by hand, and the promises of the planner for any points and any device.

use super::super::Connection;
use super::*;
use crate::model::ids::PointId;
use proptest::prelude::*;

fn point(name: &str, unit: u8, area: Area, address: u16, words: u16) -> Point {
    Point {
        point: PointId(0),
        name: name.to_owned(),
        unit,
        area,
        address,
        words,
        poll_ms: 1_000,
    }
}

fn holding(address: u16, words: u16) -> Point {
    point("press-01.x", 1, Area::Holding, address, words)
}

fn planner(points: Vec<Point>, max_registers: u16, max_gap: u16) -> Planner {
    Planner::new(&Config {
        connection: Connection {
            url: String::new(),
            timeout_ms: 1_000,
            pause_ms: 0,
            after_connect_ms: 0,
            max_registers,
            max_gap,
            holes: Vec::new(),
        },
        points,
    })
}

/// (start, count, points) of each request.
fn plan(planner: &Planner) -> Vec<(u16, u16, Vec<usize>)> {
    planner
        .requests()
        .into_iter()
        .map(|request| (request.start, request.count, request.points))
        .collect()
}

#[test]
fn the_points_of_the_example_press_are_one_request() {
    // status 0, shots 2-3, rejects 4, cycle 6-7: 8 registers, of which 1 and 5 are read for nothing.
    let press = planner(
        vec![holding(0, 1), holding(2, 2), holding(4, 1), holding(6, 2)],
        100,
        10,
    );
    assert_eq!(plan(&press), [(0, 8, vec![0, 1, 2, 3])]);
}

#[test]
fn a_gap_wider_than_allowed_starts_a_new_request() {
    // Between 0 and 11 lie ten registers, between 0 and 12 eleven.
    assert_eq!(plan(&planner(vec![holding(0, 1), holding(11, 1)], 100, 10)).len(), 1);
    assert_eq!(plan(&planner(vec![holding(0, 1), holding(12, 1)], 100, 10)).len(), 2);
}

#[test]
fn units_tables_and_paces_are_never_mixed() {
    let slow = Point {
        poll_ms: 5_000,
        ..holding(1, 1)
    };
    let points = vec![
        holding(0, 1),
        slow,
        point("a.b", 2, Area::Holding, 2, 1),
        point("a.b", 1, Area::Input, 3, 1),
    ];
    assert_eq!(plan(&planner(points, 100, 10)).len(), 4);
}

#[test]
fn a_value_is_never_split_and_125_registers_are_the_most() {
    // 63 values of two registers: 62 x 2 = 124 fit under 125, the last starts the second request.
    let points: Vec<_> = (0..63).map(|n| holding(n * 2, 2)).collect();
    let counts: Vec<_> = plan(&planner(points, 60_000, 0))
        .iter()
        .map(|(_, count, _)| *count)
        .collect();
    assert_eq!(counts.len(), 2);
    assert!(counts.iter().all(|count| *count <= 125 && count % 2 == 0), "{counts:?}");
}

#[test]
fn a_value_longer_than_the_limit_is_read_alone_and_whole() {
    assert_eq!(
        plan(&planner(vec![holding(0, 2), holding(2, 4)], 1, 10)),
        [(0, 2, vec![0]), (2, 4, vec![1])]
    );
}

#[test]
fn bits_have_sixteen_times_the_limits_up_to_2000() {
    let coils = |count: u16| {
        (0..count)
            .map(|n| point("a.b", 1, Area::Coil, n, 1))
            .collect::<Vec<_>>()
    };
    assert_eq!(plan(&planner(coils(1_600), 100, 0)).len(), 1, "100 x 16");
    assert_eq!(plan(&planner(coils(1_601), 100, 0)).len(), 2);
    assert_eq!(plan(&planner(coils(2_001), 125, 0)).len(), 2);
    assert_eq!(plan(&planner(coils(2_000), 125, 0)).len(), 1);
}

#[test]
fn the_last_register_is_read_and_none_after_it() {
    let last = planner(
        vec![
            holding(65_535, 1),
            holding(65_534, 2),
            holding(65_535, 2),
            holding(3, 0),
        ],
        100,
        10,
    );
    assert_eq!(plan(&last), [(65_534, 2, vec![1, 0])]);
    assert_eq!(last.unreadable(), [2, 3], "65535 + 2 registers, and a value of none");
}

#[test]
fn points_at_the_same_place_and_overlapping_points_share_a_request() {
    let points = vec![holding(10, 2), holding(11, 1), holding(10, 2), holding(10, 1)];
    assert_eq!(plan(&planner(points, 100, 0)), [(10, 2, vec![3, 0, 2, 1])]);
}

#[test]
fn a_declared_hole_is_never_read_for_nothing() {
    let mut press = planner(vec![holding(0, 1), holding(5, 1), holding(6, 1)], 100, 10);
    let hole = |unit, first, last| Hole {
        unit,
        area: Area::Holding,
        first,
        last,
    };
    for (hole, requests) in [
        (hole(None, 3, 3), 2),
        (hole(Some(1), 1, 4), 2),
        (hole(Some(2), 3, 3), 1),
        (hole(None, 7, 90), 1),
        (hole(None, 5, 6), 1),
    ] {
        press.holes = vec![hole];
        assert_eq!(
            plan(&press).len(),
            requests,
            "{hole:?}: a point in a hole is still read"
        );
    }
}

#[test]
fn the_counters_of_one_machine_stay_together_when_that_costs_no_request() {
    // Limit 4: cutting greedily would be [0-3] [4-5], and tear b's counters (2-3, 4-5) apart.
    let points = vec![
        point("a.good", 1, Area::Holding, 0, 2),
        point("b.good", 1, Area::Holding, 2, 2),
        point("b.reject", 1, Area::Holding, 4, 2),
    ];
    assert_eq!(plan(&planner(points, 4, 0)), [(0, 2, vec![0]), (2, 4, vec![1, 2])]);
}

/// Asks a device that refuses every request touching `holes` until the plan stands; gives the refusals it took.
fn teach(planner: &mut Planner, holes: &[u16]) -> usize {
    let mut refusals = 0;
    for _ in 0..2_000 {
        let mut changed = false;
        for request in planner.requests() {
            let touched = (request.start..=request.start + (request.count - 1)).any(|address| holes.contains(&address));
            if touched {
                let alone = request.points.iter().all(|point| planner.bad.contains(point));
                refusals += 1;
                changed = planner.refused(&request) == Refused::Split || !alone;
            } else {
                changed = planner.answered(&request);
            }
            if changed {
                break;
            }
        }
        if !changed {
            return refusals;
        }
    }
    panic!("the plan never stands");
}

#[test]
fn a_refused_block_is_narrowed_down_to_the_bad_point_and_the_rest_is_merged_again() {
    let mut press = planner((0..16).map(|n| holding(n, 1)).collect(), 100, 10);
    teach(&mut press, &[5]);
    let starts: Vec<_> = plan(&press).iter().map(|(start, count, _)| (*start, *count)).collect();
    assert_eq!(starts, [(0, 5), (5, 1), (6, 10)]);
}

#[test]
fn a_hole_nobody_needs_costs_one_cut_and_no_point() {
    // 16 points at 0, 2 .. 30; register 5 lies between points 2 (address 4) and 3 (address 6).
    let mut press = planner((0..16).map(|n| holding(n * 2, 1)).collect(), 100, 10);
    let refusals = teach(&mut press, &[5]);
    let starts: Vec<_> = plan(&press).iter().map(|(start, count, _)| (*start, *count)).collect();
    assert_eq!(starts, [(0, 5), (6, 25)]);
    // [0-30] [0-14] [0-6] (4 places) [4-6]: 16 -> 8 -> 4 -> 2 places.
    assert_eq!(refusals, 4);
    assert!(press.bad.is_empty());
}

#[test]
fn a_device_that_refused_everything_while_it_started_is_read_in_one_block_again() {
    let mut press = planner((0..8).map(|n| holding(n, 1)).collect(), 100, 10);
    let all: Vec<u16> = (0..8).collect();
    teach(&mut press, &all);
    assert_eq!(plan(&press).len(), 8, "each alone, all refused");
    teach(&mut press, &[]);
    assert_eq!(plan(&press), [(0, 8, (0..8).collect())]);
}

prop_compose! {
    fn any_point()(
        unit in 0u8..3, area in 0usize..4, address in prop_oneof![0u16..300, 65_400u16..], words in 0u16..6,
        machine in 0u8..3, slow: bool,
    ) -> Point {
        let area = [Area::Coil, Area::Discrete, Area::Holding, Area::Input][area];
        Point { poll_ms: if slow { 5_000 } else { 1_000 }, ..point(&format!("m{machine}.x"), unit, area, address, words) }
    }
}

proptest! {
    #[test]
    fn every_point_is_read_by_exactly_one_request_and_no_request_breaks_a_limit(
        points in prop::collection::vec(any_point(), 0..80), max_registers: u16, max_gap in 0u16..30,
        hole in (0u16..300, 0u16..10),
    ) {
        let mut planner = planner(points.clone(), max_registers, max_gap);
        planner.holes = vec![Hole { unit: None, area: Area::Holding, first: hole.0, last: hole.0 + hole.1 }];
        let unreadable = planner.unreadable();
        let mut seen = vec![0; points.len()];
        for request in planner.requests() {
            let bits = request.area.is_bits();
            let end = u32::from(request.start) + u32::from(request.count);
            prop_assert!(end <= 65_536);
            let most = if bits { 2_000 } else { 125 };
            prop_assert!((1..=most).contains(&request.count));
            let mut needed = vec![false; usize::from(request.count)];
            for index in &request.points {
                seen[*index] += 1;
                let point = &points[*index];
                prop_assert_eq!(
                    (point.unit, point.area, point.poll_ms), (request.unit, request.area, request.poll_ms)
                );
                let length = if bits { 1 } else { point.words };
                prop_assert!(point.address >= request.start);
                let from = usize::from(point.address - request.start);
                needed[from..from + usize::from(length)].fill(true);
            }
            prop_assert!(needed[0] && needed[needed.len() - 1], "nothing is read for nothing at the ends");
            let gap = if bits { usize::from(max_gap) * 16 } else { usize::from(max_gap) };
            prop_assert!(needed.split(|needed| *needed).all(|unneeded| unneeded.len() <= gap));
            for (offset, needed) in needed.iter().enumerate() {
                let address = request.start + offset as u16;
                let in_hole = request.area == Area::Holding && address >= hole.0 && address <= hole.0 + hole.1;
                prop_assert!(*needed || !in_hole);
            }
        }
        for (index, times) in seen.iter().enumerate() {
            prop_assert_eq!(*times, usize::from(!unreadable.contains(&index)), "point {}", index);
        }
    }

    #[test]
    fn whatever_a_device_refuses_every_good_point_is_read_in_the_end(
        starts in prop::collection::btree_set(0u16..120, 1..40), holes in prop::collection::vec(0u16..120, 0..6),
        wide: bool,
    ) {
        let words = if wide { 2 } else { 1 };
        let points: Vec<_> = starts.iter().map(|start| holding(*start, words)).collect();
        let mut planner = planner(points.clone(), 100, 10);
        teach(&mut planner, &holes);
        for request in planner.requests() {
            let touched = (request.start..request.start + request.count).any(|address| holes.contains(&address));
            if touched {
                prop_assert_eq!(request.points.len(), 1, "only a point that is bad itself is refused");
                let start = points[request.points[0]].address;
                prop_assert!((start..start + words).any(|address| holes.contains(&address)));
            }
        }
    }
}
