//! I/O. The first hundred bytes of a database file: with one of them wrong SQLite reads nothing, though all rows are there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// What every database of ours has at these places, whatever is in it: the file format's name, page size 4,096, write-ahead
/// log, no reserved bytes, the fixed fractions; schema format 4; UTF-8.
const FIXED: [(u64, &[u8]); 3] = [
    (0, b"SQLite format 3\0\x10\x00\x02\x02\x00\x40\x20\x20"),
    (44, &[0, 0, 0, 4]),
    (56, &[0, 0, 0, 1]),
];
/// Where the header says how many pages the file has.
const PAGES_AT: u64 = 28;
/// It counts only where these two places hold the same four bytes.
const CHANGES_AT: [u64; 2] = [24, 92];
/// Bytes of a page; a file shorter than one holds no row.
const PAGE_BYTES: u64 = 4_096;

/// True when the file is long enough to be a database and its header is none of ours.
pub(super) fn is_damaged(path: &Path) -> bool {
    let look = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        if length < PAGE_BYTES {
            return Ok(false);
        }
        for (at, bytes) in FIXED {
            let mut found = vec![0; bytes.len()];
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut found)?;
            if found != bytes {
                return Ok(true);
            }
        }
        Ok(word(&mut file, PAGES_AT)? != pages(length))
    };
    look().unwrap_or(false)
}

/// Copies a database to `to`, and puts right what is the same in every header of ours, or follows from the file's length.
pub(super) fn mend(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let mut file = OpenOptions::new().read(true).write(true).open(to)?;
    for (at, bytes) in FIXED {
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)?;
    }
    let length = file.metadata()?.len();
    let changes = word(&mut file, CHANGES_AT[0])?;
    for (at, bytes) in [(PAGES_AT, pages(length)), (CHANGES_AT[1], changes)] {
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&bytes)?;
    }
    Ok(())
}

fn word(file: &mut File, at: u64) -> io::Result<[u8; 4]> {
    let mut bytes = [0; 4];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn pages(length: u64) -> [u8; 4] {
    u32::try_from(length / PAGE_BYTES).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn a_header_with_a_wrong_byte_is_put_right_and_a_sound_one_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mended) = (folder.path().join("a"), folder.path().join("b"));
        schema::connect(&path, 8).unwrap().close().unwrap();
        assert!(!is_damaged(&path));
        let sound = fs::read(&path).unwrap();
        for at in [0, 16, 18, 21, 28, 31, 47, 59] {
            let mut bytes = sound.clone();
            bytes[at] ^= 0x11;
            fs::write(&path, bytes).unwrap();
            assert!(is_damaged(&path), "byte {at}");
            mend(&path, &mended).unwrap();
            assert_eq!(fs::read(&mended).unwrap(), sound, "byte {at}");
        }
    }
}
