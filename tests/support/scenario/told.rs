//! What the real fold makes of a scenario.

use super::file::Scenario;
use super::lines::{Event, What, events};
use super::plc;
use gemba::model::entry::{Entry, Source};
use gemba::model::fact::{Body, Fact, Started};
use gemba::model::ids::MachineId;
use gemba::model::settings::{Change, Setting};
use gemba::model::tally::{SpanRow, TallyRow};
use gemba::model::time::Timestamp;
use gemba::oee::plan::Plan;
use gemba::oee::rows::Rows;
use gemba::pipeline::fold::{Fold, Inbox};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows of every machine up to the scenario's end.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Told {
    pub tallies: Vec<TallyRow>,
    pub spans: BTreeMap<MachineId, Vec<SpanRow>>,
    pub plan_end: Timestamp,
}

impl Scenario {
    /// Folds every machine from the begin to the end.
    pub fn told(&self) -> Result<Told, String> {
        let events = events(self)?;
        let known = self.known(&events)?;
        let mut plan = Plan::default();
        known.iter().for_each(|fact| plan.apply(fact));
        let begin = self.clock()?.read(&self.plant.begin)?;
        let end = events.last().map_or(begin, |event| event.at);
        let mut told = Told {
            plan_end: end,
            ..Told::default()
        };
        for (id, _, machine) in self.machines() {
            let mut inbox = Inbox::default();
            let said = known.iter().filter(|fact| matches!(fact.body, Body::Entry(_)));
            let of_machine = said.filter(|fact| fact.machine == Some(id)).cloned();
            let signals = plc::facts(id, machine, begin, &events)?;
            for fact in starts(begin, &events).into_iter().chain(signals).chain(of_machine) {
                inbox.add(Arc::new(fact));
            }
            let mut fold = Fold::new(id, begin);
            let (mut rows, mut passed) = (Rows::default(), Vec::new());
            fold.advance(end, &mut inbox, &plan, &mut rows, &mut passed);
            fold.settle_for_view(&plan, &mut rows);
            let growing = rows.last_span().cloned();
            let mut done = rows.finish(id, Timestamp::MAX);
            if done.spans.last() != growing.as_ref() {
                done.spans.extend(growing);
            }
            told.tallies.extend(done.tallies);
            told.spans.insert(id, done.spans);
        }
        Ok(told)
    }

    /// Settings and entries, in the order the agent learned them.
    pub fn known(&self, events: &[Event]) -> Result<Vec<Fact>, String> {
        let mut known: Vec<Fact> = Vec::new();
        for (at, setting) in self.settings()? {
            let machine = if let Setting::Machine(id, _) = &setting {
                Some(*id)
            } else {
                None
            };
            known.push(fact(at, at, machine, "config", Body::Setting(Change::new(setting))));
        }
        for (number, event) in events.iter().enumerate() {
            let What::Said {
                about,
                author,
                key,
                says,
            } = &event.what
            else {
                continue;
            };
            let entry = Entry {
                key: key.clone().unwrap_or(format!("line-{number}")).into(),
                source: Source::Manual,
                late: false,
                says: says.clone(),
            };
            known.push(fact(*about, event.at, Some(event.machine), author, Body::Entry(entry)));
        }
        known.sort_by_key(|fact| fact.received_at);
        Ok(known)
    }
}

/// The starts of the agent after the first.
fn starts(begin: Timestamp, events: &[Event]) -> Vec<Fact> {
    let mut alive = begin;
    let mut starts = Vec::new();
    for event in events {
        match plc::agent(event) {
            Some(false) => alive = event.at,
            Some(true) => {
                let started = Started {
                    started_at: event.at,
                    version: "0".into(),
                    clean: false,
                };
                starts.push(fact(alive, event.at, None, "agent", Body::Started(started)));
            }
            None => {}
        }
    }
    starts
}

fn fact(at: Timestamp, received_at: Timestamp, machine: Option<MachineId>, author: &str, body: Body) -> Fact {
    Fact {
        at,
        received_at,
        mono_ms: 0,
        epoch: 0,
        machine,
        author: author.into(),
        body,
    }
}
