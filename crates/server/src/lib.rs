//! The server as a library, so that tests can drive it; `main.rs` is the binary. The only crate with a clock,
//! sockets and threads.
//!
//! In reading order: [`cli`] starts it, [`app`] is what every room shares, [`web`] answers requests, [`work`]
//! goes on beside them, [`outside`] speaks with Meta.

pub mod app;
pub mod cli;
pub mod web;
