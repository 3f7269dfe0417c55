//! From a commit to the central store: a sink that runs over the real store, through refusals, restarts and stops.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

#[path = "support/sink_server.rs"]
mod sink_server;
#[path = "support/store_fixture.rs"]
mod store_fixture;

use gemba::clock::Clock;
use gemba::forward::health::SinkHealth;
use gemba::forward::influx::{Config, Start};
use gemba::forward::{line_protocol, run};
use gemba::model::commit::Commit;
use gemba::model::state::Class;
use gemba::model::tally::{Column, TallyRow};
use gemba::store::{self, Answer, Reader, Store, Writer};
use sink_server::{Reply, SinkServer, TOKEN};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store_fixture::{PATIENCE, machines, sealed, span, tally, whole};
use tempfile::{NamedTempFile, TempDir};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// A gateway cut down to its store and one sink.
struct Gateway {
    folder: TempDir,
    token: NamedTempFile,
}

/// A gateway that runs.
struct Running {
    store: Store,
    writer: Writer,
    answers: mpsc::UnboundedReceiver<Answer>,
    newest: watch::Sender<u64>,
    stop: watch::Sender<bool>,
    health: watch::Receiver<SinkHealth>,
    sink: JoinHandle<()>,
}

impl Gateway {
    fn new() -> Gateway {
        let mut token = NamedTempFile::new().unwrap();
        writeln!(token, "{TOKEN}").unwrap();
        Gateway {
            folder: TempDir::new().unwrap(),
            token,
        }
    }

    fn start(&self, url: &str, start: Start) -> Running {
        self.start_as("programme", url, start)
    }

    fn start_as(&self, name: &str, url: &str, start: Start) -> Running {
        let (answers_out, answers) = mpsc::unbounded_channel();
        let config = store_fixture::config(self.path());
        let (store, writer, _) = store::open(&config, &machines(), "boot", line_protocol::encode, answers_out).unwrap();
        let (newest, newest_in) = watch::channel(0);
        let (health_out, health) = watch::channel(SinkHealth::default());
        let (stop, stop_in) = watch::channel(false);
        let sink = Config {
            name: name.to_owned(),
            url: url.to_owned(),
            org: "idc".to_owned(),
            bucket: "example-co".to_owned(),
            token_file: self.token.path().to_owned(),
            flush_ms: 50,
            max_points_per_s: 5_000,
            start,
        };
        let clock = Arc::new(Clock::start(None));
        let folder = self.path().to_owned();
        let sink = tokio::spawn(run(sink, folder, writer.clone(), newest_in, clock, health_out, stop_in));
        Running {
            store,
            writer,
            answers,
            newest,
            stop,
            health,
            sink,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn reader(&self) -> Reader {
        Reader::open(self.path()).unwrap()
    }

    fn good(&self) -> i64 {
        let tallies = self.reader().tallies(None, whole()).unwrap();
        tallies.iter().map(|row| row.tally.get(Column::Good)).sum()
    }
}

impl Running {
    /// Commits tallies and one stop of the first machine; `range` makes it a restatement of those minutes.
    async fn seal(&mut self, range: Option<(i64, i64)>, tallies: Vec<TallyRow>) {
        let stop = span(0, (0, 5), Class::Breakdown, "jam", 0);
        let spans = if tallies.iter().any(|row| row.period.start.0 == store_fixture::T0) {
            vec![stop]
        } else {
            vec![]
        };
        let commit = Commit {
            sealed: vec![sealed(0, range, tallies, spans)],
            ..Commit::default()
        };
        self.writer.commit(commit).unwrap();
        let Answer::Committed(committed) = self.answers.recv().await.unwrap() else {
            panic!("refused")
        };
        self.newest.send_replace(committed.last_booking);
    }

    async fn wait_for(&mut self, what: &str, reached: impl FnMut(&SinkHealth) -> bool) -> SinkHealth {
        let in_time = tokio::time::timeout(PATIENCE, self.health.wait_for(reached))
            .await
            .is_ok();
        assert!(in_time, "never: {what}: {:?}", *self.health.borrow());
        self.health.borrow().clone()
    }

    async fn wait_until_done(&mut self) -> SinkHealth {
        let newest = *self.newest.borrow();
        self.wait_for("everything is done", |health| health.done == newest)
            .await
    }

    async fn stop(self) {
        self.stop.send_replace(true);
        tokio::time::timeout(PATIENCE, self.sink).await.unwrap().unwrap();
        let store = self.store;
        tokio::task::spawn_blocking(|| store.stop()).await.unwrap();
    }
}

/// The sum of an integer field over the points of a measurement.
fn sum(sink: &SinkServer, measurement: &str, field: &str) -> i64 {
    let state = sink.state();
    let points = state
        .points
        .iter()
        .filter(|(identity, _)| identity.starts_with(measurement));
    let field = format!("{field}=");
    let value = |fields: &String| {
        fields
            .split(',')
            .find_map(|one| one.strip_prefix(&field)?.strip_suffix('i')?.parse::<i64>().ok())
    };
    points.filter_map(|(_, fields)| value(fields)).sum()
}

fn minutes(range: std::ops::Range<i64>, product: &str, good: i64) -> Vec<TallyRow> {
    range.map(|minute| tally(0, minute, product, good)).collect()
}

#[tokio::test]
async fn sums_at_the_sink_are_those_of_the_store_through_corrections_outages_and_restarts() {
    let (gateway, sink) = (Gateway::new(), SinkServer::start().await);
    let mut running = gateway.start(&sink.url, Start::Oldest);
    running.seal(None, minutes(0..30, "A", 10)).await;
    running.wait_until_done().await;
    sink.then(1, &Reply::WriteAndCut);
    sink.then(1, &Reply::Say(503, String::new(), String::new()));
    // Five minutes were another product, and seven pieces each.
    running.seal(Some((5, 10)), minutes(5..10, "B", 7)).await;
    let health = running.wait_until_done().await;
    assert!(
        health.up && health.requests.retried >= 2 && health.quarantined == 0,
        "{health:?}"
    );
    // 25 x 10 + 5 x 7
    assert_eq!(gateway.good(), 285);
    assert_eq!(sum(&sink, "gemba_tally", "good"), 285);
    assert_eq!(sum(&sink, "gemba_stop", "ms"), 5 * 60_000);
    let newest = *running.newest.borrow();
    running.stop().await;
    let state = gateway.reader().sink("programme").unwrap().unwrap();
    assert_eq!((state.done, state.ahead), (newest, None));
    let requests = sink.state().requests.len();
    let mut running = gateway.start(&sink.url, Start::Oldest);
    running.seal(None, minutes(30..31, "A", 1)).await;
    running.wait_until_done().await;
    running.stop().await;
    assert_eq!(
        sink.state().requests.len(),
        requests + 1,
        "nothing is sent again after a restart"
    );
    assert_eq!(sum(&sink, "gemba_tally", "good"), 286);
}

#[tokio::test]
async fn what_was_booked_while_no_sink_ran_goes_out_at_the_start_without_a_new_booking() {
    let (gateway, sink) = (Gateway::new(), SinkServer::start().await);
    let nobody = "http://127.0.0.1:1";
    let mut running = gateway.start(nobody, Start::Oldest);
    running.seal(None, minutes(0..3, "A", 4)).await;
    let health = running.wait_for("it fails", |health| health.requests.retried > 0).await;
    assert!(
        !health.up && health.backlog == 4 && health.what.contains("does not answer"),
        "{health:?}"
    );
    running.stop().await;
    let mut running = gateway.start(&sink.url, Start::Now);
    running.wait_for("the backlog is sent", |health| health.done == 4).await;
    assert_eq!(
        sum(&sink, "gemba_tally", "good"),
        12,
        "a known sink goes on where it was"
    );
    running.stop().await;
}

#[tokio::test]
async fn a_new_sink_that_starts_now_gets_only_what_is_booked_from_now_on() {
    let (gateway, sink) = (Gateway::new(), SinkServer::start().await);
    let mut running = gateway.start("http://127.0.0.1:1", Start::Oldest);
    running.seal(None, minutes(1..4, "A", 4)).await;
    running.stop().await;
    let mut running = gateway.start_as("second", &sink.url, Start::Now);
    running
        .wait_for("it begins at the end", |health| health.done == 3)
        .await;
    running.seal(None, minutes(4..6, "A", 1)).await;
    running.wait_until_done().await;
    running.stop().await;
    assert_eq!(sum(&sink, "gemba_tally", "good"), 2);
}

#[tokio::test]
async fn a_refused_booking_is_kept_in_quarantine_and_its_correction_waits_over_a_restart() {
    let (gateway, sink) = (Gateway::new(), SinkServer::start().await);
    sink.state().bad = vec!["product=poison".to_owned()];
    let mut running = gateway.start(&sink.url, Start::Oldest);
    let mut tallies = minutes(1..10, "A", 10);
    tallies[4] = tally(0, 5, "poison", 10);
    running.seal(None, tallies).await;
    let health = running.wait_until_done().await;
    assert_eq!(health.quarantined, 1);
    running.stop().await;
    let refused = gateway.reader().quarantined("programme").unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!(
        (refused[0].booking, refused[0].why.as_str()),
        (5, "HTTP 422: field type conflict")
    );
    let mut running = gateway.start(&sink.url, Start::Oldest);
    running.seal(Some((5, 6)), vec![tally(0, 5, "A", 12)]).await;
    let health = running.wait_until_done().await;
    assert_eq!(
        health.quarantined, 3,
        "{health:?}: what it takes back and what it adds wait as well"
    );
    running.stop().await;
    let waiting = gateway.reader().quarantined("programme").unwrap();
    assert!(
        waiting[1].why.contains("booking 5") && waiting[2].why.contains("booking 5"),
        "{waiting:?}"
    );
    // Eight minutes of ten pieces each: nothing of the ninth, not even what would take its pieces back.
    assert_eq!(sum(&sink, "gemba_tally", "good"), 80);
}

#[tokio::test]
async fn a_stop_sends_what_was_booked_last_and_does_not_wait_for_a_sink_that_hangs() {
    let (gateway, sink) = (Gateway::new(), SinkServer::start().await);
    let mut running = gateway.start(&sink.url, Start::Oldest);
    running.seal(None, minutes(1..2, "A", 1)).await;
    running.wait_until_done().await;
    running.seal(None, minutes(2..3, "A", 1)).await;
    running.stop().await;
    assert_eq!(sum(&sink, "gemba_tally", "good"), 2);
    let mut running = gateway.start(&sink.url, Start::Oldest);
    sink.then(1, &Reply::Silence);
    running.seal(None, minutes(3..4, "A", 1)).await;
    tokio::time::timeout(PATIENCE, async {
        while sink.state().script.front().is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    let began = tokio::time::Instant::now();
    running.stop().await;
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}: three seconds and the store's stop",
        began.elapsed()
    );
    let mut running = gateway.start(&sink.url, Start::Oldest);
    running
        .wait_for("it is sent after the start", |health| health.done == 3)
        .await;
    assert_eq!(sum(&sink, "gemba_tally", "good"), 3);
    running.stop().await;
}

#[tokio::test]
async fn what_is_booked_after_the_database_was_replaced_is_sent_all_the_same() {
    let (gateway, sink) = (Gateway::new(), SinkServer::start().await);
    let mut running = gateway.start(&sink.url, Start::Oldest);
    running.seal(None, minutes(1..4, "A", 10)).await;
    running.wait_until_done().await;
    running.writer.repair("a check found page 7 torn");
    running.seal(None, minutes(4..6, "A", 1)).await;
    let health = running.wait_until_done().await;
    assert!(gateway.path().join("quarantine/1/gemba.db").exists(), "it was replaced");
    assert_eq!(health.lost, 0, "{health:?}");
    assert_eq!(sum(&sink, "gemba_tally", "good"), 32, "3 x 10 and 2 x 1");
    running.stop().await;
}
