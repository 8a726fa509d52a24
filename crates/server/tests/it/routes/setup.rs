//! Routes of `/setup`.

mod create;
mod get;
