//! The effects of using an entry point on an open conversation of the same customer, and on the one that it begins.

use super::Turn;
use crate::conversation::State;
use crate::flow::Input;
use crate::thread_event::{SystemClose, ThreadEvent};

impl Turn<'_> {
    /// The customer used an entry point while this conversation was open. True if it closes, because no agent has
    /// written in it. Otherwise it stays with the agent, and the thread shows what to do.
    pub fn gives_way(&mut self, entry_point: &str) -> bool {
        // A conversation that is being transferred has had an agent.
        let is_transfer = self.conversation().sender().is_some();
        if !is_transfer && matches!(self.conversation().state, State::Bot | State::Queued | State::Offered) {
            self.abandon(SystemClose::EntryPointUsed);
            return true;
        }
        self.add_event(ThreadEvent::EntryPointUsed { name: entry_point.to_owned() });
        false
    }

    /// A link into a thread has no text that the flow could answer, but the customer expects an answer, so the flow
    /// begins at once.
    pub fn greet_at_entry(&mut self) {
        if self.decision.created && self.conversation().state == State::Bot {
            self.run_flow(Input::Start);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::channel::Account;
    use crate::conversation::{Conversation, State};
    use crate::decision::Decision;
    use crate::id::{ContactId, EntryPointId, GatewayId, IdentityId, QueueId, UserId};
    use crate::thread_event::ThreadEvent;
    use crate::time::Micros;
    use crate::turn::{Actor, Entry, NewConversation, QueueFacts, Target, Templates, Turn, fixture};
    use crate::visibility::TakeScope;

    const GENERAL: QueueId = QueueId(7);
    const SALES: QueueId = QueueId(9);
    const ISOLATED: QueueId = QueueId(8);
    const BEN: Actor<'static> = Actor { user: UserId(4), name: "Ben", supervises: true };

    fn queue(id: QueueId, isolated: bool) -> QueueFacts {
        QueueFacts { isolated, ..fixture::queue(id) }
    }

    /// Runs a turn of a conversation that an entry point into a queue began, or none, and that a flow led to a queue.
    fn played(entry: Option<QueueId>, named: QueueId, play: impl FnOnce(&mut Turn<'_>)) -> Decision {
        let templates = Templates::default();
        // The oldest queue is another isolated one: age alone must not decide.
        let queues = [queue(QueueId(6), true), queue(ISOLATED, true), queue(GENERAL, false), queue(SALES, false)];
        let context = fixture::context(Micros(1_000), &templates, &queues);
        let (identity, contact) = (IdentityId(1), ContactId(2));
        let entry = entry.map(|queue| Entry { id: EntryPointId(5), queue: Some(queue) });
        let with =
            NewConversation { identity, contact, gateway: GatewayId(3), account: Account::page("200"), entry };
        let mut next = 100;
        let mut ids = move || {
            next += 1;
            next
        };
        let mut turn = Turn::begin(with, &context, &mut ids);
        assert_eq!(turn.conversation().queue, entry.and_then(|entry| entry.queue), "from the start");
        turn.join_queue(Some(named), None, None);
        play(&mut turn);
        turn.finish()
    }

    fn after(entry: Option<QueueId>, named: QueueId) -> Conversation {
        played(entry, named, |_| {}).conversation
    }

    #[test]
    fn whatever_a_flow_names_customers_stay_out_of_isolated_queues_and_theirs_stay_in() {
        for named in [QueueId(6), ISOLATED, GENERAL, QueueId(404)] {
            let customer = after(None, named);
            assert_eq!((customer.queue, customer.isolated), (Some(GENERAL), false), "a customer sent to {named}");
            let own = after(Some(ISOLATED), named);
            assert_eq!(
                (own.queue, own.isolated),
                (Some(ISOLATED), true),
                "of the isolated queue, sent to {named}"
            );
        }
    }

    #[test]
    fn an_entry_point_into_an_ordinary_queue_is_where_a_flow_leads_that_names_none() {
        assert_eq!(after(Some(SALES), QueueId(404)).queue, Some(SALES));
        assert_eq!(after(Some(SALES), ISOLATED).queue, Some(SALES));
        assert_eq!(after(Some(SALES), GENERAL).queue, Some(GENERAL));
        assert_eq!(after(Some(SALES), GENERAL).data.entry_point, Some(EntryPointId(5)));
    }

    #[test]
    fn nobody_transfers_into_an_isolated_queue_or_out_of_it() {
        let customer = played(None, GENERAL, |turn| {
            turn.take(BEN, TakeScope::Any).unwrap();
            let refused = turn.transfer(BEN, Target::Queue(ISOLATED), None).unwrap_err();
            assert!(refused.to_string().contains("isolated"), "{refused}");
            turn.transfer(BEN, Target::Queue(GENERAL), None).unwrap();
        });
        assert_eq!(customer.conversation.queue, Some(GENERAL));
        let own = played(Some(ISOLATED), ISOLATED, |turn| {
            turn.take(BEN, TakeScope::Any).unwrap();
            let refused = turn.transfer(BEN, Target::Queue(GENERAL), None).unwrap_err();
            assert!(refused.to_string().contains("stays in it"), "{refused}");
            turn.transfer(BEN, Target::Queue(ISOLATED), None).unwrap();
            turn.take(BEN, TakeScope::Any).unwrap();
            turn.transfer(BEN, Target::Bot, None).unwrap();
        });
        assert_eq!(own.conversation.queue, Some(ISOLATED));
    }

    #[test]
    fn what_nobody_speaks_in_gives_way_and_what_an_agent_holds_stays_theirs() {
        let waiting = played(None, GENERAL, |turn| assert!(turn.gives_way("Spring")));
        assert_eq!(waiting.conversation.state, State::Closed);
        assert!(waiting.sends.is_empty(), "without a word to anybody");
        let held = played(None, GENERAL, |turn| {
            turn.take(BEN, TakeScope::Any).unwrap();
            assert!(!turn.gives_way("Spring"));
        });
        assert_eq!((held.conversation.state, held.conversation.agent), (State::Active, Some(UserId(4))));
        let event = ThreadEvent::EntryPointUsed { name: "Spring".into() };
        let is_noted = held.messages.iter().any(|it| it.data.event.as_deref() == Some(&event));
        assert!(is_noted, "the agent reads what to do");
    }
}
