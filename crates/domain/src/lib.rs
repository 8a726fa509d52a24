//! What a contact centre is: pure data and decisions, without I/O, clock or randomness.
//!
//! In reading order: [`id`] and [`time`] are the basics. A [`channel`] is where customers write, its [`capabilities`]
//! what can be sent there. [`inbound`] is what channels report, and [`outbound`] what we send. A [`conversation`]
//! contains [`message`]s and [`thread_event`]s; a [`turn`] changes it, and its [`decision`] is what must be written.
//! What did not work is a [`failure`], [`page_trouble`] if it concerns a whole Page, a [`file_error`] if it is a
//! customer's file, and a [`catch_up`] problem if it is a search. [`flow`] is the bot, a [`queue`] is where customers
//! wait, a [`calendar`] when it is open, a [`form`] what agents note down there, [`macros`] what they do with one
//! click, [`service`] is who serves it, [`routing`] finds an agent, [`window`] decides who may still write, [`role`]
//! who may do what, [`visibility`] who sees what, [`sla`] how soon customers get an answer, [`alert`] when a queue
//! passes a limit, [`entry_point`] by which link or word customers come, [`same`] when texts count as the same, and
//! [`text`] fills in variables. [`user_settings`] are a user's preferences. A [`campaign`] is one message for many.
//! [`split`] cuts long texts for a channel, and [`template`] is cards and buttons.

#![warn(missing_docs)]

pub mod account_details;
pub mod agent;
pub mod alert;
pub mod audit_detail;
pub mod calendar;
pub mod campaign;
pub mod capabilities;
pub mod catch_up;
pub mod channel;
pub mod choice_list;
pub mod comment;
pub mod compare;
pub mod conversation;
pub mod decision;
pub mod entry_point;
pub mod expected_wait;
pub mod failure;
pub mod file_error;
pub mod file_name;
pub mod flow;
pub mod form;
pub mod hook_error;
pub mod id;
pub mod inbound;
pub mod login_outcome;
pub mod macros;
pub mod message;
pub mod message_template;
pub mod not_applied;
pub mod opt_out;
pub mod outbound;
pub mod page_trouble;
pub mod pause_limit;
pub mod queue;
pub mod quick_reply;
pub mod report;
pub mod role;
pub mod routing;
pub mod same;
pub mod satisfaction;
pub mod search;
pub mod secret;
pub mod service;
pub mod sla;
pub mod special;
pub mod split;
pub mod template;
pub mod text;
pub mod thread_event;
pub mod time;
pub mod turn;
pub mod user_settings;
pub mod visibility;
pub mod window;
mod words;
