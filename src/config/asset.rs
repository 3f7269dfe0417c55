//! Pure. What is known of a machine as a thing: `model`, and machines that are only registered.

use super::checker::Checker;
use super::decimal::Decimal;
use super::finding::KeyPath;
use super::hints;
use super::roles::Use;
use crate::model::fact::Role;
use crate::model::settings::Asset;
use serde::Deserialize;

/// Years a machine at work may have been made in.
const YEARS: (i32, i32) = (1900, 2100);
/// Thousandths of an hour in a week.
const WEEK_MILLI_H: i64 = 168_000;
/// Most counts that a piece stands for, and pieces that a count does.
const MOST: u32 = 10_000;

/// `model` of a machine.
#[derive(Debug, Default, Deserialize)]
struct Model {
    #[serde(default)]
    maker: String,
    #[serde(default, rename = "type")]
    kind: String,
    year: Option<i32>,
}

/// Pieces that one count stands for: `4`, or `"1/3"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a whole number of pieces, or \"1/3\"")]
pub enum PerCount {
    /// So many pieces.
    Pieces(u32),
    /// As written.
    Share(String),
}

/// The entry of the machine at `path` in the asset register.
pub fn asset(
    checker: &mut Checker,
    path: &KeyPath,
    connected: bool,
    planned_hours: Option<&Decimal>,
    counted: &str,
) -> Asset {
    let at = path.join("model");
    let model: Model = checker.read(&at, &[]).unwrap_or_default();
    if let Some(year) = model.year {
        checker.within(&at.join("year"), year, YEARS.0, YEARS.1, "the year it was made in");
    }
    let planned_milli_hours = planned_hours.and_then(|hours| {
        let milli = hours.scaled(3).filter(|milli| (0..=WEEK_MILLI_H).contains(milli));
        if milli.is_none() {
            let at = path.join("planned_hours");
            checker.error(&at, format!("{hours} h a week are not possible"), hints::of(&at));
        }
        milli
    });
    Asset {
        connected,
        maker: model.maker.as_str().into(),
        model: model.kind.as_str().into(),
        year: model.year,
        planned_milli_hours,
        counted: counted.into(),
    }
}

/// Pieces and the counts they take, from `pieces_per_count` of the machine at that path, whose cycle makes pieces of so many
/// cavities; one each where nothing is written.
pub fn per_count(
    checker: &mut Checker,
    machine: &KeyPath,
    written: Option<&PerCount>,
    counts: &[Use],
    cavities: u32,
) -> (u32, u32) {
    let path = &machine.join("pieces_per_count");
    let Some(written) = written else { return (1, 1) };
    if counts.iter().any(|one| one.role == Some(Role::Shots)) {
        let what = "belongs to counts of pieces; what a shot gives are its cavities";
        checker.error(path, what, "write cavities, or leave it out");
    }
    let read = match written {
        PerCount::Pieces(pieces) => Some((*pieces, 1)),
        PerCount::Share(text) => text
            .split_once('/')
            .and_then(|(pieces, counts)| Some((pieces.trim().parse().ok()?, counts.trim().parse().ok()?))),
    };
    let possible = |number: u32| (1..=MOST).contains(&number);
    match read.filter(|(pieces, counts)| possible(*pieces) && possible(*counts)) {
        Some(read) => {
            if cavities > 1 && read != (1, 1) {
                let what = format!("a cycle makes {cavities} pieces by `cavities`, and a count is several by this");
                let instead = "write this alone, with the ideal cycle of one count; or cavities alone, where each count is a piece";
                checker.error(path, what, instead);
            }
            read
        }
        None => {
            checker.error(path, "no such number of pieces is possible", hints::of(path));
            (1, 1)
        }
    }
}
