//! Pages.

mod comments;
mod comments_reply;
