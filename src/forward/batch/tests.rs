//! Pure. How few requests it takes to part the bad rows of a batch from the good ones.

use super::*;
use std::collections::BTreeSet;

const CUT: Cut = Cut {
    rows: 500,
    bytes: 512 * 1024,
};

fn row(seq: u64) -> Booked {
    Booked {
        seq,
        machine: Some(MachineId(1)),
        at: Timestamp(i64::try_from(seq).unwrap() * 60_000),
        line: format!("gemba_tally,machine=m,rev=0 total={seq}i {seq}"),
    }
}

fn rows(range: std::ops::RangeInclusive<u64>) -> Vec<Booked> {
    range.map(row).collect()
}

/// How a batch ended against a sink that refuses every request with a row of `bad` in it.
struct Outcome {
    end: Step,
    landed: BTreeSet<String>,
    requests: usize,
}

fn deliver(batch: &mut Batch, cut: Cut, witness: Option<&str>, bad: &dyn Fn(&str) -> bool) -> Outcome {
    deliver_as(batch, cut, witness, &|_, line| bad(line))
}

/// The same, where what is bad depends on the number of the request, from 0.
fn deliver_as(batch: &mut Batch, cut: Cut, witness: Option<&str>, bad: &dyn Fn(usize, &str) -> bool) -> Outcome {
    let mut landed = BTreeSet::new();
    let mut witness = witness.map(str::to_owned);
    for requests in 0.. {
        let witness_line = witness.clone();
        let end = batch.step(cut, witness_line.as_deref());
        if end != Step::Send {
            return Outcome { end, landed, requests };
        }
        assert!(requests < 5_000, "it must come to an end");
        let body = batch.body();
        assert_eq!(body.lines().count(), batch.points());
        assert_eq!(batch.step(cut, witness_line.as_deref()), Step::Send);
        assert_eq!(batch.body(), body, "the same bytes until there is an answer");
        if body.lines().any(|line| bad(requests, line)) {
            batch.refused("no such thing");
        } else {
            landed.extend(body.lines().map(str::to_owned));
            witness = batch.accepted();
        }
    }
    unreachable!()
}

fn quarantined(end: &Step) -> Vec<u64> {
    match end {
        Step::Finished(verdicts) => verdicts.iter().map(|verdict| verdict.booking).collect(),
        Step::Send | Step::AllRefused(_) => panic!("{end:?}"),
    }
}

#[test]
fn one_bad_row_among_500_costs_at_most_17_more_requests_wherever_it_is() {
    // 2 x log2(500) = 17.9
    for bad in 1..=500 {
        let mut batch = Batch::new(rows(1..=500), 0);
        let line = row(bad).line;
        let outcome = deliver(&mut batch, CUT, None, &|sent| sent == line);
        assert_eq!(quarantined(&outcome.end), [bad]);
        assert_eq!(outcome.landed.len(), 499);
        assert!(
            outcome.requests <= 1 + 17,
            "{} requests for row {bad}",
            outcome.requests
        );
    }
}

#[test]
fn a_sink_that_stops_or_begins_to_refuse_everything_in_the_midst_of_a_search_accuses_no_row() {
    for turn in 0..40 {
        let mut batch = Batch::new(rows(1..=500), 0);
        let outcome = deliver_as(&mut batch, CUT, None, &|request, _| request < turn);
        match outcome.end {
            Step::Finished(verdicts) => assert_eq!(verdicts, [], "it ended at request {turn}"),
            Step::AllRefused(_) => assert!(outcome.landed.is_empty()),
            Step::Send => unreachable!(),
        }
        let bad = row(250).line;
        let mut batch = Batch::new(rows(1..=500), 0);
        let outcome = deliver_as(&mut batch, CUT, None, &|request, line| request >= turn || line == bad);
        if let Step::Finished(verdicts) = outcome.end {
            assert_eq!(
                verdicts.iter().map(|verdict| verdict.booking).collect::<Vec<_>>(),
                [250],
                "from {turn} on"
            );
        }
    }
}

#[test]
fn any_handful_of_bad_rows_is_found_and_all_others_land() {
    let bad: BTreeSet<String> = [3, 4, 77, 300, 301, 499].map(|seq| row(seq).line).into();
    let mut batch = Batch::new(rows(1..=500), 0);
    let outcome = deliver(&mut batch, CUT, None, &|sent| bad.contains(sent));
    assert_eq!(quarantined(&outcome.end), [3, 4, 77, 300, 301, 499]);
    assert_eq!(outcome.landed.len(), 494);
    assert!(outcome.requests <= 1 + 6 * 17, "{}", outcome.requests);
}

#[test]
fn a_sink_that_refuses_everything_is_found_out_in_few_requests_and_nothing_is_given_up() {
    for witness in [None, Some("gemba_tally,machine=m,rev=0 total=1i 0")] {
        let mut batch = Batch::new(rows(1..=500), 0);
        let outcome = deliver(&mut batch, CUT, witness, &|_| true);
        assert_eq!(outcome.end, Step::AllRefused("no such thing".to_owned()));
        // The whole, nine halvings down to one row, the rest, the witness, eight probes.
        assert!(outcome.requests <= 1 + 9 + 1 + 1 + 8, "{}", outcome.requests);
    }
}

#[test]
fn a_bad_row_all_alone_goes_to_quarantine_only_when_the_sink_still_takes_an_older_one() {
    let bad = |sent: &str| sent == row(7).line;
    let mut batch = Batch::new(rows(7..=7), 0);
    let outcome = deliver(&mut batch, CUT, None, &bad);
    assert_eq!(outcome.end, Step::AllRefused("no such thing".to_owned()));
    let mut batch = Batch::new(rows(7..=7), 0);
    let outcome = deliver(&mut batch, CUT, Some("gemba_tally n=1i 0"), &bad);
    assert_eq!(quarantined(&outcome.end), [7]);
    assert_eq!(
        outcome.requests, 4,
        "the row, a line confirmed before, the row again, that line again"
    );
}

#[test]
fn few_good_rows_among_many_bad_ones_are_found_by_probing_elsewhere_each_time() {
    let good: BTreeSet<String> = (200..260).map(|seq| row(seq).line).collect();
    let bad = |sent: &str| !good.contains(sent);
    let landed = (0..500).find_map(|salt| {
        let mut batch = Batch::new(rows(1..=500), salt);
        let outcome = deliver(&mut batch, CUT, None, &bad);
        matches!(outcome.end, Step::Finished(_)).then_some(outcome.landed.len())
    });
    assert_eq!(landed, Some(60));
}

#[test]
fn a_correction_of_a_refused_booking_waits_with_it_and_what_was_never_corrected_does_not() {
    let same = |seq: u64, line: &str| Booked {
        line: line.to_owned(),
        ..row(seq)
    };
    let mut all = rows(1..=10);
    let at = all[2].at;
    all[5].at = at;
    all[6] = same(7, "gemba_value,machine=m,point=kwh n=1i 180000");
    all[6].at = at;
    all[7] = same(8, "gemba_stop,machine=m,rev=0 ms=1i 180000");
    all[7].at = at;
    let bad = row(3).line;
    let mut batch = Batch::new(all, 0);
    let outcome = deliver(&mut batch, CUT, None, &|sent| sent == bad);
    let Step::Finished(verdicts) = outcome.end else {
        panic!("{:?}", outcome.end)
    };
    let mut numbers: Vec<u64> = verdicts.iter().map(|verdict| verdict.booking).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [3, 6]);
    assert!(verdicts.iter().any(|verdict| verdict.why.contains("booking 3")));
    assert_eq!(outcome.landed.len(), 8);
}

#[test]
fn a_correction_waits_even_while_it_is_not_sure_that_its_booking_is_bad() {
    let mut all = rows(1..=10);
    all[5].at = all[0].at;
    let (bad, correction) = (row(1).line, row(6).line);
    let mut batch = Batch::new(all, 0);
    // Every half down to row 1 is refused, so nothing was taken yet when row 1 is found.
    let outcome = deliver(&mut batch, CUT, None, &|sent| sent == bad);
    let mut numbers = quarantined(&outcome.end);
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 6]);
    assert!(!outcome.landed.contains(&correction), "it was not sent with the rest");
    assert_eq!(outcome.landed.len(), 8);
}

#[test]
fn requests_stay_below_rows_and_bytes_and_a_row_larger_than_that_goes_alone() {
    let cut = Cut { rows: 3, bytes: 200 };
    let mut all = rows(1..=10);
    all[4].line = format!("gemba_tally,machine=m,rev=0 order=\"{}\" 5", "x".repeat(300));
    all[8].line = String::new();
    let mut batch = Batch::new(all, 0);
    let mut sizes = Vec::new();
    while batch.step(cut, None) == Step::Send {
        assert!(batch.body().len() < 200 || batch.points() == 1);
        sizes.push(batch.points());
        batch.accepted();
    }
    assert_eq!(sizes, [3, 1, 1, 3, 1], "row 9 has nothing to say");
}

#[test]
fn a_request_too_large_is_made_smaller_until_it_fits_and_a_single_row_that_never_does_is_quarantined() {
    let mut all = rows(1..=100);
    all[40].line = format!("gemba_tally,machine=m,rev=0 order=\"{}\" 41", "x".repeat(3_000));
    let mut batch = Batch::new(all, 0);
    let mut cut = CUT;
    let mut landed = BTreeSet::new();
    let mut witness: Option<String> = None;
    let end = loop {
        let step = batch.step(cut, witness.as_deref());
        if step != Step::Send {
            break step;
        }
        if batch.body().len() <= 1_000 {
            landed.extend(batch.body().lines().map(str::to_owned));
            witness = batch.accepted();
        } else if let Some(bytes) = batch.too_large("too large") {
            cut.bytes = bytes / 2;
        }
    };
    assert_eq!(quarantined(&end), [41]);
    assert_eq!(landed.len(), 99);
    assert!(
        cut.bytes > 200,
        "{} bytes: it is not made smaller than needed",
        cut.bytes
    );
}
