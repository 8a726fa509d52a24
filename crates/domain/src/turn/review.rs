//! What the start of an App Review means for an open conversation of the same person, and for its own.

use super::Turn;
use crate::conversation::State;
use crate::flow::Input;
use crate::thread_event::{SystemClose, ThreadEvent};

impl Turn<'_> {
    /// The customer started the review while this conversation was open. True if it closes, because no agent has
    /// written in it. Otherwise it stays with the agent, and the thread says what to do.
    pub fn gives_way_to_review(&mut self) -> bool {
        if matches!(self.conversation().state, State::Bot | State::Queued | State::Offered) {
            self.abandon(SystemClose::ReviewBegan);
            return true;
        }
        self.add_event(ThreadEvent::ReviewRequested {});
        false
    }

    /// A link into a thread says nothing that the flow could answer, but who reviews waits for an answer: it begins at once.
    pub fn greet_review(&mut self) {
        if self.decision.created && self.conversation().state == State::Bot {
            self.run_flow(Input::Start);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::capabilities::tests::SAMPLE;
    use crate::channel::Account;
    use crate::conversation::{Conversation, State};
    use crate::decision::Decision;
    use crate::id::{ContactId, GatewayId, IdentityId, QueueId, UserId};
    use crate::thread_event::ThreadEvent;
    use crate::time::Micros;
    use crate::turn::{Actor, NewConversation, QueueFacts, Target, Templates, Turn, TurnContext};

    const GENERAL: QueueId = QueueId(7);
    const REVIEW: QueueId = QueueId(8);
    const GATEWAY: GatewayId = GatewayId(3);

    fn queue(id: QueueId, review_of: Option<GatewayId>) -> QueueFacts {
        let name = format!("queue {}", id.0);
        let (priority, offer_seconds, missed_limit, wrap_up_seconds, online) = (0, 30, 3, 0, true);
        QueueFacts { id, name, priority, offer_seconds, missed_limit, wrap_up_seconds, online, review_of }
    }

    /// Plays with a conversation of a customer, or of a review, which goes to a queue by the bot.
    fn played(review: Option<UserId>, named: QueueId, play: impl FnOnce(&mut Turn<'_>)) -> Decision {
        let templates = Templates::default();
        // The oldest queue is the one of another gateway's review: age alone must not decide.
        let queues = [queue(QueueId(6), Some(GatewayId(99))), queue(REVIEW, Some(GATEWAY)), queue(GENERAL, None)];
        let context = TurnContext {
            capabilities: &SAMPLE,
            now: Micros(1_000),
            contact_name: None,
            page_name: "Shop",
            templates: &templates,
            flow: None,
            running: None,
            queues: &queues,
            last_user_at: Some(Micros(1_000)),
            human_agent: false,
        };
        let (identity, contact) = (IdentityId(1), ContactId(2));
        let with = NewConversation { identity, contact, gateway: GATEWAY, account: Account::page("200"), review };
        let mut next = 100;
        let mut ids = move || {
            next += 1;
            next
        };
        let mut turn = Turn::begin(with, &context, &mut ids);
        turn.join_queue(Some(named), None, None);
        play(&mut turn);
        turn.finish()
    }

    fn after(review: Option<UserId>, named: QueueId) -> Conversation {
        played(review, named, |_| {}).conversation
    }

    #[test]
    fn whatever_a_flow_names_customers_and_reviews_wait_apart() {
        for named in [QueueId(6), REVIEW, GENERAL, QueueId(404)] {
            assert_eq!(after(None, named).queue, Some(GENERAL), "a customer sent to {named}");
            assert_eq!(after(Some(UserId(5)), named).queue, Some(REVIEW), "a review sent to {named}");
        }
    }

    #[test]
    fn a_customer_is_not_handed_into_a_review() {
        let ben = Actor { user: UserId(4), name: "Ben", supervises: true };
        let customer = played(None, GENERAL, |turn| {
            turn.take(ben).unwrap();
            let refused = turn.transfer(ben, Target::Queue(REVIEW), None).unwrap_err();
            assert!(refused.to_string().contains("App Review"), "{refused}");
            turn.transfer(ben, Target::Queue(GENERAL), None).unwrap();
        });
        assert_eq!(customer.conversation.queue, Some(GENERAL));
        played(Some(UserId(5)), REVIEW, |turn| {
            turn.take(ben).unwrap();
            turn.transfer(ben, Target::Queue(REVIEW), None).unwrap();
        });
    }

    #[test]
    fn what_nobody_speaks_in_gives_way_and_what_an_agent_holds_stays_theirs() {
        let waiting = played(None, GENERAL, |turn| assert!(turn.gives_way_to_review()));
        assert_eq!(waiting.conversation.state, State::Closed);
        assert!(waiting.sends.is_empty(), "without a word to anybody");
        let held = played(None, GENERAL, |turn| {
            turn.take(Actor { user: UserId(4), name: "Ben", supervises: true }).unwrap();
            assert!(!turn.gives_way_to_review());
        });
        assert_eq!((held.conversation.state, held.conversation.agent), (State::Active, Some(UserId(4))));
        let told =
            held.messages.iter().any(|it| it.data.event.as_deref() == Some(&ThreadEvent::ReviewRequested {}));
        assert!(told, "the agent reads what to do");
    }
}
