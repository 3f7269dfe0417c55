//! Pure. Machine states as signals tell them, and the classes of time they lead to.

use std::borrow::Cow;
use std::sync::Arc;

/// What a machine's signals say it is doing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Producing.
    Running,
    /// Ready, not producing.
    Idle,
    /// Not producing.
    Stopped,
    /// Failed, with the cause where the signal names one.
    Fault(Option<Arc<str>>),
    /// Being changed over.
    Setup,
    /// Being maintained.
    Maintenance,
    /// Waiting, with the cause where the signal names one (material, operator, quality, tool, upstream, ...).
    Waiting(Option<Arc<str>>),
    /// No data, or a code nobody mapped.
    Unknown,
}

impl State {
    /// The word written in configuration, journal and API: `running`, `fault:mould`, `waiting:material`.
    pub fn name(&self) -> Cow<'static, str> {
        let with = |word: &'static str, cause: &Option<Arc<str>>| match cause {
            Some(cause) => Cow::Owned(format!("{word}:{cause}")),
            None => Cow::Borrowed(word),
        };
        match self {
            State::Running => Cow::Borrowed("running"),
            State::Idle => Cow::Borrowed("idle"),
            State::Stopped => Cow::Borrowed("stopped"),
            State::Fault(cause) => with("fault", cause),
            State::Setup => Cow::Borrowed("setup"),
            State::Maintenance => Cow::Borrowed("maintenance"),
            State::Waiting(cause) => with("waiting", cause),
            State::Unknown => Cow::Borrowed("unknown"),
        }
    }

    /// The state of that name; `None` when there is no such state.
    pub fn parse(name: &str) -> Option<State> {
        let (word, cause) = match name.split_once(':') {
            Some((word, cause)) if !cause.is_empty() => (word, Some(Arc::from(cause))),
            Some(_) => return None,
            None => (name, None),
        };
        match (word, cause) {
            ("running", None) => Some(State::Running),
            ("idle", None) => Some(State::Idle),
            ("stopped", None) => Some(State::Stopped),
            ("fault", cause) => Some(State::Fault(cause)),
            ("setup", None) => Some(State::Setup),
            ("maintenance", None) => Some(State::Maintenance),
            ("waiting", cause) => Some(State::Waiting(cause)),
            ("unknown", None) => Some(State::Unknown),
            _ => None,
        }
    }
}

/// The one class every instant of a machine has. `oee/class.rs` holds the table that leads here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Producing (ISO 22400: part of actual production time, APT).
    Running,
    /// A stop shorter than the minor limit that nobody explained.
    MinorStop,
    /// A longer stop that nobody explained yet.
    Unexplained,
    /// A failure.
    Breakdown,
    /// Waiting for something outside the machine.
    Waiting,
    /// Changeover (ISO 22400: actual unit set-up time, AUST).
    Setup,
    /// Outside every shift.
    NotScheduled,
    /// Planned to stand still.
    PlannedStop,
    /// A break of the shift.
    Break,
    /// No order released (only where orders are used).
    NoOrder,
    /// No data in scheduled time.
    Unknown,
    /// Wall time that never passed: the clock was set forward.
    ClockSkip,
}

impl Class {
    /// Every class, in the order of the table.
    pub const ALL: [Class; 12] = [
        Class::Running,
        Class::MinorStop,
        Class::Unexplained,
        Class::Breakdown,
        Class::Waiting,
        Class::Setup,
        Class::NotScheduled,
        Class::PlannedStop,
        Class::Break,
        Class::NoOrder,
        Class::Unknown,
        Class::ClockSkip,
    ];

    /// The word written in configuration, journal, API and as a tag.
    pub fn name(self) -> &'static str {
        match self {
            Class::Running => "running",
            Class::MinorStop => "minor_stop",
            Class::Unexplained => "unexplained",
            Class::Breakdown => "breakdown",
            Class::Waiting => "waiting",
            Class::Setup => "setup",
            Class::NotScheduled => "not_scheduled",
            Class::PlannedStop => "planned_stop",
            Class::Break => "break",
            Class::NoOrder => "no_order",
            Class::Unknown => "unknown",
            Class::ClockSkip => "clock_skip",
        }
    }

    /// The class of that name.
    pub fn parse(name: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.name() == name)
    }
}
