//! Pure. The start of a run: what the journal knows becomes folds at the point where the last run stopped.

use super::fold::{Fold, Inbox};
use super::machine::Machine;
use super::outbox::Outbox;
use super::restate::Dirty;
use super::resume::{Resumed, machine_of, wanted};
use super::{Output, Pipeline};
use crate::model::commit::{Alive, WorkedOut};
use crate::model::fact::{Body, Clock, Import, Signal, Started};
use crate::model::ids::MachineId;
use crate::model::reading::Quality;
use crate::model::settings::{Change, MachineSetting, Setting, SettingKind};
use crate::model::tally::{Flag, TallyRow};
use crate::model::time::{DAY_MS, Now, Timestamp};
use crate::oee::plan::{CONFIGURATION, Plan};
use crate::oee::rows::Rows;
use crate::signal::{Point, Stage};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Off for longer than this, or started by a clock that is wrong by years: of that time nothing is told at all. Its minutes
/// would all be unknown, and be pruned as soon as they were written.
pub const LONGEST_OFF_MS: i64 = 90 * DAY_MS;

/// What the agent knows when it starts.
#[derive(Debug, Default)]
pub struct Opened {
    /// The configured points, in the order of their ids.
    pub points: Vec<Point>,
    /// The configured settings.
    pub settings: Vec<Setting>,
    /// Names of all machines.
    pub names: BTreeMap<MachineId, Arc<str>>,
    /// What the setting and entry facts of the journal make, in the order of their numbers.
    pub plan: Plan,
    /// The machines of [`wanted`] that the journal knows, with all their facts.
    pub resumed: BTreeMap<MachineId, Resumed>,
    /// Sums of the newest shifts.
    pub shifts: Vec<TallyRow>,
    /// The engines that worked these shifts out.
    pub engines: Vec<WorkedOut>,
    /// Increases that are held and that nobody decided on.
    pub held: Vec<Flag>,
    /// Restatements that were under way.
    pub restating: Vec<(MachineId, Timestamp)>,
    /// The last proof of life.
    pub alive: Option<Alive>,
    /// Number of the newest fact.
    pub last_seq: u64,
    /// Longest time a fact waits for its commit, in milliseconds.
    pub commit_ms: i64,
    /// Version of the program.
    pub version: Arc<str>,
    /// The history this run brings in, and who brings it; `None` when it runs a plant.
    pub import: Option<(Arc<str>, Import)>,
    /// True when a machine the journal has never heard of begins in commissioning: it is in OEE from a person's word on.
    pub commissioning: bool,
}

impl Pipeline {
    /// A pipeline that goes on where the journal ends. Its first outputs are the facts of this start.
    pub fn start(mut opened: Opened, now: Now) -> Pipeline {
        let mut pipeline = Pipeline {
            stage: Stage::new(opened.points),
            plan: opened.plan,
            on_their_way: BTreeMap::new(),
            machines: BTreeMap::new(),
            names: opened.names,
            outbox: Outbox::default(),
            told: BTreeMap::new(),
            outputs: VecDeque::<Output>::new(),
            refused: None,
            refused_wait_ms: super::REFUSED_MS.0,
            commit_ms: opened.commit_ms,
            started: now.at,
            last_commit: now.at,
            last_seq: opened.last_seq,
            too_late: 0,
            left_alone: Vec::new(),
            import: opened.import.clone(),
            stopping: false,
            last: None,
        };
        let wanted = wanted(&pipeline.plan, &opened.settings, &opened.restating, now.at);
        let settings = opened.settings.iter().cloned();
        let settings: Vec<_> = settings
            .map(|setting| pipeline.commissioned(setting, opened.commissioning))
            .collect();
        pipeline.apply_settings(&settings, now);
        let configured: BTreeSet<MachineId> = opened.settings.iter().filter_map(machine_of).collect();
        for id in wanted {
            let born = pipeline.plan.born(id).unwrap_or(now.at);
            let resumed = opened.resumed.remove(&id).map(Resumed::into_machine);
            let mut machine = resumed.unwrap_or_else(|| Machine::new(Fold::new(id, born)));
            if !configured.contains(&id) {
                machine.gone = true;
                // Marked on disk, so that its last minutes are told even when this run ends before they are final.
                machine.soil(Dirty::since(machine.sealed_until, pipeline.outbox.next()));
            }
            pipeline.machines.insert(id, machine);
        }
        for machine in pipeline.machines.values_mut() {
            machine.committed(0, &opened.shifts);
            machine.worked_out(&opened.engines);
            // The fold tells those again that lie behind what is sealed.
            let told = |flag: &&Flag| flag.machine == machine.fold.machine && flag.at < machine.sealed_until;
            let held: Vec<Flag> = opened.held.iter().filter(told).cloned().collect();
            machine.held.add(&held);
        }
        pipeline.begin_run(opened.alive.as_ref(), opened.version, now);
        if let Some((author, import)) = opened.import {
            pipeline.record(import.from, None, &author, Body::Import(import), now);
        }
        for (id, from) in opened.restating {
            if let Some(machine) = pipeline.machines.get_mut(&id) {
                machine.soil(Dirty::since(from, 0));
            }
        }
        pipeline
    }

    /// A machine as the journal last knew it in this: in commissioning or not. The configuration has no word for it.
    fn commissioned(&self, setting: Setting, newcomer: bool) -> Setting {
        let Setting::Machine(id, machine) = setting else {
            return setting;
        };
        let mut told = self.plan.changes(SettingKind::Machine, &id.0.to_string()).iter().rev();
        let known = told.find_map(|told| {
            let Setting::Machine(_, machine) = &told.change.setting else {
                return None;
            };
            Some(machine.commissioning)
        });
        let commissioning = known.unwrap_or(newcomer);
        Setting::Machine(
            id,
            MachineSetting {
                commissioning,
                ..machine
            },
        )
    }

    /// Appends one fact for each setting that differs from the one in force, but for those that people changed: the
    /// configuration only seeds them.
    fn apply_settings(&mut self, settings: &[Setting], now: Now) {
        let in_force = self.plan.in_force(now.at);
        self.left_alone = self.plan.left_alone(settings, now.at);
        for setting in settings.iter().filter(|setting| !in_force.contains(setting)) {
            let (kind, id) = setting.item();
            if self.left_alone.contains(&(kind, id)) {
                continue;
            }
            let was = in_force.iter().find(|old| old.item() == setting.item());
            self.change(setting.clone(), was.cloned(), now);
        }
        for gone in &in_force {
            let (kind, id) = gone.item();
            if settings.iter().any(|new| new.item() == (kind, Arc::clone(&id))) || self.plan.is_of_people(kind, &id) {
                continue;
            }
            let machine = machine_of(gone);
            let id = machine.and_then(|id| self.names.get(&id).cloned()).unwrap_or(id);
            self.change(Setting::Removed(kind, id), Some(gone.clone()), now);
        }
    }

    /// Appends a change that the configuration makes.
    fn change(&mut self, setting: Setting, was: Option<Setting>, now: Now) {
        let machine = machine_of(&setting).or_else(|| was.as_ref().and_then(machine_of));
        let change = match was {
            None => Change::new(setting),
            Some(was) => Arc::new(Change {
                setting,
                was: Some(was),
                why: "configuration".into(),
                key: "".into(),
            }),
        };
        self.record(now.at, machine, CONFIGURATION, Body::Setting(change), now);
    }

    /// Tells that the agent was away, which signals had been silent before, and what the others last said.
    fn begin_run(&mut self, alive: Option<&Alive>, version: Arc<str>, now: Now) {
        let at = alive.map_or(now.at, |alive| alive.at.min(now.at));
        for (machine, role, seen) in alive.map_or(&[][..], |alive| &alive.silent) {
            let signal = Signal {
                role: *role,
                value: None,
                quality: Quality::Stale,
                taken_at: now.at,
                seen: Some(*seen),
            };
            self.record(*seen, Some(*machine), "agent", Body::Signal(signal), now);
        }
        let clean = alive.is_none_or(|alive| alive.clean);
        self.record(
            at,
            None,
            "agent",
            Body::Started(Started {
                started_at: now.at,
                version,
                clean,
            }),
            now,
        );
        if now.at.since(at) > LONGEST_OFF_MS {
            let (until, epoch) = (now.at, now.epoch);
            self.record(at, None, "agent", Body::Clock(Clock { until, epoch }), now);
        }
        for (id, machine) in &self.machines {
            let mut fold = machine.fold.clone();
            let mut inbox: Inbox = machine.inbox.clone();
            fold.advance(
                at.plus(1),
                &mut inbox,
                &self.plan,
                &mut Rows::default(),
                &mut Vec::new(),
            );
            for (role, track) in &fold.signals.tracks {
                let newest = track.coming.last().map(|coming| (coming.at, &coming.value));
                let (taken_at, value) = match (newest, track.last_at, &track.value) {
                    (Some(newest), ..) => newest,
                    (None, Some(last), Some(value)) => (last, value),
                    (None, ..) => continue,
                };
                self.stage
                    .remember(*id, *role, value, taken_at, track.lost.unwrap_or(at).max(taken_at));
            }
        }
    }
}
