//! Scrap of a shift of three weeks ago, worked in by a pipeline with a store on disk: what is read, folded and how long it
//! takes: `cargo bench --bench old_scrap`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints")]
#![allow(clippy::disallowed_methods, reason = "a benchmark times with the computer's clock")]

#[path = "../support/store_fixture.rs"]
mod store_fixture;
#[path = "../support/timeline.rs"]
mod timeline;

use gemba::model::entry::{Draft, Entry, Says, Scope, Source, Told};
use gemba::model::fact::Role;
use gemba::model::ids::PointId;
use gemba::model::reading::{Raw, Reading, Value};
use gemba::model::settings::{CalendarSetting, PolicySetting, Setting, ShiftSetting, SiteSetting};
use gemba::model::time::{DAY_MS, Now, Period, Timestamp};
use gemba::pipeline::{Input, Opened, Output, Pipeline};
use gemba::signal::decode::{Decode, Order, Type};
use gemba::signal::{Point, Tells};
use gemba::store::{Config, HistoryCursor, Reader};
use std::time::Instant;
use store_fixture::{DATABASE, Open, config, open_with};
use timeline::{MACHINE, at, press};

/// A piece every ten seconds of 22 days, and a stop of a minute in each quarter hour.
const DAYS: u32 = 22;
const DAY_S: u32 = 86_400;
const ROLES: [Role; 3] = [Role::State, Role::Total, Role::Reject];
/// So seldom a commit, that 22 days are told in a minute.
const COMMIT_MS: i64 = 900_000;
/// Runs whose median stands.
const ENTRIES: u32 = 9;

/// A pipeline, its store on disk, and what passed between them.
struct Plant {
    pipeline: Pipeline,
    store: Open,
    reader: Reader,
    cursor: HistoryCursor,
    now: Now,
    /// Facts read for the past.
    read: usize,
    /// Stretches of the past that were written again.
    written: Vec<Period>,
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_with(&Config {
        max_disk_mb: 4_096,
        ..config(folder.path())
    });
    let reader = store.reader();
    let now = now(0);
    let pipeline = Pipeline::start(opened(), now);
    let mut plant = Plant {
        pipeline,
        store,
        reader,
        cursor: HistoryCursor::default(),
        now,
        read: 0,
        written: Vec::new(),
    };
    for second in (0..DAYS * DAY_S).step_by(10) {
        plant.poll(second);
    }
    let entered: Vec<_> = (0..ENTRIES).map(|number| plant.enter(number)).collect();
    let mut ms: Vec<f64> = entered.iter().map(|(ms, ..)| *ms).collect();
    ms.sort_by(f64::total_cmp);
    let (_, read, hours) = entered[0];
    println!(
        "scrap of the early shift 21 days ago, after {DAYS} days of a machine: {hours} h folded, {read} facts read, \
         {:.0} ms ({:.0} to {:.0}) with disk",
        ms[ms.len() / 2],
        ms[0],
        ms[ms.len() - 1]
    );
    drop(plant.reader);
    plant.store.stop();
}

impl Plant {
    fn poll(&mut self, second: u32) {
        self.now = now(second);
        let runs = second % 900 >= 60;
        let values = [
            i128::from(runs),
            i128::from(second / 10 - second / 900 * 6),
            i128::from(second / 500),
        ];
        let readings = (0..).zip(values).map(|(point, value)| Reading {
            point: PointId(point),
            at: self.now.at,
            received_at: self.now.at,
            raw: Ok(Raw::Value(Value::Int(value))),
        });
        let readings = readings.collect();
        self.hand(Input::Readings(readings, None));
        self.hand(Input::Tick);
    }

    /// What the store does in the background: of old snapshots those of the starts of shifts are left.
    fn prune(&self) {
        let conn = rusqlite::Connection::open(self.store.path.join(DATABASE)).unwrap();
        let old = self.now.at.plus(-2 * DAY_MS).0;
        conn.execute("DELETE FROM checkpoint WHERE at < ?1 AND keep = 0", [old])
            .unwrap();
    }

    /// Milliseconds until scrap of the second day's early shift is on disk, facts read for it, and hours written again.
    fn enter(&mut self, number: u32) -> (f64, usize, i64) {
        (self.read, self.written) = (0, Vec::new());
        let entry = Entry {
            key: format!("scrap-{number}").into(),
            says: Says::Scrap {
                pieces: 7,
                reason: "".into(),
                scope: Scope::Former("2026-11-22.early".into()),
            },
            source: Source::Manual,
            late: false,
        };
        let draft = Draft {
            machine: Some(MACHINE),
            at: at(f64::from(DAY_S + 14 * 3_600)).plus(-1),
            author: "leader".into(),
            told: Told::Entry(entry),
            room: None,
            rework: None,
            seen: None,
        };
        self.prune();
        let begin = Instant::now();
        self.hand(Input::Entry(draft, u64::from(number) + 1));
        // The core wakes as it asks to, without the time in between, until two commits in turn have brought nothing of the past.
        let (mut ms, mut known, mut calm_since) = (0.0, (0, 0), self.now.at);
        while self.now.at.since(calm_since) < 2 * COMMIT_MS {
            let wake = self.pipeline.wake_at(self.now).max(self.now.at.plus(1));
            self.now.mono_ms += u64::try_from(wake.since(self.now.at)).unwrap();
            self.now.at = wake;
            self.hand(Input::Tick);
            if known != (self.read, self.written.len()) {
                known = (self.read, self.written.len());
                calm_since = self.now.at;
                ms = begin.elapsed().as_secs_f64() * 1e3;
            }
        }
        let hours = self.written.iter().map(|range| range.ms()).sum::<i64>() / 3_600_000;
        (ms, self.read, hours)
    }

    fn hand(&mut self, input: Input) {
        self.pipeline.handle(input, self.now);
        while let Some(output) = self.pipeline.poll() {
            let answer = match output {
                Output::Commit(commit) => {
                    let ranges = commit.sealed.iter().filter_map(|sealed| sealed.range);
                    self.written.extend(ranges);
                    let number = commit.number;
                    let mut committed = self.store.commit(*commit);
                    committed.number = number;
                    Input::Committed(committed)
                }
                Output::Load(machine, from) => {
                    if from.is_some() {
                        self.cursor = HistoryCursor::default();
                    }
                    let from = from.unwrap_or(Timestamp::MIN);
                    let page = self.reader.history(machine, from, &mut self.cursor).unwrap();
                    self.read += page.facts.len();
                    Input::History(page)
                }
                Output::Ack(_) | Output::Reply(..) | Output::Live(_) => continue,
            };
            self.pipeline.handle(answer, self.now);
        }
    }
}

fn now(second: u32) -> Now {
    Now {
        at: at(f64::from(second)),
        mono_ms: u64::from(second) * 1_000,
        epoch: 0,
    }
}

fn opened() -> Opened {
    let shift = |id: &str, from_min, to_min| ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true; 7],
        from_min,
        to_min,
        breaks: vec![],
    };
    let calendar = CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: 360,
        shifts: vec![
            shift("early", 360, 840),
            shift("late", 840, 1_320),
            shift("night", 1_320, 360),
        ],
        ..CalendarSetting::default()
    };
    let point = |role: Role| Point {
        machine: MACHINE,
        name: role.name().into(),
        roles: vec![role],
        is_value: false,
        decode: Decode {
            kind: Type::Message,
            order: Order::Abcd,
            bit: None,
            scale: None,
            offset: None,
            range: None,
        },
        limit_ms: 30_000,
        own_time: false,
        tells: Tells::Changes,
    };
    Opened {
        settings: vec![
            Setting::Site(SiteSetting {
                org: "org".into(),
                site: "site".into(),
            }),
            Setting::Policy(PolicySetting::default()),
            Setting::Calendar(calendar),
            Setting::Machine(MACHINE, press(10.0)),
        ],
        points: ROLES.map(point).into(),
        names: vec![(MACHINE, "press-01".into())].into_iter().collect(),
        commit_ms: COMMIT_MS,
        version: "bench".into(),
        ..Opened::default()
    }
}
