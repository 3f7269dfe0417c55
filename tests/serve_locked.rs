//! A period is locked seven working days after its shift: who may still tell of it, and what becomes of what others tell.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/web.rs"]
mod web;

use gemba::model::entry::{Draft, Late, Outcome, Says, Told};
use gemba::model::fact::{Body, Fact};
use gemba::model::settings::{OrderSetting, Setting};
use gemba::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use gemba::serve::Books;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use web::{ADMIN, LEADER, OPERATOR, Site, no_books};

fn said(key: &str, kind: &str, says: &Json) -> String {
    json!({"key": key, "machine": "press-01", "kind": kind, kind: says}).to_string()
}

/// An entry about a product at an instant.
fn product(key: &str, at: Timestamp) -> String {
    json!({"key": key, "machine": "press-01", "kind": "product", "at": at.0, "product": {"product": "VT-2077"}})
        .to_string()
}

fn is_late(draft: &Draft) -> bool {
    matches!(&draft.told, Told::Entry(entry) if entry.late)
}

/// The fact that the core makes of a draft.
fn fact(site: &Site, draft: Draft) -> Fact {
    let body = match draft.told {
        Told::Entry(entry) => Body::Entry(entry),
        Told::Change(change) => Body::Setting(change),
    };
    Fact {
        at: draft.at,
        received_at: site.now,
        mono_ms: 0,
        epoch: 0,
        machine: draft.machine,
        author: draft.author,
        body,
    }
}

fn hear(site: &Site, fact: &Fact) {
    site.plan.send_modify(|plan| Arc::make_mut(plan).apply(fact));
}

/// Without a calendar every day is a working day; nine days later the eighth has begun.
fn locked(site: &Site) -> Timestamp {
    site.now.plus(-9 * DAY_MS)
}

/// An operator's entry for a locked period, as the core took it.
async fn kept(site: &mut Site, key: &str) -> Fact {
    let at = locked(site);
    let posted = site.post(OPERATOR, &product(key, at));
    let draft = site.answer(Outcome::Booked(4)).await;
    assert_eq!((draft.at, is_late(&draft)), (at, true));
    let (status, body) = posted.await.unwrap();
    assert_eq!(
        (status, &body["late"], &body["seq"]),
        (202, &json!(true), &json!(4)),
        "{body}"
    );
    assert!(
        body["detail"].as_str().unwrap().contains("once an admin accepts it"),
        "{body}"
    );
    fact(site, draft)
}

#[tokio::test]
async fn an_order_and_a_reason_of_today_are_taken_in_a_stop_that_began_before_the_locked_time() {
    let mut site = Site::without_stops().await;
    let began = site.now.plus(-12 * 24 * 60 * MINUTE_MS);
    site.change(|live| live.machines[0].since = began);
    let order = OrderSetting {
        product: "VT-2077".into(),
        released: true,
        ..OrderSetting::default()
    };
    site.tell(Setting::Order("A-17".into(), order));
    let part = json!({"reason": "jam", "from": site.now.plus(-MINUTE_MS).0, "to": site.now.0});
    for (kind, says) in [("order", json!({"order": "A-17", "act": "start"})), ("reason", part)] {
        let posted = site.post(OPERATOR, &said(kind, kind, &says));
        assert_eq!(site.answer(Outcome::Booked(3)).await.at, began, "{kind}");
        assert_eq!(posted.await.unwrap().0, 201, "{kind}");
    }
    let posted = site.post(OPERATOR, &said("w", "reason", &json!({"reason": "jam"})));
    assert!(is_late(&site.answer(Outcome::Booked(3)).await));
    assert_eq!(
        posted.await.unwrap().0,
        202,
        "a reason for all of it changes locked time"
    );
}

#[tokio::test]
async fn an_entry_for_a_locked_period_is_kept_and_an_admins_counts_at_once() {
    let mut site = Site::without_stops().await;
    kept(&mut site, "p").await;
    let at = locked(&site);
    let posted = site.post(LEADER, &product("q", at));
    assert!(is_late(&site.answer(Outcome::Booked(5)).await), "also a leader\'s");
    assert_eq!(posted.await.unwrap().0, 202);
    let posted = site.post(ADMIN, &product("r", at));
    let draft = site.answer(Outcome::Booked(6)).await;
    assert_eq!((draft.at, is_late(&draft)), (at, false));
    let (status, body) = posted.await.unwrap();
    assert_eq!((status, body.get("late")), (201, None));
}

#[tokio::test]
async fn what_was_kept_stands_in_the_list_until_an_admin_accepts_it_or_it_is_taken_back() {
    let listed: Arc<std::sync::Mutex<Vec<(u64, Fact)>>> = Arc::default();
    let read = Arc::clone(&listed);
    let books = Books {
        late: Arc::new(move |_| Ok((read.lock().unwrap().clone(), false))),
        ..no_books()
    };
    let mut site = Site::reading(Arc::new(|_, _| Ok(None)), books).await;
    let entry = kept(&mut site, "p").await;
    hear(&site, &entry);
    *listed.lock().unwrap() = vec![(4, entry)];
    let late = site.json("/api/v1/late").await;
    let row = &late["rows"][0];
    let shown = ["entry", "kind", "by", "machine", "value"].map(|key| row[key].as_str().unwrap());
    assert_eq!(shown, ["mes/p", "product", "mes", "press-01", "VT-2077"]);

    let accept = said("a", "accept", &json!({"entry": "mes/p"}));
    for token in [OPERATOR, LEADER] {
        assert_eq!(site.post(token, &accept).await.unwrap().0, 403, "an admin\'s to decide");
    }
    let posted = site.post(ADMIN, &accept);
    let draft = site.answer(Outcome::Booked(7)).await;
    assert_eq!(posted.await.unwrap().0, 201);
    let Told::Entry(accepted) = &draft.told else {
        panic!("an entry")
    };
    let late = Late::Entry("mes/p".into());
    assert_eq!((&accepted.says, draft.at), (&Says::Accept { late }, locked(&site)));

    // Its author may take it back himself, though its period is locked: it is in no number.
    let posted = site.post(OPERATOR, &said("u", "undo", &json!({"entry": "p"})));
    // Where somebody accepted it meanwhile, it takes back what counts, and waits in its turn: the core knows.
    assert!(is_late(&site.answer(Outcome::Booked(8)).await));
    assert_eq!(posted.await.unwrap().0, 201);
}

#[tokio::test]
async fn an_entry_that_waits_and_is_sent_again_is_known_and_still_late() {
    let mut site = Site::without_stops().await;
    let entry = kept(&mut site, "p").await;
    hear(&site, &entry);
    let posted = site.post(OPERATOR, &product("p", locked(&site)));
    assert!(is_late(&site.answer(Outcome::Known).await));
    let (status, body) = posted.await.unwrap();
    assert_eq!(
        (status, &body["known"], &body["late"]),
        (200, &json!(true), &json!(true)),
        "{body}"
    );
}

#[tokio::test]
async fn an_admin_unlocks_a_shift_for_all_and_it_is_locked_again_by_itself_or_by_an_undo() {
    let mut site = Site::without_stops().await;
    let at = locked(&site);
    let slot = site.plan.borrow().slot(at);
    let shift = gemba::oee::plan::closing::name(&slot);
    let unlock = |key: &str, says: Json| json!({"key": key, "kind": "unlock", "unlock": says}).to_string();
    let plain = unlock("n", json!({"shift": &shift}));
    assert_eq!(site.post(LEADER, &plain).await.unwrap().0, 403);
    let open = gemba::oee::plan::closing::name(&site.plan.borrow().slot(site.now));
    let eight_days = site.now.plus(8 * DAY_MS);
    for (says, why) in [
        (json!({"shift": "2026-02-30.1"}), "no shift"),
        (json!({"shift": open}), "is not locked"),
        (json!({"shift": &shift, "until": eight_days.0}), "at most seven days"),
    ] {
        let (status, body) = site.post(ADMIN, &unlock("x", says)).await.unwrap();
        assert_eq!(status, 422, "{body}");
        assert!(body["detail"].as_str().unwrap().contains(why), "{body}");
    }

    let until = site.now.plus(2 * HOUR_MS);
    let posted = site.post(ADMIN, &unlock("y", json!({"shift": &shift, "until": until.0})));
    let draft = site.answer(Outcome::Booked(4)).await;
    assert_eq!((posted.await.unwrap().0, draft.machine), (201, None));
    let word = fact(&site, draft);
    hear(&site, &word);
    let plan = Arc::clone(&site.plan.borrow());
    assert!(!plan.is_locked(at, site.now) && !plan.is_locked(at, until.plus(-1)));
    assert!(plan.is_locked(at, until), "locked again by itself");
    assert!(
        plan.is_locked(at.plus(-DAY_MS), site.now),
        "and the day before it all the time"
    );
    let people = |key: &str| {
        json!({"key": key, "machine": "press-01", "kind": "headcount", "at": at.0, "headcount": {"people": 2}})
            .to_string()
    };
    let posted = site.post(OPERATOR, &people("p"));
    let draft = site.answer(Outcome::Booked(5)).await;
    assert!(!is_late(&draft));
    assert_eq!(posted.await.unwrap().0, 201);
    // A product stays on the machine in the shifts after it, which are locked.
    let made = kept(&mut site, "o").await;
    hear(&site, &made);
    let accept = said("c", "accept", &json!({"entry": "mes/o"}));
    assert_eq!(site.post(LEADER, &accept).await.unwrap().0, 403);

    let undo = json!({"key": "z", "kind": "undo", "undo": {"entry": "office/y"}}).to_string();
    let posted = site.post(ADMIN, &undo);
    let draft = site.answer(Outcome::Booked(6)).await;
    assert_eq!(posted.await.unwrap().0, 201);
    let word = fact(&site, draft);
    hear(&site, &word);
    let posted = site.post(OPERATOR, &people("q"));
    assert!(is_late(&site.answer(Outcome::Booked(7)).await));
    assert_eq!(posted.await.unwrap().0, 202);
}
