//! Pure. The bytes of every kind of fact, pinned for ever, and that reading gives back what was written.

use super::*;
use crate::model::entry::{Entry, Says, Scope, Source};
use crate::model::ids::MachineId;
use crate::model::settings::{
    Change, CounterSetting, MachineSetting, PolicySetting, ProductSetting, ReasonSetting, RejectSource, Resets,
    Setting, SettingKind, SignalSetting, SiteSetting, TargetSetting,
};
use crate::model::state::{Class, State};

mod round_trip;
mod targets;
mod words;

fn roster() -> Roster {
    let mut roster = Roster::default();
    roster.add("press-01");
    roster.add("press-02");
    roster
}

fn signal(value: Option<Value>, seen: Option<i64>) -> Body {
    Body::Signal(Signal {
        role: Role::Good,
        value,
        quality: Quality::Good,
        taken_at: Timestamp(1_763_712_000_000),
        seen: seen.map(Timestamp),
    })
}

fn cycle_time(seconds: f64) -> Body {
    Body::Signal(Signal {
        role: Role::CycleTime,
        value: Some(Value::Float(seconds)),
        quality: Quality::Good,
        taken_at: Timestamp(1_763_712_000_000),
        seen: None,
    })
}

fn machine_setting() -> MachineSetting {
    MachineSetting {
        name: [("".into(), "Press 1".into())].into(),
        line: "L1".into(),
        ideal_ns: Some(10_000_000_000),
        cavities: 2,
        max_rate_milli_per_min: 24_000,
        state_map: [
            ("1".into(), State::Running),
            ("9".into(), State::Fault(Some("mould".into()))),
        ]
        .into(),
        signals: vec![
            SignalSetting {
                role: Role::Shots,
                point: "press-plc unit 1 holding:2 u32 CDAB".into(),
                limit_ms: 30_000,
                counter: Some(CounterSetting {
                    modulus: Some(1i128 << 64),
                    resets: Resets::Preset(5),
                }),
                station: "".into(),
            },
            SignalSetting {
                role: Role::State,
                point: "p".into(),
                limit_ms: 30_000,
                counter: None,
                station: "".into(),
            },
        ],
        reject_source: RejectSource::None,
        ..MachineSetting::default()
    }
}

fn setting(setting: Setting) -> Body {
    Body::Setting(Change::new(setting))
}

fn entry(says: Says) -> Body {
    Body::Entry(Entry {
        key: "k1".into(),
        says,
        source: Source::Manual,
        late: false,
    })
}

fn signals() -> Vec<(Body, &'static str)> {
    vec![
        (
            signal(Some(Value::Int(4_294_967_296)), Some(1_763_711_990_000)),
            r#"{"role":"good","value":4294967296,"quality":"good","taken_at":1763712000000,"seen":1763711990000}"#,
        ),
        (
            signal(None, None),
            r#"{"role":"good","quality":"good","taken_at":1763712000000}"#,
        ),
        (
            signal(Some(Value::Int(1 << 64)), None),
            r#"{"role":"good","value":{"int":"18446744073709551616"},"quality":"good","taken_at":1763712000000}"#,
        ),
        (
            signal(Some(Value::Int(u64::MAX.into())), None),
            r#"{"role":"good","value":18446744073709551615,"quality":"good","taken_at":1763712000000}"#,
        ),
        (
            signal(Some(Value::Float(5.0)), None),
            r#"{"role":"good","value":5.0,"quality":"good","taken_at":1763712000000}"#,
        ),
        (
            cycle_time(5.0),
            r#"{"role":"cycle_time","value":5.0,"quality":"good","taken_at":1763712000000}"#,
        ),
        (
            signal(Some(Value::Bool(true)), None),
            r#"{"role":"good","value":true,"quality":"good","taken_at":1763712000000}"#,
        ),
        (
            signal(Some(Value::Text("Läuft \"1\"\n".into())), None),
            r#"{"role":"good","value":"Läuft \"1\"\n","quality":"good","taken_at":1763712000000}"#,
        ),
        (
            Body::Values(vec![PointValue {
                point: "oil-temp".into(),
                n: 6,
                mean: 0.1,
                min: -0.0,
                max: 1e300,
                last: 41.5,
                quality: Quality::OutOfRange,
            }]),
            r#"{"points":[{"point":"oil-temp","n":6,"mean":0.1,"min":-0.0,"max":1e+300,"last":41.5,"quality":"out_of_range"}]}"#,
        ),
    ]
}

fn others() -> Vec<(Body, &'static str)> {
    vec![
        (
            Body::Started(Started {
                started_at: Timestamp(-5),
                version: "0.1.0".into(),
                clean: false,
            }),
            r#"{"started_at":-5,"version":"0.1.0","clean":false}"#,
        ),
        (
            Body::Clock(Clock {
                until: Timestamp(7),
                epoch: 3,
            }),
            r#"{"until":7,"epoch":3}"#,
        ),
        (
            Body::Loss(Loss {
                count: 12,
                until: Timestamp(7),
            }),
            r#"{"count":12,"until":7}"#,
        ),
        (
            entry(Says::Reason {
                reason: "no-material".into(),
                anchor: Timestamp(9),
                part: None,
                leads: false,
            }),
            r#"{"key":"k1","says":"reason","reason":"no-material","anchor":9}"#,
        ),
        (
            entry(Says::Scrap {
                pieces: -3,
                reason: "".into(),
                scope: Scope::Now,
            }),
            r#"{"key":"k1","says":"scrap","pieces":-3,"reason":""}"#,
        ),
        (
            entry(Says::Product {
                product: "VT-2077".into(),
            }),
            r#"{"key":"k1","says":"product","product":"VT-2077"}"#,
        ),
        (
            import(false),
            r#"{"from":1763712000000,"until":1763798400000,"samples":200000,"sha256":"e3b0","imported_at":1763800000000}"#,
        ),
        (
            import(true),
            r#"{"from":1763712000000,"until":1763798400000,"samples":200000,"sha256":"e3b0","imported_at":1763800000000,"done":true}"#,
        ),
    ]
}

fn import(done: bool) -> Body {
    Body::Import(Import {
        from: Timestamp(1_763_712_000_000),
        until: Timestamp(1_763_798_400_000),
        samples: 200_000,
        sha256: "e3b0".into(),
        imported_at: Timestamp(1_763_800_000_000),
        done,
    })
}

fn plant_settings() -> Vec<(Body, &'static str)> {
    vec![
        (
            setting(Setting::Site(SiteSetting {
                org: "acme".into(),
                site: "ulm".into(),
            })),
            r#"{"item":"site","id":"","org":"acme","site":"ulm"}"#,
        ),
        (
            setting(Setting::Machine(MachineId(1), machine_setting())),
            r#"{"item":"machine","id":"press-02","name":{"":"Press 1"},"line":"L1","ideal_ns":10000000000,"cavities":2,"max_rate_milli_per_min":24000,"state_map":{"1":"running","9":"fault:mould"},"signals":[{"role":"shots","point":"press-plc unit 1 holding:2 u32 CDAB","limit_ms":30000,"counter":{"modulus":"18446744073709551616","resets":{"preset":5}}},{"role":"state","point":"p","limit_ms":30000}],"reject_source":"none"}"#,
        ),
        (
            setting(Setting::Product(
                "VT-2077".into(),
                ProductSetting {
                    name: [("de".into(), "Ventil".into())].into(),
                    ideal_ns: None,
                    cavities: Some(4),
                    ..ProductSetting::default()
                },
            )),
            r#"{"item":"product","id":"VT-2077","name":{"de":"Ventil"},"ideal_ns":null,"cavities":4}"#,
        ),
        (
            setting(Setting::Reason(
                "no-material".into(),
                ReasonSetting {
                    name: Default::default(),
                    class: Class::Waiting,
                    groups: Vec::new(),
                    allowance_ms: 0,
                },
            )),
            r#"{"item":"reason","id":"no-material","name":{},"class":"waiting"}"#,
        ),
        (
            setting(Setting::Policy(PolicySetting::default())),
            r#"{"item":"policy","id":"default","minor_cycles":3,"minor_at_least_ms":120000,"minor_at_most_ms":300000}"#,
        ),
        (
            setting(Setting::Target(TargetSetting {
                oee_ppm: Some(750_000),
                quality_ppm: Some(990_000),
                ..TargetSetting::default()
            })),
            r#"{"item":"target","id":"","oee_ppm":750000,"availability_ppm":null,"performance_ppm":null,"quality_ppm":990000}"#,
        ),
        (
            setting(Setting::Removed(SettingKind::Target, "".into())),
            r#"{"item":"target","id":"","removed":true}"#,
        ),
        (
            setting(Setting::Removed(SettingKind::Reason, "no-material".into())),
            r#"{"item":"reason","id":"no-material","removed":true}"#,
        ),
    ]
}

#[test]
fn the_bytes_of_every_kind_of_fact_never_change() {
    for (body, bytes) in signals().into_iter().chain(others()).chain(plant_settings()) {
        assert_eq!(encode(&body, &roster()).unwrap(), bytes);
        assert_eq!(decode(body.kind(), bytes, &roster()).unwrap(), body);
    }
}

#[test]
fn a_body_nobody_can_read_is_a_sentence_and_fields_of_a_newer_program_are_passed_over() {
    for (kind, bytes) in [
        ("signal", ""),
        ("signal", "{"),
        ("signal", r#"{"role":"colour","quality":"good","taken_at":1}"#),
        ("signal", r#"{"role":"good","value":[1],"quality":"good","taken_at":1}"#),
        ("entry", r#"{"key":"k","says":"reason"}"#),
        ("setting", r#"{"item":"machine","id":"nobody"}"#),
        ("setting", r#"{"item":"weather","id":""}"#),
        ("loss", "null"),
        ("song", "{}"),
    ] {
        assert!(!decode(kind, bytes, &roster()).unwrap_err().is_empty());
    }
    let newer = r#"{"count":1,"until":2,"cause":"disk"}"#;
    assert!(decode("loss", newer, &roster()).is_ok());
}

#[test]
fn a_machine_the_roster_does_not_know_is_refused_by_number() {
    let body = setting(Setting::Machine(MachineId(7), machine_setting()));
    assert!(encode(&body, &roster()).unwrap_err().contains("number 7"));
}
