//! Pure. Process values per machine and minute: mean, min, max, last, n and the worst quality of each point.

use super::Point;
use crate::model::fact::{Body, Fact, PointValue};
use crate::model::ids::MachineId;
use crate::model::reading::{Quality, Reading, Value};
use crate::model::time::{MINUTE_MS, Now, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The minute under way of every machine that has process values.
#[derive(Debug, Default)]
pub struct Values {
    windows: Vec<Window>,
    /// Where each point is summed: its window, and its place in that. `None` where it is no process value.
    places: Vec<Option<(usize, usize)>>,
}

#[derive(Debug)]
struct Window {
    machine: MachineId,
    /// The instant its fact is booked at, and the end of its minute; `None` until the first reading. No two windows of a
    /// machine begin at the same instant: the first after a start begins with its first reading, since the minute's begin
    /// may have been booked before the start.
    minute: Option<(Timestamp, Timestamp)>,
    /// By name.
    sums: Vec<(Arc<str>, Sum)>,
}

#[derive(Debug, Default)]
struct Sum {
    n: u64,
    sum: f64,
    min: f64,
    max: f64,
    last: f64,
    worst: Option<Quality>,
    /// When a value last arrived, over all minutes.
    heard: Option<Timestamp>,
    limit_ms: i64,
}

impl Values {
    /// Nothing summed yet; `points` in the order of their ids.
    pub fn new(points: &[Point]) -> Values {
        let mut by_name: BTreeMap<(MachineId, &Arc<str>), Vec<usize>> = BTreeMap::new();
        for (id, point) in points.iter().enumerate().filter(|(_, point)| point.is_value) {
            by_name.entry((point.machine, &point.name)).or_default().push(id);
        }
        let mut windows: Vec<Window> = Vec::new();
        let mut places = vec![None; points.len()];
        for ((machine, name), ids) in by_name {
            if windows.last().is_none_or(|last| last.machine != machine) {
                windows.push(Window {
                    machine,
                    minute: None,
                    sums: Vec::new(),
                });
            }
            let window = windows.len() - 1;
            for id in ids {
                places[id] = Some((window, windows[window].sums.len()));
            }
            windows[window].sums.push((Arc::clone(name), Sum::default()));
        }
        Values { windows, places }
    }

    /// Adds a reading of a point to the minute under way. A message that was sent more than a minute before it came says
    /// nothing of this minute and leaves only its quality.
    pub fn add(&mut self, point: &Point, reading: &Reading, decoded: &Result<Value, Quality>) {
        let place = self.places.get(reading.point.0 as usize).copied().flatten();
        let Some((window, place)) = place else { return };
        let window = &mut self.windows[window];
        let sum = &mut window.sums[place].1;
        let at = reading.received_at;
        window.minute.get_or_insert_with(|| (at, at.next(MINUTE_MS)));
        sum.limit_ms = point.limit_ms;
        if at.since(reading.at) > MINUTE_MS {
            sum.add(&Err(Quality::Stale));
            return;
        }
        sum.heard = decoded.is_ok().then_some(at).or(sum.heard);
        sum.add(decoded);
    }

    /// Gives the windows whose minute is over, and begins the next ones.
    pub fn flush(&mut self, now: Now, facts: &mut Vec<Fact>) {
        for window in &mut self.windows {
            if let Some((start, _)) = window.minute.filter(|(_, end)| *end <= now.at) {
                window.tell(start, now, facts);
                window.minute = Some((now.at.floor(MINUTE_MS), now.at.next(MINUTE_MS)));
            }
        }
    }

    /// Gives all windows, finished or not.
    pub fn flush_all(&mut self, now: Now, facts: &mut Vec<Fact>) {
        for window in &mut self.windows {
            if let Some((start, _)) = window.minute.take() {
                window.tell(start, now, facts);
            }
        }
    }
}

impl Window {
    fn tell(&mut self, start: Timestamp, now: Now, facts: &mut Vec<Fact>) {
        let mut points: Vec<PointValue> = Vec::new();
        for (name, sum) in &mut self.sums {
            let silent = sum.heard.is_some_and(|heard| now.at.since(heard) > sum.limit_ms);
            if sum.worst.is_some() || silent {
                points.push(sum.value(name, silent));
            }
            *sum = Sum {
                heard: sum.heard,
                limit_ms: sum.limit_ms,
                ..Sum::default()
            };
        }
        if points.is_empty() {
            return;
        }
        facts.push(Fact {
            at: start,
            received_at: now.at,
            mono_ms: now.mono_ms,
            epoch: now.epoch,
            machine: Some(self.machine),
            author: "agent".into(),
            body: Body::Values(points),
        });
    }
}

impl Sum {
    fn add(&mut self, decoded: &Result<Value, Quality>) {
        let quality = match decoded {
            Ok(value) => match number(value) {
                Some(number) => {
                    self.sample(number);
                    Quality::Good
                }
                None => Quality::BadConfig,
            },
            Err(quality) => *quality,
        };
        self.worst = Some(self.worst.map_or(quality, |worst| worst.max(quality)));
    }

    fn sample(&mut self, number: f64) {
        (self.min, self.max) = if self.n == 0 {
            (number, number)
        } else {
            (self.min.min(number), self.max.max(number))
        };
        self.n += 1;
        self.sum += number;
        self.last = number;
    }

    fn value(&self, name: &Arc<str>, silent: bool) -> PointValue {
        let mean = if self.n == 0 { 0.0 } else { self.sum / self.n as f64 };
        PointValue {
            point: Arc::clone(name),
            n: self.n,
            mean,
            min: self.min,
            max: self.max,
            last: self.last,
            quality: self
                .worst
                .unwrap_or(if silent { Quality::Stale } else { Quality::Good }),
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(bit) => Some(f64::from(u8::from(*bit))),
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::PointId;
    use crate::model::reading::Raw;
    use crate::signal::decode::{Decode, Order, Type};

    /// 2026-11-21T00:00:00Z.
    const DAY: i64 = 1_795_219_200_000;

    /// A plant of points (machine, name, is a process value), with what is read from them.
    struct Rig {
        points: Vec<Point>,
        values: Values,
    }

    impl Rig {
        fn new(points: &[(u32, &str, bool)]) -> Rig {
            let decode = Decode {
                kind: Type::F32,
                order: Order::Abcd,
                bit: None,
                scale: None,
                offset: None,
                range: None,
            };
            let point = |(machine, name, is_value): &(u32, &str, bool)| Point {
                machine: MachineId(*machine),
                name: (*name).into(),
                roles: Vec::new(),
                is_value: *is_value,
                decode,
                limit_ms: 90_000,
                own_time: false,
                tells: crate::signal::Tells::Changes,
            };
            let points: Vec<Point> = points.iter().map(point).collect();
            let values = Values::new(&points);
            Rig { points, values }
        }

        fn read(&mut self, id: usize, second: i64, decoded: Result<f64, Quality>) {
            let reading = Reading {
                point: PointId(u32::try_from(id).unwrap()),
                at: at(second),
                received_at: at(second),
                raw: Ok(Raw::Bit(true)),
            };
            self.values.add(&self.points[id], &reading, &decoded.map(Value::Float));
        }

        /// What is told at `second`: machine, instant, points.
        fn told(&mut self, second: i64) -> Vec<(u32, Timestamp, Vec<PointValue>)> {
            let now = Now {
                at: at(second),
                mono_ms: 0,
                epoch: 0,
            };
            let mut facts = Vec::new();
            self.values.flush(now, &mut facts);
            let told = facts.into_iter().map(|fact| match fact.body {
                Body::Values(points) => (fact.machine.unwrap().0, fact.at, points),
                other @ (Body::Signal(_)
                | Body::Setting(_)
                | Body::Started(_)
                | Body::Clock(_)
                | Body::Loss(_)
                | Body::Entry(_)
                | Body::Import(_)) => panic!("{other:?}"),
            });
            told.collect()
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp(DAY + second * 1_000)
    }

    #[test]
    fn a_minute_of_a_machine_is_one_fact_with_its_points_by_name() {
        let mut rig = Rig::new(&[(1, "b", true), (0, "x", true), (1, "no value", false), (1, "a", true)]);
        for (second, number) in [(10, 4.0), (20, 1.0), (30, 7.0)] {
            rig.read(0, second, Ok(number));
        }
        rig.read(2, 30, Ok(9.0));
        rig.read(3, 40, Ok(5.0));
        rig.read(3, 41, Err(Quality::BadComm));
        assert!(rig.told(59).is_empty(), "the minute is not over");
        let told = rig.told(60);
        let [(1, begin, points)] = told.as_slice() else {
            panic!("machine 0 was never read: {told:?}")
        };
        assert_eq!(
            *begin,
            at(10),
            "the first minute of a run begins with its first reading"
        );
        let [a, b] = points.as_slice() else {
            panic!("{points:?}")
        };
        assert_eq!((&*a.point, a.n, a.mean, a.quality), ("a", 1, 5.0, Quality::BadComm));
        assert_eq!((&*b.point, b.n, b.mean), ("b", 3, 4.0), "(4 + 1 + 7) / 3");
        assert_eq!((b.min, b.max, b.last, b.quality), (1.0, 7.0, 7.0, Quality::Good));
    }

    #[test]
    fn later_minutes_begin_on_the_minute_and_tell_what_was_read_in_them_and_what_fell_silent() {
        let mut rig = Rig::new(&[(0, "a", true), (0, "b", true)]);
        rig.read(0, 10, Ok(1.0));
        rig.read(1, 10, Ok(1.0));
        assert_eq!(rig.told(61)[0].2.len(), 2);
        rig.read(1, 70, Ok(2.0));
        let told = rig.told(120);
        let [(0, begin, points)] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert_eq!(*begin, at(60));
        // a was heard 110 s before, longer than its 90 s.
        let said: Vec<_> = points
            .iter()
            .map(|point| (&*point.point, point.n, point.quality))
            .collect();
        assert_eq!(said, [("a", 0, Quality::Stale), ("b", 1, Quality::Good)]);
    }
}
