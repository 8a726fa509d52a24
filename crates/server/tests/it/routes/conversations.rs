//! Routes of `/conversations`.

mod accept;
mod close;
mod closing_text;
mod control;
mod create;
mod decline;
mod extend_wrap_up;
mod get;
mod invite;
mod labels;
mod leave;
mod list;
mod messages;
mod messages_cancel;
mod messages_reactions;
mod messages_retry;
mod notes;
mod offer_shown;
mod read;
mod reopen;
mod snooze;
mod take;
mod transcript;
mod transfer;
mod typing;
