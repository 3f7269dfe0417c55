//! Pure. How the machines of a line make one result: `[line.ID]`.

use super::checker::Checker;
use super::finding::KeyPath;
use super::machine::Machine;
use super::suggest;
use crate::model::ids::Roster;
use crate::model::line::LineSetting;
use crate::model::settings::Setting;
use serde::Deserialize;
use std::sync::Arc;

/// A line as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    id: Arc<str>,
    /// Bottleneck and output of a serial line; `None` for a parallel one.
    serial: Option<(String, String)>,
}

#[derive(Debug, Deserialize)]
struct Raw {
    kind: Option<String>,
    bottleneck: Option<String>,
    output: Option<String>,
}

/// Reads `[line.*]`, and checks that their machines are there and stand on them.
pub fn all(checker: &mut Checker, machines: &[Machine]) -> Vec<Line> {
    let section = KeyPath::of(&["line"]);
    let ids = checker.ids(&section);
    ids.iter()
        .filter_map(|id| line(checker, &section.join(id), id, machines))
        .collect()
}

fn line(checker: &mut Checker, path: &KeyPath, id: &str, machines: &[Machine]) -> Option<Line> {
    let raw: Raw = checker.read(path, &[])?;
    let is_used = machines.iter().any(|machine| *machine.setting.line == *id);
    if !is_used {
        let what = "no machine stands on it";
        checker.unused(path, what, "write line = \"ID\" in its machines, or take it out");
    }
    let kind = raw.kind.as_deref().unwrap_or("parallel");
    let serial = match kind {
        "serial" => {
            let mut named = |key: &str, machine: Option<String>| {
                let Some(machine) = machine else {
                    checker.missing(path, key);
                    return None;
                };
                let here = machines.iter().filter(|other| *other.setting.line == *id);
                let known: Vec<&str> = here.map(|other| &*other.id).collect();
                if !known.contains(&machine.as_str()) {
                    let what = format!("no machine `{machine}` stands on this line");
                    checker.error(&path.join(key), what, suggest::or_list(&machine, &known));
                }
                Some(machine)
            };
            let (bottleneck, output) = (named("bottleneck", raw.bottleneck), named("output", raw.output));
            Some((bottleneck?, output?))
        }
        "parallel" => {
            for (key, _) in [("bottleneck", raw.bottleneck), ("output", raw.output)]
                .into_iter()
                .filter(|(_, machine)| machine.is_some())
            {
                let instead = "write kind = \"serial\", or leave it out";
                checker.error(&path.join(key), "belongs to a serial line", instead);
            }
            None
        }
        other => {
            let instead = suggest::or_list(other, &["parallel", "serial"]);
            checker.error(&path.join("kind"), format!("there is no kind `{other}`"), instead);
            None
        }
    };
    Some(Line { id: id.into(), serial })
}

impl Line {
    /// The setting, by the numbers that `roster` has for machines.
    pub fn bind(&self, roster: &mut Roster) -> Setting {
        let setting = match &self.serial {
            None => LineSetting::Parallel,
            Some((bottleneck, output)) => LineSetting::Serial {
                bottleneck: roster.add(bottleneck),
                output: roster.add(output),
            },
        };
        Setting::Line(Arc::clone(&self.id), setting)
    }
}
