//! Meta's App Review of a gateway (meta-platform.md §9): guides an operator through it.
//!
//! [`facts`] gathers what this installation knows, [`operator_answers`] are the operator's answers ([`change`] edits
//! them), [`meta_status`] is what Meta reported when it was asked. Everything else is derived from these three:
//! [`audience`] whether a review is needed, [`permission`] and [`text`] what is requested and why, [`checklist`] the
//! tasks, [`data`] the answers on data handling, [`legal`] the public pages, [`instructions`] what the reviewer does,
//! [`archive`] everything as one file. [`view`] is its representation in the API, [`access`] gives the reviewer
//! access, and [`film`] makes the recordings for the reviewer.

use engine::worker::WorkerSet;

pub mod access;
pub mod archive;
pub mod audience;
pub mod change;
pub mod checklist;
pub mod data;
pub mod document;
pub mod facts;
pub mod film;
pub mod instructions;
pub mod legal;
pub mod markup;
pub mod meta_status;
pub mod operator_answers;
pub mod permission;
pub mod print;
pub mod refusal;
pub mod scopes;
pub mod text;
pub mod view;
pub mod way;

/// The background work of this crate, once per store.
pub fn workers(workers: &mut WorkerSet) {
    workers.spawn::<access::ReviewAccesses>();
}
