//! Pure. Delivery against answers and crashes in any order: nothing is passed over, nothing counts twice.

use super::tests::{at, busy, row, status};
use super::*;
use crate::model::ids::MachineId;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A store of points by identity, with a mind of its own.
#[derive(Default)]
struct Sink {
    points: BTreeMap<String, i64>,
    bad: BTreeSet<String>,
    partial: bool,
    max_bytes: usize,
}

impl Sink {
    fn identity(line: &str) -> (String, i64) {
        let mut parts = line.split(' ');
        let (series, field, time) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let total = field.strip_prefix("total=").unwrap().strip_suffix('i').unwrap();
        (format!("{series} {time}"), total.parse().unwrap())
    }

    fn write(&mut self, body: &str) -> Answer {
        if body.len() > self.max_bytes {
            return status(413);
        }
        let refuses = body.lines().any(|line| self.bad.contains(line));
        for line in body.lines().filter(|line| !self.bad.contains(*line)) {
            if self.partial || !refuses {
                let (identity, total) = Sink::identity(line);
                let before = self.points.insert(identity, total);
                assert!(before.is_none_or(|before| before == total), "bytes changed: {line}");
            }
        }
        if refuses { status(400) } else { status(204) }
    }

    fn answer(&mut self, body: &str, mood: u8) -> Answer {
        match mood % 10 {
            0..4 => self.write(body),
            4 => {
                self.write(body);
                Answer::Lost("cut after it was written".into())
            }
            5 => Answer::Lost("cut before it was written".into()),
            6 => {
                let half: Vec<&str> = body.lines().take(body.lines().count() / 2).collect();
                self.write(&half.join("\n"));
                status(500)
            }
            7 => busy("3"),
            8 => status(401),
            _ => status(200),
        }
    }
}

/// The ledger, the sink and the delivery between them, with what was remembered of it on disk.
struct World {
    ledger: Vec<Booked>,
    sink: Sink,
    delivery: Delivery,
    quarantine: BTreeSet<u64>,
    kept: (u64, Option<(u64, u64)>),
    now: u64,
}

const SMALL: Limits = Limits {
    cut: Cut { rows: 6, bytes: 300 },
    flush_ms: 10_000,
    backlog_batches: 2,
    points_per_s: 5_000,
    gap_ms: 20,
    retry_ms: (1_000, 300_000),
    hold_ms: (30_000, 900_000),
    busy_max_ms: 900_000,
};

impl World {
    fn new(partial: bool) -> World {
        World {
            ledger: Vec::new(),
            sink: Sink {
                partial,
                max_bytes: 150,
                ..Sink::default()
            },
            delivery: Delivery::resume(SMALL, 0, None, &[]),
            quarantine: BTreeSet::new(),
            kept: (0, None),
            now: 0,
        }
    }

    /// Books a first tally, or a correction of one of the last minutes.
    fn book(&mut self, machine: u32, back: usize, bad: bool) {
        let seq = self.newest() + 1;
        let minute = i64::try_from(self.ledger.len().saturating_sub(back)).unwrap();
        let rev = self
            .ledger
            .iter()
            .filter(|row| row.machine == Some(MachineId(machine)) && row.at.0 == minute * 60_000);
        let row = row(
            seq,
            machine,
            minute,
            u32::try_from(rev.count()).unwrap(),
            i64::try_from(seq).unwrap(),
        );
        if bad {
            self.sink.bad.insert(row.line.clone());
        }
        self.ledger.push(row);
    }

    fn newest(&self) -> u64 {
        u64::try_from(self.ledger.len()).unwrap()
    }

    fn crash(&mut self) {
        let held: Vec<Booked> = self
            .ledger
            .iter()
            .filter(|row| self.quarantine.contains(&row.seq))
            .cloned()
            .collect();
        self.delivery = Delivery::resume(SMALL, self.kept.0, self.kept.1, &held);
    }

    /// One step of the caller's loop; true when a request was made.
    fn turn(&mut self, mood: u8) -> bool {
        let mut asked = false;
        match self.delivery.next(at(self.now), self.newest()) {
            Next::Wait(until) => self.now = until.unwrap_or(self.now + 10_000).max(self.now + 1),
            Next::Read { first, last } => {
                let fits = |row: &&Booked| (first..=last).contains(&row.seq) && !self.quarantine.contains(&row.seq);
                let rows = self.ledger.iter().filter(fits).cloned().collect();
                let set_aside: Vec<u64> = self
                    .quarantine
                    .iter()
                    .copied()
                    .filter(|seq| (first..=last).contains(seq))
                    .collect();
                self.delivery.loaded(1, rows, &set_aside);
            }
            Next::Send { body, points } => {
                asked = true;
                assert_eq!(body.lines().count(), points);
                assert!(points <= SMALL.cut.rows);
                let answer = self.sink.answer(&body, mood);
                self.delivery.answered(&answer, at(self.now), u64::from(mood) * 7_919);
            }
        }
        self.quarantine
            .extend(self.delivery.take_verdicts().iter().map(|verdict| verdict.booking));
        self.nothing_is_passed_over();
        asked
    }

    fn nothing_is_passed_over(&self) {
        let (done, ahead) = self.delivery.position();
        for row in &self.ledger {
            let said_confirmed = row.seq <= done || ahead.is_some_and(|(a, b)| (a..=b).contains(&row.seq));
            let landed = self.sink.points.contains_key(&Sink::identity(&row.line).0);
            assert!(
                !said_confirmed || landed || self.quarantine.contains(&row.seq),
                "{row:?} of {done} {ahead:?}"
            );
        }
    }

    /// A row is held back only behind a bad one of the same machine and minute.
    fn has_to_wait(&self, row: &Booked) -> bool {
        let before = |other: &&Booked| other.seq <= row.seq && other.machine == row.machine && other.at == row.at;
        self.ledger
            .iter()
            .filter(before)
            .any(|other| self.sink.bad.contains(&other.line))
    }
}

#[derive(Debug, Clone)]
enum Event {
    Book { machine: u32, back: usize, bad: bool },
    Request { mood: u8 },
    Remember,
    Crash,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0..3u32, prop_oneof![4 => Just(0), 1 => 1..6usize], prop::bool::weighted(0.1))
            .prop_map(|(machine, back, bad)| Event::Book { machine, back, bad }),
        4 => any::<u8>().prop_map(|mood| Event::Request { mood }),
        1 => Just(Event::Remember),
        1 => Just(Event::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_answers_and_crashes_end_with_every_booking_landed_once_or_in_quarantine(
        events in prop::collection::vec(event(), 1..150),
        partial in any::<bool>(),
    ) {
        let mut world = World::new(partial);
        for event in events {
            match event {
                Event::Book { machine, back, bad } => world.book(machine, back, bad),
                Event::Request { mood } => {
                    for _ in 0..6 {
                        if world.turn(mood) {
                            break;
                        }
                    }
                }
                Event::Remember => world.kept = world.delivery.position(),
                Event::Crash => world.crash(),
            }
        }
        world.book(9, 0, false);
        for turns in 0.. {
            world.turn(0);
            if world.delivery.position() == (world.newest(), None) {
                break;
            }
            if world.delivery.trouble().is_some_and(|trouble| trouble.act) && turns % 50 == 0 {
                world.book(9, 0, false);
            }
            prop_assert!(turns < 5_000, "stuck at {:?} of {}", world.delivery.position(), world.newest());
        }
        for row in &world.ledger {
            let (identity, total) = Sink::identity(&row.line);
            let quarantined = world.quarantine.contains(&row.seq);
            prop_assert_eq!(quarantined, quarantined && world.has_to_wait(row), "quarantined without cause: {:?}", row);
            prop_assert!(quarantined || world.sink.points.get(&identity) == Some(&total), "{:?}", row);
            prop_assert!(!world.sink.bad.contains(&row.line) || quarantined, "{:?}", row);
        }
        let booked: i64 = world.ledger.iter().filter(|row| !world.quarantine.contains(&row.seq)).map(|row| Sink::identity(&row.line).1).sum();
        let early: i64 = world.ledger.iter().filter(|row| world.quarantine.contains(&row.seq)).filter_map(|row| world.sink.points.get(&Sink::identity(&row.line).0)).sum();
        prop_assert_eq!(world.sink.points.values().sum::<i64>(), booked + early, "each booking counts once");
    }
}
