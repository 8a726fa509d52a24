//! Routes of `/close-reasons`.

mod create;
mod delete;
mod get;
mod list;
mod update;
