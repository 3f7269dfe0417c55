//! The file, line by line, as often as it is wanted; and what a first look finds out about it.

use super::sample::{HEADER, Table, is_header};
use super::{MOST_FINDINGS, Refused};
use crate::model::ids::MachineId;
use crate::model::time::{DAY_MS, Timestamp};
use crate::pipeline::LONGEST_OFF_MS;
use crate::pipeline::replay::stamp;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};

/// Bytes of a line: a time, two names and a value take far less, and a file without lines must not fill the memory.
const LONGEST_LINE: u64 = 4_096;
/// Bytes read at once.
const AT_ONCE: usize = 1 << 18;

/// A file of samples.
#[derive(Debug)]
pub struct Samples {
    file: File,
}

impl Samples {
    /// The file, not read yet.
    pub fn new(file: File) -> Samples {
        Samples { file }
    }

    /// Reads it from the beginning, and hands every line but the header to `take` with its number; a line that cannot be one
    /// is handed on as it begins. Ends when `take` fails. Gives the SHA-256 of its bytes, and what `take` said last.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(
        &mut self,
        take: &mut dyn FnMut(u64, &str) -> Result<(), Refused>,
    ) -> io::Result<(String, Result<(), Refused>)> {
        self.file.rewind()?;
        let mut reader = BufReader::with_capacity(AT_ONCE, &self.file);
        let (mut hash, mut line, mut number) = (Sha256::new(), Vec::new(), 0);
        loop {
            line.clear();
            if reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
                let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
                return Ok((digest, Ok(())));
            }
            number += 1;
            hash.update(&line);
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\n', '\r']);
            if number == 1 && is_header(text) {
                continue;
            }
            // The first line is always handed on when it is no header: it is found to be no sample.
            if number > 1 && text.is_empty() {
                continue;
            }
            if let Err(refused) = take(number, text) {
                return Ok((String::new(), Err(refused)));
            }
        }
    }
}

/// What a look at the whole file finds.
#[derive(Debug)]
pub struct Scan {
    /// Samples.
    pub samples: u64,
    /// Samples outside the range of their point.
    pub out_of_range: u64,
    /// Whose.
    pub machines: BTreeSet<MachineId>,
    /// Instant of the first one.
    pub from: Timestamp,
    /// Instant of the last one.
    pub until: Timestamp,
    /// SHA-256 of the file in hexadecimal digits.
    pub sha256: String,
    latest: Timestamp,
    findings: Vec<String>,
    more: u64,
}

impl Scan {
    /// Nothing seen yet; no sample may be later than `latest`.
    pub fn new(latest: Timestamp) -> Scan {
        Scan {
            samples: 0,
            out_of_range: 0,
            machines: BTreeSet::new(),
            from: Timestamp::MAX,
            until: Timestamp::MIN,
            sha256: String::new(),
            latest,
            findings: Vec::new(),
            more: 0,
        }
    }

    /// Looks at a line.
    pub fn take(&mut self, number: u64, table: &Table, line: &str) {
        let sample = match table.sample(line) {
            Ok(sample) => sample,
            Err(_) if number == 1 => return self.found(1, &format!("the first line must be {}", HEADER.join(","))),
            Err(what) => return self.found(number, &what),
        };
        if number == 1 {
            return self.found(1, &format!("the first line must be {}", HEADER.join(",")));
        }
        let at = sample.reading.at;
        if self.samples > 0 && at < self.until {
            let before = stamp(self.until);
            return self.found(
                number,
                &format!(
                    "{} is before {before} of the line above it: sort the file by time",
                    stamp(at)
                ),
            );
        }
        if self.samples > 0 && at.since(self.until) > LONGEST_OFF_MS {
            let days = at.since(self.until) / DAY_MS;
            self.found(
                number,
                &format!(
                    "nothing is told of the {days} days before it: bring in what is before and after them one by one"
                ),
            );
        }
        if at > self.latest {
            return self.found(
                number,
                &format!(
                    "{} is later than now, {}: samples are of the past",
                    stamp(at),
                    stamp(self.latest)
                ),
            );
        }
        self.samples += 1;
        self.out_of_range += u64::from(sample.is_out_of_range);
        self.machines.insert(sample.machine);
        self.from = self.from.min(at);
        self.until = at;
    }

    /// All of it, when nothing is wrong.
    ///
    /// # Errors
    /// What is wrong, line by line.
    pub fn finish(self, sha256: String) -> Result<Scan, Refused> {
        if !self.findings.is_empty() {
            return Err(Refused::File(self.findings, self.more));
        }
        if self.samples == 0 {
            return Err(Refused::File(vec!["the file holds no sample".to_owned()], 0));
        }
        Ok(Scan { sha256, ..self })
    }

    fn found(&mut self, number: u64, what: &str) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(format!("line {number}: {what}"));
        } else {
            self.more += 1;
        }
    }
}
