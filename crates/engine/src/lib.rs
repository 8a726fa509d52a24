//! The contact centre at work: use cases, workers, clients for the outside, and the views that API, stream, webhooks
//! and exports show. It knows no HTTP server and no command line.
//!
//! In reading order: [`engine`] is what everything shares, [`turns`] runs one turn of a conversation, [`workers`]
//! starts the background work, [`clients`] talk to Meta and other programs, [`view`] is what others see.

pub mod accounts;
pub mod agents;
pub mod audit;
pub mod board;
pub mod browsers;
pub mod catch_up;
pub mod check_requests;
pub mod clients;
pub mod clock;
pub mod comment_identity;
pub mod config;
pub mod connect;
pub mod contacts;
pub mod control;
pub mod deliveries;
pub mod directory;
pub mod engine;
pub mod error;
pub mod fetch;
pub mod fields;
pub mod flows;
pub mod gateways;
pub mod health;
pub mod hub;
pub mod inbox;
pub mod labels;
mod lease;
pub mod live;
pub mod media;
pub mod messages;
pub mod optimistic;
pub mod outbox;
pub mod page_tokens;
pub mod pages;
pub mod passwords;
pub mod pause_causes;
pub mod portraits;
pub mod presence;
pub mod pressure;
pub mod private_reply;
pub mod queues;
pub mod quick_replies;
pub mod release;
pub mod retention;
pub mod routing;
pub mod secrets;
pub mod seed;
pub mod send_result;
pub mod sessions;
pub mod settings;
pub mod signature_failures;
pub mod timers;
pub mod tokens;
pub mod turns;
pub mod uncertain;
pub mod urls;
pub mod users;
pub mod view;
pub mod webhooks;
pub mod withdrawal;
pub mod wording;
pub mod worker;
pub mod workers;
