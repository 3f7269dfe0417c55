//! Pure. A loss policy as it stands in the journal, and back.

use super::settings::Names;
use crate::model::policy::{Charge, Charges};
use crate::model::settings::PolicySetting;
use crate::model::state::Class;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
pub(super) struct PolicyRow {
    minor_cycles: u32,
    minor_at_least_ms: i64,
    minor_at_most_ms: i64,
    /// Absent where nothing is charged otherwise than ever.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    class: Names,
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    reason: Names,
}

impl From<&PolicySetting> for PolicyRow {
    fn from(setting: &PolicySetting) -> Self {
        let word = |key: &str, charge: Charge| (key.to_owned(), charge.name().to_owned());
        let classes = setting.charges.classes.iter();
        let reasons = setting.charges.reasons.iter();
        PolicyRow {
            minor_cycles: setting.minor_cycles,
            minor_at_least_ms: setting.minor_at_least_ms,
            minor_at_most_ms: setting.minor_at_most_ms,
            class: classes.map(|(class, charge)| word(class.name(), *charge)).collect(),
            reason: reasons.map(|(reason, charge)| word(reason, *charge)).collect(),
        }
    }
}

impl PolicyRow {
    pub(super) fn setting(self, id: Arc<str>) -> Result<PolicySetting, String> {
        let charge = |word: &str| Charge::parse(word).ok_or_else(|| format!("no charge is called '{word}'"));
        let class = |word: &str| Class::parse(word).ok_or_else(|| format!("no class is called '{word}'"));
        let mut charges = Charges::default();
        for (name, word) in &self.class {
            charges.classes.insert(class(name)?, charge(word)?);
        }
        for (reason, word) in &self.reason {
            charges.reasons.insert(reason.as_str().into(), charge(word)?);
        }
        Ok(PolicySetting {
            id,
            minor_cycles: self.minor_cycles,
            minor_at_least_ms: self.minor_at_least_ms,
            minor_at_most_ms: self.minor_at_most_ms,
            charges,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::{decode, encode};
    use super::*;
    use crate::model::ids::Roster;
    use crate::model::settings::{Change, Setting};

    #[test]
    fn a_policy_is_written_with_what_it_charges_and_reads_back() {
        let mut ours = PolicySetting {
            id: "ours".into(),
            ..PolicySetting::default()
        };
        ours.charges.classes.insert(Class::Setup, Charge::Excluded);
        ours.charges.reasons.insert("cleaning".into(), Charge::Performance);
        let limits = r#""minor_cycles":3,"minor_at_least_ms":120000,"minor_at_most_ms":300000"#;
        let cases = [
            (PolicySetting::default(), "default", String::new()),
            (
                PolicySetting::shipped("iso-strict").unwrap(),
                "iso-strict",
                r#","class":{"minor_stop":"availability","no_order":"availability"}"#.to_owned(),
            ),
            (
                PolicySetting::shipped("oee-com").unwrap(),
                "oee-com",
                r#","class":{"planned_stop":"availability"}"#.to_owned(),
            ),
            (
                ours,
                "ours",
                r#","class":{"setup":"excluded"},"reason":{"cleaning":"performance"}"#.to_owned(),
            ),
        ];
        for (policy, id, charges) in cases {
            let bytes = format!(r#"{{"item":"policy","id":"{id}",{limits}{charges}}}"#);
            let setting = Setting::Policy(policy);
            assert_eq!(
                encode(&Change::new(setting.clone()), &Roster::default()).unwrap(),
                bytes
            );
            assert_eq!(decode(&bytes, &Roster::default()).unwrap().setting, setting);
        }
    }

    #[test]
    fn a_charge_nobody_knows_is_a_sentence() {
        let bytes = r#"{"item":"policy","id":"x","minor_cycles":3,"minor_at_least_ms":1,"minor_at_most_ms":2,"class":{"setup":"quality"}}"#;
        let why = decode(bytes, &Roster::default()).unwrap_err();
        assert_eq!(why, "no charge is called 'quality'");
    }
}
