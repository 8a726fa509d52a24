//! Routes of `/conversations`.

mod accept;
mod close;
mod closing_text;
mod control;
mod create;
mod decline;
mod get;
mod labels;
mod list;
mod messages;
mod messages_cancel;
mod messages_reactions;
mod messages_retry;
mod notes;
mod offer_shown;
mod read;
mod reopen;
mod run;
mod take;
mod transcript;
mod transfer;
mod typing;
