//! A year of shift tallies of 50 machines, read from the store and merged, as one reader does it and as `/api/v1/rollups` asks
//! for it: `cargo bench --bench rollup`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints and reads the clock"
)]

use gemba::model::detail::Detail;
use gemba::model::ids::MachineId;
use gemba::model::settings::PolicySetting;
use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::model::time::{Period, Timestamp};
use gemba::oee::basis::Basis;
use gemba::oee::indicators::Kpi;
use gemba::oee::rollup::{By, Kinds, Over, Part, RollUp};
use gemba::serve::{Rolling, books_in};
use gemba::store::{self, Config, Reader};
use jiff::civil::date;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const MACHINES: i64 = 50;
const DAYS: i64 = 365;
const SHIFT_MS: i64 = 8 * 3_600_000;
/// 2025-01-01T06:00:00Z.
const START: i64 = 1_735_711_200_000;
const RUNS: usize = 9;

/// What OEE, its parts and coverage under any policy are worked out from.
const COLUMNS: [Column; 20] = [
    Column::RunningMs,
    Column::MinorStopMs,
    Column::UnexplainedMs,
    Column::BreakdownMs,
    Column::WaitingMs,
    Column::SetupMs,
    Column::PlannedStopMs,
    Column::BreakMs,
    Column::NoOrderMs,
    Column::UnknownMs,
    Column::PbtMs,
    Column::AptMs,
    Column::Total,
    Column::Good,
    Column::Reject,
    Column::Rework,
    Column::Judged,
    Column::EarnedTotalNs,
    Column::EarnedGoodNs,
    Column::NoStandardMs,
];

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fill(folder.path());
    let reader = Reader::open(folder.path()).unwrap();
    for (what, over, by, columns, detail) in [
        ("months of the plant, OEE", Over::Months, By::Plant, &COLUMNS[..], false),
        ("weeks by machine, OEE", Over::Weeks, By::Machine, &COLUMNS[..], false),
        (
            "months of the plant, every sum",
            Over::Months,
            By::Plant,
            &all()[..],
            false,
        ),
        (
            "months of the plant, with detail",
            Over::Months,
            By::Plant,
            &all()[..],
            true,
        ),
    ] {
        let (mut times, mut rows, mut oee) = (Vec::new(), 0, None);
        for _ in 0..RUNS {
            let begun = cpu_ms();
            (rows, oee) = year(&reader, &over, by, columns, detail);
            times.push(cpu_ms() - begun);
        }
        times.sort_by(f64::total_cmp);
        println!(
            "{what}: {rows} shift tallies in {:.1} ms of a processor (median of {RUNS}, best {:.1} ms), OEE {:.4}",
            times[RUNS / 2],
            times[0],
            oee.unwrap()
        );
    }
    drop(reader);
    for (what, over, by, machine) in [
        ("months of the plant", Over::Months, By::Plant, None),
        ("weeks by machine", Over::Weeks, By::Machine, None),
        ("days of one machine", Over::Days, By::Machine, Some(MachineId(7))),
    ] {
        asked(folder.path(), what, &over, by, machine);
    }
}

/// What an answer over HTTP asks for, every sum and detail; by the clock on the wall, since two threads work at it.
fn asked(folder: &Path, what: &str, over: &Over, by: By, machine: Option<MachineId>) {
    let books = books_in(folder.to_owned());
    let (mut times, mut groups) = (Vec::new(), 0);
    for _ in 0..RUNS {
        let asked = Rolling {
            over: over.clone(),
            by,
            first: date(2025, 1, 1),
            last: date(2025, 12, 31),
            kinds: Kinds::default(),
            plan: Arc::default(),
            machine,
            line: None,
        };
        let begun = Instant::now();
        groups = (books.rolled)(asked).unwrap().groups.len();
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{what}, as asked for over HTTP: {groups} groups in {:.1} ms (median of {RUNS}, best {:.1} ms)",
        times[RUNS / 2],
        times[0]
    );
}

/// Milliseconds this thread has had a processor; the system brings the number up to date when a thread steps back.
fn cpu_ms() -> f64 {
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let ns: f64 = text.split_whitespace().next().unwrap().parse().unwrap();
    ns / 1e6
}

fn all() -> Vec<Column> {
    Column::ALL.iter().map(|(column, _)| *column).collect()
}

/// Reads and merges the year; gives the rows read and the OEE of the first group.
fn year(reader: &Reader, over: &Over, by: By, columns: &[Column], detail: bool) -> (u64, Option<f64>) {
    let kinds = Kinds::default();
    let mut merged = RollUp::new(over.clone(), by, &kinds);
    let mut rows = 0;
    let period = Period::new(Timestamp(START), Timestamp(START + 3 * DAYS * SHIFT_MS));
    let each = |machine, key: &_, sums: &_, engines: &[u32]| {
        rows += 1;
        let start = Timestamp(START);
        merged.give(Part {
            machine,
            start,
            key,
            sums,
            engines,
        });
    };
    reader.each_shift((None, period), columns, detail, each).unwrap();
    let groups = merged.finish();
    let policy = PolicySetting::default();
    let oee = groups
        .values()
        .map(|group| Basis::under(&policy, &group.sums).get(Kpi::Oee));
    (rows, oee.collect::<Vec<_>>()[0].ok())
}

/// Three shifts a day of each machine with plausible sums; of 40 stops by reason and a hundred lengths of cycles.
fn fill(folder: &Path) {
    let config = Config {
        path: folder.to_owned(),
        commit_ms: 5_000,
        fact_days: 400,
        max_disk_mb: 1_000,
        sinks: Vec::new(),
    };
    let names: Vec<_> = (0..MACHINES).map(|machine| format!("press-{machine:02}")).collect();
    let (sender, _answers) = tokio::sync::mpsc::unbounded_channel();
    let (store, writer, _) = store::open(&config, &names, "bench", |_| String::new(), sender).unwrap();
    drop(writer);
    store.stop();
    let mut detail = Detail::default();
    for reason in 0..40 {
        let reason = format!("reason-{reason:02}").into();
        detail.stand(Class::Breakdown, &reason, 300_000, 2);
    }
    (0..100).for_each(|n| detail.cycles.add(9_000_000 + 50_000 * n, 20));
    let bytes = detail.bytes();
    println!("bytes of a shift's detail: {}", bytes.len());
    let mut conn = Connection::open(folder.join("gemba.db")).unwrap();
    let tx = conn.transaction().unwrap();
    for shift in 0..3 * DAYS {
        let date = jiff::Timestamp::from_millisecond(START + shift * SHIFT_MS).unwrap();
        let date = date.to_string();
        for machine in 0..MACHINES {
            insert(&tx, shift, machine, &date[..10], &bytes);
        }
    }
    tx.commit().unwrap();
}

fn insert(tx: &Connection, shift: i64, machine: i64, date: &str, detail: &[u8]) {
    let (run, stop, made) = (24_000_000, 3_000_000, 2_000 + machine + shift % 7);
    let filled = BTreeMap::from([
        ("running_ms", run),
        ("breakdown_ms", stop),
        ("break_ms", SHIFT_MS - run - stop),
        ("span_ms", SHIFT_MS),
        ("pbt_ms", run + stop),
        ("planned_ms", run + stop),
        ("known_ms", run + stop),
        ("apt_ms", run),
        ("total", made),
        ("judged", made),
        ("good", made - 10),
        ("reject", 10),
        ("earned_total_ns", made * 10_000_000_000),
        ("earned_good_ns", (made - 10) * 10_000_000_000),
    ]);
    let names: String = Column::ALL.iter().map(|(_, name)| format!(", {name}")).collect();
    let value = |name: &str| filled.get(name).copied().unwrap_or(0);
    let values: String = Column::ALL
        .iter()
        .map(|(_, name)| format!(", {}", value(name)))
        .collect();
    let sql = format!(
        "INSERT INTO tally_shift (shift_start, machine, shift, product, line, \"order\", standard, policy, business_date,
             site, org, crew, mould, detail{names})
         VALUES ({}, {machine}, '{}', 'VT-{}', 'L{}', '', 'machine', 'default', '{date}', 'ulm', 'acme', 'red', '', ?1{values})",
        START + shift * SHIFT_MS,
        ["early", "late", "night"][usize::try_from(shift % 3).unwrap()],
        machine % 9,
        machine % 5,
    );
    tx.execute(&sql, [detail]).unwrap();
}
