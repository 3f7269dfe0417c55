//! Pure. The only aggregate: sums of time and pieces for one machine and (at most) one minute, and what they belong to.

pub use super::column::Column;
use super::detail::Detail;
use super::ids::MachineId;
use super::state::Class;
use super::time::{Period, Timestamp};
use std::sync::Arc;

/// The version of the fold, raised whenever its result can change. A new engine never rewrites the past by itself.
///
/// 1: the first. 2: an own-time sample whose predecessor is not known no longer makes the time before it known, and pieces
/// counted when a doubted reading after a silence is refuted belong to that silence. 3: a machine heard once and never again
/// is unknown from then on. 4: orders, changeovers until a release, planned stops, parts of stops, unknown time that a
/// person names; a state may need pieces, or time, before it counts. 5: a machine in commissioning is in no tally;
/// states that wait to be decided and changeovers that wait for their release go together; another product or mould
/// begins such a changeover, and what is said again of an order changes nothing; counted rejects beyond the pieces of
/// a shift and product are summed, and a flag of a held increase says what a person made of it; a doubted increase is
/// measured from the last confirmation of the reading before it, what is held of a gap is released into the gap, a
/// held smaller reading stands for the increase over the modulus, and a faster standard in force makes more believable
/// where nobody wrote a greatest rate; a reason that only the policy leaves out of OEE needs a leader too; an order
/// that changes in a fault makes no changeover of it, and a failure goes on over stops that follow each other, and is
/// as long as its breakdown; a planned stop is late after a minute; pieces that people take out of a shift's good ones
/// are those of gaps where known time has too few; of equal parts of a silence the earlier has the piece left over.
/// 6: the energy of meters is summed; unknown time is bridged wherever every counter tells its pieces, also where none fell
/// silent, and time whose state was never decided is not; what people take out of good pieces waits for counts before it
/// that wait, and the last piece that a stop may follow is told apart from those before it; good pieces beyond all pieces
/// of a shift are an excess, as rejects are; flags tell pieces, also of shots. 7: a machine with cycles above six minutes is given
/// two and a half of them before it stands; time nobody saw is unknown also where leave to stand still is charged; pieces of a
/// gap that lie in a break or a planned stop earn nothing for the bridged OEE; where several cavities make the pieces of a
/// cycle, what a count stands for does not divide its ideal time too; a reset declared for a silence, which the reading
/// after it hides, leaves a lower bound that is flagged and bridges nothing. 8: an order that any of several machines may make
/// waits for none of them while one makes it, nor when it was finished last, and a changeover that only waited for it ends then;
/// an approval as old as its changeover makes no good pieces of tries; the pieces of a silence are shared out by largest
/// remainder, also over more than two parts. 9: the pieces of a silence lie in its unknown planned time alone where there is any,
/// also beside a declared stop; scrap takes of gaps no more than their pieces earned; the people of a line are shared by its
/// machines in service; a piece that comes with the last sample before a silence is remembered where pieces alone tell the state.
pub const ENGINE: u32 = 9;
/// The oldest engine whose snapshots this one reads, to go on from them.
pub const OLDEST_ENGINE: u32 = 1;

/// Sums only, so that an hour, a shift, a line or a year is `a + b`; ratios are worked out last, by `oee/kpi.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    sums: [i64; Column::COUNT],
}

impl Default for Tally {
    fn default() -> Self {
        Tally {
            sums: [0; Column::COUNT],
        }
    }
}

impl Tally {
    /// A tally from its sums in the order of [`Column::ALL`].
    pub fn from_sums(sums: [i64; Column::COUNT]) -> Tally {
        Tally { sums }
    }

    /// All sums in the order of [`Column::ALL`].
    pub fn sums(&self) -> &[i64; Column::COUNT] {
        &self.sums
    }

    /// One sum.
    pub fn get(&self, column: Column) -> i64 {
        self.sums[column as usize]
    }

    /// Adds to one sum. What a journal says was made may be anything: a sum stops at what it can hold.
    pub fn add(&mut self, column: Column, amount: i64) {
        let sum = &mut self.sums[column as usize];
        *sum = sum.saturating_add(amount);
    }

    /// Adds every sum of `other`.
    pub fn merge(&mut self, other: &Tally) {
        for (sum, more) in self.sums.iter_mut().zip(&other.sums) {
            *sum = sum.saturating_add(*more);
        }
    }

    /// What must be added to `former` to get this tally.
    #[must_use]
    pub fn minus(&self, former: &Tally) -> Tally {
        let mut difference = *self;
        for (sum, less) in difference.sums.iter_mut().zip(former.sums) {
            *sum = sum.saturating_sub(less);
        }
        difference
    }

    /// True when every sum is zero.
    pub fn is_zero(&self) -> bool {
        self.sums.iter().all(|sum| *sum == 0)
    }
}

/// Sums of any time with what they are made of: what merges, and what KPIs are worked out from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    /// The sums.
    pub tally: Tally,
    /// What they are made of.
    pub detail: Detail,
}

impl Sums {
    /// Adds a tally.
    pub fn give(&mut self, row: &TallyRow) {
        self.tally.merge(&row.tally);
        self.detail.merge(&row.detail);
    }

    /// Takes a tally away.
    pub fn take(&mut self, row: &TallyRow) {
        self.tally = self.tally.minus(&row.tally);
        self.detail.take(&row.detail);
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Sums) {
        self.tally.merge(&other.tally);
        self.detail.merge(&other.detail);
    }

    /// True when every sum is zero.
    pub fn is_zero(&self) -> bool {
        self.tally.is_zero() && self.detail.is_empty()
    }
}

/// What a tally belongs to, as valid at its start. Empty text where there is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct TallyKey {
    /// The company.
    pub org: Arc<str>,
    /// The plant.
    pub site: Arc<str>,
    /// The line.
    pub line: Arc<str>,
    /// Id of the shift.
    pub shift: Arc<str>,
    /// When that shift began; outside shifts, when the production day began.
    pub shift_start: Timestamp,
    /// Plant-local date of the shift's start, as `2026-11-21`.
    pub business_date: Arc<str>,
    /// Id of the product.
    pub product: Arc<str>,
    /// Id of the order.
    pub order: Arc<str>,
    /// Which standard (ideal cycle) was valid, as `product:VT-2077` or `machine`.
    pub standard: Arc<str>,
    /// Id of the loss policy that `pbt_ms` and `apt_ms` follow.
    pub policy: Arc<str>,
    /// Id of the crew on shift.
    pub crew: Arc<str>,
    /// Id of the mould or tool on the machine.
    pub mould: Arc<str>,
}

impl TallyKey {
    /// True when both lie in the same shift, or in the same time between shifts of one production day.
    pub fn is_same_shift(&self, other: &TallyKey) -> bool {
        self.shift_start == other.shift_start && self.shift == other.shift
    }
}

/// The tally of one machine for one minute, or for the part of it between two cuts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TallyRow {
    /// Whose.
    pub machine: MachineId,
    /// The time it covers; with the machine, `start` names it for ever.
    pub period: Period,
    /// What it belongs to.
    pub key: Arc<TallyKey>,
    /// The sums.
    pub tally: Tally,
    /// What the sums are made of.
    pub detail: Detail,
}

/// A stretch of one class on a machine's timeline, cut at quarter hours: the spans of a machine tile its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanRow {
    /// Whose.
    pub machine: MachineId,
    /// The time it covers.
    pub period: Period,
    /// The class of all of it.
    pub class: Class,
    /// What the signals said, as `State::name` writes it.
    pub state: Arc<str>,
    /// Id of the reason a person gave, or empty.
    pub reason: Arc<str>,
    /// Who gave it, or empty.
    pub author: Arc<str>,
    /// When the whole stop (or the whole stretch of this class) began; before `period.start` on a continued row.
    pub since: Timestamp,
    /// True on the row that counts the stop: the first of its planned time.
    pub counts: bool,
    /// What it belongs to, as valid at its start.
    pub key: Arc<TallyKey>,
    /// Who says that it is of this class.
    pub source: Source,
}

/// Where a class of time is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Source {
    /// Signals and the calendar.
    #[default]
    Auto,
    /// A person declared it.
    Manual,
}

impl Source {
    /// The word in the database and the API.
    pub fn name(self) -> &'static str {
        match self {
            Source::Auto => "auto",
            Source::Manual => "manual",
        }
    }

    /// The source of that name; rows written before sources were told have an empty one.
    pub fn parse(name: &str) -> Option<Source> {
        match name {
            "" | "auto" => Some(Source::Auto),
            "manual" => Some(Source::Manual),
            _ => None,
        }
    }
}

/// Something a counter did that a person should know of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flag {
    /// Whose counter.
    pub machine: MachineId,
    /// When.
    pub at: Timestamp,
    /// Which counter, as `Role::name` writes it.
    pub role: Arc<str>,
    /// What happened.
    pub what: FlagKind,
    /// The pieces it is about: held, lost below the lower bound is unknown and 0.
    pub amount: i64,
    /// What a person made of it.
    pub standing: Standing,
    /// Who did, or empty.
    pub author: Arc<str>,
}

/// What a [`Flag`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlagKind {
    /// The counter passed its modulus; the increase was booked whole.
    RollOver,
    /// The counter began again; the increase booked is a lower bound.
    Reset,
    /// An increase nobody can believe is held until a person releases it.
    Held,
    /// When the shift ended, the rejects counted in it exceeded its pieces: of one product, or of several together.
    ExcessReject,
}

impl FlagKind {
    /// Every kind.
    pub const ALL: [FlagKind; 4] = [
        FlagKind::RollOver,
        FlagKind::Reset,
        FlagKind::Held,
        FlagKind::ExcessReject,
    ];

    /// The word in the database and the API.
    pub fn name(self) -> &'static str {
        match self {
            FlagKind::RollOver => "roll_over",
            FlagKind::Reset => "reset",
            FlagKind::Held => "held",
            FlagKind::ExcessReject => "excess_reject",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<FlagKind> {
        FlagKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a person made of a [`Flag`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Standing {
    /// There is nothing to decide.
    #[default]
    Noted,
    /// Held, and nobody has decided on it.
    Open,
    /// Its pieces were made, and are booked.
    Released,
    /// Its pieces were not made.
    Refused,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Standing; 4] = [Standing::Noted, Standing::Open, Standing::Released, Standing::Refused];

    /// The word in the database and the API; empty where there is nothing to decide.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Noted => "",
            Standing::Open => "open",
            Standing::Released => "released",
            Standing::Refused => "refused",
        }
    }

    /// The standing of that name.
    pub fn parse(name: &str) -> Option<Standing> {
        Standing::ALL.into_iter().find(|standing| standing.name() == name)
    }
}
