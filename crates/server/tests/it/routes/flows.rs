//! Routes of `/flows`.

mod create;
mod delete;
mod get;
mod list;
mod publish;
mod simulate;
mod update;
