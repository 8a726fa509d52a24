//! HTTP and the command line, as a library so that tests can drive it; `main.rs` is the binary. The only crate with
//! axum and clap.
//!
//! In reading order: [`cli`] starts it, [`app`] is what handlers share, [`web`] answers requests. The use cases are
//! in the crate `engine`.

pub mod app;
pub mod cli;
pub mod model_requests;
pub mod searches;
pub mod throttle;
pub mod typing_signals;
pub mod web;
