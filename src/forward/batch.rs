//! Pure. One stretch of the ledger on its way to a sink: narrowed down row by row when the sink refuses a part of it.

use super::line_protocol::restated_measurement;
use crate::model::ids::MachineId;
use crate::model::time::Timestamp;
use crate::store::Booked;
use std::ops::Range;

/// Single rows tried, spread over the batch, before a sink that took none of them is said to refuse everything: one good
/// row in ten is found with even chance, and a closed sink costs few requests.
const PROBES: usize = 8;

/// The most that goes into one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Rows.
    pub rows: usize,
    /// Bytes before gzip; a single row may be larger.
    pub bytes: usize,
}

/// What corrections of one tally or stop have in common: its measurement, machine and start.
pub type LedgerKey = (String, Option<MachineId>, Timestamp);

/// A booking that goes to quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Its number.
    pub booking: u64,
    /// What the server said of it, or which booking it has to wait for.
    pub why: String,
    /// Later bookings with this key wait for it; `None` for points that are never corrected.
    pub key: Option<LedgerKey>,
}

/// What to do next with a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send [`Batch::body`].
    Send,
    /// All rows are confirmed but these, which go to quarantine.
    Finished(Vec<Verdict>),
    /// The sink took nothing at all: the fault is not in the rows. They stay, and this is what it said.
    AllRefused(String),
}

/// Rows of the ledger that are not confirmed yet.
///
/// A row goes to quarantine only when it was refused alone and the sink took others both before and after: a sink that
/// begins or ends to refuse everything in the midst of the search accuses no row.
#[derive(Debug)]
pub struct Batch {
    open: Vec<Booked>,
    asked: Option<Asked>,
    /// Rows of `open` among which at least one is refused.
    guilty: Option<Range<usize>>,
    /// Refused alone before the sink had taken anything: asked again once it has.
    unsure: Vec<Booked>,
    /// Corrections of those.
    waiting: Vec<Booked>,
    /// Refused alone after the sink had taken something, with their corrections.
    verdicts: Vec<Verdict>,
    /// True when the sink has taken a row of this batch, or one it had taken before.
    takes_rows: bool,
    /// True when it has done so since the last verdict.
    takes_rows_still: bool,
    /// True when the rows beside the unsure ones were refused as well, and none was taken.
    rest_refused: bool,
    witness_asked: bool,
    probes: usize,
    salt: usize,
    said: String,
}

/// What is in the request under way.
#[derive(Debug)]
enum Asked {
    Rows(Range<usize>),
    /// A line that was confirmed before: sent again, it changes nothing and tells whether the sink takes rows at all.
    Witness(String),
}

impl Batch {
    /// A batch of `rows`. Those without a line have nothing to say and are taken as confirmed. `salt` moves the rows that
    /// are probed, so that another try probes others.
    pub fn new(rows: Vec<Booked>, salt: usize) -> Batch {
        Batch {
            open: rows.into_iter().filter(|row| !row.line.is_empty()).collect(),
            asked: None,
            guilty: None,
            unsure: Vec::new(),
            waiting: Vec::new(),
            verdicts: Vec::new(),
            takes_rows: false,
            takes_rows_still: false,
            rest_refused: false,
            witness_asked: false,
            probes: 0,
            salt,
            said: String::new(),
        }
    }

    /// Decides what to do next. Until an answer is told, it stays the same request with the same bytes.
    pub fn step(&mut self, cut: Cut, witness: Option<&str>) -> Step {
        if self.asked.is_some() {
            return Step::Send;
        }
        let nothing_left = self.open.is_empty() && self.unsure.is_empty();
        if nothing_left && (self.verdicts.is_empty() || self.takes_rows_still) {
            return Step::Finished(std::mem::take(&mut self.verdicts));
        }
        self.asked = if self.open.is_empty() || self.rest_refused {
            self.probe(witness)
        } else {
            Some(Asked::Rows(self.piece(cut)))
        };
        match self.asked {
            Some(_) => Step::Send,
            None => Step::AllRefused(self.said.clone()),
        }
    }

    /// The lines to send.
    pub fn body(&self) -> String {
        match &self.asked {
            Some(Asked::Rows(range)) => {
                let lines: Vec<&str> = self.rows(range).iter().map(|row| row.line.as_str()).collect();
                lines.join("\n")
            }
            Some(Asked::Witness(line)) => line.clone(),
            None => String::new(),
        }
    }

    /// How many points [`Batch::body`] holds.
    pub fn points(&self) -> usize {
        match &self.asked {
            Some(Asked::Rows(range)) => range.len(),
            Some(Asked::Witness(_)) => 1,
            None => 0,
        }
    }

    /// The sink has stored what was sent. Gives back the newest line of it.
    pub fn accepted(&mut self) -> Option<String> {
        let line = match self.asked.take()? {
            Asked::Witness(line) => Some(line),
            Asked::Rows(range) => {
                self.guilty = self
                    .guilty
                    .take()
                    .map(|guilty| guilty.start..guilty.end.saturating_sub(range.len()))
                    .filter(|guilty| !guilty.is_empty());
                self.open.drain(range).next_back().map(|row| row.line)
            }
        };
        self.takes_rows_still = true;
        self.rest_refused = false;
        if !std::mem::replace(&mut self.takes_rows, true) && !self.unsure.is_empty() {
            self.guilty = Some(0..self.unsure.len());
            self.open.splice(0..0, self.unsure.drain(..));
            self.open.append(&mut self.waiting);
        }
        line
    }

    /// The sink refuses what was sent for good, as a whole or in part.
    pub fn refused(&mut self, said: &str) {
        said.clone_into(&mut self.said);
        match self.asked.take() {
            Some(Asked::Rows(range)) if range.len() > 1 => {
                self.rest_refused = !self.unsure.is_empty();
                self.guilty = Some(range).filter(|_| !self.rest_refused);
            }
            Some(Asked::Rows(range)) => self.suspect(range.start, said),
            Some(Asked::Witness(_)) | None => {}
        }
    }

    /// The request was too large. Gives the size that was, in bytes, if a smaller one can be made of it.
    pub fn too_large(&mut self, said: &str) -> Option<usize> {
        match &self.asked {
            Some(Asked::Rows(range)) if range.len() > 1 => {
                let bytes = size(self.rows(range));
                self.asked = None;
                Some(bytes)
            }
            Some(Asked::Rows(_) | Asked::Witness(_)) | None => {
                self.refused(said);
                None
            }
        }
    }

    fn rows(&self, range: &Range<usize>) -> &[Booked] {
        self.open.get(range.clone()).unwrap_or_default()
    }

    /// The half of the guilty rows, or all rows where none is known to be, as far as one request takes them. The rest of a
    /// guilty half is not asked on its own when the first half was taken: the fault must be in it.
    fn piece(&self, cut: Cut) -> Range<usize> {
        let wanted = match &self.guilty {
            Some(guilty) => {
                guilty.start..guilty.start + guilty.len().div_ceil(2).min(guilty.len().saturating_sub(1)).max(1)
            }
            None => 0..self.open.len(),
        };
        let mut end = wanted.start;
        let mut bytes = 0;
        for row in self.rows(&wanted).iter().take(cut.rows) {
            bytes += row.line.len() + 1;
            if bytes > cut.bytes && end > wanted.start {
                break;
            }
            end += 1;
        }
        wanted.start..end
    }

    /// The next question whether the sink takes anything; `None` when it has been asked often enough.
    fn probe(&mut self, witness: Option<&str>) -> Option<Asked> {
        if let Some(line) = witness.filter(|_| !self.witness_asked) {
            self.witness_asked = true;
            return Some(Asked::Witness(line.to_owned()));
        }
        if self.open.is_empty() || self.probes == PROBES {
            return None;
        }
        let at = (self.open.len() * self.probes / PROBES + self.salt) % self.open.len();
        self.probes += 1;
        Some(Asked::Rows(at..at + 1))
    }

    /// The row at this place was refused alone.
    fn suspect(&mut self, at: usize, said: &str) {
        self.guilty = None;
        if at >= self.open.len() {
            return;
        }
        let row = self.open.remove(at);
        let key = ledger_key(&row);
        let corrects = |other: &Booked| key.is_some() && other.seq > row.seq && ledger_key(other) == key;
        let (corrections, open): (Vec<Booked>, _) = std::mem::take(&mut self.open).into_iter().partition(corrects);
        self.open = open;
        if !self.takes_rows {
            self.unsure.push(row);
            self.waiting.extend(corrections);
            return;
        }
        self.takes_rows_still = false;
        self.witness_asked = false;
        self.verdicts
            .extend(corrections.iter().map(|other| held_back(other, row.seq)));
        self.verdicts.push(Verdict {
            booking: row.seq,
            why: said.to_owned(),
            key,
        });
    }
}

/// The key of a row that later ones can correct.
pub fn ledger_key(row: &Booked) -> Option<LedgerKey> {
    restated_measurement(&row.line).map(|measurement| (measurement.to_owned(), row.machine, row.at))
}

/// The verdict on a row that corrects what booking `before` in quarantine said: on its own it would make sums wrong.
pub fn held_back(row: &Booked, before: u64) -> Verdict {
    Verdict {
        booking: row.seq,
        why: format!("held back: it corrects booking {before}, which the sink refused"),
        key: ledger_key(row),
    }
}

fn size(rows: &[Booked]) -> usize {
    rows.iter().map(|row| row.line.len() + 1).sum()
}

#[cfg(test)]
mod tests;
