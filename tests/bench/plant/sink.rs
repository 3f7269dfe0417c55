//! A sink that takes InfluxDB writes, confirms each with 204, and counts what came.

use flate2::read::GzDecoder;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A listening sink; it lives as long as the process.
#[derive(Debug)]
pub struct Sink {
    /// Where it listens.
    pub address: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    sent_bytes: AtomicU64,
    text_bytes: AtomicU64,
    lines: AtomicU64,
    values: AtomicU64,
}

/// What came so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// Writes.
    pub requests: u64,
    /// Bytes of their bodies, as sent.
    pub sent_bytes: u64,
    /// The same, unpacked.
    pub text_bytes: u64,
    /// Points.
    pub lines: u64,
    /// Process values that the minutes in them were made of: the sum of `n`.
    pub values: u64,
}

impl Sink {
    /// Starts on a free port.
    pub fn start() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let counts = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &counts));
            }
        });
        Sink { address, counts }
    }

    /// What came so far.
    pub fn taken(&self) -> Taken {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Taken {
            requests: read(&self.counts.requests),
            sent_bytes: read(&self.counts.sent_bytes),
            text_bytes: read(&self.counts.text_bytes),
            lines: read(&self.counts.lines),
            values: read(&self.counts.values),
        }
    }
}

impl Taken {
    /// What came since an earlier look.
    pub fn since(self, before: Taken) -> Taken {
        Taken {
            requests: self.requests - before.requests,
            sent_bytes: self.sent_bytes - before.sent_bytes,
            text_bytes: self.text_bytes - before.text_bytes,
            lines: self.lines - before.lines,
            values: self.values - before.values,
        }
    }
}

fn serve(mut stream: TcpStream, counts: &Counts) {
    let mut input = BufReader::new(stream.try_clone().unwrap());
    while let Some(length) = head(&mut input) {
        let mut body = vec![0; length];
        if input.read_exact(&mut body).is_err() {
            return;
        }
        if length > 0 {
            count(&body, counts);
        }
        if stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").is_err() {
            return;
        }
    }
}

/// Reads a request's head; gives the length of its body.
fn head(input: &mut impl BufRead) -> Option<usize> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            return Some(length);
        }
        assert!(!line.starts_with("transfer-encoding"), "bodies come with their length");
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
    }
}

fn count(body: &[u8], counts: &Counts) {
    let mut text = String::new();
    GzDecoder::new(body).read_to_string(&mut text).unwrap();
    let number = |line: &str| -> u64 {
        let from = line.find(" n=").map_or(line.len(), |at| at + 3);
        let digits = line[from..].split('i').next();
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    };
    let of_values = text.lines().filter(|line| line.starts_with("gemba_value,"));
    let add = |count: &AtomicU64, more: usize| count.fetch_add(u64::try_from(more).unwrap(), Ordering::Relaxed);
    counts.values.fetch_add(of_values.map(number).sum(), Ordering::Relaxed);
    add(&counts.requests, 1);
    add(&counts.sent_bytes, body.len());
    add(&counts.text_bytes, text.len());
    add(&counts.lines, text.lines().count());
}
