//! Pure. The machines of the simulated plant: how each is wired, how fast it is, and what befalls it.

use super::calendar::MINUTE_MS;

/// A machine: what the configuration says of it too (`plant.toml`), and its nature, which only the simulator knows.
#[derive(Debug)]
pub struct Machine {
    /// Its id in the configuration.
    pub id: &'static str,
    /// How it is read.
    pub wire: Wire,
    /// What it makes, in turns; the product changes at each setup.
    pub products: &'static [Product],
    /// What befalls it.
    pub nature: Nature,
}

/// How a machine is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Registers of a PLC.
    Modbus {
        /// Which PLC: its place among the [`PLCS`].
        plc: usize,
        /// Unit id.
        unit: u8,
        /// What is added to the addresses of its map.
        offset: u16,
        /// What stands at which address.
        map: Map,
    },
    /// Messages of its own.
    Mqtt {
        /// The topic it publishes to.
        topic: &'static str,
        /// How it says its state.
        words: Words,
    },
}

/// Register maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Map {
    /// State, 32-bit shots, rejects, last cycle, barrel temperature.
    Press,
    /// State, 16-bit shots and rejects that begin again at 0 when the power comes back.
    OldPress,
    /// State and 16-bit counters among the input registers.
    Cnc,
    /// State and a 16-bit counter of strokes that rolls over about once a day.
    Stamp,
}

/// How a machine says its state over MQTT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// A word for each state.
    Status,
    /// A bit: it runs or it does not.
    Run,
}

/// A product on a machine. `None` for the id where the configuration knows the machine's own ideal cycle alone.
#[derive(Debug)]
pub struct Product {
    /// Its id in the configuration.
    pub id: Option<&'static str>,
    /// Ideal cycle of one shot.
    pub ideal_ms: i64,
    /// Pieces of one shot.
    pub cavities: i64,
}

/// What befalls a machine. Times are means, in milliseconds.
#[derive(Debug)]
pub struct Nature {
    /// The cycle it really has, in percent of the ideal one.
    pub pace_percent: i64,
    /// Of a thousand stretches of running, this many are a third slower.
    pub slow_permille: i64,
    /// It stops for a moment after running this long.
    pub short_every: i64,
    /// How long such a moment is.
    pub short: i64,
    /// It stops for long after running this long.
    pub long_every: i64,
    /// Why, as often as the weight says.
    pub causes: &'static [(Cause, i64)],
    /// Of a thousand pieces, this many are bad.
    pub scrap_permille: i64,
    /// It runs through the breaks of its operators.
    pub through_breaks: bool,
    /// Reasons an operator gives for stops that have no cause of their own.
    pub reasons: &'static [(&'static str, i64)],
}

/// Why a machine stops for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Something broke; the PLC says what.
    Fault,
    /// Nothing to work on; the PLC says so.
    Material,
    /// The next product.
    Setup,
    /// The PLC says only that it stands.
    Unsaid,
    /// The power goes: its controller is off, and its counters begin again.
    Power,
}

/// How many PLCs there are: `press-plc`, `cnc-plc` and `stamp-plc` in the configuration.
pub const PLCS: usize = 3;
/// The PLC whose network is bad: it goes silent now and then.
pub const SILENT_PLC: usize = 2;
/// Time between two silences of it, in milliseconds.
pub const SILENCE_EVERY: i64 = 150 * MINUTE_MS;
/// How long a silence lasts, in milliseconds.
pub const SILENCE: i64 = 4 * MINUTE_MS;

const fn own(ideal_ms: i64, cavities: i64) -> Product {
    Product {
        id: None,
        ideal_ms,
        cavities,
    }
}

const fn product(id: &'static str, ideal_ms: i64, cavities: i64) -> Product {
    Product {
        id: Some(id),
        ideal_ms,
        cavities,
    }
}

const CALM: Nature = Nature {
    pace_percent: 106,
    slow_permille: 60,
    short_every: 14 * MINUTE_MS,
    short: 35_000,
    long_every: 80 * MINUTE_MS,
    causes: &[(Cause::Fault, 3), (Cause::Material, 3), (Cause::Unsaid, 4)],
    scrap_permille: 12,
    through_breaks: false,
    reasons: &[("jam", 5), ("quality", 2), ("material", 3)],
};

/// The machines, in the order of the wall.
pub static MACHINES: [Machine; 8] = [
    Machine {
        id: "press-01",
        wire: Wire::Modbus {
            plc: 0,
            unit: 1,
            offset: 0,
            map: Map::Press,
        },
        products: &[own(12_500, 2)],
        nature: Nature {
            through_breaks: true,
            ..CALM
        },
    },
    Machine {
        id: "press-02",
        wire: Wire::Modbus {
            plc: 0,
            unit: 1,
            offset: 100,
            map: Map::Press,
        },
        products: &[product("VT-2077", 24_000, 4), product("VT-2090", 18_000, 2)],
        nature: Nature {
            pace_percent: 109,
            causes: &[
                (Cause::Fault, 2),
                (Cause::Setup, 3),
                (Cause::Material, 2),
                (Cause::Unsaid, 3),
            ],
            scrap_permille: 18,
            ..CALM
        },
    },
    Machine {
        id: "press-03",
        wire: Wire::Modbus {
            plc: 0,
            unit: 2,
            offset: 0,
            map: Map::OldPress,
        },
        products: &[own(15_000, 1)],
        nature: Nature {
            pace_percent: 118,
            slow_permille: 150,
            short_every: 9 * MINUTE_MS,
            long_every: 38 * MINUTE_MS,
            causes: &[(Cause::Fault, 4), (Cause::Power, 2), (Cause::Unsaid, 4)],
            scrap_permille: 35,
            ..CALM
        },
    },
    Machine {
        id: "cnc-01",
        wire: Wire::Modbus {
            plc: 1,
            unit: 1,
            offset: 0,
            map: Map::Cnc,
        },
        products: &[own(95_000, 1)],
        nature: Nature {
            pace_percent: 102,
            slow_permille: 20,
            short_every: 60 * MINUTE_MS,
            long_every: 260 * MINUTE_MS,
            scrap_permille: 8,
            reasons: &[("tool", 6), ("quality", 4)],
            ..CALM
        },
    },
    Machine {
        id: "cnc-02",
        wire: Wire::Modbus {
            plc: 1,
            unit: 2,
            offset: 0,
            map: Map::Cnc,
        },
        products: &[product("BR-110", 70_000, 1), product("BR-125", 110_000, 1)],
        nature: Nature {
            pace_percent: 111,
            short_every: 30 * MINUTE_MS,
            long_every: 55 * MINUTE_MS,
            causes: &[(Cause::Setup, 7), (Cause::Fault, 2), (Cause::Unsaid, 2)],
            scrap_permille: 20,
            reasons: &[("tool", 6), ("quality", 4)],
            ..CALM
        },
    },
    Machine {
        id: "stamp-01",
        wire: Wire::Modbus {
            plc: SILENT_PLC,
            unit: 1,
            offset: 0,
            map: Map::Stamp,
        },
        products: &[own(2_400, 1)],
        nature: Nature {
            pace_percent: 108,
            short_every: 8 * MINUTE_MS,
            scrap_permille: 9,
            ..CALM
        },
    },
    Machine {
        id: "assembly-01",
        wire: Wire::Mqtt {
            topic: "plant/assembly/01",
            words: Words::Status,
        },
        products: &[own(20_000, 1)],
        nature: Nature {
            pace_percent: 112,
            slow_permille: 180,
            long_every: 60 * MINUTE_MS,
            causes: &[(Cause::Material, 6), (Cause::Fault, 2), (Cause::Unsaid, 2)],
            scrap_permille: 25,
            ..CALM
        },
    },
    Machine {
        id: "pack-01",
        wire: Wire::Mqtt {
            topic: "plant/packing/01",
            words: Words::Run,
        },
        products: &[own(4_000, 1)],
        nature: Nature {
            pace_percent: 105,
            causes: &[(Cause::Unsaid, 1)],
            scrap_permille: 5,
            ..CALM
        },
    },
];
