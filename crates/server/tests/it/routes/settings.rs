//! Settings.

mod get;
mod update;
