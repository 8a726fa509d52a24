//! Who may answer: control over a thread passes between the apps of the Page (meta-platform.md §5.4).
//!
//! While another app has control, the customer's messages are stored and we send nothing: the channel would refuse
//! it. A conversation that was waiting in a queue leaves it, and later returns to its place.

use super::{Actor, Refusal, Turn};
use crate::conversation::{Holder, State};
use crate::decision::OfferEnd;
use crate::flow::Input;
use crate::inbound::{Control, ControlStep};
use crate::thread_event::{Receiver, ThreadEvent};

/// Who has control of a thread after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Our app.
    Us,
    /// Another receiver.
    Other(Holder),
    /// The owner stays the same: the step only asks.
    Unchanged,
}

impl Turn<'_> {
    /// Control of the thread changed, or another receiver asks for it.
    pub fn controlled(&mut self, control: &Control, owner: Owner, event: ThreadEvent) {
        self.notice(event, control.key.clone());
        match (control.step, owner) {
            (ControlStep::Requested, _) | (_, Owner::Unchanged) => {}
            (_, Owner::Us) => self.come_back(),
            (_, Owner::Other(holder)) => self.lose(holder),
        }
    }

    /// A user took the thread from the app that had control, and answers from now on.
    pub fn took_control(&mut self, by: Actor<'_>) -> Result<(), Refusal> {
        let Some(holder) = &self.conversation().data.held_by else {
            return Err(Refusal::State("Deskbell answers in this conversation already.".into()));
        };
        let event = ThreadEvent::ControlTakenByAgent { by: by.name.into(), from: holder.into() };
        self.regain();
        if self.conversation().agent == Some(by.user) {
            self.add_event(event);
        } else {
            self.release_agent();
            self.hand_to(by, event);
        }
        Ok(())
    }

    /// A user passed the thread to the channel's own inbox.
    pub fn passed_control(&mut self, by: Actor<'_>, holder: Holder) -> Result<(), Refusal> {
        if !self.conversation().state.is_open() {
            return Err(Refusal::State("The conversation is closed.".into()));
        }
        if self.conversation().data.held_by.is_some() {
            return Err(Refusal::State("Another app answers in this conversation: take it over first.".into()));
        }
        self.add_event(ThreadEvent::ControlPassedByAgent { by: by.name.into(), to: (&holder).into() });
        self.lose(holder);
        Ok(())
    }

    /// The customer wrote to us, or the thread was passed to us: we have control, and the conversation continues
    /// where it was.
    pub(super) fn regain(&mut self) {
        if self.it().data.held_by.take().is_some() && self.conversation().queued_at.is_some() {
            self.rejoin();
        }
    }

    /// Like [`Turn::regain`], but the bot may react: what the customer wrote in the meantime is in the thread.
    fn come_back(&mut self) {
        self.regain();
        // The person who answered elsewhere is done.
        self.wake_bot();
        if self.conversation().state == State::Bot && self.conversation().data.run.is_none() {
            self.run_flow(Input::Start);
        }
    }

    /// Back into its queue.
    fn rejoin(&mut self) {
        let conversation = self.it();
        if conversation.state == State::Bot && conversation.queue.is_some() {
            conversation.state = State::Queued;
            conversation.data.refused.clear();
            self.decision.routing = true;
        }
    }

    /// An event came as a copy, so another app has control; this may also reveal which one.
    pub fn held_elsewhere(&mut self, holder: Holder) {
        match &mut self.it().data.held_by {
            None => self.lose(holder),
            Some(known) if known.app.is_none() => *known = holder,
            Some(_) => {}
        }
    }

    fn lose(&mut self, holder: Holder) {
        self.end_offer(OfferEnd::Withdrawn);
        let conversation = self.it();
        conversation.data.held_by = Some(holder);
        conversation.data.run = None;
        conversation.data.expect_no_answer();
        if conversation.state == State::Queued {
            // No agent should get an offer for a conversation that cannot be answered. Its queue and place are kept.
            conversation.state = State::Bot;
            self.decision.routing = true;
        }
    }
}

impl Holder {
    /// Its name within an English sentence.
    pub fn name(&self) -> String {
        Receiver::from(self).english()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Account;
    use crate::id::{ContactId, GatewayId, IdentityId, Ids, QueueId, UserId};
    use crate::inbound::Said;
    use crate::time::Micros;
    use crate::turn::{NewConversation, Templates, fixture};
    use crate::visibility::TakeScope;

    const BEN: Actor<'static> = Actor { user: UserId(9), name: "Ben", supervises: true };

    struct Numbers(i64);

    impl Ids for Numbers {
        fn next(&mut self) -> i64 {
            self.0 += 1;
            self.0
        }
    }

    fn step(step: ControlStep, key: &str) -> Control {
        Control { key: key.into(), step, from: None, to: None }
    }

    fn customer_message(mid: &str) -> Said {
        Said { mid: mid.into(), text: Some("Hello".into()), ..Said::default() }
    }

    /// Plays a turn of a new conversation without a flow, so the customer joins the queue at once.
    fn played(play: impl FnOnce(&mut Turn<'_>)) -> crate::decision::Decision {
        let templates = Templates::default();
        let queues = [fixture::queue(QueueId(7))];
        let context = fixture::context(Micros(1_000), &templates, &queues);
        let with = NewConversation {
            identity: IdentityId(1),
            contact: ContactId(2),
            gateway: GatewayId(3),
            account: Account::page("200"),
            entry: None,
        };
        let mut ids = Numbers(100);
        let mut turn = Turn::begin(with, &context, &mut ids);
        play(&mut turn);
        turn.finish()
    }

    fn passed() -> ThreadEvent {
        ThreadEvent::ControlPassed { from: None, to: Some(Receiver::Deskbell) }
    }

    fn taken() -> ThreadEvent {
        ThreadEvent::ControlTaken { from: Some(Receiver::Deskbell), to: Some(Receiver::Inbox) }
    }

    fn inbox() -> Holder {
        Holder { app: Some("263902037430900".into()), inbox: true }
    }

    #[test]
    fn what_is_overheard_is_kept_and_starts_nothing() {
        let decision = played(|turn| turn.overhear(&customer_message("m_1"), None, None));
        assert_eq!(decision.conversation.state, State::Bot);
        assert!(decision.conversation.data.held_by.is_some() && decision.sends.is_empty());
        assert!(decision.messages[0].data.standby);
        assert_eq!(decision.conversation.unread, 0);
        assert!(decision.window_at.is_some(), "the customer did write");
    }

    #[test]
    fn control_that_comes_back_gives_the_line_its_chance() {
        let decision = played(|turn| {
            turn.overhear(&customer_message("m_1"), None, None);
            turn.controlled(&step(ControlStep::Passed, "k"), Owner::Us, passed());
        });
        assert_eq!(decision.conversation.state, State::Queued);
        assert_eq!(decision.conversation.data.held_by, None);
    }

    #[test]
    fn a_place_in_the_line_is_kept_while_another_app_answers() {
        let decision = played(|turn| {
            turn.receive(customer_message("m_1"), None, None);
            turn.offer(BEN, true, fixture::chosen()).unwrap();
            turn.controlled(&step(ControlStep::Taken, "k"), Owner::Other(inbox()), taken());
        });
        let it = &decision.conversation;
        assert_eq!((it.state, it.queue, it.queued_at), (State::Bot, Some(QueueId(7)), Some(Micros(1_000))));
        assert!(it.data.offer.is_none(), "no agent is offered what no agent can answer");

        let decision = played(|turn| {
            turn.receive(customer_message("m_1"), None, None);
            turn.controlled(&step(ControlStep::Taken, "k"), Owner::Other(inbox()), taken());
            turn.receive(customer_message("m_2"), None, None);
        });
        assert_eq!(decision.conversation.state, State::Queued, "who is spoken to holds the thread");
    }

    #[test]
    fn asking_changes_nothing_and_nothing_of_ours_speaks_while_another_holds_it() {
        let decision = played(|turn| {
            turn.receive(customer_message("m_1"), None, None);
            turn.take(BEN, TakeScope::Any).unwrap();
            turn.controlled(
                &step(ControlStep::Requested, "k"),
                Owner::Unchanged,
                ThreadEvent::ControlRequested { by: None },
            );
            assert!(turn.conversation().data.held_by.is_none());
            turn.passed_control(BEN, inbox()).unwrap();
            let words = crate::turn::OutgoingContent { text: Some("Hi".into()), ..Default::default() };
            assert!(turn.say_as_agent(BEN, words.clone()).unwrap_err().to_string().contains("the Page inbox"));
            turn.took_control(BEN).unwrap();
            assert!(turn.say_as_agent(BEN, words).is_ok());
            assert!(turn.took_control(BEN).is_err());
        });
        assert_eq!(decision.conversation.agent, Some(UserId(9)));
    }
}
