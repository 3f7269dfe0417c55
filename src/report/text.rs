//! Pure. A report as text of at most a hundred columns, to be read on a terminal or printed.

mod head;
mod losses;
mod made;

use super::figures::{Figures, cause};
use super::form::{NOTHING, fit};
use super::gather::{Names, Report};
use super::scope::{Counters, Place, Scope};
use super::table::{COLUMNS, labelled, wrapped};
use super::words::Lang;
use crate::model::tally::Column;
use crate::model::time::SECOND_MS;
use crate::oee::indicators::{Kpi, Missing};
use crate::oee::rollup::Merged;
use crate::oee::trust::Trust;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The report in a language.
pub fn write(report: &Report, lang: Lang) -> String {
    let writer = Writer {
        report,
        lang,
        zone: TimeZone::get(&report.zone).unwrap_or(TimeZone::UTC),
    };
    let mut out = String::new();
    writer.head(&mut out);
    if report.scopes.is_empty() {
        wrapped("", lang.word("no_data"), &mut out);
    } else {
        writer.overview(&mut out);
    }
    for scope in &report.scopes {
        writer.scope(scope, &mut out);
    }
    if !report.silent.is_empty() {
        out.push('\n');
        wrapped(
            "",
            &format!("{}: {}", lang.word("silent"), report.silent.join(", ")),
            &mut out,
        );
    }
    out
}

/// Pieces of production: those of known time and those of closed gaps together.
struct Produced(Column, Column);

const TOTAL: Produced = Produced(Column::Total, Column::GapTotal);
const GOOD: Produced = Produced(Column::Good, Column::GapGood);
const REJECT: Produced = Produced(Column::Reject, Column::GapReject);

impl Produced {
    fn of(&self, merged: &Merged) -> i64 {
        let get = |column| merged.sums.tally.get(column);
        get(self.0) + get(self.1)
    }
}

struct Writer<'a> {
    report: &'a Report,
    lang: Lang,
    zone: TimeZone,
}

impl Writer<'_> {
    fn label(&self, name: &str, parts: &[String], out: &mut String) {
        labelled(self.lang.word(name), parts, out);
    }

    /// `12 total`: a number and what it is of.
    fn counted(&self, pieces: i64, name: &str) -> String {
        format!("{} {}", self.lang.word(name), self.lang.integer(pieces))
    }

    fn scope(&self, scope: &Scope, out: &mut String) {
        let title = self.title(scope);
        let rule = "─".repeat(COLUMNS.saturating_sub(super::form::width(&title) + 4));
        out.push_str(&format!("\n── {title} {rule}\n"));
        let figures = scope.figures(&self.report.policy);
        self.output(scope, out);
        self.plan(scope, out);
        self.ratios(&figures, out);
        self.notes(scope, &figures, out);
        self.products(scope, out);
        self.orders(scope, out);
        self.cascade(scope, out);
        self.stops(scope, &figures, out);
        self.rejects(scope, out);
        self.repairs(scope, &figures, out);
        self.people(scope, &figures, out);
        self.energy(scope, &figures, out);
        self.counters(&scope.counters, out);
        let corrected = format!(
            "{} {}",
            self.lang.integer(i64::try_from(scope.revised).unwrap_or(i64::MAX)),
            self.lang.word("minutes_corrected")
        );
        self.label("revisions", &[corrected], out);
    }

    fn output(&self, scope: &Scope, out: &mut String) {
        let get = |column| scope.merged.sums.tally.get(column);
        let parts = [
            self.counted(TOTAL.of(&scope.merged), "total"),
            self.counted(GOOD.of(&scope.merged), "good"),
            self.counted(REJECT.of(&scope.merged), "reject"),
            self.counted(get(Column::Startup), "startup"),
            self.counted(get(Column::Rework), "rework"),
            self.counted(get(Column::Reworked), "reworked"),
        ];
        self.label("output", &parts, out);
        if get(Column::GapTotal) != 0 {
            let parts = [
                self.counted(get(Column::GapTotal), "total"),
                self.counted(get(Column::GapGood), "good"),
                self.counted(get(Column::GapReject), "reject"),
            ];
            labelled(&format!("  - {}", self.lang.word("gap")), &parts, out);
        }
    }

    fn plan(&self, scope: &Scope, out: &mut String) {
        let Some((whole, so_far)) = scope.plan else {
            self.label("plan", &[format!("{NOTHING} ({})", self.lang.word("no_plan"))], out);
            return;
        };
        let mut parts = vec![self.lang.decimal(whole, 0)];
        if self.report.stretch.is_on(self.report.now) {
            parts.push(format!("{} {}", self.lang.word("so_far"), self.lang.decimal(so_far, 0)));
        }
        parts.push(format!("{} {}", self.lang.word("attainment"), self.attainment(scope)));
        self.label("plan", &parts, out);
    }

    fn attainment(&self, scope: &Scope) -> String {
        scope
            .attainment()
            .map_or_else(|| NOTHING.to_owned(), |ratio| self.lang.percent(ratio))
    }

    fn ratios(&self, figures: &Figures, out: &mut String) {
        let kpis = [
            (Kpi::Oee, "oee"),
            (Kpi::Availability, "availability"),
            (Kpi::Effectiveness, "performance"),
            (Kpi::Quality, "quality"),
            (Kpi::BridgedOee, "bridged_oee"),
            (Kpi::Nee, "nee"),
            (Kpi::Coverage, "coverage"),
        ];
        let shown = kpis.map(|(kpi, name)| (name, figures.shown(kpi)));
        // Where nothing has a standard that is the cause of all that rests on ideal time.
        let none_has = shown[0].1 == Err(Some(Missing::Standard));
        let parts: Vec<String> = shown
            .iter()
            .filter(|(name, value)| *name != "bridged_oee" || value.is_ok())
            .map(|(name, value)| format!("{} {}", self.lang.word(name), self.ratio(figures, *value)))
            .collect();
        let Some((oee, others)) = parts.split_first() else {
            return;
        };
        labelled(oee, others, out);
        let mut causes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in &shown {
            if let Err(Some(missing)) = value
                && *missing != Missing::Bridge
            {
                let missing = if none_has { Missing::Standard } else { *missing };
                causes.entry(cause(missing)).or_default().push(self.lang.word(name));
            }
        }
        for (cause, names) in causes {
            wrapped("  – ", &format!("{}: {}", names.join(", "), self.lang.word(cause)), out);
        }
        let why = figures.trust;
        if matches!(why, Trust::TooEarly | Trust::LowCoverage) {
            wrapped("  – ", self.lang.word(why.name()), out);
        }
    }

    fn ratio(&self, figures: &Figures, value: Result<f64, Option<Missing>>) -> String {
        value.map_or_else(
            |_| NOTHING.to_owned(),
            |ratio| marked(figures, &self.lang.percent(ratio)),
        )
    }

    /// A KPI that is no ratio, or why it is undefined.
    fn measured(&self, figures: &Figures, kpi: Kpi, write: impl Fn(f64) -> String) -> String {
        match figures.shown(kpi) {
            Ok(value) => marked(figures, &write(value)),
            Err(Some(missing)) => format!("{NOTHING} ({})", self.lang.word(cause(missing))),
            Err(None) => NOTHING.to_owned(),
        }
    }

    fn notes(&self, scope: &Scope, figures: &Figures, out: &mut String) {
        let mut note = |text: &str| wrapped("  ! ", text, out);
        if figures.shown(Kpi::Effectiveness).is_ok_and(|ratio| ratio > 1.0) {
            note(self.lang.word("above_one"));
        }
        let share = figures.shown(Kpi::NoStandardShare).ok();
        if let Some(share) = share.filter(|share| *share > 0.0) {
            let share = marked(figures, &self.lang.percent(share));
            note(&format!("{share} {}", self.lang.word("left_out")));
        }
        if scope.provisional {
            note(self.lang.word("manual_quality"));
        }
        for (name, machines) in [
            ("no_rejects", &scope.unjudged),
            ("excess_rejects", &scope.excess),
            ("not_final", &scope.open),
            ("recomputing", &scope.restating),
        ] {
            if !machines.is_empty() {
                note(&format!("{}: {}", self.lang.word(name), machines.join(", ")));
            }
        }
    }

    fn repairs(&self, scope: &Scope, figures: &Figures, out: &mut String) {
        let get = |column| scope.merged.sums.tally.get(column);
        let hours = |seconds: f64| self.lang.hours((seconds * SECOND_MS as f64).round() as i64);
        let time = |kpi| self.measured(figures, kpi, hours);
        let mtbf = format!("{} {}", self.lang.word("mtbf"), time(Kpi::Mtbf));
        let mttr = format!("{} {}", self.lang.word("mttr"), time(Kpi::Mttr));
        out.push('\n');
        self.label(
            "breakdown",
            &[self.counted(get(Column::Failures), "failures"), mtbf, mttr],
            out,
        );
    }

    fn people(&self, scope: &Scope, figures: &Figures, out: &mut String) {
        let lang = self.lang;
        let get = |column| scope.merged.sums.tally.get(column);
        let upph = self.measured(figures, Kpi::Upph, |pieces| lang.decimal(pieces, 1));
        let hours = format!("{} {}", lang.man_hours(get(Column::ManMs)), lang.word("man_hours"));
        self.label("headcount", &[hours, format!("{} {upph}", lang.word("upph"))], out);
        let share = |part: i64, whole: i64, name: &str| {
            let ratio = if whole > 0 {
                lang.percent(part as f64 / whole as f64)
            } else {
                NOTHING.to_owned()
            };
            format!("{} {ratio}", lang.word(name))
        };
        let rejects = get(Column::Reject) + get(Column::Rework) + get(Column::GapReject);
        let manual = [
            share(get(Column::ManualMs), get(Column::SpanMs), "manual_time"),
            share(get(Column::ManualTotal), get(Column::Total), "pieces"),
            share(get(Column::ManualReject), rejects, "manual_reject"),
        ];
        self.label("manual", &manual, out);
    }

    /// Nothing where no meter is read.
    fn energy(&self, scope: &Scope, figures: &Figures, out: &mut String) {
        let wh = scope.merged.sums.tally.get(Column::Wh);
        if wh == 0 {
            return;
        }
        let of_piece = self.measured(figures, Kpi::EnergyPerGood, |wh| self.lang.decimal(wh, 1));
        let kwh = format!("{} kWh", self.lang.decimal(wh as f64 / 1_000.0, 1));
        let mut parts = vec![kwh, format!("{} {of_piece}", self.lang.word("wh_per_good"))];
        if scope.energy_is_share(&scope.merged, false) {
            parts.push(self.lang.word("energy_share").to_owned());
        }
        self.label("energy", &parts, out);
    }

    fn counters(&self, counters: &Counters, out: &mut String) {
        let count = |number: u32, name: &str| self.counted(i64::from(number), name);
        let held = format!(
            "{} ({})",
            count(counters.held, "held"),
            self.counted(counters.held_pieces, "pieces")
        );
        let parts = [
            held,
            count(counters.decided, "held_decided"),
            count(counters.roll_overs, "roll_over"),
            count(counters.resets, "reset"),
        ];
        self.label("counters", &parts, out);
    }

    /// `Press 01 (press-01)`.
    fn title(&self, scope: &Scope) -> String {
        let kind = match scope.place {
            Place::Plant => "plant",
            Place::Line(_) => "line",
            Place::Machine(_) => "machine",
        };
        let kind = self.lang.word(kind);
        let name = self.name(&scope.names, &scope.id);
        let title = if scope.names.is_empty() || *name == *scope.id {
            format!("{kind}: {}", scope.id)
        } else {
            format!("{kind}: {name} ({})", scope.id)
        };
        fit(&title, COLUMNS - 8)
    }

    /// A name in the language of the report, in no language, in another one, or the id.
    fn name(&self, names: &Names, id: &str) -> String {
        let name = names
            .get(self.lang.code())
            .or_else(|| names.get(""))
            .or_else(|| names.values().next());
        name.map_or_else(|| id.to_owned(), |name| name.to_string())
    }

    /// The name of an item by its id; a dash where there is none.
    fn named(&self, id: &Arc<str>, all: &BTreeMap<Arc<str>, Names>) -> String {
        match all.get(id) {
            _ if id.is_empty() => NOTHING.to_owned(),
            Some(names) => {
                let name = self.name(names, id);
                if *name == **id { name } else { format!("{id} {name}") }
            }
            None => id.to_string(),
        }
    }
}

/// With a sign where less than nine tenths of planned time is known.
fn marked(figures: &Figures, value: &str) -> String {
    let sign = if figures.trust == Trust::Approximate { "~" } else { "" };
    format!("{sign}{value}")
}
