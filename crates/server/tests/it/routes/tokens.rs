//! Routes of `/tokens`.

mod create;
mod list;
