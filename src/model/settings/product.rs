//! Pure. What is made: products, the standards they are made by, and orders.

use crate::model::ids::MachineId;
use crate::model::time::Timestamp;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Most pieces of a machine in a shift: a thousand a second, for a day.
pub const MAX_SHIFT_PIECES: u32 = 86_400_000;

/// The number of pieces of a machine in a shift that somebody wrote, where it can be one.
pub fn shift_pieces(written: i64) -> Option<NonZeroU32> {
    let pieces = u32::try_from(written).ok().filter(|pieces| *pieces <= MAX_SHIFT_PIECES);
    pieces.and_then(NonZeroU32::new)
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductSetting {
    /// Name for people, by language; key "" when one name serves all.
    pub name: BTreeMap<Arc<str>, Arc<str>>,
    /// Ideal cycle per shot in nanoseconds.
    pub ideal_ns: Option<i64>,
    /// Pieces per shot.
    pub cavities: Option<u32>,
    /// The mould it is made with; empty for none.
    pub mould: Arc<str>,
    /// What one shot of a family mould gives: part and pieces; empty when all pieces of a shot are this product.
    pub parts: Vec<(Arc<str>, u32)>,
    /// Target of OEE in parts per million where it differs from the plant's.
    pub oee_ppm: Option<u32>,
    /// Good pieces that a machine is to make of it in a shift.
    pub shift_pieces: Option<NonZeroU32>,
}

impl ProductSetting {
    /// Pieces that a shot with all cavities gives; `None` where that is the machine's own number.
    pub fn of_shot(&self) -> Option<u32> {
        let parts: u32 = self.parts.iter().map(|(_, pieces)| *pieces).sum();
        Some(parts).filter(|parts| *parts > 0).or(self.cavities)
    }
}

/// An ideal cycle: for which product, machine or group and mould it holds, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StandardSetting {
    /// The product; empty for any.
    pub product: Arc<str>,
    /// The machine.
    pub machine: Option<MachineId>,
    /// The group of machines; empty for any.
    pub group: Arc<str>,
    /// The mould; empty for any.
    pub mould: Arc<str>,
    /// Ideal cycle per shot (per count where there are no shots) in nanoseconds.
    pub ideal_ns: i64,
    /// Nominal cavities; `None` for those of product or machine.
    pub cavities: Option<u32>,
    /// Where it comes from.
    pub source: StandardSource,
    /// Who approved it; empty when nobody did.
    pub approved_by: Arc<str>,
    /// Target of OEE in parts per million where it differs from the product's.
    pub oee_ppm: Option<u32>,
    /// Good pieces that a machine is to make in a shift.
    pub shift_pieces: Option<NonZeroU32>,
}

/// Where an ideal cycle comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum StandardSource {
    /// Nobody said.
    #[default]
    Unsaid,
    /// The maker of the machine.
    Nameplate,
    /// Worked out by an engineer.
    Engineered,
    /// The best the machine has shown.
    BestDemonstrated,
    /// Agreed with the customer.
    Customer,
}

impl StandardSource {
    /// Every source.
    pub const ALL: [StandardSource; 5] = [
        StandardSource::Unsaid,
        StandardSource::Nameplate,
        StandardSource::Engineered,
        StandardSource::BestDemonstrated,
        StandardSource::Customer,
    ];

    /// The word in configuration, journal and API.
    pub fn name(self) -> &'static str {
        match self {
            StandardSource::Unsaid => "unsaid",
            StandardSource::Nameplate => "nameplate",
            StandardSource::Engineered => "engineered",
            StandardSource::BestDemonstrated => "best_demonstrated",
            StandardSource::Customer => "customer",
        }
    }

    /// The source of that name.
    pub fn parse(name: &str) -> Option<StandardSource> {
        StandardSource::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// An order to make something. It is there from the fact's instant on; machines start, pause and finish it by entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderSetting {
    /// The product.
    pub product: Arc<str>,
    /// The mould; empty for the product's.
    pub mould: Arc<str>,
    /// Pieces to deliver.
    pub quantity: Option<i64>,
    /// When they are due.
    pub due: Option<Timestamp>,
    /// The machine it is meant for; `None` for any of the line.
    pub machine: Option<MachineId>,
    /// The line it is meant for; empty for any.
    pub line: Arc<str>,
    /// True when it may be started.
    pub released: bool,
    /// True when nothing more is made for it anywhere.
    pub closed: bool,
}
