//! Every way to tell a machine's state, from the file to what the stages are told.
#![allow(clippy::unwrap_used, clippy::expect_used)] // clippy's own exception ends at helper functions

use gemba::config::{Bound, Plant, load};
use gemba::model::fact::Role;
use gemba::model::ids::Roster;
use gemba::model::settings::{MachineSetting, Setting};
use gemba::model::state::State;
use gemba::model::state_rule::{LampLine, Light, StateRule, StopAfter};
use gemba::signal::Tells;
use std::path::Path;

const PLANT: &str = r#"
[site]
id = "s"
org = "o"
timezone = "UTC"
[source.modbus.plc]
url = "tcp://127.0.0.1:502"
[source.mqtt.floor]
url = "mqtt://127.0.0.1:1883"
[template.drill]
ideal_cycle_s = 95.0
reject_source = "none"
points.amps = { modbus = "input:0", type = "f32" }
points.di = { modbus = "discrete:0", poll_ms = 200 }
points.di2 = { modbus = "discrete:1", poll_ms = 1000 }
points.code = { modbus = "holding:0" }
points.mode = { modbus = "holding:1" }
points.made = { modbus = "holding:2", type = "u32", poll_ms = 2000 }
points.word = { mqtt = "m/state", source = "floor", json = "/state", stale_after_s = 60 }
[machine.m]
template = "drill"
modbus = { source = "plc", unit = 1 }
"#;

fn plant(state: &str) -> Plant {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("config_states");
    std::fs::create_dir_all(&folder).unwrap();
    let folder = tempfile::tempdir_in(folder).unwrap();
    let file = folder.path().join("gemba.toml");
    std::fs::write(&file, format!("{PLANT}{state}\n")).unwrap();
    load(&[file], std::iter::empty()).unwrap_or_else(|findings| panic!("{findings}"))
}

fn bound(state: &str) -> (MachineSetting, Bound) {
    let bound = plant(state).bind(&mut Roster::default());
    let setting = bound.settings.iter().find_map(|setting| {
        let Setting::Machine(_, machine) = setting else {
            return None;
        };
        Some(machine.clone())
    });
    (setting.unwrap(), bound)
}

/// The roles of each point, in the order of their names.
fn roles(bound: &Bound) -> Vec<(&str, Vec<Role>, Tells)> {
    let points = bound.points.iter();
    points
        .map(|point| (&*point.name, point.roles.clone(), point.tells))
        .collect()
}

#[test]
fn a_counter_alone_is_a_rule_with_the_time_without_pieces_that_is_a_stop() {
    let (written, bound) = bound("state = { from_count = \"made\", stop_after_s = 30 }\ncount = { total = \"made\" }");
    assert_eq!(written.state, StateRule::Count);
    let polls_ms = 4_000;
    assert_eq!(
        written.stop_after,
        Some(StopAfter {
            written_ms: Some(30_000),
            polls_ms
        })
    );
    assert_eq!(roles(&bound), [("made", vec![Role::Total], Tells::Changes)]);
    let (derived, _) = self::bound("state = { from_count = \"made\" }\ncount = { total = \"made\" }");
    assert_eq!(
        derived.stop_after,
        Some(StopAfter {
            written_ms: None,
            polls_ms
        })
    );
    assert_eq!(derived.stop_after.unwrap().ms(derived.ideal_ns), 237_500, "2.5 x 95 s");
}

#[test]
fn any_state_may_be_confirmed_by_pieces_and_must_hold() {
    let (setting, _) =
        bound("state = { run = \"di\", confirm_with_count = true, debounce_ms = 500 }\ncount = { total = \"made\" }");
    assert_eq!((setting.state, setting.debounce_ms), (StateRule::Signals, 500));
    assert!(setting.stop_after.is_some());
}

#[test]
fn a_threshold_watches_the_zones_of_a_measured_point() {
    let (setting, bound) = bound("state = { threshold = { point = \"amps\", on = 4.0, off = 2.5, hold_s = 5 } }");
    assert_eq!(setting.state, StateRule::Threshold { on: 4.0, off: 2.5 });
    assert_eq!(setting.debounce_ms, 5_000);
    let tells = Tells::Zones { on: 4.0, off: 2.5 };
    assert_eq!(roles(&bound), [("amps", vec![Role::Input(0)], tells)]);
}

#[test]
fn bits_are_inputs_by_their_rank() {
    let (setting, bound) = bound(
        "state = { bits = [{ point = \"di2\", is = \"fault:door\" }, { point = \"di\", is = \"running\" }], otherwise = \"idle\" }",
    );
    let lines = vec![State::Fault(Some("door".into())), State::Running];
    let otherwise = State::Idle;
    assert_eq!(setting.state, StateRule::Bits { lines, otherwise });
    let (first, second) = (Role::Input(0), Role::Input(1));
    assert_eq!(
        roles(&bound),
        [
            ("di", vec![second], Tells::Changes),
            ("di2", vec![first], Tells::Changes)
        ]
    );
}

#[test]
fn lamps_are_recognised_and_one_that_is_read_too_seldom_is_told() {
    let state = "state = { lamps = { red = \"di\", green = \"di2\", map = [{ red = \"flashing\", is = \"fault\" }, \
                 { red = \"off\", green = \"on\", is = \"running\" }], otherwise = \"stopped\" } }";
    let (setting, bound) = bound(state);
    let line = |lights: &[(u8, Light)], state| LampLine {
        lights: lights
            .iter()
            .map(|(place, light)| (Role::Input(*place), *light))
            .collect(),
        state,
    };
    let lines = vec![
        line(&[(0, Light::Flashing)], State::Fault(None)),
        line(&[(0, Light::Off), (1, Light::On)], State::Running),
    ];
    let otherwise = State::Stopped;
    assert_eq!(setting.state, StateRule::Lamps { lines, otherwise });
    assert!(roles(&bound).iter().all(|(_, _, tells)| *tells == Tells::Lamp));
    let warnings = plant(state).warnings.to_string();
    assert_eq!(
        warnings.matches("state.lamps.").count(),
        1,
        "the green lamp, every second: {warnings}"
    );
    assert!(
        warnings.contains("state.lamps.green: `di2` is read every 1000 ms"),
        "{warnings}"
    );
}

#[test]
fn packml_brings_its_map_and_may_have_a_mode() {
    let (setting, bound) = bound("state = { from = \"code\", map = \"packml\", mode = \"mode\" }");
    assert_eq!(setting.state, StateRule::Moded);
    assert_eq!(setting.state_map.len(), 18);
    assert_eq!(setting.state_map["6"], State::Running);
    let told = [Role::State, Role::Input(0)].map(|role| vec![role]);
    let found: Vec<Vec<Role>> = roles(&bound).into_iter().map(|(_, roles, _)| roles).collect();
    assert_eq!(found, told);
}

#[test]
fn words_of_messages_are_codes() {
    let (setting, _) =
        bound("state = { from = \"word\", map = { RUN = \"running\", \"no parts\" = \"waiting:material\" } }");
    assert_eq!(setting.state, StateRule::Signals);
    assert_eq!(setting.state_map["no parts"], State::Waiting(Some("material".into())));
}

#[test]
fn a_template_may_tell_the_state_of_its_machines() {
    let (setting, _) = bound("[template.drill.state.threshold]\npoint = \"amps\"\non = 4\noff = 2.5");
    assert_eq!(setting.state, StateRule::Threshold { on: 4.0, off: 2.5 });
}

#[test]
fn a_stop_after_no_longer_than_a_cycle_is_told() {
    let plant = plant("state = { from_count = \"made\", stop_after_s = 95 }\ncount = { total = \"made\" }");
    let warnings = plant.warnings.to_string();
    assert!(warnings.contains("every cycle is a stop"), "{warnings}");
}
