-- Tallies by crew and mould, and what their sums are made of (cycle times, stops and scrap by reason; model/detail.rs has the
-- form of its bytes). Old rows stay as they are: they belong to no crew and no mould, and have no detail.

-- The columns are added to the tables' descriptions as ALTER TABLE ADD COLUMN would do it, which reads the whole of a strict
-- table through for each of them: minutes in which a gateway with three months of tallies would record nothing.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'PRIMARY KEY (', 'crew TEXT NOT NULL DEFAULT '''',
    mould TEXT NOT NULL DEFAULT '''',
    extra_break_ms INTEGER NOT NULL DEFAULT 0,
    extra_off_shift_ms INTEGER NOT NULL DEFAULT 0,
    extra_no_order_ms INTEGER NOT NULL DEFAULT 0,
    cavity_loss_ns INTEGER NOT NULL DEFAULT 0,
    repair_ms INTEGER NOT NULL DEFAULT 0,
    repairs INTEGER NOT NULL DEFAULT 0,
    reworked INTEGER NOT NULL DEFAULT 0,
    earned_startup_ns INTEGER NOT NULL DEFAULT 0,
    detail BLOB NOT NULL DEFAULT x'''',
    PRIMARY KEY (')
WHERE type = 'table' AND name IN ('tally', 'tally_history');
-- `source`: `auto` (signals and the calendar) or `manual` (a person).
UPDATE sqlite_schema SET sql = replace(sql, 'PRIMARY KEY (', 'crew TEXT NOT NULL DEFAULT '''',
    mould TEXT NOT NULL DEFAULT '''',
    source TEXT NOT NULL DEFAULT '''',
    PRIMARY KEY (')
WHERE type = 'table' AND name IN ('span', 'span_history');
PRAGMA writable_schema = RESET;

-- Only a person gave reasons until now.
UPDATE span SET source = 'manual' WHERE reason <> '';
UPDATE span_history SET source = 'manual' WHERE reason <> '';

-- Crew and mould are part of what names a merged row.
CREATE TABLE tally_shift_by_crew (
    shift_start INTEGER NOT NULL,
    machine INTEGER NOT NULL REFERENCES machine (id),
    shift TEXT NOT NULL,
    product TEXT NOT NULL,
    line TEXT NOT NULL,
    "order" TEXT NOT NULL,
    standard TEXT NOT NULL,
    policy TEXT NOT NULL,
    business_date TEXT NOT NULL,
    site TEXT NOT NULL,
    org TEXT NOT NULL,
    crew TEXT NOT NULL,
    mould TEXT NOT NULL,
    running_ms INTEGER NOT NULL,
    minor_stop_ms INTEGER NOT NULL,
    unexplained_ms INTEGER NOT NULL,
    breakdown_ms INTEGER NOT NULL,
    waiting_ms INTEGER NOT NULL,
    setup_ms INTEGER NOT NULL,
    not_scheduled_ms INTEGER NOT NULL,
    planned_stop_ms INTEGER NOT NULL,
    break_ms INTEGER NOT NULL,
    no_order_ms INTEGER NOT NULL,
    unknown_ms INTEGER NOT NULL,
    clock_skip_ms INTEGER NOT NULL,
    span_ms INTEGER NOT NULL,
    planned_ms INTEGER NOT NULL,
    known_ms INTEGER NOT NULL,
    extra_ms INTEGER NOT NULL,
    recoded_ms INTEGER NOT NULL,
    manual_ms INTEGER NOT NULL,
    pbt_ms INTEGER NOT NULL,
    apt_ms INTEGER NOT NULL,
    shots INTEGER NOT NULL,
    total INTEGER NOT NULL,
    good INTEGER NOT NULL,
    reject INTEGER NOT NULL,
    rework INTEGER NOT NULL,
    startup INTEGER NOT NULL,
    judged INTEGER NOT NULL,
    manual_total INTEGER NOT NULL,
    manual_reject INTEGER NOT NULL,
    gap_total INTEGER NOT NULL,
    gap_good INTEGER NOT NULL,
    gap_reject INTEGER NOT NULL,
    gap_earned_good_ns INTEGER NOT NULL,
    bridged_ms INTEGER NOT NULL,
    earned_total_ns INTEGER NOT NULL,
    earned_good_ns INTEGER NOT NULL,
    stops INTEGER NOT NULL,
    minor_stops INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    cycles INTEGER NOT NULL,
    cycle_ms INTEGER NOT NULL,
    man_ms INTEGER NOT NULL,
    no_standard_ms INTEGER NOT NULL,
    no_standard_pieces INTEGER NOT NULL,
    wh INTEGER NOT NULL,
    extra_break_ms INTEGER NOT NULL,
    extra_off_shift_ms INTEGER NOT NULL,
    extra_no_order_ms INTEGER NOT NULL,
    cavity_loss_ns INTEGER NOT NULL,
    repair_ms INTEGER NOT NULL,
    repairs INTEGER NOT NULL,
    reworked INTEGER NOT NULL,
    earned_startup_ns INTEGER NOT NULL,
    detail BLOB NOT NULL,
    PRIMARY KEY (shift_start, machine, shift, product, line, "order", standard, policy, business_date, site, org, crew, mould)
) STRICT, WITHOUT ROWID;
INSERT INTO tally_shift_by_crew
SELECT
    shift_start, machine, shift, product, line, "order", standard, policy, business_date, site, org, '', '',
    running_ms, minor_stop_ms, unexplained_ms, breakdown_ms, waiting_ms, setup_ms, not_scheduled_ms, planned_stop_ms,
    break_ms, no_order_ms, unknown_ms, clock_skip_ms, span_ms, planned_ms, known_ms, extra_ms, recoded_ms, manual_ms,
    pbt_ms, apt_ms, shots, total, good, reject, rework, startup, judged, manual_total, manual_reject, gap_total,
    gap_good, gap_reject, gap_earned_good_ns, bridged_ms, earned_total_ns, earned_good_ns, stops, minor_stops,
    failures, cycles, cycle_ms, man_ms, no_standard_ms, no_standard_pieces, wh, 0, 0, 0, 0, 0, 0, 0, 0, x''
FROM tally_shift;
DROP TABLE tally_shift;
ALTER TABLE tally_shift_by_crew RENAME TO tally_shift;
