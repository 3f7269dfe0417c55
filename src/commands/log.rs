//! The log: one line an event on standard error, with fields; the journal of systemd adds the time itself.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use tracing_subscriber::EnvFilter;

/// Starts the log at level `info`, or as the variable `GEMBA_LOG` says (`debug`, `gemba::collect=debug`, ...).
pub fn start() {
    start_at("info");
}

/// The same at other levels, unless the variable says otherwise.
pub fn start_at(levels: &str) {
    let filter = EnvFilter::try_from_env("GEMBA_LOG").unwrap_or_else(|_| EnvFilter::new(levels));
    let under_systemd = std::env::var_os("JOURNAL_STREAM").is_some();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Lenient(io::stderr()))
        .with_ansi(false);
    let started = if under_systemd {
        lines.without_time().try_init()
    } else {
        lines.try_init()
    };
    if let Err(error) = started {
        tracing::debug!(%error, "the log runs already");
    }
}

/// Lines that nobody could be told.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Takes every line, also when its file is on a full disk or its reader is gone: what writes the log must not stop for it.
/// (The subscriber would say on standard error that it could not write to standard error, which ends the thread.) What was
/// lost is counted, and told as soon as somebody listens again.
pub struct Lenient<T>(pub T);

impl<T: Write> Write for Lenient<T> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let lost = LOST.swap(0, Ordering::AcqRel);
        let told = match lost {
            0 => Ok(()),
            lost => writeln!(self.0, "WARN {lost} lines of this log could not be written"),
        };
        if told.and_then(|()| self.0.write_all(line)).is_err() {
            LOST.fetch_add(lost + 1, Ordering::AcqRel);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full;

    impl Write for Full {
        fn write(&mut self, _line: &[u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        }
    }

    #[test]
    fn lines_that_cannot_be_written_stop_nothing_and_are_counted_when_they_can_again() {
        for _ in 0..3 {
            Lenient(Full).write_all(b"a line\n").unwrap();
        }
        Lenient(Full).flush().unwrap();
        let mut read = Vec::new();
        Lenient(&mut read).write_all(b"another\n").unwrap();
        Lenient(&mut read).write_all(b"and one more\n").unwrap();
        let expected = "WARN 3 lines of this log could not be written\nanother\nand one more\n";
        assert_eq!(String::from_utf8(read).unwrap(), expected);
    }
}
