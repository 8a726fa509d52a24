//! Targets: what is due when, and what has been missed.

use std::sync::Arc;

use super::*;
use crate::calendar::{Calendar, Day, Hours};
use crate::channel::Account;
use crate::conversation::ConversationData;
use crate::decision::{Decision, WaitEvent};
use crate::id::{ContactId, ConversationId, GatewayId, IdentityId, QueueId, UserId};
use crate::inbound::Said;
use crate::queue::QueueSettings;
use crate::turn::{Actor, OutgoingContent, QueueFacts, Target, Templates, Turn, fixture};
use crate::visibility::TakeScope;

const START: Micros = Micros(1_000 * SECOND);
const QUEUE: QueueId = QueueId(7);
const ANN: Actor<'static> = Actor { user: UserId(1), name: "Ann", supervises: false };
const SUE: Actor<'static> = Actor { user: UserId(3), name: "Sue", supervises: true };
const SLA: Sla =
    Sla { first_response_seconds: Some(30), response_seconds: Some(60), resolution_seconds: Some(600) };

/// A conversation that joined the queue at the start.
fn waiting() -> Conversation {
    Conversation {
        id: ConversationId(1),
        identity: IdentityId(1),
        contact: ContactId(2),
        gateway: GatewayId(3),
        account: Account::page("200"),
        state: State::Queued,
        queue: Some(QUEUE),
        isolated: false,
        agent: None,
        last_agent: None,
        priority: 0,
        created_at: START,
        last_activity_at: START,
        queued_at: Some(START),
        closed_at: None,
        unread: 0,
        data: ConversationData { answer_due_since: Some(START), ..ConversationData::default() },
        version: 1,
    }
}

/// Plays a turn this many seconds after the start.
fn at(seconds: i64, it: Conversation, play: impl FnOnce(&mut Turn<'_>)) -> Decision {
    let templates = Templates::default();
    let settings = Arc::new(QueueSettings { sla: SLA, ..QueueSettings::default() });
    let other = fixture::queue(QueueId(8));
    let queues = [QueueFacts { settings, ..fixture::queue(QUEUE) }, other];
    let context = fixture::context(START.plus(seconds * SECOND), &templates, &queues);
    let mut next = 100 + seconds * 10;
    let mut ids = move || {
        next += 1;
        next
    };
    let mut turn = Turn::of(it, &context, &mut ids);
    play(&mut turn);
    turn.finish()
}

/// Targets that always run.
fn targets(sla: Sla) -> Targets<'static> {
    Targets { sla, hours: None }
}

fn says(turn: &mut Turn<'_>) {
    let content = OutgoingContent { text: Some("Here you are".into()), ..OutgoingContent::default() };
    turn.say_as_agent(ANN, content).unwrap();
}

fn writes(turn: &mut Turn<'_>) {
    turn.receive(Said { mid: "m".into(), text: Some("And?".into()), ..Said::default() }, None, None);
}

/// When something is due, in seconds after the start, and whether a target was missed at that second.
fn due(it: &Conversation, seconds: i64) -> (Option<i64>, bool) {
    let due = targets(SLA).due(it, None, START.plus(seconds * SECOND));
    (due.at.map(|at| at.since(START) / SECOND), due.breached)
}

#[test]
fn the_first_answer_counts_from_queueing_and_each_further_one_from_what_was_written() {
    let it = waiting();
    assert_eq!((due(&it, 30), due(&it, 31)), ((Some(30), false), (Some(30), true)));
    let held = at(10, it, |turn| turn.take(ANN, TakeScope::Waiting).unwrap()).conversation;
    assert_eq!(due(&held, 20), (Some(30), false), "nothing was answered yet");
    let answered = at(20, held, says).conversation;
    assert_eq!(due(&answered, 500), (Some(600), false), "it is the customer's turn");
    assert_eq!(due(&answered, 601), (Some(600), true), "and it should have ended");
    let asked = at(100, answered, writes).conversation;
    assert_eq!((due(&asked, 160), due(&asked, 161)), ((Some(160), false), (Some(160), true)));
    let late = at(200, asked.clone(), says).conversation;
    assert_eq!(due(&late, 200), (Some(600), true), "what was missed stays missed");
    let in_time = at(150, asked, says).conversation;
    let again = at(580, in_time, writes).conversation;
    assert_eq!(due(&again, 590), (Some(600), false), "the end comes before the answer");
    let closed = at(599, again, |turn| turn.close(ANN, None).unwrap()).conversation;
    assert_eq!(due(&closed, 9_000), (None, false));
}

#[test]
fn without_a_target_for_the_first_answer_the_one_for_any_answer_counts() {
    let only = |sla: Sla| targets(sla).due(&waiting(), None, START).at.map(|at| at.since(START) / SECOND);
    assert_eq!(only(Sla { first_response_seconds: None, ..SLA }), Some(60));
    assert_eq!(only(Sla { resolution_seconds: Some(5), ..SLA }), Some(5));
    assert_eq!(only(Sla::default()), None);
    let elsewhere = Conversation { state: State::Bot, ..waiting() };
    assert_eq!(due(&elsewhere, 900), (None, false));
}

#[test]
fn an_answer_that_did_not_get_through_is_none() {
    let held = at(10, waiting(), |turn| turn.take(ANN, TakeScope::Waiting).unwrap()).conversation;
    let answered = at(20, held, says).conversation;
    let lost = targets(SLA).due(&answered, Some(Status::Failed), START.plus(20 * SECOND));
    assert_eq!(lost.at, Some(START.plus(60 * SECOND)));
}

#[test]
fn a_wait_ends_with_an_agent_or_without_and_the_first_answer_is_noted_once() {
    let taken = at(10, waiting(), |turn| turn.take(ANN, TakeScope::Waiting).unwrap());
    let answered = WaitEvent::Answered { agent: ANN.user, due_at: Some(START.plus(30 * SECOND)) };
    assert_eq!(taken.wait, [answered]);
    let first = at(20, taken.conversation.clone(), says);
    assert_eq!(first.wait, [WaitEvent::Responded]);
    assert_eq!(at(30, first.conversation, says).wait, []);
    let over = at(40, taken.conversation.clone(), |turn| turn.take(SUE, TakeScope::Any).unwrap());
    assert_eq!(over.wait, [], "no one waited");
    let moved = at(50, taken.conversation, |turn| {
        turn.transfer(ANN, Target::Queue(QueueId(8)), None).unwrap();
        turn.take(SUE, TakeScope::Any).unwrap();
    });
    assert_eq!(moved.wait, [WaitEvent::Answered { agent: SUE.user, due_at: None }], "another wait");
}

#[test]
fn who_is_closed_or_says_stop_while_waiting_has_given_up_unless_they_wrote_more() {
    let closed = |it| at(60, it, |turn| turn.close(SUE, None).unwrap()).wait;
    assert_eq!(closed(waiting()), [WaitEvent::Abandoned]);
    let wrote = at(50, waiting(), writes).conversation;
    assert_eq!(closed(wrote.clone()), []);
    let stopped = at(55, wrote, |turn| {
        writes(turn);
        turn.said_stop();
    });
    assert_eq!(stopped.wait, [WaitEvent::Abandoned]);
    let held = at(10, waiting(), |turn| turn.take(ANN, TakeScope::Waiting).unwrap()).conversation;
    assert_eq!(at(20, held, |turn| turn.said_stop()).wait, []);
}

#[test]
fn no_time_passes_for_a_target_while_the_queue_is_closed() {
    // The start is 00:16:40 in UTC: closed until 09:00, so that the first 30 seconds end at 09:00:30.
    let hours = Hours { days: Day::ALL.to_vec(), from: "09:00".parse().unwrap(), to: "18:00".parse().unwrap() };
    let calendar = Calendar { hours: vec![hours], exceptions: vec![] };
    let hours = OpeningHours::new(calendar, jiff::tz::TimeZone::UTC);
    let targets = Targets { sla: SLA, hours: Some(&hours) };
    let opening = Micros(9 * crate::time::HOUR);
    let due = |now| targets.due(&waiting(), None, now);
    assert_eq!(due(START.plus(60 * SECOND)), Due { at: Some(opening.plus(30 * SECOND)), breached: false });
    assert!(due(opening.plus(31 * SECOND)).breached);
    let never = OpeningHours::new(Calendar::default(), jiff::tz::TimeZone::UTC);
    let targets = Targets { sla: SLA, hours: Some(&never) };
    assert_eq!(targets.due(&waiting(), None, opening), Due { at: None, breached: false });
}

proptest::proptest! {
    /// With any targets, a deadline is never before the wait began, and nothing is breached before it.
    #[test]
    fn nothing_is_breached_before_it_is_due(
        first in proptest::option::of(1..1_000_i64),
        further in proptest::option::of(1..1_000_i64),
        end in proptest::option::of(1..1_000_i64),
        seconds in 0..2_000_i64,
    ) {
        let sla = Sla { first_response_seconds: first, response_seconds: further, resolution_seconds: end };
        let now = START.plus(seconds * SECOND);
        let due = targets(sla).due(&waiting(), None, now);
        proptest::prop_assert_eq!(due.breached, due.at.is_some_and(|at| at < now));
        proptest::prop_assert!(due.at.is_none_or(|at| at > START));
        proptest::prop_assert_eq!(due.at.is_some(), first.or(further).or(end).is_some());
    }
}
