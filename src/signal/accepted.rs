//! Pure. What a value must be to be taken for the signals of its point.

use super::{Point, Tells};
use crate::model::fact::Role;
use crate::model::reading::{Quality, Value};

/// Above this a float no longer tells whole numbers apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What is written where a bit is expected.
const BIT: &str = "true or false, or 1 or 0";

impl Point {
    /// What to write instead of a decoded value that this point can never have; `None` where it can. From a device such a value
    /// leaves the signal or the state unknown.
    pub fn instead_of(&self, value: &Value) -> Option<&'static str> {
        if self.signal(value.clone()).is_err() {
            return Some(match (self.tells == Tells::Lamp, self.is_beside()) {
                (true, _) => BIT,
                (false, true) => "a number, 0 or more",
                (false, false) => "a whole number, 0 or more",
            });
        }
        let is_bit = matches!(value, Value::Bool(_) | Value::Int(0 | 1));
        let is_text = matches!(value, Value::Text(_));
        let of_role = |role: &Role| match role {
            Role::Run if !is_bit => Some(BIT),
            Role::Input(_) if self.tells == Tells::Changes && (is_text || matches!(value, Value::Float(_))) => {
                Some("true or false, or a whole number")
            }
            Role::Input(_) if self.tells != Tells::Changes && is_text => Some("a number"),
            // A code that the map of the state does not name is possible: the state is unknown meanwhile.
            Role::State | Role::Run | Role::Input(_) => None,
            Role::Shots | Role::Total | Role::Good | Role::Reject | Role::Energy | Role::CycleTime => None,
        };
        let is_no_value = self.roles.is_empty() && is_text;
        let of_value = is_no_value.then_some("a number, or true or false");
        self.roles.iter().find_map(of_role).or(of_value)
    }

    /// A decoded value as that of the point's signals. A counter is a whole number: 12.0 in a message is 12, 12.5 is a wrong
    /// mapping. A meter and the length of a cycle are numbers, and a lamp 0 or 1.
    ///
    /// # Errors
    /// `BadConfig` where a value of that kind can never be one; `OutOfRange` where this number cannot.
    pub(super) fn signal(&self, value: Value) -> Result<Value, Quality> {
        if self.tells == Tells::Lamp {
            return match value {
                Value::Bool(_) => Ok(value),
                Value::Int(number @ (0 | 1)) => Ok(Value::Bool(number == 1)),
                Value::Int(_) | Value::Float(_) => Err(Quality::OutOfRange),
                Value::Text(_) => Err(Quality::BadConfig),
            };
        }
        if self.is_meter() {
            return match value {
                Value::Int(number) if number >= 0 => Ok(value),
                Value::Float(number) if number >= 0.0 => Ok(value),
                Value::Int(_) | Value::Float(_) => Err(Quality::OutOfRange),
                Value::Bool(_) | Value::Text(_) => Err(Quality::BadConfig),
            };
        }
        // A number that no cycle can take is no cycle, and no broken register.
        if self.roles.contains(&Role::CycleTime) {
            return match value {
                Value::Int(_) | Value::Float(_) => Ok(value),
                Value::Bool(_) | Value::Text(_) => Err(Quality::BadConfig),
            };
        }
        if !self.roles.iter().any(|role| role.is_counter()) {
            return Ok(value);
        }
        match value {
            Value::Int(number) if number >= 0 => Ok(Value::Int(number)),
            Value::Float(number) if number.fract() == 0.0 && (0.0..=EXACT).contains(&number) => {
                Ok(Value::Int(number as i128))
            }
            Value::Int(_) | Value::Float(_) => Err(Quality::OutOfRange),
            Value::Bool(_) | Value::Text(_) => Err(Quality::BadConfig),
        }
    }
}
