//! Pure. The table that leads from a state, a reason and the calendar to the one class of an instant.

use super::calendar::Planned;
use super::plan::{Between, Segment};
use super::policy;
use crate::model::entry;
use crate::model::policy::Charge;
use crate::model::state::{Class, State};
use crate::model::tally::Source;

/// States that make one stop while they follow each other without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Standing still or failed; short ones are minor stops.
    Down,
    /// Waiting for something outside.
    Waiting,
    /// Changeover.
    Setup,
    /// Maintenance.
    Maintenance,
    /// Nobody saw what it did. No stop, but a person may say what it was.
    Unseen,
}

/// The group of a state; `None` for running.
pub fn group(state: &State) -> Option<Group> {
    match state {
        State::Stopped | State::Idle | State::Fault(_) => Some(Group::Down),
        State::Waiting(_) => Some(Group::Waiting),
        State::Setup => Some(Group::Setup),
        State::Maintenance => Some(Group::Maintenance),
        State::Unknown => Some(Group::Unseen),
        State::Running => None,
    }
}

/// True when a failure in a stop of one group goes on in a stop of the other that follows it: whoever mends a machine may switch it
/// to maintenance, or wait for somebody. In a changeover it makes pieces again, and of time nobody saw nothing is known.
pub fn is_one_failure(before: Group, after: Option<Group>) -> bool {
    let stands = |group| matches!(group, Group::Down | Group::Waiting | Group::Maintenance);
    stands(before) && after.is_some_and(stands)
}

/// The class of planned time in this state when no person gave a reason. Maintenance outside a planned stop is a
/// breakdown: something had to be mended while the machine should have run.
pub fn unexplained(state: &State, minor: bool) -> Class {
    match state {
        State::Running => Class::Running,
        State::Unknown => Class::Unknown,
        State::Stopped | State::Idle | State::Fault(_) if minor => Class::MinorStop,
        State::Stopped | State::Idle => Class::Unexplained,
        State::Fault(_) | State::Maintenance => Class::Breakdown,
        State::Waiting(_) => Class::Waiting,
        State::Setup => Class::Setup,
    }
}

/// What the calendar makes of a class: outside planned work only running stands, since the excluded classes are leave to
/// stand still and not orders to look away.
pub fn in_calendar(class: Class, planned: Planned) -> Class {
    match (planned, class) {
        (_, Class::Running | Class::ClockSkip) | (Planned::Work, _) => class,
        (Planned::Break, _) => Class::Break,
        (Planned::Stop, _) => Class::PlannedStop,
        (Planned::Nothing, _) => Class::NotScheduled,
    }
}

/// What calendar, declared planned stops and orders make of a class; `named` when a person called it so.
pub fn in_plan(class: Class, named: bool, segment: &Segment) -> Class {
    if class == Class::Unknown && !named && leave_is_charged(segment) {
        return class;
    }
    let class = in_calendar(class, segment.slot.planned);
    if matches!(class, Class::Running | Class::ClockSkip) || !segment.is_work() {
        return class;
    }
    if segment.declared.is_some() {
        return Class::PlannedStop;
    }
    match (segment.between, class) {
        // Of time nobody saw, nobody knows that it was leave to stand still.
        (Between::Ordered, _) | (Between::NoOrder | Between::Changeover, Class::Unknown) => class,
        (Between::NoOrder, _) => Class::NoOrder,
        (Between::Changeover, Class::MinorStop | Class::Unexplained) if !named => Class::Setup,
        (Between::Changeover, _) => class,
    }
}

/// True where time that nobody saw is unknown planned time: what was made unseen lies there, and is held against it. In leave to
/// stand still that no policy charges there is none that pieces could fill.
pub fn is_unknown_planned(segment: &Segment) -> bool {
    in_plan(Class::Unknown, false, segment) == Class::Unknown
}

/// True where the policy in force charges time that calendar or declared stop give leave to stand still: then it is no matter of
/// course that a machine nobody saw stood, and the charge would be one for the outage.
fn leave_is_charged(segment: &Segment) -> bool {
    let (class, reason) = match (segment.slot.planned, &segment.declared) {
        (Planned::Break, _) => (Class::Break, ""),
        (Planned::Stop, _) => (Class::PlannedStop, &*segment.slot.planned_stop),
        (Planned::Nothing, _) => (Class::NotScheduled, ""),
        (Planned::Work, Some(declared)) => (Class::PlannedStop, &*declared.reason),
        (Planned::Work, None) => return false,
    };
    policy::charge(&segment.policy, class, reason) != Charge::Excluded
}

/// True for classes that take time out of planned busy time as leave to stand still.
pub fn is_excluded(class: Class) -> bool {
    matches!(
        class,
        Class::NotScheduled | Class::PlannedStop | Class::Break | Class::NoOrder
    )
}

/// Who says that time is of a class to which no person gave a reason: whoever tells the state, where the state tells the class.
pub fn told_by(class: Class, segment: &Segment) -> Source {
    let follows_state = is_busy(class) && segment.setting.state_by == entry::Source::Manual;
    match follows_state {
        true => Source::Manual,
        false => Source::Auto,
    }
}

/// True for time in planned busy time (PBT): all whose class is not excluded.
pub fn is_busy(class: Class) -> bool {
    match class {
        Class::Running | Class::MinorStop | Class::Unexplained | Class::Breakdown | Class::Waiting | Class::Setup => {
            true
        }
        Class::NotScheduled
        | Class::PlannedStop
        | Class::Break
        | Class::NoOrder
        | Class::Unknown
        | Class::ClockSkip => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_leads_to_its_class() {
        let cases = [
            (State::Running, false, Class::Running),
            (State::Stopped, true, Class::MinorStop),
            (State::Idle, true, Class::MinorStop),
            (State::Fault(None), true, Class::MinorStop),
            (State::Stopped, false, Class::Unexplained),
            (State::Idle, false, Class::Unexplained),
            (State::Fault(Some("mould".into())), false, Class::Breakdown),
            (State::Maintenance, false, Class::Breakdown),
            (State::Maintenance, true, Class::Breakdown),
            (State::Waiting(Some("material".into())), true, Class::Waiting),
            (State::Setup, true, Class::Setup),
            (State::Unknown, false, Class::Unknown),
        ];
        for (state, minor, class) in cases {
            assert_eq!(unexplained(&state, minor), class, "{state:?}, minor: {minor}");
        }
    }

    #[test]
    fn outside_planned_work_only_running_and_a_clock_skip_stand() {
        for class in Class::ALL {
            let stands = matches!(class, Class::Running | Class::ClockSkip);
            assert_eq!(in_calendar(class, Planned::Work), class);
            assert_eq!(
                in_calendar(class, Planned::Break),
                if stands { class } else { Class::Break }
            );
            assert_eq!(
                in_calendar(class, Planned::Stop),
                if stands { class } else { Class::PlannedStop }
            );
            assert_eq!(
                in_calendar(class, Planned::Nothing),
                if stands { class } else { Class::NotScheduled }
            );
        }
    }
}
