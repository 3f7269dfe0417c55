//! Pure. A setting as compact JSON text, and back: `{"item":"machine","id":"press-01",...}`.

use super::body::{read, text};
use super::calendar_setting::CalendarRow;
use super::line_setting::LineRow;
use super::machine_setting::MachineRow;
use super::policy_setting::PolicyRow;
use super::product_setting::{OrderRow, ProductRow, StandardRow};
use crate::model::ids::Roster;
use crate::model::settings::{Change, ReasonSetting, Setting, SettingKind, SiteSetting, TargetSetting};
use crate::model::state::Class;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The bytes of a setting as a fact says it. An error names a machine the roster does not know.
pub(super) fn encode(change: &Change, roster: &Roster) -> Result<String, String> {
    let setting = item(&change.setting, roster)?;
    if change.was.is_none() && change.why.is_empty() && change.key.is_empty() {
        return Ok(setting);
    }
    let was = change.was.as_ref().map(|was| item(was, roster)).transpose()?;
    let told = ToldRow {
        key: change.key.to_string(),
        why: change.why.to_string(),
        was: was
            .map(RawValue::from_string)
            .transpose()
            .map_err(|error| error.to_string())?,
    };
    // One flat object: what the item is, and behind it what this change is about.
    let told = text(&told)?;
    let item = setting.strip_suffix('}').unwrap_or(&setting);
    let told = told.strip_prefix('{').unwrap_or(&told);
    Ok([item, told].join(","))
}

/// What the bytes of a setting say.
pub(super) fn decode(body: &str, roster: &Roster) -> Result<Change, String> {
    let told: ToldRow = read(body)?;
    Ok(Change {
        setting: read_item(body, roster)?,
        was: told.was.map(|was| read_item(was.get(), roster)).transpose()?,
        why: told.why.into(),
        key: told.key.into(),
    })
}

#[derive(Default, Serialize, Deserialize)]
struct ToldRow {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    key: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    why: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    was: Option<Box<RawValue>>,
}

fn item(setting: &Setting, roster: &Roster) -> Result<String, String> {
    match setting {
        Setting::Site(site) => row(SettingKind::Site, "", SiteRow::from(site)),
        Setting::Machine(machine, setting) => {
            let name = super::body::machine_name(*machine, roster)?;
            row(SettingKind::Machine, name, MachineRow::new(setting, roster)?)
        }
        Setting::Product(id, product) => row(SettingKind::Product, id, ProductRow::from(product)),
        Setting::Reason(id, reason) => row(SettingKind::Reason, id, ReasonRow::from(reason)),
        Setting::Calendar(calendar) => row(SettingKind::Calendar, "", CalendarRow::of(calendar, roster)?),
        Setting::Policy(policy) => row(SettingKind::Policy, &policy.id, PolicyRow::from(policy)),
        Setting::Target(target) => row(SettingKind::Target, "", TargetRow::from(target)),
        Setting::Standard(id, standard) => row(SettingKind::Standard, id, StandardRow::new(standard, roster)?),
        Setting::Order(id, order) => row(SettingKind::Order, id, OrderRow::new(order, roster)?),
        Setting::Line(id, line) => row(SettingKind::Line, id, LineRow::new(*line, roster)?),
        Setting::Removed(kind, id) => row(*kind, id, RemovedRow { removed: true }),
    }
}

fn read_item(body: &str, roster: &Roster) -> Result<Setting, String> {
    let envelope: Envelope = read(body)?;
    let (kind, _) = KINDS
        .into_iter()
        .find(|(_, name)| *name == envelope.item)
        .ok_or_else(|| format!("no setting is called '{}'", envelope.item))?;
    let id: Arc<str> = envelope.id.into();
    if envelope.removed {
        return Ok(Setting::Removed(kind, id));
    }
    match kind {
        SettingKind::Site => read::<SiteRow>(body).map(|row| Setting::Site(row.setting())),
        SettingKind::Machine => {
            let machine = roster.find(&id).ok_or_else(|| format!("no machine is called '{id}'"))?;
            Ok(Setting::Machine(machine, read::<MachineRow>(body)?.setting(roster)?))
        }
        SettingKind::Product => read::<ProductRow>(body).map(|row| Setting::Product(id, row.setting())),
        SettingKind::Reason => Ok(Setting::Reason(id, read::<ReasonRow>(body)?.setting()?)),
        SettingKind::Calendar => Ok(Setting::Calendar(read::<CalendarRow>(body)?.setting(roster)?)),
        SettingKind::Policy => Ok(Setting::Policy(read::<PolicyRow>(body)?.setting(id)?)),
        SettingKind::Target => read::<TargetRow>(body).map(|row| Setting::Target(row.setting())),
        SettingKind::Standard => Ok(Setting::Standard(id, read::<StandardRow>(body)?.setting(roster)?)),
        SettingKind::Order => Ok(Setting::Order(id, read::<OrderRow>(body)?.setting(roster)?)),
        SettingKind::Line => Ok(Setting::Line(id, read::<LineRow>(body)?.setting(roster)?)),
    }
}

const KINDS: [(SettingKind, &str); 10] = [
    (SettingKind::Site, "site"),
    (SettingKind::Machine, "machine"),
    (SettingKind::Product, "product"),
    (SettingKind::Reason, "reason"),
    (SettingKind::Calendar, "calendar"),
    (SettingKind::Policy, "policy"),
    (SettingKind::Target, "target"),
    (SettingKind::Standard, "standard"),
    (SettingKind::Order, "order"),
    (SettingKind::Line, "line"),
];

fn row(kind: SettingKind, id: &str, content: impl Serialize) -> Result<String, String> {
    let item = KINDS[kind as usize].1;
    text(&Item { item, id, content })
}

#[derive(Serialize)]
struct Item<'a, T> {
    item: &'a str,
    id: &'a str,
    #[serde(flatten)]
    content: T,
}

#[derive(Deserialize)]
struct Envelope {
    item: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    removed: bool,
}

#[derive(Serialize)]
struct RemovedRow {
    removed: bool,
}

pub(super) type Names = BTreeMap<String, String>;

pub(super) fn names_row(names: &BTreeMap<Arc<str>, Arc<str>>) -> Names {
    let text = |(language, name): (&Arc<str>, &Arc<str>)| (language.to_string(), name.to_string());
    names.iter().map(text).collect()
}

pub(super) fn names(row: Names) -> BTreeMap<Arc<str>, Arc<str>> {
    let arc = |(language, name): (String, String)| (language.into(), name.into());
    row.into_iter().map(arc).collect()
}

#[derive(Serialize, Deserialize)]
struct SiteRow {
    org: String,
    site: String,
}

impl From<&SiteSetting> for SiteRow {
    fn from(setting: &SiteSetting) -> Self {
        SiteRow {
            org: setting.org.to_string(),
            site: setting.site.to_string(),
        }
    }
}

impl SiteRow {
    fn setting(self) -> SiteSetting {
        SiteSetting {
            org: self.org.into(),
            site: self.site.into(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct ReasonRow {
    name: Names,
    class: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    allowance_ms: i64,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl From<&ReasonSetting> for ReasonRow {
    fn from(setting: &ReasonSetting) -> Self {
        ReasonRow {
            name: names_row(&setting.name),
            class: setting.class.name().to_owned(),
            groups: setting.groups.iter().map(|group| group.to_string()).collect(),
            allowance_ms: setting.allowance_ms,
        }
    }
}

impl ReasonRow {
    fn setting(self) -> Result<ReasonSetting, String> {
        let class = Class::parse(&self.class).ok_or_else(|| format!("no class is called '{}'", self.class))?;
        Ok(ReasonSetting {
            name: names(self.name),
            class,
            groups: self.groups.into_iter().map(Arc::from).collect(),
            allowance_ms: self.allowance_ms,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct TargetRow {
    oee_ppm: Option<u32>,
    availability_ppm: Option<u32>,
    performance_ppm: Option<u32>,
    quality_ppm: Option<u32>,
}

impl From<&TargetSetting> for TargetRow {
    fn from(setting: &TargetSetting) -> Self {
        TargetRow {
            oee_ppm: setting.oee_ppm,
            availability_ppm: setting.availability_ppm,
            performance_ppm: setting.performance_ppm,
            quality_ppm: setting.quality_ppm,
        }
    }
}

impl TargetRow {
    fn setting(self) -> TargetSetting {
        TargetSetting {
            oee_ppm: self.oee_ppm,
            availability_ppm: self.availability_ppm,
            performance_ppm: self.performance_ppm,
            quality_ppm: self.quality_ppm,
        }
    }
}
