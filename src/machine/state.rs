//! Pure. What a machine's signals say it is doing, as they stand: by its map, its bits, its lamps or a measured value.

use crate::model::fact::Role;
use crate::model::reading::Value;
use crate::model::settings::MachineSetting;
use crate::model::state::State;
use crate::model::state_rule::{LampLine, Light, StateRule};
use std::borrow::Cow;

/// PackML's unit mode in which a machine is maintained (ISA-TR88.00.02, UnitModeCurrent).
const MAINTENANCE_MODE: i128 = 2;

/// What the signals say at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// This state.
    State(State),
    /// Nothing new: a measured value between its two limits.
    AsBefore,
}

/// What the known values of a machine's signals say by its rule.
pub fn said<'a>(setting: &MachineSetting, value: impl Fn(Role) -> Option<&'a Value>) -> Said {
    let input = |place: usize| value(Role::Input(u8::try_from(place).unwrap_or(u8::MAX)));
    let state = match &setting.state {
        StateRule::Signals => by_signals(setting, &value),
        StateRule::Count => State::Running,
        StateRule::Moded if input(0) == Some(&Value::Int(MAINTENANCE_MODE)) => State::Maintenance,
        StateRule::Moded => value(Role::State).map_or(State::Unknown, |value| state_of(setting, Role::State, value)),
        StateRule::Threshold { on, off } => match input(0).and_then(number) {
            Some(number) if number >= *on => State::Running,
            Some(number) if number <= *off => State::Stopped,
            Some(_) => return Said::AsBefore,
            None => State::Unknown,
        },
        StateRule::Bits { lines, otherwise } => by_bits(lines, otherwise, input),
        StateRule::Lamps { lines, otherwise } => by_lamps(lines, otherwise, value),
    };
    Said::State(state)
}

fn by_signals<'a>(setting: &MachineSetting, value: impl Fn(Role) -> Option<&'a Value>) -> State {
    let signals = setting.signals.iter().map(|signal| signal.role);
    let told = signals.filter(|role| matches!(role, Role::State | Role::Run));
    let mut states = told.filter_map(|role| Some(state_of(setting, role, value(role)?)));
    states.next_back().unwrap_or(State::Unknown)
}

/// The state a signal's value stands for; a code that the map does not name is unknown.
fn state_of(setting: &MachineSetting, role: Role, value: &Value) -> State {
    if role == Role::Run {
        return match is_on(value) {
            Some(true) => State::Running,
            Some(false) => State::Stopped,
            None => State::Unknown,
        };
    }
    setting.state_map.get(&*code(value)).cloned().unwrap_or(State::Unknown)
}

/// The first bit that is 1; one that is neither 1 nor 0 leaves it unknown, since it may be the one that counts.
fn by_bits<'a>(lines: &[State], otherwise: &State, input: impl Fn(usize) -> Option<&'a Value>) -> State {
    for (place, state) in lines.iter().enumerate() {
        match input(place).and_then(is_on) {
            Some(true) => return state.clone(),
            Some(false) => {}
            None => return State::Unknown,
        }
    }
    otherwise.clone()
}

fn by_lamps<'a>(lines: &[LampLine], otherwise: &State, value: impl Fn(Role) -> Option<&'a Value>) -> State {
    let shines = |role: Role| match value(role) {
        Some(Value::Text(word)) => Light::parse(word),
        Some(Value::Bool(_) | Value::Int(_) | Value::Float(_)) | None => None,
    };
    for line in lines {
        let fits = line.lights.iter().all(|(role, light)| shines(*role) == Some(*light));
        if line.lights.iter().any(|(role, _)| shines(*role).is_none()) {
            return State::Unknown;
        }
        if fits {
            return line.state.clone();
        }
    }
    otherwise.clone()
}

/// The value as a key of the map: `3`, `true`, `RUN`.
fn code(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Int(number) => Cow::Owned(number.to_string()),
        Value::Float(number) => Cow::Owned(number.to_string()),
        Value::Text(text) => Cow::Borrowed(text),
    }
}

fn is_on(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(bit) => Some(*bit),
        Value::Int(0) => Some(false),
        Value::Int(1) => Some(true),
        Value::Int(_) | Value::Float(_) | Value::Text(_) => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Bool(_) | Value::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> MachineSetting {
        let state_map = [("0", State::Stopped), ("1", State::Running), ("RUN", State::Running)]
            .map(|(code, state)| (code.into(), state))
            .into();
        MachineSetting {
            state_map,
            ..MachineSetting::default()
        }
    }

    #[test]
    fn a_code_of_the_map_is_its_state_whether_number_or_word() {
        assert_eq!(state_of(&setting(), Role::State, &Value::Int(1)), State::Running);
        assert_eq!(state_of(&setting(), Role::State, &Value::Int(0)), State::Stopped);
        assert_eq!(
            state_of(&setting(), Role::State, &Value::Text("RUN".into())),
            State::Running
        );
    }

    #[test]
    fn a_code_nobody_mapped_is_unknown_and_never_stopped() {
        assert_eq!(state_of(&setting(), Role::State, &Value::Int(7)), State::Unknown);
        assert_eq!(state_of(&setting(), Role::Run, &Value::Int(7)), State::Unknown);
    }

    #[test]
    fn a_run_bit_is_running_or_stopped() {
        assert_eq!(state_of(&setting(), Role::Run, &Value::Bool(true)), State::Running);
        assert_eq!(state_of(&setting(), Role::Run, &Value::Int(0)), State::Stopped);
    }

    /// What a rule says of the values of `input0`, `input1` and so on.
    fn of_inputs(state: StateRule, values: &[Value]) -> Said {
        let setting = MachineSetting { state, ..setting() };
        said(&setting, |role| match role {
            Role::Input(place) => values.get(usize::from(place)),
            Role::State => Some(&Value::Int(1)),
            Role::Run | Role::Shots | Role::Total | Role::Good | Role::Reject | Role::Energy | Role::CycleTime => None,
        })
    }

    #[test]
    fn of_several_bits_the_first_that_is_1_tells_the_state() {
        let rule = || StateRule::Bits {
            lines: vec![State::Fault(None), State::Setup, State::Running],
            otherwise: State::Stopped,
        };
        let bits = |bits: [bool; 3]| of_inputs(rule(), &bits.map(Value::Bool));
        assert_eq!(bits([true, true, true]), Said::State(State::Fault(None)));
        assert_eq!(bits([false, true, true]), Said::State(State::Setup));
        assert_eq!(bits([false, false, true]), Said::State(State::Running));
        assert_eq!(bits([false, false, false]), Said::State(State::Stopped));
        let seven = [Value::Bool(false), Value::Int(7), Value::Int(1)];
        assert_eq!(
            of_inputs(rule(), &seven),
            Said::State(State::Unknown),
            "a bit that is neither"
        );
    }

    #[test]
    fn a_measured_value_runs_from_on_and_stands_from_off_and_says_nothing_between() {
        let amps = |amps: f64| of_inputs(StateRule::Threshold { on: 4.0, off: 2.5 }, &[Value::Float(amps)]);
        assert_eq!(amps(4.0), Said::State(State::Running));
        assert_eq!(amps(3.9), Said::AsBefore);
        assert_eq!(amps(2.6), Said::AsBefore);
        assert_eq!(amps(2.5), Said::State(State::Stopped));
    }

    #[test]
    fn the_first_line_all_of_whose_lamps_shine_as_it_says_tells_the_state() {
        let line = |lights: &[(u8, Light)], state| LampLine {
            lights: lights
                .iter()
                .map(|(place, light)| (Role::Input(*place), *light))
                .collect(),
            state,
        };
        let lamps = |words: [&str; 2]| {
            let rule = StateRule::Lamps {
                lines: vec![
                    line(&[(0, Light::Flashing)], State::Fault(None)),
                    line(&[(0, Light::On), (1, Light::On)], State::Setup),
                    line(&[(1, Light::On)], State::Running),
                ],
                otherwise: State::Stopped,
            };
            of_inputs(rule, &words.map(|word| Value::Text(word.into())))
        };
        assert_eq!(lamps(["flashing", "on"]), Said::State(State::Fault(None)));
        assert_eq!(lamps(["on", "on"]), Said::State(State::Setup));
        assert_eq!(lamps(["off", "on"]), Said::State(State::Running));
        assert_eq!(lamps(["on", "off"]), Said::State(State::Stopped));
        assert_eq!(lamps(["dim", "on"]), Said::State(State::Unknown));
    }

    #[test]
    fn in_maintenance_mode_a_machine_is_maintained_whatever_its_state_says() {
        let mode = |mode: i128| of_inputs(StateRule::Moded, &[Value::Int(mode)]);
        assert_eq!(mode(1), Said::State(State::Running), "production");
        assert_eq!(mode(2), Said::State(State::Maintenance));
        assert_eq!(mode(3), Said::State(State::Running), "manual: as the state says");
    }
}
