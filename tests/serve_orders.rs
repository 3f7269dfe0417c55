//! How far orders are, over HTTP: what every machine delivered, whatever became of it since.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail their test")]

#[path = "support/web.rs"]
mod web;

use gemba::clock::Clock;
use gemba::model::detail::Detail;
use gemba::model::entry::{Entry, OrderAct, Outcome, Says, Source};
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use gemba::model::settings::{Change, MachineSetting, OrderSetting, Setting, SettingKind};
use gemba::model::tally::{Column, Sums, Tally, TallyKey, TallyRow};
use gemba::model::time::{DAY_MS, MINUTE_MS, Period, Timestamp};
use gemba::serve::{Books, BySums};
use serde_json::json;
use std::sync::Arc;
use web::{OPERATOR, Site, no_books};

const GONE: MachineId = MachineId(0);
const PRESS: MachineId = MachineId(4);

/// What a machine made for the order in a shift three days ago: good pieces, those of a closed gap, reworked ones that passed,
/// rejected ones.
fn made(now: Timestamp, [good, gap_good, reworked, reject]: [i64; 4]) -> BySums {
    let mut sums = Sums::default();
    for (column, pieces) in [
        (Column::Good, good),
        (Column::GapGood, gap_good),
        (Column::Reworked, reworked),
        (Column::Reject, reject),
    ] {
        sums.tally.add(column, pieces);
    }
    let key = TallyKey {
        order: "A-17".into(),
        shift_start: now.plus(-3 * DAY_MS),
        ..TallyKey::default()
    };
    [(key, sums)].into()
}

fn told(site: &Site, at: Timestamp, machine: Option<MachineId>, body: Body) {
    let fact = Fact {
        at,
        received_at: at,
        mono_ms: 0,
        epoch: 0,
        machine,
        author: "config".into(),
        body,
    };
    site.plan.send_modify(|plan| Arc::make_mut(plan).apply(&fact));
}

fn set(setting: Setting) -> Body {
    Body::Setting(Change::new(setting))
}

/// Two machines that made 100 pieces of an order, one of which was removed since.
async fn plant() -> Site {
    let now = Clock::start(None).now().at;
    let of = |machine| if machine == GONE { [12, 3, 1, 5] } else { [30, 0, 0, 2] };
    let books = Books {
        shifts: Arc::new(move |(machine, _)| Ok(made(now, of(machine)))),
        ..no_books()
    };
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books).await;
    let tell = |machine, days_ago: i64, body| told(&site, now.plus(-days_ago * DAY_MS), machine, body);
    let order = OrderSetting {
        product: "VT-2077".into(),
        quantity: Some(100),
        released: true,
        ..OrderSetting::default()
    };
    tell(None, 9, set(Setting::Order("A-17".into(), order)));
    for machine in [GONE, PRESS] {
        tell(
            Some(machine),
            9,
            set(Setting::Machine(machine, MachineSetting::default())),
        );
        let start = Entry {
            key: format!("start on {}", machine.0).into(),
            says: Says::Order {
                order: "A-17".into(),
                act: OrderAct::Start,
                when: now.plus(-4 * DAY_MS),
            },
            source: Source::Manual,
            late: false,
        };
        tell(Some(machine), 4, Body::Entry(start));
    }
    tell(Some(GONE), 1, set(Setting::Removed(SettingKind::Machine, "0".into())));
    site
}

#[tokio::test]
async fn what_a_machine_delivered_for_an_order_stays_delivered_when_the_machine_is_removed() {
    let site = plant().await;
    let progress = &site.json("/api/v1/orders/A-17").await["progress"];
    // 30 + 12 + 3 + 1.
    assert_eq!(
        (&progress["done"], &progress["left"]),
        (&json!(46), &json!(54)),
        "{progress}"
    );
}

#[tokio::test]
async fn what_a_removed_machine_rejected_of_an_order_may_pass_rework_on_another() {
    let mut site = plant().await;
    let passed = json!({"key": "r", "machine": "press-01", "kind": "reworked", "reworked": {"pieces": 6}});
    let posted = site.post(OPERATOR, &passed.to_string());
    let draft = site.answer(Outcome::Booked(3)).await;
    assert_eq!(posted.await.unwrap().0, 201);
    // 5 + 2.
    let room = draft.room.unwrap();
    assert_eq!((room.gross, room.order.as_deref()), (7, Some("A-17")));
}

/// Thirty good pieces of the half hour up to now.
fn half_hour(machine: MachineId, order: &str, shift_start: Timestamp, now: Timestamp) -> TallyRow {
    let mut tally = Tally::default();
    for (column, amount) in [
        (Column::Total, 30),
        (Column::Judged, 30),
        (Column::Good, 30),
        (Column::PlannedMs, 30 * MINUTE_MS),
    ] {
        tally.add(column, amount);
    }
    let key = TallyKey {
        line: "cell".into(),
        order: order.into(),
        shift_start,
        ..TallyKey::default()
    };
    TallyRow {
        machine,
        period: Period::new(now.plus(-30 * MINUTE_MS), now),
        key: Arc::new(key),
        tally,
        detail: Detail::default(),
    }
}

#[tokio::test]
async fn an_order_of_a_serial_line_is_finished_when_its_end_has_made_the_rest_also_where_only_the_first_machine_was_told()
 {
    const OUTPUT: MachineId = MachineId(0);
    let site = Site::without_stops().await;
    let since = site.now.plus(-30 * MINUTE_MS);
    let tell = |machine, body| told(&site, since.plus(-DAY_MS), machine, body);
    let on_line = MachineSetting {
        line: "cell".into(),
        ..MachineSetting::default()
    };
    let serial = LineSetting::Serial {
        bottleneck: PRESS,
        output: OUTPUT,
    };
    tell(None, set(Setting::Line("cell".into(), serial)));
    for machine in [OUTPUT, PRESS] {
        tell(Some(machine), set(Setting::Machine(machine, on_line.clone())));
    }
    let order = OrderSetting {
        quantity: Some(100),
        released: true,
        ..OrderSetting::default()
    };
    tell(None, set(Setting::Order("A-17".into(), order)));
    let says = Says::Order {
        order: "A-17".into(),
        act: OrderAct::Start,
        when: since.plus(-DAY_MS),
    };
    let (key, source) = ("on".into(), Source::Manual);
    tell(
        Some(PRESS),
        Body::Entry(Entry {
            key,
            source,
            late: false,
            says,
        }),
    );
    let shift_start = site.plan.borrow().slot(since).shift_start;
    site.change(|live| {
        let of = |machine: MachineId, order: &str| {
            let mut of = live.machines[0].clone();
            (of.machine, of.open.tallies) = (machine, vec![half_hour(machine, order, shift_start, site.now)]);
            of
        };
        live.machines = vec![of(OUTPUT, ""), of(PRESS, "A-17")];
    });
    let progress = &site.json("/api/v1/orders/A-17").await["progress"];
    assert_eq!(
        (&progress["done"], &progress["left"]),
        (&json!(30), &json!(70)),
        "{progress}"
    );
    // 30 in 30 min; 70 are left. The page was asked for a moment after the plant was made.
    let finish: jiff::Timestamp = progress["expected_finish"].as_str().unwrap().parse().unwrap();
    let minutes = (finish.as_millisecond() - site.now.0) / MINUTE_MS;
    assert!((70..72).contains(&minutes), "{progress}");

    // What the end of the line delivered is delivered, wherever that machine is put.
    let moved = MachineSetting {
        line: "packing".into(),
        ..on_line
    };
    told(&site, site.now, Some(OUTPUT), set(Setting::Machine(OUTPUT, moved)));
    assert_eq!(site.json("/api/v1/orders/A-17").await["progress"]["done"], 30);
    let gone = set(Setting::Removed(SettingKind::Machine, "press-00".into()));
    told(&site, site.now.plus(1), Some(OUTPUT), gone);
    assert_eq!(site.json("/api/v1/orders/A-17").await["progress"]["done"], 30);
}
