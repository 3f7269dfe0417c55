//! The table that leads from a state, a reason, the calendar and the orders to one class, row by row through the fold.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/scenario/mod.rs"]
mod scenario;

use gemba::model::ids::MachineId;
use gemba::model::time::{MINUTE_MS, Timestamp};
use scenario::Scenario;

/// What the calendar and the orders say of the time from 08:00 to 10:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    /// Work, and no orders are used.
    Work,
    /// A break.
    Break,
    /// In no shift.
    OffShift,
    /// A planned stop, declared before.
    Declared,
    /// Orders are used, and one is on.
    Ordered,
    /// Orders are used; none is on, and none waits.
    NoOrder,
    /// Orders are used; none is on, and a released one waits.
    OrderWaits,
}

use Around::*;

/// Minutes below every minor limit, and above it.
const SHORT: i64 = 1;
const LONG: i64 = 10;

/// The classes that ten minutes of a state, or one, come to at 08:30; `link` is a machine that cannot be read.
fn classes(state: &str, minutes: i64, reason: &str, around: Around) -> String {
    let break_at = if around == Break {
        "breaks = [\"08:00-10:00\"]"
    } else {
        ""
    };
    let from = if around == OffShift { "12:00" } else { "06:00" };
    let orders = matches!(around, Ordered | NoOrder | OrderWaits);
    let waiting = if around == OrderWaits {
        "[order.O2]\nproduct = \"\""
    } else {
        ""
    };
    let mut lines = String::new();
    lines += if orders {
        "2026-11-20 07:50 order O1 start\n"
    } else {
        ""
    };
    lines += "2026-11-20 07:50 running\n";
    lines += if around == Declared {
        "07:55 planned 08:00~10:00 service\n"
    } else {
        ""
    };
    lines += if matches!(around, NoOrder | OrderWaits) {
        "08:00 order O1 finish\n"
    } else {
        ""
    };
    let (begins, ends) = match state {
        "link" => ("link down", "link up".to_owned()),
        state => (state, "running".to_owned()),
    };
    lines += &format!("08:30 {begins}\n08:{} {ends}\n", 30 + minutes);
    if let Some(id) = reason.split(' ').next().filter(|id| !id.is_empty()) {
        lines += &format!("08:50 reason {id} for 08:30 {}\n", &reason[id.len()..]);
    }
    lines += "09:00 end\n";
    let text = format!(
        "about = \"\"
         [plant]\nzone = \"UTC\"\nbegin = \"2026-11-20 07:50\"
         [shift.day]\nfrom = \"{from}\"\nto = \"14:00\"\n{break_at}
         [machine.press]\nideal_s = 10\norders = {orders}
         [order.O1]\nproduct = \"\"\n{waiting}
         [reason.jam]\nclass = \"breakdown\"
         [reason.material]\nclass = \"waiting\"
         [reason.change]\nclass = \"setup\"
         [reason.service]\nclass = \"planned_stop\"
         [happened]\nlines = \"\"\"\n{lines}\"\"\"
         [[expect]]"
    );
    let told = Scenario::read(&text).unwrap().told().unwrap();
    let spans = &told.spans[&MachineId(0)];
    // 2026-11-20T08:30:00Z.
    let begin = Timestamp(1_795_132_800_000 + 510 * MINUTE_MS);
    let end = begin.plus(minutes * MINUTE_MS);
    let within = spans
        .iter()
        .filter(|span| span.period.start < end && begin < span.period.end);
    let mut names: Vec<&str> = within.map(|span| span.class.name()).collect();
    names.dedup();
    names.join(" ")
}

/// Holds rows of (state, minutes, reason, around) against their class; what differs is told of all of them.
fn hold(rows: &[(&str, i64, &str, Around, &str)]) {
    let mut wrong = Vec::new();
    for (state, minutes, reason, around, class) in rows {
        let got = classes(state, *minutes, reason, *around);
        if got != *class {
            wrong.push(format!(
                "{state} for {minutes} min, reason `{reason}`, {around:?}: expected {class}, got {got}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn running_is_running_whatever_the_calendar_and_the_orders_say() {
    let around = [Work, Break, OffShift, Declared, Ordered, NoOrder, OrderWaits];
    hold(&around.map(|around| ("running", LONG, "", around, "running")));
}

#[test]
fn a_short_stop_is_minor_and_a_long_one_unexplained_until_a_person_says_why() {
    hold(&[
        ("stopped", SHORT, "", Work, "minor_stop"),
        ("idle", SHORT, "", Work, "minor_stop"),
        ("fault", SHORT, "", Work, "minor_stop"),
        ("stopped", LONG, "", Work, "unexplained"),
        ("idle", LONG, "", Work, "unexplained"),
        ("stopped", SHORT, "", Ordered, "minor_stop"),
        ("stopped", LONG, "", Ordered, "unexplained"),
        ("stopped", SHORT, "jam", Work, "breakdown"),
        ("stopped", SHORT, "material", Work, "waiting"),
        ("stopped", SHORT, "change", Work, "setup"),
    ]);
}

#[test]
fn a_failure_is_one_by_its_signal_its_reason_or_as_maintenance_outside_a_planned_stop() {
    hold(&[
        ("fault", LONG, "", Work, "breakdown"),
        ("fault:mould", LONG, "", Work, "breakdown"),
        ("fault", LONG, "jam", Work, "breakdown"),
        ("stopped", LONG, "jam", Work, "breakdown"),
        ("idle", LONG, "jam", Work, "breakdown"),
        ("maintenance", SHORT, "", Work, "breakdown"),
        ("maintenance", LONG, "", Work, "breakdown"),
        ("maintenance", LONG, "", Declared, "planned_stop"),
        ("maintenance", LONG, "", Break, "break"),
    ]);
}

#[test]
fn waiting_and_setup_are_neither_minor_nor_unexplained() {
    hold(&[
        ("waiting", SHORT, "", Work, "waiting"),
        ("waiting:material", LONG, "", Work, "waiting"),
        ("stopped", LONG, "material", Work, "waiting"),
        ("waiting", LONG, "jam", Work, "breakdown"),
        ("setup", SHORT, "", Work, "setup"),
        ("setup", LONG, "", Work, "setup"),
        ("stopped", LONG, "change", Work, "setup"),
        ("setup", LONG, "", Ordered, "setup"),
    ]);
}

#[test]
fn what_the_calendar_excludes_claims_all_time_in_which_nothing_is_made() {
    let states = ["stopped", "idle", "fault", "waiting", "setup", "maintenance", "link"];
    let around = [
        (Break, "break"),
        (OffShift, "not_scheduled"),
        (Declared, "planned_stop"),
    ];
    for (around, class) in around {
        for minutes in [SHORT, LONG] {
            hold(&states.map(|state| (state, minutes, "", around, class)));
        }
        // A reason changes nothing of time that is excluded already.
        hold(&states.map(|state| (state, LONG, "jam", around, class)));
    }
}

#[test]
fn without_an_order_a_machine_has_leave_to_stand_and_with_one_waiting_it_is_changed_over() {
    hold(&[
        ("stopped", SHORT, "", NoOrder, "no_order"),
        ("stopped", LONG, "", NoOrder, "no_order"),
        ("idle", LONG, "", NoOrder, "no_order"),
        ("fault", LONG, "", NoOrder, "no_order"),
        ("waiting", LONG, "", NoOrder, "no_order"),
        ("link", LONG, "", NoOrder, "unknown"),
        ("stopped", SHORT, "", OrderWaits, "setup"),
        ("stopped", LONG, "", OrderWaits, "setup"),
        ("idle", LONG, "", OrderWaits, "setup"),
        ("fault", LONG, "", OrderWaits, "breakdown"),
        ("waiting:material", LONG, "", OrderWaits, "waiting"),
        ("stopped", LONG, "jam", OrderWaits, "breakdown"),
        ("link", LONG, "", OrderWaits, "unknown"),
    ]);
}

#[test]
fn a_reason_that_takes_time_out_of_oee_needs_a_leader() {
    hold(&[
        ("stopped", LONG, "service", Work, "unexplained"),
        ("fault", LONG, "service", Work, "unexplained"),
        ("stopped", LONG, "service leads", Work, "planned_stop"),
        ("fault", LONG, "service leads", Work, "planned_stop"),
    ]);
}

#[test]
fn unknown_time_is_unknown_however_short_until_a_person_names_it() {
    hold(&[
        ("link", SHORT, "", Work, "unknown"),
        ("link", LONG, "", Work, "unknown"),
        ("link", LONG, "", Ordered, "unknown"),
        ("link", LONG, "jam", Work, "breakdown"),
        ("link", LONG, "material", Work, "waiting"),
        ("link", LONG, "service leads", Work, "planned_stop"),
    ]);
}
