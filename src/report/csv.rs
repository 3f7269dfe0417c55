//! Pure. A report as CSV (RFC 4180): a row for each place, product and order, with all sums as whole numbers; its heads are the
//! same in every language.

use super::gather::Report;
use super::scope::{Part, Place, Scope};
use super::stretch::Kind;
use crate::model::tally::Column;
use crate::model::time::Timestamp;
use crate::oee::indicators::Kpi;
use crate::oee::pace::CycleSource;
use crate::oee::rollup::Merged;

/// Heads before the sums.
const ABOUT: [&str; 25] = [
    "report",
    "period",
    "start",
    "end",
    "data_until",
    "is_over",
    "timezone",
    "org",
    "site",
    "scope",
    "id",
    "part",
    "product",
    "order",
    "quantity",
    "delivered",
    "plan_good",
    "plan_good_so_far",
    "attainment",
    "policy",
    "shift",
    "crew",
    "mould",
    "engine",
    "agent_version",
];
/// Heads behind the ratios.
const TRUST: [&str; 6] = [
    "shown",
    "corrected_minutes",
    "energy_is_share",
    "above_one",
    "resolution",
    "provisional",
];

/// Heads of the parts of family moulds.
const FAMILY: [&str; 3] = ["family_part", "family_made", "family_untold"];
/// Heads behind all others.
const LAST: [&str; 2] = ["cycle_source", "suggested_ideal_s"];

/// The report: its first line has the heads. `part` is `total` for all of a place and `product_order` for one product and
/// order of it, so that one kind of row is added up and not both. A ratio that is undefined or not to be shown is empty, and
/// `shown` says why; `energy_is_share` is 1 where the energy is a share of a meter that measures other machines too, `above_one`
/// is 1 where performance is above 1, `resolution` is the time between two polls over the ideal cycle, and
/// `provisional` is 1 where people enter rejects and a shift is not closed.
/// `cycle_source` says where the lengths of cycles come from, and `suggested_ideal_s` is an ideal cycle to begin with where nobody
/// said one.
///
/// Behind a product of a family mould there is a row `family_part` for each part of it: no sums, but its id and how many pieces
/// of it were made in known time, good or not. What cannot be told by part is `family_untold` of the product.
pub fn write(report: &Report) -> String {
    let mut out = String::new();
    let heads = ABOUT.into_iter().chain(Column::ALL.map(|(_, name)| name));
    let heads = heads
        .chain(Kpi::ALL.map(|(_, name)| name))
        .chain(TRUST)
        .chain(FAMILY)
        .chain(LAST);
    line(&heads.map(str::to_owned).collect::<Vec<_>>(), &mut out);
    for scope in &report.scopes {
        line(&row(report, scope, None), &mut out);
        for part in &scope.parts {
            line(&row(report, scope, Some(part)), &mut out);
            for (id, made) in &part.merged.made.parts {
                line(
                    &family(about(report, scope, Some(part), &part.merged), id, *made),
                    &mut out,
                );
            }
        }
    }
    out
}

fn row(report: &Report, scope: &Scope, part: Option<&Part>) -> Vec<String> {
    let merged = part.map_or(&scope.merged, |part| &part.merged);
    let mut cells = about(report, scope, part, merged);
    cells.extend(merged.sums.tally.sums().iter().map(i64::to_string));
    let is_of_days = part.is_none() && report.stretch.kind != Kind::Shift;
    let mut figures = scope.timed(&report.policy, merged);
    if is_of_days {
        figures.basis = figures.basis.of_days(scope.calendar_ms);
    }
    cells.extend(Kpi::ALL.map(|(kpi, _)| number(figures.shown(kpi).ok())));
    cells.push(figures.trust.name().to_owned());
    cells.push(if part.is_none() {
        scope.revised.to_string()
    } else {
        String::new()
    });
    cells.push(u8::from(scope.energy_is_share(merged, part.is_some())).to_string());
    cells.push(u8::from(figures.basis.is_above_one()).to_string());
    cells.push(number(figures.basis.resolution()));
    cells.push(u8::from(scope.provisional).to_string());
    let made = part.map(|part| &part.merged.made).filter(|made| !made.is_empty());
    cells.extend([String::new(), String::new()]);
    cells.push(made.map_or_else(String::new, |made| made.untold.to_string()));
    cells.push(figures.basis.cycle_source().map_or("", CycleSource::name).to_owned());
    cells.push(number(scope.suggested_ideal_s(&report.policy, merged)));
    cells
}

/// The row of a part of a family mould.
fn family(mut cells: Vec<String>, id: &str, made: i64) -> Vec<String> {
    let place = ABOUT.iter().position(|head| *head == "part");
    if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
        *cell = FAMILY[0].to_owned();
    }
    let sums = Column::ALL.len() + Kpi::ALL.len() + TRUST.len();
    cells.resize(cells.len() + sums, String::new());
    cells.extend([id.to_owned(), made.to_string(), String::new()]);
    cells.resize(cells.len() + LAST.len(), String::new());
    cells
}

fn about(report: &Report, scope: &Scope, part: Option<&Part>, merged: &Merged) -> Vec<String> {
    let stretch = &report.stretch;
    let (product, order) = part.map_or(("", ""), |part| (&part.product, &part.order));
    let told = scope.orders.iter().find(|one| !order.is_empty() && *one.id == *order);
    let plan = scope.plan.filter(|_| part.is_none());
    let text = |text: &str| text.to_owned();
    vec![
        text(stretch.kind.name()),
        stretch.name(),
        instant(stretch.period.start),
        instant(stretch.period.end),
        instant(report.now),
        text(if stretch.is_on(report.now) { "false" } else { "true" }),
        text(&report.zone),
        text(&report.site.org),
        text(&report.site.site),
        text(match scope.place {
            Place::Plant => "plant",
            Place::Line(_) => "line",
            Place::Machine(_) => "machine",
        }),
        text(&scope.id),
        text(if part.is_none() { "total" } else { "product_order" }),
        text(product),
        text(order),
        told.and_then(|order| order.quantity)
            .map_or_else(String::new, |quantity| quantity.to_string()),
        told.map_or_else(String::new, |order| order.delivered.to_string()),
        number(plan.map(|(whole, _)| whole)),
        number(plan.map(|(_, so_far)| so_far)),
        number(scope.attainment().filter(|_| part.is_none())),
        text(&report.policy.id),
        text(merged.word("shift")),
        text(merged.word("crew")),
        text(merged.word("mould")),
        merged.engine(),
        text(env!("CARGO_PKG_VERSION")),
    ]
}

fn number(number: Option<f64>) -> String {
    number.map_or_else(String::new, |number| format!("{number:.6}"))
}

fn instant(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |at| at.to_string())
}

fn line(cells: &[String], out: &mut String) {
    let quoted = cells.iter().map(|cell| quoted(cell));
    out.push_str(&quoted.collect::<Vec<_>>().join(","));
    out.push_str("\r\n");
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
