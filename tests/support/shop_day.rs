//! What the press shop of configs/press-shop.toml says in a stretch of time: once as its devices send it, once as a file.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of a test file")]

use gemba::config::{Bound, Plant, load};
use gemba::model::ids::{PointId, Roster};
use gemba::model::reading::{Raw, Value};
use gemba::model::time::{SECOND_MS, Timestamp};
use std::fmt::Write;
use std::io::{Seek, Write as _};
use std::path::Path;

/// 2026-11-20T22:30:00.400Z, half an hour before the first shift of a Saturday in Ho Chi Minh City.
pub const START: Timestamp = Timestamp(1_795_213_800_400);

/// A sample: when, of which machine and signal, as the file writes it and as the device sends it.
pub struct Said {
    pub at: Timestamp,
    pub machine: &'static str,
    pub signal: &'static str,
    pub written: String,
    pub sent: Raw,
}

/// The plant with its data in `folder`.
pub fn plant(folder: &Path) -> Plant {
    let files = ["configs/press-shop.toml".into()];
    let mut plant = load(&files, std::iter::empty()).unwrap_or_else(|findings| panic!("{findings}"));
    plant.store.path = folder.to_owned();
    // A test of a day is not a test of the disk.
    plant.store.commit_ms = 60_000;
    plant.listen = "127.0.0.1:0".parse().unwrap();
    plant
}

/// What the shop says each ten seconds for so many seconds, but for the seconds in `silent`.
pub fn day(seconds: i64, silent: std::ops::Range<i64>) -> Vec<Said> {
    let mut said = Vec::new();
    let (mut shots, mut rejects, mut packed) = ([4_294_967_000_u32, 17], 0_u16, 0_i128);
    for second in (0..seconds).step_by(10) {
        let phase = second % 4_200;
        // A fault of seven minutes, a short stop, and a setup in each 70 minutes.
        let state = match phase {
            1_000..1_420 => 3,
            2_500..2_560 => 0,
            3_900..4_200 => 2,
            _ => 1_u16,
        };
        if state == 1 {
            shots = shots.map(|shots| shots.wrapping_add(u32::from(second % 20 == 0)));
            rejects = rejects.wrapping_add(u16::from(second % 700 == 0));
            packed += 3;
        }
        if silent.contains(&second) {
            continue;
        }
        let at = START.plus(second * SECOND_MS);
        let barrel = 2_050 + i16::try_from(second % 97).unwrap();
        for (machine, shots) in ["press-01", "press-02"].into_iter().zip(shots) {
            let words = |words| Raw::Words(words);
            let [high, low] = [shots >> 16, shots & 0xffff].map(|word| u16::try_from(word).unwrap());
            let mut press = |signal, written: String, sent| {
                said.push(Said {
                    at,
                    machine,
                    signal,
                    written,
                    sent,
                });
            };
            press("state", state.to_string(), words([state, 0, 0, 0]));
            press("shots", shots.to_string(), words([low, high, 0, 0]));
            press("reject", rejects.to_string(), words([rejects, 0, 0, 0]));
            let celsius = f64::from(barrel) * 0.1;
            press(
                "barrel_c",
                celsius.to_string(),
                words([barrel.cast_unsigned(), 0, 0, 0]),
            );
        }
        let mut pack = |signal, written: String, value| {
            said.push(Said {
                at,
                machine: "pack-01",
                signal,
                written,
                sent: Raw::Value(value),
            });
        };
        pack("run", (state == 1).to_string(), Value::Bool(state == 1));
        pack("good", packed.to_string(), Value::Int(packed));
        pack("reject", "0".to_owned(), Value::Int(0));
    }
    said
}

/// The samples as a file, written as other systems do.
pub fn csv(said: &[Said]) -> String {
    let mut csv = "time,machine,signal,value\n".to_owned();
    for (line, said) in said.iter().enumerate() {
        let at = said.at.0;
        let time = if line % 2 == 0 {
            at.to_string()
        } else {
            jiff::Timestamp::from_millisecond(at).unwrap().to_string()
        };
        writeln!(csv, "{time},{},\"{}\",{}", said.machine, said.signal, said.written).unwrap();
    }
    csv
}

/// A file that holds this.
pub fn file(text: &str) -> std::fs::File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.rewind().unwrap();
    file
}

/// The point that feeds a signal, or has its name.
pub fn point(bound: &Bound, roster: &Roster, said: &Said) -> PointId {
    let machine = roster.find(said.machine).unwrap();
    let is_it = |point: &gemba::signal::Point| {
        let feeds = point.roles.iter().any(|role| role.name() == said.signal);
        point.machine == machine && (feeds || &*point.name == said.signal)
    };
    PointId(u32::try_from(bound.points.iter().position(is_it).unwrap()).unwrap())
}
