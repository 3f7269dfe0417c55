//! Pure. Items of the plant desk as they are answered: what is in force, who changed it last and why, and what was before.

use super::item::{self, Item};
use super::progress::Progress;
use crate::model::ids::MachineId;
use crate::model::settings::{Setting, SettingKind};
use crate::model::time::Timestamp;
use crate::oee::plan::Plan;
use crate::serve::stamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The ids of machines.
pub(super) type MachineNames = BTreeMap<MachineId, Arc<str>>;

/// An item in force.
#[derive(Debug, Serialize)]
pub(in crate::serve) struct View {
    pub id: Arc<str>,
    #[serde(flatten)]
    item: Item,
    /// What a change sends as `If-Match`.
    pub etag: String,
    changed_by: Option<Arc<str>>,
    #[serde(serialize_with = "stamp::maybe")]
    changed_at: Option<Timestamp>,
    why: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Told>,
}

/// A change of it.
#[derive(Debug, Serialize)]
pub(in crate::serve) struct Told {
    #[serde(serialize_with = "stamp::one")]
    valid_from: Timestamp,
    #[serde(serialize_with = "stamp::one")]
    told_at: Timestamp,
    by: Arc<str>,
    why: Arc<str>,
    was: Option<Item>,
    now: Option<Item>,
}

/// The answer to a change.
#[derive(Debug, Serialize)]
pub(super) struct Booked {
    /// The fact's number; absent when its key was there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What is in force now; absent when it is gone, or not valid yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
}

/// The item in force at an instant.
pub(super) fn of(plan: &Plan, kind: SettingKind, id: &str, at: Timestamp, names: &MachineNames) -> Option<View> {
    let setting = plan.item(kind, id, at)?;
    let told = plan.changes(kind, id).iter().rev().find(|told| told.at <= at);
    Some(View {
        id: id.into(),
        item: item::of(&setting, names)?,
        etag: etag(&setting, names),
        changed_by: told.map(|told| Arc::clone(&told.author)),
        changed_at: told.map(|told| told.received_at),
        why: told.map(|told| Arc::clone(&told.change.why)),
        progress: None,
        history: Vec::new(),
    })
}

/// All changes of an item, the newest first.
pub(super) fn history(plan: &Plan, kind: SettingKind, id: &str, names: &MachineNames) -> Vec<Told> {
    let told = plan.changes(kind, id).iter().rev().map(|told| Told {
        valid_from: told.at,
        told_at: told.received_at,
        by: Arc::clone(&told.author),
        why: Arc::clone(&told.change.why),
        was: told.change.was.as_ref().and_then(|was| item::of(was, names)),
        now: item::of(&told.change.setting, names),
    });
    told.collect()
}

/// A hash of what the item says, as an entity tag (RFC 9110, section 8.8.3).
pub(super) fn etag(setting: &Setting, names: &MachineNames) -> String {
    let said = item::of(setting, names).and_then(|item| serde_json::to_vec(&item).ok());
    let hash = Sha256::digest(said.unwrap_or_default());
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}
