//! Simulated PLCs on Modbus TCP, fast enough not to be measured themselves: they count what they serve.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// One shot of every machine takes this long.
pub const CYCLE_MS: u64 = 10_000;
/// Every machine goes through the same ten minutes: it runs, stands still for a while, fails for a while.
const PROGRAM_MS: u64 = 600_000;
const RUNS_MS: u64 = 540_000;
const STANDS_MS: u64 = 30_000;
/// Machines are apart by this much, so that they do not stop together.
const APART_MS: u64 = 37_123;
/// One shot in so many is a reject.
const REJECT_EVERY: u64 = 50;
/// The first register of the process values; before it lie state (0), shots (2, 3) and rejects (4).
const VALUES_FROM: u16 = 10;

/// The PLCs of a plant, one for each connection.
#[derive(Debug)]
pub struct Devices {
    /// Where each listens.
    pub addresses: Vec<SocketAddr>,
    served: Arc<Served>,
}

/// What was served so far, by all PLCs together.
#[derive(Debug, Default)]
struct Served {
    values: AtomicU64,
    requests: AtomicU64,
}

/// The register a process value begins at; each takes two.
pub fn register_of(value: usize) -> u16 {
    VALUES_FROM + 2 * u16::try_from(value).unwrap()
}

/// Process values are alternately f32 and u32.
pub fn is_float(value: usize) -> bool {
    value.is_multiple_of(2)
}

impl Devices {
    /// Starts so many PLCs on free ports; they live as long as the process.
    pub fn start(connections: usize) -> Devices {
        let served = Arc::new(Served::default());
        let begin = Instant::now();
        let start = |number: usize| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let served = Arc::clone(&served);
            std::thread::spawn(move || accept(&listener, number, begin, &served));
            address
        };
        Devices {
            addresses: (0..connections).map(start).collect(),
            served,
        }
    }

    /// Process values and requests served so far.
    pub fn served(&self) -> (u64, u64) {
        (
            self.served.values.load(Ordering::Relaxed),
            self.served.requests.load(Ordering::Relaxed),
        )
    }
}

fn accept(listener: &TcpListener, number: usize, begin: Instant, served: &Arc<Served>) {
    for stream in listener.incoming().map_while(Result::ok) {
        let served = Arc::clone(served);
        std::thread::spawn(move || serve(stream, number, begin, &served));
    }
}

/// Answers reads of registers (functions 3 and 4) until the other side leaves.
fn serve(mut stream: TcpStream, number: usize, begin: Instant, served: &Served) {
    stream.set_nodelay(true).unwrap();
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15 ^ u64::try_from(number + 1).unwrap());
    let mut request = [0; 12];
    while stream.read_exact(&mut request).is_ok() {
        let word = |at: usize| u16::from_be_bytes([request[at], request[at + 1]]);
        let (unit, function, start, count) = (request[6], request[7], word(8), word(10));
        let fits = matches!(function, 3 | 4) && (1..=125).contains(&count);
        assert!(fits, "function {function} for {count} registers is not simulated");
        let bytes = u8::try_from(2 * count).unwrap();
        let mut answer = vec![request[0], request[1], 0, 0, 0, bytes + 3, unit, function, bytes];
        let machine = Machine {
            ms: u64::try_from(begin.elapsed().as_millis()).unwrap() + APART_MS * (97 * number as u64 + u64::from(unit)),
        };
        let mut half = 0;
        for register in start..start + count {
            let is_low = register % 2 == 1 && register > start;
            let word = match register {
                0 => machine.state(),
                2 => (machine.shots() >> 16) as u16,
                3 => machine.shots() as u16,
                4 => (machine.shots() / REJECT_EVERY) as u16,
                _ if register < VALUES_FROM => 0,
                _ if is_low => half,
                _ => {
                    let value = machine.value(usize::from(register - VALUES_FROM) / 2, &mut noise);
                    half = value as u16;
                    (value >> 16) as u16
                }
            };
            answer.extend(word.to_be_bytes());
        }
        let values = u64::from((start + count).saturating_sub(start.max(VALUES_FROM)) / 2);
        if stream.write_all(&answer).is_err() {
            return;
        }
        served.values.fetch_add(values, Ordering::Relaxed);
        served.requests.fetch_add(1, Ordering::Relaxed);
    }
}

/// A machine at an instant of its own program.
struct Machine {
    ms: u64,
}

impl Machine {
    fn state(&self) -> u16 {
        match self.ms % PROGRAM_MS {
            ms if ms < RUNS_MS => 1,
            ms if ms < RUNS_MS + STANDS_MS => 0,
            _ => 3,
        }
    }

    fn shots(&self) -> u64 {
        let whole = self.ms / PROGRAM_MS * (RUNS_MS / CYCLE_MS);
        whole + (self.ms % PROGRAM_MS).min(RUNS_MS) / CYCLE_MS
    }

    /// The 32 bits of a process value: a temperature that trembles, or a meter that goes on.
    fn value(&self, value: usize, noise: &mut Noise) -> u32 {
        let trembling = (noise.next() >> 40) as u32;
        if is_float(value) {
            (20.0 + value as f32 + trembling as f32 / (1 << 24) as f32).to_bits()
        } else {
            (self.ms as u32).wrapping_mul(1 + value as u32) / 100 + trembling % 7
        }
    }
}

/// A xorshift generator: random enough not to be compressed away.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
