//! The channels' protocols, as data in and data out: no sockets, no clock, no randomness.
//!
//! [`Channels`] has one [`Protocol`] for each channel: today [`messenger`], [`instagram`] and [`whatsapp`]. [`meta`]
//! is what they share. What we know about it is in `docs/meta-platform.md`; the comments here cite its sections.

#![warn(missing_docs)]

pub mod connecting;
pub mod instagram;
pub mod messenger;
pub mod meta;
mod protocol;
pub mod recipient;
pub mod redact;
pub mod whatsapp;

pub use protocol::{Channels, FileAddress, PERSONA_NAME, Protocol, Refused, Unreadable};
