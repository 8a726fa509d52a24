//! Routes of `/queues`.

mod create;
mod list;
