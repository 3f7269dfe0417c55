//! A scenario through the live pipeline with its store: polled or by messages that come late and in any order, while the
//! agent dies and starts and people say things about the past.

use super::pipeline_proof::prove;
use super::pipeline_rig::Rig;
use super::scenario::lines::{Event, What, events};
use super::scenario::plc::{Poll, agent, points, polls, reading, roles};
use super::scenario::{Scenario, Told};
use gemba::model::entry::{Outcome, Says};
use gemba::model::reading::Reading;
use gemba::model::settings::Setting;
use gemba::model::time::{MINUTE_MS, SECOND_MS, Timestamp};
use gemba::pipeline::Input;

/// After the end the machine is watched for so long, until what was told is sealed.
const AFTER_MS: i64 = 40 * MINUTE_MS;

/// Seconds after that in which what came late is worked out again.
const MOST_TICKS: usize = 120;

/// How values reach the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// At once.
    Polled,
    /// As messages with their own time, up to so many seconds late, in any order.
    Late(i64),
}

/// Something that reaches the agent.
enum Comes {
    Values(Vec<Reading>),
    Event(Event),
    Starts,
}

/// Plays a scenario and gives what is on disk at its end, proven to be what the journal folds to.
pub fn live(scenario: &Scenario, arrival: Arrival) -> Result<Told, String> {
    let events = events(scenario)?;
    let end = events.last().unwrap().at;
    let mut all: Vec<(Timestamp, u8, Comes)> = Vec::new();
    let (mut plant, mut offset) = (Vec::new(), 0);
    let settings = scenario.settings()?;
    let begin = settings[0].0;
    for (id, _, machine) in scenario.machines() {
        let roles = roles(machine)?;
        plant.extend(points(id, &roles, arrival != Arrival::Polled));
        for poll in polls(id, machine, begin, &events)? {
            arrive(&mut all, &poll, offset, arrival);
        }
        offset += u32::try_from(roles.len()).unwrap();
    }
    all.extend(events.iter().map(|event| (event.at, 2, Comes::Event(event.clone()))));
    all.sort_by_key(|(at, rank, _)| (*at, *rank));
    let settings: Vec<Setting> = settings.into_iter().map(|(_, setting)| setting).collect();
    let mut rig = Rig::of(settings, plant, begin);
    let mut up = true;
    for (at, _, comes) in all {
        if up {
            rig.tick(at);
        }
        match comes {
            Comes::Values(readings) => rig.hand(Input::Readings(readings, None)),
            Comes::Starts if up => {}
            Comes::Starts => {
                rig.crash(true, at);
                up = true;
            }
            Comes::Event(event) if agent(&event) == Some(false) => {
                rig.stop();
                up = false;
            }
            Comes::Event(event) => say(&mut rig, &events, &event)?,
        }
    }
    rig.tick(end.plus(AFTER_MS));
    // What is being worked out again goes on with each tick.
    for _ in 0..MOST_TICKS {
        rig.tick(rig.now.plus(SECOND_MS));
    }
    rig.stop();
    prove(&rig.store, rig.now)?;
    let mut told = Told {
        plan_end: end,
        ..Told::default()
    };
    for (id, ..) in scenario.machines() {
        let tallies = rig.store.tallies.of(id);
        told.tallies
            .extend(tallies.into_iter().filter(|row| row.period.start < end));
        told.spans.insert(id, rig.store.spans.of(id));
    }
    Ok(told)
}

/// When and as what a poll reaches the agent. Its last values are read on for a while, so that all before them is settled.
fn arrive(all: &mut Vec<(Timestamp, u8, Comes)>, poll: &Poll, offset: u32, arrival: Arrival) {
    if poll.starts {
        all.push((poll.at, 0, Comes::Starts));
    }
    let values = || (offset..).zip(&poll.values);
    match arrival {
        Arrival::Polled => {
            let readings = values().map(|(point, value)| reading(point, poll.at, poll.at, value.clone()));
            all.push((poll.at, 1, Comes::Values(readings.collect())));
        }
        Arrival::Late(seconds) => {
            for (point, value) in values() {
                // A delay that looks like chance and is the same in each run.
                let chance = (poll.at.0 / SECOND_MS + i64::from(point) * 7_919).wrapping_mul(2_654_435_761);
                let arrives = poll.at.plus(chance.rem_euclid(seconds) * SECOND_MS);
                let values = vec![reading(point, poll.at, arrives, value.clone())];
                all.push((arrives, 1, Comes::Values(values)));
            }
        }
    }
}

/// A person says something, as the web side hands it on: a reason with the start of its stop.
fn say(rig: &mut Rig, events: &[Event], event: &Event) -> Result<(), String> {
    let What::Said { about, key, says, .. } = &event.what else {
        return Ok(());
    };
    let machine = event.machine;
    let start = |rig: &Rig| rig.stop_start(machine, *about).unwrap_or(*about);
    let at = if let Says::Undo { entry } = says {
        undone(events, entry).unwrap_or(*about)
    } else if matches!(says, Says::Reason { .. } | Says::Order { .. }) {
        start(rig)
    } else {
        *about
    };
    let key = key.clone().unwrap_or(format!("said-{}", rig.replies.len()));
    rig.enter_as(&key, machine, at, says.clone());
    rig.tick(rig.now.plus(1));
    match rig.replies.iter().find_map(|(_, outcome)| refusal(outcome)) {
        Some(why) => Err(format!("{says:?} was refused: {why}")),
        None => Ok(()),
    }
}

fn undone(events: &[Event], key: &str) -> Option<Timestamp> {
    let about = |event: &Event| {
        let What::Said { about, key: own, .. } = &event.what else {
            return None;
        };
        (own.as_deref() == Some(key)).then_some(*about)
    };
    events.iter().find_map(about)
}

fn refusal(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Refused(why) => Some(why),
        Outcome::Booked(_) | Outcome::Known | Outcome::Changed => None,
    }
}
