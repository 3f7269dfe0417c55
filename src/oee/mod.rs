//! Pure. What happened becomes spans, tallies and KPIs, by the calendar, the loss policy and ISO 22400-2.

mod allowance;
pub mod balance;
pub mod basis;
pub mod book;
pub mod calendar;
pub mod cascade;
mod changeover;
pub mod class;
mod count;
pub mod engine;
pub mod family;
pub mod indicators;
pub mod kpi;
pub mod meters;
pub mod pace;
pub mod plan;
pub mod policy;
pub mod progress;
pub mod rollup;
pub mod rows;
pub mod serial;
mod snapshot;
pub mod stop;
pub mod target;
pub mod trust;
pub mod units;
