//! Pure. What to write for each key of the calendar.

/// Keys below `calendar`, with `*` for an id, and what to write there.
pub const HINTS: &[(&str, &str)] = &[
    (
        "calendar.production_day_start",
        "write a time of day, such as production_day_start = \"06:00\"",
    ),
    (
        "calendar.holidays",
        "write dates in quotes, such as holidays = [\"2027-02-05/2027-02-11\", \"2027-09-02\"]",
    ),
    (
        "calendar.holidays.*",
        "write a date in quotes, such as \"2027-09-02\", or \"2027-02-05/2027-02-11\"",
    ),
    (
        "calendar.exception",
        "write [calendar.exception.\"2026-12-06\"] with shifts",
    ),
    (
        "calendar.exception.*",
        "write [calendar.exception.\"2026-12-06\"] with shifts",
    ),
    (
        "calendar.exception.*.shifts",
        "write the shifts that begin on these dates, such as shifts = [\"1\", \"2\"], or [] for none",
    ),
    ("calendar.exception.*.shifts.*", "write the id of a shift in quotes"),
    (
        "calendar.exception.*.shift.*",
        "write from, to or breaks, as they are on these dates",
    ),
    ("calendar.exception.*.shift.*.from", FROM),
    ("calendar.exception.*.shift.*.to", TO),
    ("calendar.exception.*.shift.*.breaks", BREAKS),
    ("calendar.exception.*.shift.*.breaks.*", BREAK),
    ("calendar.crews", "write [calendar.crews] with start = \"2026-01-05\""),
    (
        "calendar.crews.start",
        "write a date that is the first day of every pattern, such as start = \"2026-01-05\"",
    ),
    ("calendar.crew.*", "write [calendar.crew.ID] with pattern"),
    (
        "calendar.crew.*.pattern",
        "write the shift of each day, or \"-\", such as pattern = [\"1\", \"1\", \"2\", \"2\", \"-\", \"-\"]",
    ),
    (
        "calendar.crew.*.pattern.*",
        "write the id of a shift in quotes, or \"-\" for a day off",
    ),
    (
        "calendar.planned.*",
        "write [calendar.planned.ID] with days, from and to",
    ),
    ("calendar.planned.*.name", "write the name of the stop in quotes"),
    ("calendar.planned.*.days", DAYS),
    ("calendar.planned.*.from", FROM),
    ("calendar.planned.*.to", TO),
    (
        "calendar.planned.*.machines",
        "write ids of machines, such as machines = [\"press-01\"]",
    ),
    ("calendar.planned.*.machines.*", "write the id of a machine in quotes"),
    (
        "calendar.planned.*.lines",
        "write ids of lines, such as lines = [\"moulding\"]",
    ),
    ("calendar.planned.*.lines.*", "write the id of a line in quotes"),
    ("calendar.shift.*", "write [calendar.shift.ID] with days, from and to"),
    ("calendar.shift.*.name", "write the shift's name in quotes"),
    ("calendar.shift.*.days", DAYS),
    ("calendar.shift.*.from", FROM),
    ("calendar.shift.*.to", TO),
    ("calendar.shift.*.breaks", BREAKS),
    ("calendar.shift.*.breaks.*", BREAK),
];

const DAYS: &str = "write the days it begins on, such as days = \"mon-sat\" or \"mon,wed,fri\"";
const FROM: &str = "write when it begins, such as from = \"06:00\"";
const TO: &str = "write when it ends, such as to = \"14:00\"";
const BREAKS: &str = "write breaks = [\"09:00-09:15\"]";
const BREAK: &str = "write a break as \"09:00-09:15\"";
