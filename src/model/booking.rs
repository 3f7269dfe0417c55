//! Pure. A line of the ledger: what a central store is told, once, and never overwritten.

use super::fact::PointValue;
use super::state::Class;
use super::tally::{Column, ENGINE, SpanRow, Tally, TallyKey, TallyRow};
use super::time::Timestamp;

/// Measurement of tallies.
pub const TALLY: &str = "gemba_tally";
/// Measurement of stops.
pub const STOP: &str = "gemba_stop";

/// One point for a time-series store. (measurement, tags, at) is unique for ever.
#[derive(Debug, Clone, PartialEq)]
pub struct Booking {
    /// `gemba_tally`, `gemba_stop` or `gemba_value`.
    pub measurement: &'static str,
    /// Tags in a fixed order; those with an empty value are not written.
    pub tags: Vec<(&'static str, String)>,
    /// Fields in a fixed order.
    pub fields: Vec<(&'static str, Field)>,
    /// The instant it is booked at.
    pub at: Timestamp,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// A whole number.
    Int(i64),
    /// A measured number; not written when it is not finite.
    Float(f64),
    /// Text, for reading only.
    Text(String),
}

/// The point of a tally, or of the difference `sums` to a former one, with revision `rev` (0 for the first).
pub fn of_tally(row: &TallyRow, machine: &str, sums: &Tally, rev: u32) -> Booking {
    let mut tags = place(&row.key, machine);
    tags.push(("product", row.key.product.to_string()));
    tags.push(("shift", row.key.shift.to_string()));
    tags.push(("rev", rev.to_string()));
    let mut fields: Vec<_> = Column::ALL
        .iter()
        .map(|(column, name)| (*name, Field::Int(sums.get(*column))))
        .collect();
    for (name, text) in [
        ("order", &row.key.order),
        ("business_date", &row.key.business_date),
        ("policy", &row.key.policy),
        ("standard", &row.key.standard),
        ("crew", &row.key.crew),
        ("mould", &row.key.mould),
    ] {
        fields.push((name, Field::Text(text.to_string())));
    }
    fields.push(("engine", Field::Text(ENGINE.to_string())));
    Booking {
        measurement: TALLY,
        tags,
        fields,
        at: row.period.start,
    }
}

/// True when time of this class is booked as a stop.
pub fn is_stop(class: Class) -> bool {
    matches!(
        class,
        Class::MinorStop | Class::Unexplained | Class::Breakdown | Class::Waiting | Class::Setup
    )
}

/// The point of one stretch of a stop; `sign` is 1 to book it and -1 to take it back.
/// `stops` is 1 only on the stretch that counts the stop, so that sums over a longer stop count it once.
pub fn of_stop(row: &SpanRow, machine: &str, sign: i64, rev: u32) -> Booking {
    let mut tags = place(&row.key, machine);
    tags.push(("class", row.class.name().to_owned()));
    tags.push(("reason", row.reason.to_string()));
    tags.push(("rev", rev.to_string()));
    let stops = i64::from(row.counts);
    let fields = vec![
        ("stops", Field::Int(sign * stops)),
        ("ms", Field::Int(sign * row.period.ms())),
        ("policy", Field::Text(row.key.policy.to_string())),
    ];
    Booking {
        measurement: STOP,
        tags,
        fields,
        at: row.period.start,
    }
}

/// The point of one process value of one minute; never restated.
pub fn of_value(value: &PointValue, key: &TallyKey, machine: &str, at: Timestamp) -> Booking {
    let mut tags = place(key, machine);
    tags.push(("point", value.point.to_string()));
    let mut fields = vec![("n", Field::Int(i64::try_from(value.n).unwrap_or(i64::MAX)))];
    if value.n > 0 {
        for (name, number) in [
            ("mean", value.mean),
            ("min", value.min),
            ("max", value.max),
            ("last", value.last),
        ] {
            fields.push((name, Field::Float(number)));
        }
    }
    fields.push(("quality", Field::Text(value.quality.name().to_owned())));
    Booking {
        measurement: "gemba_value",
        tags,
        fields,
        at,
    }
}

fn place(key: &TallyKey, machine: &str) -> Vec<(&'static str, String)> {
    vec![
        ("org", key.org.to_string()),
        ("site", key.site.to_string()),
        ("line", key.line.to_string()),
        ("machine", machine.to_owned()),
    ]
}
