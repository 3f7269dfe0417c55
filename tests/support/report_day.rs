//! A hand-made day of two lines, as settings and shift tallies: what a report is made from, without a fold.
#![allow(dead_code)] // Each test file uses its own part.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

use gemba::model::fact::{Body, Fact};
use gemba::model::ids::{MachineId, Roster};
use gemba::model::settings::{
    CalendarSetting, Change, MachineSetting, Meter, OrderSetting, ProductSetting, ReasonSetting, RejectSource, Setting,
    ShiftSetting, SiteSetting, TargetSetting,
};
use gemba::model::state::Class;
use gemba::model::tally::{Column, Flag, FlagKind, Source, SpanRow, Standing, Sums, TallyKey};
use gemba::model::time::{HOUR_MS, MINUTE_MS, Period, Timestamp};
use gemba::oee::meters::Meters;
use gemba::oee::plan::Plan;
use gemba::report::gather::{Known, Row};
use gemba::report::stretch::{Kind, Stretch};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// 2026-11-20T23:00:00Z: 06:00 of Saturday, 21 November, in Ho Chi Minh City.
pub const SIX: Timestamp = Timestamp(1_795_215_600_000);
pub const PRESS_1: MachineId = MachineId(0);
pub const PRESS_2: MachineId = MachineId(1);
pub const PACK: MachineId = MachineId(2);

/// A plan of settings that hold from a day before the shift.
pub fn plan(settings: Vec<Setting>) -> Plan {
    let mut plan = Plan::default();
    for setting in settings {
        let machine = if let Setting::Machine(id, _) = &setting {
            Some(*id)
        } else {
            None
        };
        plan.apply(&Fact {
            at: SIX.plus(-24 * HOUR_MS),
            received_at: SIX.plus(-24 * HOUR_MS),
            mono_ms: 0,
            epoch: 0,
            machine,
            author: "config".into(),
            body: Body::Setting(Change::new(setting)),
        });
    }
    plan
}

/// Three shifts of eight hours on each day, the first from 06:00 with a break of half an hour.
pub fn calendar(timezone: &str) -> CalendarSetting {
    let shift = |id: &str, name: &str, from_min, to_min, breaks| ShiftSetting {
        id: id.into(),
        name: name.into(),
        days: [true; 7],
        from_min,
        to_min,
        breaks,
    };
    CalendarSetting {
        timezone: timezone.into(),
        day_start_min: 360,
        shifts: vec![
            shift("1", "Ca 1", 360, 840, vec![(690, 720)]),
            shift("2", "Ca 2", 840, 1_320, vec![]),
            shift("3", "Ca 3", 1_320, 360, vec![]),
        ],
        ..CalendarSetting::default()
    }
}

fn names(texts: [(&str, &str); 3]) -> BTreeMap<Arc<str>, Arc<str>> {
    texts.map(|(lang, text)| (lang.into(), text.into())).into()
}

/// The plant: two presses of a line, the second without a standard, and a packing machine whose rejects people enter.
pub fn settings() -> Vec<Setting> {
    let press = |ideal_ns, cavities, number: &str| MachineSetting {
        name: names([
            ("en", &format!("Press {number}")),
            ("vi", &format!("Máy ép {number}")),
            ("ko", &format!("프레스 {number}")),
        ]),
        line: "moulding".into(),
        ideal_ns,
        cavities,
        reject_source: RejectSource::Counter,
        ..MachineSetting::default()
    };
    let pack = MachineSetting {
        line: "packing".into(),
        ideal_ns: Some(3_000_000_000),
        reject_source: RejectSource::Manual,
        ..press(None, 1, "")
    };
    let reason = |texts, class| ReasonSetting {
        name: names(texts),
        class,
        groups: vec![],
        allowance_ms: 0,
    };
    let jam = [
        ("en", "Part stuck"),
        ("vi", "Kẹt hàng trong khuôn"),
        ("ko", "제품 걸림"),
    ];
    let burr = [("en", "Burr"), ("vi", "Ba via"), ("ko", "버")];
    vec![
        Setting::Site(SiteSetting {
            org: "example-co".into(),
            site: "xuong-1".into(),
        }),
        Setting::Calendar(calendar("Asia/Ho_Chi_Minh")),
        Setting::Target(TargetSetting {
            oee_ppm: Some(750_000),
            ..TargetSetting::default()
        }),
        Setting::Product(
            "VT-2077".into(),
            ProductSetting {
                name: names([("en", "Housing"), ("vi", "Thân hộp"), ("ko", "하우징")]),
                ..ProductSetting::default()
            },
        ),
        Setting::Reason("jam".into(), reason(jam, Class::Breakdown)),
        Setting::Reason("burr".into(), reason(burr, Class::Unexplained)),
        Setting::Order(
            "A-100".into(),
            OrderSetting {
                product: "VT-2077".into(),
                quantity: Some(5_000),
                released: true,
                ..OrderSetting::default()
            },
        ),
        Setting::Machine(PRESS_1, press(Some(24_000_000_000), 2, "01")),
        Setting::Machine(PRESS_2, press(None, 1, "02")),
        Setting::Machine(
            PACK,
            MachineSetting {
                name: BTreeMap::new(),
                ..pack
            },
        ),
    ]
}

pub fn roster() -> Roster {
    let mut roster = Roster::default();
    for name in ["press-01", "press-02", "pack-01"] {
        roster.add(name);
    }
    roster
}

/// A shift tally of the first shift, with minutes by class and other sums; what follows from the classes is added.
pub fn row(
    machine: MachineId,
    line: &str,
    (product, order): (&str, &str),
    minutes: &[(Class, i64)],
    sums: &[(Column, i64)],
) -> Row {
    let mut all = Sums::default();
    for (class, minutes) in minutes {
        let ms = minutes * MINUTE_MS;
        all.tally.add(Column::of(*class), ms);
        all.tally.add(Column::SpanMs, ms);
        let is_busy = !matches!(class, Class::Break | Class::NotScheduled | Class::Unknown);
        for (column, holds) in [
            (Column::PbtMs, is_busy),
            (Column::KnownMs, is_busy),
            (Column::PlannedMs, is_busy || *class == Class::Unknown),
            (Column::AptMs, matches!(class, Class::Running | Class::MinorStop)),
        ] {
            all.tally.add(column, if holds { ms } else { 0 });
        }
    }
    sums.iter().for_each(|(column, amount)| all.tally.add(*column, *amount));
    Row {
        machine,
        engines: vec![7],
        key: TallyKey {
            org: "example-co".into(),
            site: "xuong-1".into(),
            line: line.into(),
            shift: "1".into(),
            shift_start: SIX,
            business_date: "2026-11-21".into(),
            product: product.into(),
            order: order.into(),
            policy: "default".into(),
            ..TallyKey::default()
        },
        sums: all,
    }
}

/// The first press, 480 minutes: break 30, unknown 10, so 440 of PBT: run 360, minor 15 (APT 375), unexplained 15, breakdown
/// 30, setup 20. 900 shots of 2 pieces at 24 s a shot are 1,800 pieces and 360 min of ideal time; 1,710 of them good, 342 min.
/// In the unknown time a counter that came back in order shows 40 more, 38 of them good, 7.6 min.
pub fn press_1() -> Row {
    let minutes = [
        (Class::Running, 360),
        (Class::MinorStop, 15),
        (Class::Unexplained, 15),
        (Class::Breakdown, 30),
        (Class::Setup, 20),
        (Class::Break, 30),
        (Class::Unknown, 10),
    ];
    let ns = 12_000_000_000;
    let sums = [
        (Column::Shots, 900),
        (Column::Total, 1_800),
        (Column::Judged, 1_800),
        (Column::Good, 1_710),
        (Column::Reject, 80),
        (Column::Startup, 20),
        (Column::Rework, 10),
        (Column::Reworked, 4),
        (Column::EarnedTotalNs, 1_800 * ns),
        (Column::EarnedGoodNs, 1_710 * ns),
        (Column::EarnedStartupNs, 20 * ns),
        (Column::GapTotal, 40),
        (Column::GapGood, 38),
        (Column::GapReject, 2),
        (Column::GapEarnedGoodNs, 38 * ns),
        (Column::BridgedMs, 10 * MINUTE_MS),
        (Column::Stops, 4),
        (Column::MinorStops, 9),
        (Column::Failures, 2),
        (Column::Repairs, 2),
        (Column::RepairMs, 30 * MINUTE_MS),
        (Column::Cycles, 800),
        (Column::CycleMs, 800 * 24_600),
        (Column::ManMs, 12 * HOUR_MS),
        (Column::ManualTotal, 180),
        (Column::Wh, 26_220),
        (Column::MeteredMs, 480 * MINUTE_MS),
        (Column::ManualMs, 48 * MINUTE_MS),
        (Column::ManualReject, 45),
        (Column::ExtraMs, 6 * MINUTE_MS),
        (Column::ExtraBreakMs, 4 * MINUTE_MS),
        (Column::RecodedMs, 5 * MINUTE_MS),
    ];
    let mut row = row(PRESS_1, "moulding", ("VT-2077", "A-100"), &minutes, &sums);
    let detail = &mut row.sums.detail;
    detail.stand(Class::MinorStop, &"".into(), 15 * MINUTE_MS, 9);
    detail.stand(Class::Unexplained, &"".into(), 15 * MINUTE_MS, 1);
    detail.stand(Class::Breakdown, &"jam".into(), 22 * MINUTE_MS, 1);
    detail.stand(Class::Breakdown, &"".into(), 8 * MINUTE_MS, 1);
    detail.stand(Class::Setup, &"".into(), 20 * MINUTE_MS, 1);
    detail.scrap(&"burr".into(), 30);
    detail.scrap(&"".into(), 5);
    detail.rework(&"burr".into(), 10);
    detail.cycles.add(24_000_000, 600);
    detail.cycles.add(26_400_000, 200);
    row
}

/// The second press has no standard: it ran 450 minutes and made 900 pieces, 890 of them good.
pub fn press_2() -> Row {
    let minutes = [(Class::Running, 450), (Class::Break, 30)];
    let sums = [
        (Column::MeteredMs, 480 * MINUTE_MS),
        (Column::Total, 900),
        (Column::Judged, 900),
        (Column::Good, 890),
        (Column::Reject, 10),
        (Column::NoStandardMs, 450 * MINUTE_MS),
        (Column::NoStandardPieces, 900),
    ];
    row(PRESS_2, "moulding", ("", ""), &minutes, &sums)
}

/// Packing: 420 minutes at an ideal 3 s are 8,400 pieces; 12,012 were counted, 143 %: 600.6 min of ideal time, so the speed
/// loss is 420 - 600.6 = -180.6 min. 12 were entered as rejects. It waited 30 min.
pub fn pack() -> Row {
    let minutes = [(Class::Running, 420), (Class::Waiting, 30), (Class::Break, 30)];
    let sums = [
        (Column::Total, 12_012),
        (Column::Judged, 12_012),
        (Column::Good, 12_000),
        (Column::Reject, 12),
        (Column::ManualReject, 12),
        (Column::EarnedTotalNs, 12_012 * 3_000_000_000),
        (Column::EarnedGoodNs, 12_000 * 3_000_000_000),
        (Column::Stops, 1),
    ];
    let mut row = row(PACK, "packing", ("", ""), &minutes, &sums);
    row.sums.detail.stand(Class::Waiting, &"".into(), 30 * MINUTE_MS, 1);
    row
}

/// The presses share a meter, and their tallies have their shares of it; packing has none.
fn meters() -> Meters {
    let meter = Meter {
        milli_wh: 1_000,
        max_w: 100_000,
        shared_with: vec![PRESS_2],
    };
    let press = MachineSetting {
        meter: Some(Box::new(meter)),
        ..MachineSetting::default()
    };
    let plan = plan(vec![Setting::Machine(PRESS_1, press)]);
    Meters::of(&plan, Period::new(SIX, SIX.plus(24 * HOUR_MS)))
}

/// The breakdown of 08:00, cut at the quarter hours; the press held an increase, and its counter began again.
pub fn spans() -> Vec<SpanRow> {
    let at = |minute: i64| SIX.plus(minute * MINUTE_MS);
    let span = |(from, to), since| SpanRow {
        machine: PRESS_1,
        period: Period::new(at(from), at(to)),
        class: Class::Breakdown,
        state: "fault:mould".into(),
        reason: "jam".into(),
        author: "mes".into(),
        since: at(since),
        counts: from == since,
        key: Arc::new(press_1().key),
        source: Source::Manual,
    };
    vec![span((120, 135), 120), span((135, 142), 120)]
}

pub fn flags() -> Vec<Flag> {
    let flag = |minute, what, amount, standing| Flag {
        machine: PRESS_1,
        at: SIX.plus(minute * MINUTE_MS),
        role: "shots".into(),
        what,
        amount,
        standing,
        author: "".into(),
    };
    vec![
        flag(100, FlagKind::Held, 5_000, Standing::Open),
        flag(142, FlagKind::Reset, 0, Standing::Noted),
    ]
}

/// All that is known, an hour after the first shift.
pub fn known<'a>(plan: &'a Plan, roster: &'a Roster, kind: Kind, of: &str) -> Known<'a> {
    let now = SIX.plus(9 * HOUR_MS);
    let stretch = Stretch::asked(plan, kind, of, now).unwrap();
    let mut before = press_1();
    before.sums = Sums::default();
    before.sums.tally.add(Column::Good, 1_000);
    Known {
        plan,
        roster,
        stretch,
        now,
        rows: vec![press_1(), press_2(), pack()],
        of_orders: vec![before, press_1()],
        spans: spans(),
        flags: flags(),
        revised: BTreeMap::from([(PRESS_1, 17)]),
        kept_since: Timestamp(0),
        sealed_until: [PRESS_1, PRESS_2, PACK].map(|machine| (machine, now)).into(),
        restating: BTreeSet::new(),
        meters: meters(),
        polls: BTreeMap::from([(PRESS_1, 1_000), (PACK, 1_000)]),
    }
}

/// RFC 4180, written apart from the encoder.
pub fn parsed(text: &str) -> Vec<BTreeMap<String, String>> {
    let (mut rows, mut row, mut cell, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted => assert_eq!(chars.peek(), Some(&'\n'), "lines end in CR LF"),
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    assert!(
        !is_quoted && cell.is_empty() && row.is_empty(),
        "the last line ends too"
    );
    let heads = rows.remove(0);
    let named = |row: Vec<String>| {
        assert_eq!(row.len(), heads.len());
        heads.iter().cloned().zip(row).collect()
    };
    rows.into_iter().map(named).collect()
}
