//! Routes of `/tokens`.

mod create;
mod delete;
mod list;
