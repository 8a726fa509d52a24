//! A snoozed conversation comes back to its agent, or to the queue.

use proptest::prelude::*;

use crate::conversation::{Conversation, State};
use crate::decision::{AgentEffect, Decision};
use crate::inbound::Said;
use crate::queue::QueueSettings;
use crate::thread_event::{CloseReason, SnoozeEnd, SystemClose, ThreadEvent};
use crate::time::{HOUR, SECOND};
use crate::turn::OutgoingContent;
use crate::turn::fixture::{ANN, BEN, Given, START, SUE, events, held};
use crate::visibility::TakeScope;

fn words(text: &str) -> Said {
    Said { mid: text.into(), text: Some(text.into()), ..Said::default() }
}

/// Ann sets it aside a minute after the start, until an hour after it.
fn snoozed() -> Decision {
    Given::at(60).play(held(), |turn| turn.snooze(ANN, Some(START.plus(HOUR))).unwrap())
}

fn waiting() -> Conversation {
    Given::at(60).play(held(), |turn| turn.snooze(ANN, None).unwrap()).conversation
}

fn ended(cause: SnoozeEnd, queued: bool) -> ThreadEvent {
    ThreadEvent::SnoozeEnded { cause, by: None, agent: "Ann".into(), queued }
}

#[test]
fn it_frees_its_agent_and_comes_back_to_them_at_its_time() {
    let aside = snoozed();
    let it = &aside.conversation;
    assert_eq!((it.state, it.agent, it.due_at()), (State::Snoozed, Some(ANN.user), Some(START.plus(HOUR))));
    assert_eq!(aside.agents, [AgentEffect::Freed(ANN.user)]);
    let until = Some("1970-01-01T01:16:40Z".into());
    assert_eq!(events(&aside), [ThreadEvent::Snoozed { by: "Ann".into(), until }]);
    assert_eq!(events(&aside)[0].english(), "Ann snoozed the conversation until 1970-01-01 01:16:40 UTC");
    let too_soon = Given::at(3_599).play(it.clone(), |turn| turn.tick());
    assert_eq!(too_soon.conversation.state, State::Snoozed);
    let back = Given::at(3_660).play(it.clone(), |turn| turn.tick());
    assert_eq!((back.conversation.state, back.conversation.agent), (State::Active, Some(ANN.user)));
    assert_eq!(events(&back), [ended(SnoozeEnd::Time, false)]);
    assert!(back.sends.is_empty(), "the customer did nothing, and hears nothing");
    let handled = START.plus(3_600 * SECOND);
    assert_eq!(back.conversation.data.accepted_at, Some(handled), "the hour is no handling time");
}

#[test]
fn a_customer_who_writes_brings_it_back_at_once() {
    for it in [snoozed().conversation, waiting()] {
        let back = Given::at(120).play(it, |turn| turn.receive(words("Hello?"), None, None));
        assert_eq!((back.conversation.state, back.conversation.agent), (State::Active, Some(ANN.user)));
        assert_eq!(events(&back), [ended(SnoozeEnd::Customer, false)]);
        assert_eq!((back.conversation.unread, back.conversation.data.snooze), (1, None));
        assert!(back.conversation.data.answer_due_since.is_some());
    }
}

#[test]
fn an_agent_who_is_away_leaves_it_to_the_queue() {
    let given = |seconds| Given { away: true, ..Given::at(seconds) };
    let due = given(3_600).play(snoozed().conversation, |turn| turn.tick());
    let it = &due.conversation;
    assert_eq!((it.state, it.agent, it.last_agent), (State::Queued, None, Some(ANN.user)));
    assert_eq!(it.queued_at, Some(START.plus(HOUR)), "the former agent is preferred for a while");
    assert_eq!((events(&due), due.sends.len()), (vec![ended(SnoozeEnd::Time, true)], 0));
    let wrote = given(120).play(waiting(), |turn| turn.receive(words("Hello?"), None, None));
    assert_eq!((wrote.conversation.state, wrote.sends.len()), (State::Queued, 1), "the customer waits, and knows");
}

#[test]
fn what_is_set_aside_is_closed_handed_on_or_taken_but_not_written_in() {
    let hello = || OutgoingContent { text: Some("Hi".into()), ..OutgoingContent::default() };
    Given::at(120).play(snoozed().conversation, |turn| {
        let refused = turn.say_as_agent(ANN, hello()).unwrap_err().to_string();
        assert!(refused.contains("bring it back"), "{refused}");
        assert!(turn.snooze(BEN, None).is_err() && turn.end_snooze_by_hand(BEN).is_err());
        assert!(turn.take(BEN, TakeScope::Waiting).is_err());
        turn.snooze(ANN, None).unwrap();
        assert_eq!(turn.conversation().state, State::Waiting, "another time");
        turn.end_snooze_by_hand(ANN).unwrap();
        turn.say_as_agent(ANN, hello()).unwrap();
        assert!(turn.end_snooze_by_hand(ANN).is_err(), "it is not set aside");
    });
    // When the agent ends it manually, their status does not matter; a supervisor can only give it back to an agent
    // who is available.
    let away = Given { away: true, ..Given::at(120) };
    let back = away.play(waiting(), |turn| turn.end_snooze_by_hand(ANN).unwrap());
    assert_eq!(back.conversation.state, State::Active);
    let away = Given { away: true, ..Given::at(120) };
    let queued = away.play(waiting(), |turn| turn.end_snooze_by_hand(SUE).unwrap());
    assert_eq!(queued.conversation.state, State::Queued);
    let taken = Given::at(120).play(waiting(), |turn| turn.take(SUE, TakeScope::Any).unwrap());
    assert_eq!((taken.conversation.agent, taken.conversation.data.snooze), (Some(SUE.user), None));
    let closed = Given::at(120).play(waiting(), |turn| turn.close(ANN, None).unwrap());
    let data = &closed.conversation.data;
    assert_eq!(
        (closed.conversation.state, data.snooze, data.accepted_at),
        (State::Closed, None, Some(START.plus(60 * SECOND)))
    );
}

#[test]
fn a_customer_who_never_answers_is_warned_in_what_waits_for_them() {
    let queue = || QueueSettings {
        customer_idle_seconds: Some(60),
        agent_idle_seconds: Some(30),
        ..QueueSettings::default()
    };
    let given = |seconds| Given { queue: queue(), ..Given::at(seconds) };
    let mut it = held();
    it.data.answer_due_since = Some(START);
    let asked = given(10).play(it, |turn| {
        turn.receive(words("A question"), None, None);
        turn.snooze(ANN, None).unwrap();
    });
    assert_eq!(
        asked.conversation.due_at(),
        Some(START.plus(70 * SECOND)),
        "the agent's own silence does not count"
    );
    let warned = given(70).play(asked.conversation, |turn| turn.tick());
    let closed = given(130).play(warned.conversation, |turn| turn.tick());
    assert_eq!(closed.conversation.state, State::Closed);
    // One that comes back after its time begins a new silence.
    let mut it = held();
    it.data.answer_due_since = Some(START);
    let aside = given(10).play(it, |turn| turn.snooze(ANN, Some(START.plus(HOUR))).unwrap());
    let back = given(3_600).play(aside.conversation, |turn| turn.tick());
    assert_eq!(back.conversation.due_at(), Some(START.plus(HOUR + 30 * SECOND)));
}

#[test]
fn a_customer_who_writes_soon_after_the_close_comes_back_to_the_same_agent() {
    for wrap_up_seconds in [0, 300] {
        let queue = || QueueSettings { wrap_up_seconds, reopen_seconds: 30, ..QueueSettings::default() };
        let closed = Given { queue: queue(), ..Given::at(60) }.play(held(), |turn| turn.close(ANN, None).unwrap());
        let closed = closed.conversation;
        let soon = START.plus(90 * SECOND);
        assert!(closed.comes_back(soon, 30) && !closed.comes_back(soon, 29) && !closed.comes_back(soon, 0));
        let back = Given { queue: queue(), ..Given::at(90) }
            .play(closed.clone(), |turn| turn.receive(words("Thanks"), None, None));
        let it = &back.conversation;
        assert_eq!((it.state, it.agent, it.closed_at), (State::Active, Some(ANN.user), None));
        assert_eq!((it.data.wrap_until, &it.data.close_reason), (None, &None));
        assert_eq!(it.data.accepted_at, Some(START.plus(30 * SECOND)), "a minute was handled");
        assert_eq!(events(&back), [ThreadEvent::ReopenedByCustomer { agent: "Ann".into(), queued: false }]);
        let late = Given { queue: queue(), ..Given::at(91) };
        let late = late.play(closed.clone(), |turn| turn.receive(words("Thanks"), None, None));
        assert!(!late.conversation.state.is_open() && events(&late).is_empty(), "too late");
        let away = Given { away: true, queue: queue(), ..Given::at(90) };
        let queued = away.play(closed, |turn| turn.receive(words("Thanks"), None, None));
        assert_eq!((queued.conversation.state, queued.conversation.agent), (State::Queued, None));
    }
    let mut closed = Given::at(60).play(held(), |turn| turn.close(ANN, None).unwrap()).conversation;
    closed.data.close_reason = Some(CloseReason::System { system: SystemClose::CustomerSilent });
    assert!(closed.comes_back(START, 30), "the customer answers after all");
    closed.data.close_reason = Some(CloseReason::System { system: SystemClose::PageRemoved });
    assert!(!closed.comes_back(START, 30));
    closed.data.close_reason = None;
    closed.last_agent = None;
    assert!(!closed.comes_back(START, 30), "only the bot spoke");
}

#[test]
fn wrap_up_is_extended_up_to_an_hour() {
    let queue = || QueueSettings { wrap_up_seconds: 1_000, ..QueueSettings::default() };
    let given = || Given { queue: queue(), ..Given::at(0) };
    let closed = given().play(held(), |turn| turn.close(ANN, None).unwrap());
    given().play(closed.conversation, |turn| {
        assert!(turn.extend_wrap_up(BEN).is_err());
        for expected in [2_000, 3_000, 3_600] {
            turn.extend_wrap_up(ANN).unwrap();
            assert_eq!(turn.conversation().data.wrap_until, Some(START.plus(expected * SECOND)));
        }
        assert!(turn.extend_wrap_up(ANN).is_err(), "an hour at most");
        turn.close(ANN, None).unwrap();
        assert!(turn.extend_wrap_up(ANN).is_err());
    });
}

proptest! {
    /// After any events in any order, a conversation that is set aside has an agent, and one that is not has no
    /// snooze.
    #[test]
    fn a_snooze_belongs_to_what_is_set_aside(steps in proptest::collection::vec((0_u8..9, 1_i64..2_000, any::<bool>()), 1..12)) {
        let mut it = held();
        let mut seconds = 0;
        for (step, passed, away) in steps {
            seconds += passed;
            let given = Given { away, ..Given::at(seconds) };
            it = given.play(it, |turn| {
                let later = START.plus((seconds + 500) * SECOND);
                let _ = match step {
                    0 => turn.snooze(ANN, Some(later)),
                    1 => turn.snooze(ANN, None),
                    2 => turn.end_snooze_by_hand(ANN),
                    3 => turn.end_snooze_by_hand(SUE),
                    4 => turn.close(SUE, None),
                    5 => turn.take(SUE, TakeScope::Any),
                    6 => turn.take(ANN, TakeScope::Waiting),
                    7 => { turn.tick(); Ok(()) }
                    _ => { turn.receive(words("x"), None, None); Ok(()) }
                };
            }).conversation;
            prop_assert_eq!(it.state.is_aside(), it.data.snooze.is_some());
            prop_assert_eq!(it.state == State::Waiting, it.data.snooze.is_some_and(|snooze| snooze.until.is_none()));
            prop_assert!(!it.state.is_aside() || it.agent.is_some());
            prop_assert!(it.data.accepted_at.is_none_or(|at| at <= START.plus(seconds * SECOND)));
        }
    }
}
