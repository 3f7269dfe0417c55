//! The engine in figures: facts folded, a past worked out again, sums on disk, memory for a large plant:
//! `cargo bench --bench engine`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints")]

#[path = "../support/long_life.rs"]
mod long_life;
#[path = "../support/store_fixture.rs"]
mod store_fixture;
#[path = "../support/timeline.rs"]
mod timeline;

use gemba::model::commit::{Checkpoint, Commit, Committed, Sealed};
use gemba::model::fact::{Fact, Role};
use gemba::model::ids::{MachineId, PointId};
use gemba::model::reading::{Raw, Reading, Value};
use gemba::model::settings::{CalendarSetting, PolicySetting, Setting, SiteSetting};
use gemba::model::tally::ENGINE;
use gemba::model::time::{HOUR_MS, Now, Timestamp};
use gemba::oee::plan::Plan;
use gemba::oee::rows::{Final, Rows};
use gemba::pipeline::fold::{Fold, Inbox, Passed};
use gemba::pipeline::{Input, Opened, Output, Pipeline};
use gemba::signal::decode::{Decode, Order, Type};
use gemba::signal::{Point, Tells};
use gemba::store::{Config, HistoryCursor};
use long_life::past;
use std::collections::BTreeMap;
use std::sync::Arc;
use store_fixture::{DATABASE, config, open, open_with};
use timeline::{MACHINE, Timeline, at, press};

/// One piece every 10 s: 23 days.
const PIECES: u32 = 200_000;
/// Orders that a machine of some years has made.
const OLD: u32 = 20_000;
/// Facts that a restatement or a replay reads at a time.
const PAGE: usize = 5_000;
/// The best of so many runs stands: what else the computer does can only make one slower.
const RUNS: usize = 5;
/// Facts an hour of the machine whose past is worked out again.
const BUSY: u32 = 5_000;
/// Machines of a large plant, and what each tells.
const MACHINES: u32 = 200;
const ROLES: [Role; 3] = [Role::State, Role::Total, Role::Reject];
const DAY_S: u32 = 86_400;
const MESSAGE: Decode = Decode {
    kind: Type::Message,
    order: Order::Abcd,
    bit: None,
    scale: None,
    offset: None,
    range: None,
};

fn main() {
    // First, while the process has the memory of nothing else.
    large_plant();
    folded();
    grown();
    restated();
}

/// Facts per second of processor time through the fold of one machine.
fn folded() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1);
    for piece in 1..=PIECES {
        let second = f64::from(piece) * 10.0;
        line.sample(Role::Total, second - 1.0, second, i128::from(piece));
        if piece % 50 == 0 {
            line.sample(Role::Reject, second - 1.0, second, i128::from(piece / 50));
        }
        if piece % 100 == 0 {
            line.sample(Role::State, second + 1.0, second + 1.0, 0);
            line.sample(Role::State, second + 4.0, second + 4.0, 1);
        }
    }
    let plan = line.plan();
    let facts: Vec<Arc<Fact>> = line.facts.into_iter().map(Arc::new).collect();
    let (best, (told, snapshots)) = best_of(|| fold(&facts, &plan));
    println!(
        "fold: {} facts make {} tallies and {} snapshots in {best:.3} s: {:.0} facts/s, {:.0} ns a fact",
        facts.len(),
        told.tallies.len(),
        snapshots,
        facts.len() as f64 / best,
        best / facts.len() as f64 * 1e9
    );
    stored(&facts, told);
}

/// What years leave in the plan makes no fact of today dearer.
fn grown() {
    let pieces: Vec<Arc<Fact>> = {
        let mut line = Timeline::new(press(10.0));
        line.first(0.0, 1);
        for piece in 1..=PIECES / 10 {
            let second = f64::from(piece) * 10.0;
            line.sample(Role::Total, second - 1.0, second, i128::from(piece));
        }
        line.facts.into_iter().map(Arc::new).collect()
    };
    let [young, old] = [1, OLD].map(|many| {
        let plan = past(many).plan();
        let (best, _) = best_of(|| fold(&pieces, &plan));
        best / pieces.len() as f64 * 1e9
    });
    println!("fold: {young:.0} ns a fact in a new plant, {old:.0} ns after {OLD} approvals, planned stops and orders");
}

/// Bytes on disk of facts and of what they fold to, a commit of an hour at a time.
fn stored(facts: &[Arc<Fact>], told: Final) {
    let folder = tempfile::tempdir().unwrap();
    let size = |fill: &mut dyn FnMut(&mut store_fixture::Open)| {
        let mut store = open_with(&Config {
            max_disk_mb: 4_096,
            ..config(folder.path())
        });
        fill(&mut store);
        store.stop();
        std::fs::metadata(folder.path().join(DATABASE)).unwrap().len()
    };
    let empty = size(&mut |_| {});
    let with_facts = size(&mut |store| {
        let pages = facts.chunks(PAGE);
        pages.for_each(|page| drop(store.facts(page.iter().map(|fact| (**fact).clone()).collect())));
    });
    let with_rows = size(&mut |store| {
        let mut spans = told.spans.iter().peekable();
        for tallies in told.tallies.chunks(60) {
            let end = tallies[tallies.len() - 1].period.end;
            let spans = std::iter::from_fn(|| spans.next_if(|span| span.period.end <= end)).cloned();
            store.seal(vec![Sealed {
                machine: MACHINE,
                range: None,
                tallies: tallies.to_vec(),
                spans: spans.collect(),
                flags: Vec::new(),
            }]);
        }
    });
    let conn = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    let alone = "SELECT sum(pgsize) FROM dbstat WHERE name = 'tally'";
    let alone: i64 = conn.query_row(alone, [], |row| row.get(0)).unwrap();
    let tallies = told.tallies.len() as u64;
    println!(
        "disk: {} bytes a fact; {} bytes a tally, {} with its span and its booking",
        (with_facts - empty) / facts.len() as u64,
        alone / told.tallies.len() as i64,
        (with_rows - with_facts) / tallies
    );
}

/// Folds page by page, as a replay does; gives the rows, and how many snapshots were passed.
fn fold(facts: &[Arc<Fact>], plan: &Plan) -> (Final, usize) {
    let mut fold = Fold::new(MACHINE, at(0.0));
    let (mut inbox, mut rows, mut passed) = (Inbox::default(), Rows::default(), Vec::new());
    let (mut told, mut snapshots) = (Final::default(), 0);
    for page in facts.chunks(PAGE) {
        page.iter().for_each(|fact| inbox.add(Arc::clone(fact)));
        fold.advance(page[page.len() - 1].at, &mut inbox, plan, &mut rows, &mut passed);
        let rows = rows.finish(MACHINE, fold.settled());
        told.tallies.extend(rows.tallies);
        told.spans.extend(rows.spans);
        snapshots += passed.drain(..).count();
    }
    (told, snapshots)
}

/// A fact an hour old on a busy machine: folded from the snapshot before it until a stored one agrees, without and with
/// reading it from disk.
fn restated() {
    let mut line = Timeline::new(press(0.72));
    line.first(0.0, 1);
    let gap = 3_600.0 / f64::from(BUSY);
    for piece in 1..=2 * BUSY {
        let second = f64::from(piece) * gap;
        line.sample(Role::Total, second - gap, second, i128::from(piece));
    }
    let plan = line.plan();
    let facts: Vec<Arc<Fact>> = line.facts.iter().cloned().map(Arc::new).collect();
    let mut live = Fold::new(MACHINE, at(0.0));
    let (mut inbox, mut rows, mut passed) = (Inbox::default(), Rows::default(), Vec::new());
    facts.iter().for_each(|fact| inbox.add(Arc::clone(fact)));
    live.advance(at(7_190.0), &mut inbox, &plan, &mut rows, &mut passed);
    let (alone, agreed) = best_of(|| again(&passed, &facts, &plan));
    println!(
        "restatement: {BUSY} facts an hour, a fact of an hour ago: agreed after {} min, fold alone {:.2} ms",
        agreed / 60_000,
        alone * 1e3
    );
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    for page in line.facts.chunks(500) {
        store.facts(page.to_vec());
    }
    store.commit(Commit {
        checkpoints: passed.iter().filter_map(checkpoint).collect(),
        ..Commit::default()
    });
    let reader = store.reader();
    let from = at(3_600.0);
    let (reading, read) = best_of(|| {
        reader
            .history(MACHINE, from, &mut HistoryCursor::default())
            .unwrap()
            .facts
            .len()
    });
    println!(
        "restatement with reading: {read} facts on the first page, {:.2} ms",
        (alone + reading) * 1e3
    );
    drop(reader);
    store.stop();
}

/// Folds from the newest snapshot at least an hour old until one agrees; gives how many milliseconds that were.
fn again(passed: &[Passed], facts: &[Arc<Fact>], plan: &Plan) -> i64 {
    let from = at(3_590.0);
    let known: BTreeMap<Timestamp, &Vec<u8>> = passed
        .iter()
        .filter_map(|passed| Some((passed.at, passed.bytes.as_ref()?)))
        .collect();
    let (start, bytes) = known.range(..=from).next_back().unwrap();
    let mut fold = Fold::decode(MACHINE, bytes, ENGINE).unwrap();
    let (mut inbox, mut rows, mut new) = (Inbox::default(), Rows::default(), Vec::new());
    let later = facts.iter().filter(|fact| fact.at >= *start);
    later.for_each(|fact| inbox.add(Arc::clone(fact)));
    loop {
        fold.advance(fold.reach(HOUR_MS / 4), &mut inbox, plan, &mut rows, &mut new);
        let agrees = |passed: &Passed| passed.at > from && known.get(&passed.at) == passed.bytes.as_ref().as_ref();
        if let Some(agreed) = new.iter().find(|passed| agrees(passed)) {
            return agreed.at.since(*start);
        }
    }
}

fn checkpoint(passed: &Passed) -> Option<Checkpoint> {
    Some(Checkpoint {
        machine: MACHINE,
        at: passed.at,
        engine: ENGINE,
        keep: false,
        bytes: passed.bytes.clone()?,
    })
}

/// Memory of a pipeline with many machines, each of which made a piece every ten seconds of a day, above that of none.
fn large_plant() {
    let before = resident_kib();
    let mut pipeline = Pipeline::start(opened(), now(0));
    let (mut facts, mut tallies) = (0, 0);
    let begin = cpu_s();
    for second in (0..DAY_S).step_by(10) {
        pipeline.handle(Input::Readings(readings(second), None), now(second));
        pipeline.handle(Input::Tick, now(second));
        while let Some(output) = pipeline.poll() {
            let Output::Commit(commit) = output else { continue };
            let first_seq = facts + 1;
            facts += commit.facts.len() as u64;
            tallies += commit.sealed.iter().map(|sealed| sealed.tallies.len()).sum::<usize>();
            let committed = Committed {
                number: commit.number,
                first_seq,
                last_seq: facts,
                last_booking: 0,
                shifts: Vec::new(),
                engines: Vec::new(),
                again: Vec::new(),
            };
            pipeline.handle(Input::Committed(committed), now(second));
        }
    }
    println!(
        "memory: {MACHINES} machines take {:.1} MiB above none after a day of {facts} facts and {tallies} tallies, in {:.1} s",
        (resident_kib() - before) as f64 / 1024.0,
        cpu_s() - begin
    );
}

fn now(second: u32) -> Now {
    Now {
        at: at(f64::from(second)),
        mono_ms: u64::from(second) * 1_000,
        epoch: 0,
    }
}

fn opened() -> Opened {
    let machine = |id: u32| Setting::Machine(MachineId(id), press(10.0));
    let site = SiteSetting {
        org: "org".into(),
        site: "site".into(),
    };
    let calendar = CalendarSetting {
        timezone: "Europe/Berlin".into(),
        ..CalendarSetting::default()
    };
    let plant = [
        Setting::Site(site),
        Setting::Policy(PolicySetting::default()),
        Setting::Calendar(calendar),
    ];
    let point = |machine: u32, role: Role| Point {
        machine: MachineId(machine),
        name: role.name().into(),
        roles: vec![role],
        is_value: false,
        decode: MESSAGE,
        limit_ms: 30_000,
        own_time: false,
        tells: Tells::Changes,
    };
    Opened {
        settings: plant.into_iter().chain((0..MACHINES).map(machine)).collect(),
        points: (0..MACHINES).flat_map(|id| ROLES.map(|role| point(id, role))).collect(),
        names: (0..MACHINES)
            .map(|id| (MachineId(id), format!("m{id}").into()))
            .collect(),
        commit_ms: 5_000,
        version: "bench".into(),
        ..Opened::default()
    }
}

/// Each machine stands for a minute of each quarter hour; every fiftieth piece is bad.
fn readings(second: u32) -> Vec<Reading> {
    let runs = second % 900 >= 60;
    let made = i128::from(second / 10);
    let values = [i128::from(runs), made - i128::from(second / 900 * 6), made / 50];
    let reading = |point: u32, value: i128| Reading {
        point: PointId(point),
        at: at(f64::from(second)),
        received_at: at(f64::from(second)),
        raw: Ok(Raw::Value(Value::Int(value))),
    };
    (0..MACHINES)
        .flat_map(|machine| {
            (0..)
                .zip(values)
                .map(move |(place, value)| reading(3 * machine + place, value))
        })
        .collect()
}

/// The processor seconds of the fastest of some runs, and what it gave.
fn best_of<T>(mut run: impl FnMut() -> T) -> (f64, T) {
    let mut timed = || {
        let begin = cpu_s();
        let given = run();
        (cpu_s() - begin, given)
    };
    let first = timed();
    (1..RUNS).fold(first, |best, _| {
        let next = timed();
        if next.0 < best.0 { next } else { best }
    })
}

fn resident_kib() -> i64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Seconds this thread has had a processor; the system brings the number up to date when a thread steps back.
fn cpu_s() -> f64 {
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let ns: f64 = text.split_whitespace().next().unwrap().parse().unwrap();
    ns / 1e9
}
