//! Good configurations: the shipped examples load, and everything in them reaches the stage it is for.
#![allow(clippy::unwrap_used, clippy::expect_used)] // clippy's own exception ends at helper functions

#[path = "support/config_shop.rs"]
mod shop;

use gemba::collect::Kind;
use gemba::collect::modbus::Area;
use gemba::config::{Bound, Plant, load};
use gemba::model::fact::Role;
use gemba::model::ids::{MachineId, Roster};
use gemba::model::policy::Charge;
use gemba::model::settings::{RejectSource, Release, Resets, Setting, SettingKind, shift_pieces};
use gemba::model::state::{Class, State};
use gemba::model::time::Timestamp;
use gemba::signal::decode::{Order, Type};
use shop::{bound, setting, written};
use std::path::PathBuf;

fn plant(file: &str) -> Plant {
    load(&[PathBuf::from(file)], std::iter::empty()).unwrap_or_else(|findings| panic!("{findings}"))
}

fn press_shop() -> (Bound, Roster) {
    bound(plant("configs/press-shop.toml"))
}

#[test]
fn the_shipped_examples_can_be_used_as_they_are() {
    for file in [
        "configs/press-shop.toml",
        "configs/cnc-shop.toml",
        "configs/one-machine.toml",
    ] {
        let plant = plant(file);
        assert!(plant.warnings.is_empty(), "{}", plant.warnings);
    }
}

#[test]
fn a_machine_has_the_points_of_its_template_at_its_own_unit_and_offset() {
    let (bound, roster) = press_shop();
    let Kind::Modbus(config) = &bound.sources[0].kind else {
        panic!("Modbus sources come first");
    };
    let shots = config
        .points
        .iter()
        .find(|point| point.name == "press-02.shots")
        .unwrap();
    // holding:2 of the template + offset 100 of the machine
    assert_eq!(
        (shots.area, shots.address, shots.words, shots.unit),
        (Area::Holding, 102, 2, 1)
    );
    assert_eq!(shots.poll_ms, 1_000, "of the template");
    let barrel = config
        .points
        .iter()
        .find(|point| point.name == "press-01.barrel_c")
        .unwrap();
    assert_eq!(barrel.poll_ms, 5_000, "of the point");
    let point = &bound.points[shots.point.0 as usize];
    assert_eq!(roster.name(point.machine), "press-02");
    assert_eq!((point.decode.kind, point.decode.order), (Type::U32, Order::Cdab));
    assert_eq!(point.roles, [Role::Shots]);
    // three polls of 1 s are shorter than 30 s
    assert_eq!(point.limit_ms, 30_000);
    assert!(!point.own_time);
}

#[test]
fn what_signals_mean_reaches_the_fold_with_where_they_are_read() {
    let (bound, roster) = press_shop();
    let press = setting(&bound, &roster, "press-01");
    assert_eq!(press.ideal_ns, Some(12_500_000_000));
    // 60 s / 24 s of a product = 2.5 shots a minute, x its 4 cavities (rejects are pieces) x 4 = 40 a minute; the press's own
    // 60 s / 12.5 s x 2 x 4 = 38.4 is less.
    assert_eq!(press.max_rate_milli_per_min, 40_000);
    assert_eq!(press.reject_source, RejectSource::Counter);
    assert_eq!(press.state_map["3"], State::Fault(Some("mould".into())));
    let described: Vec<_> = press
        .signals
        .iter()
        .map(|signal| (signal.role, &*signal.point))
        .collect();
    assert_eq!(
        described,
        [
            (Role::State, "press-plc unit 1 holding:0 u16"),
            (Role::Shots, "press-plc unit 1 holding:2 u32 CDAB"),
            (Role::Reject, "press-plc unit 1 holding:4 u16"),
        ]
    );
    assert_eq!(press.signals[1].counter.unwrap().modulus, Some(1 << 32));
    assert_eq!(press.signals[1].counter.unwrap().resets, Resets::Undeclared);
    assert_eq!(press.signals[0].counter, None);
    assert_eq!(setting(&bound, &roster, "press-02").max_rate_milli_per_min, 15_000);
}

#[test]
fn a_counter_of_so_many_digits_turns_at_their_power_of_ten_and_one_may_begin_again_with_each_order() {
    let text = r#"
[site]
id = "s"
org = "o"
timezone = "UTC"
[source.mqtt.floor]
url = "mqtt://127.0.0.1:1883"
[machine.press]
ideal_cycle_s = 12.0
reject_source = "none"
points.run = { mqtt = "p", source = "floor", json = "/run", stale_after_s = 60 }
points.made = { mqtt = "p", source = "floor", json = "/made", stale_after_s = 60, counter = { digits = 4, resets = "order" } }
state = { run = "run" }
count = { total = "made" }
"#;
    let (bound, roster) = bound(written(text).unwrap());
    let counter = setting(&bound, &roster, "press").signals[1].counter.unwrap();
    assert_eq!((counter.modulus, counter.resets), (Some(10_000), Resets::Order));
}

#[test]
fn the_cnc_shop_has_counters_that_begin_again_and_a_sensor_on_another_plc() {
    let (bound, roster) = bound(plant("configs/cnc-shop.toml"));
    let mill = setting(&bound, &roster, "mill-02");
    assert_eq!(mill.reject_source, RejectSource::Manual);
    let parts = mill.signals.iter().find(|signal| signal.role == Role::Total).unwrap();
    assert_eq!(parts.counter.unwrap().resets, Resets::Preset(0));
    let lathe = setting(&bound, &roster, "lathe-01");
    let roles: Vec<_> = lathe.signals.iter().map(|signal| signal.role).collect();
    assert_eq!(roles, [Role::Run, Role::Total, Role::Good]);
    let of = |source: &str| {
        let Kind::Modbus(config) = &bound.sources.iter().find(|one| one.name == source).unwrap().kind else {
            panic!("{source} is a Modbus source");
        };
        config.points.iter().find(|point| point.name == "mill-02.coolant_c")
    };
    let coolant = of("lathe-plc").unwrap();
    assert_eq!((coolant.area, coolant.address, coolant.unit), (Area::Input, 20, 1));
    assert!(
        of("mill-gateway").is_none(),
        "the machine's own point stands before the template's"
    );
    assert_eq!(setting(&bound, &roster, "gauge-01").reject_source, RejectSource::None);
}

#[test]
fn a_message_point_keeps_its_topic_pointer_time_and_silence() {
    let (bound, roster) = press_shop();
    let Kind::Mqtt(config) = &bound.sources[1].kind else {
        panic!("MQTT sources come after Modbus");
    };
    assert_eq!(config.broker.client_id.as_deref(), Some("gemba-xuong-1-floor"));
    let made = config.points.iter().find(|point| point.name == "pack-01.made").unwrap();
    assert_eq!((made.topic.as_str(), made.qos), ("plant/packing/01/counts", 1));
    assert_eq!(
        (made.json.as_deref(), made.time.as_deref()),
        (Some("/good"), Some("/ts"))
    );
    let point = &bound.points[made.point.0 as usize];
    assert_eq!((point.limit_ms, point.own_time), (120_000, true));
    let signals = setting(&bound, &roster, "pack-01").signals;
    let good = signals.iter().find(|signal| signal.role == Role::Good).unwrap();
    assert_eq!(&*good.point, "floor plant/packing/01/counts /good");
    assert_eq!(
        good.counter.unwrap().modulus,
        None,
        "a number in a message never rolls over"
    );
}

#[test]
fn the_calendar_and_the_policy_are_settings_too() {
    let (bound, _) = press_shop();
    let calendar = bound.settings.iter().find_map(|setting| {
        let Setting::Calendar(calendar) = setting else {
            return None;
        };
        Some(calendar)
    });
    let calendar = calendar.unwrap();
    assert_eq!(
        (&*calendar.timezone, calendar.day_start_min),
        ("Asia/Ho_Chi_Minh", 6 * 60)
    );
    let night = &calendar.shifts[2];
    assert_eq!((night.from_min, night.to_min), (22 * 60, 6 * 60));
    assert_eq!(night.days, [true, true, true, true, true, false, false]);
    assert_eq!(night.breaks, [(2 * 60, 2 * 60 + 30)]);
    let policy = bound.settings.iter().find_map(|setting| {
        let Setting::Policy(policy) = setting else {
            return None;
        };
        Some(policy.minor_at_most_ms)
    });
    assert_eq!(policy, Some(300_000));
    let target = bound.settings.iter().find_map(|setting| {
        let Setting::Target(target) = setting else {
            return None;
        };
        Some((target.oee_ppm, target.quality_ppm))
    });
    assert_eq!(target, Some((Some(750_000), None)), "0.75 in millionths");
}

#[test]
fn machines_keep_the_numbers_the_journal_gave_them() {
    let mut roster = Roster::default();
    roster.add("old-machine");
    roster.add("press-02");
    let plant = plant("configs/press-shop.toml");
    plant.bind(&mut roster);
    assert_eq!(roster.find("press-02"), Some(MachineId(1)));
    assert_eq!(
        roster.find("pack-01"),
        Some(MachineId(2)),
        "new ones follow in the order of their names"
    );
    assert_eq!(
        plant.machines().collect::<Vec<_>>(),
        ["pack-01", "press-01", "press-02"]
    );
}

#[test]
fn two_machines_on_one_counter_are_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plant.toml");
    let shop = std::fs::read_to_string("configs/press-shop.toml").unwrap();
    std::fs::write(&file, shop.replace("offset = 100", "offset = 0")).unwrap();
    let plant = plant(file.to_str().unwrap());
    let warnings = plant.warnings.to_string();
    assert!(
        warnings.contains("machine.press-02: press-plc unit 1 holding:2 also counts for `press-01`"),
        "{warnings}"
    );
}

#[test]
fn a_policy_under_which_the_minor_limit_moves_oee_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gemba.toml");
    let shop = std::fs::read_to_string("configs/one-machine.toml").unwrap();
    let warnings = |classes: &str| {
        let written = format!("\n[loss]\npolicy = \"ours\"\n[loss.class]\n{classes}");
        std::fs::write(&file, format!("{shop}{written}")).unwrap();
        plant(file.to_str().unwrap()).warnings.to_string()
    };
    let told = warnings("minor_stop = \"excluded\"\n");
    assert!(
        told.contains(
            "loss.class: short stops, unexplained stops and breakdowns are told apart by the minor limit alone: with `minor_stop` \
             excluded and `unexplained` and `breakdown` not, moving the limit moves OEE; exclude all three or none of them"
        ),
        "{told}"
    );
    let all = "minor_stop = \"excluded\"\nunexplained = \"excluded\"\nbreakdown = \"excluded\"\n";
    for classes in [all, "no_order = \"availability\"\n"] {
        let told = warnings(classes);
        assert!(!told.contains("minor limit"), "{told}");
    }
}

#[test]
fn a_policy_of_ones_own_keeps_the_limits_and_charges_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gemba.toml");
    let shop = std::fs::read_to_string("configs/one-machine.toml").unwrap();
    let written = "\n[reason.cleaning]\nclass = \"setup\"\n[loss]\npolicy = \"ours\"\nminor_stop = { cycles = 5 }\n\
                   [loss.class]\nno_order = \"availability\"\nrunning = \"performance\"\n\
                   [loss.reason]\ncleaning = \"excluded\"\n";
    std::fs::write(&file, shop + written).unwrap();
    let (bound, _) = bound(plant(file.to_str().unwrap()));
    let found = bound.settings.iter().find_map(|setting| {
        let Setting::Policy(policy) = setting else {
            return None;
        };
        Some(policy.clone())
    });
    let policy = found.unwrap();
    assert_eq!(
        (&*policy.id, policy.minor_cycles, policy.minor_at_most_ms),
        ("ours", 5, 300_000)
    );
    let of = |class, reason| policy.charges.of(class, reason);
    assert_eq!(of(Class::NoOrder, ""), Charge::Availability);
    assert_eq!(of(Class::Setup, "cleaning"), Charge::Excluded);
    assert_eq!(of(Class::Setup, ""), Charge::Availability);
}

const SEEDS: &str = r#"
[site]
id = "s"
org = "o"
timezone = "UTC"
[source.mqtt.floor]
url = "mqtt://127.0.0.1:1883"
[machine.m]
line = "moulding"
group = "presses"
orders = true
release = { good = 5 }
ideal_cycle_s = 10.0
target_pieces_per_shift = 700
reject_source = "none"
points.run = { mqtt = "m", source = "floor", json = "/run", stale_after_s = 60 }
points.made = { mqtt = "m", source = "floor", json = "/made", stale_after_s = 60, counter = {} }
state = { run = "run", debounce_ms = 500, confirm_with_count = true }
count = { total = "made" }
[product.p]
mould = "M-12"
target = 0.8
target_pieces_per_shift = 800
[standard.fast]
product = "p"
machine = "m"
rate_per_h = 7
source = "engineered"
approved_by = "qa"
target = 0.855
target_pieces_per_shift = 900
[order.A-17]
product = "p"
quantity = 500
due = "2026-11-21T14:00:00+07:00"
machine = "m"
released = true
[reason.5s]
class = "planned_stop"
groups = ["moulding"]
allowance_min = 10
"#;

#[test]
fn standards_orders_moulds_and_allowances_are_seeds_for_the_plant_desk() {
    let (bound, roster) = bound(written(SEEDS).unwrap());
    let machine = setting(&bound, &roster, "m");
    assert_eq!((&*machine.group, machine.orders), ("presses", true));
    assert_eq!(machine.release, Release::GoodInARow(5));
    assert_eq!(machine.shift_pieces, shift_pieces(700));
    // A release and a state that waits go together.
    assert_eq!((machine.debounce_ms, machine.stop_after.is_some()), (500, true));
    for setting in &bound.settings {
        match setting {
            Setting::Standard(id, standard) => {
                assert_eq!((&**id, standard.machine), ("fast", roster.find("m")));
                // 3,600,000,000,000 ns / 7 = 514,285,714,285.7.
                assert_eq!(standard.ideal_ns, 514_285_714_286);
                assert_eq!(
                    (standard.oee_ppm, standard.shift_pieces),
                    (Some(855_000), shift_pieces(900))
                );
            }
            Setting::Order(_, order) => {
                // 14:00 in Ho Chi Minh City is 07:00 UTC.
                assert_eq!(order.due, Some(Timestamp(1_795_244_400_000)));
                assert_eq!((order.quantity, order.released), (Some(500), true));
            }
            Setting::Product(_, product) => {
                assert_eq!((&*product.mould, product.oee_ppm), ("M-12", Some(800_000)));
                assert_eq!(product.shift_pieces, shift_pieces(800));
            }
            Setting::Reason(_, reason) => {
                assert_eq!((reason.class, reason.allowance_ms), (Class::PlannedStop, 600_000))
            }
            Setting::Site(_)
            | Setting::Machine(..)
            | Setting::Calendar(_)
            | Setting::Policy(_)
            | Setting::Target(_)
            | Setting::Line(..)
            | Setting::Removed(..) => {}
        }
    }
    let kinds = bound.settings.iter().map(|setting| setting.item().0);
    let seeded = [SettingKind::Standard, SettingKind::Order];
    assert_eq!(kinds.filter(|kind| seeded.contains(kind)).count(), 2);
}

#[test]
fn seeds_that_name_nothing_are_found_where_they_stand() {
    let text = SEEDS
        .replace("rate_per_h = 7", "rate_per_h = 0")
        .replace("machine = \"m\"\nreleased", "machine = \"n\"\nreleased")
        .replace("allowance_min = 10", "allowance_min = 2000");
    let found = written(&text).unwrap_err().to_string();
    for words in [
        "standard.fast.rate_per_h: a rate of 0",
        "order.A-17.machine: there is no machine `n`",
        "reason.5s.allowance_min: 2000",
    ] {
        assert!(found.contains(words), "{found}");
    }
}
