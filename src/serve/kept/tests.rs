//! What is read again from disk, and what is not.

use super::*;
use crate::model::detail::Detail;
use crate::model::live::OpenRows;
use crate::model::settings::RejectSource;
use crate::model::state::Class;
use crate::model::tally::{Source, SpanRow, Tally, TallyKey, TallyRow};
use crate::model::time::MINUTE_MS;
use std::sync::Arc;

const PRESS: MachineId = MachineId(3);

fn minute(minute: i64) -> Timestamp {
    Timestamp(minute * MINUTE_MS)
}

fn minutes(from: i64, to: i64) -> Period {
    Period::new(minute(from), minute(to))
}

fn span(from: i64, to: i64) -> SpanRow {
    SpanRow {
        machine: PRESS,
        period: minutes(from, to),
        class: Class::Running,
        state: "running".into(),
        reason: "".into(),
        author: "".into(),
        since: minute(0),
        counts: false,
        key: Arc::new(TallyKey::default()),
        source: Source::Auto,
    }
}

fn tally(at: i64) -> TallyRow {
    TallyRow {
        machine: PRESS,
        period: minutes(at, at + 1),
        key: Arc::new(TallyKey::default()),
        tally: Tally::default(),
        detail: Detail::default(),
    }
}

/// A press in a shift of eight hours, whose open spans and tallies begin at these minutes.
fn press(spans: i64, tallies: i64) -> MachineLive {
    MachineLive {
        machine: PRESS,
        id: "press-01".into(),
        name: Default::default(),
        line: "".into(),
        state: "running".into(),
        class: Class::Running,
        since: minute(0),
        reason: "".into(),
        product: "".into(),
        shift: None,
        engines: Default::default(),
        tally: Tally::default(),
        detail: Default::default(),
        covers: minutes(0, 480),
        open: OpenRows {
            spans: vec![span(spans, spans + 1)],
            tallies: vec![tally(tallies)],
        },
        retold: 0,
        policy: Arc::default(),
        in_service: true,
        reject_source: RejectSource::Counter,
        signals: Vec::new(),
        held: 0,
        holds: 0,
        stood: Default::default(),
        recomputing: false,
        settled: minute(tallies),
    }
}

fn plant(live: &MachineLive, at: Timestamp) -> PlantLive {
    PlantLive {
        at,
        machines: vec![live.clone()],
        ..PlantLive::default()
    }
}

fn wanted(kept: &Kept, live: &MachineLive) -> Option<(Period, Period)> {
    wanted_at(kept, live, minute(0))
}

fn wanted_at(kept: &Kept, live: &MachineLive, at: Timestamp) -> Option<(Period, Period)> {
    let missing = kept.missing(&plant(live, at));
    missing.first().map(|wanted| (wanted.spans, wanted.tallies))
}

/// Reads what is missing from a disk that has a span for each ten minutes and a tally for each.
fn read(kept: &mut Kept, live: &MachineLive) {
    let plant = plant(live, minute(0));
    let wanted = kept.missing(&plant);
    let rows = wanted.iter().map(|wanted| {
        let overlaps = |row: &SpanRow| !row.period.intersect(wanted.spans).is_empty();
        let spans = (0..48).map(|at| span(at * 10, at * 10 + 10)).filter(overlaps);
        let tallies = (0..480)
            .map(tally)
            .filter(|row| wanted.tallies.contains(row.period.start));
        (spans.collect(), tallies.collect())
    });
    let rows = rows.collect();
    kept.take(&plant, &wanted, rows);
}

/// The starts of a story's spans, and how many tallies it has.
fn told(kept: &Kept, live: &MachineLive) -> (Vec<i64>, usize) {
    let story = kept.story(live);
    let starts = story.spans.iter().map(|row| row.period.start.0 / MINUTE_MS);
    (starts.collect(), story.tallies.len())
}

#[test]
fn a_shift_is_read_once_and_then_only_what_came_to_disk_since() {
    let mut kept = Kept::default();
    let live = press(30, 29);
    assert_eq!(wanted(&kept, &live), Some((minutes(0, 30), minutes(0, 29))));
    read(&mut kept, &live);
    assert_eq!(told(&kept, &live), (vec![0, 10, 20, 30], 30));
    assert_eq!(wanted(&kept, &live), None, "nothing new");
    let later = press(50, 51);
    assert_eq!(wanted(&kept, &later), Some((minutes(30, 50), minutes(29, 51))));
    read(&mut kept, &later);
    assert_eq!(told(&kept, &later), (vec![0, 10, 20, 30, 40, 50], 52));
}

#[test]
fn a_span_that_reaches_into_what_is_read_next_is_told_once() {
    let mut kept = Kept::default();
    read(&mut kept, &press(25, 25));
    let later = press(40, 40);
    read(&mut kept, &later);
    assert_eq!(told(&kept, &later).0, [0, 10, 20, 30, 40]);
}

#[test]
fn another_shift_and_a_past_worked_out_again_are_read_from_their_start() {
    let mut kept = Kept::default();
    let live = press(30, 30);
    read(&mut kept, &live);
    let retold = MachineLive {
        retold: 1,
        ..live.clone()
    };
    assert_eq!(wanted(&kept, &retold), Some((minutes(0, 30), minutes(0, 30))));
    let next_shift = MachineLive {
        covers: minutes(20, 500),
        ..live.clone()
    };
    assert_eq!(wanted(&kept, &next_shift), Some((minutes(20, 30), minutes(20, 30))));
    let unsure = MachineLive {
        recomputing: true,
        ..live.clone()
    };
    read(&mut kept, &unsure);
    assert_eq!(wanted_at(&kept, &unsure, Timestamp(4_999)), None, "what was just read");
    assert!(
        wanted_at(&kept, &unsure, Timestamp(5_000)).is_some(),
        "again after five seconds"
    );
    assert!(wanted(&kept, &live).is_some(), "and once after that");
    read(&mut kept, &live);
    assert_eq!(wanted(&kept, &live), None);
    assert_eq!(told(&kept, &live).0, [0, 10, 20, 30], "nothing twice");
}
