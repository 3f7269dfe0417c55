//! Pure. All that is valid for a machine at an instant, and how long it stays so.

use super::job::Between;
use super::said::{Declared, in_force};
use super::{Plan, Validity};
use crate::model::fact::Role;
use crate::model::ids::MachineId;
use crate::model::settings::{MachineSetting, PolicySetting, RATE_MARGIN, rate_milli};
use crate::model::tally::TallyKey;
use crate::model::time::{DAY_MS, MINUTE_MS, Period, Timestamp};
use crate::oee::book::primary;
use crate::oee::calendar::{Calendar, Planned, Slot};
use crate::oee::class::is_unknown_planned;
use std::sync::Arc;

/// The longest silence whose pieces one increase of a counter can be: longer holidays than a month no plant has.
pub const LONGEST_SILENCE_MS: i64 = 31 * DAY_MS;

/// What is valid for a machine at an instant, and how long.
#[derive(Debug, Clone)]
pub struct Segment {
    /// How long all of it stays the same; cut at breaks too.
    pub period: Period,
    /// How long `key` stays the same: a tally never crosses its ends.
    pub key_period: Period,
    /// What tallies belong to.
    pub key: Arc<TallyKey>,
    /// What the calendar says.
    pub slot: Slot,
    /// The machine's setting.
    pub setting: Arc<MachineSetting>,
    /// The loss policy.
    pub policy: Arc<PolicySetting>,
    /// Ideal time per shot in nanoseconds.
    pub ideal_shot_ns: Option<i64>,
    /// Ideal time per piece (ISO 22400-2, PRI) in nanoseconds: ideal cycle / nominal cavities, rounded once.
    pub ideal_piece_ns: Option<i64>,
    /// Pieces a shot should give: nominal cavities.
    pub nominal: u32,
    /// Pieces a shot gives: cavities in use.
    pub cavities: u32,
    /// A stop at least this long is no minor stop, in milliseconds.
    pub minor_limit_ms: i64,
    /// Whether an order is on.
    pub between: Between,
    /// The planned stop a person declared.
    pub declared: Option<Arc<Declared>>,
    /// False before a person put the machine in service: nothing is told of it.
    pub in_service: bool,
    /// Thousandths of people at work on it.
    pub people_milli: i64,
}

impl Segment {
    /// True when the calendar plans work.
    pub fn is_work(&self) -> bool {
        self.slot.planned == Planned::Work
    }

    /// True when the machine's counters, or people, tell which of its pieces are good: rejects are known, and they are counted
    /// where the pieces are.
    pub fn is_judged(&self) -> bool {
        self.setting.reject_source.is_known() && self.is_one_station()
    }

    /// True when all counters of the machine count at one station: any two of pieces, good ones and rejects give the third.
    pub fn is_one_station(&self) -> bool {
        let counters = self.setting.signals.iter().filter(|signal| signal.role.is_counter());
        let mut stations = counters.map(|signal| &signal.station);
        let first = stations.next();
        stations.all(|station| Some(station) == first)
    }

    /// Ideal nanoseconds of what the counter that stands for production times: a shot with all cavities, or a piece.
    pub fn ideal_timed_ns(&self) -> Option<i64> {
        match primary(self) {
            Some(Role::Shots) => self.ideal_shot_ns,
            Some(_) | None => self.ideal_piece_ns,
        }
    }

    /// Pieces (shots of a counter of shots) that so many cycles make, and how many cycles: what a controller times.
    pub fn of_cycle(&self) -> (u32, u32) {
        match primary(self) {
            Some(Role::Shots) => (1, 1),
            Some(_) | None => of_cycle(self.nominal, self.setting.per_count),
        }
    }

    /// Ideal nanoseconds from one increase of that counter to the next: a cycle, whatever it gives; of counts that are parts
    /// of a piece as many as make one.
    pub fn ideal_increase_ns(&self) -> Option<i64> {
        let (pieces, counts) = self.of_cycle();
        let cycles = counts.div_ceil(pieces.max(1)).max(1);
        self.ideal_shot_ns.map(|ns| ns.saturating_mul(i64::from(cycles)))
    }

    /// Most pieces (shots of a counter of shots) that one increase of a counter can be: those of the longest silence at its
    /// greatest rate, and of a machine with an ideal cycle at no more than the margin above that.
    pub fn most_made(&self, role: Role) -> i64 {
        let is_shots = role == Role::Shots;
        let per_cycle = if is_shots { 1 } else { self.nominal };
        let written = i128::from(self.setting.believed_rate(self.ideal_shot_ns, per_cycle));
        let of_ideal = self.ideal_shot_ns.map(|ns| rate_milli(ns, per_cycle) * RATE_MARGIN);
        let rate = of_ideal.map_or(written, |of_ideal| of_ideal.min(written));
        let counts = rate * i128::from(LONGEST_SILENCE_MS) / i128::from(MINUTE_MS * 1000);
        let (pieces, of) = if is_shots { (1, 1) } else { self.setting.per_count };
        i64::try_from(counts * i128::from(pieces) / i128::from(of.max(1))).unwrap_or(i64::MAX)
    }

    /// True when the machine has leave to stand still: outside planned work, through a declared stop, without an order.
    pub fn is_leave(&self) -> bool {
        !self.is_work() || self.declared.is_some() || self.between == Between::NoOrder
    }
}

impl Plan {
    /// True when a connected machine is in service: a person said so last, or nobody has to.
    pub fn is_in_service(&self, machine: MachineId, at: Timestamp) -> bool {
        let mut span = Validity::at(at);
        let setting = self.machines.get(&machine).and_then(|timeline| span.narrow(timeline));
        setting.is_some_and(|setting| setting.asset.connected && self.serves(machine, &setting, &mut span))
    }

    /// The same of a machine that is connected, at the instant of `span`.
    fn serves(&self, machine: MachineId, setting: &MachineSetting, span: &mut Validity) -> bool {
        let said = in_force(&self.said(machine).service, span.at, &mut span.period);
        said.map_or(!setting.commissioning, |(_, on)| *on)
    }

    /// True when a machine is in service at any instant of a period.
    pub fn serves_in(&self, machine: MachineId, period: Period) -> bool {
        let settings = self.machines.get(&machine).into_iter();
        let settings = settings.flat_map(|timeline| timeline.range(period.start..).map(|(at, _)| *at));
        let said = self
            .said(machine)
            .service
            .range((period.start, 0)..)
            .map(|((at, _), _)| *at);
        let mut instants = settings.chain(said).chain([period.start]);
        instants.any(|at| period.contains(at) && self.is_in_service(machine, at))
    }

    /// The parts of a period between changes of what tallies belong to: the end of each, and its milliseconds of planned
    /// time, were it unknown.
    pub fn parts(&self, machine: MachineId, period: Period) -> Vec<(Timestamp, i64)> {
        let mut parts: Vec<(Timestamp, i64)> = Vec::new();
        let mut last: Option<Arc<TallyKey>> = None;
        let mut at = period.start;
        while at < period.end {
            let segment = self.segment(machine, at);
            let end = segment.as_ref().map_or(period.end, |segment| segment.period.end);
            let part = Period::new(at, end.clamp(at.plus(1), period.end));
            let planned = match &segment {
                Some(segment) if is_unknown_planned(segment) => part.ms(),
                Some(_) => 0,
                None => self.planned_ms(machine, part),
            };
            let key = segment.map(|segment| segment.key);
            match parts.last_mut().filter(|_| last == key) {
                Some((end, sum)) => (*end, *sum) = (part.end, *sum + planned),
                None => parts.push((part.end, planned)),
            }
            (last, at) = (key, part.end);
        }
        parts
    }

    /// True when a shift begins in a period, wherever in it that shift ends.
    pub fn shift_began_in(&self, machine: MachineId, period: Period) -> bool {
        let mut at = period.start;
        while at < period.end {
            let Some(segment) = self.segment(machine, at) else {
                return false;
            };
            let slot = &segment.slot;
            if !slot.shift.is_empty() && period.contains(slot.shift_start) {
                return true;
            }
            at = segment.period.end;
        }
        false
    }

    /// What is valid for a machine; `None` before it was configured, after it was removed, and while it is only registered.
    pub fn segment(&self, machine: MachineId, at: Timestamp) -> Option<Segment> {
        let mut span = Validity::at(at);
        let setting = span.narrow(self.machines.get(&machine)?)?;
        if !setting.asset.connected {
            return None;
        }
        let site = span.narrow(&self.site).unwrap_or_default();
        let policy = span.narrow(&self.policy).unwrap_or_default();
        let calendar = span.narrow(&self.calendar);
        let said = self.said(machine);
        let job = self.job(said, &mut span);
        let standard = self.standard(machine, &setting, &job, &mut span);
        let between = self.between(machine, &setting, &job, &mut span);
        let cavities = self.cavities_in_use(said, &job, standard.cavities, &mut span);
        let in_service = self.serves(machine, &setting, &mut span);
        // What has no word in the key cuts a tally all the same: a tally is of one kind of time.
        let key_span = span.period;
        let declared = said.declared_at(at, &mut span.period).cloned();
        let slot = calendar
            .unwrap_or_else(|| Arc::new(Calendar::new(Default::default())))
            .slot_of(at, machine, &setting.line);
        let people_milli = self.people(machine, &setting, said, slot.shift_period, &mut span);
        let key = TallyKey {
            org: Arc::clone(&site.org),
            site: Arc::clone(&site.site),
            line: Arc::clone(&setting.line),
            shift: Arc::clone(&slot.shift),
            shift_start: slot.shift_start,
            business_date: Arc::clone(&slot.business_date),
            product: job.product,
            order: job.order,
            standard: standard.id,
            policy: Arc::clone(&policy.id),
            crew: Arc::clone(&slot.crew),
            mould: job.mould,
        };
        Some(Segment {
            period: slot.period.intersect(span.period),
            key_period: slot.shift_period.intersect(key_span),
            key: Arc::new(key),
            slot,
            minor_limit_ms: minor_limit_ms(&policy, standard.ideal_ns),
            in_service,
            ideal_shot_ns: standard.ideal_ns,
            ideal_piece_ns: piece_ns(standard.ideal_ns, standard.cavities, setting.per_count),
            nominal: standard.cavities,
            cavities,
            between,
            declared,
            people_milli,
            setting,
            policy,
        })
    }

    /// Thousandths of people at work on a machine: what was said of it in this shift, or its share of those on its line,
    /// whose machines in service share them: nothing is told of the others.
    fn people(
        &self,
        machine: MachineId,
        setting: &MachineSetting,
        said: &super::said::Said,
        shift: Period,
        span: &mut Validity,
    ) -> i64 {
        let own = in_force(&said.people, span.at, &mut span.period);
        if let Some((_, milli)) = own.filter(|(from, _)| shift.contains(*from)) {
            return *milli;
        }
        let of_line = self.lines.get(&setting.line).filter(|_| !setting.line.is_empty());
        let of_line = of_line.and_then(|line| in_force(line, span.at, &mut span.period));
        let Some((_, milli)) = of_line.filter(|(from, _)| shift.contains(*from)) else {
            return 0;
        };
        let mut machines = Vec::new();
        for (id, timeline) in &self.machines {
            let other = span.narrow(timeline);
            let on_line = other.filter(|other| other.line == setting.line && other.asset.connected);
            let serves = on_line.is_some_and(|other| self.serves(*id, &other, span));
            machines.extend(serves.then_some(*id));
        }
        let Some(place) = machines.iter().position(|id| *id == machine) else {
            return 0;
        };
        let count = i64::try_from(machines.len()).unwrap_or(i64::MAX);
        let place = i64::try_from(place).unwrap_or(0);
        // Shares are whole thousandths and add up to the line's number.
        milli * (place + 1) / count - milli * place / count
    }
}

/// Pieces that so many cycles make: one cycle its nominal cavities; where it is one cavity, a count is a cycle.
pub(super) fn of_cycle(nominal: u32, per_count: (u32, u32)) -> (u32, u32) {
    match nominal {
        0 | 1 => per_count,
        nominal => (nominal, 1),
    }
}

/// Ideal time per piece, to the nearest nanosecond.
pub(super) fn piece_ns(ideal_ns: Option<i64>, nominal: u32, per_count: (u32, u32)) -> Option<i64> {
    let (pieces, cycles) = of_cycle(nominal, per_count);
    let ideal = i128::from(ideal_ns?) * i128::from(cycles.max(1));
    let pieces = i128::from(pieces.max(1));
    i64::try_from((ideal + pieces / 2) / pieces).ok()
}

/// Milliseconds at which a stop is no longer minor: a number of ideal cycles, within bounds.
fn minor_limit_ms(policy: &PolicySetting, ideal_ns: Option<i64>) -> i64 {
    let cycles_ms = i64::from(policy.minor_cycles).saturating_mul(ideal_ns.unwrap_or(0)) / 1_000_000;
    cycles_ms.min(policy.minor_at_most_ms).max(policy.minor_at_least_ms)
}
