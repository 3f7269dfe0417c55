//! The bytes of what people say, and of who changed which setting and why, pinned for ever.

use super::*;
use crate::model::entry::{Late, OrderAct};
use crate::model::settings::{Asset, Meter, OrderSetting, Release, StandardSetting, StandardSource};
use crate::model::time::Period;

fn reasons_and_counts() -> Vec<(Says, &'static str)> {
    let reason = |part, leads| Says::Reason {
        reason: "5s".into(),
        anchor: Timestamp(9),
        part,
        leads,
    };
    let scrap = |scope| Says::Scrap {
        pieces: 50,
        reason: "scratch".into(),
        scope,
    };
    vec![
        (
            reason(Some(Period::new(Timestamp(8), Timestamp(12))), true),
            r#""says":"reason","reason":"5s","anchor":9,"part":[8,12],"leads":true"#,
        ),
        (
            reason(None, true),
            r#""says":"reason","reason":"5s","anchor":9,"leads":true"#,
        ),
        (
            scrap(Scope::Shift),
            r#""says":"scrap","pieces":50,"reason":"scratch","scope":"shift""#,
        ),
        (
            scrap(Scope::Former("2026-11-21.2".into())),
            r#""says":"scrap","pieces":50,"reason":"scratch","scope":{"former":"2026-11-21.2"}"#,
        ),
        (
            scrap(Scope::Order("A-17".into())),
            r#""says":"scrap","pieces":50,"reason":"scratch","scope":{"order":"A-17"}"#,
        ),
        (
            Says::Rework {
                pieces: 2,
                reason: "".into(),
                scope: Scope::Now,
            },
            r#""says":"rework","pieces":2,"reason":"""#,
        ),
        (Says::Reworked { pieces: 2 }, r#""says":"reworked","pieces":2"#),
        (
            Says::HandCount {
                until: Timestamp(60),
                pieces: 31,
                counted: None,
            },
            r#""says":"hand_count","pieces":31,"until":60"#,
        ),
        (
            Says::HandCount {
                until: Timestamp(60),
                pieces: 31,
                counted: Some(30),
            },
            r#""says":"hand_count","pieces":31,"until":60,"counted":30"#,
        ),
    ]
}

fn others_people_say() -> Vec<(Says, &'static str)> {
    let order = |act| Says::Order {
        order: "A-17".into(),
        act,
        when: Timestamp(7),
    };
    vec![
        (
            order(OrderAct::Start),
            r#""says":"order","when":7,"order":"A-17","act":"start""#,
        ),
        (
            order(OrderAct::Pause),
            r#""says":"order","when":7,"order":"A-17","act":"pause""#,
        ),
        (
            order(OrderAct::Finish),
            r#""says":"order","when":7,"order":"A-17","act":"finish""#,
        ),
        (
            Says::PlannedStop {
                until: Timestamp(60),
                reason: "".into(),
            },
            r#""says":"planned_stop","reason":"","until":60"#,
        ),
        (
            Says::Close {
                shift: "2026-11-21.2".into(),
            },
            r#""says":"close","shift":"2026-11-21.2""#,
        ),
        (Says::FirstOff { when: Timestamp(7) }, r#""says":"first_off","when":7"#),
        (Says::Cavities { active: 3 }, r#""says":"cavities","active":3"#),
        (
            Says::Headcount {
                milli: 2_500,
                line: "L1".into(),
            },
            r#""says":"headcount","milli":2500,"line":"L1""#,
        ),
        (
            Says::Held {
                role: "good".into(),
                release: false,
            },
            r#""says":"held","role":"good","release":false"#,
        ),
        (Says::Service { on: true }, r#""says":"service","on":true"#),
        (Says::Accept { late: Late::Fact(17) }, r#""says":"accept","seq":17"#),
        (
            Says::Accept {
                late: Late::Entry("op/3".into()),
            },
            r#""says":"accept","entry":"op/3""#,
        ),
        (
            Says::Unlock {
                until: Timestamp(1_763_712_000_000),
            },
            r#""says":"unlock","until":1763712000000"#,
        ),
        (Says::Undo { entry: "mes/4".into() }, r#""says":"undo","entry":"mes/4""#),
    ]
}

#[test]
fn the_bytes_of_what_people_say_never_change() {
    for (says, bytes) in reasons_and_counts().into_iter().chain(others_people_say()) {
        let bytes = format!(r#"{{"key":"k1",{bytes}}}"#);
        let body = entry(says);
        assert_eq!(encode(&body, &roster()).unwrap(), bytes);
        assert_eq!(decode("entry", &bytes, &roster()).unwrap(), body);
    }
}

#[test]
fn an_entry_that_was_scanned_came_from_another_system_or_after_a_lock_says_so() {
    for (source, late, bytes) in [
        (Source::Scan, false, r#""source":"scan""#),
        (Source::Auto, false, r#""source":"auto""#),
        (Source::Manual, true, r#""late":true"#),
    ] {
        let bytes = format!(r#"{{"key":"k1","says":"cavities","active":3,{bytes}}}"#);
        let body = Body::Entry(Entry {
            key: "k1".into(),
            source,
            late,
            says: Says::Cavities { active: 3 },
        });
        assert_eq!(encode(&body, &roster()).unwrap(), bytes);
        assert_eq!(decode("entry", &bytes, &roster()).unwrap(), body);
    }
}

fn order(machine: Option<MachineId>) -> Setting {
    let order = OrderSetting {
        product: "VT-2077".into(),
        quantity: Some(500),
        due: Some(Timestamp(99)),
        machine,
        released: true,
        ..OrderSetting::default()
    };
    Setting::Order("A-17".into(), order)
}

const ORDER: &str = r#"{"item":"order","id":"A-17","product":"VT-2077","quantity":500,"due":99,"machine":"press-02","released":true,"closed":false}"#;

fn items() -> Vec<(Setting, String)> {
    let standard = StandardSetting {
        product: "VT-2077".into(),
        machine: Some(MachineId(0)),
        group: "g".into(),
        mould: "M1".into(),
        ideal_ns: 12_500_000_000,
        cavities: Some(4),
        source: StandardSource::BestDemonstrated,
        approved_by: "qa".into(),
        ..StandardSetting::default()
    };
    let product = ProductSetting {
        mould: "M1".into(),
        parts: vec![("left".into(), 1), ("right".into(), 2)],
        oee_ppm: Some(800_000),
        ..ProductSetting::default()
    };
    let reason = ReasonSetting {
        name: Default::default(),
        class: Class::PlannedStop,
        groups: vec!["moulding".into()],
        allowance_ms: 600_000,
    };
    let text = |text: &str| text.to_owned();
    vec![
        (order(Some(MachineId(1))), text(ORDER)),
        (
            Setting::Standard("S1".into(), standard),
            text(
                r#"{"item":"standard","id":"S1","product":"VT-2077","machine":"press-01","group":"g","mould":"M1","ideal_ns":12500000000,"cavities":4,"source":"best_demonstrated","approved_by":"qa"}"#,
            ),
        ),
        (
            Setting::Product("F-1".into(), product),
            text(
                r#"{"item":"product","id":"F-1","name":{},"ideal_ns":null,"cavities":null,"mould":"M1","parts":[["left",1],["right",2]],"oee_ppm":800000}"#,
            ),
        ),
        (
            Setting::Reason("5s".into(), reason),
            text(
                r#"{"item":"reason","id":"5s","name":{},"class":"planned_stop","groups":["moulding"],"allowance_ms":600000}"#,
            ),
        ),
        (
            Setting::Removed(SettingKind::Order, "A-17".into()),
            text(r#"{"item":"order","id":"A-17","removed":true}"#),
        ),
    ]
}

#[test]
fn the_bytes_of_standards_orders_parts_and_allowances_never_change() {
    for (item, bytes) in items() {
        let body = setting(item);
        assert_eq!(encode(&body, &roster()).unwrap(), bytes);
        assert_eq!(decode("setting", &bytes, &roster()).unwrap(), body);
    }
}

fn registered() -> MachineSetting {
    MachineSetting {
        group: "presses".into(),
        per_count: (1, 2),
        orders: true,
        release: Release::GoodInARow(5),
        commissioning: true,
        asset: Asset {
            connected: false,
            maker: "Haitian".into(),
            model: "MA1600".into(),
            year: Some(2011),
            planned_milli_hours: Some(48_000),
            counted: "person".into(),
        },
        ..MachineSetting::default()
    }
}

const REGISTERED: &str = r#"{"item":"machine","id":"press-01","name":{},"line":"","ideal_ns":null,"cavities":0,"max_rate_milli_per_min":0,"state_map":{},"signals":[],"reject_source":"none","group":"presses","per_count":[1,2],"orders":true,"release":{"good_in_a_row":5},"commissioning":true,"asset":{"connected":false,"maker":"Haitian","model":"MA1600","year":2011,"planned_milli_hours":48000,"counted":"person"}}"#;

#[test]
fn the_bytes_of_a_registered_machine_never_change() {
    let body = setting(Setting::Machine(MachineId(0), registered()));
    assert_eq!(encode(&body, &roster()).unwrap(), REGISTERED);
    assert_eq!(decode("setting", REGISTERED, &roster()).unwrap(), body);
    let first_off = MachineSetting {
        release: Release::FirstOff,
        ..MachineSetting::default()
    };
    let body = setting(Setting::Machine(MachineId(0), first_off));
    let bytes = encode(&body, &roster()).unwrap();
    assert!(
        bytes.ends_with(r#""reject_source":"none","release":"first_off"}"#),
        "{bytes}"
    );
    assert_eq!(decode("setting", &bytes, &roster()).unwrap(), body);
}

#[test]
fn a_rate_that_follows_the_standards_stands_behind_it_and_a_written_one_leaves_the_bytes_as_they_were() {
    let follows = MachineSetting {
        rate_follows: true,
        ..machine_setting()
    };
    let bytes = |setting| {
        let body = self::setting(Setting::Machine(MachineId(0), setting));
        let bytes = encode(&body, &roster()).unwrap();
        assert_eq!(decode("setting", &bytes, &roster()).unwrap(), body);
        bytes
    };
    let rate = r#""max_rate_milli_per_min":24000"#;
    let before = bytes(machine_setting());
    assert!(!before.contains("rate_follows"), "{before}");
    let after = before.replace(rate, &format!(r#"{rate},"rate_follows":true"#));
    assert_eq!(bytes(follows), after);
}

#[test]
fn a_meter_and_who_tells_stand_behind_the_asset_and_none_leaves_the_bytes_as_they_were() {
    let metered = MachineSetting {
        meter: Some(Box::new(Meter {
            milli_wh: 1_000_000,
            max_w: 90_000,
            shared_with: vec![MachineId(1)],
        })),
        state_by: Source::Manual,
        count_by: Source::Scan,
        ..registered()
    };
    let body = setting(Setting::Machine(MachineId(0), metered));
    let last = r#""counted":"person"}"#;
    let added = r#","meter":{"milli_wh":1000000,"max_w":90000,"shared_with":["press-02"]},"state_by":"manual","count_by":"scan""#;
    let bytes = REGISTERED.replace(last, &format!("{last}{added}"));
    assert_eq!(encode(&body, &roster()).unwrap(), bytes);
    assert_eq!(decode("setting", &bytes, &roster()).unwrap(), body);
    let wrong = bytes.replace(r#""count_by":"scan""#, r#""count_by":"dice""#);
    assert!(decode("setting", &wrong, &roster()).unwrap_err().contains("dice"));
}

#[test]
fn a_counter_that_begins_again_with_orders_says_so() {
    let mut setting = machine_setting();
    let counter = CounterSetting {
        modulus: Some(10_000),
        resets: Resets::Order,
    };
    setting.signals[0].counter = Some(counter);
    let body = self::setting(Setting::Machine(MachineId(0), setting));
    let bytes = encode(&body, &roster()).unwrap();
    assert!(
        bytes.contains(r#""counter":{"modulus":"10000","resets":"order"}"#),
        "{bytes}"
    );
    assert_eq!(decode("setting", &bytes, &roster()).unwrap(), body);
}

#[test]
fn the_station_of_a_counter_stands_behind_how_it_behaves_and_none_leaves_the_bytes_as_they_were() {
    let bytes = |setting: MachineSetting| {
        let body = self::setting(Setting::Machine(MachineId(0), setting));
        encode(&body, &roster()).unwrap()
    };
    let mut setting = machine_setting();
    let before = bytes(setting.clone());
    assert!(!before.contains("station"), "{before}");
    setting.signals[0].station = "trim".into();
    let counter = r#""counter":{"modulus":"18446744073709551616","resets":{"preset":5}}"#;
    let with_station = format!(r#"{counter},"station":"trim""#);
    assert_eq!(bytes(setting), before.replace(counter, &with_station));
    assert!(before.contains(counter), "{before}");
}

#[test]
fn a_change_says_what_was_before_and_why_behind_the_item_itself() {
    let change = |setting, was| {
        Body::Setting(Arc::new(Change {
            setting,
            was,
            why: "rush".into(),
            key: "mes/9".into(),
        }))
    };
    let removed = Setting::Removed(SettingKind::Order, "A-17".into());
    let machine = || Setting::Machine(MachineId(0), registered());
    for (body, bytes) in [
        (
            change(order(Some(MachineId(1))), None),
            format!(r#"{},"key":"mes/9","why":"rush"}}"#, &ORDER[..ORDER.len() - 1]),
        ),
        (
            change(removed, Some(order(Some(MachineId(1))))),
            format!(r#"{{"item":"order","id":"A-17","removed":true,"key":"mes/9","why":"rush","was":{ORDER}}}"#),
        ),
        (
            change(machine(), Some(machine())),
            format!(
                r#"{},"key":"mes/9","why":"rush","was":{REGISTERED}}}"#,
                &REGISTERED[..REGISTERED.len() - 1]
            ),
        ),
    ] {
        assert_eq!(encode(&body, &roster()).unwrap(), bytes);
        assert_eq!(decode("setting", &bytes, &roster()).unwrap(), body);
    }
}
