//! A transfer to a colleague: offered, then accepted or returned.

use crate::conversation::{Conversation, State};
use crate::decision::{AgentEffect, Decision, Event, OfferEnd};
use crate::id::{QueueId, UserId};
use crate::message::SenderKind;
use crate::thread_event::{CloseReason, SystemClose, ThreadEvent, TransferEnd};
use crate::time::{DAY, SECOND};
use crate::turn::fixture::{ANN, BEN, START, SUE, events, held};
use crate::turn::{Actor, Refusal, Target, Templates, Turn, TurnContext, fixture};
use crate::visibility::TakeScope;

/// Runs a turn of a conversation `seconds` after the start.
fn later(it: Conversation, seconds: i64, sender_at_work: bool, play: impl FnOnce(&mut Turn<'_>)) -> Decision {
    let templates = Templates { left: "{{ agent.name }} has left.".into(), ..Templates::default() };
    let queues = [fixture::queue(QueueId(7))];
    let context = TurnContext {
        last_user_at: Some(START),
        sender_at_work,
        agent_name: Some("Ann"),
        ..fixture::context(START.plus(seconds * SECOND), &templates, &queues)
    };
    let mut next = 100 + seconds * 10;
    let mut ids = move || {
        next += 1;
        next
    };
    let mut turn = Turn::of(it, &context, &mut ids);
    play(&mut turn);
    turn.finish()
}

fn sent(shown: bool) -> Decision {
    later(held(), 10, true, |turn| {
        turn.transfer(ANN, Target::Agent { colleague: BEN, shown }, Some("Wants a refund".into())).unwrap();
    })
}

fn bot_texts(decision: &Decision) -> Vec<&str> {
    let bot = decision.messages.iter().filter(|message| message.sender.kind == SenderKind::Bot);
    bot.filter_map(|message| message.text.as_deref()).collect()
}

#[test]
fn it_rings_and_the_customer_learns_of_it_when_it_is_accepted() {
    let sent = sent(true);
    let it = &sent.conversation;
    assert_eq!((it.state, it.agent, it.sender()), (State::Offered, None, Some(ANN.user)));
    assert!(sent.events.contains(&Event::Offer(it.id, BEN.user)));
    assert!(bot_texts(&sent).is_empty());
    let transfer = it.data.offer.as_ref().unwrap().transfer.as_ref().unwrap();
    assert_eq!((transfer.by_name.as_str(), transfer.note.as_deref()), ("Ann", Some("Wants a refund")));

    let accepted = later(it.clone(), 20, true, |turn| turn.accept(BEN).unwrap());
    let it = &accepted.conversation;
    assert_eq!((it.state, it.agent, it.sender()), (State::Active, Some(BEN.user), None));
    assert_eq!(it.data.accepted_at, Some(START.plus(20 * SECOND)));
    assert_eq!(bot_texts(&accepted), ["Ann has left.", "Ben has joined the chat."]);
    assert_eq!(events(&accepted), [ThreadEvent::TransferredToAgent { by: "Ann".into(), agent: "Ben".into() }]);
}

#[test]
fn what_the_colleague_does_not_accept_goes_back_to_the_sender() {
    type Play = fn(&mut Turn<'_>);
    let ends: [(bool, i64, Play, TransferEnd, OfferEnd); 5] = [
        (true, 20, |turn| turn.decline(BEN).unwrap(), TransferEnd::Declined, OfferEnd::Declined),
        (true, 41, |turn| turn.tick(), TransferEnd::Missed, OfferEnd::Missed),
        (false, 41, |turn| turn.tick(), TransferEnd::Missed, OfferEnd::Unseen),
        (true, 20, |turn| turn.decline(ANN).unwrap(), TransferEnd::TakenBack, OfferEnd::Withdrawn),
        (true, 20, |turn| turn.withdraw_offer(), TransferEnd::Unavailable, OfferEnd::Withdrawn),
    ];
    for (shown, seconds, play, cause, end) in ends {
        let back = later(sent(shown).conversation, seconds, true, play);
        let it = &back.conversation;
        assert_eq!((it.state, it.agent), (State::Active, Some(ANN.user)), "{cause:?}");
        assert_eq!(it.data.accepted_at, Some(START), "she goes on where she was");
        assert!(bot_texts(&back).is_empty() && it.data.offer.is_none() && it.data.refused.is_empty());
        let to = Some("Ann".to_owned());
        assert_eq!(events(&back), [ThreadEvent::TransferReturned { agent: "Ben".into(), to, cause }]);
        assert!(back.events.contains(&Event::OfferEnded(it.id, BEN.user, end)));
        let missed = back.agents.iter().any(|effect| matches!(effect, AgentEffect::Missed { .. }));
        assert_eq!(missed, end == OfferEnd::Missed, "{end:?}");
    }
}

#[test]
fn if_the_sender_has_left_it_goes_to_the_queue_with_its_old_place() {
    let back = later(sent(true).conversation, 20, false, |turn| turn.decline(BEN).unwrap());
    let it = &back.conversation;
    assert_eq!((it.state, it.agent, it.queued_at), (State::Queued, None, Some(START)));
    assert_eq!(it.data.refused, [BEN.user], "colleagues are asked first");
    assert!(back.routing);
}

#[test]
fn while_it_rings_a_supervisor_may_take_it_and_the_sender_may_not_write() {
    later(sent(true).conversation, 20, true, |turn| {
        let refused = turn.close(ANN, None).unwrap_err();
        assert!(matches!(&refused, Refusal::State(why) if why.contains("take it back")), "{refused}");
        assert!(turn.decline(SUE).is_err() && turn.offer_shown(ANN).is_err());
    });
    let taken = later(sent(true).conversation, 20, true, |turn| turn.take(SUE, TakeScope::Any).unwrap());
    let it = &taken.conversation;
    assert_eq!((it.agent, it.data.offer.is_none()), (Some(SUE.user), true));
    assert!(taken.events.contains(&Event::OfferEnded(it.id, BEN.user, OfferEnd::Withdrawn)));
    let open = later(sent(true).conversation, 20, true, |turn| assert!(!turn.gives_way("Sale")));
    assert_eq!(open.conversation.state, State::Offered, "an agent has written in it");
}

#[test]
fn an_offer_is_missed_only_if_a_screen_has_shown_it() {
    let offered = |play: fn(&mut Turn<'_>)| {
        let waiting = Conversation { state: State::Queued, agent: None, ..held() };
        let offered = later(waiting, 10, true, |turn| {
            turn.offer(BEN, false, fixture::chosen()).unwrap();
            play(turn);
        });
        later(offered.conversation, 41, true, |turn| turn.tick())
    };
    let ended = |decision: &Decision| {
        let missed = decision.agents.iter().any(|effect| matches!(effect, AgentEffect::Missed { .. }));
        (decision.conversation.state, missed, decision.conversation.data.refused.clone())
    };
    assert_eq!(ended(&offered(|_| {})), (State::Queued, false, vec![BEN.user]));
    assert_eq!(ended(&offered(|turn| turn.offer_shown(BEN).unwrap())), (State::Queued, true, vec![BEN.user]));
}

#[test]
fn a_waiting_customer_is_taken_once_and_only_while_waiting() {
    let waiting = Conversation { state: State::Queued, agent: None, ..held() };
    let taken = later(waiting.clone(), 10, true, |turn| turn.take(BEN, TakeScope::Waiting).unwrap());
    assert_eq!(taken.conversation.agent, Some(BEN.user));
    assert_eq!(events(&taken), [ThreadEvent::Accepted { agent: "Ben".into(), waited_seconds: 10 }]);
    let refused = |it: Conversation, by| {
        later(it, 20, true, move |turn| assert!(turn.take(by, TakeScope::Waiting).is_err()));
    };
    refused(taken.conversation.clone(), ANN);
    refused(taken.conversation, BEN);
    for state in [State::Bot, State::Closed, State::WrapUp] {
        refused(Conversation { state, ..waiting.clone() }, BEN);
    }
    later(waiting, 10, true, |turn| {
        turn.offer(BEN, true, fixture::chosen()).unwrap();
        assert!(turn.take(ANN, TakeScope::Waiting).is_err(), "it is offered to Ben");
        turn.take(BEN, TakeScope::Waiting).unwrap();
    });
}

#[test]
fn a_closed_conversation_is_reopened_by_its_agent_within_the_window() {
    let closed = later(held(), 10, true, |turn| turn.close(ANN, Some("done".into())).unwrap()).conversation;
    assert_eq!((closed.state, closed.data.accepted_at), (State::Closed, Some(START)));
    let again = later(closed.clone(), 60, true, |turn| {
        turn.reopen(ANN).unwrap();
    });
    let it = &again.conversation;
    assert_eq!((it.state, it.agent, it.closed_at), (State::Active, Some(ANN.user), None));
    assert_eq!(it.data.accepted_at, Some(START.plus(50 * SECOND)), "the time between does not count");
    assert_eq!(it.data.close_reason, None);
    assert_eq!(events(&again), [ThreadEvent::Reopened { by: "Ann".into() }]);
    assert!(bot_texts(&again).is_empty());
    later(closed.clone(), 60, true, |turn| {
        assert!(turn.reopen(BEN).is_err(), "he never held it");
        turn.reopen(SUE).unwrap();
        assert!(turn.reopen(ANN).is_err(), "it is open");
    });
    let mut ended = closed.clone();
    ended.data.close_reason = Some(CloseReason::System { system: SystemClose::PageRemoved });
    later(ended, 60, true, |turn| assert!(turn.reopen(ANN).is_err(), "its Page is gone"));
    later(closed, DAY / SECOND + 1, true, |turn| {
        let refused = turn.reopen(ANN).unwrap_err().to_string();
        assert!(refused.contains("24 hours"), "{refused}");
    });
}

#[test]
fn automatic_texts_are_not_the_last_words() {
    let closed = later(held(), 10, true, |turn| {
        let content = crate::turn::OutgoingContent { text: Some("Here you are".into()), ..Default::default() };
        turn.say_as_agent(ANN, content).unwrap();
        turn.close(ANN, None).unwrap();
    });
    let last = closed.conversation.data.last_message.as_ref().unwrap();
    assert_eq!((last.text.as_str(), last.sender), ("Here you are", SenderKind::Agent));
    assert!(!bot_texts(&closed).is_empty());
}

#[test]
fn a_supervisor_moves_what_a_colleague_holds_and_it_comes_back_to_them() {
    let moved = later(held(), 10, true, |turn| {
        turn.transfer(SUE, Target::Agent { colleague: BEN, shown: true }, Some("He knows refunds".into()))
            .unwrap();
    });
    let it = &moved.conversation;
    assert_eq!((it.state, it.agent, it.sender()), (State::Offered, None, Some(ANN.user)));
    assert!(bot_texts(&moved).is_empty());
    let accepted = later(it.clone(), 20, true, |turn| turn.accept(BEN).unwrap());
    assert_eq!(accepted.conversation.agent, Some(BEN.user));
    assert_eq!(events(&accepted), [ThreadEvent::TransferredToAgent { by: "Sue".into(), agent: "Ben".into() }]);
    let back = later(it.clone(), 20, true, |turn| turn.decline(BEN).unwrap());
    assert_eq!((back.conversation.agent, back.conversation.data.accepted_at), (Some(ANN.user), Some(START)));
    let mind = later(it.clone(), 20, true, |turn| turn.decline(SUE).unwrap());
    let (agent, to) = ("Ben".to_owned(), Some("Sue".to_owned()));
    assert_eq!(mind.conversation.agent, Some(ANN.user), "back to her, whoever changes their mind");
    assert_eq!(events(&mind), [ThreadEvent::TransferReturned { agent, to, cause: TransferEnd::TakenBack }]);
    // She chooses another before Ben has answered.
    let carl = Actor { user: UserId(4), name: "Carl", supervises: false };
    let again = later(it.clone(), 20, true, |turn| {
        turn.transfer(SUE, Target::Agent { colleague: carl, shown: true }, None).unwrap();
    });
    assert!(again.events.contains(&Event::OfferEnded(it.id, BEN.user, OfferEnd::Withdrawn)));
    let transfer = again.conversation.data.offer.as_ref().unwrap().transfer.as_ref().unwrap();
    assert_eq!((transfer.origin(), transfer.accepted_at), (Some((ANN.user, "Ann")), Some(START)));
    let queued = later(held(), 10, true, |turn| turn.transfer(SUE, Target::Queue(QueueId(7)), None).unwrap());
    assert_eq!(queued.conversation.data.refused, [ANN.user], "she is not asked first");
    let taken = later(held(), 10, true, |turn| {
        turn.transfer(SUE, Target::Agent { colleague: SUE, shown: true }, None).unwrap();
    });
    assert_eq!(taken.conversation.agent, Some(SUE.user), "to herself it is taking over");
    later(held(), 10, true, |turn| {
        let to_ann = Target::Agent { colleague: ANN, shown: true };
        assert!(
            turn.transfer(SUE, to_ann, None).unwrap_err().to_string().contains("holds this conversation already")
        );
        assert!(turn.transfer(BEN, to_ann, None).is_err(), "he does not supervise");
    });
}

#[test]
fn a_supervisor_moves_a_customer_who_waits_or_is_with_the_bot_and_they_lose_nothing() {
    let waiting = Conversation { state: State::Queued, agent: None, ..held() };
    let moved = later(waiting, 10, true, |turn| {
        turn.transfer(SUE, Target::Agent { colleague: BEN, shown: true }, None).unwrap();
    });
    let it = &moved.conversation;
    assert_eq!((it.state, it.sender(), it.queued_at), (State::Offered, None, Some(START)));
    let back = later(it.clone(), 20, false, |turn| turn.decline(BEN).unwrap());
    assert_eq!((back.conversation.state, back.conversation.queued_at), (State::Queued, Some(START)));
    assert!(bot_texts(&back).is_empty(), "they had no agent whom they could miss");
    let accepted = later(it.clone(), 20, true, |turn| turn.accept(BEN).unwrap());
    assert_eq!(events(&accepted), [ThreadEvent::Accepted { agent: "Ben".into(), waited_seconds: 20 }]);
    let with_bot = Conversation { state: State::Bot, agent: None, queue: None, queued_at: None, ..held() };
    let moved = later(with_bot.clone(), 10, true, |turn| {
        turn.transfer(SUE, Target::Agent { colleague: BEN, shown: true }, None).unwrap();
    });
    let back = later(moved.conversation, 20, true, |turn| turn.decline(BEN).unwrap()).conversation;
    assert_eq!(
        (back.state, back.queue, back.queued_at),
        (State::Queued, Some(QueueId(7)), Some(START.plus(10 * SECOND)))
    );
    assert_eq!(back.data.answer_due_since, Some(START.plus(10 * SECOND)));
    later(with_bot, 10, true, |turn| assert!(turn.transfer(SUE, Target::Bot, None).is_err()));
}
