//! Pure. What `/metrics` says, in the text format of OpenMetrics.

use super::health::Health;
use super::kpis;
use crate::model::live::{MachineLive, PlantLive};
use crate::model::reading::Quality;
use crate::model::state::Class;
use crate::model::tally::{Column, ENGINE};
use crate::model::time::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, NoLabelSet, text::encode};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt::Error;
use std::sync::Arc;

/// Health counts in these.
const MEGABYTE: u64 = 1_000_000;
/// The content type of the text.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The metrics of a snapshot of the plant and one of the agent.
pub(super) fn text(live: Arc<PlantLive>, health: Arc<Health>, now: Timestamp) -> Result<String, Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Snapshot { live, health, now }));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Snapshot {
    live: Arc<PlantLive>,
    health: Arc<Health>,
    now: Timestamp,
}

impl Collector for Snapshot {
    fn encode(&self, encoder: DescriptorEncoder) -> Result<(), Error> {
        let mut page = Page { encoder };
        self.agent(&mut page)?;
        self.store(&mut page)?;
        self.sources(&mut page)?;
        self.sinks(&mut page)?;
        self.states(&mut page)?;
        self.shifts(&mut page)?;
        self.signals(&mut page)
    }
}

/// Rows of one metric: labels and value.
type Rows<'a, V> = Vec<(Vec<(&'static str, &'a str)>, V)>;

struct Page<'e> {
    encoder: DescriptorEncoder<'e>,
}

impl Page<'_> {
    fn gauge<V: EncodeGaugeValue>(&mut self, name: &str, help: &str, rows: &Rows<'_, V>) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut metric = self.encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in rows {
            match labels.is_empty() {
                true => metric.encode_gauge(value)?,
                false => metric.encode_family(labels)?.encode_gauge(value)?,
            }
        }
        Ok(())
    }

    fn counter(&mut self, name: &str, help: &str, rows: &Rows<'_, u64>) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut metric = self.encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in rows {
            match labels.is_empty() {
                true => metric.encode_counter::<NoLabelSet, u64, u64>(value, None)?,
                false => metric
                    .encode_family(labels)?
                    .encode_counter::<NoLabelSet, u64, u64>(value, None)?,
            }
        }
        Ok(())
    }
}

impl Snapshot {
    fn agent(&self, page: &mut Page<'_>) -> Result<(), Error> {
        let engine = ENGINE.to_string();
        let build = vec![("version", &*self.health.version), ("engine", &*engine)];
        page.gauge("gemba_build_info", "Version of the program", &vec![(build, 1i64)])?;
        let started = one(seconds(self.health.started_at.0));
        page.gauge("gemba_start_time_seconds", "When the agent started", &started)?;
        let age = one(seconds(self.now.since(self.live.at)));
        page.gauge("gemba_snapshot_age_seconds", "Age of the numbers below", &age)?;
        let ok = one(i64::from(self.health.clock.ok));
        page.gauge("gemba_clock_ok", "1 when the clock is trusted", &ok)
    }

    fn store(&self, page: &mut Page<'_>) -> Result<(), Error> {
        let store = &self.health.store;
        page.gauge(
            "gemba_store_ok",
            "1 when the last commit was written",
            &one(i64::from(store.ok)),
        )?;
        let age = |at: Timestamp| (Vec::new(), seconds(self.now.since(at)));
        let age: Rows<'_, f64> = store.last_commit.map(age).into_iter().collect();
        page.gauge(
            "gemba_store_last_commit_age_seconds",
            "Time since the last commit",
            &age,
        )?;
        let waiting = i64::try_from(self.live.waiting_facts).unwrap_or(i64::MAX);
        let waiting = waiting.max(signed(store.waiting_facts));
        page.gauge(
            "gemba_store_facts_waiting",
            "Facts waiting to be written",
            &one(waiting),
        )?;
        let bytes = |megabytes: u64| one(signed(megabytes.saturating_mul(MEGABYTE)));
        page.gauge(
            "gemba_store_used_bytes",
            "What the database takes on disk, in begun megabytes",
            &bytes(store.used_mb),
        )?;
        if store.max_mb > 0 {
            page.gauge(
                "gemba_store_max_bytes",
                "The most the database may take",
                &bytes(store.max_mb),
            )?;
        }
        let lost = one(store.lost_facts.max(self.live.lost_facts));
        page.counter("gemba_store_facts_lost", "Facts given up since the start", &lost)?;
        let late = one(self.live.too_late_facts);
        page.counter("gemba_facts_too_late", "Facts kept but too late to be counted", &late)?;
        let entries = one(u64::try_from(self.live.late_entries).unwrap_or(u64::MAX));
        let help = "Entries for locked periods that wait to be accepted";
        page.gauge("gemba_entries_late", help, &entries)
    }

    fn sources(&self, page: &mut Page<'_>) -> Result<(), Error> {
        let sources = &self.health.sources;
        let labels = |index: usize| vec![("source", &*sources[index].name), ("kind", &*sources[index].kind)];
        let up: Rows<'_, i64> = (0..sources.len())
            .map(|index| (labels(index), i64::from(sources[index].up)))
            .collect();
        page.gauge("gemba_source_up", "1 when the source works", &up)?;
        let noted = |index: usize| sources[index].notes.iter().map(|note| note.count).sum();
        let notes: Rows<'_, u64> = (0..sources.len()).map(|index| (labels(index), noted(index))).collect();
        page.counter(
            "gemba_source_notes",
            "Oddities met at the source since the start",
            &notes,
        )
    }

    fn sinks(&self, page: &mut Page<'_>) -> Result<(), Error> {
        let of = |value: fn(&super::health::SinkHealth) -> i64| -> Rows<'_, i64> {
            let sinks = self.health.sinks.iter();
            sinks.map(|sink| (vec![("sink", &*sink.name)], value(sink))).collect()
        };
        page.gauge(
            "gemba_sink_up",
            "1 when the sink confirms",
            &of(|sink| i64::from(sink.up)),
        )?;
        let backlog = of(|sink| signed(sink.backlog));
        page.gauge("gemba_sink_backlog_bookings", "Bookings not confirmed yet", &backlog)?;
        let quarantined = of(|sink| signed(sink.quarantined));
        page.gauge(
            "gemba_sink_quarantined_bookings",
            "Bookings refused for good",
            &quarantined,
        )?;
        let sinks = self.health.sinks.iter();
        let lost: Rows<'_, u64> = sinks.map(|sink| (vec![("sink", &*sink.name)], sink.lost)).collect();
        page.counter(
            "gemba_sink_bookings_lost",
            "Bookings gone before the sink got them, since the start",
            &lost,
        )?;
        let sinks = self.health.sinks.iter();
        let age: Rows<'_, f64> = sinks
            .filter_map(|sink| {
                let age = seconds(self.now.since(sink.last_success?));
                Some((vec![("sink", &*sink.name)], age))
            })
            .collect();
        page.gauge(
            "gemba_sink_last_success_age_seconds",
            "Time since the sink last confirmed any",
            &age,
        )
    }

    fn states(&self, page: &mut Page<'_>) -> Result<(), Error> {
        let states: Rows<'_, i64> = self
            .machines()
            .map(|machine| (vec![("machine", &*machine.id), ("state", &*machine.state)], 1))
            .collect();
        page.gauge("gemba_machine_state_info", "What the machine's signals say", &states)?;
        let classes: Rows<'_, i64> = self
            .machines()
            .flat_map(|machine| Class::ALL.map(|class| (machine, class)))
            .map(|(machine, class)| {
                let labels = vec![("machine", &*machine.id), ("class", class.name())];
                (labels, i64::from(class == machine.class))
            })
            .collect();
        page.gauge(
            "gemba_machine_class",
            "1 for the class of time the machine is in",
            &classes,
        )?;
        let held = self.of_machine(|machine| machine.held);
        page.gauge(
            "gemba_machine_held_pieces",
            "Pieces held until someone believes them",
            &held,
        )?;
        let recomputing = self.of_machine(|machine| i64::from(machine.recomputing));
        page.gauge(
            "gemba_machine_recomputing",
            "1 while the machine's past is worked out again",
            &recomputing,
        )
    }

    fn shifts(&self, page: &mut Page<'_>) -> Result<(), Error> {
        let kinds = [Column::Total, Column::Good, Column::Reject, Column::GapTotal];
        let pieces: Rows<'_, i64> = self
            .machines()
            .flat_map(|machine| kinds.map(|kind| (machine, kind)))
            .map(|(machine, kind)| {
                let labels = vec![("machine", &*machine.id), ("kind", kind.name())];
                (labels, machine.tally.get(kind))
            })
            .collect();
        page.gauge("gemba_shift_pieces", "Pieces since the shift began", &pieces)?;
        let ratios: Rows<'_, f64> = self
            .machines()
            .flat_map(|machine| {
                let kpis = kpis::first_of(machine);
                [
                    ("availability", kpis.availability),
                    ("performance", kpis.effectiveness),
                    ("quality", kpis.quality),
                    ("oee", kpis.oee),
                    ("coverage", kpis.coverage),
                ]
                .map(|(name, ratio)| (machine, name, ratio))
            })
            .filter_map(|(machine, name, ratio)| {
                let labels = vec![
                    ("machine", &*machine.id),
                    ("kpi", name),
                    ("policy", &*machine.policy.id),
                ];
                Some((labels, ratio?))
            })
            .collect();
        page.gauge(
            "gemba_shift_kpi_ratio",
            "KPIs since the shift began under a loss policy, where they are defined; trust them as far as the coverage says",
            &ratios,
        )
    }

    fn signals(&self, page: &mut Page<'_>) -> Result<(), Error> {
        let signals = || {
            self.machines()
                .flat_map(|machine| machine.signals.iter().map(move |signal| (machine, signal)))
        };
        let qualities: Rows<'_, i64> = signals()
            .flat_map(|(machine, signal)| Quality::ALL.map(|quality| (machine, signal, quality)))
            .map(|(machine, signal, quality)| {
                let labels = vec![
                    ("machine", &*machine.id),
                    ("signal", signal.role.name()),
                    ("quality", quality.name()),
                ];
                (labels, i64::from(quality == signal.quality))
            })
            .collect();
        page.gauge("gemba_signal_quality", "1 for the quality the signal has", &qualities)
    }

    fn machines(&self) -> impl Iterator<Item = &MachineLive> {
        self.live.machines.iter()
    }

    fn of_machine(&self, value: fn(&MachineLive) -> i64) -> Rows<'_, i64> {
        self.machines()
            .map(|machine| (vec![("machine", &*machine.id)], value(machine)))
            .collect()
    }
}

fn one<'a, V>(value: V) -> Rows<'a, V> {
    vec![(Vec::new(), value)]
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1e3
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
