//! I/O. The poll loop of one connection: the next request when it is due, its answer or its failure to the outbox.

use super::address;
use super::health::Health;
use super::link::{Answer, Failure, Link};
use super::notes::{self, Throttle, Topic};
use super::plan::{Planner, Refused, Request};
use super::schedule::Schedule;
use super::{Config, Point};
use crate::clock::Clock;
use crate::collect::{Batch, Outbox};
use crate::model::ids::SourceId;
use crate::model::live;
use crate::model::reading::{Quality, Raw, Reading};
use crate::model::time::Timestamp;
use std::time::Duration;
use tokio::time::sleep_until;
use tracing::{info, warn};

/// The reason [`run`] gives when nobody listens any more.
const STOPPING: &str = "the agent is stopping";

/// See [`super::run`].
pub async fn run(id: SourceId, name: &str, config: &Config, outbox: &Outbox, clock: &Clock) -> String {
    let endpoint = match address::endpoint(&config.connection.url) {
        Ok(endpoint) => endpoint,
        Err(why) => {
            // The check of the configuration refuses such a url; who skips it still learns why there are no values.
            let at = clock.now().at;
            let down = live::Link {
                source: id,
                up: false,
                at,
                why: why.clone(),
            };
            let batch = Batch {
                readings: config
                    .points
                    .iter()
                    .map(|point| reading(point, at, Err(Quality::BadConfig)))
                    .collect(),
                links: vec![down],
                ..Batch::default()
            };
            return if outbox.send(batch).await {
                why
            } else {
                STOPPING.to_owned()
            };
        }
    };
    let planner = Planner::new(config);
    let timeout_ms = config.connection.timeout_ms;
    let fastest_ms = config
        .points
        .iter()
        .map(|point| point.poll_ms)
        .min()
        .unwrap_or(timeout_ms);
    let poller = Poller {
        id,
        name,
        points: &config.points,
        pause_ms: config.connection.pause_ms,
        outbox,
        clock,
        reached: format!("connected to {endpoint}"),
        health: Health::new(config.points.iter().map(|point| point.unit), timeout_ms, fastest_ms),
        link: Link::new(endpoint, config.connection.after_connect_ms),
        planner,
        schedule: Schedule::default(),
        throttle: Throttle::default(),
        quiet_until_ms: 0,
        is_up: None,
    };
    match poller.run().await {
        Ok(never) => match never {},
        Err(End(why)) => why,
    }
}

/// Why a run is over.
struct End(String);

struct Poller<'a> {
    id: SourceId,
    name: &'a str,
    points: &'a [Point],
    pause_ms: u64,
    outbox: &'a Outbox,
    clock: &'a Clock,
    reached: String,
    planner: Planner,
    schedule: Schedule,
    health: Health,
    link: Link,
    throttle: Throttle,
    /// Monotonic: the pause after the last request ends here.
    quiet_until_ms: u64,
    /// What was last told of the link.
    is_up: Option<bool>,
}

impl Poller<'_> {
    async fn run(mut self) -> Result<std::convert::Infallible, End> {
        self.refuse_unreadable().await?;
        self.replan();
        loop {
            let now_ms = self.clock.now().mono_ms;
            let Some((index, ready_ms)) = self.schedule.next(&self.health, now_ms) else {
                return Err(End(
                    "no point is read over this connection: give it points, or remove it".to_owned(),
                ));
            };
            let from_ms = ready_ms.max(self.quiet_until_ms);
            if from_ms > now_ms {
                // Another request may be due first when the wait is over: ask again then.
                sleep_until(self.clock.deadline(from_ms)).await;
                continue;
            }
            self.poll(index).await?;
            self.quiet_until_ms = self.clock.now().mono_ms.saturating_add(self.pause_ms);
        }
    }

    async fn poll(&mut self, index: usize) -> Result<(), End> {
        let Some(request) = self.schedule.task(index).map(|task| task.request.clone()) else {
            return Ok(());
        };
        let patience = Duration::from_millis(self.health.patience_ms(request.unit));
        let asked_ms = self.clock.now().mono_ms;
        let outcome = self.link.read(&request, patience).await;
        let took_ms = self.clock.now().mono_ms.saturating_sub(asked_ms);
        if self.link.take_spoke_unasked() {
            self.note(
                Topic::Unasked,
                "connection",
                1,
                "the device sent bytes nobody asked for; the connection was made anew",
            )
            .await?;
        }
        match outcome {
            Ok(answer) => self.answered(index, &request, &answer, took_ms).await,
            Err(Failure::Unreachable(why)) => Err(self.unreachable(why).await),
            Err(Failure::Refused(code @ (10 | 11))) => self.no_answer(index, &request, &notes::exception(code)).await,
            Err(Failure::Refused(code)) => self.refused(index, &request, code, took_ms).await,
            Err(Failure::NoAnswer(why)) => self.no_answer(index, &request, &why).await,
        }
    }

    async fn answered(&mut self, index: usize, request: &Request, answer: &Answer, took_ms: u64) -> Result<(), End> {
        let readings = self.readings(&request.points, |point| raw(point, request, answer));
        self.send(readings, None).await?;
        self.is_alive(request.unit, took_ms).await?;
        self.done(index, request, false).await?;
        if self.planner.answered(request) {
            self.replan();
        }
        Ok(())
    }

    /// An exception: the connection and the unit are fine.
    async fn refused(&mut self, index: usize, request: &Request, code: u8, took_ms: u64) -> Result<(), End> {
        self.is_alive(request.unit, took_ms).await?;
        self.done(index, request, true).await?;
        let about = request.to_string();
        let meaning = notes::exception(code);
        if matches!(code, 2 | 3) {
            let verdict = self.planner.refused(request);
            self.replan();
            if verdict == Refused::Split {
                let what = format!(
                    "refused as one block ({meaning}); it is read in parts from now on to find out which address it is"
                );
                return self.note(Topic::Split, &about, 1, &what).await;
            }
        }
        let quality = if matches!(code, 1..=3) {
            Quality::BadConfig
        } else {
            Quality::BadComm
        };
        let readings = self.readings(&request.points, |_| Err(quality));
        self.send(readings, None).await?;
        let what = format!("{} refused with {meaning}", self.names(&request.points));
        self.note(Topic::Refused, &about, 1, &what).await
    }

    async fn no_answer(&mut self, index: usize, request: &Request, why: &str) -> Result<(), End> {
        let now_ms = self.clock.now().mono_ms;
        let is_dead = self.health.failed(request.unit, now_ms);
        self.done(index, request, true).await?;
        // A dead unit is asked one request at a time, and that one speaks for all of its points.
        let of_unit = |index: &usize| self.points.get(*index).is_some_and(|point| point.unit == request.unit);
        let points: Vec<usize> = if is_dead {
            (0..self.points.len()).filter(of_unit).collect()
        } else {
            request.points.clone()
        };
        let readings = self.readings(&points, |_| Err(Quality::BadComm));
        if self.health.all_dead() && self.is_up != Some(false) {
            let down = self.link_is(false, format!("{}, but no unit answers: {why}", self.reached));
            self.send(readings, Some(down)).await?;
        } else {
            self.send(readings, None).await?;
        }
        let (topic, about) = if is_dead {
            (Topic::Dead, format!("unit {}", request.unit))
        } else {
            (Topic::Failed, request.to_string())
        };
        self.note(topic, &about, 1, why).await
    }

    /// The end of this run: every point is bad until the next one.
    async fn unreachable(&mut self, why: String) -> End {
        let all: Vec<usize> = (0..self.points.len()).collect();
        let readings = self.readings(&all, |_| Err(Quality::BadComm));
        let down = self.link_is(false, why.clone());
        match self.send(readings, Some(down)).await {
            Ok(()) => End(why),
            Err(end) => end,
        }
    }

    async fn is_alive(&mut self, unit: u8, took_ms: u64) -> Result<(), End> {
        if self.health.answered(unit, took_ms) {
            self.schedule.revive(unit, self.clock.now().mono_ms);
            info!(source = self.name, unit, "the unit answers again");
        }
        if self.is_up == Some(true) {
            return Ok(());
        }
        let up = self.link_is(true, self.reached.clone());
        self.send(Vec::new(), Some(up)).await
    }

    async fn done(&mut self, index: usize, request: &Request, failed: bool) -> Result<(), End> {
        let passed = self.schedule.done(index, failed, self.clock.now().mono_ms);
        if passed == 0 {
            return Ok(());
        }
        let what = format!(
            "polls left out, because one round over this connection takes longer than poll_ms = {}: read less often, or put units on a connection of their own",
            request.poll_ms
        );
        self.note(Topic::Overrun, &format!("poll_ms = {}", request.poll_ms), passed, &what)
            .await
    }

    async fn refuse_unreadable(&mut self) -> Result<(), End> {
        let unreadable = self.planner.unreadable();
        if unreadable.is_empty() {
            return Ok(());
        }
        let what = format!(
            "{} cannot be read: past address 65535, or of a wrong length",
            self.names(&unreadable)
        );
        let readings = self.readings(&unreadable, |_| Err(Quality::BadConfig));
        self.send(readings, None).await?;
        self.note(Topic::Refused, "configuration", 1, &what).await
    }

    fn replan(&mut self) {
        self.schedule.follow(self.planner.requests(), self.clock.now().mono_ms);
    }

    fn readings(&self, points: &[usize], raw: impl Fn(&Point) -> Result<Raw, Quality>) -> Vec<Reading> {
        let at = self.clock.now().at;
        points
            .iter()
            .filter_map(|index| self.points.get(*index))
            .map(|point| reading(point, at, raw(point)))
            .collect()
    }

    /// The points by name; of many, the first few.
    fn names(&self, points: &[usize]) -> String {
        const SHOWN: usize = 5;
        let names = points.iter().take(SHOWN).filter_map(|index| self.points.get(*index));
        let shown: Vec<_> = names.map(|point| point.name.as_str()).collect();
        match points.len().saturating_sub(SHOWN) {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }

    fn link_is(&mut self, up: bool, why: String) -> live::Link {
        self.is_up = Some(up);
        live::Link {
            source: self.id,
            up,
            at: self.clock.now().at,
            why,
        }
    }

    async fn note(&mut self, topic: Topic, about: &str, times: u64, what: &str) -> Result<(), End> {
        let now = self.clock.now();
        let Some(times) = self.throttle.count(topic, about, times, now.mono_ms) else {
            return Ok(());
        };
        warn!(source = self.name, about, times, "{what}");
        let note = live::Note {
            source: self.id,
            about: about.to_owned(),
            kind: topic.name(),
            what: what.to_owned(),
            times,
            at: now.at,
        };
        self.deliver(Batch {
            notes: vec![note],
            ..Batch::default()
        })
        .await
    }

    async fn send(&mut self, readings: Vec<Reading>, link: Option<live::Link>) -> Result<(), End> {
        self.deliver(Batch {
            readings,
            links: link.into_iter().collect(),
            ..Batch::default()
        })
        .await
    }

    async fn deliver(&mut self, batch: Batch) -> Result<(), End> {
        if self.outbox.send(batch).await {
            Ok(())
        } else {
            Err(End(STOPPING.to_owned()))
        }
    }
}

fn reading(point: &Point, at: Timestamp, raw: Result<Raw, Quality>) -> Reading {
    Reading {
        point: point.point,
        at,
        received_at: at,
        raw,
    }
}

/// The point's own part of the answer.
fn raw(point: &Point, request: &Request, answer: &Answer) -> Result<Raw, Quality> {
    let from = usize::from(point.address.saturating_sub(request.start));
    match answer {
        Answer::Bits(bits) => bits.get(from).map(|bit| Raw::Bit(*bit)),
        Answer::Words(words) => words.get(from..from + usize::from(point.words)).map(|own| {
            let mut places = [0; 4];
            places.iter_mut().zip(own).for_each(|(place, word)| *place = *word);
            Raw::Words(places)
        }),
    }
    .ok_or(Quality::BadConfig)
}
