//! The outside world's languages, as data in and data out: no sockets, no clock, no randomness.
//!
//! Today there is one, [`meta`]'s. What we know about it is in `docs/meta-platform.md`; the comments here cite its
//! sections.

#![warn(missing_docs)]

pub mod meta;
