//! Pure. Working a machine's past out again beside the live fold, until it agrees with what was known or reaches the present.

use super::fold::{Fold, Inbox, Passed, is_applied};
use super::held::Held;
use super::machine::{Machine, Remembered, snapshots};
use crate::model::commit::{History, Sealed};
use crate::model::ids::MachineId;
use crate::model::tally::ENGINE;
use crate::model::time::{HOUR_MS, Period, QUARTER_MS, Timestamp};
use crate::oee::plan::Plan;
use crate::oee::rows::{Final, Rows};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Time that is folded in one turn; a quiet machine has no facts to bound it by.
const TURN_MS: i64 = 6 * HOUR_MS;

/// A part of the past that facts arrived for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dirty {
    /// From here on.
    pub from: Timestamp,
    /// Agreement with a stored snapshot counts only after this.
    pub until: Timestamp,
    /// The live fold must be past this first: a stop is decided only when the anchor of its reason is passed, and before that,
    /// rows already final would go and come.
    pub anchor: Timestamp,
    /// The fact of this number must be on disk first.
    pub fact: u64,
}

impl Dirty {
    /// What begins at an instant and reaches up to the present, once the fact of this number is on disk.
    pub fn since(from: Timestamp, fact: u64) -> Dirty {
        Dirty {
            from,
            until: Timestamp::MAX,
            anchor: Timestamp::MIN,
            fact,
        }
    }

    /// True when a live fold at `position` is past what must be passed before the past can be worked out.
    pub fn is_reached(&self, position: Timestamp) -> bool {
        self.anchor < position
    }
}

/// A restatement under way.
#[derive(Debug)]
pub struct Restate {
    /// What it was begun for.
    pub dirty: Dirty,
    /// The first of the facts it was begun for; where it begins may lie before that.
    first: Timestamp,
    scratch: Option<Scratch>,
    /// A page that is newer than what the core knows to be on disk.
    early: Option<History>,
    goal: Goal,
}

/// How far the facts read so far allow to fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// As far as it went: a page is on its way.
    Page,
    /// Up to here.
    Until(Timestamp),
    /// Up to the present: everything is read.
    Present,
}

#[derive(Debug)]
struct Scratch {
    fold: Fold,
    inbox: Inbox,
    rows: Rows,
    /// Stored snapshots to agree with.
    stored: BTreeMap<Timestamp, Vec<u8>>,
    /// The first of them that it agrees with: it goes on only until the time that waits before it is decided.
    agreed: Option<Timestamp>,
    /// Snapshots passed whose rows are not told yet.
    passed: Vec<Passed>,
    /// It began here.
    begun: Timestamp,
    /// The first word about a stop after it began, while a stop or waiting time lasts in which it began: when that reaches the
    /// word, the time before the begin may be called by it, and nothing is told until that is known.
    watched: Option<Timestamp>,
    /// Everything before it was given to a commit.
    told: Timestamp,
    /// The history ends with this number ...
    end: u64,
    /// ... and facts of the run up to before this one were added to it.
    heard: u64,
    born: Timestamp,
}

/// What a page of history leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Wait for a commit.
    Wait,
    /// Go on in a later turn: the core has other things to do.
    Again,
    /// Read the next page.
    More,
    /// Read again, from this instant on.
    From(Timestamp),
    /// The restatement is over.
    Over,
}

impl Restate {
    /// A restatement that waits for its first page.
    pub fn new(dirty: Dirty) -> Restate {
        Restate {
            dirty,
            first: dirty.from,
            scratch: None,
            early: None,
            goal: Goal::Page,
        }
    }
}

impl Machine {
    /// The page that came too early, once the core knows that all of it is on disk.
    pub fn early_page(&mut self, last_seq: u64) -> Option<History> {
        let restate = self.restate.as_mut()?;
        restate.early.take_if(|page| page.end <= last_seq)
    }

    /// Folds a page of history beside the live fold.
    pub fn restate(&mut self, page: History, last_seq: u64, born: Timestamp, plan: &Plan) -> Next {
        let Some(restate) = &mut self.restate else {
            return Next::Over;
        };
        if page.end > last_seq {
            restate.early = Some(page);
            return Next::Wait;
        }
        let last = page.last;
        let scratch = match &mut restate.scratch {
            Some(scratch) => scratch,
            empty => match Scratch::new(&page, self.fold.machine, born, plan, restate.first) {
                Ok(scratch) => empty.insert(scratch),
                Err(earlier) => return self.begin_earlier(earlier),
            },
        };
        if page.facts.is_empty() && !last {
            return Next::More;
        }
        restate.goal = match page.facts.last() {
            Some((_, fact)) if !last => Goal::Until(fact.at),
            Some(_) | None => Goal::Present,
        };
        let applied = page
            .facts
            .into_iter()
            .filter(|(seq, fact)| is_applied(plan, *seq, fact));
        applied.for_each(|(_, fact)| scratch.inbox.add(Arc::new(fact)));
        self.turn(plan)
    }

    /// Folds on beside the live fold, a bounded stretch of time.
    pub fn turn(&mut self, plan: &Plan) -> Next {
        let Some(restate) = &mut self.restate else {
            return Next::Over;
        };
        let Some(scratch) = &mut restate.scratch else {
            return Next::Wait;
        };
        scratch.hear(&self.remembered);
        let goal = match restate.goal {
            Goal::Page => return Next::Wait,
            Goal::Until(goal) => goal.min(self.fold.position),
            Goal::Present => self.fold.position,
        };
        let to = goal.min(scratch.fold.reach(TURN_MS));
        let to = scratch
            .watched
            .map_or(to, |word| to.min(word).max(scratch.fold.position));
        let mut passed = Vec::new();
        scratch
            .fold
            .advance(to, &mut scratch.inbox, plan, &mut scratch.rows, &mut passed);
        if let Some(earlier) = scratch.watch() {
            return self.begin_earlier(earlier);
        }
        scratch.agree(&passed, restate.dirty.until);
        scratch.passed.extend(passed);
        let settled = scratch.fold.settled();
        let over = scratch.agreed.is_some_and(|agreed| agreed <= settled);
        let whole = match scratch.watched {
            Some(_) if !over => scratch.told,
            Some(_) | None => scratch.agreed.unwrap_or(Timestamp::MAX).min(settled.floor(QUARTER_MS)),
        };
        let before = scratch.told;
        let done = scratch.tell(whole, false, plan);
        let told_here = scratch.passed.partition_point(|passed| passed.at <= whole);
        let checkpoints = snapshots(self.fold.machine, scratch.passed.drain(..told_here), plan);
        let start = self.retold.map_or(before, |retold| retold.start.min(before));
        self.retold = Some(Period::new(start, scratch.told));
        hold(&mut self.held, &done);
        self.restated.push((done, checkpoints));
        match (over, restate.goal) {
            (true, _) => {
                self.finish_restating();
                Next::Over
            }
            (false, _) if to < goal => Next::Again,
            (false, Goal::Until(_) | Goal::Page) => {
                restate.goal = Goal::Page;
                Next::More
            }
            (false, Goal::Present) => {
                self.become_live(plan);
                Next::Over
            }
        }
    }

    /// Begins anew, from an earlier instant.
    fn begin_earlier(&mut self, from: Timestamp) -> Next {
        if let Some(restate) = &mut self.restate {
            restate.dirty.from = restate.dirty.from.min(from);
            (restate.scratch, restate.goal) = (None, Goal::Page);
        }
        self.mark = Some(self.unsure_from());
        Next::From(from)
    }

    /// The scratch fold has reached the live one and takes its place.
    fn become_live(&mut self, plan: &Plan) {
        if let Some(mut scratch) = self.restate.take().and_then(|restate| restate.scratch) {
            let end = scratch.fold.settled().max(self.sealed_until);
            let done = scratch.tell(end, true, plan);
            hold(&mut self.held, &done);
            self.restated.push((done, Vec::new()));
            self.replace(scratch.fold, scratch.inbox, scratch.rows, end);
            self.passed = scratch.passed;
        }
        self.finish_restating();
    }

    fn finish_restating(&mut self) {
        self.restate = None;
        // Facts that came meanwhile for a time already passed begin it anew.
        let after = self.dirty.map_or(u64::MAX, |dirty| dirty.fact);
        self.remembered.retain(|fact| fact.number > after);
        self.mark = Some(self.unsure_from());
    }
}

impl Scratch {
    /// The error is an earlier instant to begin at: the snapshot cannot be read, or holds time that the first fact, at `first`,
    /// may decide.
    fn new(
        page: &History,
        machine: MachineId,
        born: Timestamp,
        plan: &Plan,
        first: Timestamp,
    ) -> Result<Scratch, Timestamp> {
        let fold = match &page.checkpoint {
            Some(checkpoint) => Fold::resume(checkpoint).ok_or(checkpoint.at.plus(-1))?,
            None => Fold::new(machine, born),
        };
        if let Some((since, _)) = fold.waits(plan).filter(|(_, by)| *by > first) {
            return Err(since);
        }
        if let Some(counted) = fold.counts_by_plan(plan).filter(|counted| first < counted.end) {
            return Err(counted.start.plus(-1));
        }
        let stored = page.later.iter().filter(|checkpoint| checkpoint.engine == ENGINE);
        let watched = carried(&fold, fold.position).and_then(|_| plan.next_anchor(machine, fold.position));
        Ok(Scratch {
            told: fold.position,
            begun: fold.position,
            watched,
            rows: Rows::since(fold.position),
            fold,
            inbox: Inbox::default(),
            stored: stored
                .map(|checkpoint| (checkpoint.at, checkpoint.bytes.clone()))
                .collect(),
            agreed: None,
            passed: Vec::new(),
            end: page.end,
            heard: 0,
            born,
        })
    }

    /// The instant to begin at instead, when the word that was watched for is said of time before the begin.
    fn watch(&mut self) -> Option<Timestamp> {
        let word = self.watched?;
        let carried = carried(&self.fold, self.begun);
        if carried.is_none() {
            self.watched = None;
        }
        carried.filter(|_| self.fold.position >= word)
    }

    /// Notes the first snapshot that is the stored one, with nothing waiting in it that was up to `until`: from there on all
    /// goes as it went.
    fn agree(&mut self, passed: &[Passed], until: Timestamp) {
        // How the counts under way are shared out is no part of a snapshot.
        let is_free = |bytes: &Vec<u8>| {
            let fold = Fold::decode(self.fold.machine, bytes, ENGINE);
            fold.is_some_and(|fold| !fold.signals.is_sharing_out())
        };
        let agrees = |passed: &&Passed| {
            let bytes = passed.bytes.as_ref().filter(|_| passed.settled > until);
            bytes.is_some_and(|bytes| self.stored.get(&passed.at) == Some(bytes) && is_free(bytes))
        };
        self.agreed = self.agreed.or_else(|| Some(passed.iter().find(agrees)?.at));
    }

    /// Adds facts that came after the history was read. One for a time already passed is left out: it soils the past and
    /// is worked in afterwards.
    fn hear(&mut self, remembered: &[Remembered]) {
        let heard = self.heard;
        for Remembered { number, seq, fact } in remembered.iter().filter(|fact| fact.number >= heard) {
            self.heard = number + 1;
            let is_new = seq.is_none_or(|seq| seq > self.end);
            if is_new && fact.at.max(self.born) >= self.fold.position {
                self.inbox.add(Arc::clone(fact));
            }
        }
    }

    /// The final rows since what was told before, as ranges that replace what is stored. Of time in which the plan does not
    /// know the machine nothing is told: what is stored there was told by settings that damage took since.
    fn tell(&mut self, to: Timestamp, partly: bool, plan: &Plan) -> Vec<Sealed> {
        let machine = self.fold.machine;
        let until = if partly { to.min(self.fold.settled()) } else { to };
        let told = Period::new(self.told, to);
        if told.is_empty() {
            return Vec::new();
        }
        self.told = to;
        let rows = self.rows.finish(machine, until);
        let part = |range: Period| {
            let mut rows = rows.clone();
            rows.tallies.retain(|row| range.contains(row.period.start));
            rows.spans.retain(|row| range.contains(row.period.start));
            rows.flags.retain(|flag| range.contains(flag.at));
            let Final { tallies, spans, flags } = rows;
            Sealed {
                machine,
                range: Some(range),
                tallies,
                spans,
                flags,
            }
        };
        plan.configured_in(machine, told).into_iter().map(part).collect()
    }
}

/// What is held in time that was worked out again.
fn hold(held: &mut Held, told: &[Sealed]) {
    for sealed in told {
        if let Some(range) = sealed.range {
            held.replace(range, &sealed.flags);
        }
    }
}

/// The start of the stop under way, or of time waiting that may become one, when it began before `begun`.
fn carried(fold: &Fold, begun: Timestamp) -> Option<Timestamp> {
    let stop = fold.engine.stop.as_ref().map(|stop| stop.start);
    let start = stop.into_iter().chain(fold.resolver.since()).min()?;
    (start < begun).then_some(start)
}
