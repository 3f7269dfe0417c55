//! I/O. The head file: where the journal ended, kept beside the database, so that a database that went back is noticed.

use super::chain::{Hash, hex, unhex};
use super::folder;
use super::journal::Heads;
use crate::model::time::Timestamp;
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const FILE: &str = "head";
const NEW: &str = "head.new";
const WORD: &str = "gemba-head-1";
/// Hexadecimal digits of the line's own check sum.
const CHECK: usize = 16;

/// Where the journal ended when the file was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) seq: u64,
    pub(super) hash: Hash,
    pub(super) booking: u64,
    pub(super) newest: Timestamp,
}

impl Head {
    /// The head of a journal that has facts or bookings.
    pub(super) fn of(heads: &Heads) -> Option<Head> {
        (heads.seq > 0 || heads.booking > 0).then(|| Head {
            seq: heads.seq,
            hash: heads.hash,
            booking: heads.booking,
            newest: heads.newest.unwrap_or_default(),
        })
    }

    /// The head kept in the folder; `None` when there is none. An error is a sentence: the file holds something else.
    pub(super) fn read(folder: &Path) -> Result<Option<Head>, String> {
        let text = match fs::read(folder.join(FILE)) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("the head file cannot be read ({error})")),
        };
        let head = Head::parse(&text).ok_or("the head file is damaged and was passed over")?;
        Ok(Some(head))
    }

    /// Puts the head into the folder, whole or not at all.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let new = folder.join(NEW);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(self.text().as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, folder.join(FILE))?;
        folder::sync(folder)
    }

    fn text(&self) -> String {
        let line = format!(
            "{WORD} {} {} {} {}",
            self.seq,
            hex(&self.hash),
            self.booking,
            self.newest.0
        );
        let check = check(&line);
        format!("{line} {check}\n")
    }

    fn parse(text: &str) -> Option<Head> {
        let (line, sum) = text.strip_suffix('\n')?.rsplit_once(' ')?;
        if sum != check(line) {
            return None;
        }
        let mut words = line.split(' ');
        if words.next()? != WORD {
            return None;
        }
        Some(Head {
            seq: words.next()?.parse().ok()?,
            hash: unhex(words.next()?)?,
            booking: words.next()?.parse().ok()?,
            newest: Timestamp(words.next()?.parse().ok()?),
        })
    }
}

fn check(line: &str) -> String {
    let mut sum = hex(&Sha256::digest(line.as_bytes()).into());
    sum.truncate(CHECK);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_back_and_one_with_any_byte_changed_or_missing_is_passed_over() {
        let head = Head {
            seq: 1_234,
            hash: [7; 32],
            booking: 99,
            newest: Timestamp(-3),
        };
        let text = head.text();
        assert_eq!(Head::parse(&text), Some(head));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert_eq!(Head::parse(&String::from_utf8_lossy(&bytes)), None, "byte {at} changed");
            assert_eq!(Head::parse(&text[..at]), None, "cut at {at}");
        }
    }
}
