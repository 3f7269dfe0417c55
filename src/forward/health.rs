//! What log and health page say of a sink.

use super::batch::Verdict;
use super::delivery::{Delivery, Requests, Trouble};
use crate::model::time::Timestamp;
use tokio::sync::watch;

/// One sink as the health page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SinkHealth {
    /// Its name in the configuration.
    pub name: String,
    /// True when it confirmed what it was sent last; false before the first time.
    pub up: bool,
    /// Since when that is so.
    pub since: Timestamp,
    /// Everything up to this booking is confirmed or in quarantine.
    pub done: u64,
    /// Bookings that wait to be sent.
    pub backlog: u64,
    /// When it confirmed last, since the agent started.
    pub last_success: Option<Timestamp>,
    /// A sentence: what is going on, and what to do if anything.
    pub what: String,
    /// True when somebody must do it.
    pub act: bool,
    /// Bookings in quarantine.
    pub quarantined: u64,
    /// Bookings that were gone from the disk before they could be sent, since the agent started.
    pub lost: u64,
    /// Requests since the agent started.
    pub requests: Requests,
}

impl SinkHealth {
    /// True while nothing was sent to it, because nothing was booked yet, and nothing is wrong.
    pub fn is_untried(&self) -> bool {
        self.what == NOTHING_YET
    }
}

/// Turns what happens into reports and log lines, each said once.
#[derive(Debug)]
pub struct Report {
    health: SinkHealth,
    sender: watch::Sender<SinkHealth>,
}

impl Report {
    /// Begins with a sink nothing is known of at `at`.
    pub fn new(name: &str, at: Timestamp, sender: watch::Sender<SinkHealth>) -> Report {
        let health = SinkHealth {
            name: name.to_owned(),
            since: at,
            what: NOTHING_YET.to_owned(),
            ..SinkHealth::default()
        };
        sender.send_replace(health.clone());
        Report { health, sender }
    }

    /// The sink begins with this many bookings in quarantine.
    pub fn start(&mut self, quarantined: u64) {
        self.health.quarantined = quarantined;
        NOTHING_YET.clone_into(&mut self.health.what);
        self.health.act = false;
        self.sender.send_replace(self.health.clone());
    }

    /// Something on this side keeps the sink from being sent to.
    pub fn broken(&mut self, what: &str, act: bool, at: Timestamp) {
        let trouble = Trouble {
            what: what.to_owned(),
            act,
            since: at,
        };
        let next = SinkHealth {
            up: false,
            what: trouble.what.clone(),
            act,
            ..self.health.clone()
        };
        self.log_trouble(&trouble);
        self.publish(next, at);
    }

    /// Says what changed, `verdicts` being new in quarantine.
    pub fn tell(&mut self, delivery: &Delivery, verdicts: &[Verdict], at: Timestamp) {
        let (done, _) = delivery.position();
        let requests = delivery.requests();
        let former = &self.health;
        let confirmed = requests.confirmed > former.requests.confirmed;
        let last_success = if confirmed { Some(at) } else { former.last_success };
        let trouble = delivery.trouble();
        let (what, act) = match trouble {
            Some(trouble) => (trouble.what.clone(), trouble.act),
            None if confirmed => (ALL_WELL.to_owned(), false),
            None => (former.what.clone(), former.act),
        };
        let next = SinkHealth {
            name: former.name.clone(),
            up: trouble.is_none() && (confirmed || former.up),
            since: former.since,
            done,
            backlog: delivery.backlog(),
            last_success,
            what,
            act,
            quarantined: former.quarantined + u64::try_from(verdicts.len()).unwrap_or(u64::MAX),
            lost: delivery.lost(),
            requests,
        };
        if let Some(trouble) = trouble {
            self.log_trouble(trouble);
        }
        self.log_losses(&next, verdicts);
        self.publish(next, at);
    }

    fn publish(&mut self, mut next: SinkHealth, at: Timestamp) {
        if next.up != self.health.up {
            next.since = at;
            if next.up {
                tracing::info!(sink = %next.name, waiting = next.backlog, "the sink stores what it is sent");
            }
        }
        if next != self.health {
            self.health = next;
            self.sender.send_replace(self.health.clone());
        }
    }

    fn log_trouble(&self, trouble: &Trouble) {
        let name = &self.health.name;
        if trouble.what == self.health.what {
            return;
        }
        if trouble.act {
            tracing::error!(sink = %name, "{}", trouble.what);
        } else {
            tracing::warn!(sink = %name, "{}", trouble.what);
        }
    }

    fn log_losses(&self, next: &SinkHealth, verdicts: &[Verdict]) {
        if let Some(first) = verdicts.first() {
            tracing::error!(
                sink = %next.name,
                bookings = verdicts.len(),
                first = first.booking,
                why = %first.why,
                "the sink refused bookings: they are kept in quarantine, to be sent again when it takes them"
            );
        }
        if next.lost > self.health.lost {
            tracing::error!(
                sink = %next.name,
                bookings = next.lost - self.health.lost,
                "bookings are no longer on the disk and were never confirmed: the sink does not get them. The journal holds what \
                 they were made of; look at quarantine/ in the data folder"
            );
        }
    }
}

const NOTHING_YET: &str = "Nothing has been sent since the agent started.";
const ALL_WELL: &str = "The sink stores what it is sent.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forward::answer::Answer;
    use crate::forward::delivery::{Limits, Next};
    use crate::model::time::Now;
    use crate::store::Booked;

    fn at(ms: u64) -> Now {
        Now {
            at: Timestamp(i64::try_from(ms).unwrap()),
            mono_ms: ms,
            epoch: 0,
        }
    }

    fn send(delivery: &mut Delivery, now: Now, code: u16) {
        loop {
            match delivery.next(now, 1) {
                Next::Read { .. } => delivery.loaded(
                    1,
                    vec![Booked {
                        seq: 1,
                        machine: None,
                        at: now.at,
                        line: "gemba_value n=1i 0".to_owned(),
                    }],
                    &[],
                ),
                Next::Send { .. } => break,
                Next::Wait(until) => panic!("waits until {until:?}"),
            }
        }
        let answer = Answer::Status {
            code,
            retry_after: None,
            said: String::new(),
        };
        delivery.answered(&answer, now, 0);
    }

    #[test]
    fn a_sink_is_up_from_its_first_confirmation_and_down_with_a_sentence_since_its_first_failure() {
        let (sender, health) = watch::channel(SinkHealth::default());
        let mut report = Report::new("programme", Timestamp(0), sender);
        let seen = || health.borrow().clone();
        assert!(!seen().up && seen().what == NOTHING_YET);
        let mut delivery = Delivery::resume(Limits::default(), 0, None, &[]);
        send(&mut delivery, at(1_000), 401);
        report.tell(&delivery, &[], Timestamp(1_000));
        assert!(!seen().up && seen().act && seen().what.contains("token"));
        assert_eq!((seen().since, seen().backlog), (Timestamp(0), 1));
        send(&mut delivery, at(40_000), 204);
        report.tell(&delivery, &[], Timestamp(40_000));
        assert!(seen().up && !seen().act && seen().what == ALL_WELL);
        assert_eq!(
            (seen().since, seen().last_success),
            (Timestamp(40_000), Some(Timestamp(40_000)))
        );
        assert_eq!((seen().done, seen().backlog), (1, 0));
        report.broken("The ledger cannot be read.", false, Timestamp(50_000));
        assert!(!seen().up && seen().since == Timestamp(50_000));
    }

    #[test]
    fn what_goes_to_quarantine_adds_up() {
        let (sender, health) = watch::channel(SinkHealth::default());
        let mut report = Report::new("programme", Timestamp(0), sender);
        report.start(3);
        let verdict = Verdict {
            booking: 9,
            why: "no".to_owned(),
            key: None,
        };
        report.tell(
            &Delivery::resume(Limits::default(), 9, None, &[]),
            &[verdict],
            Timestamp(5),
        );
        assert_eq!(health.borrow().quarantined, 4);
    }
}
