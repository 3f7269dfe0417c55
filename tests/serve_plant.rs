//! The plant desk over HTTP: who may change what, against what they saw, and what cannot be.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/plant_desk.rs"]
mod plant_desk;
#[path = "support/web.rs"]
mod web;

use gemba::model::fact::Role;
use gemba::model::ids::MachineId;
use gemba::model::policy::{Charge, Charges};
use gemba::model::settings::{
    Asset, MachineSetting, OrderSetting, PolicySetting, RejectSource, Setting, SignalSetting,
};
use gemba::model::state::Class;
use plant_desk::{Put, told};
use serde_json::{Value as Json, json};
use web::{ADMIN, LEADER, OPERATOR, Site, client};

fn order(item: Json) -> Put<'static> {
    Put {
        path: "/api/v1/orders/A-17",
        token: LEADER,
        etag: None,
        item,
    }
}

#[tokio::test]
async fn a_leader_makes_an_order_and_an_operator_does_not() {
    let mut site = Site::without_stops().await;
    let item = json!({"product": "VT-2077", "quantity": 500, "machine": "press-01", "released": true});
    let by_operator = Put {
        token: OPERATOR,
        ..order(item.clone())
    };
    assert_eq!(by_operator.send(&site).await.unwrap().0, 403);
    let sent = order(item).send(&site);
    let change = told(&mut site).await;
    assert_eq!((&*change.why, &*change.key), ("rush", "boss/1"));
    assert_eq!(change.was, None);
    let Setting::Order(id, order) = &change.setting else {
        panic!("{change:?}")
    };
    assert_eq!((&**id, &*order.product, order.quantity), ("A-17", "VT-2077", Some(500)));
    assert_eq!(order.machine, Some(gemba::model::ids::MachineId(4)));
    let (status, body) = sent.await.unwrap();
    assert_eq!((status, &body["seq"]), (201, &json!(7)));
}

#[tokio::test]
async fn what_is_there_is_replaced_only_by_who_saw_it() {
    let mut site = Site::without_stops().await;
    let product = |etag| Put {
        path: "/api/v1/products/VT-2077",
        token: ADMIN,
        etag,
        item: json!({"ideal_cycle_s": 12.5, "cavities": 4}),
    };
    assert_eq!(product(None).send(&site).await.unwrap().0, 428);
    assert_eq!(product(Some("\"old\"")).send(&site).await.unwrap().0, 412);
    let by_leader = Put {
        token: LEADER,
        ..product(None)
    };
    assert_eq!(
        by_leader.send(&site).await.unwrap().0,
        403,
        "orders are the leader's, products are not"
    );
    let seen = site.json("/api/v1/products/VT-2077").await;
    let etag = seen["etag"].as_str().unwrap().to_owned();
    let sent = product(Some(&etag)).send(&site);
    let change = told(&mut site).await;
    assert!(change.was.is_some());
    let Setting::Product(_, product) = &change.setting else {
        panic!("{change:?}")
    };
    // 12.5 s are 12,500,000,000 ns.
    assert_eq!((product.ideal_ns, product.cavities), (Some(12_500_000_000), Some(4)));
    assert_eq!(sent.await.unwrap().0, 201);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let site = Site::without_stops().await;
    let pairs = MachineSetting {
        per_count: (2, 1),
        ..MachineSetting::default()
    };
    site.tell(Setting::Machine(MachineId(5), pairs));
    let put = |path, item| Put {
        path,
        token: ADMIN,
        etag: None,
        item,
    };
    let shift = |id: &str, from: &str, to: &str| json!({"id": id, "days": ["mon"], "from": from, "to": to});
    let two = json!({"shifts": [shift("1", "06:00", "14:00"), shift("2", "13:00", "22:00")]});
    for (path, item, word) in [
        ("/api/v1/products/X", json!({"ideal_cycle_s": 0}), "ideal cycle"),
        ("/api/v1/products/X", json!({"ideal_cycle_s": -1}), "ideal cycle"),
        ("/api/v1/products/X", json!({"ideal_cycle_s": 1e300}), "ideal cycle"),
        ("/api/v1/products/X", json!({"ideal_cycle_s": "NaN"}), "ideal_cycle_s"),
        ("/api/v1/products/X", json!({"parts": {"lid": 0}}), "lid"),
        ("/api/v1/products/X", json!({"cavities": 0}), "cavities"),
        ("/api/v1/products/X", json!({"colour": "red"}), "colour"),
        (
            "/api/v1/products/x%20y",
            json!({}),
            "\"x y\" cannot be an id: it becomes a tag and part of topics; write 1 to 64 of the characters",
        ),
        ("/api/v1/standards/S", json!({"ideal_cycle_s": 5}), "name one of them"),
        ("/api/v1/standards/S", json!({"product": "VT-2077"}), "rate_per_h"),
        (
            "/api/v1/standards/S",
            json!({"machine": "press-09", "rate_per_h": 60}),
            "press-09",
        ),
        (
            "/api/v1/standards/S",
            json!({"machine": "oven-01", "rate_per_h": 60, "cavities": 2}),
            "pieces_per_count",
        ),
        ("/api/v1/orders/O", json!({"product": "nothing"}), "nothing"),
        (
            "/api/v1/orders/O",
            json!({"product": "VT-2077", "quantity": 0}),
            "quantity",
        ),
        ("/api/v1/orders/O", json!({"product": "VT-2077", "due": "soon"}), "due"),
        ("/api/v1/reasons/R", json!({"class": "running"}), "running"),
        (
            "/api/v1/reasons/R",
            json!({"class": "planned_stop", "allowance_min": -1}),
            "allowance_min",
        ),
        ("/api/v1/calendar", two, "overlaps"),
        (
            "/api/v1/policy",
            json!({"policy": "mine", "minor_stop": {"cycles": 3, "at_least_s": 1, "at_most_s": 2}}),
            "mine",
        ),
        (
            "/api/v1/policy",
            json!({"minor_stop": {"cycles": 3, "at_least_s": 9, "at_most_s": 2}}),
            "minor_stop",
        ),
    ] {
        let (status, body) = put(path, item.clone()).send(&site).await.unwrap();
        let detail = body["detail"].as_str().unwrap();
        assert_eq!(status, 422, "{path} {item}: {detail}");
        assert!(detail.contains(word), "{path} {item}: {detail}");
    }
}

#[tokio::test]
async fn a_limit_that_moves_oee_under_the_policy_in_force_is_taken_and_says_so() {
    let mut site = Site::without_stops().await;
    let excluded = [(Class::MinorStop, Charge::Excluded)];
    site.tell(Setting::Policy(PolicySetting {
        id: "ours".into(),
        charges: Charges {
            classes: excluded.into(),
            reasons: [].into(),
        },
        ..PolicySetting::default()
    }));
    let seen = site.json("/api/v1/policy").await;
    let put = |policy: &str| Put {
        path: "/api/v1/policy",
        token: ADMIN,
        etag: seen["etag"].as_str(),
        item: json!({"policy": policy, "minor_stop": {"cycles": 3, "at_least_s": 60, "at_most_s": 60}}),
    };
    let sent = put("ours").send(&site);
    told(&mut site).await;
    let (status, body) = sent.await.unwrap();
    assert_eq!(status, 201, "{body}");
    let said = body["warnings"][0].as_str().unwrap();
    assert!(
        said.contains(
            "with `minor_stop` excluded and `unexplained` and `breakdown` not, moving the limit moves OEE; exclude"
        ),
        "{said}"
    );
    let sent = put("iso-strict").send(&site);
    told(&mut site).await;
    let (status, body) = sent.await.unwrap();
    assert_eq!((status, body.get("warnings")), (201, None), "{body}");
}

#[tokio::test]
async fn moulds_and_parts_that_cannot_be_ids_are_refused_with_their_key() {
    let site = Site::without_stops().await;
    for (path, item, words) in [
        (
            "/api/v1/products/X",
            json!({"parts": {"a/b": 1}}),
            "`item.parts`: \"a/b\" cannot be an id",
        ),
        (
            "/api/v1/products/X",
            json!({"mould": "M 12"}),
            "`item.mould`: \"M 12\" cannot be an id",
        ),
        (
            "/api/v1/standards/S",
            json!({"mould": "M 12", "ideal_cycle_s": 5}),
            "`item.mould`: \"M 12\" cannot be an id",
        ),
        (
            "/api/v1/orders/O",
            json!({"product": "VT-2077", "mould": "M 12"}),
            "`item.mould`: \"M 12\" cannot be an id",
        ),
    ] {
        let put = Put {
            path,
            token: ADMIN,
            etag: None,
            item,
        };
        let (status, body) = put.send(&site).await.unwrap();
        assert_eq!(status, 422, "{path}: {body}");
        assert!(body["detail"].as_str().unwrap().contains(words), "{path}: {body}");
    }
}

#[tokio::test]
async fn groups_and_lines_that_no_machine_has_are_refused_by_name() {
    let site = Site::without_stops().await;
    let press = MachineSetting {
        line: "moulding".into(),
        group: "presses".into(),
        ..MachineSetting::default()
    };
    site.tell(Setting::Machine(MachineId(4), press));
    for (path, item, word) in [
        (
            "/api/v1/standards/S",
            json!({"group": "lathes", "ideal_cycle_s": 5}),
            "no machine is of a group `lathes`",
        ),
        (
            "/api/v1/orders/O",
            json!({"product": "VT-2077", "line": "hall-9"}),
            "no machine is on a line `hall-9`",
        ),
        (
            "/api/v1/reasons/R",
            json!({"class": "breakdown", "groups": ["moulding", "presses", "lathes"]}),
            "no machine is of a group or on a line `lathes`",
        ),
    ] {
        let put = Put {
            path,
            token: ADMIN,
            etag: None,
            item,
        };
        let (status, body) = put.send(&site).await.unwrap();
        let detail = body["detail"].as_str().unwrap();
        assert_eq!(status, 422, "{path}: {detail}");
        assert!(detail.contains(word), "{path}: {detail}");
    }
}

#[tokio::test]
async fn items_are_listed_with_who_changed_them_last() {
    let site = Site::without_stops().await;
    let products = site.json("/api/v1/products").await;
    assert_eq!(products[0]["id"], "VT-2077");
    assert_eq!(products[0]["changed_by"], "config");
    let reason = site.json("/api/v1/reasons/jam").await;
    assert_eq!(reason["class"], "breakdown");
    assert_eq!(reason["history"][0]["by"], "config");
    assert_eq!(site.json("/api/v1/orders").await, json!([]));
    let missing = client().get(site.url("/api/v1/orders/none")).send().await.unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn orders_are_listed_while_they_are_open_and_all_of_them_when_asked_to_a_bound() {
    let site = Site::without_stops().await;
    let order = |closed| OrderSetting {
        product: "VT-2077".into(),
        closed,
        ..OrderSetting::default()
    };
    site.tell(Setting::Order("A-1".into(), order(true)));
    site.tell(Setting::Order("A-2".into(), order(false)));
    let get = async |path: &str| {
        let answer = client().get(site.url(path)).send().await.unwrap();
        let is_cut = answer.headers()["gemba-is-cut"].to_str().unwrap().to_owned();
        let list: Json = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let ids = list
            .as_array()
            .unwrap()
            .iter()
            .map(|order| order["id"].as_str().unwrap().to_owned());
        (ids.collect::<Vec<_>>(), is_cut)
    };
    let (open, is_cut) = get("/api/v1/orders").await;
    assert_eq!((open.as_slice(), &*is_cut), (&["A-2".to_owned()][..], "false"));
    assert_eq!(get("/api/v1/orders?all=true").await.0, ["A-1", "A-2"]);
    for n in 0..499 {
        site.tell(Setting::Order(format!("B-{n}").into(), order(true)));
    }
    let (all, is_cut) = get("/api/v1/orders?all=true").await;
    assert_eq!((all.len(), &*is_cut), (500, "true"), "501 of them");
}

#[tokio::test]
async fn the_register_lists_every_machine_with_how_it_counts_also_one_nothing_is_read_from() {
    let site = Site::without_stops().await;
    let press = MachineSetting {
        line: "moulding".into(),
        reject_source: RejectSource::Manual,
        signals: vec![SignalSetting {
            role: Role::Total,
            point: "press-plc unit 1 holding:2 u32 CDAB".into(),
            limit_ms: 30_000,
            counter: None,
            station: "".into(),
        }],
        asset: Asset {
            maker: "Yushin".into(),
            model: "Y-2".into(),
            year: Some(2014),
            ..Asset::default()
        },
        ..MachineSetting::default()
    };
    let oven = MachineSetting {
        group: "ovens".into(),
        asset: Asset {
            connected: false,
            planned_milli_hours: Some(40_500),
            counted: "person".into(),
            ..Asset::default()
        },
        ..MachineSetting::default()
    };
    let told_at = site.tell(Setting::Machine(MachineId(4), press));
    site.tell(Setting::Machine(MachineId(5), oven));
    let assets = site.json("/api/v1/assets").await;
    let [press, oven] = assets.as_array().unwrap().as_slice() else {
        panic!("{assets}")
    };
    for (asset, key, expected) in [
        (press, "id", json!("press-01")),
        (press, "line", json!("moulding")),
        (press, "connected", json!(true)),
        (press, "maker", json!("Yushin")),
        (press, "model", json!("Y-2")),
        (press, "year", json!(2014)),
        (press, "planned_hours", Json::Null),
        (press, "counted", json!("auto")),
        (press, "state", json!("auto")),
        (press, "metered", json!(false)),
        (press, "rejects", json!("manual")),
        (press, "in_service", json!(true)),
        (oven, "id", json!("oven-01")),
        (oven, "group", json!("ovens")),
        (oven, "connected", json!(false)),
        (oven, "planned_hours", json!(40.5)),
        (oven, "counted", json!("person")),
        (oven, "in_service", json!(false)),
        (oven, "in_service_since", Json::Null),
    ] {
        assert_eq!(asset[key], expected, "{key}: {asset}");
    }
    let registered: jiff::Timestamp = press["registered_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(registered.as_millisecond(), told_at.0);
}
