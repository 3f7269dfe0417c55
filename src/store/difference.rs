//! Pure. What the ledger is told when a stored row changes: never the new content, always the difference.

use crate::model::booking::{self, Booking, Field};
use crate::model::tally::{SpanRow, Tally, TallyRow};

/// The points that turn what `former` booked into what `latter` says: one where the tags agree, else one for each.
pub(super) fn of_tally(former: Option<&TallyRow>, latter: Option<&TallyRow>, machine: &str, rev: u32) -> Vec<Booking> {
    let taken = former.map(|row| booking::of_tally(row, machine, &Tally::default().minus(&row.tally), rev));
    let given = latter.map(|row| booking::of_tally(row, machine, &row.tally, rev));
    join(taken, given)
}

/// The same for a stretch of a stop. Time of other classes is not booked; a change that moves no sum neither.
pub(super) fn of_span(former: Option<&SpanRow>, latter: Option<&SpanRow>, machine: &str, rev: u32) -> Vec<Booking> {
    let stop = |row: &&SpanRow| booking::is_stop(row.class);
    let taken = former.filter(stop).map(|row| booking::of_stop(row, machine, -1, rev));
    let given = latter.filter(stop).map(|row| booking::of_stop(row, machine, 1, rev));
    let mut points = join(taken, given);
    points.retain(|point| point.fields.iter().any(|(_, field)| moves(field)));
    points
}

/// True for a field that changes a sum.
fn moves(field: &Field) -> bool {
    matches!(field, Field::Int(number) if *number != 0)
}

/// Two points with the same tags and instant would be one and the same to a central store: they are added up.
fn join(taken: Option<Booking>, given: Option<Booking>) -> Vec<Booking> {
    match (taken, given) {
        (Some(taken), Some(given)) if taken.tags == given.tags && taken.at == given.at => vec![sum(&taken, given)],
        (taken, given) => taken.into_iter().chain(given).collect(),
    }
}

fn sum(taken: &Booking, mut given: Booking) -> Booking {
    for ((_, field), (_, less)) in given.fields.iter_mut().zip(&taken.fields) {
        if let (Field::Int(number), Field::Int(less)) = (&mut *field, less) {
            *number = number.saturating_add(*less);
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::detail::Detail;
    use crate::model::ids::MachineId;
    use crate::model::state::Class;
    use crate::model::tally::{Column, Source, TallyKey};
    use crate::model::time::{Period, Timestamp};
    use std::sync::Arc;

    fn key(product: &str) -> Arc<TallyKey> {
        Arc::new(TallyKey {
            product: product.into(),
            ..TallyKey::default()
        })
    }

    fn tally(product: &str, good: i64) -> TallyRow {
        let mut tally = Tally::default();
        tally.add(Column::Good, good);
        TallyRow {
            machine: MachineId(0),
            period: Period::new(Timestamp(0), Timestamp(60_000)),
            key: key(product),
            tally,
            detail: Detail::default(),
        }
    }

    fn span(class: Class, reason: &str, end: i64, since: i64) -> SpanRow {
        SpanRow {
            machine: MachineId(0),
            period: Period::new(Timestamp(0), Timestamp(end)),
            class,
            state: "stopped".into(),
            reason: reason.into(),
            author: "".into(),
            since: Timestamp(since),
            counts: since == 0,
            key: key("A"),
            source: Source::Auto,
        }
    }

    fn int(point: &Booking, name: &str) -> i64 {
        let field = point.fields.iter().find(|(field, _)| *field == name).unwrap();
        let Field::Int(number) = field.1 else {
            panic!("{name} is no whole number")
        };
        number
    }

    fn tag<'a>(point: &'a Booking, name: &str) -> &'a str {
        &point.tags.iter().find(|(tag, _)| *tag == name).unwrap().1
    }

    #[test]
    fn a_corrected_count_books_the_difference_once() {
        let points = of_tally(Some(&tally("A", 10)), Some(&tally("A", 8)), "m", 1);
        assert_eq!(points.len(), 1);
        assert_eq!((int(&points[0], "good"), tag(&points[0], "rev")), (-2, "1"), "8 - 10");
    }

    #[test]
    fn a_corrected_product_takes_from_the_old_and_gives_to_the_new() {
        let points = of_tally(Some(&tally("A", 10)), Some(&tally("B", 10)), "m", 3);
        let booked: Vec<_> = points
            .iter()
            .map(|point| (tag(point, "product"), int(point, "good")))
            .collect();
        assert_eq!(booked, [("A", -10), ("B", 10)]);
    }

    #[test]
    fn a_vanished_tally_is_booked_to_zero() {
        let points = of_tally(Some(&tally("A", 10)), None, "m", 1);
        assert_eq!((points.len(), int(&points[0], "good")), (1, -10));
    }

    #[test]
    fn a_stop_that_got_longer_or_continued_books_only_what_changed() {
        let longer = of_span(
            Some(&span(Class::Unexplained, "", 60_000, 0)),
            Some(&span(Class::Unexplained, "", 90_000, 0)),
            "m",
            1,
        );
        assert_eq!(
            (longer.len(), int(&longer[0], "ms"), int(&longer[0], "stops")),
            (1, 30_000, 0)
        );
        let continued = of_span(
            Some(&span(Class::Unexplained, "", 60_000, 0)),
            Some(&span(Class::Unexplained, "", 60_000, -5)),
            "m",
            1,
        );
        assert_eq!((int(&continued[0], "ms"), int(&continued[0], "stops")), (0, -1));
    }

    #[test]
    fn time_that_is_no_stop_is_not_booked_and_a_change_of_words_neither() {
        let running = span(Class::Running, "", 60_000, 0);
        assert!(of_span(None, Some(&running), "m", 0).is_empty());
        let mut named = span(Class::Waiting, "no-material", 60_000, 0);
        let unnamed = named.clone();
        named.author = "leader".into();
        assert!(of_span(Some(&unnamed), Some(&named), "m", 1).is_empty());
        let points = of_span(Some(&named), Some(&running), "m", 2);
        assert_eq!((points.len(), int(&points[0], "stops")), (1, -1));
    }

    #[test]
    fn the_point_of_a_stop_names_the_policy_of_its_time() {
        let mut stop = span(Class::MinorStop, "", 60_000, 0);
        stop.key = Arc::new(TallyKey {
            policy: "iso-strict.1".into(),
            ..TallyKey::default()
        });
        let points = of_span(None, Some(&stop), "m", 0);
        let policy = points[0].fields.iter().find(|(name, _)| *name == "policy");
        assert_eq!(policy, Some(&("policy", Field::Text("iso-strict.1".into()))));
    }
}
