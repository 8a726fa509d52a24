//! The tables: SQL texts, row types, and functions that read rows or push statements on a batch. Each SQL text exists
//! once.

pub mod account;
pub mod account_access;
pub mod activity;
pub mod agent;
pub mod audit;
pub mod calendar;
pub mod campaign;
pub mod campaign_recipient;
pub mod catch_up;
pub mod comment;
pub mod connection;
pub mod contact;
pub mod conversation;
pub mod dead_file;
pub mod deletion_request;
pub mod delivery;
pub mod delivery_status;
pub mod entry_point;
pub mod erasure;
pub mod event;
pub mod flow;
pub mod flow_failure;
pub mod flow_secret;
pub mod flow_test;
pub mod form;
pub mod gateway;
pub mod health;
pub mod identity;
mod ids;
pub mod inbox;
pub mod job;
pub mod label;
pub mod lease;
pub mod login_attempt;
pub mod macros;
pub mod medium;
pub mod mention;
pub mod message;
pub mod message_template;
pub mod mid;
pub mod named;
pub mod newest;
pub mod outbox;

pub mod pause_cause;
pub mod pending_update;
pub mod permission_use;
pub mod persona;
pub mod push_subscription;
pub mod queue;
pub mod queue_alert;
pub mod queue_wait;
pub mod quick_reply;
pub mod record;
pub mod report;
pub mod retention;
pub mod reusable_file;
pub mod review;
pub mod review_access;
pub mod role;
pub mod search;
pub mod session;
pub mod setting;
pub mod setup_link;
pub mod thread;
pub mod token;
pub mod user;
pub mod user_settings;
mod visibility;
pub mod webhook;

#[cfg(feature = "testing")]
use crate::Sql;

/// Every SQL text there is, for the test that prepares each on both engines.
#[cfg(feature = "testing")]
pub(crate) fn all() -> Vec<Sql> {
    [
        user::ALL,
        agent::ALL,
        audit::ALL,
        calendar::ALL,
        campaign::ALL,
        campaign_recipient::ALL,
        activity::ALL,
        catch_up::ALL,
        comment::ALL,
        connection::ALL,
        contact::ALL,
        conversation::ALL,
        dead_file::ALL,
        deletion_request::ALL,
        delivery::ALL,
        pending_update::ALL,
        entry_point::ALL,
        erasure::ALL,
        event::ALL,
        flow::ALL,
        flow_failure::ALL,
        flow_secret::ALL,
        flow_test::ALL,
        form::ALL,
        gateway::ALL,
        health::ALL,
        identity::ALL,
        inbox::ALL,
        job::ALL,
        reusable_file::ALL,
        label::ALL,
        lease::ALL,
        login_attempt::ALL,
        macros::ALL,
        medium::ALL,
        mention::ALL,
        message::ALL,
        message_template::ALL,
        mid::ALL,
        named::ALL,
        newest::ALL,
        outbox::ALL,
        account::ALL,
        account_access::ALL,
        pause_cause::ALL,
        permission_use::ALL,
        persona::ALL,
        push_subscription::ALL,
        queue::ALL,
        queue_alert::ALL,
        queue_wait::ALL,
        quick_reply::ALL,
        record::ALL,
        report::ALL,
        retention::ALL,
        review::ALL,
        review_access::ALL,
        role::ALL,
        search::ALL,
        session::ALL,
        setting::ALL,
        setup_link::ALL,
        token::ALL,
        user_settings::ALL,
        webhook::ALL,
    ]
    .concat()
}
