//! Pure. Begins the restatements of machines and feeds them with history.

use super::restate::{Dirty, Next, Restate};
use super::{Output, Pipeline};
use crate::model::commit::History;
use crate::model::ids::MachineId;
use crate::model::time::{Now, SECOND_MS};

/// How long a machine's past is left alone after its history could not be read.
const HOLD_MS: i64 = 30 * SECOND_MS;

impl Next {
    /// What to read for it.
    fn load(self, machine: MachineId) -> Option<Output> {
        match self {
            Next::More => Some(Output::Load(machine, None)),
            Next::From(from) => Some(Output::Load(machine, Some(from))),
            Next::Wait | Next::Again | Next::Over => None,
        }
    }
}

impl Pipeline {
    /// Goes on with what is being worked out again, a bounded stretch of time.
    pub(super) fn go_on_restating(&mut self) {
        for (id, machine) in &mut self.machines {
            let next = machine.turn(&self.plan);
            self.outputs.extend(next.load(*id));
        }
    }

    /// Begins to work out again what must be, machine by machine, once its facts are on disk.
    pub(super) fn load_dirty(&mut self, now: Now) {
        for (id, machine) in &mut self.machines {
            let position = machine.fold.position;
            let held = machine.hold.is_some_and(|until| now.at < until);
            let ready = machine.dirty.filter(|dirty| {
                let free = !held && machine.is_told();
                free && dirty.is_reached(position) && self.outbox.is_done(dirty.fact)
            });
            if let Some(dirty) = ready {
                machine.dirty = None;
                machine.restate = Some(Restate::new(dirty));
                self.outputs.push_back(Output::Load(*id, Some(dirty.from)));
            }
        }
    }

    /// Takes a page of a machine's history.
    pub(super) fn history(&mut self, page: History) {
        let id = page.machine;
        let born = self.plan.born(id).unwrap_or(self.started);
        let Some(machine) = self.machines.get_mut(&id) else {
            return;
        };
        let next = machine.restate(page, self.last_seq, born, &self.plan);
        self.outputs.extend(next.load(id));
    }

    /// A history could not be read: the machine's past stays as it is for a while.
    pub(super) fn history_failed(&mut self, id: MachineId, now: Now) {
        if let Some(machine) = self.machines.get_mut(&id)
            && let Some(restate) = machine.restate.take()
        {
            // Snapshots it brought already agree with themselves: only the present ends the next attempt.
            machine.soil(Dirty::since(restate.dirty.from, restate.dirty.fact));
            machine.hold = Some(now.at.plus(HOLD_MS));
        }
    }
}
