//! Pure. Products, standards and orders as JSON inside their settings, and back.

use super::body::machine_name;
use super::settings::{Names, names, names_row};
use crate::model::ids::{MachineId, Roster};
use crate::model::settings::{OrderSetting, ProductSetting, StandardSetting, StandardSource};
use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

#[derive(Serialize, Deserialize)]
pub(super) struct ProductRow {
    name: Names,
    ideal_ns: Option<i64>,
    cavities: Option<u32>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    mould: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<(String, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    oee_ppm: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shift_pieces: Option<NonZeroU32>,
}

impl From<&ProductSetting> for ProductRow {
    fn from(setting: &ProductSetting) -> Self {
        ProductRow {
            name: names_row(&setting.name),
            ideal_ns: setting.ideal_ns,
            cavities: setting.cavities,
            mould: setting.mould.to_string(),
            parts: setting.parts.iter().map(|(id, n)| (id.to_string(), *n)).collect(),
            oee_ppm: setting.oee_ppm,
            shift_pieces: setting.shift_pieces,
        }
    }
}

impl ProductRow {
    pub(super) fn setting(self) -> ProductSetting {
        ProductSetting {
            name: names(self.name),
            ideal_ns: self.ideal_ns,
            cavities: self.cavities,
            mould: self.mould.into(),
            parts: self.parts.into_iter().map(|(id, n)| (id.into(), n)).collect(),
            oee_ppm: self.oee_ppm,
            shift_pieces: self.shift_pieces,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct StandardRow {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    product: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    machine: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    group: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    mould: String,
    ideal_ns: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cavities: Option<u32>,
    source: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    approved_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    oee_ppm: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shift_pieces: Option<NonZeroU32>,
}

impl StandardRow {
    pub(super) fn new(setting: &StandardSetting, roster: &Roster) -> Result<StandardRow, String> {
        Ok(StandardRow {
            product: setting.product.to_string(),
            machine: name(setting.machine, roster)?,
            group: setting.group.to_string(),
            mould: setting.mould.to_string(),
            ideal_ns: setting.ideal_ns,
            cavities: setting.cavities,
            source: setting.source.name().to_owned(),
            approved_by: setting.approved_by.to_string(),
            oee_ppm: setting.oee_ppm,
            shift_pieces: setting.shift_pieces,
        })
    }

    pub(super) fn setting(self, roster: &Roster) -> Result<StandardSetting, String> {
        let source = &self.source;
        Ok(StandardSetting {
            product: self.product.into(),
            machine: find(self.machine, roster)?,
            group: self.group.into(),
            mould: self.mould.into(),
            ideal_ns: self.ideal_ns,
            cavities: self.cavities,
            source: StandardSource::parse(source).ok_or_else(|| format!("no standard comes from '{source}'"))?,
            approved_by: self.approved_by.into(),
            oee_ppm: self.oee_ppm,
            shift_pieces: self.shift_pieces,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct OrderRow {
    product: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    mould: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quantity: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    machine: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    line: String,
    released: bool,
    closed: bool,
}

impl OrderRow {
    pub(super) fn new(setting: &OrderSetting, roster: &Roster) -> Result<OrderRow, String> {
        Ok(OrderRow {
            product: setting.product.to_string(),
            mould: setting.mould.to_string(),
            quantity: setting.quantity,
            due: setting.due.map(|due| due.0),
            machine: name(setting.machine, roster)?,
            line: setting.line.to_string(),
            released: setting.released,
            closed: setting.closed,
        })
    }

    pub(super) fn setting(self, roster: &Roster) -> Result<OrderSetting, String> {
        Ok(OrderSetting {
            product: self.product.into(),
            mould: self.mould.into(),
            quantity: self.quantity,
            due: self.due.map(Timestamp),
            machine: find(self.machine, roster)?,
            line: self.line.into(),
            released: self.released,
            closed: self.closed,
        })
    }
}

fn name(machine: Option<MachineId>, roster: &Roster) -> Result<Option<String>, String> {
    machine
        .map(|machine| machine_name(machine, roster).map(str::to_owned))
        .transpose()
}

fn find(machine: Option<String>, roster: &Roster) -> Result<Option<MachineId>, String> {
    let found = |id: String| roster.find(&id).ok_or_else(|| format!("no machine is called '{id}'"));
    machine.map(found).transpose()
}
