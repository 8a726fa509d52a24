//! Routes of `/session`.

mod create;
mod delete;
