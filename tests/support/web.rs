//! A web side on a free port with a plant made by hand, the core's end of the desk, and a client.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test double may fail its test")]

use gemba::clock::Clock;
use gemba::model::detail::Detail;
use gemba::model::entry::Outcome;
use gemba::model::fact::{Body, Fact, Role as Signal};
use gemba::model::ids::MachineId;
use gemba::model::live::{MachineLive, OpenRows, PlantLive, ShiftLive, SignalLive};
use gemba::model::reading::{Quality, Value};
use gemba::model::settings::{Change, ProductSetting, ReasonSetting, RejectSource, Setting};
use gemba::model::state::Class;
use gemba::model::tally::{Column, Tally};
use gemba::model::time::{HOUR_MS, MINUTE_MS, Period, Timestamp};
use gemba::oee::plan::Plan;
use gemba::serve::health::{ClockHealth, Health, SinkHealth, SourceHealth, StoreHealth};
use gemba::serve::{Ask, Books, BySums, Count, Desk, PastRows, Role, Standings, Token, Views, serve};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// What an operator's program sends.
pub const OPERATOR: &str = "Bearer s3cret-of-the-mes";
/// What the program of a shift leader sends.
pub const LEADER: &str = "Bearer s3cret-of-the-boss";
/// What the program of the planning office sends.
pub const ADMIN: &str = "Bearer s3cret-of-the-office";
/// What a screen sends.
pub const VIEWER: &str = "Bearer s3cret-of-the-wall";

/// A running web side and the other ends of all it is joined to.
pub struct Site {
    pub address: SocketAddr,
    pub live: watch::Sender<Arc<PlantLive>>,
    pub health: watch::Sender<Arc<Health>>,
    pub plan: watch::Sender<Arc<Plan>>,
    pub desk: mpsc::Receiver<Ask>,
    pub stop: watch::Sender<bool>,
    pub task: JoinHandle<()>,
    /// The instant the plant was made at.
    pub now: Timestamp,
}

impl Site {
    /// A plant of one stopped press; stops that are over are looked up by `standings`.
    pub async fn start(standings: Standings) -> Site {
        Site::reading(standings, no_books()).await
    }

    /// The same with a journal.
    pub async fn reading(standings: Standings, books: Books) -> Site {
        let clock = Arc::new(Clock::start(None));
        let now = clock.now().at;
        let (live, live_end) = watch::channel(Arc::new(plant(now)));
        let (health, health_end) = watch::channel(Arc::new(sound(now)));
        let (plan, plan_end) = watch::channel(Arc::new(named(now)));
        let (stop, stop_end) = watch::channel(false);
        let (desk, asks) = Desk::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let views = Views {
            live: live_end,
            health: health_end,
            plan: plan_end,
            names: Arc::new(
                [
                    (MachineId(0), "press-00".into()),
                    (MachineId(4), "press-01".into()),
                    (MachineId(5), "oven-01".into()),
                ]
                .into(),
            ),
            standings,
            books,
            past: Arc::new(|wanted| Ok(wanted.iter().map(|_| PastRows::default()).collect())),
            // A piece a minute, whatever is asked.
            counts: Arc::new(|(_, period)| Ok(Count::Pieces(period.ms() / MINUTE_MS))),
            polls: Arc::default(),
            site: Arc::new(gemba::serve::Site {
                org: "example-co".into(),
                id: "plant-1".into(),
                name: [("vi".into(), "Xưởng 1".into())].into(),
                language: "vi".into(),
            }),
        };
        let task = tokio::spawn(serve(listener, None, views, desk, tokens(), clock, stop_end));
        Site {
            address,
            live,
            health,
            plan,
            desk: asks,
            stop,
            task,
            now,
        }
    }

    /// The same with a journal that holds no stop.
    pub async fn without_stops() -> Site {
        Site::start(Arc::new(|_, _| Ok(None))).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Gets a page that must be there, as JSON.
    pub async fn json(&self, path: &str) -> Json {
        let answer = client().get(self.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/json");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// The ETag of an item of the plant desk.
    pub async fn etag(&self, path: &str) -> String {
        self.json(path).await["etag"].as_str().unwrap().to_owned()
    }

    /// An entry on its way: status and body once it is answered.
    pub fn post(&self, authorization: &str, body: &str) -> JoinHandle<(u16, Json)> {
        let request = client()
            .post(self.url("/api/v1/entries"))
            .header("authorization", authorization)
            .header("content-type", "application/json; charset=utf-8")
            .body(body.to_owned());
        tokio::spawn(async move {
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
        })
    }

    /// The next entry that reaches the core.
    pub async fn asked(&mut self) -> Ask {
        let asked = tokio::time::timeout(Duration::from_secs(5), self.desk.recv()).await;
        asked.expect("an entry reaches the core within 5 s").unwrap()
    }

    /// Answers the next entry; gives what was asked.
    pub async fn answer(&mut self, outcome: Outcome) -> gemba::model::entry::Draft {
        let ask = self.asked().await;
        ask.reply.send(outcome).unwrap();
        ask.draft
    }

    /// Changes the plant.
    pub fn change(&self, change: impl FnOnce(&mut PlantLive)) {
        self.live.send_modify(|live| change(Arc::make_mut(live)));
    }

    /// The configuration tells a setting, a second ago; when it was told.
    pub fn tell(&self, setting: Setting) -> Timestamp {
        let machine = match &setting {
            Setting::Machine(machine, _) => Some(*machine),
            Setting::Site(_)
            | Setting::Product(..)
            | Setting::Reason(..)
            | Setting::Standard(..)
            | Setting::Order(..)
            | Setting::Line(..)
            | Setting::Calendar(_)
            | Setting::Policy(_)
            | Setting::Target(_)
            | Setting::Removed(..) => None,
        };
        let at = self.now.plus(-1_000);
        let fact = Fact {
            at,
            received_at: at,
            mono_ms: 0,
            epoch: 0,
            machine,
            author: "config".into(),
            body: Body::Setting(Change::new(setting)),
        };
        self.plan.send_modify(|plan| Arc::make_mut(plan).apply(&fact));
        at
    }

    /// Changes the agent's health.
    pub fn sicken(&self, change: impl FnOnce(&mut Health)) {
        self.health.send_modify(|health| change(Arc::make_mut(health)));
    }
}

/// A journal that holds nothing.
pub fn no_books() -> Books {
    Books {
        flags: Arc::new(|_| Ok(Vec::new())),
        open_flags: Arc::new(|_| Ok(Vec::new())),
        late: Arc::new(|_| Ok((Vec::new(), false))),
        starts: Arc::new(|_| Ok(Vec::new())),
        fact: Arc::new(|_| Ok(None)),
        shifts: Arc::new(|_| Ok(BySums::new())),
        versions: Arc::new(|_| Ok(gemba::store::Versions::default())),
        rolled: Arc::new(|_| Ok(gemba::serve::Rolled::default())),
    }
}

/// An HTTP client; the provider is the one the binary uses.
pub fn client() -> reqwest::Client {
    let second_time = rustls::crypto::ring::default_provider().install_default().is_err();
    assert!(second_time || rustls::crypto::CryptoProvider::get_default().is_some());
    reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

fn tokens() -> Vec<Token> {
    let token = |name: &str, role, header: &str| Token {
        name: name.into(),
        role,
        secret: header.trim_start_matches("Bearer ").to_owned().into(),
    };
    vec![
        token("boss", Role::Leader, LEADER),
        token("office", Role::Admin, ADMIN),
        token("wall", Role::Viewer, VIEWER),
        token("mes", Role::Operator, OPERATOR),
    ]
}

/// The reasons and the product that entries may name.
fn named(now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    let reason = |class| ReasonSetting {
        name: BTreeMap::new(),
        class,
        groups: Vec::new(),
        allowance_ms: 0,
    };
    for setting in [
        Setting::Reason("jam".into(), reason(Class::Breakdown)),
        Setting::Reason("scratch".into(), reason(Class::Unexplained)),
        Setting::Product("VT-2077".into(), ProductSetting::default()),
    ] {
        plan.apply(&Fact {
            at: now.plus(-24 * HOUR_MS),
            received_at: now,
            mono_ms: 0,
            epoch: 0,
            machine: None,
            author: "config".into(),
            body: Body::Setting(Change::new(setting)),
        });
    }
    plan
}

fn plant(now: Timestamp) -> PlantLive {
    let press = MachineLive {
        machine: MachineId(4),
        id: "press-01".into(),
        name: BTreeMap::from([("en".into(), "Press 01".into()), ("vi".into(), "Máy ép 01".into())]),
        line: "moulding".into(),
        state: "fault:mould".into(),
        class: Class::Breakdown,
        since: now.plus(-600_000),
        reason: "".into(),
        product: "VT-2077".into(),
        shift: Some(ShiftLive {
            id: "1".into(),
            name: "Ca 1".into(),
            period: Period::new(now.plus(-2 * HOUR_MS), now.plus(6 * HOUR_MS)),
            business_date: "2026-11-21".into(),
        }),
        engines: [gemba::model::tally::ENGINE].into(),
        tally: two_hours(),
        detail: Detail::default(),
        covers: Period::new(now.plus(-2 * HOUR_MS), now.plus(6 * HOUR_MS)),
        open: OpenRows::default(),
        retold: 0,
        policy: Arc::default(),
        in_service: true,
        reject_source: RejectSource::Counter,
        signals: vec![SignalLive {
            role: Signal::Total,
            value: Some(Value::Int(18_446_744_073_709_551_615)),
            quality: Quality::Good,
            confirmed: Some(now),
        }],
        held: 0,
        holds: 0,
        stood: Default::default(),
        recomputing: false,
        settled: now.plus(-1_000),
    };
    PlantLive {
        at: now,
        machines: vec![press],
        ..PlantLive::default()
    }
}

/// Two hours: 100 min run, 20 min breakdown; 480 pieces of 10 s, 12 of them rejects.
pub fn two_hours() -> Tally {
    let mut tally = Tally::default();
    for (column, amount) in [
        (Column::RunningMs, 6_000_000),
        (Column::BreakdownMs, 1_200_000),
        (Column::SpanMs, 7_200_000),
        (Column::PlannedMs, 7_200_000),
        (Column::KnownMs, 7_200_000),
        (Column::PbtMs, 7_200_000),
        (Column::AptMs, 6_000_000),
        (Column::Shots, 480),
        (Column::Total, 480),
        (Column::Good, 468),
        (Column::Reject, 12),
        (Column::Judged, 480),
        (Column::EarnedTotalNs, 4_800_000_000_000),
        (Column::EarnedGoodNs, 4_680_000_000_000),
        (Column::Cycles, 400),
        (Column::CycleMs, 5_000_000),
    ] {
        tally.add(column, amount);
    }
    tally
}

fn sound(now: Timestamp) -> Health {
    Health {
        at: now,
        started_at: now.plus(-3_600_000),
        version: "0.1.0".into(),
        sources: vec![SourceHealth {
            name: "press-plc".into(),
            kind: "modbus".into(),
            up: true,
            since: Some(now.plus(-3_500_000)),
            ..SourceHealth::default()
        }],
        store: StoreHealth {
            ok: true,
            last_commit: Some(now.plus(-2_000)),
            ..StoreHealth::default()
        },
        sinks: vec![SinkHealth {
            name: "programme".into(),
            up: true,
            done: 1_234,
            last_success: Some(now.plus(-10_000)),
            ..SinkHealth::default()
        }],
        clock: ClockHealth {
            ok: true,
            what: String::new(),
        },
    }
}
