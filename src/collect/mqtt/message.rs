//! Pure. One message becomes one reading per point of its topic, and what is odd about it.

use super::json::{self, Payload};
use super::time::own_time;
use super::{Point, topic::Topic};
use crate::model::reading::{Quality, Raw, Reading};
use crate::model::time::Timestamp;

/// A message as the broker delivered it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Its bytes.
    pub payload: &'a [u8],
    /// How the broker came to send it.
    pub origin: Origin,
    /// When it reached the agent.
    pub arrived: Timestamp,
}

/// How the broker came to send a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Somebody published it, now or while this agent was away and the broker kept it.
    Published,
    /// The broker's retained copy, of unknown age.
    Retained,
    /// A retained copy equal to the last message received as published: nothing new is known.
    RetainedKnown,
}

/// What is odd about messages of a topic; each kind is counted and told on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// No value where there should be one.
    Malformed,
    /// The message's own time does not count.
    OwnTime,
    /// A retained copy whose age nobody knows.
    Retained,
    /// No point uses the topic.
    Unknown,
    /// Messages given up because the agent cannot keep up.
    Dropped,
    /// The broker refuses or weakens the subscription.
    Subscription,
}

impl Oddity {
    /// The word of the health page.
    pub fn name(self) -> &'static str {
        match self {
            Oddity::Malformed => "malformed",
            Oddity::OwnTime => "own_time",
            Oddity::Retained => "retained",
            Oddity::Unknown => "unknown_topic",
            Oddity::Dropped => "dropped",
            Oddity::Subscription => "subscription",
        }
    }
}

/// What a message gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// One per point, in the order of the configuration; none for a point about which nothing new is known.
    pub readings: Vec<Reading>,
    /// At most one text per kind.
    pub oddities: Vec<(Oddity, String)>,
}

/// Reads a message of at most `limit` bytes for all points of its topic.
pub fn read(topic: &Topic, message: Message<'_>, limit: usize) -> Given {
    let mut given = Given::default();
    let payload = json::parse(message.payload, limit);
    for point in &topic.points {
        let own = match (&point.time, &payload) {
            (Some(pointer), Ok(payload)) => own_time(json::field(payload, pointer), pointer, message.arrived).map(Some),
            (Some(_), Err(_)) | (None, _) => Ok(None),
        };
        let own = own.unwrap_or_else(|why| {
            given.tell(Oddity::OwnTime, point, &why, message.payload);
            None
        });
        let Some((at, raw)) = reading(point, own, &payload, message, &mut given) else {
            continue;
        };
        given.readings.push(Reading {
            point: point.point,
            at,
            received_at: message.arrived,
            raw,
        });
    }
    given
}

/// The instant and value for one point; `None` when the message says nothing new about it.
fn reading(
    point: &Point,
    own: Option<Timestamp>,
    payload: &Result<Payload, String>,
    message: Message<'_>,
    given: &mut Given,
) -> Option<(Timestamp, Result<Raw, Quality>)> {
    let at = own.unwrap_or(message.arrived);
    if own.is_none() {
        match message.origin {
            Origin::Published => {}
            Origin::RetainedKnown => return None,
            Origin::Retained => {
                let why = "the broker's retained copy does not say how old it is: stale until the next message";
                given.tell(Oddity::Retained, point, why, message.payload);
                return Some((at, Err(Quality::Stale)));
            }
        }
    }
    let value = match payload {
        Ok(payload) => json::value(payload, point.json.as_deref()),
        Err(why) => Err(why.clone()),
    };
    match value {
        Ok(value) => Some((at, Ok(Raw::Value(value)))),
        Err(why) => {
            given.tell(Oddity::Malformed, point, &why, message.payload);
            Some((at, Err(Quality::BadConfig)))
        }
    }
}

impl Given {
    /// Keeps the first text of each kind; the points of a topic mostly share their trouble.
    fn tell(&mut self, kind: Oddity, point: &Point, why: &str, payload: &[u8]) {
        if self.oddities.iter().any(|(known, _)| *known == kind) {
            return;
        }
        let sample = json::sample(payload);
        let text = format!("{}: {why}. Payload: \"{sample}\"", point.name);
        self.oddities.push((kind, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::mqtt::topic::Topics;
    use crate::model::ids::PointId;
    use crate::model::reading::Value;

    /// 2026-11-21T10:00:00Z.
    const AT: Timestamp = Timestamp(1_795_255_200_000);

    fn point(number: u32, json: Option<&str>, time: Option<&str>) -> Point {
        Point {
            point: PointId(number),
            name: format!("pack-01.p{number}"),
            topic: "t".to_owned(),
            qos: 1,
            json: json.map(str::to_owned),
            time: time.map(str::to_owned),
        }
    }

    fn given(points: &[Point], payload: &str, origin: Origin) -> Given {
        let topics = Topics::new(points);
        let message = Message {
            payload: payload.as_bytes(),
            origin,
            arrived: AT,
        };
        read(topics.find("t").unwrap(), message, 1_000)
    }

    fn kinds(given: &Given) -> Vec<Oddity> {
        given.oddities.iter().map(|(kind, _)| *kind).collect()
    }

    #[test]
    fn one_message_gives_every_point_its_field_at_the_messages_own_time() {
        let points = [
            point(0, Some("/good"), Some("/ts")),
            point(1, Some("/scrap"), Some("/ts")),
        ];
        let given = given(&points, r#"{"good":7,"scrap":1,"ts":1795255190}"#, Origin::Published);
        let values: Vec<_> = given.readings.iter().map(|reading| reading.raw.clone()).collect();
        assert_eq!(values, [Ok(Raw::Value(Value::Int(7))), Ok(Raw::Value(Value::Int(1)))]);
        assert!(given.readings.iter().all(|reading| reading.at == AT.plus(-10_000)));
        assert!(given.readings.iter().all(|reading| reading.received_at == AT));
        assert_eq!(given.oddities, []);
    }

    #[test]
    fn a_bad_field_spoils_its_own_point_only() {
        let points = [point(0, Some("/good"), None), point(1, Some("/scrap"), None)];
        let given = given(&points, r#"{"good":"7","scrap":1}"#, Origin::Published);
        assert_eq!(given.readings[0].raw, Err(Quality::BadConfig));
        assert_eq!(given.readings[1].raw, Ok(Raw::Value(Value::Int(1))));
        let (kind, text) = &given.oddities[0];
        assert_eq!(*kind, Oddity::Malformed);
        assert!(text.contains("pack-01.p0") && text.contains("in quotes") && text.contains("{\\\"good\\\""));
    }

    #[test]
    fn an_unreadable_payload_marks_every_point_and_is_told_once() {
        let points = [point(0, Some("/good"), Some("/ts")), point(1, None, None)];
        let given = given(&points, "{\"good\":", Origin::Published);
        assert!(
            given
                .readings
                .iter()
                .all(|reading| reading.raw == Err(Quality::BadConfig))
        );
        assert_eq!(given.readings.len(), 2);
        assert_eq!(kinds(&given), [Oddity::Malformed]);
    }

    #[test]
    fn a_time_that_does_not_count_gives_way_to_arrival() {
        let points = [point(0, Some("/good"), Some("/ts"))];
        let given = given(&points, r#"{"good":7,"ts":1795265190}"#, Origin::Published);
        assert_eq!(given.readings[0].at, AT);
        assert_eq!(given.readings[0].raw, Ok(Raw::Value(Value::Int(7))));
        assert_eq!(kinds(&given), [Oddity::OwnTime]);
    }

    #[test]
    fn a_retained_copy_counts_at_its_own_time_and_is_stale_without_one() {
        let points = [point(0, Some("/good"), Some("/ts")), point(1, Some("/good"), None)];
        // Three days old: 3 * 86,400 s before 1,795,255,200.
        let given = given(&points, r#"{"good":7,"ts":1794996000}"#, Origin::Retained);
        assert_eq!(given.readings[0].at, AT.plus(-259_200_000));
        assert_eq!(given.readings[0].raw, Ok(Raw::Value(Value::Int(7))));
        assert_eq!(given.readings[1].raw, Err(Quality::Stale));
        assert_eq!(kinds(&given), [Oddity::Retained]);
    }

    #[test]
    fn a_retained_copy_whose_own_time_does_not_count_is_stale() {
        let points = [point(0, Some("/good"), Some("/ts"))];
        let given = given(&points, r#"{"good":7}"#, Origin::Retained);
        assert_eq!(given.readings[0].raw, Err(Quality::Stale));
        assert_eq!(kinds(&given), [Oddity::OwnTime, Oddity::Retained]);
    }

    #[test]
    fn a_retained_copy_of_what_was_last_received_says_nothing_new() {
        let given = given(&[point(0, None, None)], "running", Origin::RetainedKnown);
        assert_eq!(given, Given::default());
    }
}
