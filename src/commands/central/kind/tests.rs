//! Tests of telling stores apart.

use super::*;

fn ping(version: &str, build: &str) -> Ping {
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Ping {
        version: filled(version),
        build: filled(build),
        ..Ping::default()
    }
}

#[test]
fn stores_are_told_apart_by_what_they_say_of_themselves() {
    for (ping, health, name) in [
        (ping("1.6.7~rc0", "OSS"), None, "InfluxDB 1, version 1.6.7~rc0"),
        (ping("1.8.10", "OSS"), Some("1.8.10"), "InfluxDB 1, version 1.8.10"),
        (ping("v2.7.10", "OSS"), Some("v2.7.10"), "InfluxDB 2, version 2.7.10"),
        (ping("", ""), Some("v2.7.10"), "InfluxDB 2, version 2.7.10"),
        (ping("2.0.1", "Cloud"), None, "InfluxDB Cloud, version 2.0.1"),
        (ping("3.4.1", "Core"), None, "InfluxDB 3, version 3.4.1"),
        (ping("", ""), None, "a store that does not say what it is"),
    ] {
        assert_eq!(Server::tell(&ping, health).name(), name);
    }
    let body = Ping {
        body: r#"{"version":"3.0.1","revision":"abc"}"#.to_owned(),
        ..Ping::default()
    };
    assert_eq!(Server::tell(&body, None).kind, Kind::Influx3);
    let victoria = Ping {
        victoria: true,
        ..Ping::default()
    };
    assert_eq!(
        Server::tell(&victoria, None).name(),
        "VictoriaMetrics, version not told"
    );
}

#[test]
fn influxdb_before_1_8_has_no_version_2_write_api() {
    let old = |version: &str| Server::tell(&ping(version, "OSS"), None).is_too_old();
    assert_eq!(
        ["1.6.7~rc0", "1.7.11", "1.8.0", "1.11.8", "2.0.0"].map(old),
        [true, true, false, false, false]
    );
}

const METRICS: &str = "vm_app_version{version=\"victoria-metrics-20240425\", short_version=\"v1.101.0\"} 1\n\
                       flag{name=\"dedup.minScrapeInterval\", value=\"1ms\", is_set=\"true\"} 1\n\
                       flag{name=\"retentionPeriod\", value=\"100y\", is_set=\"true\"} 1\n";

#[test]
fn what_victoriametrics_was_started_with_is_read_from_its_metrics() {
    let flags = Flags::read(METRICS);
    assert_eq!((flags.version.as_str(), flags.dedup_ms), ("1.101.0", Some(1.0)));
    assert_eq!(flags.retention_days(), Some(36_500.0));
    assert_eq!(Flags::read("go_info 1\n"), Flags::default());
}

#[test]
fn a_retention_without_a_unit_is_months_of_31_days() {
    let days = |text: &str| {
        let flags = Flags {
            retention: Some(text.to_owned()),
            ..Flags::default()
        };
        flags.retention_days()
    };
    assert_eq!(days("1"), Some(31.0));
    assert_eq!(days("2w"), Some(14.0));
    assert_eq!(days("48h"), Some(2.0));
    assert_eq!(days("400d"), Some(400.0));
    assert_eq!((days("soon"), days("")), (None, None));
}

#[test]
fn only_a_millisecond_of_deduplication_takes_away_copies_and_nothing_else() {
    let level = |interval: &str| {
        let flags = Flags {
            dedup_ms: milliseconds(interval),
            ..Flags::default()
        };
        let mut verdicts = Verdicts::default();
        let server = Server {
            kind: Kind::Victoria,
            version: String::new(),
        };
        server.promise(&flags, &mut verdicts);
        verdicts.0[0].level
    };
    assert_eq!(
        ["0s", "1ms", "1s", "1m0s", ""].map(level),
        [Level::Warning, Level::Ok, Level::Error, Level::Error, Level::Warning,]
    );
    assert_eq!(milliseconds("1m30s"), Some(90_000.0));
    assert_eq!(milliseconds("1x"), None);
}
