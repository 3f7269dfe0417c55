//! Pure. One machine while the agent runs: its live fold, its rows, and the restatement of its past.

use super::fold::{Fold, Inbox, Passed};
use super::held::Held;
use super::outbox::Released;
use super::restate::{Dirty, Restate};
use super::stood::Standing;
use crate::model::commit::{Checkpoint, Sealed, WorkedOut};
use crate::model::fact::Fact;
use crate::model::ids::MachineId;
use crate::model::live::OpenRows;
use crate::model::tally::{ENGINE, SpanRow, Sums, TallyKey, TallyRow};
use crate::model::time::{DAY_MS, Period, QUARTER_MS, Timestamp};
use crate::oee::plan::Plan;
use crate::oee::rows::{Final, Rows};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One machine.
#[derive(Debug)]
pub struct Machine {
    /// The live fold.
    pub fold: Fold,
    /// Facts it has not reached.
    pub inbox: Inbox,
    /// Rows not final yet.
    pub rows: Rows,
    /// Sums on disk by start of the shift, its id, and product.
    pub on_disk: BTreeMap<(Timestamp, Arc<str>, Arc<str>), Sums>,
    /// The engines that worked out what is on disk of the newest shift.
    pub engines: Option<WorkedOut>,
    /// Final tallies on their way to disk, with the number of their commit.
    pub on_the_way: Vec<(u64, TallyRow)>,
    /// The same of spans.
    pub spans_on_the_way: Vec<(u64, SpanRow)>,
    /// How often the past had to be worked out again.
    pub retold_times: u64,
    /// The newest commit that tells the past anew, until it is on disk.
    pub retelling: Option<u64>,
    /// End of the newest tally given to a commit.
    pub sealed_until: Timestamp,
    /// From when on the past must be worked out again.
    pub dirty: Option<Dirty>,
    /// The restatement under way.
    pub restate: Option<Restate>,
    /// Facts since the past became dirty.
    pub remembered: Vec<Remembered>,
    /// Until when the past is left alone, after its history could not be read.
    pub hold: Option<Timestamp>,
    /// Final rows and snapshots of a restatement for the next commit.
    pub restated: Vec<(Vec<Sealed>, Vec<Checkpoint>)>,
    /// `Some` when the store must be told that the past is worked out again (from when) or is no longer.
    pub mark: Option<Option<Timestamp>>,
    /// Increases that are held.
    pub held: Held,
    /// Minutes in which it only stood, as far as they are final.
    pub standing: Standing,
    /// What was told of the past since the last commit, by a fold that takes or took its place there: of that time the rows and
    /// snapshots of the live fold are void.
    pub retold: Option<Period>,
    /// Snapshots passed since the last commit.
    pub passed: Vec<Passed>,
    /// True when it is no longer configured: it stays until its last minutes are final.
    pub gone: bool,
}

/// A fact that a restatement under way or to come may not find in the journal yet.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// Its number of the run.
    pub number: u64,
    /// Its number of the journal, once it has one.
    pub seq: Option<u64>,
    /// The fact.
    pub fact: Arc<Fact>,
}

impl Machine {
    /// A machine at the position of its fold.
    pub fn new(fold: Fold) -> Machine {
        Machine {
            sealed_until: fold.position,
            fold,
            inbox: Inbox::default(),
            rows: Rows::default(),
            on_disk: BTreeMap::new(),
            engines: None,
            on_the_way: Vec::new(),
            spans_on_the_way: Vec::new(),
            retold_times: 0,
            retelling: None,
            dirty: None,
            restate: None,
            remembered: Vec::new(),
            hold: None,
            restated: Vec::new(),
            mark: None,
            held: Held::default(),
            standing: Standing::default(),
            retold: None,
            passed: Vec::new(),
            gone: false,
        }
    }

    /// Folds live up to `to`.
    pub fn advance(&mut self, to: Timestamp, plan: &Plan) {
        self.fold
            .advance(to, &mut self.inbox, plan, &mut self.rows, &mut self.passed);
    }

    /// Notes that a part of the past must be worked out again.
    pub fn soil(&mut self, part: Dirty) {
        let dirty = self.dirty.get_or_insert(part);
        dirty.from = dirty.from.min(part.from);
        dirty.until = dirty.until.max(part.until);
        dirty.anchor = dirty.anchor.max(part.anchor);
        dirty.fact = dirty.fact.max(part.fact);
        self.retold_times += 1;
        self.mark = Some(self.unsure_from());
    }

    /// From when on the past is being worked out again, or must be.
    pub fn unsure_from(&self) -> Option<Timestamp> {
        let under_way = self.restate.as_ref().map(|restate| restate.dirty.from);
        let to_come = self.dirty.map(|dirty| dirty.from);
        under_way.into_iter().chain(to_come).min()
    }

    /// Takes a fold that was worked out again for the live one. Snapshots of the former one are void.
    pub fn replace(&mut self, fold: Fold, inbox: Inbox, rows: Rows, told: Timestamp) {
        self.fold = fold;
        self.inbox = inbox;
        self.rows = rows;
        self.sealed_until = self.sealed_until.max(told);
        self.retold = None;
        self.passed.clear();
    }

    /// From when on a fold of the past tells the rows, or is about to: told by the live fold first, they would be revised.
    fn retold_from(&self) -> Option<Timestamp> {
        let about_to = self.dirty.filter(|dirty| dirty.is_reached(self.fold.position));
        let about_to = about_to.map(|dirty| dirty.from);
        let under_way = self.restate.as_ref().map(|restate| restate.dirty.from);
        under_way.into_iter().chain(about_to).min()
    }

    /// True when nothing of it is left to be done.
    pub fn is_over(&self) -> bool {
        let quiet = self.restated.is_empty() && self.mark.is_none() && self.unsure_from().is_none();
        self.gone && quiet && self.rows.is_empty()
    }

    /// Remembers a fact for a restatement that is under way or to come.
    pub fn remember(&mut self, number: u64, fact: &Arc<Fact>) {
        if self.dirty.is_some() || self.restate.is_some() {
            self.remembered.push(Remembered {
                number,
                seq: None,
                fact: Arc::clone(fact),
            });
        }
    }

    /// Learns the journal's numbers of facts that are on disk now. A restatement that begins after that finds them there.
    pub fn number(&mut self, released: &Released) {
        for fact in &mut self.remembered {
            fact.seq = fact.seq.or_else(|| released.seq(fact.number));
        }
        if self.restate.is_none() {
            self.remembered.retain(|fact| fact.seq.is_none());
        }
    }

    /// Forgets facts that were given up and will never be on disk.
    pub fn forget(&mut self, gone: &[u64]) {
        self.remembered.retain(|fact| gone.binary_search(&fact.number).is_err());
    }

    /// Takes what became final since the last commit.
    pub fn seal(&mut self, commit: u64, plan: &Plan) -> (Vec<Sealed>, Vec<Checkpoint>) {
        let mut sealed = Vec::new();
        let mut checkpoints = Vec::new();
        if !self.restated.is_empty() {
            self.retelling = Some(commit);
        }
        for (rows, snapshots) in std::mem::take(&mut self.restated) {
            sealed.extend(rows);
            checkpoints.extend(snapshots);
        }
        let machine = self.fold.machine;
        let retold_from = self.retold_from().unwrap_or(Timestamp::MAX);
        let settled = self.fold.settled().min(retold_from);
        if let Some(retold) = self.retold {
            let is_void = |passed: &&mut Passed| retold.start < passed.at && passed.at <= retold.end;
            let void = self.passed.iter_mut().filter(is_void);
            void.for_each(|passed| passed.bytes = None);
        }
        // A snapshot goes to disk with the last of the rows before it: whoever goes on from it tells none of them.
        let told_here = self.passed.partition_point(|passed| passed.at <= settled);
        let waiting = self.passed.split_off(told_here);
        let Final {
            mut tallies,
            mut spans,
            mut flags,
        } = self.rows.finish(machine, settled);
        if let Some(retold) = self.retold {
            tallies.retain(|row| !retold.contains(row.period.start));
            spans.retain(|row| !retold.contains(row.period.start));
            flags.retain(|flag| !retold.contains(flag.at));
            self.retold = self.retold.filter(|_| self.restate.is_some());
        }
        self.sealed_until = tallies
            .iter()
            .map(|row| row.period.end)
            .fold(self.sealed_until, Timestamp::max);
        self.held.add(&flags);
        self.on_the_way.extend(tallies.iter().map(|row| (commit, row.clone())));
        self.spans_on_the_way
            .extend(spans.iter().map(|row| (commit, row.clone())));
        if !(tallies.is_empty() && spans.is_empty() && flags.is_empty()) {
            sealed.push(Sealed {
                machine,
                range: None,
                tallies,
                spans,
                flags,
            });
        }
        self.standing.take(&sealed);
        // The last one stays as a mark, so that the fold does not take the same snapshot again.
        let keep = self.passed.pop();
        checkpoints.extend(snapshots(machine, self.passed.drain(..), plan));
        if let Some(last) = keep {
            checkpoints.extend(snapshots(machine, std::iter::once(last.clone()), plan));
            self.passed.push(Passed { bytes: None, ..last });
        }
        self.passed.extend(waiting);
        (sealed, checkpoints)
    }

    /// The sums of the shift (or of the time between shifts) that a key belongs to, as far as they are final.
    pub fn shift_sums(&self, key: &TallyKey) -> Sums {
        let mut sums = Sums::default();
        let first = (key.shift_start, Arc::clone(&key.shift), "".into());
        let of_shift = self.on_disk.range(first..);
        let of_shift = of_shift.take_while(|((start, shift, _), _)| *start == key.shift_start && *shift == key.shift);
        of_shift.for_each(|(_, of_product)| sums.merge(of_product));
        let on_the_way = self.on_the_way.iter().filter(|(_, row)| row.key.is_same_shift(key));
        on_the_way.for_each(|(_, row)| sums.give(row));
        sums
    }

    /// What is not known to be on disk, and behind it what the fold just carried on to now.
    pub fn open_rows(&self, carried_on: &Rows) -> OpenRows {
        let machine = self.fold.machine;
        let spans = self.spans_on_the_way.iter().map(|(_, row)| row);
        let tallies = self.on_the_way.iter().map(|(_, row)| row.clone());
        OpenRows {
            spans: spans
                .chain(self.rows.spans())
                .chain(carried_on.spans())
                .cloned()
                .collect(),
            tallies: tallies
                .chain(self.rows.tallies(machine))
                .chain(carried_on.tallies(machine))
                .collect(),
        }
    }

    /// True when all that was worked out again is on disk. Before that a history read from there is not the newest: its snapshots
    /// would bring back what was just mended.
    pub fn is_told(&self) -> bool {
        self.restate.is_none() && self.restated.is_empty() && self.retelling.is_none()
    }

    /// True while the past is worked out again, and until what came of it is on disk.
    pub fn is_recomputing(&self) -> bool {
        self.unsure_from().is_some() || !self.is_told()
    }

    /// Takes which engines worked out the newest shift on disk.
    pub fn worked_out(&mut self, engines: &[WorkedOut]) {
        let mine = engines.iter().find(|of| of.machine == self.fold.machine);
        self.engines = mine.or(self.engines.as_ref()).cloned();
    }

    /// The engines that worked out the sums of the shift of a key: this one the newest of them.
    pub fn engines(&self, key: &TallyKey) -> BTreeSet<u32> {
        let of_shift = |of: &&WorkedOut| of.shift_start == key.shift_start && of.shift == key.shift;
        let on_disk = self.engines.as_ref().filter(of_shift);
        let on_disk = on_disk.into_iter().flat_map(|of| &of.engines).copied();
        on_disk.chain([ENGINE]).collect()
    }

    /// Takes the sums of the store for shifts that a commit touched.
    pub fn committed(&mut self, commit: u64, shifts: &[TallyRow]) {
        self.on_the_way.retain(|(number, _)| *number != commit);
        self.spans_on_the_way.retain(|(number, _)| *number != commit);
        self.retelling = self.retelling.filter(|number| *number > commit);
        let mine = || shifts.iter().filter(|row| row.machine == self.fold.machine);
        let touched: Vec<_> = mine()
            .map(|row| (row.key.shift_start, Arc::clone(&row.key.shift)))
            .collect();
        self.on_disk
            .retain(|(start, shift, _), _| !touched.iter().any(|(other, id)| other == start && id == shift));
        for row in mine() {
            let key = (
                row.key.shift_start,
                Arc::clone(&row.key.shift),
                Arc::clone(&row.key.product),
            );
            let sums = Sums {
                tally: row.tally,
                detail: row.detail.clone(),
            };
            self.on_disk.insert(key, sums);
        }
        // Two shifts are enough for every screen of the present.
        while self
            .on_disk
            .first_key_value()
            .is_some_and(|((start, ..), _)| self.fold.position.since(*start) > 2 * DAY_MS)
        {
            self.on_disk.pop_first();
        }
    }
}

/// Snapshots as checkpoints; the first one of a shift is kept longer. The one of the machine's birth is none: what lies before
/// the birth, such as a first sample with its limit, is folded at it, and after the snapshot.
pub fn snapshots(machine: MachineId, passed: impl Iterator<Item = Passed>, plan: &Plan) -> Vec<Checkpoint> {
    let with_bytes = passed.filter_map(|passed| passed.bytes.map(|bytes| (passed.at, bytes)));
    let born = plan.born(machine);
    with_bytes
        .filter(|(at, _)| born.is_none_or(|born| *at > born))
        .map(|(at, bytes)| {
            let quarter = Period::new(at.plus(-QUARTER_MS + 1), at.plus(1));
            let shift = plan.segment(machine, at).map(|segment| segment.slot.shift_start);
            let keep = shift.is_some_and(|start| quarter.contains(start));
            Checkpoint {
                machine,
                at,
                engine: ENGINE,
                keep,
                bytes,
            }
        })
        .collect()
}
