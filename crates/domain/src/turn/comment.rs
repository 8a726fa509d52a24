//! The private reply to a comment (meta-platform.md §3.5): one message to a person who has not written to us.

use super::{Actor, Turn, shorten};
use crate::id::MessageId;
use crate::message::{Direction, Kind, Sender};
use crate::outbound::Speaker;
use crate::thread_event::{CommentKind, ThreadEvent};

/// A comment on a post of the page, or a visitor's post.
#[derive(Debug, Clone, Copy)]
pub struct Commented<'a> {
    /// The channel's id of it.
    pub id: &'a str,
    /// Whether it is a visitor's post.
    pub is_post: bool,
    /// Its text.
    pub text: &'a str,
}

impl Commented<'_> {
    /// The key of its event in the thread.
    pub fn key(id: &str) -> String {
        format!("comment:{id}")
    }

    fn kind(&self) -> CommentKind {
        if self.is_post { CommentKind::Post } else { CommentKind::Comment }
    }

    fn quote(&self) -> Option<String> {
        Some(shorten(self.text.trim())).filter(|words| !words.is_empty())
    }
}

impl Turn<'_> {
    /// A user answers a comment privately. The conversation waits for the customer: their next message belongs to it,
    /// and the bot treats it as their first message. `first`: the comment is not in this thread yet. The caller
    /// checks the channel's limits.
    pub fn reply_to_comment(
        &mut self,
        by: Actor<'_>,
        comment: Commented<'_>,
        first: bool,
        text: String,
        client_id: Option<String>,
    ) -> MessageId {
        if first {
            let (to, quote) = (comment.kind(), comment.quote());
            let event = ThreadEvent::PrivateReply { by: by.name.into(), to, quote, removed: false };
            self.notice(event, Commented::key(comment.id));
        }
        let mut message = self.blank_message(Kind::Text, Direction::Out, Sender::agent(by.user, by.name));
        message.text = Some(text);
        message.client_id = client_id;
        message.data.comment = Some(comment.id.to_owned());
        self.say(message, Speaker::Agent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_in_the_thread_quotes_the_comment_and_no_more_of_it_than_a_line_holds() {
        let it = |text| Commented { id: "5_7", is_post: false, text };
        assert_eq!(it(" How much? ").quote().unwrap(), "How much?");
        assert_eq!(it(" ").quote(), None);
        assert_eq!(it(&"x".repeat(500)).quote().unwrap().chars().count(), 160);
    }
}
