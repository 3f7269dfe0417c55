//! A data folder with its store, and short ways to make facts and final rows, for the tests of the store.
#![allow(dead_code)] // Each test file uses its own part.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

use gemba::model::booking::{Booking, Field};
use gemba::model::commit::{Commit, Committed, Sealed};
use gemba::model::detail::Detail;
use gemba::model::fact::{Body, Fact, Loss, PointValue, Role, Signal};
use gemba::model::ids::MachineId;
use gemba::model::reading::{Quality, Value};
use gemba::model::state::Class;
use gemba::model::tally::{Column, Source, SpanRow, Tally, TallyKey, TallyRow};
use gemba::model::time::{MINUTE_MS, Period, QUARTER_MS, Timestamp};
use gemba::store::{self, Answer, Config, Opening, Reader, Store, Writer};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;

/// 2026-11-21T06:00:00Z.
pub const T0: i64 = 1_795_240_800_000;
/// Files of the database.
pub const DATABASE: &str = "gemba.db";
pub const WAL: &str = "gemba.db-wal";
/// No answer of a store takes longer, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An open store.
pub struct Open {
    pub store: Store,
    pub writer: Writer,
    pub opening: Opening,
    pub answers: UnboundedReceiver<Answer>,
    pub number: u64,
    pub path: PathBuf,
}

pub fn config(path: &Path) -> Config {
    Config {
        path: path.to_owned(),
        commit_ms: 5_000,
        fact_days: 400,
        max_disk_mb: 64,
        sinks: vec!["influx".to_owned()],
    }
}

/// A booking as text a test can take apart: `measurement|tag=value,...|field=value,...|at`.
pub fn encode(booking: &Booking) -> String {
    let tags: Vec<_> = booking
        .tags
        .iter()
        .map(|(tag, value)| format!("{tag}={value}"))
        .collect();
    let fields: Vec<_> = booking
        .fields
        .iter()
        .map(|(field, value)| match value {
            Field::Int(number) => format!("{field}={number}"),
            Field::Float(number) => format!("{field}={number}f"),
            Field::Text(text) => format!("{field}:{text}"),
        })
        .collect();
    format!(
        "{}|{}|{}|{}",
        booking.measurement,
        tags.join(","),
        fields.join(","),
        booking.at.0
    )
}

pub fn machines() -> Vec<String> {
    vec!["press-01".to_owned(), "press-02".to_owned()]
}

pub fn open(path: &Path) -> Open {
    open_with(&config(path))
}

pub fn open_with(config: &Config) -> Open {
    let (sender, answers) = tokio::sync::mpsc::unbounded_channel();
    // Every run of an agent has an id of its own.
    static RUNS: AtomicU32 = AtomicU32::new(1);
    let boot = format!("boot-{}", RUNS.fetch_add(1, Ordering::Relaxed));
    let (store, writer, opening) = store::open(config, &machines(), &boot, encode, sender).unwrap();
    Open {
        store,
        writer,
        opening,
        answers,
        number: 0,
        path: config.path.clone(),
    }
}

impl Open {
    /// Hands a commit over and waits for its answer.
    pub fn try_commit(&mut self, mut commit: Commit) -> Answer {
        self.number += 1;
        commit.number = self.number;
        self.writer.commit(commit).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, self.answers.recv()).await });
        answer.unwrap().unwrap()
    }

    pub fn commit(&mut self, commit: Commit) -> Committed {
        match self.try_commit(commit) {
            Answer::Committed(committed) => {
                assert_eq!(committed.number, self.number);
                committed
            }
            Answer::Refused { why, .. } => panic!("refused: {why}"),
        }
    }

    pub fn facts(&mut self, facts: Vec<Fact>) -> Committed {
        self.commit(Commit {
            facts,
            ..Commit::default()
        })
    }

    pub fn seal(&mut self, sealed: Vec<Sealed>) -> Committed {
        self.commit(Commit {
            sealed,
            ..Commit::default()
        })
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.path).unwrap()
    }

    /// All bookings in order.
    pub fn lines(&self) -> Vec<String> {
        lines(&self.path)
    }

    pub fn stop(self) {
        self.store.stop();
    }
}

/// All bookings of a folder in order.
pub fn lines(path: &Path) -> Vec<String> {
    let reader = Reader::open(path).unwrap();
    let bookings = reader.bookings("none", 1, u64::MAX, usize::MAX).unwrap();
    bookings.into_iter().map(|booked| booked.line).collect()
}

pub fn body(role: Role, value: i128, at: i64) -> Body {
    Body::Signal(Signal {
        role,
        value: Some(Value::Int(value)),
        quality: Quality::Good,
        taken_at: Timestamp(at),
        seen: None,
    })
}

/// A count of a machine, received 5 ms after its instant.
pub fn count(machine: u32, at: i64, value: i128) -> Fact {
    fact(Some(machine), at, at + 5, body(Role::Good, value, at))
}

pub fn fact(machine: Option<u32>, at: i64, received_at: i64, body: Body) -> Fact {
    Fact {
        at: Timestamp(at),
        received_at: Timestamp(received_at),
        mono_ms: 7,
        epoch: 0,
        machine: machine.map(MachineId),
        author: "agent".into(),
        body,
    }
}

pub fn value(point: &str, mean: f64) -> PointValue {
    PointValue {
        point: point.into(),
        n: 6,
        mean,
        min: mean,
        max: mean,
        last: mean,
        quality: Quality::Good,
    }
}

pub fn key(product: &str) -> Arc<TallyKey> {
    Arc::new(TallyKey {
        org: "acme".into(),
        site: "ulm".into(),
        line: "L1".into(),
        shift: "early".into(),
        shift_start: Timestamp(T0),
        business_date: "2026-11-21".into(),
        product: product.into(),
        order: "".into(),
        standard: "machine".into(),
        policy: "default".into(),
        crew: "".into(),
        mould: "".into(),
    })
}

/// The tally of minute number `minute` after `T0`.
pub fn tally(machine: u32, minute: i64, product: &str, good: i64) -> TallyRow {
    let start = Timestamp(T0 + minute * MINUTE_MS);
    let mut tally = Tally::default();
    tally.add(Column::Good, good);
    tally.add(Column::Total, good + 1);
    tally.add(Column::RunningMs, MINUTE_MS);
    tally.add(Column::SpanMs, MINUTE_MS);
    TallyRow {
        machine: MachineId(machine),
        period: Period::new(start, start.plus(MINUTE_MS)),
        key: key(product),
        tally,
        detail: Detail::default(),
    }
}

/// A stretch from minute `from` to `to` after `T0`; `since` in minutes too.
pub fn span(machine: u32, (from, to): (i64, i64), class: Class, reason: &str, since: i64) -> SpanRow {
    let at = |minute: i64| Timestamp(T0 + minute * MINUTE_MS);
    SpanRow {
        machine: MachineId(machine),
        period: Period::new(at(from), at(to)),
        class,
        state: "stopped".into(),
        reason: reason.into(),
        author: "".into(),
        since: at(since),
        counts: from == since,
        key: key("A"),
        source: Source::Auto,
    }
}

/// Final rows of a machine; `range` in minutes after `T0` makes it a restatement.
pub fn sealed(machine: u32, range: Option<(i64, i64)>, tallies: Vec<TallyRow>, spans: Vec<SpanRow>) -> Sealed {
    let at = |minute: i64| Timestamp(T0 + minute * MINUTE_MS);
    Sealed {
        machine: MachineId(machine),
        range: range.map(|(from, to)| Period::new(at(from), at(to))),
        tallies,
        spans,
        flags: Vec::new(),
    }
}

/// A booking taken apart again.
pub struct Point {
    pub measurement: String,
    pub tags: BTreeMap<String, String>,
    pub ints: BTreeMap<String, i64>,
    pub at: i64,
}

pub fn point(line: &str) -> Point {
    let parts: Vec<_> = line.split('|').collect();
    let pairs = |text: &str| -> Vec<(String, String)> {
        let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    Point {
        measurement: parts[0].to_owned(),
        tags: pairs(parts[1]).into_iter().collect(),
        ints: pairs(parts[2])
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
            .collect(),
        at: parts[3].parse().unwrap(),
    }
}

pub fn whole() -> Period {
    Period::new(Timestamp(T0 - QUARTER_MS), Timestamp(T0 + 1_000 * MINUTE_MS))
}

pub fn copy(from: &Path, to: &Path, names: &[&str]) {
    fs::create_dir_all(to).unwrap();
    for name in names {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

pub fn fill(open: &mut Open, commits: i64, facts: i64) {
    for commit in 0..commits {
        let first = commit * facts;
        let facts = (first..first + facts)
            .map(|n| count(0, T0 + n * 1_000, n.into()))
            .collect();
        open.commit(Commit {
            facts,
            sealed: vec![sealed(0, None, vec![tally(0, commit, "A", commit)], vec![])],
            ..Commit::default()
        });
    }
}

pub fn losses(reader: &Reader) -> Vec<(u64, Loss)> {
    let facts = reader.facts(0, usize::MAX).unwrap();
    facts
        .into_iter()
        .filter_map(|(seq, fact)| {
            if let Body::Loss(loss) = fact.body {
                Some((seq, loss))
            } else {
                None
            }
        })
        .collect()
}

pub fn commit_of(second: i64) -> Commit {
    Commit {
        facts: vec![count(0, T0 + second * 1_000, second.into())],
        ..Commit::default()
    }
}
