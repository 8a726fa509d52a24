//! The pause: what is heard, and what is held back.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::channel::Account;
use crate::conversation::{Conversation, FlowRef};
use crate::decision::Decision;
use crate::flow::{FlowBody, Surroundings, parse_value, welcome};
use crate::id::{ContactId, FlowId, GatewayId, IdentityId, QueueId};
use crate::inbound::Echo;
use crate::message::SenderKind;
use crate::queue::QueueSettings;
use crate::thread_event::AgentGone;
use crate::time::{HOUR, MINUTE, SECOND};
use crate::turn::{Elsewhere, NewConversation, OutgoingContent, QueueFacts, Templates, TurnContext, fixture};
use crate::visibility::TakeScope;

const T: Micros = Micros(1_000 * HOUR);
const PERSON: Elsewhere<'static> = Elsewhere { name: "Page inbox", person: true };

fn words(text: &str) -> Said {
    Said { mid: text.into(), text: Some(text.into()), ..Said::default() }
}

fn customer() -> NewConversation {
    NewConversation {
        identity: IdentityId(1),
        contact: ContactId(2),
        gateway: GatewayId(3),
        account: Account::page("200"),
        entry: None,
    }
}

/// Runs `play` `after` the customer got the menu and a person answered from the Page inbox.
fn after(after: i64, pause: i64, by: Elsewhere<'_>, play: impl FnOnce(&mut Turn<'_>)) -> Decision {
    let (templates, flow) = (Templates::default(), welcome());
    let context = |now| TurnContext {
        flow: Some((FlowRef { flow: FlowId(1), version: 1 }, &flow)),
        running: Some(&flow),
        last_user_at: Some(T),
        bot_pause: pause,
        ..fixture::context(now, &templates, &[])
    };
    let mut next = 100;
    let mut ids = move || {
        next += 1;
        next
    };
    let at_first = context(T);
    let mut turn = Turn::begin(customer(), &at_first, &mut ids);
    turn.receive(words("Hello"), None, None);
    let echo = Echo { mid: "e".into(), text: Some("I am here".into()), ..Echo::default() };
    turn.answered_elsewhere(&echo, Some(T), None, by);
    let conversation = turn.finish().conversation;
    let later = context(T.plus(after));
    let mut turn = Turn::of(conversation, &later, &mut ids);
    play(&mut turn);
    turn.finish()
}

fn bot_says(decision: &Decision) -> usize {
    decision.sends.len()
}

#[test]
fn the_bot_keeps_quiet_until_the_time_is_over_and_then_greets() {
    let quiet = after(MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(words("Thanks, and 2 more"), None, None));
    assert_eq!((bot_says(&quiet), quiet.conversation.state), (0, State::Bot));
    assert_eq!(quiet.conversation.data.bot_paused_until, Some(T.plus(30 * MINUTE)));
    assert_eq!(quiet.conversation.due_at(), None, "no timer of the old menu is left");
    let over = after(31 * MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(words("Hi again"), None, None));
    assert_eq!(bot_says(&over), 2, "greeting and menu, and no word about the old menu");
    assert_eq!(over.conversation.data.bot_paused_until, None);
}

#[test]
fn what_a_customer_said_in_time_and_was_brought_late_starts_nothing() {
    let late = after(2 * HOUR, 30 * MINUTE, PERSON, |turn| {
        turn.receive(words("Thanks"), Some(T.plus(MINUTE)), None);
    });
    assert_eq!(bot_says(&late), 0);
}

#[test]
fn a_customer_who_asks_for_the_bot_or_an_agent_is_heard_at_once() {
    for text in ["BOT", "menu", "Opening hours?"] {
        let asked = after(MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(words(text), None, None));
        assert!(bot_says(&asked) > 0, "{text}");
        assert_eq!(asked.conversation.state, State::Bot, "{text}");
    }
    for text in [
        "Agent, please!",
        "Could I have a human",
        "оператор",
        "talk to an agent",
        "No bot, a human!",
        "I want to talk to an agent",
        "Can I speak with a human please",
        "I need a person",
    ] {
        let asked = after(MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(words(text), None, None));
        // One text that confirms it, and not the menu again.
        assert_eq!((asked.conversation.state, bot_says(&asked)), (State::Queued, 1), "{text}");
    }
    for (text, payload, form) in
        [("Talk to an agent", "menu:menu:agent", Form::Text), ("Get started", "START", Form::Postback)]
    {
        let tap = Said { payload: Some(payload.into()), form, ..words(text) };
        let tapped = after(MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(tap, None, None));
        assert!(bot_says(&tapped) > 0, "{text}");
    }
    for text in
        ["1", "Yes, please", "", "Can I see your menu?", "The travel agent says that you are open till six"]
    {
        let quiet = after(MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(words(text), None, None));
        assert_eq!(bot_says(&quiet), 0, "{text}");
    }
}

#[test]
fn another_program_and_a_gateway_without_the_pause_silence_no_bot() {
    let program = Elsewhere { name: "Another app", person: false };
    for (pause, by) in [(30 * MINUTE, program), (0, PERSON)] {
        let answered = after(MINUTE, pause, by, |turn| turn.receive(words("Thanks"), None, None));
        assert_eq!(bot_says(&answered), 1, "the menu asks again");
    }
}

/// A customer whose flow leads to a queue, step by step.
struct Story {
    flow: FlowBody,
    queue: QueueFacts,
    it: Option<Conversation>,
    next: i64,
}

impl Story {
    /// With a flow of these nodes, from the node `start`.
    fn begun(nodes: serde_json::Value, queue: QueueFacts) -> Self {
        let keywords = json!([{ "words": ["supervisor", "hours"], "next": "keyword" }]);
        let body = json!({ "schema": 2, "start": "start", "nodes": nodes, "keywords": keywords });
        Self { flow: parse_value(body).unwrap(), queue, it: None, next: 100 }
    }

    /// A turn this many seconds after the beginning.
    fn at(&mut self, seconds: i64, play: impl FnOnce(&mut Turn<'_>)) -> Decision {
        let templates = Templates::default();
        let queues = [self.queue.clone()];
        let surroundings = Surroundings { queues: queues.to_vec(), ..Surroundings::default() };
        let context = TurnContext {
            flow: Some((FlowRef { flow: FlowId(1), version: 1 }, &self.flow)),
            running: Some(&self.flow),
            last_user_at: Some(T),
            bot_pause: 30 * MINUTE,
            surroundings: &surroundings,
            ..fixture::context(T.plus(seconds * SECOND), &templates, &queues)
        };
        let next = &mut self.next;
        let mut ids = move || {
            *next += 1;
            *next
        };
        let mut turn = match self.it.take() {
            Some(it) => Turn::of(it, &context, &mut ids),
            None => Turn::begin(customer(), &context, &mut ids),
        };
        play(&mut turn);
        let decision = turn.finish();
        self.it = Some(decision.conversation.clone());
        decision
    }

    fn customer_says(&mut self, seconds: i64, text: &str) -> Decision {
        self.at(seconds, |turn| turn.receive(words(text), None, None))
    }

    fn person_answers(&mut self, seconds: i64) -> Decision {
        let echo = Echo { mid: format!("e{seconds}"), text: Some("I am here".into()), ..Echo::default() };
        self.at(seconds, |turn| turn.answered_elsewhere(&echo, Some(T.plus(seconds * SECOND)), None, PERSON))
    }

    fn ticks(&mut self, seconds: i64) -> Decision {
        self.at(seconds, |turn| turn.tick())
    }

    fn due(&self) -> Option<i64> {
        self.it.as_ref()?.due_at().map(|at| at.since(T) / SECOND)
    }
}

/// What the customer is sent.
fn texts(decision: &Decision) -> Vec<&str> {
    let out = decision.messages.iter().filter(|message| message.sender.kind == SenderKind::Bot);
    out.filter_map(|message| message.text.as_deref()).collect()
}

fn queue(settings: QueueSettings) -> QueueFacts {
    QueueFacts { settings: Arc::new(settings), waiting: Some(1), ..fixture::queue(QueueId(7)) }
}

/// Who waits 8 seconds is asked for their number; until then they hear of their place every 5 seconds.
fn impatient() -> Story {
    let nodes = json!({
        "start": { "type": "join_queue", "waiting_text": "Wait", "nobody_text": "Nobody is here",
            "position_text": "You are number {{ queue.position }}", "position_seconds": 5,
            "max_wait_seconds": 8, "on_timeout": "ask" },
        "ask": { "type": "ask", "text": "Your number?", "variable": "phone" },
        "keyword": { "type": "join_queue" },
    });
    let mut story = Story::begun(nodes, queue(QueueSettings::default()));
    assert_eq!(texts(&story.customer_says(0, "Hello")), ["Wait"]);
    assert_eq!(story.due(), Some(5));
    story
}

const PAUSE: i64 = 30 * 60;

#[test]
fn a_keyword_of_the_flow_is_heard_during_the_pause_and_leads_where_it_always_does() {
    let with = |keyword: serde_json::Value| {
        let nodes =
            json!({ "start": { "type": "ask", "text": "Your name?", "variable": "name" }, "keyword": keyword });
        let mut story = Story::begun(nodes, queue(QueueSettings::default()));
        story.customer_says(0, "Hello");
        story.person_answers(1);
        story
    };
    let join = json!({ "type": "join_queue", "waiting_text": "A supervisor comes" });
    for text in ["supervisor", "Supervisor!"] {
        let called = with(join.clone()).customer_says(2, text);
        assert_eq!(
            (called.conversation.state, texts(&called)),
            (State::Queued, vec!["A supervisor comes"]),
            "{text}"
        );
        assert_eq!(called.conversation.data.bot_paused_until, None);
    }
    let answered = with(json!({ "type": "send", "text": "From 9 to 18" })).customer_says(2, "hours");
    assert_eq!(texts(&answered), ["From 9 to 18"]);
    let quiet = with(join).customer_says(2, "Your supervisor was very kind");
    assert_eq!((quiet.conversation.state, texts(&quiet).len()), (State::Bot, 0), "only a whole message is one");
}

#[test]
fn a_keyword_goes_before_the_words_for_an_agent() {
    let nodes = json!({
        "start": { "type": "ask", "text": "Your name?", "variable": "name" },
        "keyword": { "type": "send", "text": "We have no supervisors" },
    });
    let mut story = Story::begun(nodes, queue(QueueSettings::default()));
    story.flow.keywords[0].words.push("human".into());
    story.customer_says(0, "Hello");
    story.person_answers(1);
    assert_eq!(texts(&story.customer_says(2, "human")), ["We have no supervisors"]);
}

#[test]
fn a_customer_who_waits_is_left_alone_while_a_person_answers_and_keeps_their_place() {
    let mut story = impatient();
    story.person_answers(3);
    assert_eq!(story.due(), Some(3 + PAUSE), "nothing happens before the pause ends");
    for seconds in [5, 8, 60] {
        let ticked = story.ticks(seconds);
        assert_eq!((ticked.conversation.state, texts(&ticked).len()), (State::Queued, 0), "{seconds}");
    }
    let thanks = story.customer_says(90, "Thank you, and when do you open?");
    assert_eq!((thanks.conversation.state, texts(&thanks).len()), (State::Queued, 0));
    assert!(thanks.conversation.data.answer_due_since.is_some());
    story.person_answers(100);
    assert_eq!(story.ticks(3 + PAUSE).sends.len(), 0, "each answer prolongs it");
    let over = story.ticks(100 + PAUSE);
    assert_eq!((over.conversation.state, texts(&over)), (State::Bot, vec!["Your number?"]));
    let run = over.conversation.data.run.unwrap();
    let visits: Vec<_> = run.trace.iter().map(|it| (it.node.as_str(), it.at.since(T) / SECOND)).collect();
    assert_eq!(visits, [("start", 0), ("ask", 100 + PAUSE)], "the trace shows when it happened");
}

#[test]
fn a_customer_who_asks_while_they_wait_hears_from_the_queue_again() {
    for text in ["I want to talk to an agent", "supervisor"] {
        let mut story = impatient();
        story.person_answers(3);
        let asked = story.customer_says(20, text);
        assert_eq!((asked.conversation.state, texts(&asked).len()), (State::Queued, 0), "{text}");
        assert_eq!(texts(&story.ticks(20)), ["Your number?"], "{text}");
    }
}

#[test]
fn that_nobody_is_online_is_said_after_the_pause() {
    let mut story = impatient();
    story.person_answers(1);
    let gone = story.at(2, |turn| turn.nobody_is_online());
    assert!(texts(&gone).is_empty() && gone.conversation.data.nobody_text.is_some());
    let over = story.ticks(1 + PAUSE);
    assert!(over.routing, "routing looks again who is online");
}

#[test]
fn a_queue_that_gives_up_on_a_customer_waits_for_the_end_of_the_pause() {
    let settings = QueueSettings {
        max_wait_seconds: Some(60),
        overflow_text: "We are sorry".into(),
        ..QueueSettings::default()
    };
    let nodes = json!({ "start": { "type": "join_queue" }, "keyword": { "type": "join_queue" } });
    let mut story = Story::begun(nodes, queue(settings));
    story.customer_says(0, "Hello");
    assert_eq!(story.due(), Some(60));
    story.person_answers(50);
    assert_eq!(texts(&story.ticks(60)).len(), 0);
    assert_eq!(texts(&story.ticks(50 + PAUSE)), ["We are sorry"]);
}

#[test]
fn an_agent_who_takes_the_customer_or_answers_ends_the_pause() {
    let mut story = impatient();
    story.person_answers(3);
    let taken = story.at(10, |turn| turn.take(fixture::ANN, TakeScope::Waiting).unwrap());
    assert_eq!(texts(&taken), ["Ann has joined the chat."]);
    let gone = story.at(20, |turn| turn.requeue("Ann", AgentGone::ConnectionLost));
    assert_eq!(texts(&gone).len(), 1, "they wait again, and hear it");

    let mut story = impatient();
    story.at(1, |turn| turn.take(fixture::ANN, TakeScope::Waiting).unwrap());
    story.person_answers(3);
    let gone = story.at(20, |turn| turn.requeue("Ann", AgentGone::ConnectionLost));
    assert_eq!(texts(&gone).len(), 0, "the person of the page answers");

    let mut story = impatient();
    story.at(1, |turn| turn.take(fixture::ANN, TakeScope::Waiting).unwrap());
    story.person_answers(3);
    let hello = OutgoingContent { text: Some("Hello".into()), ..OutgoingContent::default() };
    story.at(4, |turn| assert!(turn.say_as_agent(fixture::ANN, hello).is_ok()));
    let gone = story.at(20, |turn| turn.requeue("Ann", AgentGone::ConnectionLost));
    assert_eq!(texts(&gone).len(), 1, "the agent was the last who answered");
}

#[test]
fn an_offer_during_the_pause_goes_on_and_leaves_the_customer_in_peace() {
    let mut story = impatient();
    story.person_answers(3);
    story.at(4, |turn| turn.offer(fixture::ANN, true, fixture::chosen()).unwrap());
    let missed = story.ticks(40);
    assert_eq!((missed.conversation.state, texts(&missed).len()), (State::Queued, 0));
    assert_eq!(story.due(), Some(3 + PAUSE));
}
