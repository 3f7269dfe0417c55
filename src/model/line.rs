//! Pure. How the machines of a line make one result.

use super::ids::MachineId;

/// How the sums of a line follow from those of its machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineSetting {
    /// The machines do the same side by side: all of them are added.
    #[default]
    Parallel,
    /// Each piece passes one machine after the other.
    Serial {
        /// The machine whose time and ideal cycle are the line's.
        bottleneck: MachineId,
        /// The machine whose good pieces are the line's.
        output: MachineId,
    },
}
