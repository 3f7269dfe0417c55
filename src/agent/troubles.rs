//! What the log says of machines whose signals are not good or whose pieces are held: a line when it has lasted, and one
//! when it is over.

use crate::model::live::{MachineLive, PlantLive};
use crate::model::time::{SECOND_MS, Timestamp};
use crate::serve;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Trouble that is over within this is no line of the log, and one that pauses for less is not over: a poll or two that
/// fail, or a connection that comes and goes, must not fill it.
const LASTS_MS: i64 = 10 * SECOND_MS;

/// The machines in trouble.
#[derive(Debug, Default)]
pub struct Troubles {
    bad: BTreeMap<Arc<str>, Trouble>,
    held: BTreeMap<Arc<str>, Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// Pieces at the former look: a jump that the next poll takes back is no line of the log.
    last: i64,
    /// What the log was told last. It is told again when that has doubled: a counter that is read wrongly is held at
    /// every cycle.
    told: i64,
}

#[derive(Debug)]
struct Trouble {
    since: Timestamp,
    last: Timestamp,
    is_told: bool,
}

impl Troubles {
    /// Looks at the plant once more; logs what began or ended long enough ago.
    pub fn look(&mut self, live: &PlantLive) {
        for machine in &live.machines {
            self.look_at_held(machine);
            let Some(what) = serve::trouble(machine) else { continue };
            let trouble = self.bad.entry(Arc::clone(&machine.id)).or_insert(Trouble {
                since: live.at,
                last: live.at,
                is_told: false,
            });
            trouble.last = live.at;
            if !trouble.is_told && live.at.since(trouble.since) >= LASTS_MS {
                trouble.is_told = true;
                tracing::warn!(machine = %machine.id, "{what}");
            }
        }
        self.bad.retain(|machine, trouble| {
            let is_over = live.at.since(trouble.last) >= LASTS_MS;
            if is_over && trouble.is_told {
                tracing::info!(%machine, "every signal is good again");
            }
            !is_over
        });
    }

    fn look_at_held(&mut self, machine: &MachineLive) {
        let Some(what) = serve::held(machine) else { return };
        let held = self.held.entry(Arc::clone(&machine.id)).or_default();
        let holds = i64::try_from(machine.holds).unwrap_or(i64::MAX);
        if held.is_to_be_told(machine.held.max(holds)) {
            tracing::warn!(machine = %machine.id, "{what}");
        }
    }
}

impl Held {
    /// Takes the pieces held at this look: true when they stayed and are twice what was told.
    fn is_to_be_told(&mut self, pieces: i64) -> bool {
        let is_new = pieces > self.told && pieces / 2 >= self.told;
        let tell = pieces == self.last && is_new;
        if tell {
            self.told = pieces;
        }
        self.last = pieces;
        tell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_pieces_are_told_when_they_stay_and_again_only_when_they_have_doubled() {
        let mut held = Held::default();
        let looks = [
            0,
            5,
            0,
            5,
            5,
            5,
            9,
            9,
            10,
            10,
            19,
            19,
            20,
            20,
            i64::MAX,
            i64::MAX,
            i64::MAX,
        ];
        let told: Vec<i64> = looks.into_iter().filter(|pieces| held.is_to_be_told(*pieces)).collect();
        assert_eq!(told, [5, 10, 20, i64::MAX]);
    }
}
