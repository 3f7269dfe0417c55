//! Pure. What happened becomes spans, tallies and KPIs, by the calendar, the loss policy and ISO 22400-2.

mod allowance;
pub mod book;
pub mod calendar;
mod changeover;
pub mod class;
mod count;
pub mod engine;
pub mod kpi;
pub mod plan;
pub mod rows;
mod snapshot;
mod stop;
pub mod target;
