//! Pure. What people and other systems say: reasons, scrap, orders, planned stops; each an entry of its own.

use super::ids::MachineId;
use super::settings::Change;
use super::time::{Period, Timestamp};
use std::sync::Arc;

/// One entry. `Fact::machine` says which machine it is about, `Fact::author` who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Unique key its sender gave it, so that sending it twice counts once.
    pub key: Arc<str>,
    /// How it was made.
    pub source: Source,
    /// True when it was made after the period it is about was locked: it counts only once a person says so.
    pub late: bool,
    /// What it says.
    pub says: Says,
}

/// How a count or a state came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Source {
    /// A person typed or tapped it.
    #[default]
    Manual,
    /// A person scanned it, such as the label of a box.
    Scan,
    /// Another system said it.
    Auto,
}

impl Source {
    /// Every source.
    pub const ALL: [Source; 3] = [Source::Manual, Source::Scan, Source::Auto];

    /// The word in journal and API.
    pub fn name(self) -> &'static str {
        match self {
            Source::Manual => "manual",
            Source::Scan => "scan",
            Source::Auto => "auto",
        }
    }

    /// The source of that name.
    pub fn parse(name: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// What an [`Entry`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// The stop (or the unknown time) that holds `anchor` had this reason. The latest entry about a stop stands.
    Reason {
        /// Id of a configured reason.
        reason: Arc<str>,
        /// An instant inside the stop.
        anchor: Timestamp,
        /// The part of the stop it is about; `None` for all of it.
        part: Option<Period>,
        /// True when its author leads the shift: a reason of an excluded class needs that, or an allowance.
        leads: bool,
    },
    /// Pieces counted as good were scrap; booked at `Fact::at` to the product and order valid then.
    Scrap {
        /// How many; negative takes a former entry back.
        pieces: i64,
        /// Id of a configured reason, or empty.
        reason: Arc<str>,
        /// What the sender meant by its time.
        scope: Scope,
    },
    /// Pieces counted as good were sent to rework; booked as scrap is.
    Rework {
        /// How many; negative takes a former entry back.
        pieces: i64,
        /// Id of a configured reason, or empty.
        reason: Arc<str>,
        /// What the sender meant by its time.
        scope: Scope,
    },
    /// Reworked pieces passed: they are delivered, and never counted as good a second time.
    Reworked {
        /// How many; negative takes a former entry back.
        pieces: i64,
    },
    /// From `Fact::at` on the machine makes this product, until the next product or order on it.
    Product {
        /// Id of a configured product; empty for none.
        product: Arc<str>,
    },
    /// Something happened to an order on the machine.
    Order {
        /// Id of the order.
        order: Arc<str>,
        /// What.
        act: OrderAct,
        /// When: after `Fact::at` where the machine stood, since a stop with a change of orders in it is a changeover as a whole.
        when: Timestamp,
    },
    /// From `Fact::at` to `until` the machine is planned to stand still.
    PlannedStop {
        /// When it ends.
        until: Timestamp,
        /// Id of a configured reason of an excluded class, or empty.
        reason: Arc<str>,
    },
    /// The first piece after a changeover is approved: the pieces made in the changeover, which began at `Fact::at` at the
    /// earliest, are no startup rejects.
    FirstOff {
        /// When it was approved: the changeover ends then.
        when: Timestamp,
    },
    /// From `Fact::at` on so many cavities of the mould are in use, until the next such entry or another mould.
    Cavities {
        /// How many.
        active: u32,
    },
    /// From `Fact::at` on so many people work on the machine, or on the line, until the next such entry or the shift's end.
    Headcount {
        /// Thousandths of a person.
        milli: i64,
        /// The line, where it is about all machines of one; then `Fact::machine` is `None`.
        line: Arc<str>,
    },
    /// A person counted pieces by hand from `Fact::at` to `until`, to check the counter.
    HandCount {
        /// When the count ended.
        until: Timestamp,
        /// How many.
        pieces: i64,
        /// How many the machine's counters counted in that time, as it was known when the entry was made; `None` where they did
        /// not tell all of it.
        counted: Option<i64>,
    },
    /// What becomes of an increase that is held.
    Held {
        /// The counter, as `Role::name` writes it.
        role: Arc<str>,
        /// True when its pieces were made, false when they were not.
        release: bool,
    },
    /// The machine is put in service (or out of it): from here on it is in OEE and forwarded.
    Service {
        /// True when it is in service from here on.
        on: bool,
    },
    /// All rejects of the machine in the shift that holds `Fact::at` are entered: its quality is no longer provisional. It changes
    /// no number.
    Close {
        /// The shift, as `2026-11-21.2`: business date and id.
        shift: Arc<str>,
    },
    /// What came too late is applied all the same.
    Accept {
        /// What that is.
        late: Late,
    },
    /// The shift that holds `Fact::at` may be told of again, though its period is locked. It changes no number.
    Unlock {
        /// Up to here; from then on it is locked again.
        until: Timestamp,
    },
    /// The entry with this key is taken back; `Fact::at` is the instant of the entry taken back.
    Undo {
        /// Key of the entry.
        entry: Arc<str>,
    },
}

impl Says {
    /// The word in journal and API.
    pub fn kind(&self) -> &'static str {
        match self {
            Says::Reason { .. } => "reason",
            Says::Scrap { .. } => "scrap",
            Says::Rework { .. } => "rework",
            Says::Reworked { .. } => "reworked",
            Says::Product { .. } => "product",
            Says::Order { .. } => "order",
            Says::PlannedStop { .. } => "planned_stop",
            Says::FirstOff { .. } => "first_off",
            Says::Cavities { .. } => "cavities",
            Says::Headcount { .. } => "headcount",
            Says::HandCount { .. } => "hand_count",
            Says::Held { .. } => "held",
            Says::Service { .. } => "service",
            Says::Close { .. } => "close",
            Says::Accept { .. } => "accept",
            Says::Unlock { .. } => "unlock",
            Says::Undo { .. } => "undo",
        }
    }
}

/// What is in no number because it came too late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Late {
    /// A device's fact, by its number in the journal.
    Fact(u64),
    /// A person's entry for a period that was locked, by its key.
    Entry(Arc<str>),
}

/// What the time of a count entered by a person means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// The instant itself.
    #[default]
    Now,
    /// The shift that is on.
    Shift,
    /// A shift that is over, as `2026-11-21.2`: business date and id.
    Former(Arc<str>),
    /// An order.
    Order(Arc<str>),
}

/// What happens to an order on a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderAct {
    /// It begins, or goes on after a pause.
    Start,
    /// It waits, and the machine makes nothing or something else.
    Pause,
    /// It is done on this machine.
    Finish,
}

impl OrderAct {
    /// Every act.
    pub const ALL: [OrderAct; 3] = [OrderAct::Start, OrderAct::Pause, OrderAct::Finish];

    /// The word in journal and API.
    pub fn name(self) -> &'static str {
        match self {
            OrderAct::Start => "start",
            OrderAct::Pause => "pause",
            OrderAct::Finish => "finish",
        }
    }

    /// The act of that name.
    pub fn parse(name: &str) -> Option<OrderAct> {
        OrderAct::ALL.into_iter().find(|act| act.name() == name)
    }
}

/// An entry or a change of a setting on its way to the core.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Which machine; `None` when it is about a line or the plant.
    pub machine: Option<MachineId>,
    /// The earliest instant it can affect: for a reason the start of the stop that holds its anchor.
    pub at: Timestamp,
    /// Pseudonym of who made it.
    pub author: Arc<str>,
    /// What it says.
    pub told: Told,
    /// How many pieces there are to take from; `None` for what takes none.
    pub room: Option<Room>,
    /// The pieces that may pass rework, where the entry takes back some that were sent there; `None` for what takes none back.
    pub rework: Option<Room>,
    /// How many changes of its item its author knew of; `None` for what is no change of an item somebody looked at.
    pub seen: Option<usize>,
}

/// What a [`Draft`] says.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Something happened.
    Entry(Entry),
    /// A setting changes. `Change::was` is what its author saw: the change is refused where that is no longer so.
    Change(Arc<Change>),
}

impl Told {
    /// The key its sender gave it.
    pub fn key(&self) -> &Arc<str> {
        match self {
            Told::Entry(entry) => &entry.key,
            Told::Change(change) => &change.key,
        }
    }
}

/// The pieces that entered scrap and rework, or what passed rework, can take from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Of the scope and its product: good pieces before anybody took any of them; for what passed rework, pieces that counters
    /// rejected, which come to those that people sent to rework.
    pub gross: i64,
    /// The time of the scope.
    pub period: Period,
    /// The order, where the scope is one.
    pub order: Option<Arc<str>>,
}

/// What became of a [`Draft`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is on disk as the fact of this number.
    Booked(u64),
    /// A draft with this key is on disk already; nothing was added.
    Known,
    /// It was not taken, and why, in the sender's words.
    Refused(String),
    /// It was not taken: the setting is another one than its sender saw.
    Changed,
}
