//! The agent's core over a real store, in step with given samples: a tick each second, commits as configured.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of a test file")]

use super::shop_day::{Said, plant, point};
use gemba::forward::line_protocol::encode;
use gemba::model::commit::Alive;
use gemba::model::ids::MachineId;
use gemba::model::reading::Reading;
use gemba::model::time::{Now, Timestamp};
use gemba::pipeline::{Input, Opened, Output, Pipeline};
use gemba::store::{self, Answer, HistoryCursor, Reader, Writer};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

struct Run {
    folder: PathBuf,
    pipeline: Pipeline,
    writer: Writer,
    answers: UnboundedReceiver<Answer>,
    histories: BTreeMap<MachineId, (Timestamp, HistoryCursor)>,
    began: Timestamp,
    now: Timestamp,
}

/// Runs the shop in an empty folder from the first sample to the last, and stops in order.
pub fn live(folder: &Path, said: &[Said]) {
    let plant = plant(folder);
    let machines: Vec<String> = plant.machines().map(str::to_owned).collect();
    let (out, answers) = unbounded_channel();
    let (store, writer, opening) = store::open(&plant.store, &machines, "live", encode, out).unwrap();
    assert_eq!(opening.alive, None::<Alive>, "an empty folder");
    let mut roster = opening.roster;
    let bound = plant.bind(&mut roster);
    let began = said[0].at;
    let opened = Opened {
        points: bound.points.clone(),
        settings: bound.settings.clone(),
        names: roster.iter().map(|(id, name)| (id, name.into())).collect(),
        commit_ms: i64::try_from(plant.store.commit_ms).unwrap(),
        version: env!("CARGO_PKG_VERSION").into(),
        ..Opened::default()
    };
    let at = Now {
        at: began,
        mono_ms: 0,
        epoch: 0,
    };
    let mut run = Run {
        folder: folder.to_owned(),
        pipeline: Pipeline::start(opened, at),
        writer,
        answers,
        histories: BTreeMap::new(),
        began,
        now: began,
    };
    for same in said.chunk_by(|one, next| one.at == next.at) {
        run.pass(same[0].at);
        let readings = same.iter().map(|said| Reading {
            point: point(&bound, &roster, said),
            at: said.at,
            received_at: said.at,
            raw: Ok(said.sent.clone()),
        });
        let readings = readings.collect();
        run.hand(Input::Readings(readings, None));
    }
    run.hand(Input::Stop);
    assert!(run.pipeline.last_commit_number().is_some());
    store.stop();
}

impl Run {
    fn pass(&mut self, to: Timestamp) {
        loop {
            let wake = self.pipeline.wake_at(self.clock());
            if wake > to {
                break;
            }
            self.now = wake;
            self.hand(Input::Tick);
        }
        self.now = to;
    }

    fn clock(&self) -> Now {
        Now {
            at: self.now,
            mono_ms: self.now.since(self.began).unsigned_abs(),
            epoch: 0,
        }
    }

    fn hand(&mut self, input: Input) {
        self.pipeline.handle(input, self.clock());
        while let Some(output) = self.pipeline.poll() {
            let answer = match output {
                Output::Commit(commit) => {
                    self.writer.commit(*commit).unwrap();
                    match self.answers.blocking_recv().unwrap() {
                        Answer::Committed(committed) => Input::Committed(committed),
                        Answer::Refused { why, .. } => panic!("{why}"),
                    }
                }
                Output::Load(machine, from) => {
                    if let Some(from) = from {
                        self.histories.insert(machine, (from, HistoryCursor::default()));
                    }
                    let (from, cursor) = self.histories.get_mut(&machine).unwrap();
                    Input::History(
                        Reader::open(&self.folder)
                            .unwrap()
                            .history(machine, *from, cursor)
                            .unwrap(),
                    )
                }
                Output::Ack(_) | Output::Reply(..) | Output::Live(_) => continue,
            };
            self.pipeline.handle(answer, self.clock());
        }
    }
}
