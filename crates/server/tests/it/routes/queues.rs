//! Routes of `/queues`.

mod create;
mod delete;
mod get;
mod list;
mod update;
