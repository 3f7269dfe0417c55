//! Pure. What a machine's signals mean, as JSON inside its setting, and back.

use super::body::{machine_name, role};
use super::settings::{Names, names, names_row};
use super::state_rule::{StateKeys, state};
use crate::model::entry::Source;
use crate::model::ids::Roster;
use crate::model::settings::{
    Asset, CounterSetting, MachineSetting, Meter, RejectSource, Release, Resets, SignalSetting,
};
use crate::model::state::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
pub(super) struct MachineRow {
    name: Names,
    line: String,
    ideal_ns: Option<i64>,
    cavities: u32,
    max_rate_milli_per_min: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    rate_follows: bool,
    state_map: BTreeMap<String, String>,
    #[serde(flatten)]
    state: StateKeys,
    signals: Vec<SignalRow>,
    reject_source: RejectRow,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    group: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per_count: Option<(u32, u32)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    orders: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    release: Option<ReleaseRow>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    commissioning: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asset: Option<AssetRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    meter: Option<MeterRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shift_pieces: Option<NonZeroU32>,
}

#[derive(Serialize, Deserialize)]
struct MeterRow {
    milli_wh: i64,
    max_w: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shared_with: Vec<String>,
}

impl MeterRow {
    fn new(meter: &Meter, roster: &Roster) -> Result<MeterRow, String> {
        let names = meter.shared_with.iter();
        let names: Result<_, _> = names.map(|id| machine_name(*id, roster).map(str::to_owned)).collect();
        Ok(MeterRow {
            milli_wh: meter.milli_wh,
            max_w: meter.max_w,
            shared_with: names?,
        })
    }

    fn setting(self, roster: &Roster) -> Result<Meter, String> {
        let find = |id: String| roster.find(&id).ok_or_else(|| format!("no machine is called '{id}'"));
        let machines: Result<_, _> = self.shared_with.into_iter().map(find).collect();
        Ok(Meter {
            milli_wh: self.milli_wh,
            max_w: self.max_w,
            shared_with: machines?,
        })
    }
}

/// The word for who tells or counts; none where the machine itself does.
fn by_row(by: Source) -> Option<String> {
    (by != Source::Auto).then(|| by.name().to_owned())
}

fn by(row: Option<String>) -> Result<Source, String> {
    row.map_or(Ok(Source::Auto), |name| {
        Source::parse(&name).ok_or_else(|| format!("there is no source '{name}'"))
    })
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReleaseRow {
    FirstOff,
    GoodInARow(u32),
}

#[derive(Serialize, Deserialize)]
struct AssetRow {
    connected: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    maker: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    year: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    planned_milli_hours: Option<i64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    counted: String,
}

impl From<&Asset> for AssetRow {
    fn from(asset: &Asset) -> Self {
        AssetRow {
            connected: asset.connected,
            maker: asset.maker.to_string(),
            model: asset.model.to_string(),
            year: asset.year,
            planned_milli_hours: asset.planned_milli_hours,
            counted: asset.counted.to_string(),
        }
    }
}

impl From<AssetRow> for Asset {
    fn from(row: AssetRow) -> Self {
        Asset {
            connected: row.connected,
            maker: row.maker.into(),
            model: row.model.into(),
            year: row.year,
            planned_milli_hours: row.planned_milli_hours,
            counted: row.counted.into(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RejectRow {
    Counter,
    Manual,
    None,
}

impl MachineRow {
    pub(super) fn new(setting: &MachineSetting, roster: &Roster) -> Result<MachineRow, String> {
        let code = |(code, state): (&Arc<str>, &State)| (code.to_string(), state.name().into_owned());
        let meter = setting.meter.as_deref().map(|meter| MeterRow::new(meter, roster));
        Ok(MachineRow {
            name: names_row(&setting.name),
            line: setting.line.to_string(),
            ideal_ns: setting.ideal_ns,
            cavities: setting.cavities,
            max_rate_milli_per_min: setting.max_rate_milli_per_min,
            rate_follows: setting.rate_follows,
            state_map: setting.state_map.iter().map(code).collect(),
            state: StateKeys::from(setting),
            signals: setting.signals.iter().map(SignalRow::from).collect(),
            reject_source: match setting.reject_source {
                RejectSource::Counter => RejectRow::Counter,
                RejectSource::Manual => RejectRow::Manual,
                RejectSource::None => RejectRow::None,
            },
            group: setting.group.to_string(),
            per_count: Some(setting.per_count).filter(|per_count| *per_count != (1, 1)),
            orders: setting.orders,
            release: match setting.release {
                Release::Running => None,
                Release::FirstOff => Some(ReleaseRow::FirstOff),
                Release::GoodInARow(n) => Some(ReleaseRow::GoodInARow(n)),
            },
            commissioning: setting.commissioning,
            asset: (setting.asset != Asset::default()).then(|| AssetRow::from(&setting.asset)),
            meter: meter.transpose()?,
            state_by: by_row(setting.state_by),
            count_by: by_row(setting.count_by),
            shift_pieces: setting.shift_pieces,
        })
    }

    pub(super) fn setting(self, roster: &Roster) -> Result<MachineSetting, String> {
        let mut state_map = BTreeMap::new();
        for (code, name) in self.state_map {
            state_map.insert(code.into(), state(&name)?);
        }
        let signals: Result<Vec<_>, _> = self.signals.into_iter().map(SignalRow::setting).collect();
        self.state.fill(MachineSetting {
            name: names(self.name),
            line: self.line.into(),
            ideal_ns: self.ideal_ns,
            cavities: self.cavities,
            max_rate_milli_per_min: self.max_rate_milli_per_min,
            rate_follows: self.rate_follows,
            state_map,
            signals: signals?,
            reject_source: match self.reject_source {
                RejectRow::Counter => RejectSource::Counter,
                RejectRow::Manual => RejectSource::Manual,
                RejectRow::None => RejectSource::None,
            },
            group: self.group.into(),
            per_count: self.per_count.unwrap_or((1, 1)),
            orders: self.orders,
            release: match self.release {
                None => Release::Running,
                Some(ReleaseRow::FirstOff) => Release::FirstOff,
                Some(ReleaseRow::GoodInARow(n)) => Release::GoodInARow(n),
            },
            commissioning: self.commissioning,
            asset: self.asset.map(Asset::from).unwrap_or_default(),
            meter: self.meter.map(|meter| meter.setting(roster)).transpose()?.map(Box::new),
            state_by: by(self.state_by)?,
            count_by: by(self.count_by)?,
            shift_pieces: self.shift_pieces,
            ..MachineSetting::default()
        })
    }
}

#[derive(Serialize, Deserialize)]
struct SignalRow {
    role: String,
    point: String,
    limit_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counter: Option<CounterRow>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    station: String,
}

/// `modulus` is 2^64 for the widest counters, which JSON's own whole numbers do not hold in most readers: digits as text.
#[derive(Serialize, Deserialize)]
struct CounterRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modulus: Option<String>,
    resets: ResetsRow,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ResetsRow {
    Undeclared,
    Never,
    Power,
    Shift,
    Order,
    Preset(i64),
}

impl From<&SignalSetting> for SignalRow {
    fn from(setting: &SignalSetting) -> Self {
        SignalRow {
            role: setting.role.name().to_owned(),
            point: setting.point.to_string(),
            limit_ms: setting.limit_ms,
            counter: setting.counter.as_ref().map(|counter| CounterRow {
                modulus: counter.modulus.map(|modulus| modulus.to_string()),
                resets: match counter.resets {
                    Resets::Undeclared => ResetsRow::Undeclared,
                    Resets::Never => ResetsRow::Never,
                    Resets::Power => ResetsRow::Power,
                    Resets::Shift => ResetsRow::Shift,
                    Resets::Order => ResetsRow::Order,
                    Resets::Preset(value) => ResetsRow::Preset(value),
                },
            }),
            station: setting.station.to_string(),
        }
    }
}

impl SignalRow {
    fn setting(self) -> Result<SignalSetting, String> {
        let role = role(&self.role)?;
        let counter = self.counter.map(CounterRow::setting).transpose()?;
        Ok(SignalSetting {
            role,
            point: self.point.into(),
            limit_ms: self.limit_ms,
            counter,
            station: self.station.into(),
        })
    }
}

impl CounterRow {
    fn setting(self) -> Result<CounterSetting, String> {
        let whole = |text: String| {
            text.parse::<i128>()
                .map_err(|_| format!("'{text}' is no modulus of a counter"))
        };
        Ok(CounterSetting {
            modulus: self.modulus.map(whole).transpose()?,
            resets: match self.resets {
                ResetsRow::Undeclared => Resets::Undeclared,
                ResetsRow::Never => Resets::Never,
                ResetsRow::Power => Resets::Power,
                ResetsRow::Shift => Resets::Shift,
                ResetsRow::Order => Resets::Order,
                ResetsRow::Preset(value) => Resets::Preset(value),
            },
        })
    }
}
