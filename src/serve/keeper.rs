//! I/O. Keeps the page's view of the plant: worked out once a second at most, and only while somebody looks; told to all
//! pages alike.

use super::contract::{Heartbeat, NextShift, Shift, ShiftChange, Snapshot, Tile};
use super::kept::Kept;
use super::listen::stopped;
use super::story::Story;
use super::total::{self, Shown};
use super::{Views, tile, wall};
use crate::clock::Clock;
use crate::model::live::{MachineLive, PlantLive};
use crate::model::time::Timestamp;
use crate::oee::calendar::Slot;
use crate::oee::plan::Plan;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, broadcast, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};

/// Events a page may be behind: a plant of 50 machines tells about 51 a second, so this is more than half a minute.
const EVENTS: usize = 2_048;
/// A page that hears nothing for twelve seconds takes its link for lost: two of these may fail.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Pause between two looks at the plant; the core makes a snapshot a second.
const PAUSE: Duration = Duration::from_millis(400);

/// An event of `/api/v1/events`, written once for all pages.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// Its name.
    pub name: &'static str,
    /// Its data as JSON.
    pub data: Arc<str>,
}

/// The page's view of the plant.
pub(super) struct Keeper {
    views: Views,
    clock: Arc<Clock>,
    build: &'static str,
    shelf: Mutex<Shelf>,
    events: broadcast::Sender<Event>,
}

#[derive(Default)]
struct Shelf {
    kept: Kept,
    /// Why the last look at the disk failed.
    failing: Option<String>,
    made: Option<(Arc<PlantLive>, Arc<Snapshot>)>,
}

impl Keeper {
    /// A view nobody has looked at yet; `build` tells pages of other files apart.
    pub(super) fn new(views: Views, clock: Arc<Clock>, build: &'static str) -> Keeper {
        Keeper {
            views,
            clock,
            build,
            shelf: Mutex::default(),
            events: broadcast::Sender::new(EVENTS),
        }
    }

    /// What happens from now on.
    pub(super) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The plant as it is.
    pub(super) async fn snapshot(&self) -> Arc<Snapshot> {
        self.look().await
    }

    /// Tells all pages what changes, until `stop` turns true.
    pub(super) async fn run(&self, stop: watch::Receiver<bool>) {
        tokio::select! {
            () = stopped(stop) => {}
            () = self.watch() => {}
            () = self.beat() => {}
        }
    }

    async fn watch(&self) {
        let mut live = self.views.live.clone();
        while live.changed().await.is_ok() {
            if self.events.receiver_count() > 0 {
                self.look().await;
            }
            sleep(PAUSE).await;
        }
    }

    /// Not held up by a slow disk: a page would take its link for lost.
    async fn beat(&self) {
        let mut beat = interval(HEARTBEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            self.tell("hb", &self.heartbeat());
        }
    }

    /// Looks at the plant if it has changed since the last look, and tells what is new.
    async fn look(&self) -> Arc<Snapshot> {
        let mut shelf = self.shelf.lock().await;
        let live = Arc::clone(&self.views.live.borrow());
        if let Some((seen, made)) = &shelf.made
            && Arc::ptr_eq(seen, &live)
            && made.stale == self.is_stale(&live)
        {
            return Arc::clone(made);
        }
        self.read(&mut shelf, &live).await;
        let plan = Arc::clone(&self.views.plan.borrow());
        let snapshot = Arc::new(self.make(&shelf.kept, &live, &plan));
        let before = shelf.made.replace((live, Arc::clone(&snapshot)));
        if self.events.receiver_count() > 0 {
            self.tell_changes(before.map(|(_, before)| before).as_deref(), &snapshot);
        }
        snapshot
    }

    /// Reads what is new on disk. What cannot be read is missing from timelines until it can: the sums do not come from there.
    async fn read(&self, shelf: &mut Shelf, live: &PlantLive) {
        let wanted = shelf.kept.missing(live);
        if wanted.is_empty() {
            return;
        }
        let past = Arc::clone(&self.views.past);
        let asked = wanted.clone();
        let read = tokio::task::spawn_blocking(move || past(&asked)).await;
        let failing = match read.map_err(|error| error.to_string()).flatten() {
            Ok(rows) => {
                shelf.kept.take(live, &wanted, rows);
                None
            }
            Err(why) => Some(why),
        };
        match &failing {
            Some(why) if shelf.failing != failing => {
                tracing::warn!(why, "the timelines of the page lack what cannot be read from disk");
            }
            None if shelf.failing.is_some() => tracing::info!("the timelines of the page are whole again"),
            Some(_) | None => {}
        }
        shelf.failing = failing;
    }

    fn make(&self, kept: &Kept, live: &PlantLive, plan: &Plan) -> Snapshot {
        let stale = self.is_stale(live);
        let story = |machine: &MachineLive| {
            let story = kept.story(machine);
            story.carried_over(machine.machine, plan, machine.covers.start)
        };
        let stories: Vec<Story> = live.machines.iter().map(story).collect();
        let told = || live.machines.iter().zip(&stories);
        let machines: Vec<Tile> = told()
            .map(|(machine, story)| tile::tile(machine, story, plan, live.at, stale))
            .collect();
        let shown = told().zip(&machines);
        let shown: Vec<Shown> = shown.map(|((live, story), tile)| Shown { live, tile, story }).collect();
        let change = shifts(plan, live.at);
        Snapshot {
            now: live.at,
            build: self.build,
            stale,
            shift: change.shift,
            next: change.next,
            plant: total::plant(live, plan, &shown, stale),
            machines,
        }
    }

    fn is_stale(&self, live: &PlantLive) -> bool {
        self.clock.age_ms(live.at) > wall::STALE_MS
    }

    fn heartbeat(&self) -> Heartbeat {
        let live = Arc::clone(&self.views.live.borrow());
        Heartbeat {
            now: self.clock.now().at,
            build: self.build,
            stale: self.is_stale(&live),
        }
    }

    /// A new shift and a machine that came or went change everything; else each machine and the plant are told by
    /// themselves, a machine with its strip when that is another one.
    fn tell_changes(&self, before: Option<&Snapshot>, now: &Snapshot) {
        let Some(before) = before else { return };
        let ids = |snapshot: &Snapshot| snapshot.machines.iter().map(|tile| tile.id.clone()).collect::<Vec<_>>();
        if before.shift != now.shift || ids(before) != ids(now) {
            return self.tell("snapshot", now);
        }
        if before.next != now.next {
            let (shift, next) = (now.shift.clone(), now.next.clone());
            self.tell("shift", &ShiftChange { shift, next });
        }
        for (old, new) in before
            .machines
            .iter()
            .zip(&now.machines)
            .filter(|(old, new)| old != new)
        {
            let strip = new.strip.clone().filter(|_| old.strip != new.strip);
            self.tell("m", &Tile { strip, ..new.clone() });
        }
        if before.plant != now.plant {
            self.tell("plant", &now.plant);
        }
    }

    fn tell(&self, name: &'static str, data: &impl Serialize) {
        match serde_json::to_string(data) {
            // Nobody looks: nobody need be told.
            Ok(data) => drop(self.events.send(Event {
                name,
                data: data.into(),
            })),
            Err(error) => tracing::error!(%error, name, "an event cannot be written"),
        }
    }
}

/// The shift that is on and the next one.
pub(super) fn shifts(plan: &Plan, at: Timestamp) -> ShiftChange {
    let slot = plan.slot(at);
    let next = plan.next_shift(at).map(|next| NextShift {
        id: next.shift,
        name: next.shift_name,
        start: next.shift_period.start,
    });
    ShiftChange {
        shift: Some(shift(&slot)),
        next,
    }
}

/// A shift, or the part of a production day between shifts, as the page shows it.
pub(super) fn shift(slot: &Slot) -> Shift {
    Shift {
        id: slot.shift.clone(),
        name: slot.shift_name.clone(),
        date: slot.business_date.clone(),
        start: slot.shift_period.start,
        end: slot.shift_period.end,
        planned: !slot.shift.is_empty(),
    }
}
