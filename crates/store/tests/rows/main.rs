//! Tests of the tables: each typed function reads rows that other functions wrote, on both engines.

#[path = "../engines/mod.rs"]
mod engines;

mod access;
mod agents;
mod campaigns;
mod contacts;
mod conversations;
mod delivery;
mod fixture;
mod flows;
mod gateways;
mod housekeeping;
mod identities;
mod messages;
mod outbox;
mod reports;
mod search;
mod settings;
mod visibility;
mod waits;
