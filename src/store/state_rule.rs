//! Pure. What tells a machine's state, as JSON inside its setting, and back. What is as it always was leaves no bytes.

use super::body::role;
use crate::model::settings::MachineSetting;
use crate::model::state::State;
use crate::model::state_rule::{LampLine, Light, StateRule, StopAfter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The keys that stand beside the others of a machine.
#[derive(Serialize, Deserialize)]
pub(super) struct StateKeys {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<StateRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stop_after: Option<StopAfterRow>,
    #[serde(default, skip_serializing_if = "is_zero")]
    debounce_ms: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateRow {
    Count,
    Moded,
    Threshold { on: f64, off: f64 },
    Bits { lines: Vec<String>, otherwise: String },
    Lamps { lines: Vec<LampRow>, otherwise: String },
}

#[derive(Serialize, Deserialize)]
struct LampRow {
    lights: BTreeMap<String, String>,
    state: String,
}

#[derive(Serialize, Deserialize)]
struct StopAfterRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    written_ms: Option<i64>,
    polls_ms: i64,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl From<&MachineSetting> for StateKeys {
    fn from(setting: &MachineSetting) -> Self {
        let lamp = |line: &LampLine| LampRow {
            lights: line
                .lights
                .iter()
                .map(|(role, light)| (role.name().to_owned(), light.name().to_owned()))
                .collect(),
            state: line.state.name().into_owned(),
        };
        StateKeys {
            state: match &setting.state {
                StateRule::Signals => None,
                StateRule::Count => Some(StateRow::Count),
                StateRule::Moded => Some(StateRow::Moded),
                StateRule::Threshold { on, off } => Some(StateRow::Threshold { on: *on, off: *off }),
                StateRule::Bits { lines, otherwise } => Some(StateRow::Bits {
                    lines: lines.iter().map(|state| state.name().into_owned()).collect(),
                    otherwise: otherwise.name().into_owned(),
                }),
                StateRule::Lamps { lines, otherwise } => Some(StateRow::Lamps {
                    lines: lines.iter().map(lamp).collect(),
                    otherwise: otherwise.name().into_owned(),
                }),
            },
            stop_after: setting.stop_after.map(|stop_after| StopAfterRow {
                written_ms: stop_after.written_ms,
                polls_ms: stop_after.polls_ms,
            }),
            debounce_ms: setting.debounce_ms,
        }
    }
}

impl StateKeys {
    /// The setting with what these keys say.
    pub(super) fn fill(self, setting: MachineSetting) -> Result<MachineSetting, String> {
        let rule = self.state.map(StateRow::rule).transpose()?;
        Ok(MachineSetting {
            state: rule.unwrap_or_default(),
            stop_after: self.stop_after.map(|row| StopAfter {
                written_ms: row.written_ms,
                polls_ms: row.polls_ms,
            }),
            debounce_ms: self.debounce_ms,
            ..setting
        })
    }
}

impl StateRow {
    fn rule(self) -> Result<StateRule, String> {
        Ok(match self {
            StateRow::Count => StateRule::Count,
            StateRow::Moded => StateRule::Moded,
            StateRow::Threshold { on, off } => StateRule::Threshold { on, off },
            StateRow::Bits { lines, otherwise } => StateRule::Bits {
                lines: lines.iter().map(|name| state(name)).collect::<Result<_, _>>()?,
                otherwise: state(&otherwise)?,
            },
            StateRow::Lamps { lines, otherwise } => StateRule::Lamps {
                lines: lines.into_iter().map(LampRow::line).collect::<Result<_, _>>()?,
                otherwise: state(&otherwise)?,
            },
        })
    }
}

impl LampRow {
    fn line(self) -> Result<LampLine, String> {
        let light = |(name, light): (&String, &String)| {
            let shines = Light::parse(light).ok_or_else(|| format!("no lamp shines '{light}'"))?;
            Ok((role(name)?, shines))
        };
        // By place, as they were written.
        let mut lights = self.lights.iter().map(light).collect::<Result<Vec<_>, String>>()?;
        lights.sort();
        Ok(LampLine {
            lights,
            state: state(&self.state)?,
        })
    }
}

/// The state of that name.
pub(super) fn state(name: &str) -> Result<State, String> {
    State::parse(name).ok_or_else(|| format!("no state is called '{name}'"))
}

#[cfg(test)]
mod tests {
    use super::super::settings::{decode, encode};
    use super::*;
    use crate::model::fact::Role;
    use crate::model::ids::Roster;
    use crate::model::settings::Change;
    use crate::model::settings::Setting;

    const PLAIN: &str = r#"{"item":"machine","id":"m1","name":{},"line":"","ideal_ns":null,"cavities":0,"max_rate_milli_per_min":0,"state_map":{},"signals":[],"reject_source":"none"}"#;

    fn bytes_with(keys: &str) -> String {
        PLAIN.replace(r#""signals""#, &format!(r#"{keys}"signals""#))
    }

    fn rules() -> Vec<(StateRule, &'static str)> {
        let fault = State::Fault(Some("mould".into()));
        let red = LampLine {
            lights: vec![(Role::Input(0), Light::Flashing), (Role::Input(2), Light::Off)],
            state: fault.clone(),
        };
        let bits = StateRule::Bits {
            lines: vec![fault, State::Running],
            otherwise: State::Stopped,
        };
        let lamps = StateRule::Lamps {
            lines: vec![red],
            otherwise: State::Idle,
        };
        vec![
            (StateRule::Signals, ""),
            (StateRule::Count, r#""state":"count","#),
            (StateRule::Moded, r#""state":"moded","#),
            (
                StateRule::Threshold { on: 4.0, off: 2.5 },
                r#""state":{"threshold":{"on":4.0,"off":2.5}},"#,
            ),
            (
                bits,
                r#""state":{"bits":{"lines":["fault:mould","running"],"otherwise":"stopped"}},"#,
            ),
            (
                lamps,
                r#""state":{"lamps":{"lines":[{"lights":{"input0":"flashing","input2":"off"},"state":"fault:mould"}],"otherwise":"idle"}},"#,
            ),
        ]
    }

    #[test]
    fn the_bytes_of_every_way_to_tell_a_state_never_change() {
        let mut roster = Roster::default();
        let machine = roster.add("m1");
        for (state, bytes) in rules() {
            let setting = Setting::Machine(
                machine,
                MachineSetting {
                    state,
                    ..MachineSetting::default()
                },
            );
            assert_eq!(
                encode(&Change::new(setting.clone()), &roster).unwrap(),
                bytes_with(bytes)
            );
            assert_eq!(decode(&bytes_with(bytes), &roster).unwrap().setting, setting);
        }
    }

    #[test]
    fn the_bytes_of_what_a_state_needs_to_count_never_change() {
        let mut roster = Roster::default();
        let machine = roster.add("m1");
        let after = |written_ms| {
            Some(StopAfter {
                written_ms,
                polls_ms: 2_000,
            })
        };
        for (stop_after, debounce_ms, bytes) in [
            (
                after(Some(30_000)),
                0,
                r#""stop_after":{"written_ms":30000,"polls_ms":2000},"#,
            ),
            (after(None), 500, r#""stop_after":{"polls_ms":2000},"debounce_ms":500,"#),
        ] {
            let setting = Setting::Machine(
                machine,
                MachineSetting {
                    stop_after,
                    debounce_ms,
                    ..MachineSetting::default()
                },
            );
            assert_eq!(
                encode(&Change::new(setting.clone()), &roster).unwrap(),
                bytes_with(bytes)
            );
            assert_eq!(decode(&bytes_with(bytes), &roster).unwrap().setting, setting);
        }
    }

    #[test]
    fn a_rule_of_a_program_not_known_here_is_refused_with_its_name() {
        let mut roster = Roster::default();
        roster.add("m1");
        for (keys, says) in [
            (r#""state":"sparkplug","#, "sparkplug"),
            (
                r#""state":{"bits":{"lines":["flying"],"otherwise":"idle"}},"#,
                "'flying'",
            ),
            (
                r#""state":{"lamps":{"lines":[{"lights":{"input0":"dim"},"state":"idle"}],"otherwise":"idle"}},"#,
                "'dim'",
            ),
        ] {
            let error = decode(&bytes_with(keys), &roster).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
