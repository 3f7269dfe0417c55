//! Pure. A shift is closed: all rejects of a machine that people enter are entered.

use super::wire::{Close, short};
use super::{Against, Sound, kept};
use crate::model::entry::Says;
use crate::model::ids::MachineId;
use crate::model::settings::RejectSource;
use crate::oee::plan::closing;
use crate::serve::{shift, stamp};

/// A shift of a machine is closed; what stands beside it is booked at its last instant, as entries for a shift that is over are.
pub(super) fn close(said: &Close, machine: MachineId, against: Against) -> Result<Sound, String> {
    let Against { plan, now, .. } = against;
    let id = short(&said.shift);
    let slot = shift::find(plan, &said.shift, now).filter(|slot| plan.is_closable(slot));
    let slot = slot.ok_or_else(|| {
        format!("there is no shift `{id}` that has begun; write business date and shift, such as 2026-11-21.1")
    })?;
    let end = slot.shift_period.end;
    if end > now {
        let end = stamp::text(end).unwrap_or_default();
        return Err(format!(
            "the shift `{id}` still runs: it can be closed when it ends, at {end}"
        ));
    }
    let last = end.plus(-1);
    kept(&format!("the end of the shift `{id}`"), last, now)?;
    let setting = plan.machine(machine, last);
    if setting.is_none_or(|setting| setting.reject_source != RejectSource::Manual) {
        return Err(format!(
            "the rejects of this machine in the shift `{id}` are not entered by people (reject_source = \"manual\"): its quality is \
             not provisional, and there is nothing to close"
        ));
    }
    if plan.is_closed(machine, &slot) {
        return Err(format!("the shift `{id}` is closed already"));
    }
    let shift = closing::name(&slot).into();
    Ok(Sound::at(last, Says::Close { shift }).led("to close a shift"))
}
