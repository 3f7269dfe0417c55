//! Pure. Who changed which setting, when and why: each item's own history, and whose it is.

use super::{Plan, keys};
use crate::model::fact::Fact;
use crate::model::settings::{Change, Setting, SettingKind};
use crate::model::time::Timestamp;
use std::sync::Arc;

/// The author of what the configuration seeds.
pub const CONFIGURATION: &str = "config";

/// A change of a setting as it was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// Valid from then on.
    pub at: Timestamp,
    /// When the agent learned it.
    pub received_at: Timestamp,
    /// Who made it.
    pub author: Arc<str>,
    /// What it says.
    pub change: Arc<Change>,
}

impl Plan {
    /// The changes of an item in the order they were told; of a machine by its number as text.
    pub fn changes(&self, kind: SettingKind, id: &str) -> &[Changed] {
        let changes = self.changes.get(&(kind, Arc::from(id)));
        changes.map_or(&[], Vec::as_slice)
    }

    /// The change that somebody sent under this key.
    pub fn change(&self, key: &str) -> Option<&Arc<Change>> {
        self.sent.get(&keys::digest(key))
    }

    /// True when a person said the last word about an item: the configuration leaves it alone then.
    pub fn is_of_people(&self, kind: SettingKind, id: &str) -> bool {
        let last = self.changes(kind, id).last();
        last.is_some_and(|last| *last.author != *CONFIGURATION)
    }

    /// The items of a configuration that people changed to something else than it says: they are left as they are.
    pub fn left_alone(&self, configured: &[Setting], at: Timestamp) -> Vec<(SettingKind, Arc<str>)> {
        let in_force = self.in_force(at);
        let others = configured.iter().filter(|setting| !in_force.contains(setting));
        let items = others.map(Setting::item);
        items.filter(|(kind, id)| self.is_of_people(*kind, id)).collect()
    }

    /// Ids of the items of one kind that were ever told.
    pub fn ids(&self, kind: SettingKind) -> impl Iterator<Item = &Arc<str>> {
        let changes = self.changes.keys();
        changes.filter(move |(of, _)| *of == kind).map(|(_, id)| id)
    }

    /// Keeps a change among those of its item.
    pub(super) fn remember(&mut self, change: &Arc<Change>, fact: &Fact) {
        let (kind, id) = match (&change.setting, fact.machine) {
            // The fact of a removal names the machine, and the setting only its name.
            (Setting::Removed(SettingKind::Machine, _), Some(machine)) => {
                (SettingKind::Machine, machine.0.to_string().into())
            }
            (setting, _) => setting.item(),
        };
        if !change.key.is_empty() {
            Arc::make_mut(&mut self.sent).insert(keys::digest(&change.key), Arc::clone(change));
        }
        Arc::make_mut(&mut self.changes)
            .entry((kind, id))
            .or_default()
            .push(Changed {
                at: fact.at,
                received_at: fact.received_at,
                author: Arc::clone(&fact.author),
                change: Arc::clone(change),
            });
    }
}
