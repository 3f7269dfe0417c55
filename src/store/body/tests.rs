//! Pure. The bytes of every kind of fact, pinned for ever, and that reading gives back what was written.

use super::*;
use crate::model::ids::MachineId;
use crate::model::settings::{
    CalendarSetting, CounterSetting, MachineSetting, PolicySetting, ProductSetting, ReasonSetting, RejectSource,
    Resets, Setting, SettingKind, ShiftSetting, SignalSetting, SiteSetting, TargetSetting,
};
use crate::model::state::{Class, State};
use proptest::prelude::*;

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
            },
            SignalSetting {
                role: Role::State,
                point: "p".into(),
                limit_ms: 30_000,
                counter: None,
            },
        ],
        reject_source: RejectSource::None,
        ..MachineSetting::default()
    }
}

fn setting(setting: Setting) -> Body {
    Body::Setting(Arc::new(setting))
}

fn entry(says: Says) -> Body {
    Body::Entry(Entry { key: "k1".into(), says })
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
            }),
            r#"{"key":"k1","says":"reason","reason":"no-material","anchor":9}"#,
        ),
        (
            entry(Says::Scrap {
                pieces: -3,
                reason: "".into(),
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
    let shift = ShiftSetting {
        id: "early".into(),
        name: "Früh".into(),
        days: [true, true, true, true, true, false, false],
        from_min: 360,
        to_min: 840,
        breaks: vec![(540, 555)],
    };
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
                },
            )),
            r#"{"item":"reason","id":"no-material","name":{},"class":"waiting"}"#,
        ),
        (
            setting(Setting::Calendar(CalendarSetting {
                timezone: "Europe/Berlin".into(),
                day_start_min: 360,
                shifts: vec![shift],
            })),
            r#"{"item":"calendar","id":"","timezone":"Europe/Berlin","day_start_min":360,"shifts":[{"id":"early","name":"Früh","days":[true,true,true,true,true,false,false],"from_min":360,"to_min":840,"breaks":[[540,555]]}]}"#,
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

fn arc() -> impl Strategy<Value = Arc<str>> {
    ".{0,12}".prop_map(|text| Arc::from(text.as_str()))
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |number| number.is_finite())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i128>().prop_map(Value::Int),
        any::<i64>().prop_map(|number| Value::Int(number.into())),
        any::<u64>().prop_map(|number| Value::Int(number.into())),
        finite().prop_map(Value::Float),
        arc().prop_map(Value::Text),
    ]
}

fn any_quality() -> impl Strategy<Value = Quality> {
    prop::sample::select(Quality::ALL.to_vec())
}

fn point() -> impl Strategy<Value = PointValue> {
    (
        arc(),
        any::<u64>(),
        [finite(), finite(), finite(), finite()],
        any_quality(),
    )
        .prop_map(|(point, n, [mean, min, max, last], quality)| PointValue {
            point,
            n,
            mean,
            min,
            max,
            last,
            quality,
        })
}

fn body() -> impl Strategy<Value = Body> {
    let role = prop::sample::select(Role::all().collect::<Vec<_>>());
    let signal = (
        role,
        prop::option::of(value()),
        any_quality(),
        time(),
        prop::option::of(time()),
    )
        .prop_map(|(role, value, quality, taken_at, seen)| {
            Body::Signal(Signal {
                role,
                value,
                quality,
                taken_at,
                seen,
            })
        });
    let says = prop_oneof![
        (arc(), time()).prop_map(|(reason, anchor)| Says::Reason { reason, anchor }),
        (any::<i64>(), arc()).prop_map(|(pieces, reason)| Says::Scrap { pieces, reason }),
        arc().prop_map(|product| Says::Product { product }),
    ];
    prop_oneof![
        signal,
        prop::collection::vec(point(), 0..4).prop_map(Body::Values),
        (arc(), says).prop_map(|(key, says)| Body::Entry(Entry { key, says })),
        (time(), arc(), any::<bool>()).prop_map(|(started_at, version, clean)| {
            Body::Started(Started {
                started_at,
                version,
                clean,
            })
        }),
        (time(), any::<u32>()).prop_map(|(until, epoch)| Body::Clock(Clock { until, epoch })),
        (any::<u64>(), time()).prop_map(|(count, until)| Body::Loss(Loss { count, until })),
        (time(), time(), any::<u64>(), arc(), time(), any::<bool>()).prop_map(
            |(from, until, samples, sha256, imported_at, done)| {
                Body::Import(Import {
                    from,
                    until,
                    samples,
                    sha256,
                    imported_at,
                    done,
                })
            }
        ),
    ]
}

proptest! {
    #[test]
    fn a_body_read_back_is_the_body_that_was_written_to_the_last_bit(body in body()) {
        let bytes = encode(&body, &roster()).unwrap();
        prop_assert!(!bytes.contains('\n'));
        let back = decode(body.kind(), &bytes, &roster()).unwrap();
        prop_assert_eq!(&back, &body);
        prop_assert_eq!(encode(&back, &roster()).unwrap(), bytes);
    }

    #[test]
    fn no_text_makes_reading_panic(kind in "(signal|values|setting|started|clock|loss|entry|import)", text in ".{0,60}") {
        if let Ok(body) = decode(&kind, &text, &roster()) {
            prop_assert_eq!(body.kind(), kind);
        }
    }
}
