//! gemba (現場, "the actual place"): reads machines over Modbus and MQTT, works out OEE on the spot, shows it live, and
//! forwards it as a ledger that others can check.
//!
//! **Facts in, sums out.** What the plant said is a *fact*, appended to a journal on disk. Everything shown, forwarded or
//! reported is a pure function of the facts: `facts → spans + tallies → KPIs`. A sealed tally is booked once; a correction
//! books the difference.
//!
//! ```text
//!  PLC ── modbus ──┐                                                                        ┌─► forward ─► InfluxDB v2
//!  broker ─ mqtt ──┼─► collect ─► signal ─► store ─► machine ─► oee ─► store ───────────────┼─► serve   ─► API, metrics
//!  operator, MES ──┘   (I/O)       pure    journal    └── pure ──┘     spans, tallies,      └─► replay  ─► the same again
//!                     Reading     Sample    Fact                       bookings
//! ```
//!
//! The modules in the order of the flow, and what of ours each may import (`tests/tidy.rs` checks it):
//!
//! | module | what it does | may import |
//! |---|---|---|
//! | [`model`] | the nouns that cross the arrows; pure | – |
//! | [`retry`] | bounded back-off; pure | – |
//! | [`clock`] | the only place that reads a clock | model |
//! | [`collect`] | sources: Modbus TCP, MQTT 3.1.1; readings out | model, clock, retry |
//! | [`signal`] | readings become facts; process values per minute; pure | model |
//! | [`machine`] | signal facts become states and counts at their instants; pure | model |
//! | [`oee`] | time and counts become spans, tallies, KPIs; pure | model |
//! | [`pipeline`] | joins signal, machine and oee: the fold, live and restated; pure | model, signal, machine, oee |
//! | [`store`] | SQLite on its own thread: journal, chain, tallies, ledger, recovery | model |
//! | [`forward`] | the ledger to sinks, until each has confirmed all of it | model, store, retry, clock |
//! | [`report`] | shift, day and week as text and CSV, in three languages; pure | model, oee |
//! | [`serve`] | HTTP: the page and its events, wall, roll-ups, health, metrics, entries, plant desk; the control socket | model, store, clock, oee, report |
//! | [`config`] | files, environment and secrets become a checked plant | model, each stage's own configuration |
//! | [`agent`] | builds every stage, runs the core thread, stops in order | all above |
//! | `demo` | a simulated plant behind real sockets; only with the feature `demo` | – |
//! | [`commands`] | one file for each subcommand | all |
//!
//! Two threads are our own: the *core* owns the pipeline and never blocks; the *store* owns the only writing connection.
//! Sources, sinks and web run on tokio. Nothing leaves the gateway, and nobody is answered, before the facts behind it are
//! on disk.

pub mod agent;
pub mod clock;
pub mod collect;
pub mod commands;
pub mod config;
#[cfg(feature = "demo")]
pub mod demo;
pub mod forward;
pub mod machine;
pub mod model;
pub mod oee;
pub mod pipeline;
pub mod report;
pub mod retry;
pub mod serve;
pub mod signal;
pub mod store;
