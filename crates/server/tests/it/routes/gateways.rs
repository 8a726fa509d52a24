//! Gateways.

mod connect;
mod create;
mod delete;
mod get;
mod health;
mod health_check;
mod health_seen;
mod list;
mod pages;
mod pages_catch_up;
mod pages_picture;
mod pages_refresh;
mod pages_retry_sends;
mod update;
