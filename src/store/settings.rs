//! Pure. A setting as compact JSON text, and back: `{"item":"machine","id":"press-01",...}`.

use super::body::{read, text};
use super::machine_setting::MachineRow;
use super::policy_setting::PolicyRow;
use crate::model::ids::Roster;
use crate::model::settings::{
    CalendarSetting, ProductSetting, ReasonSetting, Setting, SettingKind, ShiftSetting, SiteSetting, TargetSetting,
};
use crate::model::state::Class;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The setting's bytes. An error names a machine the roster does not know.
pub(super) fn encode(setting: &Setting, roster: &Roster) -> Result<String, String> {
    match setting {
        Setting::Site(site) => row(SettingKind::Site, "", SiteRow::from(site)),
        Setting::Machine(machine, setting) => {
            let name = super::body::machine_name(*machine, roster)?;
            row(SettingKind::Machine, name, MachineRow::from(setting))
        }
        Setting::Product(id, product) => row(SettingKind::Product, id, ProductRow::from(product)),
        Setting::Reason(id, reason) => row(SettingKind::Reason, id, ReasonRow::from(reason)),
        Setting::Calendar(calendar) => row(SettingKind::Calendar, "", CalendarRow::from(calendar)),
        Setting::Policy(policy) => row(SettingKind::Policy, &policy.id, PolicyRow::from(policy)),
        Setting::Target(target) => row(SettingKind::Target, "", TargetRow::from(target)),
        Setting::Removed(kind, id) => row(*kind, id, RemovedRow { removed: true }),
    }
}

/// What the bytes of a setting say.
pub(super) fn decode(body: &str, roster: &Roster) -> Result<Setting, String> {
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
            Ok(Setting::Machine(machine, read::<MachineRow>(body)?.setting()?))
        }
        SettingKind::Product => read::<ProductRow>(body).map(|row| Setting::Product(id, row.setting())),
        SettingKind::Reason => Ok(Setting::Reason(id, read::<ReasonRow>(body)?.setting()?)),
        SettingKind::Calendar => read::<CalendarRow>(body).map(|row| Setting::Calendar(row.setting())),
        SettingKind::Policy => Ok(Setting::Policy(read::<PolicyRow>(body)?.setting(id)?)),
        SettingKind::Target => read::<TargetRow>(body).map(|row| Setting::Target(row.setting())),
    }
}

const KINDS: [(SettingKind, &str); 7] = [
    (SettingKind::Site, "site"),
    (SettingKind::Machine, "machine"),
    (SettingKind::Product, "product"),
    (SettingKind::Reason, "reason"),
    (SettingKind::Calendar, "calendar"),
    (SettingKind::Policy, "policy"),
    (SettingKind::Target, "target"),
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
struct ProductRow {
    name: Names,
    ideal_ns: Option<i64>,
    cavities: Option<u32>,
}

impl From<&ProductSetting> for ProductRow {
    fn from(setting: &ProductSetting) -> Self {
        ProductRow {
            name: names_row(&setting.name),
            ideal_ns: setting.ideal_ns,
            cavities: setting.cavities,
        }
    }
}

impl ProductRow {
    fn setting(self) -> ProductSetting {
        ProductSetting {
            name: names(self.name),
            ideal_ns: self.ideal_ns,
            cavities: self.cavities,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct ReasonRow {
    name: Names,
    class: String,
}

impl From<&ReasonSetting> for ReasonRow {
    fn from(setting: &ReasonSetting) -> Self {
        ReasonRow {
            name: names_row(&setting.name),
            class: setting.class.name().to_owned(),
        }
    }
}

impl ReasonRow {
    fn setting(self) -> Result<ReasonSetting, String> {
        let class = Class::parse(&self.class).ok_or_else(|| format!("no class is called '{}'", self.class))?;
        Ok(ReasonSetting {
            name: names(self.name),
            class,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct CalendarRow {
    timezone: String,
    day_start_min: u32,
    shifts: Vec<ShiftRow>,
}

#[derive(Serialize, Deserialize)]
struct ShiftRow {
    id: String,
    name: String,
    days: [bool; 7],
    from_min: u32,
    to_min: u32,
    breaks: Vec<(u32, u32)>,
}

impl From<&CalendarSetting> for CalendarRow {
    fn from(setting: &CalendarSetting) -> Self {
        let shift = |shift: &ShiftSetting| ShiftRow {
            id: shift.id.to_string(),
            name: shift.name.to_string(),
            days: shift.days,
            from_min: shift.from_min,
            to_min: shift.to_min,
            breaks: shift.breaks.clone(),
        };
        CalendarRow {
            timezone: setting.timezone.to_string(),
            day_start_min: setting.day_start_min,
            shifts: setting.shifts.iter().map(shift).collect(),
        }
    }
}

impl CalendarRow {
    fn setting(self) -> CalendarSetting {
        let shift = |row: ShiftRow| ShiftSetting {
            id: row.id.into(),
            name: row.name.into(),
            days: row.days,
            from_min: row.from_min,
            to_min: row.to_min,
            breaks: row.breaks,
        };
        CalendarSetting {
            timezone: self.timezone.into(),
            day_start_min: self.day_start_min,
            shifts: self.shifts.into_iter().map(shift).collect(),
        }
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
