//! The core thread: owns the pipeline, never blocks, and carries its inputs and outputs through the doors.

use super::board::Board;
use super::history::{Page, Request};
use super::troubles::Troubles;
use crate::clock::{Clock, Step};
use crate::collect::{Acks, Batch};
use crate::model::commit::Commit;
use crate::model::entry::Outcome;
use crate::model::fact;
use crate::model::live::PlantLive;
use crate::oee::plan::Plan;
use crate::pipeline::{Input, Output, Pipeline};
use crate::serve::Ask;
use crate::serve::health::Health;
use crate::store::{Answer, Writer};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

/// Everything that leads into the core and out of it.
pub struct Doors {
    /// From the sources.
    pub batches: mpsc::Receiver<Batch>,
    /// From the web side.
    pub asks: mpsc::Receiver<Ask>,
    /// From the store.
    pub answers: mpsc::UnboundedReceiver<Answer>,
    /// Pages of history.
    pub pages: mpsc::UnboundedReceiver<Page>,
    /// A message here ends the run.
    pub control: mpsc::Receiver<()>,
    /// To the store.
    pub writer: Writer,
    /// To the reader of history.
    pub history: mpsc::Sender<Request>,
    /// To the sources.
    pub acks: Acks,
    /// To the screens.
    pub live: watch::Sender<Arc<PlantLive>>,
    /// To the health page.
    pub health: watch::Sender<Arc<Health>>,
    /// To the screens: what is configured and entered.
    pub plan: watch::Sender<Arc<Plan>>,
    /// To the sinks.
    pub newest_booking: watch::Sender<u64>,
}

/// The core.
pub struct Core {
    pipeline: Pipeline,
    clock: Arc<Clock>,
    doors: Doors,
    board: Board,
    troubles: Troubles,
    replies: BTreeMap<u64, oneshot::Sender<Outcome>>,
    asked: u64,
    /// True once the commit that ends the run is on disk.
    ended: bool,
}

impl Core {
    /// A core that has not started.
    pub fn new(pipeline: Pipeline, clock: Arc<Clock>, doors: Doors, board: Board) -> Core {
        Core {
            pipeline,
            clock,
            doors,
            board,
            troubles: Troubles::default(),
            replies: BTreeMap::new(),
            asked: 0,
            ended: false,
        }
    }

    /// Starts the thread; the receiver gets its end.
    ///
    /// # Errors
    /// When the operating system refuses a thread.
    pub fn start(self) -> Result<oneshot::Receiver<()>, String> {
        let (ended, end) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| format!("a runtime for the core: {error}"))?;
        std::thread::Builder::new()
            .name("core".into())
            .spawn(move || {
                runtime.block_on(self.run());
                // Nobody waits any more when the agent gave up on the last commit.
                ended.send(()).unwrap_or(());
            })
            .map_err(|error| format!("a thread for the core: {error}"))?;
        Ok(end)
    }

    async fn run(mut self) {
        let mut wake = self.clock.deadline(0);
        while !self.ended {
            tokio::select! {
                biased;
                Some(answer) = self.doors.answers.recv() => self.answer(answer),
                Some(ask) = self.doors.asks.recv() => self.ask(ask),
                Some(()) = self.doors.control.recv() => self.stop(),
                () = sleep_until(wake) => wake = self.tick(),
                Some(batch) = self.doors.batches.recv() => self.batch(batch),
                Some(page) = self.doors.pages.recv() => self.page(page),
            }
        }
    }

    /// Time has passed; gives when to call again.
    fn tick(&mut self) -> Instant {
        match self.clock.look() {
            Step::Skipped { from, until, epoch } => {
                tracing::warn!(
                    skipped_ms = until.since(from),
                    "the clock was set forward: the wall time between is in no number"
                );
                self.hand(Input::Clock(from, fact::Clock { until, epoch }));
            }
            step @ (Step::None | Step::Suspected(_) | Step::Ahead(_)) => self.board.clock(step),
        }
        self.board.room(self.doors.writer.room());
        self.hand(Input::Tick);
        let now = self.clock.now();
        let wait_ms = self.pipeline.wake_at(now).since(now.at);
        self.clock.deadline(now.mono_ms.saturating_add(wait_ms.unsigned_abs()))
    }

    fn batch(&mut self, batch: Batch) {
        self.board.heard(&batch);
        if !batch.readings.is_empty() || batch.ack.is_some() {
            self.hand(Input::Readings(batch.readings, batch.ack));
        }
    }

    fn ask(&mut self, ask: Ask) {
        self.asked += 1;
        self.replies.insert(self.asked, ask.reply);
        self.hand(Input::Entry(ask.draft, self.asked));
    }

    fn answer(&mut self, answer: Answer) {
        let now = self.clock.now();
        match answer {
            Answer::Committed(committed) => {
                self.board.committed(now.at);
                self.doors.newest_booking.send_replace(committed.last_booking);
                self.ended = self.pipeline.last_commit_number() == Some(committed.number);
                self.hand(Input::Committed(committed));
            }
            Answer::Refused { commit, why } => {
                self.board.refused(&why);
                self.hand(Input::Refused(commit));
            }
        }
    }

    fn page(&mut self, page: Page) {
        match page {
            Ok(page) => self.hand(Input::History(page)),
            Err(machine) => self.hand(Input::HistoryFailed(machine)),
        }
    }

    fn stop(&mut self) {
        // The sources have ended: what they left behind the door still counts.
        while let Ok(batch) = self.doors.batches.try_recv() {
            self.batch(batch);
        }
        self.hand(Input::Stop);
    }

    fn hand(&mut self, input: Input) {
        self.pipeline.handle(input, self.clock.now());
        while let Some(output) = self.pipeline.poll() {
            match output {
                Output::Commit(commit) => self.commit(*commit),
                Output::Ack(ack) => self.doors.acks.ack(ack),
                Output::Reply(reply, outcome) => self.reply(reply, outcome),
                Output::Live(live) => self.show(live),
                Output::Load(machine, from) => self.load(machine, from),
            }
        }
    }

    fn commit(&mut self, commit: Commit) {
        if let Err(commit) = self.doors.writer.commit(commit) {
            self.board.refused("the store is behind");
            self.pipeline.handle(Input::Refused(commit), self.clock.now());
        }
    }

    fn reply(&mut self, reply: u64, outcome: Outcome) {
        // Who is told that a setting changed may ask for it at once.
        self.tell_plan();
        if let Some(waiting) = self.replies.remove(&reply) {
            // Whoever asked may have gone; the entry is booked all the same.
            waiting
                .send(outcome)
                .unwrap_or_else(|_| tracing::debug!("nobody waits for an entry's answer any more"));
        }
    }

    fn show(&mut self, live: Arc<PlantLive>) {
        self.troubles.look(&live);
        self.doors.health.send_replace(Arc::new(self.board.health(&live)));
        self.tell_plan();
        self.doors.live.send_replace(live);
    }

    fn tell_plan(&self) {
        let plan = self.pipeline.plan();
        if plan.version() != self.doors.plan.borrow().version() {
            self.doors.plan.send_replace(Arc::new(plan.clone()));
        }
    }

    fn load(&mut self, machine: crate::model::ids::MachineId, from: Option<crate::model::time::Timestamp>) {
        if self.doors.history.try_send((machine, from)).is_err() {
            self.pipeline.handle(Input::HistoryFailed(machine), self.clock.now());
        }
    }
}
