//! Pure. What to write for each key of what is made, by which standard, and what is charged to what.

use super::NAME;

const TARGET: &str = "write a ratio above 0 and at most 1, such as 0.75 for 75 %";
const PIECES: &str = "write the good pieces of one machine in one shift, such as target_pieces_per_shift = 800";
const CHARGE: &str = "write \"excluded\", \"availability\" or \"performance\"";

/// Keys, with `*` for an id, and what to write there.
pub const HINTS: &[(&str, &str)] = &[
    ("product.*", "write [product.ID] with name, ideal_cycle_s and cavities"),
    ("product.*.name", NAME),
    ("product.*.mould", "write the id of the mould, such as mould = \"M-12\""),
    ("product.*.target", TARGET),
    ("product.*.target_pieces_per_shift", PIECES),
    ("standard.*.target", TARGET),
    ("standard.*.target_pieces_per_shift", PIECES),
    ("machine.*.target_pieces_per_shift", PIECES),
    (
        "standard.*",
        "write [standard.ID] with product, machine and ideal_cycle_s",
    ),
    (
        "standard.*.rate_per_h",
        "write pieces an hour, such as rate_per_h = 360",
    ),
    ("order.*", "write [order.ID] with product and quantity"),
    ("order.*.product", "write the id of a [product.ID]"),
    (
        "order.*.quantity",
        "write the pieces to deliver, such as quantity = 5000",
    ),
    (
        "order.*.due",
        "write an instant with its offset, such as due = \"2026-11-21T14:00:00+07:00\"",
    ),
    ("order.*.released", "write released = true when it may be started"),
    ("reason.*", "write [reason.ID] with name and class"),
    ("reason.*.name", NAME),
    (
        "reason.*.groups",
        "write the groups or lines it is offered for, such as groups = [\"moulding\"]",
    ),
    (
        "reason.*.allowance_min",
        "write the minutes of a shift that need no leader, such as allowance_min = 10",
    ),
    (
        "reason.*.class",
        "write class = \"breakdown\", \"waiting\", \"setup\", \"unexplained\" or \"planned_stop\"",
    ),
    ("line.*.kind", "write kind = \"parallel\" or kind = \"serial\""),
    ("line.*.bottleneck", "write the machine that sets the pace of the line"),
    ("line.*.output", "write the machine the pieces leave the line by"),
    ("target", "write [target] with oee = 0.75"),
    ("target.oee", TARGET),
    ("target.availability", TARGET),
    ("target.performance", TARGET),
    ("target.quality", TARGET),
    (
        "loss.policy",
        "write policy = \"default\", \"iso-strict\", \"oee-com\" or a name of your own",
    ),
    ("loss.class", "write [loss.class] with setup = \"excluded\""),
    ("loss.class.*", CHARGE),
    (
        "loss.reason",
        "write [loss.reason] with the id of a reason = \"excluded\"",
    ),
    ("loss.reason.*", CHARGE),
    (
        "loss.minor_stop",
        "write minor_stop = { cycles = 3, at_least_s = 120, at_most_s = 300 }",
    ),
    (
        "loss.minor_stop.cycles",
        "write a number of ideal cycles, such as cycles = 3",
    ),
    ("loss.minor_stop.at_least_s", "write seconds, such as at_least_s = 120"),
    ("loss.minor_stop.at_most_s", "write seconds, such as at_most_s = 300"),
    ("product.*.parts", "write parts = [{ id = \"lid\", per_shot = 2 }]"),
];
