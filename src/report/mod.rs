//! Pure. Reports of a shift, a business day or a week: production, OEE, losses and what they rest on, as text in three languages
//! or as CSV; all of it from tallies merged per shift.

pub mod csv;
pub mod figures;
pub mod form;
pub mod gather;
pub mod scope;
mod stops;
pub mod stretch;
mod table;
pub mod text;
pub mod words;
