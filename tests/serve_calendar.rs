//! The calendar on the plant desk over HTTP: changed in part or as a whole, and refused where its shifts cannot stand together.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/plant_desk.rs"]
mod plant_desk;
#[path = "support/web.rs"]
mod web;

use gemba::model::calendar::{CalendarSetting, CrewSetting, Dates, ExceptionSetting, ExceptionShift, ShiftSetting};
use gemba::model::ids::MachineId;
use gemba::model::settings::Setting;
use jiff::civil::date;
use plant_desk::{Put, told};
use serde_json::json;
use std::sync::Arc;
use web::{ADMIN, LEADER, OPERATOR, Site};

/// The office's calendar of a plant with two crews and an open Sunday.
fn crews_and_a_sunday() -> Setting {
    let crew = |id: &str, pattern: [&str; 2]| CrewSetting {
        id: id.into(),
        start: date(2026, 1, 5),
        pattern: pattern.map(Arc::from).to_vec(),
    };
    let shift = |id: &str, from_min, to_min| ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [false; 7],
        from_min,
        to_min,
        breaks: Vec::new(),
    };
    let sunday = date(2090, 1, 1);
    Setting::Calendar(CalendarSetting {
        timezone: "UTC".into(),
        shifts: vec![shift("day", 360, 1_080), shift("night", 1_080, 360)],
        crews: vec![crew("A", ["day", "night"]), crew("B", ["night", "day"])],
        exceptions: vec![ExceptionSetting {
            dates: Dates {
                first: sunday,
                last: sunday,
            },
            shifts: vec![ExceptionShift {
                id: "day".into(),
                from_min: 360,
                to_min: 720,
                breaks: Vec::new(),
            }],
        }],
        ..CalendarSetting::default()
    })
}

#[tokio::test]
async fn a_calendar_whose_shifts_overlap_with_the_crews_or_on_an_exception_is_refused_with_both_named() {
    let site = Site::without_stops().await;
    site.tell(crews_and_a_sunday());
    let seen = site.json("/api/v1/calendar").await;
    let shift = |id: &str, from: &str, to: &str| json!({"id": id, "days": [], "from": from, "to": to});
    for (shifts, words) in [
        // By crew the night begins at 18:00 of every day.
        (
            vec![shift("day", "06:00", "19:00"), shift("night", "18:00", "06:00")],
            ["shift `night`", "shift `day`", "with the crews at work"],
        ),
        // The night of the day before the exception ends at 07:00 of it; by crew the day begins then too.
        (
            vec![shift("day", "07:00", "18:00"), shift("night", "18:00", "07:00")],
            ["shift `day`", "shift `night`", "on 2090-01-01"],
        ),
        (
            vec![shift("day", "06:00", "18:00"), shift("evening", "18:00", "06:00")],
            ["there is no shift `night`", "crew `A`", ""],
        ),
        (
            vec![shift("night", "18:00", "06:00")],
            ["there is no shift `day`", "2090-01-01", ""],
        ),
        // The production day begins with the earliest shift, 07:00; on the exception the day shift begins at 06:00.
        (
            vec![shift("day", "07:00", "18:00"), shift("night", "18:00", "06:00")],
            [
                "begins at 07:00 on 2089-12-31 and at 06:00 on 2090-01-01",
                "both would be 2089-12-31.day",
                "write production_day_start = \"06:00\"",
            ],
        ),
    ] {
        let put = Put {
            path: "/api/v1/calendar",
            token: ADMIN,
            etag: seen["etag"].as_str(),
            item: json!({"shifts": shifts}),
        };
        let (status, body) = put.send(&site).await.unwrap();
        let detail = body["detail"].as_str().unwrap();
        assert_eq!(status, 422, "{shifts:?}: {detail}");
        assert!(words.iter().all(|word| detail.contains(word)), "{shifts:?}: {detail}");
    }
}

#[tokio::test]
async fn a_calendar_is_changed_as_a_whole_or_in_part_and_reads_back_as_it_was_sent() {
    let mut site = Site::without_stops().await;
    site.tell(crews_and_a_sunday());
    let seen = site.json("/api/v1/calendar").await;
    assert_eq!(seen["exceptions"]["2090-01-01"][0]["to"], "12:00");
    assert_eq!(
        seen["crews"]["A"],
        json!({"start": "2026-01-05", "pattern": ["day", "night"]})
    );
    let put = |item| Put {
        path: "/api/v1/calendar",
        token: ADMIN,
        etag: seen["etag"].as_str(),
        item,
    };
    let shift = |id: &str, from: &str, to: &str| json!({"id": id, "days": [], "from": from, "to": to});
    let shifts = json!([shift("day", "06:00", "18:00"), shift("night", "18:00", "06:00")]);
    let sent = put(json!({
        "shifts": shifts,
        "holidays": ["2027-02-05/2027-02-11", "2027-09-02"],
        "planned": {"clean": {"days": ["fri"], "from": "16:00", "to": "17:00", "machines": ["press-01"]}},
    }))
    .send(&site);
    let change = told(&mut site).await;
    let (Setting::Calendar(now), Some(Setting::Calendar(was))) = (&change.setting, &change.was) else {
        panic!("{change:?}")
    };
    assert_eq!(sent.await.unwrap().0, 201);
    // Crews and the exception were not named: they stay.
    assert_eq!((&now.crews, &now.exceptions), (&was.crews, &was.exceptions));
    let dates = |dates: &Dates| (dates.first, dates.last);
    let holidays: Vec<_> = now.holidays.iter().map(dates).collect();
    let tet = (date(2027, 2, 5), date(2027, 2, 11));
    assert_eq!(holidays, [tet, (date(2027, 9, 2), date(2027, 9, 2))]);
    assert_eq!(now.planned_stops[0].machines, [MachineId(4)]);
    assert_eq!(
        (now.planned_stops[0].from_min, now.planned_stops[0].days[4]),
        (960, true)
    );
    // What is shown can be sent again as it is.
    let mut same = seen.clone();
    for told in ["id", "etag", "changed_by", "changed_at", "why", "history"] {
        same.as_object_mut().unwrap().remove(told);
    }
    let sent = put(same).send(&site);
    let change = told(&mut site).await;
    assert_eq!(Some(&change.setting), change.was.as_ref());
    assert_eq!(sent.await.unwrap().0, 201);
}

#[tokio::test]
async fn what_leaves_time_between_two_shifts_of_a_day_is_taken_and_says_so() {
    let mut site = Site::without_stops().await;
    site.tell(crews_and_a_sunday());
    let seen = site.json("/api/v1/calendar").await;
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let shift = |id: &str, from: &str, to: &str| json!({"id": id, "days": days, "from": from, "to": to});
    let put = |shifts| Put {
        path: "/api/v1/calendar",
        token: ADMIN,
        etag: seen["etag"].as_str(),
        item: json!({"shifts": shifts, "crews": {}, "exceptions": {}}),
    };
    let sent = put(json!([
        shift("early", "06:00", "14:00"),
        shift("night", "22:00", "06:00")
    ]))
    .send(&site);
    told(&mut site).await;
    let (status, body) = sent.await.unwrap();
    assert_eq!(status, 201, "{body}");
    assert_eq!(
        body["warnings"],
        json!([
            "no shift runs from 14:00 to 22:00 every day, between shift `early` and shift `night`: that time is planned for nobody; \
             write the shift that is missing, or end one where the other begins; leave it so if the plant stands still then"
        ])
    );
    let sent = put(json!([
        shift("day", "06:00", "18:00"),
        shift("night", "18:00", "06:00")
    ]))
    .send(&site);
    told(&mut site).await;
    let (status, body) = sent.await.unwrap();
    assert_eq!((status, body.get("warnings")), (201, None), "{body}");
}

#[tokio::test]
async fn ids_that_were_there_before_may_stay_and_others_that_cannot_be_are_refused_with_their_key() {
    let mut site = Site::without_stops().await;
    let Setting::Calendar(mut calendar) = crews_and_a_sunday() else {
        panic!("it is no calendar")
    };
    calendar.crews[0].id = "Crew 1".into();
    site.tell(Setting::Calendar(calendar));
    let seen = site.json("/api/v1/calendar").await;
    let put = |item| Put {
        path: "/api/v1/calendar",
        token: ADMIN,
        etag: seen["etag"].as_str(),
        item,
    };
    let crews = &seen["crews"];
    assert!(crews["Crew 1"].is_object(), "{seen}");
    let shifts = &seen["shifts"];
    for (item, words) in [
        (
            json!({"shifts": shifts, "crews": {"A 1": {"start": "2026-01-05", "pattern": ["day"]}}}),
            "`item.crews`: \"A 1\" cannot be an id",
        ),
        (
            json!({"shifts": shifts, "planned": {"clean up": {"days": ["fri"], "from": "16:00", "to": "17:00"}}}),
            "`item.planned`: \"clean up\" cannot be an id",
        ),
    ] {
        let (status, body) = put(item).send(&site).await.unwrap();
        assert_eq!(status, 422, "{body}");
        assert!(body["detail"].as_str().unwrap().contains(words), "{body}");
    }
    for item in [
        json!({"shifts": shifts, "holidays": ["2090-05-01"]}),
        json!({"shifts": shifts, "crews": crews, "holidays": ["2090-05-02"]}),
    ] {
        let sent = put(item).send(&site);
        told(&mut site).await;
        assert_eq!(sent.await.unwrap().0, 201);
    }
}

#[tokio::test]
async fn dates_crews_and_stops_that_cannot_be_are_refused_with_what_to_write() {
    let site = Site::without_stops().await;
    site.tell(crews_and_a_sunday());
    let seen = site.json("/api/v1/calendar").await;
    let put = |item| Put {
        path: "/api/v1/calendar",
        token: ADMIN,
        etag: seen["etag"].as_str(),
        item,
    };
    let shifts = &seen["shifts"];
    for (item, words) in [
        (json!({"shifts": shifts, "holidays": ["2027-02-30"]}), "no date"),
        (
            json!({"shifts": shifts, "holidays": ["2027-02-11/2027-02-05"]}),
            "first day first",
        ),
        (
            json!({"shifts": shifts, "exceptions": {"2090-03-01": [{"id": "noon"}]}}),
            "no shift `noon`",
        ),
        (
            json!({"shifts": shifts, "exceptions": {"2090-03-01": [], "2090-02-27/2090-03-02": []}}),
            "share dates",
        ),
        (
            json!({"shifts": shifts, "crews": {"A": {"start": "2026-01-05", "pattern": ["day"]},
                "B": {"start": "2026-01-05", "pattern": ["day"]}}}),
            "both work shift `day` on day 1",
        ),
        (
            json!({"shifts": shifts, "planned": {"clean": {"days": [], "from": "16:00", "to": "17:00"}}}),
            "on no day",
        ),
        (
            json!({"shifts": shifts, "planned": {"clean": {"days": ["fri"], "from": "16:00", "to": "17:00", "machines": ["x"]}}}),
            "no machine `x`",
        ),
        (
            json!({"shifts": shifts, "planned": {"clean": {"days": ["fri"], "from": "16:00", "to": "17:00", "lines": ["y"]}}}),
            "no machine is on a line `y`",
        ),
        (
            json!({"shifts": shifts, "exceptions": {"0001-01-01/9999-12-31": []}}),
            "no date a plant",
        ),
        (
            json!({"shifts": shifts, "exceptions": {"2090-01-01/2091-12-31": []}}),
            "730 days: write at most 366 days",
        ),
        (
            json!({"shifts": shifts, "holidays": vec!["2090-01-01"; 1_001]}),
            "1001 holidays: write at most 1000",
        ),
        (
            json!({"shifts": [{"id": "day", "days": [], "from": "06:00", "to": "18:00", "breaks": ["09:00-10:00", "09:59-10:30"]},
                {"id": "night", "days": [], "from": "18:00", "to": "06:00"}]}),
            "the break 09:59-10:30 of shift `day` overlaps another break",
        ),
    ] {
        let (status, body) = put(item.clone()).send(&site).await.unwrap();
        let detail = body["detail"].as_str().unwrap();
        assert_eq!(status, 422, "{item}: {detail}");
        assert!(detail.contains(words), "{item}: {detail}");
    }
}

#[tokio::test]
async fn a_leader_confirms_overtime_and_changes_nothing_else_of_the_calendar() {
    let mut site = Site::without_stops().await;
    site.tell(crews_and_a_sunday());
    let seen = site.json("/api/v1/calendar").await;
    let put = |token, item| Put {
        path: "/api/v1/calendar",
        token,
        etag: seen["etag"].as_str(),
        item,
    };
    let with = |key: &str, value: serde_json::Value| {
        let mut item = json!({"shifts": seen["shifts"], "production_day_start": seen["production_day_start"]});
        item[key] = value;
        item
    };
    let sunday = |from: &str, to: &str| json!({"2090-01-01": [{"id": "day", "from": from, "to": to}]});
    for item in [
        with("exceptions", sunday("06:00", "11:00")),
        with("exceptions", json!({"2090-01-01": []})),
        with("holidays", json!(["2090-02-05"])),
        with("production_day_start", json!("05:00")),
    ] {
        let (status, body) = put(LEADER, item.clone()).send(&site).await.unwrap();
        assert_eq!(status, 403, "{item}: {body}");
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.contains("more time to work needs the role admin"), "{detail}");
    }
    let (status, _) = put(OPERATOR, with("exceptions", sunday("06:00", "14:00")))
        .send(&site)
        .await
        .unwrap();
    assert_eq!(status, 403);

    let sent = put(LEADER, with("exceptions", sunday("06:00", "14:00"))).send(&site);
    let change = told(&mut site).await;
    assert_eq!(sent.await.unwrap().0, 201);
    let Setting::Calendar(now) = &change.setting else {
        panic!("{change:?}")
    };
    assert_eq!(
        now.exceptions[0].shifts[0].to_min,
        14 * 60,
        "two hours more than until 12:00"
    );
}
