//! I/O. Where no agent runs: in its data folder, by the core itself.

use super::{Done, Failed, Options, Word};
use crate::agent;
use crate::agent::driver::{Driver, Taken};
use crate::clock::Clock;
use crate::config::Plant;
use crate::model::entry::{Draft, Entry, Outcome, Says, Source, Told};
use crate::model::ids::{MachineId, Roster};
use crate::model::time::Timestamp;
use crate::pipeline::Input;

/// Writes it into the data folder of the plant.
pub(super) fn commission(plant: &Plant, options: &Options, words: &[Word]) -> Result<Vec<(String, Done)>, Failed> {
    let taken = Taken::open(plant).map_err(|error| Failed::Refused(error.to_string()))?;
    let clock = Clock::start(agent::newest(&taken.opening));
    let roster = taken.roster.clone();
    let driver = taken.start(plant, clock.now(), |_| {});
    let mut driver = driver.map_err(Failed::Refused)?;
    let told = tell(&mut driver, &clock, &roster, options, words);
    driver.give_back();
    told.map_err(Failed::Refused)
}

fn tell(
    driver: &mut Driver,
    clock: &Clock,
    roster: &Roster,
    options: &Options,
    words: &[Word],
) -> Result<Vec<(String, Done)>, String> {
    // One word, one instant, for all of them.
    let at = clock.now().at;
    let mut asked: Vec<(&str, Option<u64>)> = Vec::new();
    for (number, word) in (1u64..).zip(words) {
        let machine = roster
            .find(&word.machine)
            .ok_or_else(|| format!("the data folder has no number for machine {}", word.machine))?;
        let number = (driver.plan().is_in_service(machine, at) != options.on).then_some(number);
        asked.push((&word.machine, number));
        if let Some(number) = number {
            let draft = draft(machine, word, options, at);
            driver.hand(Input::Entry(draft, number), clock.now())?;
        }
    }
    driver.end(clock.now())?;
    let replies = driver.replies();
    let done = |(machine, number): (&str, Option<u64>)| {
        let Some(number) = number else {
            return Ok((machine.to_owned(), Done::Before));
        };
        match replies.iter().find(|(of, _)| *of == number) {
            Some((_, Outcome::Booked(_) | Outcome::Known)) => Ok((machine.to_owned(), Done::Now)),
            Some((_, Outcome::Refused(why))) => Err(format!("machine {machine}: {why}")),
            Some((_, Outcome::Changed)) | None => Err(format!("machine {machine}: nothing became of it; try again")),
        }
    };
    asked.into_iter().map(done).collect()
}

fn draft(machine: MachineId, word: &Word, options: &Options, at: Timestamp) -> Draft {
    Draft {
        machine: Some(machine),
        at,
        author: options.by.as_str().into(),
        told: Told::Entry(Entry {
            source: Source::default(),
            late: false,
            key: format!("{}/{}", options.by, word.key).into(),
            says: Says::Service { on: options.on },
        }),
        room: None,
        rework: None,
        seen: None,
    }
}
