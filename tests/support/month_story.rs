//! A month of a plant of 20 machines: what they say, what people say of them, and an agent that stops, dies and starts again.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of a test file")]

use super::month_lives::{Life, Random};
use super::month_plant::{KINDS, Kind, plant};
use super::month_run::Run;
use gemba::model::booking;
use gemba::model::entry::{OrderAct, Says, Scope, Told};
use gemba::model::ids::MachineId;
use gemba::model::settings::{Change, Setting, SettingKind};
use gemba::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, Period, Timestamp};
use gemba::pipeline::Input;
use gemba::store::Reader;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// 2026-10-19T03:00:07.300Z, a Monday, an hour before the first early shift in Berlin; summer time ends six days later.
pub const START: Timestamp = Timestamp(1_792_378_807_300);
const DAYS: i64 = 30;
const DAY: i64 = 1_440;
/// Minutes at which the agent goes, for how long, and whether in order.
const DOWNS: [(i64, i64, bool); 5] = [
    (3 * DAY + 400, 7, true),
    (9 * DAY + 750, 45, false),
    (15 * DAY + 90, 9 * 60, false),
    (19 * DAY + 200, 12, true),
    (26 * DAY + 1_000, 3, false),
];
/// At the start after this many ends the configuration is another one.
const CHANGED: usize = 4;
/// At this minute the agent's clock is set forward, by so many minutes.
const SKIP: (i64, i64) = (16 * DAY + 300, 40);
/// At this minute a person changes the calendar from two days before on.
const EDIT: i64 = 12 * DAY + 480;
/// At this minute somebody finds scrap of a shift of three weeks ago.
const OLD_SCRAP: i64 = 27 * DAY + 500;

/// The packer that finishes its orders.
const FINISHES: usize = 13;

/// What the month came to.
#[derive(Debug, Default)]
pub struct Lived {
    /// What people said, by kind.
    pub taken: BTreeMap<&'static str, u64>,
    pub refused: Vec<String>,
    /// The data folder.
    pub data: PathBuf,
}

struct Month {
    random: Random,
    /// The orders on the machines.
    orders: BTreeMap<usize, &'static str>,
    /// Scrap that may be taken back.
    scrap: Vec<(String, MachineId, Timestamp)>,
    said: u64,
    minute: i64,
}

/// Lives the month on an agent with its data in `folder`.
pub fn live(folder: &Path) -> Lived {
    let mut lives: Vec<Life> = (0..KINDS.len()).map(Life::new).collect();
    let mut month = Month {
        random: Random(42),
        orders: BTreeMap::new(),
        scrap: Vec::new(),
        said: 0,
        minute: 0,
    };
    let mut lived = Lived::default();
    let (mut now, mut ends) = (START, 0);
    let mut run = Some(Run::start(&plant(folder, false), now, 0));
    while month.minute < DAYS * DAY {
        month.minute += 1;
        now = now.plus(MINUTE_MS);
        if let Some((_, _, clean)) = DOWNS.iter().find(|(begin, ..)| *begin == month.minute) {
            lived.end(run.take().unwrap(), *clean);
            ends += 1;
        }
        if DOWNS.iter().any(|(begin, lasts, _)| begin + lasts == month.minute) {
            run = Some(Run::start(&plant(folder, ends >= CHANGED), now, ends as u64));
        }
        let works = works(now);
        let said = lives.iter_mut();
        let said: Vec<_> = said
            .flat_map(|life| life.minute(now, month.minute, works, run.is_some()))
            .collect();
        let Some(run) = &mut run else { continue };
        run.now = now;
        run.read(&said);
        if month.minute % 15 == 0 {
            run.hand(Input::Tick);
        }
        month.speak(run);
        now = run.now;
    }
    lived.data = plant(folder, true).store.path;
    let mut run = run.unwrap();
    run.tell_all();
    lived.end(run, true);
    lived
}

/// People work from Monday at 6 to Saturday at 22 of summer time, all month.
fn works(now: Timestamp) -> bool {
    let week = (now.since(START) + HOUR_MS) % (7 * DAY_MS);
    (2 * HOUR_MS..5 * DAY_MS + 18 * HOUR_MS).contains(&week)
}

impl Lived {
    fn end(&mut self, run: Run, clean: bool) {
        for (kind, times) in &run.taken {
            *self.taken.entry(kind).or_default() += times;
        }
        self.refused.extend(run.refused.iter().cloned());
        if clean {
            run.stop();
        } else {
            run.die();
        }
    }
}

impl Month {
    fn speak(&mut self, run: &mut Run) {
        let now = run.now;
        if self.minute == SKIP.0 {
            run.set_clock(now.plus(SKIP.1 * MINUTE_MS));
        }
        if self.minute == EDIT {
            edit_calendar(run);
        }
        if self.minute == OLD_SCRAP {
            let shift = Scope::Former("2026-10-26.1".into());
            // The early shift of 26 October ends at 13:00 in winter time's UTC.
            let at = Timestamp(1_793_019_600_000 - 1);
            self.scrap(run, MachineId(0), at, shift);
        }
        if self.minute % 480 == 450 {
            self.end_of_shift(run);
        }
        if self.minute % DAY == 700 {
            self.once_a_day(run);
        }
    }

    fn machine(&mut self) -> (usize, MachineId) {
        let machine = self.random.below(KINDS.len() as i64);
        (machine as usize, MachineId(machine as u32))
    }

    fn key(&mut self) -> String {
        self.said += 1;
        format!("said-{}", self.said)
    }

    fn ago(&mut self, run: &Run, most: i64) -> Timestamp {
        run.now.plus(-self.random.below(most))
    }

    fn end_of_shift(&mut self, run: &mut Run) {
        for _ in 0..4 {
            self.reason(run);
        }
        for _ in 0..2 {
            let (machine, at) = (self.machine().1, self.ago(run, DAY_MS));
            if self.minute > DAY {
                self.scrap(run, machine, at, Scope::Now);
            }
        }
        let line = "press".into();
        let milli = 2_000 + self.random.below(2_000);
        let key = self.key();
        run.enter(None, run.now, &key, Says::Headcount { milli, line });
        for machine in 0..KINDS.len() {
            if self.random.one_in(4) {
                self.change_over(run, machine);
            }
        }
    }

    /// A reason for a stop of the last day, or for the middle of it.
    fn reason(&mut self, run: &mut Run) {
        let (_, machine) = self.machine();
        let day = Period::new(run.now.plus(-DAY_MS), run.now);
        let mut spans = Reader::open(&run.folder).unwrap().spans(Some(machine), day).unwrap();
        spans.retain(|span| booking::is_stop(span.class) && span.period.ms() > 10 * MINUTE_MS);
        if spans.is_empty() {
            return;
        }
        let span = &spans[self.random.below(spans.len() as i64) as usize];
        let third = span.period.ms() / 3;
        let middle = Period::new(span.period.start.plus(third), span.period.end.plus(-third));
        let reason = ["jam", "material", "cleaning"][self.random.below(3) as usize];
        let says = Says::Reason {
            reason: reason.into(),
            anchor: middle.start,
            part: self.random.one_in(4).then_some(middle),
            leads: reason == "cleaning",
        };
        let key = self.key();
        run.enter(Some(machine), span.since, &key, says);
    }

    fn scrap(&mut self, run: &mut Run, machine: MachineId, at: Timestamp, scope: Scope) {
        let (key, pieces) = (self.key(), 1 + self.random.below(4));
        let reason = "jam".into();
        let says = match self.random.one_in(3) && scope == Scope::Now {
            true => Says::Rework { pieces, reason, scope },
            false => Says::Scrap { pieces, reason, scope },
        };
        run.enter(Some(machine), at, &key, says);
        self.scrap.push((key, machine, at));
    }

    /// Another product on a press, another order on a packer or in a cell.
    fn change_over(&mut self, run: &mut Run, machine: usize) {
        let (key, id) = (self.key(), MachineId(machine as u32));
        match (KINDS[machine], self.orders.remove(&machine)) {
            (Kind::Press, _) => {
                let (at, product) = (
                    self.ago(run, 3 * HOUR_MS),
                    ["lid", "cup"][self.random.below(2) as usize],
                );
                let product = product.into();
                run.enter(Some(id), at, &key, Says::Product { product });
            }
            (Kind::Counter, _) => {}
            // One packer finishes what it begins: when both orders are finished, none waits for it.
            (Kind::Packer | Kind::Cell, Some(order)) => {
                let act = if machine == FINISHES {
                    OrderAct::Finish
                } else {
                    OrderAct::Pause
                };
                order_act(run, id, &key, order, act);
            }
            (Kind::Packer | Kind::Cell, None) => {
                let order = ["A1", "A2"][self.random.below(2) as usize];
                self.orders.insert(machine, order);
                order_act(run, id, &key, order, OrderAct::Start);
            }
        }
    }

    /// A planned stop of the day before, a blocked cavity, and something taken back.
    fn once_a_day(&mut self, run: &mut Run) {
        let (key, (_, machine)) = (self.key(), self.machine());
        let at = run.now.plus(-26 * HOUR_MS);
        if at > START {
            let (until, reason) = (at.plus(HOUR_MS), "cleaning".into());
            run.enter(Some(machine), at, &key, Says::PlannedStop { until, reason });
        }
        let (key, press) = (self.key(), MachineId(self.random.below(8) as u32));
        let active = 1 + self.random.below(2) as u32;
        run.enter(Some(press), run.now, &key, Says::Cavities { active });
        if let Some((entry, machine, at)) = self.scrap.pop() {
            let (key, entry) = (self.key(), entry.as_str().into());
            run.enter(Some(machine), at, &key, Says::Undo { entry });
        }
    }
}

fn order_act(run: &mut Run, machine: MachineId, key: &str, order: &str, act: OrderAct) {
    let (order, when) = (order.into(), run.now);
    // A stop with a change of orders in it is a changeover as a whole.
    let at = run.stands_since(machine).unwrap_or(when);
    run.enter(Some(machine), at, key, Says::Order { order, act, when });
}

/// The early shift begins ten minutes later than everybody thought, from the day before yesterday on.
fn edit_calendar(run: &mut Run) {
    let was = run.driver.plan().item(SettingKind::Calendar, "", run.now);
    let Some(Setting::Calendar(mut calendar)) = was.clone() else {
        panic!("{was:?}")
    };
    for shift in &mut calendar.shifts {
        match &*shift.id {
            "1" => shift.from_min += 10,
            "3" => shift.to_min += 10,
            _ => {}
        }
    }
    let change = Change {
        setting: Setting::Calendar(calendar),
        was,
        why: "the early shift begins at 6:10".into(),
        key: "calendar-1".into(),
    };
    let from = run.now.plus(-2 * DAY_MS);
    run.tell(None, from, "calendar", Told::Change(Arc::new(change)));
}
