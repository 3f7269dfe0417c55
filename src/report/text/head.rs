//! Pure. The head of a report, what its numbers rest on, and the overview of all it tells of.

use super::{GOOD, Writer};
use crate::oee::indicators::Kpi;
use crate::report::form::{NOTHING, fit, width};
use crate::report::scope::Place;
use crate::report::stretch::Kind;
use crate::report::table::{COLUMNS, Table, wrapped};

/// Columns an indented name begins further in, by the place.
const STEP: &str = "  ";

impl Writer<'_> {
    pub(super) fn head(&self, out: &mut String) {
        let (report, lang) = (self.report, self.lang);
        let stretch = &report.stretch;
        let kind = match stretch.kind {
            Kind::Shift => "shift_report",
            Kind::Day => "day_report",
            Kind::Week => "week_report",
        };
        let shift = stretch.shift().filter(|slot| slot.shift != slot.shift_name);
        let shift = shift.map_or_else(String::new, |slot| format!(" ({})", slot.shift_name));
        let title = fit(&format!("{} {}{shift}", lang.word(kind), stretch.name()), COLUMNS - 30);
        let site = fit(
            &format!("{} / {}", report.site.org, report.site.site),
            COLUMNS - 2 - width(&title),
        );
        let gap = COLUMNS.saturating_sub(width(&title) + width(&site));
        out.push_str(&format!("{title}{}{site}\n", " ".repeat(gap)));
        let (start, end) = (stretch.period.start, stretch.period.end);
        let dates = match stretch.kind {
            Kind::Shift | Kind::Day => lang.date(stretch.first),
            Kind::Week => format!("{} – {}", lang.date(stretch.first), lang.date(stretch.last)),
        };
        wrapped(
            "",
            &format!(
                "{} – {}, {}; {} {dates}",
                lang.instant(start, &self.zone),
                lang.instant(end, &self.zone),
                report.zone,
                lang.word("production_date"),
            ),
            out,
        );
        wrapped(
            "",
            &format!(
                "{}: {}; gemba {}, {} {}; {} {}",
                lang.word("loss_policy"),
                report.policy.id,
                env!("CARGO_PKG_VERSION"),
                lang.word("engine"),
                self.engines(),
                lang.word("data_until"),
                lang.instant(report.now, &self.zone),
            ),
            out,
        );
        if stretch.is_on(report.now) {
            wrapped(
                "! ",
                &format!(
                    "{}: {} {}",
                    lang.word("provisional"),
                    lang.word("so_far"),
                    lang.instant(report.now, &self.zone)
                ),
                out,
            );
        }
        if let Some(until) = report.pruned_until {
            wrapped(
                "! ",
                &format!("{} {}", lang.word("pruned"), lang.instant(until, &self.zone)),
                out,
            );
        }
        out.push('\n');
    }

    /// The engines that worked out what the report tells of.
    fn engines(&self) -> String {
        let name = |engine: &u32| match engine {
            0 => self.lang.word("unknown_engine").to_owned(),
            engine => engine.to_string(),
        };
        let engines: Vec<String> = self.report.engines.iter().map(name).collect();
        if engines.is_empty() {
            return NOTHING.to_owned();
        }
        engines.join(", ")
    }

    /// One row for each place: OEE and what it is made of, coverage, pieces against the plan.
    pub(super) fn overview(&self, out: &mut String) {
        let lang = self.lang;
        let shorts = [
            "oee",
            "availability",
            "performance",
            "quality",
            "coverage",
            "good",
            "attainment",
        ];
        let shorts = shorts.map(|name| format!("short_{name}"));
        let mut head = vec![""];
        head.extend(shorts.iter().map(|name| lang.word(name)));
        let mut table = Table::new(1, &head);
        for scope in &self.report.scopes {
            let figures = scope.figures(&self.report.policy);
            let name = match scope.place {
                Place::Plant => lang.word("plant").to_owned(),
                Place::Line(_) => format!("{STEP}{}", scope.id),
                Place::Machine(_) => format!("{STEP}{STEP}{}", self.name(&scope.names, &scope.id)),
            };
            let kpis = [
                Kpi::Oee,
                Kpi::Availability,
                Kpi::Effectiveness,
                Kpi::Quality,
                Kpi::Coverage,
            ];
            let mut cells = vec![name];
            cells.extend(kpis.map(|kpi| self.ratio(&figures, figures.shown(kpi))));
            cells.push(lang.integer(GOOD.of(&scope.merged)));
            cells.push(
                scope
                    .plan
                    .map_or_else(|| NOTHING.to_owned(), |_| self.attainment(scope)),
            );
            table.row(cells);
        }
        table.write(out);
    }
}
