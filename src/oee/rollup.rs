//! Pure. Tallies merged over time and place: hour, shift, business day, ISO week, month; machine, line, plant, product, order.
//! There is one way to merge, and it only adds; what merged tallies do not agree in is `mixed`, and listed.

mod kinds;
mod when;
mod words;

pub use kinds::Kinds;
pub use when::{Over, When, hour};

use super::basis::Basis;
use super::family::Made;
use super::meters;
use super::pace::{Counting, Pace};
use super::plan::{Hours, Plan};
use super::serial::{self, Parts};
use crate::model::ids::MachineId;
use crate::model::line::LineSetting;
use crate::model::tally::{Column, Sums, TallyKey};
use crate::model::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use when::Names;

/// Differing words that are listed of a merge; a plant's year has fewer orders than people read.
const MOST_LISTED: usize = 1_000;
/// Said of what differs among merged tallies.
pub const MIXED: &str = "mixed";
/// What merged tallies may differ in, in the order of [`Merged`]'s words.
pub const WORDS: [&str; 11] = [
    "org",
    "site",
    "line",
    "shift",
    "business_date",
    "product",
    "order",
    "standard",
    "policy",
    "crew",
    "mould",
];

/// What tallies are merged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Each machine.
    Machine,
    /// Each line, by its kind.
    Line,
    /// All lines together, each by its kind.
    Plant,
    /// Each product, on whichever machine; of a serial line once, as the line has it.
    Product,
    /// Each order; of a serial line once, as the line has it.
    Order,
    /// Each product of each order, in the same way; [`of_work`] tells them from the id.
    Work,
}

/// The product and the order of a group by [`By::Work`].
pub fn of_work(id: &str) -> (&str, &str) {
    id.split_once('\n').unwrap_or((id, ""))
}

/// No word has a line break in it.
fn work(product: &str, order: &str) -> Arc<str> {
    format!("{product}\n{order}").into()
}

/// A tally to be merged: of a minute, or of a shift.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Whose.
    pub machine: MachineId,
    /// Its start; of a shift's tally the shift's.
    pub start: Timestamp,
    /// What it belongs to.
    pub key: &'a TallyKey,
    /// The sums.
    pub sums: &'a Sums,
    /// The engines that worked it out, 0 where one is not known.
    pub engines: &'a [u32],
}

/// Merged tallies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// The sums.
    pub sums: Sums,
    /// The machines.
    pub machines: BTreeSet<MachineId>,
    /// The engines that worked the tallies out, 0 where one is not known.
    pub engines: BTreeSet<u32>,
    /// Of each machine, time whose energy a meter told, and all its time, in milliseconds.
    metered: BTreeMap<MachineId, (i64, i64)>,
    /// Of each machine, planned time of tallies of which people at work were told, and all its planned time, in milliseconds.
    manned: BTreeMap<MachineId, (i64, i64)>,
    /// Planned milliseconds of each machine whose good pieces are merged: of a serial line the output's.
    pub counted: BTreeMap<MachineId, i64>,
    /// The pace of each machine whose cycles are merged: of a serial line the bottleneck's.
    paces: BTreeMap<MachineId, Pace>,
    /// Pieces by part of products of family moulds, where the roll-up was given the plan: of a serial line the bottleneck's.
    pub made: Made,
    words: [BTreeSet<Arc<str>>; WORDS.len()],
}

impl Merged {
    /// Adds what another merge says.
    pub fn merge(&mut self, other: &Merged) {
        self.sums.merge(&other.sums);
        self.name(other);
        for (machine, times) in &other.metered {
            add(&mut self.metered, *machine, *times);
        }
        for (machine, times) in &other.manned {
            add(&mut self.manned, *machine, *times);
        }
        for (machine, ms) in &other.counted {
            *self.counted.entry(*machine).or_default() += ms;
        }
        for (machine, pace) in &other.paces {
            self.paces.entry(*machine).or_default().merge(pace);
        }
        self.made.merge(&other.made);
    }

    /// Names what another merge names, without its sums.
    fn name(&mut self, other: &Merged) {
        self.machines.extend(&other.machines);
        self.engines.extend(&other.engines);
        for (words, more) in self.words.iter_mut().zip(&other.words) {
            more.iter().for_each(|word| note(words, word));
        }
    }

    /// What all merged tallies say of one of [`WORDS`], or [`MIXED`].
    pub fn word(&self, name: &str) -> &str {
        let place = WORDS.iter().position(|word| *word == name);
        let words = place.and_then(|place| self.words.get(place));
        let mut words = words.into_iter().flatten();
        match (words.next(), words.next()) {
            (Some(word), None) => word,
            (Some(_), Some(_)) => MIXED,
            (None, _) => "",
        }
    }

    /// The engine that worked all of it out, or [`MIXED`]; `unknown` where that is no longer known, empty where there is nothing.
    pub fn engine(&self) -> String {
        let mut engines = self.engines.iter();
        match (engines.next(), engines.next()) {
            (Some(engine), None) => engine_name(*engine),
            (Some(_), Some(_)) => MIXED.to_owned(),
            (None, _) => String::new(),
        }
    }

    /// What merged tallies differ in: each of [`WORDS`] with all that they say of it, in order.
    pub fn mixed(&self) -> impl Iterator<Item = (&'static str, &BTreeSet<Arc<str>>)> {
        let all = WORDS.into_iter().zip(&self.words);
        all.filter(|(_, words)| words.len() > 1)
    }

    /// True when meters told the energy of every machine.
    pub fn is_metered(&self) -> bool {
        let mut times = self.metered.values();
        times.all(|(metered, of)| meters::is_told(*metered, *of))
    }

    /// True when people were told of the planned time of every machine.
    pub fn is_manned(&self) -> bool {
        let mut times = self.manned.values();
        times.all(|(manned, of)| meters::is_told(*manned, *of))
    }

    /// Sums of which cycles are told as finely as those of each machine were timed.
    pub fn timed<'a>(&self, basis: Basis<'a>, counting: impl Fn(MachineId) -> Counting) -> Basis<'a> {
        let is_alone = self.paces.len() == 1;
        let paces = self.paces.iter().filter(|(_, pace)| is_alone || pace.is_timed());
        basis.timed(paces.map(|(machine, pace)| (*pace, counting(*machine))))
    }

    fn pace(&mut self, part: &Part) {
        let pace = self.paces.entry(part.machine).or_default();
        pace.merge(&Pace::of(&part.sums.tally));
    }

    fn note(&mut self, part: &Part, plan: Option<&Plan>) {
        let Part { machine, key, sums, .. } = part;
        self.machines.insert(*machine);
        self.engines.extend(part.engines);
        let time = |column| sums.tally.get(column);
        if time(Column::SpanMs) > 0 {
            let metered = (time(Column::MeteredMs), time(Column::SpanMs));
            add(&mut self.metered, *machine, metered);
        }
        let planned = time(Column::PlannedMs);
        if planned > 0 {
            let hours = Hours::of(&sums.tally);
            let told = plan.map_or_else(
                || hours.by_people(),
                |plan| plan.manned_ms(*machine, key, part.start, hours),
            );
            add(&mut self.manned, *machine, (told, planned));
        }
        let said = [
            &key.org,
            &key.site,
            &key.line,
            &key.shift,
            &key.business_date,
            &key.product,
            &key.order,
            &key.standard,
            &key.policy,
            &key.crew,
            &key.mould,
        ];
        for (words, word) in self.words.iter_mut().zip(said) {
            note(words, word);
        }
    }
}

/// Adds time of which something was told, and all of it, to that of a machine.
fn add(all: &mut BTreeMap<MachineId, (i64, i64)>, machine: MachineId, (told, of): (i64, i64)) {
    let times = all.entry(machine).or_default();
    *times = (times.0.saturating_add(told), times.1.saturating_add(of));
}

/// The engine of a number as it is told; 0 stands for one that is not known.
pub fn engine_name(engine: u32) -> String {
    if engine == 0 {
        "unknown".to_owned()
    } else {
        engine.to_string()
    }
}

fn note(words: &mut BTreeSet<Arc<str>>, word: &Arc<str>) {
    // Most of them have one word in a plant, and dates come in their order.
    let is_known = |known: Option<&Arc<str>>| known.is_some_and(|known| Arc::ptr_eq(known, word));
    if is_known(words.first()) || is_known(words.last()) {
        return;
    }
    if words.len() < MOST_LISTED && !words.contains(word) {
        words.insert(Arc::clone(word));
    }
}

/// What was merged: by when, and by the id of what it was merged by; machines by their number.
pub type Groups = BTreeMap<(When, Arc<str>), Merged>;

/// Merges tallies as they come.
pub struct RollUp<'a> {
    over: Over,
    by: By,
    kinds: &'a Kinds,
    plan: Option<&'a Plan>,
    groups: Groups,
    serial: BTreeMap<Passage, (Parts, Merged)>,
    names: Names,
}

impl<'a> RollUp<'a> {
    /// Nothing merged yet.
    pub fn new(over: Over, by: By, kinds: &'a Kinds) -> RollUp<'a> {
        RollUp {
            over,
            by,
            kinds,
            plan: None,
            groups: Groups::new(),
            serial: BTreeMap::new(),
            names: Names::default(),
        }
    }

    /// The same that tells pieces by part, by the products as they were when each shift began.
    #[must_use]
    pub fn by_part(self, plan: &'a Plan) -> RollUp<'a> {
        RollUp {
            plan: Some(plan),
            ..self
        }
    }

    /// Adds a tally.
    pub fn give(&mut self, part: Part) {
        let when = self.names.when(&self.over, &part);
        let kind = self.kinds.of(&part.key.line, part.key.shift_start);
        let product = self
            .plan
            .and_then(|plan| plan.product(&part.key.product, part.key.shift_start));
        let family = product.filter(|product| !product.parts.is_empty());
        if self.by != By::Machine
            && let LineSetting::Serial { bottleneck, output } = kind
        {
            let passage = passage(&self.over, &when, part.key);
            let (parts, merged) = self.serial.entry(passage).or_default();
            parts.give(part.machine, (bottleneck, output), part.sums);
            merged.note(&part, self.plan);
            if part.machine == bottleneck {
                merged.pace(&part);
                family
                    .iter()
                    .for_each(|family| merged.made.take(family, &part.sums.tally));
            }
            return;
        }
        let id = match self.by {
            By::Machine => self.names.machine(part.machine),
            By::Line => Arc::clone(&part.key.line),
            By::Plant => Arc::clone(&part.key.site),
            By::Product => Arc::clone(&part.key.product),
            By::Order => Arc::clone(&part.key.order),
            By::Work => work(&part.key.product, &part.key.order),
        };
        let group = self.groups.entry((when, id)).or_default();
        group.note(&part, self.plan);
        group.pace(&part);
        *group.counted.entry(part.machine).or_default() += part.sums.tally.get(Column::PlannedMs);
        family
            .iter()
            .for_each(|family| group.made.take(family, &part.sums.tally));
        group.sums.merge(part.sums);
    }

    /// Adds what another roll-up, of the same over and by, was given.
    pub fn join(&mut self, other: RollUp) {
        for (key, merged) in other.groups {
            self.groups.entry(key).or_default().merge(&merged);
        }
        for (passage, (parts, merged)) in other.serial {
            let (all, of_all) = self.serial.entry(passage).or_default();
            all.merge(&parts);
            of_all.merge(&merged);
        }
    }

    /// How many groups there are so far, each product and order of a serial line for itself.
    pub fn groups(&self) -> usize {
        self.groups.len() + self.serial.len()
    }

    /// What was merged.
    pub fn finish(self) -> Groups {
        let mut groups = self.groups;
        for (passage, (parts, mut merged)) in words::joined(self.serial) {
            merged.sums = serial::line(&parts);
            merged.counted = parts.end().into_iter().collect();
            let id = match self.by {
                By::Line => passage.line,
                By::Plant => passage.site,
                By::Product => passage.product,
                By::Order => passage.order,
                By::Work => work(&passage.product, &passage.order),
                // A machine alone is no line: none of its tallies comes here.
                By::Machine => continue,
            };
            groups.entry((passage.when, id)).or_default().merge(&merged);
        }
        groups
    }
}

/// The pieces of one product that pass a serial line within a shift (within the hour, where hours are merged): its machines
/// meet there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Passage {
    when: When,
    site: Arc<str>,
    line: Arc<str>,
    shift: Option<(Timestamp, Arc<str>)>,
    product: Arc<str>,
    order: Arc<str>,
}

fn passage(over: &Over, when: &When, key: &TallyKey) -> Passage {
    let of_shift = !matches!(over, Over::Hours(_));
    Passage {
        when: when.clone(),
        site: Arc::clone(&key.site),
        line: Arc::clone(&key.line),
        shift: of_shift.then(|| (key.shift_start, Arc::clone(&key.shift))),
        product: Arc::clone(&key.product),
        order: Arc::clone(&key.order),
    }
}

#[cfg(test)]
#[path = "rollup/tests.rs"]
mod tests;
