//! I/O. What the data folder knows of an agent that does not answer: when it last lived, and what each sink lacks.

use super::answer::Sink;
use super::report::{Chain, Report};
use crate::store::{ReadError, Reader};
use std::path::Path;

/// Where the journal ends.
///
/// # Errors
/// The data folder holds no database, or this user may not read it.
pub fn chain(folder: &Path) -> Result<Chain, ReadError> {
    let (seq, hash) = Reader::open(folder)?.head()?;
    Ok(Chain { seq, hash })
}

/// True when this user may not look into the data folder.
pub fn is_forbidden(folder: &Path) -> bool {
    let looked = std::fs::read_dir(folder);
    looked.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// Adds what the data folder tells to the report of an agent that does not run.
///
/// # Errors
/// The data folder holds no database, or this user may not read it.
pub fn add(report: &mut Report, folder: &Path, sinks: &[&str]) -> Result<(), ReadError> {
    let reader = Reader::open(folder)?.hold()?;
    let (seq, hash) = reader.head()?;
    report.chain = Some(Chain { seq, hash });
    let alive = reader.standing()?.alive;
    report.at = alive
        .and_then(|at| jiff::Timestamp::from_millisecond(at.0).ok())
        .map(|at| format!("{at:.3}"));
    let (oldest, newest) = reader.booking_range()?;
    for name in sinks {
        let state = reader.sink(name)?;
        let why = match state {
            Some(_) => "",
            None => "nothing was sent yet",
        };
        // What was pruned needs no sending, and what was confirmed ahead is not sent again.
        let done = state.as_ref().map_or(0, |state| state.done);
        let ahead = state
            .and_then(|state| state.ahead)
            .map_or(0, |(first, last)| (last + 1).saturating_sub(first));
        let from = done.max(oldest.saturating_sub(1));
        report.sinks.push(Sink {
            name: (*name).to_owned(),
            why: why.to_owned(),
            backlog: newest.saturating_sub(from).saturating_sub(ahead),
            done,
            quarantined: reader.quarantined(name)?.len() as u64,
            ..Sink::default()
        });
    }
    Ok(())
}
