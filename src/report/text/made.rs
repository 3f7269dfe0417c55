//! Pure. What was made: products with their cycle times, and orders with their progress.

use super::{GOOD, REJECT, TOTAL, Writer, marked};
use crate::model::tally::Column;
use crate::oee::family::Made;
use crate::oee::indicators::Kpi;
use crate::oee::pace::CycleSource;
use crate::oee::rollup::Merged;
use crate::report::form::NOTHING;
use crate::report::scope::{Place, Scope};
use crate::report::table::{Table, wrapped};

impl Writer<'_> {
    pub(super) fn products(&self, scope: &Scope, out: &mut String) {
        let is_machine = matches!(scope.place, Place::Machine(_));
        let lang = self.lang;
        let mut head = vec!["product", "short_good", "short_total", "short_reject", "short_rework"];
        if is_machine {
            head.extend(["ideal", "mean", "median", "P10", "P90"]);
        }
        let head: Vec<&str> = head.into_iter().map(|name| lang.word(name)).collect();
        let mut table = Table::new(1, &head);
        for (product, merged) in &scope.products {
            let mut cells = vec![self.named(product, &self.report.products)];
            cells.extend([GOOD, TOTAL, REJECT].map(|pieces| lang.integer(pieces.of(merged))));
            cells.push(lang.integer(merged.sums.tally.get(Column::Rework)));
            if is_machine {
                cells.extend(self.cycles(scope, merged));
            }
            table.row(cells);
            for (part, pieces) in &merged.made.parts {
                let mut cells = vec![format!("  {part}"), String::new(), lang.integer(*pieces)];
                cells.resize(head.len(), String::new());
                table.row(cells);
            }
        }
        out.push('\n');
        table.write(out);
        self.of_parts(scope, out);
        if is_machine {
            self.suggested(scope, out);
            let resolution = scope
                .products
                .iter()
                .filter_map(|(_, merged)| scope.timed(&self.report.policy, merged).basis.resolution());
            let coarsest = resolution.fold(None, |most: Option<f64>, one| {
                Some(most.map_or(one, |most| most.max(one)))
            });
            let shown = coarsest.map_or_else(|| NOTHING.to_owned(), |ratio| lang.percent(ratio));
            let of_register = scope.timed(&self.report.policy, &scope.merged).basis.cycle_source();
            let shown = match of_register {
                Some(CycleSource::Register) => lang.word("of_register").to_owned(),
                Some(CycleSource::Pieces | CycleSource::Mixed) | None => format!("{} {shown}", lang.word("resolution")),
            };
            wrapped(
                "  ",
                &format!(
                    "{}: {}, {}, {}, P10, P90; {shown}",
                    lang.word("cycle_time"),
                    lang.word("ideal"),
                    lang.word("mean"),
                    lang.word("median"),
                ),
                out,
            );
        }
    }

    /// How the pieces of parts are told, and which are not.
    fn of_parts(&self, scope: &Scope, out: &mut String) {
        let mut made = Made::default();
        scope.products.iter().for_each(|(_, merged)| made.merge(&merged.made));
        if !made.parts.is_empty() {
            wrapped("  ", self.lang.word("of_parts"), out);
        }
        if made.untold > 0 {
            let untold = self.lang.integer(made.untold);
            wrapped("  ", &format!("{}: {untold}", self.lang.word("parts_untold")), out);
        }
    }

    /// Ideal cycles to begin with, of products without any.
    fn suggested(&self, scope: &Scope, out: &mut String) {
        for (product, merged) in &scope.products {
            if let Some(seconds) = scope.suggested_ideal_s(&self.report.policy, merged) {
                let named = self.named(product, &self.report.products);
                let cycle = self.lang.decimal(seconds, 1);
                wrapped(
                    "  ",
                    &format!("{named}: {} {cycle} s", self.lang.word("suggested_ideal")),
                    out,
                );
            }
        }
    }

    /// Ideal, mean, median, P10 and P90 in seconds.
    fn cycles(&self, scope: &Scope, merged: &Merged) -> [String; 5] {
        let figures = scope.timed(&self.report.policy, merged);
        let ideal = figures.basis.ideal_ns();
        let get = |kpi| match figures.shown(kpi) {
            Ok(seconds) => marked(&figures, &self.lang.decimal(seconds, 1)),
            Err(_) => NOTHING.to_owned(),
        };
        [
            ideal.map_or_else(|| NOTHING.to_owned(), |ns| self.lang.decimal(ns / 1e9, 1)),
            get(Kpi::CycleMean),
            get(Kpi::CycleMedian),
            get(Kpi::CycleP10),
            get(Kpi::CycleP90),
        ]
    }

    pub(super) fn orders(&self, scope: &Scope, out: &mut String) {
        let lang = self.lang;
        let head =
            ["order", "product", "in_this_time", "delivered", "quantity", "progress"].map(|name| lang.word(name));
        let mut table = Table::new(2, &head);
        for order in &scope.orders {
            let quantity = order.quantity.filter(|quantity| *quantity > 0);
            table.row(vec![
                order.id.to_string(),
                self.named(&order.product, &self.report.products),
                lang.integer(order.good),
                lang.integer(order.delivered),
                quantity.map_or_else(|| NOTHING.to_owned(), |quantity| lang.integer(quantity)),
                quantity.map_or_else(
                    || NOTHING.to_owned(),
                    |quantity| lang.percent(order.delivered as f64 / quantity as f64),
                ),
            ]);
        }
        if !table.is_empty() {
            out.push('\n');
            table.write(out);
        }
    }
}
