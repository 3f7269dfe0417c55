//! Pure. Points become the fewest legal requests; what a device refuses is narrowed down once and then left out.

use super::address::Hole;
use super::{Area, Config, Point};
use std::collections::{BTreeMap, BTreeSet};

/// Most registers the protocol allows in one request: an answer has room for 250 bytes.
const MAX_REGISTERS: u16 = 125;
/// Most bits the protocol allows in one request.
const MAX_BITS: u16 = 2_000;
/// Most registers of one point: a 64-bit value.
const MAX_WORDS: u16 = 4;
/// Bits in a register: limits in registers hold for bits by the same number of bytes on the wire.
const BITS: u16 = 16;
/// A table has addresses 0 to 65535.
const ADDRESSES: u32 = 65_536;

/// One read of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which unit on the connection.
    pub unit: u8,
    /// Which table.
    pub area: Area,
    /// How often, in milliseconds.
    pub poll_ms: u64,
    /// First address.
    pub start: u16,
    /// How many registers or bits.
    pub count: u16,
    /// The points it reads, as indices into [`Config::points`].
    pub points: Vec<usize>,
}

impl std::fmt::Display for Request {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let last = u32::from(self.start) + u32::from(self.count) - 1;
        write!(out, "unit {} {}:{}", self.unit, self.area.name(), self.start)?;
        if self.count > 1 { write!(out, "-{last}") } else { Ok(()) }
    }
}

/// What follows from a refused request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It held more than one value: the plan now reads it in two parts.
    Split,
    /// It held one value, which is now read alone: its address is wrong.
    Alone,
}

/// The points with what was learned about the device.
#[derive(Debug)]
pub struct Planner {
    points: Vec<Point>,
    holes: Vec<Hole>,
    max_registers: u16,
    max_gap: u16,
    /// Points the device refuses even alone.
    bad: BTreeSet<usize>,
    /// Points no request may reach from before.
    cuts: BTreeMap<usize, Cut>,
}

impl Planner {
    /// Nothing learned yet.
    pub fn new(config: &Config) -> Planner {
        Planner {
            points: config.points.clone(),
            holes: config.connection.holes.clone(),
            max_registers: config.connection.max_registers.clamp(1, MAX_REGISTERS),
            max_gap: config.connection.max_gap,
            bad: BTreeSet::new(),
            cuts: BTreeMap::new(),
        }
    }

    /// The points no request can read: past address 65535, or of a length that does not exist.
    pub fn unreadable(&self) -> Vec<usize> {
        (0..self.points.len())
            .filter(|index| !self.is_readable(*index))
            .collect()
    }

    /// The requests that read every readable point exactly once; points at the same place share one. Where two ways to
    /// cut need the same number of requests, points of one machine stay together.
    pub fn requests(&self) -> Vec<Request> {
        let mut groups: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
        for index in (0..self.points.len()).filter(|index| self.is_readable(*index)) {
            groups.entry(self.group_of(index)).or_default().push(index);
        }
        groups
            .into_iter()
            .flat_map(|(group, indices)| self.of_group(group, indices))
            .collect()
    }

    /// Learns that the device refused the address or length of `request` (exceptions 2 and 3). The plan has changed.
    pub fn refused(&mut self, request: &Request) -> Refused {
        let places = self.places(request.points.clone());
        let middle = places.len() / 2;
        let (Some(left), Some(right)) = (places.get(middle.wrapping_sub(1)), places.get(middle)) else {
            let is_news = !request.points.iter().all(|point| self.bad.contains(point));
            if is_news {
                // It explains why the block around it was refused: the rest may be merged again.
                self.bad.extend(&request.points);
                self.forget_cuts(request, |_| true);
            }
            return Refused::Alone;
        };
        let cut = if places.len() == 2 && left.end < right.start {
            Cut::Suspect
        } else {
            Cut::Step
        };
        self.cuts.extend(right.points.first().map(|first| (*first, cut)));
        Refused::Split
    }

    /// Learns that the device answered `request`. True when the plan has changed by it.
    pub fn answered(&mut self, request: &Request) -> bool {
        let was_bad = request.points.iter().any(|point| self.bad.remove(point));
        if was_bad {
            self.forget_cuts(request, |_| true);
            return true;
        }
        let first = request.points.first();
        match first.and_then(|first| self.cuts.get_mut(first)) {
            Some(cut) if *cut == Cut::Suspect => {
                // The addresses between it and its neighbour are the cause; the steps that led there are not needed.
                *cut = Cut::Proven;
                self.forget_cuts(request, |cut| cut == Cut::Step)
            }
            Some(_) | None => false,
        }
    }

    fn is_readable(&self, index: usize) -> bool {
        let point = &self.points[index];
        (1..=MAX_WORDS).contains(&point.words) && self.span(index).1 <= ADDRESSES
    }

    fn group_of(&self, index: usize) -> Group {
        let point = &self.points[index];
        (point.unit, point.area, point.poll_ms)
    }

    /// First address and first address after it.
    fn span(&self, index: usize) -> (u32, u32) {
        let point = &self.points[index];
        let length = if point.area.is_bits() { 1 } else { point.words };
        let start = u32::from(point.address);
        (start, start + u32::from(length))
    }

    fn forget_cuts(&mut self, request: &Request, which: impl Fn(Cut) -> bool) -> bool {
        let group = (request.unit, request.area, request.poll_ms);
        let before = self.cuts.len();
        let mut cuts = std::mem::take(&mut self.cuts);
        cuts.retain(|point, cut| self.group_of(*point) != group || !which(*cut));
        self.cuts = cuts;
        self.cuts.len() != before
    }

    fn places(&self, mut indices: Vec<usize>) -> Vec<Place> {
        indices.sort_by_key(|index| (self.span(*index), *index));
        let mut places: Vec<Place> = Vec::new();
        for index in indices {
            let (start, end) = self.span(index);
            match places.last_mut() {
                Some(last) if (last.start, last.end) == (start, end) => last.points.push(index),
                Some(_) | None => places.push(Place {
                    start,
                    end,
                    points: vec![index],
                }),
            }
        }
        places
    }

    /// Cuts the sorted places into runs: the least (requests, cuts through a machine, addresses read) by looking at every
    /// way to reach each place. A run holds few places, so this is linear in practice.
    fn of_group(&self, group: Group, indices: Vec<usize>) -> Vec<Request> {
        let places = self.places(indices);
        let mut best: Vec<Option<(Cost, usize)>> = vec![None; places.len() + 1];
        best[0] = Some((Cost::default(), 0));
        for from in 0..places.len() {
            let Some((cost, _)) = best[from] else { continue };
            let torn = u32::from(from > 0 && self.share_a_machine(&places[from - 1], &places[from]));
            for (until, addresses) in self.runs(group, &places[from..]) {
                let total = Cost {
                    requests: cost.requests + 1,
                    torn: cost.torn + torn,
                    addresses: cost.addresses + addresses,
                };
                let here = &mut best[from + until];
                if here.is_none_or(|(known, _)| total < known) {
                    *here = Some((total, from));
                }
            }
        }
        let mut requests = Vec::new();
        let mut until = places.len();
        while until > 0 {
            let Some((_, from)) = best[until] else { break };
            requests.push(request(group, &places[from..until]));
            until = from;
        }
        requests.reverse();
        requests
    }

    /// Every run that may begin at the first of `places`: how many places it takes, and how many addresses.
    fn runs(&self, (unit, area, _): Group, places: &[Place]) -> Vec<(usize, u32)> {
        let (max_length, max_gap) = if area.is_bits() {
            (
                self.max_registers.saturating_mul(BITS).min(MAX_BITS),
                self.max_gap.saturating_mul(BITS),
            )
        } else {
            (self.max_registers, self.max_gap)
        };
        let Some(first) = places.first() else {
            return Vec::new();
        };
        let mut runs = vec![(1, first.end - first.start)];
        let mut end = first.end;
        for (place, number) in places[1..].iter().zip(2..) {
            let merged = end.max(place.end);
            let is_legal = merged - first.start <= u32::from(max_length)
                && place.start.saturating_sub(end) <= u32::from(max_gap)
                && !self.is_apart(&places[number - 2], place)
                && !self.has_hole(unit, area, end, place.start);
            if !is_legal {
                break;
            }
            end = merged;
            runs.push((number, end - first.start));
        }
        runs
    }

    /// True when the two were learned not to be read together.
    fn is_apart(&self, left: &Place, right: &Place) -> bool {
        let is_bad = |place: &Place| place.points.iter().any(|point| self.bad.contains(point));
        is_bad(left) || is_bad(right) || right.points.iter().any(|point| self.cuts.contains_key(point))
    }

    /// True when one of the addresses from `end` up to `start`, which no point needs, is declared a hole.
    fn has_hole(&self, unit: u8, area: Area, end: u32, start: u32) -> bool {
        self.holes.iter().any(|hole| {
            hole.area == area
                && hole.unit.is_none_or(|only| only == unit)
                && end < start
                && u32::from(hole.first) < start
                && u32::from(hole.last) >= end
        })
    }

    fn share_a_machine(&self, left: &Place, right: &Place) -> bool {
        let machine = |index: &usize| {
            let name = &self.points[*index].name;
            name.rsplit_once('.').map(|(machine, _)| machine)
        };
        left.points
            .iter()
            .any(|a| machine(a).is_some() && right.points.iter().any(|b| machine(a) == machine(b)))
    }
}

/// Why no request reaches a point from before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// A step on the way to the cause.
    Step,
    /// What lies between two neighbours is refused, if both are answered alone.
    Suspect,
    /// The same, and they were.
    Proven,
}

/// Points of one group that take exactly the same addresses.
#[derive(Debug)]
struct Place {
    start: u32,
    end: u32,
    points: Vec<usize>,
}

/// Points of one unit, table and pace: only such are merged.
type Group = (u8, Area, u64);

/// What a way to cut costs, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Cost {
    requests: u32,
    torn: u32,
    addresses: u32,
}

fn request((unit, area, poll_ms): Group, places: &[Place]) -> Request {
    let start = places.first().map_or(0, |place| place.start);
    let end = places.iter().map(|place| place.end).max().unwrap_or(start);
    Request {
        unit,
        area,
        poll_ms,
        start: u16::try_from(start).unwrap_or(u16::MAX),
        count: u16::try_from(end - start).unwrap_or(u16::MAX),
        points: places.iter().flat_map(|place| place.points.clone()).collect(),
    }
}

#[cfg(test)]
mod tests;
