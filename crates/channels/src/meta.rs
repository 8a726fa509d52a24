//! Meta's Messenger platform: how its webhooks are read, its Graph API is asked, and its refusals
//! are put in plain words.
//!
//! - [`signature`]: is it really Meta who speaks?
//! - [`webhook`]: what it tells us, in our own words.
//! - [`send`]: what we want told, in Meta's words.
//! - [`graph`]: everything else we ask of it, and its answers.
//! - [`error`]: code → cause → what to do.
//! - [`limits`]: what is checked before Meta is asked, and how near its rate limits we are.
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
