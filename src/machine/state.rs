//! Pure. What a state signal's value means, by the machine's own map.

use crate::model::fact::Role;
use crate::model::reading::Value;
use crate::model::settings::MachineSetting;
use crate::model::state::State;

/// The state a signal's value stands for; a code that the map does not name is unknown.
pub fn state_of(setting: &MachineSetting, role: Role, value: &Value) -> State {
    if role == Role::Run {
        return match is_on(value) {
            Some(true) => State::Running,
            Some(false) => State::Stopped,
            None => State::Unknown,
        };
    }
    setting
        .state_map
        .get(code(value).as_str())
        .cloned()
        .unwrap_or(State::Unknown)
}

/// The value as a key of the map: `3`, `true`, `RUN`.
fn code(value: &Value) -> String {
    match value {
        Value::Bool(bit) => bit.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
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
}
