//! Routes of `/agents`.

mod get;
mod list;
mod status;
mod update;
