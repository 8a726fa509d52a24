//! Meta's App Review of a gateway (meta-platform.md §9): what leads an operator through it.
//!
//! [`facts`] gathers what this installation knows, [`operator_answers`] is what the operator says ([`change`] edits it),
//! [`meta_status`] what Meta said when it was asked. Everything else makes documents of these three, without asking anyone: [`audience`] whether a review is needed,
//! [`permission`] and [`text`] what is asked for and why, [`checklist`] what there is to do, [`data`] the answers on data
//! handling, [`legal`] the public pages, [`instructions`] what the reviewer does, [`archive`] all of it as one file.
//! [`view`] is all of it as the API shows it, [`access`] lets the reviewer in, and [`film`] records what the reviewer
//! wants to see.

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
