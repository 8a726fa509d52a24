//! The outside world's languages, as data in and data out: no sockets, no clock, no randomness.
//!
//! Today there is one language, [`meta`]'s. What it says about itself stands in
//! `docs/meta-platform.md`; the docstrings here cite its sections.

#![warn(missing_docs)]

pub mod meta;
