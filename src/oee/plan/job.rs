//! Pure. What a machine works on: its order, product and mould at an instant, and whether an order waits for it.

use super::acts::Last;
use super::said::{Said, Work as PutOn, in_force};
use super::{Plan, Validity};
use crate::model::entry::OrderAct;
use crate::model::ids::MachineId;
use crate::model::line::LineSetting;
use crate::model::settings::{MachineSetting, OrderSetting, ProductSetting};
use std::sync::Arc;

/// What was put on a machine.
#[derive(Debug, Clone, Default)]
pub struct Work {
    /// Id of the order, or empty.
    pub order: Arc<str>,
    /// Id of the product, or empty.
    pub product: Arc<str>,
    /// The mould the order names; empty for the product's.
    pub mould: Arc<str>,
}

/// What a machine works on.
#[derive(Debug, Clone, Default)]
pub struct Job {
    /// Id of the order, or empty.
    pub order: Arc<str>,
    /// Id of the product, or empty.
    pub product: Arc<str>,
    /// The mould, or empty.
    pub mould: Arc<str>,
    /// The product as configured.
    pub made: Option<Arc<ProductSetting>>,
}

/// What stands between two orders of a machine that works by orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// Nothing: an order is on, or the machine does not work by orders.
    Ordered,
    /// No order is on, and none that it could make waits.
    NoOrder,
    /// No order is on, and a released one waits: the machine is changed over.
    Changeover,
}

impl Job {
    /// Work on a product as configured.
    pub(super) fn new(work: Work, made: Option<Arc<ProductSetting>>) -> Job {
        let of_product = || made.as_ref().map(|made| Arc::clone(&made.mould));
        let of_order = Some(work.mould).filter(|mould| !mould.is_empty());
        Job {
            order: work.order,
            mould: of_order.or_else(of_product).unwrap_or_default(),
            product: work.product,
            made,
        }
    }
}

impl Plan {
    /// What the machine works on at the instant of `span`.
    pub(super) fn job(&self, said: &Said, span: &mut Validity) -> Job {
        let work = self.work(said, span);
        let made = self
            .products
            .get(&work.product)
            .and_then(|product| span.narrow(product));
        Job::new(work, made)
    }

    /// What was put on the machine at the instant of `span`.
    pub(super) fn work(&self, said: &Said, span: &mut Validity) -> Work {
        // The span ends where the next word about work begins to hold.
        let put_on = in_force(&said.work, span.at, &mut span.period).and_then(|_| said.on_at(span.at));
        match put_on.cloned() {
            Some(PutOn::Product(product)) => Work {
                product,
                ..Work::default()
            },
            Some(PutOn::Order(id, _)) => {
                let order = self.orders.get(&id).and_then(|order| span.narrow(order));
                Work {
                    product: order
                        .as_ref()
                        .map(|order| Arc::clone(&order.product))
                        .unwrap_or_default(),
                    mould: order.map(|order| Arc::clone(&order.mould)).unwrap_or_default(),
                    order: id,
                }
            }
            None => Work::default(),
        }
    }

    /// Whether an order is on, and if not, whether one waits.
    pub(super) fn between(
        &self,
        machine: MachineId,
        setting: &MachineSetting,
        job: &Job,
        span: &mut Validity,
    ) -> Between {
        if !setting.orders || !job.order.is_empty() {
            return Between::Ordered;
        }
        self.orders.narrow(span);
        let mut open = self.orders.open_at(span.at);
        let waits = open.any(|(id, order)| {
            is_for(&order, machine, &setting.line) && self.waits(id, &order, machine, setting, span)
        });
        if waits { Between::Changeover } else { Between::NoOrder }
    }

    /// Whether an order that is open waits for a machine that may make it: the machine has not finished it, and where any of
    /// several machines may make it, no other one makes it, and what happened to it last is not that it was finished. In a serial
    /// line each machine has its own part of an order.
    fn waits(
        &self,
        id: &Arc<str>,
        order: &OrderSetting,
        machine: MachineId,
        setting: &MachineSetting,
        span: &mut Validity,
    ) -> bool {
        if self.said(machine).is_finished(id, span.at) {
            return false;
        }
        if order.machine.is_some() {
            return true;
        }
        let kind = self.kinds.get(&setting.line).and_then(|line| span.narrow(line));
        let has_parts = matches!(kind.as_deref(), Some(LineSetting::Serial { .. }));
        let mut newest: Option<Last> = None;
        for last in self.acts.last(id, span) {
            if last.machine != machine {
                let timeline = self.machines.get(&last.machine);
                let other = timeline.and_then(|timeline| span.narrow(timeline));
                // What was on a machine that is there no more, is on it no more.
                let other = other.filter(|other| other.asset.connected);
                let is_other = other.is_some_and(|other| !has_parts || other.line != setting.line);
                if !is_other {
                    continue;
                }
                if last.act == OrderAct::Start && self.is_on(id, &last, span) {
                    return false;
                }
            }
            newest = newest.filter(|newest| newest.at > last.at).or(Some(last));
        }
        newest.is_none_or(|newest| !newest.is_finished)
    }

    /// True when an order is on the machine it was started on: nothing else was put on in its place.
    fn is_on(&self, id: &Arc<str>, last: &Last, span: &mut Validity) -> bool {
        let displaced = self.said(last.machine).displaced_after(id, last.at);
        match displaced {
            Some(at) if at <= span.at => {
                span.period.start = span.period.start.max(at);
                false
            }
            Some(at) => {
                span.period.end = span.period.end.min(at);
                true
            }
            None => true,
        }
    }

    /// True for an order that was ever told without the one machine that is to make it.
    pub fn is_shared(&self, order: &str) -> bool {
        self.orders.is_shared(order)
    }

    /// Cavities in use: what a person said last, as long as the mould stays.
    pub(super) fn cavities_in_use(&self, said: &Said, job: &Job, nominal: u32, span: &mut Validity) -> u32 {
        let Some((from, active)) = in_force(&said.cavities, span.at, &mut span.period) else {
            return nominal;
        };
        let mould_at = |at| self.job(said, &mut Validity::at(at)).mould;
        // The last word first: whatever was put on since, what matters is where another mould is met.
        let changes = said.work.range((from, 0)..=(span.at, u64::MAX)).rev();
        let changes = changes.map(|((at, _), _)| *at).filter(|at| *at > from);
        let mut changes = changes.chain([from]);
        let stays = changes.all(|at| mould_at(at) == job.mould);
        if stays { (*active).min(nominal) } else { nominal }
    }
}

/// True when a machine may make an order.
fn is_for(order: &OrderSetting, machine: MachineId, line: &str) -> bool {
    order
        .machine
        .map_or(order.line.is_empty() || *order.line == *line, |of| of == machine)
}

#[cfg(test)]
mod tests {
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
}
