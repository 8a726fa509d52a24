//! Messages that are sent later.

use crate::conversation::Conversation;
use crate::decision::{Change, Decision};
use crate::failure::Failure;
use crate::message::{Message, Status};
use crate::time::{DAY, HOUR, Micros, SECOND};
use crate::turn::fixture::{ANN, BEN, Given, START, SUE, held};
use crate::turn::{OutgoingContent, Rescheduled};

const AT: Micros = Micros(START.0 + HOUR);

fn later(text: &str, at: Micros) -> OutgoingContent {
    OutgoingContent { text: Some(text.into()), send_at: Some(at), ..OutgoingContent::default() }
}

/// Ann schedules a message for an hour after the start.
fn scheduled() -> (Conversation, Message) {
    let mut decision = Given::at(10).play(held(), |turn| {
        turn.say_as_agent(ANN, later("Your order is here", AT)).unwrap();
    });
    assert!(decision.sends.is_empty(), "nothing of it waits in the outbox");
    assert_eq!(decision.conversation.data.last_message, None, "it is not written yet");
    (decision.conversation, decision.messages.remove(0))
}

/// The change to the message.
fn change(decision: &Decision) -> (Status, Micros, Option<Failure>) {
    match &decision.changes[..] {
        [Change::Scheduled { status, at, error, .. }] => (*status, *at, error.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_leaves_at_its_time_and_holds_nothing_up() {
    let (it, message) = scheduled();
    assert_eq!((message.at, message.data.send_at, message.status), (AT, Some(AT), Status::Queued));
    assert_eq!(it.due_at(), Some(AT));
    let now = OutgoingContent { text: Some("One moment".into()), ..OutgoingContent::default() };
    let sent_now = Given::at(20).play(it, |turn| assert!(turn.say_as_agent(ANN, now.clone()).is_ok()));
    assert_eq!(sent_now.sends.len(), 1, "what is written later leaves first");
    let too_soon = Given::at(3_599).play(sent_now.conversation.clone(), |turn| turn.send_scheduled(&message));
    assert!(too_soon.changes.is_empty());
    let mut asked = sent_now.conversation;
    asked.data.answer_due_since = Some(START);
    let left = Given::at(3_601).play(asked, |turn| turn.send_scheduled(&message));
    let now = START.plus(3_601 * SECOND);
    assert_eq!((left.sends.len(), change(&left)), (1, (Status::Queued, now, None)));
    assert!(left.sends[0].id > sent_now.sends[0].id, "in the order of leaving");
    let data = &left.conversation.data;
    assert_eq!((data.scheduled.len(), data.answer_due_since), (0, None));
    assert_eq!(data.last_message.as_ref().map(|last| (last.id, last.at)), Some((message.id, now)));
    let again = Given::at(3_602).play(left.conversation, |turn| turn.send_scheduled(&message));
    assert!(again.sends.is_empty() && again.changes.is_empty(), "once");
}

#[test]
fn outside_the_window_it_fails_with_the_reason() {
    let tomorrow = START.plus(DAY + HOUR);
    let decision =
        Given::at(10).play(held(), |turn| assert!(turn.say_as_agent(ANN, later("Hi", tomorrow)).is_ok()));
    let message = decision.messages[0].clone();
    let failed = Given::at(25 * 3_600).play(decision.conversation, |turn| turn.send_scheduled(&message));
    let (status, _, error) = change(&failed);
    assert_eq!((status, failed.sends.len()), (Status::Failed, 0));
    assert!(matches!(error, Some(Failure::WindowClosed { .. })), "{error:?}");
}

#[test]
fn it_leaves_whatever_became_of_the_conversation() {
    let (it, message) = scheduled();
    let closed = Given::at(60).play(it, |turn| turn.close(ANN, None).unwrap());
    assert_eq!(closed.conversation.due_at(), Some(AT));
    let left = Given::at(3_600).play(closed.conversation, |turn| turn.send_scheduled(&message));
    assert_eq!(left.sends.len(), 1);
}

#[test]
fn it_is_changed_and_cancelled_by_those_whom_it_concerns() {
    let (it, message) = scheduled();
    let earlier = START.plus(1_000 * SECOND);
    let change_to = |text: Option<&str>, send_at| Rescheduled { text: text.map(str::to_owned), send_at };
    Given::at(60).play(it.clone(), |turn| {
        assert!(turn.reschedule(BEN, &message, change_to(Some("x"), None)).is_err());
        assert!(turn.cancel_scheduled(BEN, &message).is_err());
        assert!(turn.reschedule(ANN, &message, change_to(Some(" "), None)).is_err(), "nothing would be left");
    });
    let moved = Given::at(60).play(it.clone(), |turn| {
        assert!(turn.reschedule(SUE, &message, change_to(Some("In your name"), None)).is_err(), "it is Ann's");
        turn.reschedule(ANN, &message, change_to(Some("It is here"), Some(earlier))).unwrap();
    });
    assert_eq!(moved.conversation.due_at(), Some(earlier));
    assert_eq!(change(&moved), (Status::Queued, earlier, None));
    let moved = Given::at(60).play(it.clone(), |turn| {
        turn.reschedule(SUE, &message, change_to(None, Some(earlier))).unwrap();
    });
    assert_eq!(change(&moved), (Status::Queued, earlier, None));
    let cancelled = Given::at(60).play(it, |turn| turn.cancel_scheduled(ANN, &message).unwrap());
    assert_eq!((change(&cancelled).0, cancelled.conversation.due_at()), (Status::Cancelled, None));
    Given::at(70).play(cancelled.conversation, |turn| {
        assert!(turn.cancel_scheduled(ANN, &message).is_err(), "it is over");
        assert!(turn.reschedule(ANN, &message, change_to(None, Some(AT))).is_err());
    });
}

#[test]
fn several_stand_in_the_order_of_their_time_and_are_not_without_number() {
    let full = Given::at(10).play(held(), |turn| {
        for index in 0..50 {
            turn.say_as_agent(ANN, later("x", AT.plus(-index * SECOND))).unwrap();
        }
        assert!(turn.say_as_agent(ANN, later("x", AT)).is_err());
    });
    assert_eq!(full.conversation.due_at(), Some(AT.plus(-49 * SECOND)));
    assert!(full.conversation.data.scheduled.is_sorted_by_key(|it| it.at));
}
