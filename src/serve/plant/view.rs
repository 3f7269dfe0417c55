//! Pure. Items of the plant desk as they are answered: what is in force, who changed it last and why, what lies ahead, and what
//! was before.

use super::item::{self, Item};
use super::progress::Progress;
use crate::model::ids::MachineId;
use crate::model::settings::{Setting, SettingKind};
use crate::model::time::Timestamp;
use crate::oee::plan::{Changed, Plan};
use crate::serve::stamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The ids of machines.
pub(super) type MachineNames = BTreeMap<MachineId, Arc<str>>;

/// An item.
#[derive(Debug, Serialize)]
pub(in crate::serve) struct View {
    pub id: Arc<str>,
    /// What is in force; nothing where all of it lies ahead.
    #[serde(flatten)]
    pub item: Option<Item>,
    /// What a change sends as `If-Match`: it stands for what is in force and for what lies ahead.
    pub etag: String,
    changed_by: Option<Arc<str>>,
    #[serde(serialize_with = "stamp::maybe")]
    pub changed_at: Option<Timestamp>,
    why: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// What it changes to at instants that lie ahead, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ahead: Vec<Told>,
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
    /// What is in force now and what lies ahead; absent when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// What should be looked at in what was sent, though it was taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The item as it is at an instant; `None` where nothing is in force and nothing lies ahead.
pub(super) fn of(plan: &Plan, kind: SettingKind, id: &str, at: Timestamp, names: &MachineNames) -> Option<View> {
    let etag = etag(plan, kind, id, at, names)?;
    let setting = plan.item(kind, id, at);
    // Of those told for one instant the last one holds.
    let past = plan.changes(kind, id).iter().filter(|told| told.at <= at);
    let told = past.max_by_key(|told| told.at).filter(|_| setting.is_some());
    Some(View {
        id: id.into(),
        item: setting.and_then(|setting| item::of(&setting, names)),
        etag,
        changed_by: told.map(|told| Arc::clone(&told.author)),
        changed_at: told.map(|told| told.received_at),
        why: told.map(|told| Arc::clone(&told.change.why)),
        progress: None,
        ahead: ahead(plan, kind, id, at).map(|change| told_of(change, names)).collect(),
        history: Vec::new(),
    })
}

/// The changes that lie ahead of an instant and will hold, in the order of their instants.
fn ahead<'a>(plan: &'a Plan, kind: SettingKind, id: &str, at: Timestamp) -> impl Iterator<Item = &'a Changed> {
    let later = plan.changes(kind, id).iter().filter(move |told| told.at > at);
    let by_instant: BTreeMap<Timestamp, &Changed> = later.map(|told| (told.at, told)).collect();
    by_instant.into_values()
}

/// All changes of an item, the newest first.
pub(super) fn history(plan: &Plan, kind: SettingKind, id: &str, names: &MachineNames) -> Vec<Told> {
    let told = plan.changes(kind, id).iter().rev();
    told.map(|told| told_of(told, names)).collect()
}

fn told_of(told: &Changed, names: &MachineNames) -> Told {
    Told {
        valid_from: told.at,
        told_at: told.received_at,
        by: Arc::clone(&told.author),
        why: Arc::clone(&told.change.why),
        was: told.change.was.as_ref().and_then(|was| item::of(was, names)),
        now: item::of(&told.change.setting, names),
    }
}

/// A hash of what an item says at an instant and of what lies ahead, as an entity tag (RFC 9110, section 8.8.3); `None` where
/// there is neither.
pub(super) fn etag(plan: &Plan, kind: SettingKind, id: &str, at: Timestamp, names: &MachineNames) -> Option<String> {
    let said = |setting: &Setting| item::of(setting, names).and_then(|item| serde_json::to_vec(&item).ok());
    let setting = plan.item(kind, id, at);
    let mut ahead = ahead(plan, kind, id, at).peekable();
    if setting.is_none() && ahead.peek().is_none() {
        return None;
    }
    let mut hash = Sha256::new_with_prefix(setting.as_ref().and_then(said).unwrap_or_default());
    for change in ahead {
        hash.update(change.at.0.to_be_bytes());
        hash.update(said(&change.change.setting).unwrap_or_default());
    }
    let hex: String = hash
        .finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Some(format!("\"{hex}\""))
}
