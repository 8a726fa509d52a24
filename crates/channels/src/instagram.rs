//! Instagram messaging: its form of Meta's protocol.
//!
//! - [`webhook`]: what Meta reports, in our own terms.

pub mod webhook;
