//! Eighteen broken configurations: every finding of each, in one go, with file, line, column, key and what to write instead.
#![allow(clippy::unwrap_used, clippy::expect_used)] // clippy's own exception ends at helper functions

use gemba::config::{Findings, load};
use std::path::PathBuf;

fn findings(name: &str) -> Findings {
    let file = PathBuf::from(format!("tests/config_broken/{name}.toml"));
    load(&[file], std::iter::empty()).expect_err("a broken configuration is refused")
}

macro_rules! broken {
    ($($test:ident: $name:literal,)*) => {$(
        #[test]
        fn $test() {
            insta::assert_snapshot!($name, findings($name));
        }
    )*};
}

broken! {
    broken_syntax_is_placed_and_hides_nothing_else: "01-syntax",
    the_type_errors_of_every_table_are_found: "02-types",
    every_unknown_key_is_found_with_the_one_that_was_meant: "03-unknown-keys",
    what_is_not_built_is_refused_by_name: "04-not-built",
    names_that_lead_nowhere_are_found: "05-references",
    points_that_no_register_can_be_are_found: "06-registers",
    shifts_that_cannot_be_worked_are_found: "07-shifts",
    secrets_in_clear_are_refused: "08-secrets",
    signals_that_do_not_fit_together_are_found: "09-signals",
    values_outside_their_bounds_are_found: "10-limits",
    dates_crews_and_planned_stops_that_do_not_fit_are_found: "11-calendar",
    a_policy_that_breaks_oee_is_refused: "11-policies",
    a_policy_nobody_knows_is_refused: "12-policy-name",
    a_policy_that_comes_with_the_agent_cannot_be_changed: "13-shipped-policy",
    lines_whose_machines_are_not_on_them_are_found: "14-lines",
    things_that_a_machine_cannot_be_are_found: "15-assets",
    states_that_nothing_can_tell_are_found: "11-states",
    meters_that_nothing_can_be_read_from_are_found: "16-meters",
    targets_that_nobody_can_want_are_found: "17-targets",
}

#[test]
fn a_finding_never_repeats_a_secret() {
    let findings = findings("08-secrets");
    let printed = format!("{findings}{findings:?}");
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(!printed.contains("22222"), "{printed}");
}

#[test]
fn findings_stand_in_the_order_of_the_file() {
    for name in ["02-types", "09-signals", "10-limits"] {
        let places: Vec<_> = findings(name).iter().map(|finding| finding.place.clone()).collect();
        assert!(places.is_sorted(), "{name}");
        assert!(places.len() > 10, "{name} has many findings");
    }
}
