//! Pure. What the screens show right now: one snapshot of the plant, made by the core at most once a second.

use super::detail::Detail;
use super::fact::Role;
use super::ids::{MachineId, SourceId};
use super::reading::{Quality, Value};
use super::settings::{PolicySetting, RejectSource};
use super::state::Class;
use super::tally::{SpanRow, Sums, Tally, TallyRow};
use super::time::{Period, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All machines at one instant.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlantLive {
    /// The instant.
    pub at: Timestamp,
    /// The machines in the order of their ids.
    pub machines: Vec<MachineLive>,
    /// Facts waiting to be written.
    pub waiting_facts: usize,
    /// Facts given up since the start because the store failed.
    pub lost_facts: u64,
    /// Facts of devices that came later than they may since the start and are kept but not applied.
    pub too_late_facts: u64,
    /// Entries for locked periods that nobody accepted or took back.
    pub late_entries: usize,
}

/// One machine.
#[derive(Debug, Clone, PartialEq)]
pub struct MachineLive {
    /// Which.
    pub machine: MachineId,
    /// Its id as configured.
    pub id: Arc<str>,
    /// Name for people, by language; key "" when one name serves all.
    pub name: BTreeMap<Arc<str>, Arc<str>>,
    /// Its line.
    pub line: Arc<str>,
    /// What its signals say, as `State::name` writes it.
    pub state: Arc<str>,
    /// The class of this instant. A running stop below the minor limit is shown as a minor stop.
    pub class: Class,
    /// Since when.
    pub since: Timestamp,
    /// The reason a person gave for the running stop, or empty.
    pub reason: Arc<str>,
    /// The product on it, or empty.
    pub product: Arc<str>,
    /// The shift that is on.
    pub shift: Option<ShiftLive>,
    /// The engines that worked the sums out, 0 where one is not known.
    pub engines: BTreeSet<u32>,
    /// Sums since the shift began, up to now; outside shifts, of all time between the shifts of the production day.
    pub tally: Tally,
    /// What those sums are made of.
    pub detail: Detail,
    /// The shift from begin to end; outside shifts, from the end of the last one to the begin of the next, within the
    /// production day.
    pub covers: Period,
    /// What is not known to be on disk yet, up to now: where its first span begins, it takes the place of what is.
    pub open: OpenRows,
    /// How often its past had to be worked out again since the start.
    pub retold: u64,
    /// The loss policy in force.
    pub policy: Arc<PolicySetting>,
    /// False before a person put it in service: what it does is shown, and in no number.
    pub in_service: bool,
    /// Where its rejects come from.
    pub reject_source: RejectSource,
    /// Its signals as last read.
    pub signals: Vec<SignalLive>,
    /// Pieces that are held because nobody can believe the increase, and nobody decided on it.
    pub held: i64,
    /// How many increases that is; of one that may be none, such as of a counter that stepped back, nobody knows the pieces.
    pub holds: usize,
    /// Pieces that came in this shift while its state said that it stands.
    pub stood: StoodCounting,
    /// True while its past is being worked out again.
    pub recomputing: bool,
    /// Up to here its numbers are final.
    pub settled: Timestamp,
}

impl MachineLive {
    /// The sums since the shift began with what they are made of.
    pub fn sums(&self) -> Sums {
        Sums {
            tally: self.tally,
            detail: self.detail.clone(),
        }
    }
}

/// Spans and tallies of a machine on their way to disk, by start; the newest ones may still change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenRows {
    /// Spans.
    pub spans: Vec<SpanRow>,
    /// Tallies.
    pub tallies: Vec<TallyRow>,
}

/// Stands in which more pieces came than what was on the way out, as far as they are final and the agent runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoodCounting {
    /// How long they are together.
    pub ms: i64,
    /// Pieces that came in them.
    pub pieces: i64,
}

/// The shift that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftLive {
    /// Its id.
    pub id: Arc<str>,
    /// Its name for people.
    pub name: Arc<str>,
    /// When it began and will end.
    pub period: Period,
    /// Plant-local date of its start.
    pub business_date: Arc<str>,
}

/// A signal as last read.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalLive {
    /// Which.
    pub role: Role,
    /// Its last usable value.
    pub value: Option<Value>,
    /// How far it can be trusted now.
    pub quality: Quality,
    /// When it was last confirmed.
    pub confirmed: Option<Timestamp>,
}

/// A source went up or down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Which.
    pub source: SourceId,
    /// True when it works.
    pub up: bool,
    /// When that was noticed.
    pub at: Timestamp,
    /// What happened and what to do, in an operator's words.
    pub why: String,
}

/// Something about a source worth counting and showing, which stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Which source.
    pub source: SourceId,
    /// What it is about: a unit, a request, a topic.
    pub about: String,
    /// What sort of thing it is, in one word: a note of the same sort about the same is the same thing again.
    pub kind: &'static str,
    /// What happened the last time and what to do, in an operator's words.
    pub what: String,
    /// How often it happened since it was last told.
    pub times: u64,
    /// When.
    pub at: Timestamp,
}
