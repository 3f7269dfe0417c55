//! Whatever a fact says, it is read back as it was written.

use super::*;
use crate::model::entry::{Late, OrderAct};
use crate::model::settings::{Asset, Meter, OrderSetting, Release, StandardSetting, StandardSource};
use crate::model::time::Period;
use proptest::prelude::*;

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

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        Just(Scope::Now),
        Just(Scope::Shift),
        arc().prop_map(Scope::Former),
        arc().prop_map(Scope::Order),
    ]
}

fn says() -> impl Strategy<Value = Says> {
    let part = prop::option::of((time(), time()).prop_map(|(start, end)| Period::new(start, end)));
    let counted = (any::<i64>(), arc(), scope(), any::<bool>());
    let act = prop::sample::select(OrderAct::ALL.to_vec());
    prop_oneof![
        (arc(), time(), part, any::<bool>()).prop_map(|(reason, anchor, part, leads)| Says::Reason {
            reason,
            anchor,
            part,
            leads
        }),
        counted.prop_map(|(pieces, reason, scope, is_scrap)| match is_scrap {
            true => Says::Scrap { pieces, reason, scope },
            false => Says::Rework { pieces, reason, scope },
        }),
        any::<i64>().prop_map(|pieces| Says::Reworked { pieces }),
        arc().prop_map(|product| Says::Product { product }),
        (arc(), act, time()).prop_map(|(order, act, when)| Says::Order { order, act, when }),
        (time(), arc()).prop_map(|(until, reason)| Says::PlannedStop { until, reason }),
        time().prop_map(|when| Says::FirstOff { when }),
        any::<u32>().prop_map(|active| Says::Cavities { active }),
        (any::<i64>(), arc()).prop_map(|(milli, line)| Says::Headcount { milli, line }),
        (time(), any::<i64>(), any::<Option<i64>>()).prop_map(|(until, pieces, counted)| Says::HandCount {
            until,
            pieces,
            counted
        }),
        (arc(), any::<bool>()).prop_map(|(role, release)| Says::Held { role, release }),
        any::<bool>().prop_map(|on| Says::Service { on }),
        arc().prop_map(|shift| Says::Close { shift }),
        any::<u64>().prop_map(|seq| Says::Accept { late: Late::Fact(seq) }),
        arc().prop_map(|key| Says::Accept { late: Late::Entry(key) }),
        any::<i64>().prop_map(|until| Says::Unlock {
            until: Timestamp(until)
        }),
        arc().prop_map(|entry| Says::Undo { entry }),
    ]
}

fn machine() -> impl Strategy<Value = Option<MachineId>> {
    prop::option::of((0u32..2).prop_map(MachineId))
}

fn setting_of_the_plant() -> impl Strategy<Value = Setting> {
    let maybe = || prop::option::of(any::<u32>());
    let goals = (maybe(), prop::option::of(any::<std::num::NonZeroU32>()));
    let standard = (arc(), machine(), arc(), any::<i64>(), maybe(), goals).prop_map(
        |(product, machine, mould, ideal_ns, cavities, (oee_ppm, shift_pieces))| StandardSetting {
            product,
            machine,
            mould,
            ideal_ns,
            cavities,
            source: StandardSource::Engineered,
            oee_ppm,
            shift_pieces,
            ..StandardSetting::default()
        },
    );
    let order = (arc(), machine(), prop::option::of(time()), any::<bool>(), any::<bool>()).prop_map(
        |(product, machine, due, released, closed)| OrderSetting {
            product,
            machine,
            due,
            released,
            closed,
            quantity: due.map(|due| due.0),
            ..OrderSetting::default()
        },
    );
    let asset = (any::<bool>(), arc(), prop::option::of(any::<i32>())).prop_map(|(connected, maker, year)| Asset {
        connected,
        maker,
        year,
        ..Asset::default()
    });
    let release = prop_oneof![
        Just(Release::Running),
        Just(Release::FirstOff),
        any::<u32>().prop_map(Release::GoodInARow),
    ];
    let meter = (any::<i64>(), any::<i64>(), prop::collection::vec(0u32..2, 0..2));
    let meter = prop::option::of(meter.prop_map(|(milli_wh, max_w, shared_with)| Meter {
        milli_wh,
        max_w,
        shared_with: shared_with.into_iter().map(MachineId).collect(),
    }));
    let by = prop::sample::select(Source::ALL.to_vec());
    let machine = ((0u32..2), asset, release, any::<(u32, u32)>(), any::<bool>(), meter, by).prop_map(
        |(id, asset, release, per_count, commissioning, meter, by)| {
            let setting = MachineSetting {
                asset,
                release,
                per_count,
                commissioning,
                meter: meter.map(Box::new),
                state_by: by,
                count_by: by,
                ..machine_setting()
            };
            Setting::Machine(MachineId(id), setting)
        },
    );
    prop_oneof![
        (arc(), standard).prop_map(|(id, standard)| Setting::Standard(id, standard)),
        (arc(), order).prop_map(|(id, order)| Setting::Order(id, order)),
        machine,
        arc().prop_map(|id| Setting::Removed(SettingKind::Order, id)),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let was = prop::option::of(setting_of_the_plant());
    (setting_of_the_plant(), was, arc(), arc()).prop_map(|(setting, was, why, key)| Change { setting, was, why, key })
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
    prop_oneof![
        signal,
        prop::collection::vec(point(), 0..4).prop_map(Body::Values),
        (arc(), says(), prop::sample::select(Source::ALL.to_vec()), any::<bool>()).prop_map(
            |(key, says, source, late)| {
                Body::Entry(Entry {
                    key,
                    source,
                    late,
                    says,
                })
            }
        ),
        change().prop_map(|change| Body::Setting(Arc::new(change))),
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
