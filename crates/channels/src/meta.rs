//! Meta's Messenger platform: how its webhooks are read and its Graph API is called, and what its refusals mean in plain
//! English.
//!
//! - [`signature`]: whether a request is really from Meta.
//! - [`webhook`]: what it reports, in our own terms.
//! - [`send`]: what we send, in Meta's terms.
//! - [`graph`]: all other calls, and their answers.
//! - [`error`]: code → cause → what to do.
//! - [`limits`]: what is checked before Meta is asked, and how close we are to its rate limits.
//! - [`oauth`]: the login dialog and the way back from it.

pub mod error;
pub mod graph;
mod lenient;
pub mod limits;
pub mod oauth;
pub mod send;
pub mod signature;
mod template;
pub mod webhook;
