//! What all of Meta's channels share: how its webhooks are signed and its Graph API is called, and what its refusals mean
//! in plain English.
//!
//! - [`signature`]: whether a request is really from Meta.
//! - [`graph`]: all other calls, and their answers.
//! - [`error`]: code → cause → what to do.
//! - [`limits`]: what is checked before Meta is asked, and how close we are to its rate limits.
//! - [`oauth`]: the login dialog and the way back from it.

pub(crate) mod body;
pub mod error;
pub mod graph;
pub(crate) mod lenient;
pub mod limits;
pub mod oauth;
pub mod signature;
