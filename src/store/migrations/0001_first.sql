-- The first schema. Instants are milliseconds since 1970-01-01T00:00:00Z; a period is [start, end).
-- No index and no primary key starts with the machine: with one that does, each commit writes a page per machine
-- instead of a page per table, and that wears out the disk of a gateway.

-- Machines by number. A number is given once and kept for ever; a name never changes.
CREATE TABLE machine (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- The journal: append-only. `hash` ties a fact to the one before it (store/chain.rs says how); `body` is JSON text whose
-- bytes are never changed. `late` is no part of the fact: it marks those whose `at` is more than a quarter hour away from
-- the newest `received_at` seen so far, so that a range of `at` is a range of `seq` plus the late ones.
CREATE TABLE fact (
    seq INTEGER PRIMARY KEY,
    boot TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    mono_ms INTEGER NOT NULL,
    at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    machine INTEGER REFERENCES machine (id),
    kind TEXT NOT NULL,
    author TEXT NOT NULL,
    late INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX fact_late ON fact (at, machine) WHERE late = 1;
CREATE INDEX fact_rare ON fact (kind) WHERE kind IN ('setting', 'entry', 'started', 'clock', 'loss');

-- Every few hundred facts: the newest `received_at` of all facts up to and with `seq`. Never goes back.
CREATE TABLE mark (
    newest INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (newest, seq)
) STRICT, WITHOUT ROWID;

-- Numbers that were given out and whose facts are gone (damage, an older copy put back). `hash` is the hash of the last of
-- them where it is known: the next fact is tied to it.
CREATE TABLE gap (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    hash BLOB,
    why TEXT NOT NULL
) STRICT;

-- Sums of one machine for at most a minute, final; `rev` counts how often they were corrected.
CREATE TABLE tally (
    start INTEGER NOT NULL,
    machine INTEGER NOT NULL REFERENCES machine (id),
    "end" INTEGER NOT NULL,
    org TEXT NOT NULL,
    site TEXT NOT NULL,
    line TEXT NOT NULL,
    shift TEXT NOT NULL,
    shift_start INTEGER NOT NULL,
    business_date TEXT NOT NULL,
    product TEXT NOT NULL,
    "order" TEXT NOT NULL,
    standard TEXT NOT NULL,
    policy TEXT NOT NULL,
    rev INTEGER NOT NULL,
    engine INTEGER NOT NULL,
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
    PRIMARY KEY (start, machine)
) STRICT, WITHOUT ROWID;

-- What a tally said before a correction. `next_rev` is the revision the correction was booked with.
CREATE TABLE tally_history (
    start INTEGER NOT NULL,
    machine INTEGER NOT NULL REFERENCES machine (id),
    "end" INTEGER NOT NULL,
    org TEXT NOT NULL,
    site TEXT NOT NULL,
    line TEXT NOT NULL,
    shift TEXT NOT NULL,
    shift_start INTEGER NOT NULL,
    business_date TEXT NOT NULL,
    product TEXT NOT NULL,
    "order" TEXT NOT NULL,
    standard TEXT NOT NULL,
    policy TEXT NOT NULL,
    rev INTEGER NOT NULL,
    engine INTEGER NOT NULL,
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
    next_rev INTEGER NOT NULL,
    PRIMARY KEY (start, machine, rev)
) STRICT, WITHOUT ROWID;

-- Tallies merged per shift and everything else they belong to; outside shifts, per production day. Kept for ever.
CREATE TABLE tally_shift (
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
    PRIMARY KEY (shift_start, machine, shift, product, line, "order", standard, policy, business_date, site, org)
) STRICT, WITHOUT ROWID;

-- Per machine: the end of its newest tally, and the shift that tally belongs to. One small page.
CREATE TABLE sealed (
    machine INTEGER PRIMARY KEY REFERENCES machine (id),
    until INTEGER NOT NULL,
    shift_start INTEGER NOT NULL,
    shift TEXT NOT NULL
) STRICT;

-- The timeline of each machine: stretches of one class, cut at quarter hours.
CREATE TABLE span (
    start INTEGER NOT NULL,
    machine INTEGER NOT NULL REFERENCES machine (id),
    "end" INTEGER NOT NULL,
    class TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    since INTEGER NOT NULL,
    counts INTEGER NOT NULL,
    org TEXT NOT NULL,
    site TEXT NOT NULL,
    line TEXT NOT NULL,
    shift TEXT NOT NULL,
    shift_start INTEGER NOT NULL,
    business_date TEXT NOT NULL,
    product TEXT NOT NULL,
    "order" TEXT NOT NULL,
    standard TEXT NOT NULL,
    policy TEXT NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (start, machine)
) STRICT, WITHOUT ROWID;

-- What a span said before a correction.
CREATE TABLE span_history (
    start INTEGER NOT NULL,
    machine INTEGER NOT NULL REFERENCES machine (id),
    "end" INTEGER NOT NULL,
    class TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    since INTEGER NOT NULL,
    counts INTEGER NOT NULL,
    org TEXT NOT NULL,
    site TEXT NOT NULL,
    line TEXT NOT NULL,
    shift TEXT NOT NULL,
    shift_start INTEGER NOT NULL,
    business_date TEXT NOT NULL,
    product TEXT NOT NULL,
    "order" TEXT NOT NULL,
    standard TEXT NOT NULL,
    policy TEXT NOT NULL,
    rev INTEGER NOT NULL,
    next_rev INTEGER NOT NULL,
    PRIMARY KEY (start, machine, rev)
) STRICT, WITHOUT ROWID;

-- What counters did that a person should know of.
CREATE TABLE flag (
    at INTEGER NOT NULL,
    machine INTEGER NOT NULL REFERENCES machine (id),
    role TEXT NOT NULL,
    what TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (at, machine, role, what)
) STRICT, WITHOUT ROWID;

-- The ledger: append-only, one log for all sinks. `line` holds the very bytes that are sent, again and again if need be.
CREATE TABLE booking (
    seq INTEGER PRIMARY KEY,
    machine INTEGER REFERENCES machine (id),
    at INTEGER NOT NULL,
    line TEXT NOT NULL
) STRICT;

-- Per sink: everything up to `done` is confirmed or in quarantine, and so is `ahead_first..=ahead_last`.
CREATE TABLE sink (
    name TEXT PRIMARY KEY,
    done INTEGER NOT NULL,
    ahead_first INTEGER,
    ahead_last INTEGER
) STRICT, WITHOUT ROWID;

-- Bookings a sink refused for good, with its reason.
CREATE TABLE quarantine (
    booking INTEGER NOT NULL,
    sink TEXT NOT NULL,
    at INTEGER NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (booking, sink)
) STRICT, WITHOUT ROWID;

-- Snapshots of the fold: a cache, made again from facts when lost. `keep` = 1: the first of a shift.
CREATE TABLE checkpoint (
    at INTEGER NOT NULL,
    machine INTEGER NOT NULL REFERENCES machine (id),
    engine INTEGER NOT NULL,
    keep INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (at, machine)
) STRICT, WITHOUT ROWID;
CREATE INDEX checkpoint_brief ON checkpoint (at) WHERE keep = 0;

-- Machines whose past is being worked out again, from an instant on.
CREATE TABLE restating (
    machine INTEGER PRIMARY KEY REFERENCES machine (id),
    since INTEGER NOT NULL
) STRICT;

-- One row: the last proof of life. `silent` is JSON: [[machine, role, last confirmed], ...].
CREATE TABLE alive (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at INTEGER NOT NULL,
    clean INTEGER NOT NULL,
    silent TEXT NOT NULL
) STRICT;

-- Words about the database itself: `schema` (its version once more), `pruned_before` (minute tallies and spans that start
-- before it are gone and are never written again), `last_booking` (numbers up to it were given out before the ledger went
-- back, and are never used again), `last_commit` (boot id, number and first fact of the newest commit, so that one handed
-- over again is known), `lived` and `lived_days` (what store/lived.rs measures pruning by),
-- `lost_` with a machine's number (where damage took rows that were booked: store/lost.rs).
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
