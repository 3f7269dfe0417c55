//! Pure. What `/api/v1/health` says: the agent's own parts, what is wrong with them, and what to do.

use super::{findings, stamp};
use crate::model::live::PlantLive;
use crate::model::tally::Column;
use crate::model::time::Timestamp;
use serde::Serialize;

/// The agent's own parts at one instant; the agent makes it at most once a second.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Health {
    /// The instant.
    #[serde(serialize_with = "stamp::one")]
    pub at: Timestamp,
    /// When the agent started.
    #[serde(serialize_with = "stamp::one")]
    pub started_at: Timestamp,
    /// Version of the program.
    pub version: String,
    /// Where readings come from.
    pub sources: Vec<SourceHealth>,
    /// The disk.
    pub store: StoreHealth,
    /// Where bookings go.
    pub sinks: Vec<SinkHealth>,
    /// The agent's clock.
    pub clock: ClockHealth,
}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SourceHealth {
    /// Its name as configured.
    pub name: String,
    /// `modbus` or `mqtt`.
    pub kind: String,
    /// True when it works.
    pub up: bool,
    /// Since when it is up or down; `None` before the first try has ended.
    #[serde(serialize_with = "stamp::maybe")]
    pub since: Option<Timestamp>,
    /// Why it is down, in an operator's words; empty when up.
    pub why: String,
    /// What else happened there, counted.
    pub notes: Vec<NoteHealth>,
}

/// Something that happened at a source and stopped nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NoteHealth {
    /// What it is about: a unit, a request, a topic.
    pub about: String,
    /// What sort of thing it is, in one word.
    pub kind: String,
    /// What happened the last time and what to do, in an operator's words.
    pub what: String,
    /// How often since the start.
    pub count: u64,
    /// When last.
    #[serde(serialize_with = "stamp::one")]
    pub last_at: Timestamp,
}

/// The disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StoreHealth {
    /// True when the last commit was written.
    pub ok: bool,
    /// Why not, in an operator's words; empty when ok.
    pub why: String,
    /// Bytes the disk has left when they are few; `None` when they are enough.
    pub free_bytes: Option<u64>,
    /// When the last commit was written.
    #[serde(serialize_with = "stamp::maybe")]
    pub last_commit: Option<Timestamp>,
    /// Facts waiting to be written.
    pub waiting_facts: u64,
    /// Facts given up since the start because nothing could be written for too long.
    pub lost_facts: u64,
    /// What the database takes on disk, in megabytes of 1,000,000 bytes.
    pub used_mb: u64,
    /// The most it may take, in the same; 0 when nobody said.
    pub max_mb: u64,
    /// What was repaired when the data folder was opened: sentences.
    pub findings: Vec<String>,
}

/// One sink.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SinkHealth {
    /// Its name as configured.
    pub name: String,
    /// False from a failed try until the next confirmation.
    pub up: bool,
    /// Why not, in an operator's words, or that it was not tried yet; empty once it has confirmed any and goes on.
    pub why: String,
    /// Bookings it has not confirmed yet.
    pub backlog: u64,
    /// Every booking up to this number is confirmed or in quarantine.
    pub done: u64,
    /// When it last confirmed any.
    #[serde(serialize_with = "stamp::maybe")]
    pub last_success: Option<Timestamp>,
    /// Bookings it refused for good.
    pub quarantined: u64,
    /// True when it is down and a person must act: it does not pass by itself.
    pub act: bool,
    /// Bookings that were gone from the disk before they could be sent, since the start: it never gets them.
    pub lost: u64,
}

/// The agent's clock.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ClockHealth {
    /// True when it agrees with the operating system's.
    pub ok: bool,
    /// What is wrong and what to do, in an operator's words; empty when ok.
    pub what: String,
}

/// How the agent is as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing to do.
    Ok,
    /// Something is missing, nothing is lost.
    Degraded,
    /// Data is being lost or has been, or the numbers are not those of now.
    Failing,
}

/// The answer: the parts, and above them what it comes to.
#[derive(Debug, Serialize)]
pub(super) struct View<'a> {
    status: Status,
    findings: Vec<String>,
    #[serde(flatten)]
    health: &'a Health,
    plant: Plant,
    machines: Vec<Machine<'a>>,
}

/// The answer for a snapshot of the agent and one of the plant.
pub(super) fn view<'a>(health: &'a Health, live: &'a PlantLive, now: Timestamp) -> View<'a> {
    let (status, findings) = findings::all(health, live, now);
    View {
        status,
        findings,
        health,
        plant: Plant {
            at: live.at,
            age_ms: now.since(live.at).max(0),
            too_late_facts: live.too_late_facts,
            late_entries: live.late_entries,
        },
        machines: machines(live),
    }
}

#[derive(Debug, Serialize)]
struct Plant {
    #[serde(serialize_with = "stamp::one")]
    at: Timestamp,
    age_ms: i64,
    too_late_facts: u64,
    late_entries: usize,
}

/// A machine with something to say: signals that are not good, pieces held, more rejects than pieces, its past being
/// worked out again.
#[derive(Debug, Serialize)]
struct Machine<'a> {
    id: &'a str,
    held: i64,
    holds: usize,
    excess_reject: i64,
    recomputing: bool,
    signals: Vec<Signal>,
}

#[derive(Debug, Serialize)]
struct Signal {
    role: &'static str,
    quality: &'static str,
    #[serde(serialize_with = "stamp::maybe")]
    confirmed: Option<Timestamp>,
}

fn machines(live: &PlantLive) -> Vec<Machine<'_>> {
    live.machines
        .iter()
        .map(|machine| Machine {
            id: &machine.id,
            held: machine.held,
            holds: machine.holds,
            excess_reject: machine.tally.get(Column::ExcessReject),
            recomputing: machine.recomputing,
            signals: findings::not_good(machine)
                .map(|signal| Signal {
                    role: signal.role.name(),
                    quality: signal.quality.name(),
                    confirmed: signal.confirmed,
                })
                .collect(),
        })
        .filter(|machine| {
            let has_pieces = machine.holds > 0 || machine.excess_reject > 0;
            !machine.signals.is_empty() || has_pieces || machine.recomputing
        })
        .collect()
}
