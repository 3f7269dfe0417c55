//! The scenarios through the live pipeline: what is on disk at the end says the same, however late its facts came.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;
#[path = "support/scenario/mod.rs"]
mod scenario;
#[path = "support/scenario_live.rs"]
mod scenario_live;

use scenario::{Scenario, expect};
use scenario_live::{Arrival, live};
use std::path::Path;

/// Plays files live; the message says what differs in which.
fn play(names: &[&str], arrival: Arrival) {
    let mut wrong = Vec::new();
    for name in names {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/scenarios/{name}.toml"));
        let mut scenario = Scenario::read(&std::fs::read_to_string(file).unwrap()).unwrap();
        // The rig speaks for one person.
        scenario.expect.retain(|expect| !expect.contains_key("spans"));
        let found = live(&scenario, arrival).and_then(|told| expect::differences(&scenario, &told));
        match found {
            Ok(differs) => wrong.extend(differs.iter().map(|what| format!("{name}: {what}"))),
            Err(why) => wrong.push(format!("{name}: {why}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_people_say_later_is_on_disk_as_if_it_had_been_known() {
    play(
        &[
            "reasons_later",
            "planned_a_day_later",
            "product_corrected",
            "scrap_yesterday",
            "break_in_stop",
        ],
        Arrival::Polled,
    );
}

#[test]
fn orders_and_changeovers_are_on_disk_as_they_were() {
    play(
        &[
            "order_in_minute",
            "orders_changeover",
            "release_first_off",
            "release_in_a_row",
            "release_counter_alone",
            "policies",
        ],
        Arrival::Polled,
    );
}

#[test]
fn an_order_that_overlaps_another_is_refused_with_what_to_do() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/bad_overlapping_orders.toml");
    let scenario = Scenario::read(&std::fs::read_to_string(file).unwrap()).unwrap();
    let why = live(&scenario, Arrival::Polled).unwrap_err();
    assert!(why.contains("pause or finish it first"), "{why}");
}

#[test]
fn outages_of_the_agent_are_on_disk_with_what_the_counters_say_of_them() {
    play(
        &[
            "roll_over_in_gap",
            "outage_80",
            "outage_over_stop",
            "outage_over_stop_told_later",
            "unknown_named",
            "off_all_shift",
            "metered",
        ],
        Arrival::Polled,
    );
}

#[test]
fn messages_up_to_ten_minutes_late_in_any_order_tell_the_same() {
    for seconds in [60, 600] {
        play(&["late_hour"], Arrival::Late(seconds));
    }
}
