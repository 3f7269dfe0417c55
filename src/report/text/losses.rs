//! Pure. The losses of a place: the cascade down to fully productive time, stops by reason, rejects by reason.

use super::Writer;
use crate::model::policy::Charge;
use crate::model::state::Class;
use crate::model::tally::Column;
use crate::oee::cascade::{Cascade, Lost};
use crate::oee::policy::charge;
use crate::report::figures::Figures;
use crate::report::form::NOTHING;
use crate::report::scope::Scope;
use crate::report::table::{Table, labelled};
use std::sync::Arc;

/// Stops by reason that are told one by one; the others are one row together.
const MOST_STOPS: usize = 10;

impl Writer<'_> {
    pub(super) fn cascade(&self, scope: &Scope, out: &mut String) {
        let lang = self.lang;
        let cascade = Cascade::of(&self.report.policy, &scope.merged.sums, scope.calendar_ms);
        let head = ["six_losses", "time", "share", "pieces"].map(|name| lang.word(name));
        let mut table = Table::new(1, &head);
        let share = |ms: i64| self.share(ms, scope.calendar_ms);
        for (level, ms) in cascade.levels {
            table.row(vec![
                lang.word(level.name()).to_owned(),
                lang.hours(ms),
                share(ms),
                String::new(),
            ]);
            for lost in cascade.losses.iter().filter(|lost| lost.from == level) {
                let Lost { loss, ms, pieces, .. } = *lost;
                let pieces = pieces.map_or_else(|| NOTHING.to_owned(), |pieces| lang.integer(pieces));
                let name = format!("  - {}", lang.word(loss.name()));
                table.row(vec![name, lang.hours(ms), share(ms), pieces]);
            }
        }
        out.push('\n');
        table.write(out);
    }

    pub(super) fn stops(&self, scope: &Scope, figures: &Figures, out: &mut String) {
        let lang = self.lang;
        let sums = &scope.merged.sums;
        let planned_ms = figures.basis.times().pbt + sums.tally.get(Column::UnknownMs);
        let is_lost = |class: Class, reason: &str| {
            class != Class::Running && charge(&self.report.policy, class, reason) != Charge::Excluded
        };
        let stops = sums.detail.stops().filter(|(class, reason, _)| is_lost(*class, reason));
        let mut stops: Vec<(Class, &Arc<str>, i64, i64)> = stops
            .map(|(class, reason, stood)| (class, reason, stood.ms, stood.stops))
            .collect();
        stops.sort_by_key(|(class, _, ms, _)| (-ms, *class));
        let head = ["top_stops", "class", "time", "count", "short_planned"].map(|name| lang.word(name));
        let mut table = Table::new(2, &head);
        let mut row = |reason: String, class: &str, ms, count| {
            table.row(vec![
                reason,
                class.to_owned(),
                lang.hours(ms),
                lang.integer(count),
                self.share(ms, planned_ms),
            ]);
        };
        for (class, reason, ms, count) in stops.iter().take(MOST_STOPS) {
            row(self.reason(reason), lang.word(class.name()), *ms, *count);
        }
        let others = stops.iter().skip(MOST_STOPS);
        if stops.len() > MOST_STOPS {
            let (ms, count) = others.fold((0, 0), |sum, (_, _, ms, count)| (sum.0 + ms, sum.1 + count));
            row(lang.word("others").to_owned(), "", ms, count);
        }
        out.push('\n');
        if table.is_empty() {
            labelled(lang.word("top_stops"), &[lang.word("none").to_owned()], out);
        } else {
            table.write(out);
        }
        let of_planned = |class: Class| {
            let ms = sums.tally.get(Column::of(class));
            let share = self.share(ms, planned_ms);
            format!("{} {} ({share})", lang.word(class.name()), lang.hours(ms))
        };
        labelled(
            lang.word("of_planned"),
            &[of_planned(Class::Unexplained), of_planned(Class::Unknown)],
            out,
        );
        self.longest(scope, out);
        self.beside(scope, out);
    }

    fn longest(&self, scope: &Scope, out: &mut String) {
        if scope.longest.is_empty() {
            return;
        }
        let lang = self.lang;
        let head = ["longest_stops", "class", "machine", "from", "time"].map(|name| lang.word(name));
        let mut table = Table::new(3, &head);
        for stop in &scope.longest {
            let reason = if stop.reason.is_empty() {
                stop.state.to_string()
            } else {
                self.reason(&stop.reason)
            };
            table.row(vec![
                reason,
                lang.word(stop.class.name()).to_owned(),
                stop.machine.to_string(),
                lang.instant(stop.since, &self.zone),
                lang.hours(stop.ms),
            ]);
        }
        out.push('\n');
        table.write(out);
    }

    /// Time that stands beside the cascade: running outside the schedule by cause, and planned stops declared late.
    fn beside(&self, scope: &Scope, out: &mut String) {
        let lang = self.lang;
        let get = |column| scope.merged.sums.tally.get(column);
        let causes = [
            ("extra_break", get(Column::ExtraBreakMs)),
            ("extra_off_shift", get(Column::ExtraOffShiftMs)),
            ("extra_no_order", get(Column::ExtraNoOrderMs)),
        ];
        let known: i64 = causes.iter().map(|(_, ms)| ms).sum();
        let planned_stop = ("extra_planned_stop", get(Column::ExtraMs) - known);
        let mut extra = vec![lang.hours(get(Column::ExtraMs))];
        let causes = causes.into_iter().chain([planned_stop]).filter(|(_, ms)| *ms != 0);
        extra.extend(causes.map(|(name, ms)| format!("{} {}", lang.word(name), lang.hours(ms))));
        out.push('\n');
        labelled(lang.word("extra"), &extra, out);
        labelled(lang.word("recoded"), &[lang.hours(get(Column::RecodedMs))], out);
    }

    pub(super) fn rejects(&self, scope: &Scope, out: &mut String) {
        let detail = &scope.merged.sums.detail;
        let scrapped: Vec<_> = detail.scrapped().collect();
        let sent: Vec<_> = detail.sent_to_rework().collect();
        for (name, mut by_reason) in [("scrap_by_reason", scrapped), ("rework_by_reason", sent)] {
            by_reason.sort_by_key(|(reason, pieces)| (-pieces, Arc::clone(reason)));
            let parts = by_reason
                .iter()
                .map(|(reason, pieces)| format!("{} {}", self.reason(reason), self.lang.integer(*pieces)));
            let parts: Vec<String> = parts.collect();
            if !parts.is_empty() {
                labelled(self.lang.word(name), &parts, out);
            }
        }
    }

    fn reason(&self, id: &Arc<str>) -> String {
        if id.is_empty() {
            return self.lang.word("no_reason").to_owned();
        }
        self.named(id, &self.report.reasons)
    }

    fn share(&self, ms: i64, whole: i64) -> String {
        if whole > 0 {
            self.lang.percent(ms as f64 / whole as f64)
        } else {
            NOTHING.to_owned()
        }
    }
}
