//! What is read from a request's body and what is not.

use super::*;
use crate::model::entry::{Entry, Scope};
use crate::model::fact::{Body, Fact};
use crate::model::live::OpenRows;
use crate::model::policy::Charge;
use crate::model::settings::{
    Asset, Change, MachineSetting, OrderSetting, PolicySetting, ProductSetting, ReasonSetting, RejectSource, Setting,
};
use crate::model::state::Class;
use crate::model::tally::Tally;
use proptest::prelude::*;

mod kinds;
mod old;
mod stops;

/// 2026-11-21T07:05:00Z.
const NOW: Timestamp = Timestamp(1_795_244_700_000);

fn machine(class: Class, since: Timestamp) -> MachineLive {
    MachineLive {
        machine: MachineId(3),
        id: "press-01".into(),
        name: Default::default(),
        line: "".into(),
        state: "stopped".into(),
        class,
        since,
        reason: "".into(),
        product: "".into(),
        shift: None,
        engines: Default::default(),
        tally: Tally::default(),
        detail: Default::default(),
        covers: Period::new(since, since),
        open: OpenRows::default(),
        retold: 0,
        policy: Arc::default(),
        in_service: true,
        reject_source: RejectSource::Counter,
        signals: Vec::new(),
        held: 0,
        holds: 0,
        stood: Default::default(),
        recomputing: false,
        settled: NOW,
    }
}

fn plan() -> Plan {
    let mut plan = Plan::default();
    let reason = |class, allowance_ms| ReasonSetting {
        name: Default::default(),
        class,
        groups: Vec::new(),
        allowance_ms,
    };
    let mut ours = PolicySetting {
        id: "ours".into(),
        ..PolicySetting::default()
    };
    ours.charges.reasons.insert("no-material".into(), Charge::Excluded);
    let order = OrderSetting {
        product: "VT-2077".into(),
        released: true,
        ..OrderSetting::default()
    };
    let machine = MachineSetting {
        line: "L1".into(),
        ..MachineSetting::default()
    };
    let registered = MachineSetting {
        asset: Asset {
            connected: false,
            ..Asset::default()
        },
        ..MachineSetting::default()
    };
    for setting in [
        Setting::Reason("jam".into(), reason(Class::Breakdown, 0)),
        Setting::Reason("5s".into(), reason(Class::PlannedStop, 600_000)),
        Setting::Reason("meeting".into(), reason(Class::PlannedStop, 0)),
        Setting::Reason("no-material".into(), reason(Class::Waiting, 0)),
        Setting::Policy(ours),
        Setting::Product("VT-2077".into(), ProductSetting::default()),
        Setting::Order("A-17".into(), order),
        Setting::Machine(MachineId(3), machine),
        Setting::Machine(MachineId(4), registered),
    ] {
        plan.apply(&fact("config", Body::Setting(Change::new(setting))));
    }
    let rework = Says::Rework {
        pieces: 4,
        reason: "".into(),
        scope: Scope::Now,
    };
    for (key, says) in [("mes/1", Says::Cavities { active: 1 }), ("mes/2", rework)] {
        let (key, source) = (key.into(), Source::Manual);
        plan.apply(&fact(
            "mes",
            Body::Entry(Entry {
                key,
                source,
                late: false,
                says,
            }),
        ));
    }
    plan
}

fn names() -> BTreeMap<MachineId, Arc<str>> {
    BTreeMap::from([(MachineId(3), "press-01".into()), (MachineId(4), "saw-01".into())])
}

fn fact(author: &str, body: Body) -> Fact {
    Fact {
        at: NOW.plus(-24 * HOUR_MS),
        received_at: NOW,
        mono_ms: 0,
        epoch: 0,
        machine: Some(MachineId(3)),
        author: author.into(),
        body,
    }
}

fn checked_by(name: &str, role: Role, body: &str, machine: MachineLive) -> Result<Checked, Problem> {
    checked_against(&plan(), (name, role), body, machine)
}

fn checked_against(
    plan: &Plan,
    (name, role): (&str, Role),
    body: &str,
    machine: MachineLive,
) -> Result<Checked, Problem> {
    let live = PlantLive {
        at: NOW,
        machines: vec![machine],
        ..PlantLive::default()
    };
    let (wires, many) = read(body.as_bytes()).map_err(|why| refused(&why))?;
    assert!(!many);
    let by = Holder {
        name: name.into(),
        role,
    };
    let against = Against {
        live: &live,
        plan,
        names: &names(),
        by: &by,
        now: NOW,
    };
    check(&wires[0], against)
}

fn checked(body: &str, machine: MachineLive) -> Result<Checked, String> {
    checked_by("mes", Role::Operator, body, machine).map_err(|problem| problem.detail)
}

fn running(body: &str) -> Result<Checked, String> {
    checked(body, machine(Class::Running, NOW.plus(-60_000)))
}

fn stopped(body: &str) -> Result<Checked, String> {
    checked(body, machine(Class::Unexplained, NOW.plus(-60_000)))
}

fn scrap(fields: &str) -> String {
    format!(r#"{{"key":"k","machine":"press-01","kind":"scrap","scrap":{{"pieces":3}}{fields}}}"#)
}

#[test]
fn an_instant_may_be_text_milliseconds_an_age_or_left_out() {
    let ten_to = Earliest::At(NOW.plus(-900_000));
    // 14:05 in Ho Chi Minh (+07:00) is 07:05 UTC, and 15 min before it is 13:50.
    for at in [
        r#","at":"2026-11-21T13:50:00+07:00""#,
        r#","at":1795243800000"#,
        r#","age_ms":900000"#,
    ] {
        assert_eq!(running(&scrap(at)).unwrap().earliest, ten_to, "{at}");
    }
    assert_eq!(running(&scrap("")).unwrap().earliest, Earliest::At(NOW));
}

#[test]
fn an_instant_a_little_ahead_is_taken_as_now_and_one_further_ahead_or_too_old_is_refused() {
    let at = |ms: i64| running(&scrap(&format!(r#","at":{}"#, NOW.plus(ms).0)));
    assert_eq!(at(5_000).unwrap().earliest, Earliest::At(NOW));
    assert!(at(5_001).unwrap_err().contains("future"));
    let days_90 = 90 * 24 * 3_600_000;
    assert!(at(-days_90).is_ok());
    assert!(at(-days_90 - 1).unwrap_err().contains("90 days"));
    assert!(at(i64::MIN).is_err());
    assert!(running(&scrap(r#","age_ms":-9223372036854775808"#)).is_err());
    assert!(
        running(&scrap(r#","age_ms":1,"at":1"#))
            .unwrap_err()
            .contains("not both")
    );
}

#[test]
fn a_machine_that_is_only_registered_is_told_from_one_that_is_not_there() {
    let about = |id: &str| running(&scrap("").replace("press-01", id)).unwrap_err();
    assert!(about("saw-01").contains("saw-01 is only registered and not connected"));
    assert!(about("saw-02").contains("there is no machine `saw-02`"));
}

#[test]
fn a_product_may_be_taken_off_the_machine() {
    let body = |id: &str| {
        running(&format!(
            r#"{{"key":"k","machine":"press-01","kind":"product","product":{{"product":"{id}"}}}}"#
        ))
    };
    let says = |id: &str| Says::Product { product: id.into() };
    assert_eq!(body("VT-2077").unwrap().says, says("VT-2077"));
    assert_eq!(body("").unwrap().says, says(""));
    assert!(body("VT-2078").unwrap_err().contains("VT-2078"));
}

#[test]
fn what_is_wrong_is_said_by_name() {
    let pieces = |n: &str| {
        running(&format!(
            r#"{{"key":"k","machine":"press-01","kind":"scrap","scrap":{{"pieces":{n}}}}}"#
        ))
    };
    assert!(pieces("1000000").is_ok());
    assert!(pieces("-1000000").is_ok());
    for n in ["0", "1000001", "-1000001", "-9223372036854775808"] {
        assert!(pieces(n).unwrap_err().contains("scrap.pieces"), "{n}");
    }
    for n in ["1.5", "\"3\"", "1e99", "null", "99999999999999999999"] {
        assert!(pieces(n).unwrap_err().contains("scrap.pieces"), "{n}");
    }
    for (body, word) in [
        (
            r#"{"key":"k","machine":"press-02","kind":"scrap","scrap":{"pieces":1}}"#,
            "press-02",
        ),
        (
            r#"{"key":"","machine":"press-01","kind":"scrap","scrap":{"pieces":1}}"#,
            "key",
        ),
        (
            r#"{"key":"a\n","machine":"press-01","kind":"scrap","scrap":{"pieces":1}}"#,
            "key",
        ),
        (r#"{"key":"k","machine":"press-01","kind":"scrap"}"#, "kind"),
        (
            r#"{"key":"k","machine":"press-01","kind":"reason","scrap":{"pieces":1}}"#,
            "kind",
        ),
        (
            r#"{"key":"k","machine":"press-01","kind":"scrap","scrap":{"pieces":1,"reason":"rust"}}"#,
            "rust",
        ),
        (
            r#"{"key":"k","machine":"press-01","kind":"scrap","scrap":{"pieces":1},"by":"x"}"#,
            "by",
        ),
        (
            r#"{"key":"k","machine":"press-01","kind":"scrap","scrap":{"pieces":1},"at":"noon"}"#,
            "at",
        ),
        (r#"{"key":"k","machine":"press-01","kind":"order"}"#, "kind"),
        (
            r#"{"key":"k","kind":"order","order":{"order":"A-17","act":"start"}}"#,
            "`machine`",
        ),
        (r#"{"key":"k"} {"key":"l"}"#, "kind"),
        ("", "EOF"),
        ("[]", "empty"),
        ("17", "entry"),
    ] {
        let why = running(body).unwrap_err();
        assert!(why.contains(word), "{body}: {why}");
    }
    let key = |chars: usize| scrap("").replace("\"k\"", &format!("\"{}\"", "k".repeat(chars)));
    assert!(running(&key(128)).is_ok());
    assert!(running(&key(129)).is_err());
}

#[test]
fn an_array_takes_a_hundred_and_names_the_one_it_cannot_read() {
    let array = |count: usize| format!("[{}]", vec![scrap(""); count].join(","));
    let (wires, many) = read(array(100).as_bytes()).unwrap();
    assert_eq!((wires.len(), many), (100, true));
    assert!(read(array(101).as_bytes()).unwrap_err().contains("at most 100"));
    let second = format!("[{},{}]", scrap(""), scrap("").replace('3', "\"x\""));
    assert!(read(second.as_bytes()).unwrap_err().contains("[1].scrap.pieces"));
}

#[test]
fn nesting_without_end_is_refused() {
    let deep = "[".repeat(60_000);
    assert!(read(deep.as_bytes()).is_err());
    let deep = format!("{{\"key\":{}", "[".repeat(60_000));
    assert!(read(deep.as_bytes()).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_fail_otherwise_than_with_a_sentence(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Err(why) = read(&body) {
            prop_assert!(!why.is_empty());
        }
    }

    #[test]
    fn an_entry_cut_or_changed_anywhere_gives_an_entry_or_a_sentence(
        cut in 0usize..160, at in 0usize..160, byte in any::<u8>(), ms in any::<i64>(), pieces in any::<i64>(),
    ) {
        let body = format!(
            r#"{{"key":"k","machine":"press-01","kind":"scrap","at":{ms},"scrap":{{"pieces":{pieces},"reason":"jam"}}}}"#
        );
        let mut bytes = body.into_bytes();
        let place = at % bytes.len();
        bytes[place] = byte;
        bytes.truncate(bytes.len() - cut.min(bytes.len()) / 8);
        if let Ok((wires, _)) = read(&bytes) {
            let live = PlantLive { machines: vec![machine(Class::Waiting, NOW)], ..PlantLive::default() };
            let by = Holder { name: "mes".into(), role: Role::Operator };
            let against = Against { live: &live, plan: &plan(), names: &names(), by: &by, now: NOW };
            if let Ok(checked) = check(&wires[0], against) {
                let Earliest::At(at) = checked.earliest else { panic!("scrap asks for no stop") };
                prop_assert!(at <= NOW && at >= NOW.plus(-OLDEST_MS));
            }
        }
    }
}
