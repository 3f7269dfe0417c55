//! A lathe with a core and a store in memory, and what people ask of it.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of several test files")]

use super::pipeline_plant::*;
use super::pipeline_rig::Rig;
use gemba::model::entry::{Draft, Entry, Outcome, Room, Says, Source, Told};
use gemba::model::settings::{Change, Setting};
use gemba::model::time::Timestamp;
use gemba::pipeline::Input;
use std::sync::Arc;

/// A lathe that ran for so many seconds with a piece each ten seconds, and stood in between where `stands` says so.
pub fn ran(seconds: i64, stands: std::ops::Range<i64>) -> Rig {
    let mut rig = Rig::new();
    go_on(&mut rig, at(seconds), stands);
    rig
}

/// It goes on so up to `to`.
pub fn go_on(rig: &mut Rig, to: Timestamp, stands: std::ops::Range<i64>) {
    while rig.now < to {
        rig.tick(rig.now.plus(10_000).min(to));
        let now = rig.now;
        let seconds = now.since(START) / 1_000;
        let running = !stands.contains(&seconds);
        let stood = (seconds.min(stands.end) - stands.start).max(0) / 10;
        let made = i128::from(seconds / 10 - stood);
        rig.read(&[
            (LATHE_RUN, now, running.into()),
            (LATHE_TOTAL, now, made),
            (LATHE_REJECT, now, 0),
        ]);
    }
}

/// The answer to a draft.
pub fn outcome(rig: &mut Rig, draft: Draft) -> Outcome {
    let number = 1_000 + rig.replies.len() as u64;
    rig.hand(Input::Entry(draft, number));
    let found = rig.replies.iter().find(|(reply, _)| *reply == number);
    found.unwrap().1.clone()
}

/// A leader's entry about the lathe.
pub fn entry(key: &str, at: Timestamp, says: Says, room: Option<Room>) -> Draft {
    Draft {
        machine: Some(LATHE),
        at,
        author: "leader".into(),
        told: Told::Entry(Entry {
            key: key.into(),
            source: Source::Manual,
            late: false,
            says,
        }),
        room,
        rework: None,
        seen: None,
    }
}

/// Why it was refused.
pub fn refused(outcome: Outcome) -> String {
    match outcome {
        Outcome::Refused(why) => why,
        Outcome::Booked(_) | Outcome::Known | Outcome::Changed => panic!("{outcome:?}"),
    }
}

/// True when it is on its way to the disk.
pub fn is_booked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Booked(_))
}

/// The office's change of a setting.
pub fn change(key: &str, setting: Setting, was: Option<Setting>, at: Timestamp) -> Draft {
    Draft {
        machine: None,
        at,
        author: "office".into(),
        told: Told::Change(Arc::new(Change {
            setting,
            was,
            why: "rush".into(),
            key: key.into(),
        })),
        room: None,
        rework: None,
        seen: None,
    }
}
