//! Settings.

mod ai_test;
mod get;
mod update;
