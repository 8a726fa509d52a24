//! What all of Meta's channels share: how its webhooks are signed and its Graph API is called, and what its refusals mean
//! in plain English.
//!
//! - [`signature`]: whether a request really comes from Meta.
//! - [`graph`]: all other calls, and their answers.
//! - [`INBOXES`]: the app ids of its own inboxes.
//! - [`error`]: code → cause → what to do.
//! - [`limits`]: how close we are to Meta's rate limits.
//! - `body`: a webhook body as JSON, and its channel.
//! - `messaging`: what Messenger and Instagram report, in our own terms.
//! - [`send`]: what we send on Messenger and Instagram.
//! - [`oauth`]: the login dialog and its redirect.

pub(crate) mod body;
pub mod error;
pub mod graph;
pub(crate) mod lenient;
pub mod limits;
pub mod links;
pub(crate) mod messaging;
pub mod oauth;
pub mod send;
pub mod signature;
mod template;

/// The app ids of Meta's own inboxes in echoes and in thread control, the Page inbox with both ids of the reference
/// (meta-platform.md §2.5).
pub const INBOXES: [&str; 3] = [PAGE_INBOX, "26390203743090", INSTAGRAM_INBOX];
/// The inbox of Pages.
pub const PAGE_INBOX: &str = "263902037430900";
/// The inbox of Instagram accounts.
pub const INSTAGRAM_INBOX: &str = "1217981644879628";
