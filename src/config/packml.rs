//! Pure. PackML's states: what each number of StateCurrent (ISA-TR88.00.02) means for OEE.

use crate::model::state::State;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Number, name in the standard, and our state. Suspended is kept from running by what lies outside the machine, Held by the
/// machine itself; Aborted has failed, and Clearing is the way out of it.
const STATES: [(u8, &str, State); 18] = [
    (0, "Undefined", State::Unknown),
    (1, "Clearing", State::Fault(None)),
    (2, "Stopped", State::Stopped),
    (3, "Starting", State::Idle),
    (4, "Idle", State::Idle),
    (5, "Suspended", State::Waiting(None)),
    (6, "Execute", State::Running),
    (7, "Stopping", State::Stopped),
    (8, "Aborting", State::Fault(None)),
    (9, "Aborted", State::Fault(None)),
    (10, "Holding", State::Stopped),
    (11, "Held", State::Stopped),
    (12, "Unholding", State::Stopped),
    (13, "Suspending", State::Waiting(None)),
    (14, "Unsuspending", State::Waiting(None)),
    (15, "Resetting", State::Idle),
    (16, "Completing", State::Idle),
    (17, "Complete", State::Idle),
];

/// The map of a machine that tells PackML's states.
pub fn map() -> BTreeMap<Arc<str>, State> {
    let code = |(number, _, state): &(u8, &str, State)| (number.to_string().into(), state.clone());
    STATES.iter().map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::super::REFERENCE;
    use super::*;

    #[test]
    fn the_reference_says_what_each_number_of_packml_means() {
        for (number, name, state) in STATES {
            let row = format!("| {number} | {name} | `{}` |", state.name());
            assert!(REFERENCE.contains(&row), "{row}");
        }
        assert_eq!(map().len(), 18);
    }
}
