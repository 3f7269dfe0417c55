//! Pure. Which points live in which topic, and what a topic may look like.

use super::Point;
use std::collections::BTreeMap;

/// Longest topic the protocol can carry, in bytes.
const MAX_TOPIC_BYTES: usize = 65_535;

/// The configured topics with their points, for exact look-up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topics {
    by_name: BTreeMap<String, Topic>,
}

/// One topic to subscribe to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topic {
    /// The highest QoS any of its points asks for.
    pub qos: u8,
    /// Its points in the order of the configuration.
    pub points: Vec<Point>,
}

impl Topics {
    /// Groups points by topic.
    pub fn new(points: &[Point]) -> Topics {
        let mut by_name: BTreeMap<String, Topic> = BTreeMap::new();
        for point in points {
            let topic = by_name.entry(point.topic.clone()).or_default();
            topic.qos = topic.qos.max(point.qos);
            topic.points.push(point.clone());
        }
        Topics { by_name }
    }

    /// The topic of exactly this name; upper and lower case differ, as they do at the broker.
    pub fn find(&self, name: &str) -> Option<&Topic> {
        self.by_name.get(name)
    }

    /// All topics with the QoS to ask for, in the order of their names.
    pub fn filters(&self) -> impl Iterator<Item = (&str, u8)> {
        self.by_name.iter().map(|(name, topic)| (name.as_str(), topic.qos))
    }
}

/// Refuses, in an operator's words, a topic that can belong to no point.
pub fn check(topic: &str) -> Result<(), String> {
    if topic.is_empty() {
        return Err("the topic is empty: name one, such as \"plant/line1/press1/shots\"".to_owned());
    }
    if topic.len() > MAX_TOPIC_BYTES {
        return Err(format!("a topic has at most {MAX_TOPIC_BYTES} bytes"));
    }
    if topic.contains(['+', '#']) {
        return Err(format!(
            "wildcards are not built yet: write {topic:?} as one topic without + or #"
        ));
    }
    if topic.starts_with("$share/") {
        return Err(format!(
            "shared subscriptions are not built: write {topic:?} without $share/GROUP/"
        ));
    }
    if topic.chars().any(char::is_control) {
        return Err(format!("{topic:?} holds a control character: remove it"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::PointId;

    fn point(number: u32, topic: &str, qos: u8) -> Point {
        Point {
            point: PointId(number),
            name: format!("pack-01.p{number}"),
            topic: topic.to_owned(),
            qos,
            json: None,
            time: None,
        }
    }

    #[test]
    fn several_points_share_one_topic_and_its_highest_qos() {
        let topics = Topics::new(&[point(0, "a/b", 0), point(1, "c", 0), point(2, "a/b", 1)]);
        let shared = topics.find("a/b").unwrap();
        let numbers: Vec<u32> = shared.points.iter().map(|point| point.point.0).collect();
        assert_eq!(numbers, [0, 2]);
        assert_eq!(topics.filters().collect::<Vec<_>>(), [("a/b", 1), ("c", 0)]);
    }

    #[test]
    fn a_topic_is_found_by_its_exact_name_only() {
        let topics = Topics::new(&[point(0, "a/b", 1)]);
        for other in ["A/b", "a/b/", "/a/b", "a", "a/b/c", ""] {
            assert_eq!(topics.find(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_topic_that_cannot_belong_to_a_point_is_refused_with_what_to_do() {
        for (topic, word) in [
            ("", "empty"),
            ("plant/+/counts", "wildcards"),
            ("plant/#", "wildcards"),
            ("$share/g/plant", "shared"),
            ("plant\u{0}", "control"),
        ] {
            let text = check(topic).unwrap_err();
            assert!(text.contains(word), "{topic:?}: {text}");
        }
        assert!(check(&"x".repeat(65_536)).is_err());
        assert_eq!(check("plant/packing/01/counts"), Ok(()));
        assert_eq!(check("$SYS/broker/uptime"), Ok(()));
    }
}
