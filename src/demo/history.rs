//! Pure. The past of the plant as samples somebody else might have recorded: changes, and a confirmation now and then.

use super::calendar::MINUTE_MS;
use super::device::{Device, Shown};
use super::plant::{MACHINES, Wire};
use super::silence::Silences;
use std::fmt::Write as _;
use std::io::{self, Write};

/// A value that did not change is written again about this often: half of what makes a polled point stale.
const CONFIRM_MS: i64 = 15_000;
/// Samples of all machines are put in order of time in stretches of this length.
const STRETCH_MS: i64 = 10 * MINUTE_MS;

/// Writes the samples of `[begin, until)` in the form of `gemba import samples`: `time,machine,signal,value`, the time in
/// epoch milliseconds, in order of time.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(seed: u64, begin: i64, until: i64, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "time,machine,signal,value")?;
    let mut recorders: Vec<Recorder> = (0..MACHINES.len())
        .map(|index| Recorder::new(seed, index, begin))
        .collect();
    let mut from = begin;
    while from < until {
        let to = (from + STRETCH_MS).min(until);
        let mut rows: Vec<(i64, String)> = Vec::new();
        for recorder in &mut recorders {
            recorder.record(to, &mut rows);
        }
        rows.sort_by_key(|(at, _)| *at);
        for (_, row) in &rows {
            out.write_all(row.as_bytes())?;
        }
        from = to;
    }
    out.flush()
}

/// Writes down what one machine shows.
struct Recorder {
    device: Device,
    silences: Silences,
    /// When all of it is written again.
    confirm: i64,
    /// Each point with its last value and when that was written.
    written: Vec<(&'static str, Shown, i64)>,
}

impl Recorder {
    fn new(seed: u64, index: usize, begin: i64) -> Recorder {
        let device = Device::new(seed, index, begin);
        // Messages always come; a PLC out of the list never falls silent.
        let plc = match device.machine.wire {
            Wire::Modbus { plc, .. } => plc,
            Wire::Mqtt { .. } => usize::MAX,
        };
        Recorder {
            device,
            silences: Silences::new(seed, plc, begin),
            confirm: begin,
            written: Vec::new(),
        }
    }

    fn record(&mut self, until: i64, rows: &mut Vec<(i64, String)>) {
        loop {
            let at = self.device.next_at().min(self.confirm);
            if at >= until {
                return;
            }
            self.device.live(at);
            let confirms = at == self.confirm;
            if confirms {
                self.confirm += CONFIRM_MS;
            }
            match self.silences.until(at) {
                // What it shows when it answers again is written at once.
                Some(end) => self.confirm = self.confirm.min(end),
                None => self.look(at, confirms, rows),
            }
        }
    }

    /// Writes what changed, and where it is time to confirm, all that was not written a moment ago. What is measured
    /// changes all the time and is confirmed only.
    fn look(&mut self, at: i64, confirms: bool, rows: &mut Vec<(i64, String)>) {
        for (name, shown) in self.device.points(at) {
            let last = self.written.iter_mut().find(|(known, ..)| *known == name);
            let is_new = match (&last, &shown) {
                (Some((_, _, when)), Shown::Float(_)) => confirms && at > *when,
                (Some((_, value, when)), _) => *value != shown || confirms && at - when >= CONFIRM_MS / 2,
                (None, _) => true,
            };
            if !is_new {
                continue;
            }
            rows.push((at, row(at, self.device.machine.id, name, &shown)));
            match last {
                Some(last) => (last.1, last.2) = (shown, at),
                None => self.written.push((name, shown, at)),
            }
        }
    }
}

fn row(at: i64, machine: &str, name: &str, shown: &Shown) -> String {
    let mut row = format!("{at},{machine},{name},");
    let written = match shown {
        Shown::Int(number) => writeln!(row, "{number}"),
        Shown::Float(number) => writeln!(row, "{number}"),
        Shown::Bit(bit) => writeln!(row, "{bit}"),
        Shown::Word(word) => writeln!(row, "{word}"),
    };
    debug_assert!(written.is_ok(), "a String takes everything");
    row
}

#[cfg(test)]
#[path = "history/tests.rs"]
mod tests;
