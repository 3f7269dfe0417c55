//! I/O. What else the journal is asked for: held increases, single facts, and sums by shift.

mod roll;

use crate::model::fact::{Body, Fact};
use crate::model::ids::{MachineId, Roster};
use crate::model::tally::{Flag, Sums, TallyKey};
use crate::model::time::{Period, Timestamp};
use crate::oee::plan::Plan;
use crate::oee::rollup::{By, Groups, Kinds, Over};
use crate::store::{ReadError, Reader, Versions};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Sums by what they belong to.
pub type BySums = BTreeMap<TallyKey, Sums>;

/// A question to the journal and its answer; the error is a sentence. May block.
pub type Question<Q, A> = Arc<dyn Fn(Q) -> Result<A, String> + Send + Sync>;

/// What the counters of a machine counted in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// So many pieces.
    Pieces(i64),
    /// They did not tell all of it.
    Unknown,
    /// All of it is not in the journal yet.
    NotYet,
}

/// Where what counters counted is looked up.
pub type Counts = Question<(MachineId, Period), Count>;

/// Which tallies are merged, and how.
#[derive(Debug, Clone)]
pub struct Rolling {
    /// How long they are merged over.
    pub over: Over,
    /// What they are merged by.
    pub by: By,
    /// The first business date ...
    pub first: Date,
    /// ... and the last.
    pub last: Date,
    /// How the machines of each line make one result.
    pub kinds: Kinds,
    /// What is configured and entered, for the meters that machines share.
    pub plan: Arc<Plan>,
    /// One machine alone.
    pub machine: Option<MachineId>,
    /// One line alone.
    pub line: Option<Arc<str>>,
}

/// Merged tallies.
#[derive(Debug, Clone, Default)]
pub struct Rolled {
    /// By when and by what.
    pub groups: Groups,
    /// True where there are more than [`MOST_GROUPS`]: what was merged then is not all of it.
    pub is_cut: bool,
    /// Names of all machines.
    pub roster: Roster,
    /// Minute tallies of the dates, machine and line asked for that are of a revision above 0.
    pub corrected: u64,
    /// Minute tallies that start before it are no longer kept.
    pub kept_since: Timestamp,
    /// End of the newest tally of each machine.
    pub sealed_until: BTreeMap<MachineId, Timestamp>,
}

/// Merging stops when there are more: each is some kilobytes in memory and in an answer.
pub const MOST_GROUPS: usize = 5_000;

/// Facts with their numbers, and whether there may be more.
pub type Late = (Vec<(u64, Fact)>, bool);

/// Questions to the journal. Each may block; each error is a sentence.
#[derive(Clone)]
pub struct Books {
    /// What counters of a machine did in a period.
    pub flags: Question<(MachineId, Period), Vec<Flag>>,
    /// Increases that are held and that nobody decided on, by instant: the newest, at most so many.
    pub open_flags: Question<usize, Vec<Flag>>,
    /// Facts that came too late and that nobody decided on, the newest first, at most so many; and whether there may be more.
    pub late: Question<(Arc<Plan>, usize), Late>,
    /// Starts from an instant on after a run that had not ended in order and a silence of more than so many milliseconds, the newest
    /// first, at most so many: each with its number, and the time from the last sign of life to the start.
    pub starts: Question<(Timestamp, i64, usize), Vec<(u64, Period)>>,
    /// The fact of this number.
    pub fact: Question<u64, Option<Fact>>,
    /// Sums of a machine's shifts that began at an instant or later.
    pub shifts: Question<(MachineId, Timestamp), BySums>,
    /// Tallies merged over time and place.
    pub rolled: Question<Rolling, Rolled>,
    /// What was told of a machine's time before it was corrected, and what was said since.
    pub versions: Question<(MachineId, Period), Versions>,
}

/// Asks the data folder, over a read-only connection of its own for each question.
pub fn books_in(folder: PathBuf) -> Books {
    let folder = Arc::new(folder);
    let open = {
        let folder = Arc::clone(&folder);
        move || Reader::open(&folder)
    };
    let said = |error: ReadError| error.to_string();
    let (flags, fact, shifts, versions) = (open.clone(), open.clone(), open.clone(), open.clone());
    let (open_flags, late, starts) = (open.clone(), open.clone(), open);
    Books {
        flags: Arc::new(move |(machine, period)| {
            let reader = flags().map_err(said)?;
            reader.flags(Some(machine), period).map_err(said)
        }),
        open_flags: Arc::new(move |limit| open_flags().map_err(said)?.open_flags(limit).map_err(said)),
        late: Arc::new(move |(plan, limit): (Arc<Plan>, usize)| {
            let is_decided = |seq, fact: &Fact| is_decided(&plan, seq, fact);
            late().map_err(said)?.too_late(&is_decided, limit).map_err(said)
        }),
        starts: Arc::new(move |(since, least_ms, limit)| {
            let reader = starts().map_err(said)?;
            reader.unclean_starts(since, least_ms, limit).map_err(said)
        }),
        fact: Arc::new(move |seq: u64| {
            let found = fact().map_err(said)?.facts(seq.saturating_sub(1), 1).map_err(said)?;
            Ok(found
                .into_iter()
                .find(|(number, _)| *number == seq)
                .map(|(_, fact)| fact))
        }),
        versions: Arc::new(move |(machine, period)| {
            let read = || versions()?.hold()?.versions(machine, period);
            read().map_err(said)
        }),
        shifts: Arc::new(move |(machine, from)| shifts().map_err(said)?.shifts(machine, from).map_err(said)),
        rolled: Arc::new(move |rolling: Rolling| roll::roll(&folder, &rolling).map_err(said)),
    }
}

/// True when a person said what is to become of a fact that came too late: that it counts, or that it is taken back.
fn is_decided(plan: &Plan, seq: u64, fact: &Fact) -> bool {
    match &fact.body {
        Body::Entry(entry) => !plan.is_waiting(&entry.key),
        Body::Signal(_)
        | Body::Values(_)
        | Body::Setting(_)
        | Body::Started(_)
        | Body::Clock(_)
        | Body::Loss(_)
        | Body::Import(_) => plan.is_accepted(seq),
    }
}
