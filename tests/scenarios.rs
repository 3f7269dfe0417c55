//! Days of plants as people tell them, by the plant's own clock, with what they come to by hand: `scenarios/*.toml`.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/scenario/mod.rs"]
mod scenario;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// Plays one file; what differs is the message of the failure.
fn play(name: &str) {
    scenario::play(&folder().join(name).with_extension("toml")).unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn a_stop_on_each_side_of_midnight_belongs_to_the_night_shift_that_began_before_it() {
    play("night_midnight");
}

#[test]
fn the_night_the_clocks_of_berlin_go_forward_has_seven_hours() {
    play("dst_berlin_spring");
}

#[test]
fn the_night_the_clocks_of_berlin_go_back_has_nine_hours() {
    play("dst_berlin_autumn");
}

#[test]
fn on_lord_howe_the_clocks_go_forward_by_half_an_hour() {
    play("dst_lord_howe_spring");
}

#[test]
fn on_lord_howe_the_clocks_go_back_by_half_an_hour() {
    play("dst_lord_howe_autumn");
}

#[test]
fn a_night_in_march_has_eight_hours_in_viet_nam() {
    play("dst_none_march");
}

#[test]
fn a_night_in_october_has_eight_hours_in_viet_nam() {
    play("dst_none_october");
}

#[test]
fn a_break_inside_a_stop_is_a_break_and_the_stop_one_stop() {
    play("break_in_stop");
}

#[test]
fn an_order_that_changes_inside_a_minute_cuts_it() {
    play("order_in_minute");
}

#[test]
fn between_two_orders_a_machine_is_changed_over() {
    play("orders_changeover");
}

#[test]
fn a_blocked_cavity_is_a_loss_of_its_own() {
    play("blocked_cavity");
}

#[test]
fn two_products_weigh_in_quality_by_their_earned_time() {
    play("mixed_products");
}

#[test]
fn the_nee_of_a_published_day_comes_from_its_register_under_both_policies() {
    play("published_nee");
}

#[test]
fn the_six_losses_of_a_published_shift_come_from_its_register() {
    play("published_six");
}

#[test]
fn a_published_shift_with_scrap_and_rework_comes_from_its_register() {
    play("published_rework");
}

#[test]
fn a_published_day_of_two_moulds_comes_from_its_register() {
    play("published_mix");
}

#[test]
fn a_stop_at_the_minor_limit_is_no_minor_stop() {
    play("minor_limit");
}

#[test]
fn moving_the_minor_limit_leaves_oee_as_it_is() {
    play("minor_limit_moved");
}

#[test]
fn a_performance_of_143_percent_is_not_capped() {
    play("performance_143");
}

#[test]
fn a_machine_that_is_off_all_shift_is_unknown() {
    play("off_all_shift");
}

#[test]
fn without_a_source_of_rejects_there_is_no_quality() {
    play("no_reject_source");
}

#[test]
fn a_counter_that_rolls_over_while_the_agent_is_down_loses_nothing() {
    play("roll_over_in_gap");
}

#[test]
fn a_reason_may_come_when_the_machine_runs_again() {
    play("reasons_later");
}

#[test]
fn a_planned_stop_declared_a_day_later_is_told_as_late() {
    play("planned_a_day_later");
}

#[test]
fn nine_days_of_tet_are_told_as_the_calendar_has_them() {
    play("tet");
}

#[test]
fn an_outage_of_the_agent_leaves_80_percent_at_80_percent() {
    play("outage_80");
}

#[test]
fn a_lunch_break_run_through_raises_nothing() {
    play("lunch_run_through");
}

#[test]
fn a_product_corrected_two_hours_later_is_right_from_its_change_on() {
    play("product_corrected");
}

#[test]
fn a_shift_that_begins_ten_minutes_later_from_a_day_on() {
    play("shift_moved");
}

#[test]
fn scrap_found_in_yesterdays_box_is_yesterdays() {
    play("scrap_yesterday");
}

#[test]
fn a_family_mould_gives_several_parts_a_shot() {
    play("family_mould");
}

#[test]
fn an_allowance_is_used_up_within_its_shift() {
    play("allowance");
}

#[test]
fn unknown_time_takes_the_class_a_person_names() {
    play("unknown_named");
}

#[test]
fn a_changeover_lasts_until_the_first_piece_is_approved() {
    play("release_first_off");
}

#[test]
fn a_changeover_lasts_until_five_good_pieces_in_a_row() {
    play("release_in_a_row");
}

#[test]
fn a_counter_alone_releases_a_changeover_that_the_orders_began() {
    play("release_counter_alone");
}

#[test]
fn of_orders_that_overlap_the_one_started_last_is_on() {
    play("bad_overlapping_orders");
}

#[test]
fn time_that_no_shift_covers_is_not_scheduled() {
    play("bad_calendar_gap");
}

#[test]
fn an_ideal_cycle_of_zero_is_none() {
    play("bad_ideal_zero");
}

#[test]
fn counts_that_cannot_be_are_told_as_they_were_read() {
    play("bad_counts");
}

#[test]
fn crews_that_rotate_over_two_shifts_of_twelve_hours_keep_their_own_tallies() {
    play("crews_2x12");
}

#[test]
fn nine_days_of_tet_that_are_holidays_are_not_scheduled() {
    play("tet_holidays");
}

#[test]
fn three_policies_move_time_and_leave_the_earned_time() {
    play("policies");
}

#[test]
fn a_serial_line_has_the_time_of_its_bottleneck_and_the_good_pieces_of_its_last_machine() {
    play("serial_line");
}

#[test]
fn a_stop_over_a_change_of_shift_is_counted_once() {
    play("late_hour");
}

#[test]
fn the_energy_of_a_meter_goes_to_what_it_was_used_for() {
    play("metered");
}

#[test]
fn pieces_of_a_break_that_nobody_saw_raise_nothing() {
    play("break_unseen");
}

#[test]
fn where_planned_stops_are_charged_one_that_nobody_saw_is_unknown() {
    play("planned_unseen");
}

#[test]
fn pieces_that_nobody_saw_made_lie_in_no_declared_stop() {
    play("outage_over_stop");
}

#[test]
fn nor_in_one_that_is_declared_a_day_later() {
    play("outage_over_stop_told_later");
}

#[test]
fn time_that_ran_after_the_shift_is_extra_while_nobody_confirms_it() {
    play("overtime_waiting");
}

#[test]
fn overtime_that_is_confirmed_is_planned_time_of_a_shift() {
    play("overtime_confirmed");
}

#[test]
fn every_file_is_played() {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeSet<String> = files
        .map(|path| path.file_stem().unwrap().to_string_lossy().into())
        .collect();
    let played = include_str!("scenarios.rs").split("play(\"").skip(1);
    let played: BTreeSet<String> = played
        .filter_map(|rest| Some(rest.split_once("\");")?.0.to_owned()))
        .collect();
    assert_eq!(files, played);
}
