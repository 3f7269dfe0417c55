//! I/O. What people changed at the plant desk and the configuration says otherwise: read from the data folder, where there is one.

use crate::clock::Clock;
use crate::config::Plant;
use crate::model::time::Timestamp;
use crate::oee::plan::Plan;
use crate::store::{ReadError, Reader};

/// A line for each item that is left as people made it; none where no agent has ever run in the data folder.
pub fn told(plant: &Plant) -> Vec<String> {
    let folder = &plant.store.path;
    if !Reader::is_there(folder) {
        return Vec::new();
    }
    let now = Clock::start(None).now().at;
    owned(plant, now).unwrap_or_else(|why| vec![format!("what people changed at the plant desk is not known: {why}")])
}

fn owned(plant: &Plant, now: Timestamp) -> Result<Vec<String>, ReadError> {
    let reader = Reader::open(&plant.store.path)?.hold()?;
    let mut roster = reader.roster()?;
    let mut plan = Plan::default();
    reader.said(|_, fact| plan.apply(&fact))?;
    let bound = plant.bind(&mut roster);
    let left_alone = plan.left_alone(&bound.settings, now).into_iter();
    let told = left_alone.map(|(kind, id)| {
        let table = kind.table();
        let item = if id.is_empty() {
            table.to_owned()
        } else {
            format!("{table}.{id}")
        };
        let last = plan.changes(kind, &id).last();
        let by = last.map_or_else(String::new, |last| format!(" by {} ({})", last.author, last.change.why));
        format!(
            "{item} was changed at the plant desk{by}: what the configuration says of it is ignored; write the same there, \
             or take it out"
        )
    });
    Ok(told.collect())
}
