//! Routes of `/quick-replies`.

mod delete;
mod get;
mod update;
