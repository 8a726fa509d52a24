//! Clients for the outside: Meta's Graph API, files on other servers, outgoing webhooks, and our own folder of files.

pub mod blob;
pub mod graph;
pub mod guard;
pub mod hook;
pub mod media;
pub mod picture;
