//! The private reply to a comment (meta-platform.md §3.5): one message to a person who has not written to us.

use super::{Actor, Refusal, Turn, shorten};
use crate::conversation::{Snooze, State};
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
    /// A user answers a comment privately. The conversation waits for the customer: their next message belongs to it.
    /// An agent's reply brings it back to that agent; after the reply of a user who takes no conversations, the bot
    /// treats the customer's answer as their first message. `first`: the comment is not in this thread yet. The
    /// caller checks the channel's limits.
    pub fn reply_to_comment(
        &mut self,
        by: Actor<'_>,
        is_agent: bool,
        comment: Commented<'_>,
        first: bool,
        reply: (String, Option<String>),
    ) -> Result<MessageId, Refusal> {
        if is_agent {
            self.wait_for_author(by)?;
        }
        let (text, client_id) = reply;
        if first {
            let (to, quote) = (comment.kind(), comment.quote());
            let event = ThreadEvent::PrivateReply { by: by.name.into(), to, quote, removed: false };
            self.notice(event, Commented::key(comment.id));
        }
        let mut message = self.blank_message(Kind::Text, Direction::Out, Sender::agent(by.user, by.name));
        message.text = Some(text);
        message.client_id = client_id;
        message.data.comment = Some(comment.id.to_owned());
        Ok(self.say(message, Speaker::Agent))
    }

    /// The conversation is the agent's and waits for the customer, so it takes none of their places until an answer
    /// comes: nothing else can be sent before.
    fn wait_for_author(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        let now = self.context.now;
        let conversation = self.it();
        match conversation.state {
            State::Bot | State::Snoozed | State::Waiting => {}
            _ if conversation.agent == Some(by.user) => return Ok(()),
            _ => {
                return Err(Refusal::State(
                    "A colleague has the conversation that began with this comment: only they can send the reply again."
                        .into(),
                ));
            }
        }
        conversation.state = State::Waiting;
        conversation.agent = Some(by.user);
        conversation.last_agent = Some(by.user);
        conversation.data.accepted_at = Some(now);
        conversation.data.snooze = Some(Snooze { until: None, since: now });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Conversation;
    use crate::decision::{AgentEffect, Decision};
    use crate::inbound::Said;
    use crate::turn::fixture::{ANN, BEN, Given, held};

    const COMMENT: Commented<'static> = Commented { id: "5_7", is_post: false, text: "How much?" };

    fn unanswered() -> Conversation {
        let mut it = Conversation { state: State::Bot, queue: None, agent: None, last_agent: None, ..held() };
        it.data.accepted_at = None;
        it
    }

    fn replied(it: Conversation, by: Actor<'static>, is_agent: bool) -> Decision {
        Given::at(10).play(it, |turn| {
            turn.reply_to_comment(by, is_agent, COMMENT, true, ("80 UAH".into(), None)).unwrap();
        })
    }

    #[test]
    fn the_conversation_of_an_agents_private_reply_waits_for_the_author_and_comes_back_to_that_agent() {
        let sent = replied(unanswered(), ANN, true);
        let it = sent.conversation;
        assert_eq!((it.state, it.agent), (State::Waiting, Some(ANN.user)));
        assert!(sent.agents.is_empty(), "it takes none of the agent's places while it waits");
        let words = Said { mid: "m".into(), text: Some("One, please".into()), ..Said::default() };
        let back = Given::at(60).play(it, |turn| turn.receive(words, None, None));
        assert_eq!((back.conversation.state, back.conversation.agent), (State::Active, Some(ANN.user)));
        assert_eq!(back.agents, [AgentEffect::Offered(ANN.user)]);
    }

    #[test]
    fn after_the_private_reply_of_a_user_who_is_no_agent_the_bot_hears_the_author_first() {
        let it = replied(unanswered(), ANN, false).conversation;
        assert_eq!((it.state, it.agent), (State::Bot, None));
    }

    #[test]
    fn a_reply_that_failed_is_sent_again_by_another_agent_only_while_no_agent_is_in_the_conversation() {
        let waiting = replied(unanswered(), ANN, true).conversation;
        let taken = replied(waiting.clone(), BEN, true).conversation;
        assert_eq!((taken.state, taken.agent), (State::Waiting, Some(BEN.user)));
        Given::at(20).play(held(), |turn| {
            let again = turn.reply_to_comment(BEN, true, COMMENT, false, ("80 UAH".into(), None));
            assert!(again.unwrap_err().to_string().contains("A colleague has the conversation"));
        });
        let mut failed = replied(waiting.clone(), ANN, true).messages.pop().unwrap();
        failed.data.comment = Some("5_7".into());
        Given::at(20).play(waiting, |turn| {
            assert!(turn.may_resend(ANN, &failed).is_ok(), "the agent who waits with it");
            assert!(turn.may_resend(BEN, &failed).is_err());
        });
    }

    #[test]
    fn the_line_in_the_thread_quotes_the_comment_and_no_more_of_it_than_a_line_holds() {
        let it = |text| Commented { id: "5_7", is_post: false, text };
        assert_eq!(it(" How much? ").quote().unwrap(), "How much?");
        assert_eq!(it(" ").quote(), None);
        assert_eq!(it(&"x".repeat(500)).quote().unwrap().chars().count(), 160);
    }
}
