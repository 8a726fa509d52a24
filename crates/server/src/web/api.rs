//! The API, one file per noun. A handler reads the request, asks the store or plays a turn, and answers a view.

pub mod agents;
pub mod checklist;
pub mod connect;
pub mod contacts;
pub mod conversations;
pub mod deliveries;
pub mod flows;
pub mod gateways;
pub mod me;
pub mod media;
pub mod messages;
pub mod pages;
pub mod pause_causes;
pub mod probes;
pub mod queues;
pub mod quick_replies;
pub mod session;
pub mod summary;
pub mod tokens;
pub mod typing;
pub mod users;
pub mod view;
