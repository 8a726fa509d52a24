//! Limits of a queue: who overflows where, and what silence leads to.

use std::sync::Arc;

use crate::channel::Account;
use crate::conversation::{Conversation, ConversationData, State};
use crate::decision::Decision;
use crate::id::{ContactId, ConversationId, GatewayId, IdentityId, QueueId, UserId};
use crate::queue::QueueSettings;
use crate::thread_event::{AgentGone, CloseReason, OverflowCause, SystemClose, ThreadEvent};
use crate::time::{Micros, SECOND};
use crate::turn::{Actor, OutgoingContent, QueueFacts, Templates, Turn, TurnContext, fixture};

const ANN: Actor<'static> = Actor { user: UserId(1), name: "Ann", supervises: false };
const START: Micros = Micros(1_000 * SECOND);
const FIRST: QueueId = QueueId(7);
const SECOND_QUEUE: QueueId = QueueId(8);

fn begun(state: State) -> Conversation {
    Conversation {
        id: ConversationId(1),
        identity: IdentityId(1),
        contact: ContactId(2),
        gateway: GatewayId(3),
        account: Account::page("200"),
        state,
        queue: Some(FIRST),
        isolated: false,
        agent: (state == State::Active).then_some(ANN.user),
        last_agent: None,
        priority: 0,
        created_at: START,
        last_activity_at: START,
        queued_at: Some(START),
        closed_at: None,
        unread: 0,
        data: ConversationData { accepted_at: Some(START), ..ConversationData::default() },
        version: 1,
    }
}

fn queue(id: QueueId, settings: QueueSettings) -> QueueFacts {
    QueueFacts { settings: Arc::new(settings), ..fixture::queue(id) }
}

/// Two queues that take over from each other.
fn both() -> [QueueFacts; 2] {
    let to = |id| QueueSettings {
        max_wait_seconds: Some(60),
        max_waiting: Some(5),
        overflow_queue_id: Some(id),
        overflow_text: "Please wait.".into(),
        ..QueueSettings::default()
    };
    [queue(FIRST, to(SECOND_QUEUE)), queue(SECOND_QUEUE, to(FIRST))]
}

/// Plays a turn this many seconds after the start.
fn at(seconds: i64, it: Conversation, queues: &[QueueFacts], play: impl FnOnce(&mut Turn<'_>)) -> Decision {
    let templates = Templates::default();
    let now = START.plus(seconds * SECOND);
    let context = TurnContext { agent_name: Some("Ann"), ..fixture::context(now, &templates, queues) };
    let mut next = 100 + seconds * 10;
    let mut ids = move || {
        next += 1;
        next
    };
    let mut turn = Turn::of(it, &context, &mut ids);
    play(&mut turn);
    turn.finish()
}

fn events(decision: &Decision) -> Vec<ThreadEvent> {
    decision.messages.iter().filter_map(|message| message.data.event.as_deref().cloned()).collect()
}

fn texts(decision: &Decision) -> Vec<&str> {
    decision.messages.iter().filter_map(|message| message.text.as_deref()).collect()
}

fn overflowed(from: &str, to: &str, cause: OverflowCause) -> ThreadEvent {
    ThreadEvent::Overflowed { from: from.into(), to: to.into(), cause }
}

#[test]
fn a_full_queue_passes_customers_on_and_they_keep_their_wait() {
    let mut queues = both();
    queues[0].waiting = Some(5);
    let joined =
        at(0, begun(State::Bot), &queues, |turn| turn.join_queue(Some(FIRST), Some("Welcome".into()), None));
    assert_eq!(events(&joined)[1..], [overflowed("queue 7", "queue 8", OverflowCause::Full)]);
    assert_eq!((texts(&joined), joined.conversation.queue), (vec!["Please wait."], Some(SECOND_QUEUE)));

    queues[1].open = false;
    let stays =
        at(0, begun(State::Bot), &queues, |turn| turn.join_queue(Some(FIRST), Some("Welcome".into()), None));
    assert_eq!(
        (texts(&stays), stays.conversation.queue),
        (vec!["Please wait."], Some(FIRST)),
        "the other is closed"
    );

    queues[0].waiting = Some(4);
    let fits =
        at(0, begun(State::Bot), &queues, |turn| turn.join_queue(Some(FIRST), Some("Welcome".into()), None));
    assert_eq!((texts(&fits), fits.conversation.queue), (vec!["Welcome"], Some(FIRST)));
}

#[test]
fn who_waited_too_long_moves_once_and_never_back() {
    let queues = both();
    let joined = at(0, begun(State::Bot), &queues, |turn| turn.join_queue(Some(FIRST), None, None)).conversation;
    assert_eq!(joined.due_at(), Some(START.plus(60 * SECOND)));
    let before = at(59, joined.clone(), &queues, |turn| turn.tick());
    assert_eq!((before.conversation.queue, before.messages.len()), (Some(FIRST), 0));
    let moved = at(60, joined, &queues, |turn| turn.tick());
    assert_eq!(events(&moved), [overflowed("queue 7", "queue 8", OverflowCause::WaitedTooLong)]);
    let moved = moved.conversation;
    assert_eq!((moved.queue, moved.queued_at), (Some(SECOND_QUEUE), Some(START)));
    assert_eq!(moved.due_at(), Some(START.plus(120 * SECOND)));
    let stays = at(120, moved, &queues, |turn| turn.tick());
    assert_eq!((events(&stays), stays.conversation.queue), (vec![], Some(SECOND_QUEUE)));
    assert_eq!((texts(&stays), stays.conversation.due_at()), (vec!["Please wait."], None), "said once");
}

#[test]
fn an_offer_that_rings_is_not_cut_short() {
    let queues = both();
    let joined = at(0, begun(State::Bot), &queues, |turn| turn.join_queue(Some(FIRST), None, None)).conversation;
    let offered = at(50, joined, &queues, |turn| turn.offer(ANN, true, fixture::chosen()).unwrap()).conversation;
    assert_eq!(offered.due_at(), Some(START.plus(80 * SECOND)), "the end of the offer");
    let missed = at(80, offered, &queues, |turn| turn.tick()).conversation;
    assert_eq!(missed.queue, Some(SECOND_QUEUE), "the wait is over as soon as the offer is");
}

fn silence() -> [QueueFacts; 1] {
    let settings = QueueSettings {
        agent_idle_seconds: Some(40),
        customer_idle_seconds: Some(60),
        idle_warning_text: "Still there?".into(),
        ..QueueSettings::default()
    };
    [queue(FIRST, settings)]
}

fn answers(turn: &mut Turn<'_>) {
    let content = OutgoingContent { text: Some("Which colour?".into()), ..OutgoingContent::default() };
    turn.say_as_agent(ANN, content).unwrap();
}

#[test]
fn a_silent_customer_is_warned_and_then_the_conversation_ends() {
    let queues = silence();
    let answered = at(0, begun(State::Active), &queues, answers).conversation;
    assert_eq!(answered.due_at(), Some(START.plus(60 * SECOND)));
    let warned = at(65, answered, &queues, |turn| turn.tick());
    assert_eq!((texts(&warned), warned.conversation.state), (vec!["Still there?"], State::Active));
    assert_eq!(warned.conversation.due_at(), Some(START.plus(125 * SECOND)), "a whole minute after the warning");
    let again = at(70, warned.conversation.clone(), &queues, answers).conversation;
    assert_eq!(again.due_at(), Some(START.plus(130 * SECOND)), "another question, another silence");
    let closed = at(125, warned.conversation, &queues, |turn| turn.tick());
    let cause = SystemClose::CustomerSilent;
    assert_eq!(events(&closed), [ThreadEvent::ClosedBySystem { cause }]);
    let it = closed.conversation;
    assert_eq!((it.state, it.data.close_reason), (State::Closed, Some(CloseReason::System { system: cause })));
}

#[test]
fn a_silent_agent_is_named_and_then_the_conversation_goes_to_others() {
    let queues = silence();
    let mut waits = begun(State::Active);
    // The customer waited before Ann came, for which she is not responsible.
    waits.data.answer_due_since = Some(Micros(0));
    let seen = at(0, waits, &queues, |_| {}).conversation;
    assert_eq!(seen.due_at(), Some(START.plus(40 * SECOND)));
    let warned = at(40, seen, &queues, |turn| turn.tick());
    assert_eq!(events(&warned), [ThreadEvent::AgentSilent { agent: "Ann".into(), seconds: 40 }]);
    let released = at(80, warned.conversation, &queues, |turn| turn.tick());
    assert_eq!(events(&released)[0], ThreadEvent::Requeued { agent: "Ann".into(), cause: AgentGone::Silent });
    let it = released.conversation;
    assert_eq!((it.state, it.agent, it.data.refused), (State::Queued, None, vec![ANN.user]));
}

#[test]
fn without_limits_nothing_is_watched() {
    let queues = [fixture::queue(FIRST)];
    let answered = at(0, begun(State::Active), &queues, answers).conversation;
    assert_eq!((answered.due_at(), answered.data.silence), (None, None));
    let waits = at(0, begun(State::Bot), &queues, |turn| turn.join_queue(Some(FIRST), None, None)).conversation;
    assert_eq!(waits.due_at(), None);
}
