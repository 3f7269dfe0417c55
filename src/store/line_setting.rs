//! Pure. How the machines of a line make one result, as JSON inside its setting, and back.

use super::body::machine_name;
use crate::model::ids::Roster;
use crate::model::line::LineSetting;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub(super) enum LineRow {
    Parallel,
    Serial { bottleneck: String, output: String },
}

impl LineRow {
    pub(super) fn new(setting: LineSetting, roster: &Roster) -> Result<LineRow, String> {
        Ok(match setting {
            LineSetting::Parallel => LineRow::Parallel,
            LineSetting::Serial { bottleneck, output } => LineRow::Serial {
                bottleneck: machine_name(bottleneck, roster)?.to_owned(),
                output: machine_name(output, roster)?.to_owned(),
            },
        })
    }

    pub(super) fn setting(self, roster: &Roster) -> Result<LineSetting, String> {
        let find = |id: &str| roster.find(id).ok_or_else(|| format!("no machine is called '{id}'"));
        Ok(match self {
            LineRow::Parallel => LineSetting::Parallel,
            LineRow::Serial { bottleneck, output } => LineSetting::Serial {
                bottleneck: find(&bottleneck)?,
                output: find(&output)?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::{decode, encode};
    use super::*;
    use crate::model::ids::MachineId;
    use crate::model::settings::{Change, Setting};

    #[test]
    fn the_bytes_of_a_line_never_change_and_name_machines() {
        let mut roster = Roster::default();
        roster.add("cutter");
        roster.add("packer");
        let serial = LineSetting::Serial {
            bottleneck: MachineId(0),
            output: MachineId(1),
        };
        let cases = [
            (LineSetting::Parallel, r#"{"item":"line","id":"a","kind":"parallel"}"#),
            (
                serial,
                r#"{"item":"line","id":"a","kind":"serial","bottleneck":"cutter","output":"packer"}"#,
            ),
        ];
        for (setting, bytes) in cases {
            let change = Change::new(Setting::Line("a".into(), setting));
            assert_eq!(encode(&change, &roster).unwrap(), bytes);
            assert_eq!(decode(bytes, &roster).unwrap(), *change);
        }
    }
}
