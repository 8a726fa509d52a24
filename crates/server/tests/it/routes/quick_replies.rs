//! Routes of `/quick-replies`.

mod create;
mod delete;
mod get;
mod import;
mod list;
mod update;
