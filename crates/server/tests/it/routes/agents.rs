//! Routes of `/agents`.

mod get;
mod status;
mod update;
