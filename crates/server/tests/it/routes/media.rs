//! Media.

mod create;
mod get;
