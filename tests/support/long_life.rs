//! What years leave in the plan of a machine.

use super::timeline::{Timeline, at, press};
use gemba::model::entry::{OrderAct, Says};
use gemba::model::settings::{MachineSetting, OrderSetting, Release, Setting};
use std::sync::Arc;

/// A machine that works by orders, of which so many were made, each with an approved first piece and a planned stop, a minute each.
pub fn past(many: u32) -> Timeline {
    let mut line = Timeline::new(MachineSetting {
        orders: true,
        release: Release::FirstOff,
        ..press(10.0)
    });
    let order = |closed| OrderSetting {
        released: true,
        closed,
        ..OrderSetting::default()
    };
    for number in 1..=many {
        let begin = f64::from(number) * -60.0;
        let id: Arc<str> = format!("A-{number}").into();
        let act = |act, second| Says::Order {
            order: Arc::clone(&id),
            act,
            when: at(second),
        };
        line.set(begin, Setting::Order(Arc::clone(&id), order(false)));
        line.entry(begin, act(OrderAct::Start, begin));
        line.entry(begin, Says::Cavities { active: 1 });
        let when = at(begin + 20.0);
        line.entry(begin + 10.0, Says::FirstOff { when });
        let until = at(begin + 50.0);
        let reason = Arc::default();
        line.entry(begin + 40.0, Says::PlannedStop { until, reason });
        line.entry(begin + 50.0, act(OrderAct::Finish, begin + 50.0));
        line.set(begin + 50.0, Setting::Order(Arc::clone(&id), order(true)));
    }
    line
}
