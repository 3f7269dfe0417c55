//! Pure. Orders that wait, on three presses: for whom, and until when.

use super::*;
use crate::model::entry::{Entry, OrderAct, Says, Source};
use crate::model::fact::{Body, Fact};
use crate::model::settings::{Change, Setting, SettingKind};
use crate::model::time::Timestamp;
use OrderAct::{Finish, Pause, Start};

const PRESSES: [MachineId; 3] = [MachineId(0), MachineId(1), MachineId(2)];

/// Three presses that work by orders, two of them in one line, and a released order for any of those it names.
struct Shop {
    plan: Plan,
    entries: i64,
}

impl Shop {
    fn new(order: OrderSetting) -> Shop {
        let mut shop = Shop {
            plan: Plan::default(),
            entries: 0,
        };
        for (id, line) in PRESSES.into_iter().zip(["hall", "hall", "annex"]) {
            let press = MachineSetting {
                line: line.into(),
                orders: true,
                ..MachineSetting::default()
            };
            shop.tell(None, 0, Body::Setting(Change::new(Setting::Machine(id, press))));
        }
        let order = OrderSetting {
            released: true,
            ..order
        };
        shop.tell(None, 10, Body::Setting(Change::new(Setting::Order("WO".into(), order))));
        shop
    }

    fn tell(&mut self, machine: Option<MachineId>, at: i64, body: Body) {
        self.plan.apply(&Fact {
            at: Timestamp(at),
            received_at: Timestamp(at),
            mono_ms: 0,
            epoch: 0,
            machine,
            author: "planner".into(),
            body,
        });
    }

    fn say(&mut self, press: usize, at: i64, says: Says) {
        self.entries += 1;
        let entry = Entry {
            key: self.entries.to_string().into(),
            source: Source::Manual,
            late: false,
            says,
        };
        self.tell(Some(PRESSES[press]), at, Body::Entry(entry));
    }

    fn act(&mut self, press: usize, at: i64, act: OrderAct) {
        let when = Timestamp(at);
        let order = "WO".into();
        self.say(press, at, Says::Order { order, act, when });
    }

    /// What a press is between, and until when.
    fn between(&self, press: usize, at: i64) -> (Between, i64) {
        let segment = self.plan.segment(PRESSES[press], Timestamp(at)).unwrap();
        (segment.between, segment.key_period.end.0)
    }

    fn all(&self, at: i64) -> [Between; 3] {
        [0, 1, 2].map(|press| self.between(press, at).0)
    }
}

use Between::{Changeover, NoOrder, Ordered};

#[test]
fn an_order_for_any_machine_waits_nowhere_while_one_makes_it() {
    let mut shop = Shop::new(OrderSetting::default());
    assert_eq!(shop.all(5), [NoOrder; 3], "nobody released one");
    assert_eq!(shop.all(20), [Changeover; 3]);
    shop.act(0, 100, Start);
    assert_eq!(shop.between(1, 20), (Changeover, 100));
    assert_eq!(shop.all(100), [Ordered, NoOrder, NoOrder]);
    shop.act(0, 200, Pause);
    assert_eq!(shop.between(1, 100), (NoOrder, 200));
    assert_eq!(shop.all(200), [Changeover; 3], "any of them may take it over");
    shop.act(2, 300, Start);
    assert_eq!(shop.all(300), [NoOrder, NoOrder, Ordered]);
    shop.act(2, 400, Finish);
    assert_eq!(shop.all(400), [NoOrder; 3], "it is made");
    shop.act(1, 500, Start);
    shop.act(1, 600, Pause);
    assert_eq!(
        shop.all(600),
        [Changeover, Changeover, NoOrder],
        "it was begun again, and the third had finished it"
    );
}

#[test]
fn what_is_put_on_in_its_place_leaves_an_order_waiting_for_the_others() {
    let mut shop = Shop::new(OrderSetting::default());
    shop.act(0, 100, Start);
    shop.say(0, 200, Says::Product { product: "".into() });
    assert_eq!(shop.between(1, 150), (NoOrder, 200));
    assert_eq!(shop.all(200), [Changeover; 3]);
    let product = shop.entries.to_string().into();
    shop.say(0, 200, Says::Undo { entry: product });
    assert_eq!(shop.all(200), [Ordered, NoOrder, NoOrder]);
    let start = "1".into();
    shop.say(0, 100, Says::Undo { entry: start });
    assert_eq!(shop.all(200), [Changeover; 3], "nobody started it after all");
}

#[test]
fn an_order_of_two_machines_is_over_when_it_was_finished_last() {
    let mut shop = Shop::new(OrderSetting::default());
    shop.act(0, 100, Start);
    shop.act(1, 110, Start);
    shop.act(0, 200, Finish);
    assert_eq!(shop.all(200), [NoOrder, Ordered, NoOrder], "the other goes on with it");
    shop.act(1, 300, Pause);
    assert_eq!(
        shop.all(300),
        [NoOrder, Changeover, Changeover],
        "the other has some of it left"
    );
    shop.act(1, 400, Finish);
    assert_eq!(shop.all(400), [NoOrder; 3]);
}

#[test]
fn an_order_that_was_on_a_machine_which_is_taken_away_waits_again() {
    let mut shop = Shop::new(OrderSetting::default());
    shop.act(0, 100, Start);
    let away = Setting::Removed(SettingKind::Machine, "press".into());
    shop.tell(Some(PRESSES[0]), 200, Body::Setting(Change::new(away)));
    assert_eq!(shop.between(1, 100), (NoOrder, 200));
    assert_eq!([1, 2].map(|press| shop.between(press, 200).0), [Changeover; 2]);
}

#[test]
fn an_order_that_was_finished_on_a_machine_which_is_taken_away_waits_no_more() {
    let mut shop = Shop::new(OrderSetting::default());
    shop.act(0, 100, Start);
    shop.act(0, 150, Finish);
    let away = Setting::Removed(SettingKind::Machine, "press".into());
    shop.tell(Some(PRESSES[0]), 200, Body::Setting(Change::new(away)));
    assert_eq!([1, 2].map(|press| shop.between(press, 200).0), [NoOrder; 2]);
}

#[test]
fn a_pause_of_an_order_that_is_not_on_changes_nothing() {
    let mut shop = Shop::new(OrderSetting::default());
    shop.act(2, 100, Start);
    shop.act(2, 150, Pause);
    shop.act(1, 160, Start);
    shop.act(1, 200, Finish);
    shop.act(2, 210, Pause);
    shop.act(0, 220, Pause);
    assert_eq!(shop.all(230), [NoOrder; 3]);
}

#[test]
fn the_machines_of_a_serial_line_have_each_a_part_of_an_order_for_any() {
    let mut shop = Shop::new(OrderSetting::default());
    let [bottleneck, output, _] = PRESSES;
    let kind = LineSetting::Serial { bottleneck, output };
    shop.tell(None, 0, Body::Setting(Change::new(Setting::Line("hall".into(), kind))));
    shop.act(0, 100, Start);
    assert_eq!(shop.all(100), [Ordered, Changeover, NoOrder]);
    shop.act(2, 200, Start);
    assert_eq!(
        shop.all(200),
        [Ordered, NoOrder, Ordered],
        "another machine makes all of it"
    );
}

#[test]
fn an_order_of_a_line_waits_for_the_machines_of_that_line_alone() {
    let mut shop = Shop::new(OrderSetting {
        line: "hall".into(),
        ..OrderSetting::default()
    });
    assert_eq!(shop.all(20), [Changeover, Changeover, NoOrder]);
    shop.act(0, 100, Start);
    assert_eq!(shop.all(100), [Ordered, NoOrder, NoOrder]);
    // One behind the other each machine of the line has its own part of it.
    let [bottleneck, output, _] = PRESSES;
    let kind = LineSetting::Serial { bottleneck, output };
    shop.tell(
        None,
        200,
        Body::Setting(Change::new(Setting::Line("hall".into(), kind))),
    );
    assert_eq!(shop.between(1, 100), (NoOrder, 200));
    assert_eq!(shop.all(200), [Ordered, Changeover, NoOrder]);
    shop.act(0, 300, Finish);
    assert_eq!(
        shop.all(300),
        [NoOrder, Changeover, NoOrder],
        "the second has its part left"
    );
}

#[test]
fn an_order_of_one_machine_waits_for_it_whatever_others_do() {
    let mut shop = Shop::new(OrderSetting {
        machine: Some(PRESSES[0]),
        ..OrderSetting::default()
    });
    shop.act(1, 100, Start);
    assert_eq!(shop.all(100), [Changeover, Ordered, NoOrder]);
}
