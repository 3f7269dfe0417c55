//! The agent's core over a real store, in step with given samples: a tick each second, commits as configured.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of a test file")]

use super::shop_day::{Said, plant, point};
use gemba::agent::driver::{Driver, Taken};
use gemba::model::reading::Reading;
use gemba::model::time::{Now, Timestamp};
use gemba::pipeline::Input;
use std::path::Path;

struct Run {
    driver: Driver,
    began: Timestamp,
    now: Timestamp,
}

/// Runs the shop in an empty folder from the first sample to the last, and stops in order.
pub fn live(folder: &Path, said: &[Said]) {
    let plant = plant(folder);
    let taken = Taken::open(&plant).unwrap();
    assert_eq!(taken.opening.alive, None, "an empty folder");
    let (bound, roster) = (taken.bound.clone(), taken.roster.clone());
    let began = said[0].at;
    let mut run = Run {
        driver: taken
            .start(&plant, at(began, began), |opened| opened.commissioning = false)
            .unwrap(),
        began,
        now: began,
    };
    for same in said.chunk_by(|one, next| one.at == next.at) {
        run.pass(same[0].at);
        let readings = same.iter().map(|said| Reading {
            point: point(&bound, &roster, said),
            at: said.at,
            received_at: said.at,
            raw: Ok(said.sent.clone()),
        });
        let readings = readings.collect();
        run.hand(Input::Readings(readings, None));
    }
    run.driver.end(at(run.now, run.began)).unwrap();
    run.driver.give_back();
}

impl Run {
    fn pass(&mut self, to: Timestamp) {
        loop {
            let wake = self.driver.wake_at(at(self.now, self.began));
            if wake > to {
                break;
            }
            self.now = wake;
            self.hand(Input::Tick);
        }
        self.now = to;
    }

    fn hand(&mut self, input: Input) {
        self.driver.hand(input, at(self.now, self.began)).unwrap();
    }
}

fn at(now: Timestamp, began: Timestamp) -> Now {
    Now {
        at: now,
        mono_ms: now.since(began).unsigned_abs(),
        epoch: 0,
    }
}
