//! Outgoing webhooks.

mod create;
mod delete;
mod get;
mod list;
mod test;
mod update;
