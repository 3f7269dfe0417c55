//! I/O. One sink's view of the store: the bookings to send, and what is noted about them.

use super::batch::Verdict;
use super::delivery::HELD_MAX;
use super::influx::Start;
use crate::model::time::Timestamp;
use crate::store::{Booked, Quarantined, ReadError, Reader, SinkState, Writer};
use std::path::PathBuf;

/// No sink has this name, so no booking is left out because it is in its quarantine.
const NO_SINK: &str = "";

/// The door to the store of one sink. Reads run on tokio's threads for blocking work, over one connection that is opened
/// again after an error, and when the store has put another database in its place.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    sink: String,
    writer: Writer,
    reader: Option<Reader>,
}

/// Where a sink goes on.
#[derive(Debug)]
pub struct Resume {
    /// Everything up to this booking is confirmed or in quarantine.
    pub done: u64,
    /// One range confirmed ahead of it.
    pub ahead: Option<(u64, u64)>,
    /// The newest booking kept.
    pub newest: u64,
    /// How many bookings are in quarantine.
    pub quarantined: u64,
    /// The newest of them, as kept.
    pub held: Vec<Booked>,
}

/// Bookings as kept.
#[derive(Debug)]
pub struct Page {
    /// The oldest booking still kept.
    pub oldest: u64,
    /// Those asked for that are kept and not in the sink's quarantine.
    pub rows: Vec<Booked>,
    /// Numbers of those asked for that are in the sink's quarantine; looked up only when rows are missing.
    pub set_aside: Vec<u64>,
}

impl Ledger {
    /// The store in `folder` as `sink` sees it.
    pub fn new(folder: PathBuf, sink: String, writer: Writer) -> Ledger {
        Ledger {
            folder,
            sink,
            writer,
            reader: None,
        }
    }

    /// Where the sink goes on; one the store does not know yet begins at `start`, which is noted.
    ///
    /// # Errors
    /// A sentence when the store cannot be read.
    pub async fn resume(&mut self, start: Start) -> Result<Resume, String> {
        let sink = self.sink.clone();
        let (known, resume) = self
            .read(move |reader| {
                let known = reader.sink(&sink)?;
                let (oldest, newest) = reader.booking_range()?;
                let new = match start {
                    Start::Oldest => oldest.saturating_sub(1),
                    Start::Now => newest,
                };
                let quarantined = reader.quarantined(&sink)?;
                let mut held = Vec::new();
                for row in quarantined.iter().rev().take(HELD_MAX) {
                    held.extend(reader.bookings(NO_SINK, row.booking, row.booking, 1)?);
                }
                let resume = Resume {
                    done: known.as_ref().map_or(new, |state| state.done),
                    ahead: known.as_ref().and_then(|state| state.ahead),
                    newest,
                    quarantined: u64::try_from(quarantined.len()).unwrap_or(u64::MAX),
                    held,
                };
                Ok((known.is_some(), resume))
            })
            .await?;
        if !known {
            self.note(resume.done, resume.ahead);
        }
        Ok(resume)
    }

    /// The bookings `first..=last`.
    ///
    /// # Errors
    /// A sentence when the store cannot be read.
    pub async fn page(&mut self, first: u64, last: u64) -> Result<Page, String> {
        let sink = self.sink.clone();
        let limit = usize::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(usize::MAX);
        self.read(move |reader| {
            // In this order: what is pruned in between is counted as gone, not taken for sent.
            let rows = reader.bookings(&sink, first, last, limit)?;
            let (oldest, _) = reader.booking_range()?;
            let set_aside = if rows.len() < limit {
                let refused = reader.quarantined(&sink)?.into_iter().map(|row| row.booking);
                refused.filter(|booking| (first..=last).contains(booking)).collect()
            } else {
                Vec::new()
            };
            Ok(Page {
                oldest,
                rows,
                set_aside,
            })
        })
        .await
    }

    /// Notes what is confirmed.
    pub fn note(&self, done: u64, ahead: Option<(u64, u64)>) {
        self.writer.sink(SinkState {
            name: self.sink.clone(),
            done,
            ahead,
        });
    }

    /// Puts bookings into quarantine.
    pub fn quarantine(&self, verdicts: &[Verdict], at: Timestamp) {
        let row = |verdict: &Verdict| Quarantined {
            sink: self.sink.clone(),
            booking: verdict.booking,
            at,
            why: verdict.why.clone(),
        };
        self.writer.quarantine(verdicts.iter().map(row).collect());
    }

    async fn read<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Reader) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, String> {
        let folder = self.folder.clone();
        let reader = self.reader.take();
        let done = tokio::task::spawn_blocking(move || {
            let reader = match reader {
                Some(reader) if reader.is_current() => reader,
                Some(_) | None => Reader::open(&folder)?,
            };
            let result = work(&reader)?;
            if !reader.is_current() {
                return Err(ReadError("the database was replaced in the meantime".to_owned()));
            }
            Ok::<_, ReadError>((reader, result))
        });
        let cannot = |what: String| format!("The ledger cannot be read ({what}): look at the disk. It is tried again.");
        let (reader, result) = done
            .await
            .map_err(|error| cannot(error.to_string()))?
            .map_err(|error| cannot(error.to_string()))?;
        self.reader = Some(reader);
        Ok(result)
    }
}
