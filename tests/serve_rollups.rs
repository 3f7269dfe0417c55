//! Roll-ups over HTTP: what is merged from the data folder, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/store_fixture.rs"]
mod fixture;
#[path = "support/web.rs"]
mod web;

use fixture::{T0, open, sealed, tally};
use gemba::model::calendar::CalendarSetting;
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use gemba::model::settings::{Change, MachineSetting, RejectSource, Setting, SettingKind};
use gemba::model::tally::{Column, Sums, TallyRow};
use gemba::model::time::{DAY_MS, MINUTE_MS, Timestamp};
use gemba::oee::rollup::{By, Groups, Kinds, Over, When};
use gemba::serve::{Rolling, books_in};
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Site, client};

fn rolling(over: Over, by: By) -> Rolling {
    Rolling {
        over,
        by,
        first: date(2026, 11, 21),
        last: date(2026, 11, 21),
        kinds: Kinds::default(),
        plan: Arc::default(),
        machine: None,
        line: None,
    }
}

fn good(groups: &Groups) -> Vec<i64> {
    groups
        .values()
        .map(|merged| merged.sums.tally.get(Column::Good))
        .collect()
}

#[test]
fn hours_come_from_minutes_and_longer_times_from_shifts_and_both_have_the_same_sums() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    for machine in [0, 1] {
        let rows = (0..150).map(|minute| tally(machine, minute, "A", 2)).collect();
        open.seal(vec![sealed(machine, None, rows, vec![])]);
    }
    open.seal(vec![sealed(0, Some((7, 8)), vec![tally(0, 7, "A", 5)], vec![])]);
    let books = books_in(folder.path().to_owned());
    let ask = |rolling: Rolling| (books.rolled)(rolling).unwrap();
    let hours = ask(rolling(Over::Hours(TimeZone::UTC), By::Plant));
    // Two machines with 2 a minute: 240, 240, 120, and 3 more in the minute that was corrected.
    assert_eq!(good(&hours.groups), [243, 240, 120]);
    assert!(hours.groups.keys().next() == Some(&(When::Hour(Timestamp(T0)), "ulm".into())));
    assert_eq!((hours.corrected, hours.is_cut), (1, false));
    let corrected = |rolling: Rolling| ask(rolling).corrected;
    for (line, machine, minutes) in [("L1", None, 1), ("L2", None, 0), ("L1", Some(MachineId(1)), 0)] {
        let of = Rolling {
            line: Some(line.into()),
            machine,
            ..rolling(Over::Days, By::Machine)
        };
        assert_eq!(corrected(of), minutes, "{line} {machine:?}");
    }
    let next_day = Rolling {
        first: date(2026, 11, 22),
        last: date(2026, 11, 22),
        ..rolling(Over::Days, By::Machine)
    };
    assert_eq!(corrected(next_day), 0, "it is of the day before");
    for over in [Over::Shifts, Over::Days, Over::Weeks, Over::Months] {
        assert_eq!(good(&ask(rolling(over, By::Line)).groups), [603]);
    }
    assert_eq!(good(&ask(rolling(Over::Days, By::Machine)).groups), [303, 300]);
    let one = Rolling {
        machine: Some(MachineId(1)),
        ..rolling(Over::Days, By::Product)
    };
    assert_eq!(good(&ask(one).groups), [300]);
    let other = Rolling {
        first: date(2026, 11, 22),
        last: date(2026, 11, 30),
        ..rolling(Over::Days, By::Machine)
    };
    assert!(ask(other).groups.is_empty());
    let serial = LineSetting::Serial {
        bottleneck: MachineId(0),
        output: MachineId(1),
    };
    let line = Rolling {
        kinds: BTreeMap::from([("L1".into(), serial)]).into(),
        ..rolling(Over::Days, By::Line)
    };
    let product = |machine| Rolling {
        by: By::Product,
        machine,
        ..line.clone()
    };
    assert_eq!(good(&ask(line.clone()).groups), [300], "those of its last machine");
    assert_eq!(good(&ask(product(None)).groups), [300], "of the product once, too");
    assert_eq!(
        good(&ask(product(Some(MachineId(0)))).groups),
        [303],
        "what one machine did"
    );
    open.stop();
}

/// A setting that holds from a day before the tallies on.
fn told(setting: Setting) -> Fact {
    let id = |setting: &Setting| matches!(setting, Setting::Machine(..)).then(|| setting.item().1.parse().unwrap());
    Fact {
        at: Timestamp(T0).plus(-DAY_MS),
        received_at: Timestamp(T0),
        mono_ms: 0,
        epoch: 0,
        machine: id(&setting).map(MachineId),
        author: "config".into(),
        body: Body::Setting(Change::new(setting)),
    }
}

#[tokio::test]
async fn a_row_has_quality_and_oee_only_where_the_rejects_of_every_machine_in_it_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    // Two machines: 2 of 3 pieces of A good; the second makes B, and its rejects are counted by nobody. Then it stands.
    let judged = |minute| {
        let mut row = tally(0, minute, "A", 2);
        for (column, amount) in [
            (Column::Judged, 3),
            (Column::Reject, 1),
            (Column::EarnedTotalNs, 48_000_000_000),
            (Column::EarnedGoodNs, 32_000_000_000),
        ] {
            row.tally.add(column, amount);
        }
        row
    };
    let stood = |minute| {
        let mut row = tally(1, minute, "B", -1);
        row.tally.add(Column::Good, 1);
        row.tally.add(Column::RunningMs, -MINUTE_MS);
        row.tally.add(Column::BreakdownMs, MINUTE_MS);
        row
    };
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        open.seal(vec![sealed(0, None, (0..120).map(judged).collect(), vec![])]);
        open.seal(vec![sealed(1, None, (0..120).map(stood).collect(), vec![])]);
        open.stop();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    let counted = |reject_source| MachineSetting {
        line: "L1".into(),
        reject_source,
        ..MachineSetting::default()
    };
    site.plan.send_modify(|plan| {
        let plan = Arc::make_mut(plan);
        plan.apply(&calendar());
        plan.apply(&told(Setting::Machine(MachineId(0), counted(RejectSource::Counter))));
        plan.apply(&told(Setting::Machine(MachineId(1), counted(RejectSource::None))));
    });
    for (of, first, second) in [
        ("machine", Some(32.0 / 60.0), None),
        ("product", Some(32.0 / 60.0), None),
        ("line", None, None),
        ("plant", None, None),
    ] {
        let (code, day) = asked(&site, &format!("by=day&of={of}&from=2026-11-21")).await;
        assert_eq!(code, 200, "{day}");
        assert_eq!(day["kept_since"], Json::Null, "all of it is there");
        let oee = |row: usize| day["rows"][row]["kpis"]["oee"].as_f64();
        assert_eq!((oee(0), oee(1)), (first, second), "{of}: {day}");
        let lacking = day["rows"].as_array().unwrap().last().unwrap();
        assert_eq!(lacking["why"]["oee"], "rejects are not counted on press-02", "{of}");
        assert_eq!(lacking["kpis"]["uph"], Json::Null, "{of}");
        assert!(lacking["kpis"]["availability"].is_f64(), "{of}");
    }
    // What holds two days later is no matter of this day.
    let mut uncounted = told(Setting::Machine(MachineId(0), counted(RejectSource::None)));
    uncounted.at = Timestamp(T0).plus(2 * DAY_MS);
    site.plan.send_modify(|plan| Arc::make_mut(plan).apply(&uncounted));
    site.change(|live| live.at = Timestamp(T0).plus(3 * DAY_MS));
    let (_, days) = asked(&site, "by=day&of=machine&from=2026-11-21&to=2026-11-24").await;
    assert_eq!(days["rows"][0]["kpis"]["oee"].as_f64(), Some(32.0 / 60.0), "{days}");
    // Taken out of the configuration, it is judged by what held last.
    let mut gone = told(Setting::Removed(SettingKind::Machine, "1".into()));
    gone.at = Timestamp(T0);
    gone.machine = Some(MachineId(1));
    site.plan.send_modify(|plan| Arc::make_mut(plan).apply(&gone));
    let (_, day) = asked(&site, "by=day&of=plant&from=2026-11-21").await;
    assert_eq!(day["rows"][0]["kpis"]["oee"], Json::Null, "{day}");
}

/// A calendar of whole days in UTC.
fn calendar() -> Fact {
    told(Setting::Calendar(CalendarSetting {
        timezone: "UTC".into(),
        ..CalendarSetting::default()
    }))
}

#[tokio::test]
async fn the_wall_and_a_roll_up_of_the_same_sums_tell_the_same_kpis() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    // Two hours: 3 pieces a minute of 16 s, 2 of them good; every sixth minute a breakdown, its pieces counted all the same.
    let rows: Vec<TallyRow> = (0..120)
        .map(|minute| {
            let mut row = tally(0, minute, "A", 2);
            let is_down = minute % 6 == 5;
            for (column, amount) in [
                (Column::RunningMs, if is_down { -MINUTE_MS } else { 0 }),
                (Column::BreakdownMs, if is_down { MINUTE_MS } else { 0 }),
                (Column::PbtMs, MINUTE_MS),
                (Column::AptMs, if is_down { 0 } else { MINUTE_MS }),
                (Column::PlannedMs, MINUTE_MS),
                (Column::KnownMs, MINUTE_MS),
                (Column::Reject, 1),
                (Column::Judged, 3),
                (Column::EarnedTotalNs, 48_000_000_000),
                (Column::EarnedGoodNs, 32_000_000_000),
            ] {
                row.tally.add(column, amount);
            }
            row.detail.cycles.add(20_000_000, 3);
            row
        })
        .collect();
    let mut sums = Sums::default();
    rows.iter().for_each(|row| sums.give(row));
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        open.seal(vec![sealed(0, None, rows, vec![])]);
        open.stop();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    site.change(|live| {
        (live.machines[0].tally, live.machines[0].detail) = (sums.tally, sums.detail.clone());
    });
    let wall = site.json("/api/v1/wall").await["machines"][0].clone();
    let (code, shifts) = asked(&site, "by=shift&of=machine&from=2026-11-21").await;
    assert_eq!(code, 200, "{shifts}");
    let row = &shifts["rows"][0];
    assert_eq!((&row["kpis"], &row["why"]), (&wall["kpi"], &wall["why"]));
    assert_eq!(
        (&shifts["policy"], &row["coverage"]),
        (&wall["policy"], &wall["kpi"]["coverage"])
    );
    // 100 of 120 min; 96 min earned in 100; 2 of 3 pieces; 64 of 120 min.
    let kpis = |name: &str| row["kpis"][name].as_f64().unwrap();
    let near = |is: f64, expected: f64| assert!((is - expected).abs() < 1e-9, "{is}, not {expected}");
    near(kpis("availability"), 100.0 / 120.0);
    near(kpis("performance"), 0.96);
    near(kpis("quality"), 2.0 / 3.0);
    near(kpis("oee"), 64.0 / 120.0);
    // A day of the plant has 24 hours once its calendar is known: 64 minutes of 1,440.
    site.plan.send_modify(|plan| Arc::make_mut(plan).apply(&calendar()));
    site.change(|live| live.at = Timestamp(T0).plus(2 * DAY_MS));
    let (_, day) = asked(&site, "by=day&of=machine&from=2026-11-21").await;
    near(day["rows"][0]["kpis"]["teep"].as_f64().unwrap(), 64.0 / 1_440.0);
    near(
        day["rows"][0]["kpis"]["calendar_coverage"].as_f64().unwrap(),
        120.0 / 1_440.0,
    );
    let (_, month) = asked(&site, "by=month&of=plant&from=2026-11-20&to=2026-11-21").await;
    near(month["rows"][0]["kpis"]["teep"].as_f64().unwrap(), 64.0 / 2_880.0);
}

#[tokio::test]
async fn a_line_made_serial_today_leaves_the_roll_ups_of_the_days_before_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        for machine in [0, 1] {
            let rows = (0..120).map(|minute| tally(machine, minute, "A", 2)).collect();
            open.seal(vec![sealed(machine, None, rows, vec![])]);
        }
        open.stop();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    let serial = LineSetting::Serial {
        bottleneck: MachineId(0),
        output: MachineId(1),
    };
    let mut today = calendar();
    today.at = Timestamp(T0).plus(2 * DAY_MS);
    today.body = Body::Setting(Change::new(Setting::Line("L1".into(), serial)));
    site.plan.send_modify(|plan| {
        let plan = Arc::make_mut(plan);
        plan.apply(&calendar());
        plan.apply(&today);
    });
    site.change(|live| live.at = today.at.plus(DAY_MS));
    let (code, day) = asked(&site, "by=day&of=line&from=2026-11-21").await;
    assert_eq!(code, 200, "{day}");
    // 2 machines x 120 min x 2 pieces.
    assert_eq!(day["rows"][0]["sums"]["good"], 480, "{day}");
    for by in ["day", "month"] {
        let (_, all) = asked(&site, &format!("by={by}&of=line&from=2026-11-21&to=2026-11-24")).await;
        assert_eq!(all["rows"][0]["sums"]["good"], 480, "as of each day: {all}");
    }
    // What is said of it within the day holds for all of that day.
    let mut noon = told(Setting::Line("L1".into(), serial));
    noon.at = Timestamp(T0).plus(360 * MINUTE_MS);
    site.plan.send_modify(|plan| Arc::make_mut(plan).apply(&noon));
    let (_, day) = asked(&site, "by=day&of=line&from=2026-11-21").await;
    assert_eq!(day["rows"][0]["sums"]["good"], 240, "{day}");
}

async fn asked(site: &Site, query: &str) -> (u16, Json) {
    let answer = client()
        .get(site.url(&format!("/api/v1/rollups?{query}")))
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn a_question_that_cannot_be_answered_is_refused_with_what_to_ask() {
    let site = Site::without_stops().await;
    for (query, status, what) in [
        (
            "of=machine&from=2026-11-21",
            400,
            "by is hour, shift, day, week or month",
        ),
        (
            "by=day&of=crew&from=2026-11-21",
            400,
            "of is machine, line, plant, product or order",
        ),
        ("by=day&of=machine", 400, "from is missing"),
        ("by=day&of=machine&from=21.11.2026", 400, "is no date"),
        ("by=day&of=machine&from=2026-11-21&to=2026-11-20", 400, "are 0 dates"),
        (
            "by=hour&of=machine&from=2026-10-01&to=2026-11-01",
            400,
            "1 to 31 of them",
        ),
        (
            "by=week&of=plant&from=1980-01-01&to=2026-11-01",
            400,
            "1 to 3660 of them",
        ),
        (
            "by=hour&of=plant&from=-009999-01-01&to=-009999-01-03",
            400,
            "is no date",
        ),
        ("by=day&of=plant&from=2200-01-01", 400, "1970-01-01 to 2199-12-31"),
        (
            "by=day&of=machine&from=2026-11-21&machine=press-99",
            404,
            "there is no machine press-99",
        ),
    ] {
        let (code, body) = asked(&site, query).await;
        assert_eq!(code, status, "{query}: {body}");
        assert!(body["detail"].as_str().unwrap().contains(what), "{query}: {body}");
    }
    let (code, body) = asked(&site, "by=day&of=machine&from=2026-11-21&to=2026-11-22").await;
    assert_eq!(code, 200, "{body}");
    assert_eq!(
        (&body["rows"], &body["engine"]),
        (&Json::Array(vec![]), &Json::Null),
        "where there are no rows no engine worked them out"
    );
}
