//! What the nodes of format 2 do, written as dialogues.

use serde_json::{Value, json};

use super::super::call::{Answer, CallFault, Request, masked, with_secrets};
use super::super::*;
use super::{NOTHING, context, errors, tell};
use crate::conversation::FlowRef;
use crate::id::{CalendarId, FlowId, QueueId, UserId};
use crate::time::{Micros, SECOND};
use crate::turn::QueueFacts;

/// A customer at the other end of a flow, in surroundings that a test can change.
struct Chat {
    flow: FlowBody,
    run: Option<Run>,
    ended: Option<Run>,
    more: Surroundings,
    now: Micros,
}

impl Chat {
    fn of(start: &str, nodes: Value) -> Self {
        Self::with(json!({"schema": 2, "start": start, "nodes": nodes}))
    }

    fn with(body: Value) -> Self {
        let flow = parse_value(body).unwrap();
        assert_eq!(errors(&flow), []);
        Self { flow, run: None, ended: None, more: NOTHING.clone(), now: Micros(0) }
    }

    fn step(&mut self, input: Input<'_>) -> Vec<Effect> {
        self.more.call += 1;
        let at = FlowContext { more: &self.more, ..context(Some("Ann Lee"), self.now) };
        let step = step(&self.flow, self.run.take(), input, &at);
        (self.run, self.ended) = (step.run, step.ended);
        step.effects
    }

    fn input(&mut self, input: Input<'_>) -> Vec<String> {
        self.step(input).iter().map(tell).collect()
    }

    fn start(&mut self) -> Vec<String> {
        self.input(Input::Start)
    }

    fn say(&mut self, text: &str) -> Vec<String> {
        self.input(Input::Said { text: Some(text), payload: None, other: None })
    }

    fn wait(&mut self, seconds: i64) -> Vec<String> {
        self.now = self.now.plus(seconds * SECOND);
        self.input(Input::TimedOut)
    }

    fn answer(&mut self, answer: Answer) -> Vec<String> {
        let call = self.run.as_ref().and_then(|run| run.call).unwrap();
        self.input(Input::Answered { call, answer: &answer })
    }

    fn var(&self, name: &str) -> &str {
        &self.run.as_ref().or(self.ended.as_ref()).unwrap().vars[name]
    }
}

fn http(status: u16, body: &str) -> Answer {
    Answer::Http { status, body: body.into() }
}

fn queue(id: i64) -> QueueFacts {
    QueueFacts {
        id: QueueId(id),
        name: "Sales".into(),
        settings: std::sync::Arc::default(),
        online: true,
        open: true,
        hours: None,
        waiting: Some(2),
        expected_wait: None,
        isolated: false,
        form: None,
    }
}

#[test]
fn keywords_lead_away_from_wherever_the_customer_is_and_count_as_whole_messages() {
    let mut chat = Chat::with(json!({
        "schema": 2, "start": "ask",
        "keywords": [{"words": ["Agent", "оператор"]}, {"words": ["stop"], "next": "bye"}],
        "nodes": {
            "ask": {"type": "ask", "text": "Your name?", "variable": "name", "next": "wait"},
            "wait": {"type": "wait", "seconds": 60, "next": "people"},
            "people": {"type": "join_queue"},
            "bye": {"type": "close"},
        }
    }));
    chat.start();
    assert_eq!(chat.say("  ОПЕРАТОР! "), ["=> first: "]);
    assert_eq!(chat.say("Stop"), ["=|  ()"], "also as the first word");
    assert_eq!(chat.start(), ["Your name?"]);
    assert_eq!(chat.say("Stop Oil Ltd"), [""; 0], "an answer that only holds the word");
    assert_eq!(chat.var("name"), "Stop Oil Ltd");
    assert_eq!(chat.say("stop."), ["=|  ()"], "from a node that does not wait for words");
}

#[test]
fn expressions_and_switches_choose_the_way() {
    let mut chat = Chat::of(
        "city",
        json!({
            "city": {"type": "menu", "text": "City?", "variable": "city", "otherwise": "switch",
                "options": [{"id": "k", "title": "Київ", "next": "age"}, {"id": "l", "title": "Lviv", "next": "age"}]},
            "age": {"type": "ask", "text": "Age?", "variable": "age", "validate": {"kind": "number"}, "next": "adult"},
            "adult": {"type": "condition", "expression": "age >= 18", "then": "switch", "else": "no"},
            "switch": {"type": "switch", "variable": "city", "otherwise": "other", "cases": [
                {"value": "київ", "next": "kyiv"}]},
            "kyiv": {"type": "close", "text": "Kyiv"}, "other": {"type": "close", "text": "Elsewhere"},
            "no": {"type": "close", "text": "Too young"},
        }),
    );
    for (city, age, end) in [("1", "9", "Too young"), ("1", "41", "Kyiv"), ("lviv", "100", "Elsewhere")] {
        chat.start();
        chat.say(city);
        assert_eq!(chat.say(age), [format!("=| {end} ()")]);
    }
}

#[test]
fn a_question_to_another_program_waits_for_its_answer_and_takes_what_it_needs() {
    let mut chat = Chat::of(
        "ask",
        json!({
            "ask": {"type": "ask", "text": "Order?", "variable": "number", "next": "look"},
            "look": {"type": "http", "method": "POST", "url": "https://crm.example/orders/{{ number }}?key={{ secrets.KEY }}",
                "headers": {"Authorization": "Bearer {{ secrets.KEY }}"}, "body": "{\"q\": \"{{ number }}\"}",
                "save": {"total": "order.lines.0.price", "gone": "order.x", "all": ""},
                "next": "say", "on_error": "sorry", "on_timeout": "slow"},
            "say": {"type": "close", "text": "{{ total }}/{{ gone }}/{{ http_status }}"},
            "sorry": {"type": "close", "text": "Sorry"}, "slow": {"type": "close", "text": "Slow"},
        }),
    );
    chat.more.secrets.push("KEY".into());
    let asked = |chat: &mut Chat| {
        chat.start();
        chat.step(Input::Said { text: Some("A/7 \"x\""), payload: None, other: None })
    };
    let effects = asked(&mut chat);
    let [Effect::Call { call }] = &effects[..] else { panic!("{effects:?}") };
    let Request::Http { url, headers, body, .. } = &call.request else { panic!("{call:?}") };
    assert_eq!(masked(url), "https://crm.example/orders/A%2F7%20%22x%22?key=[KEY]");
    assert_eq!(with_secrets(&headers["Authorization"], |_| Some("s3cret".into()), str::to_owned), "Bearer s3cret");
    assert_eq!(body.as_deref(), Some(r#"{"q": "A/7 \"x\""}"#));
    assert_eq!(chat.say("Hello?"), [""; 0], "it waits for the answer, and the words are not lost");
    assert_eq!(chat.run.as_ref().unwrap().last_message.as_deref(), Some("Hello?"));
    let good = http(200, r#"{"order": {"lines": [{"price": 12.5}]}}"#);
    let stale = chat.input(Input::Answered { call: 999, answer: &good });
    assert_eq!(stale, [""; 0], "an answer to another question");
    assert_eq!(chat.answer(good), ["=| 12.5//200 ()"]);

    for (answer, end) in [
        (http(404, "{}"), "Sorry"),
        (http(200, "<html>"), "Sorry"),
        (Answer::Failed(CallFault::TooLarge {}), "Sorry"),
        (Answer::Failed(CallFault::TimedOut {}), "Slow"),
    ] {
        asked(&mut chat);
        let lines = chat.answer(answer);
        assert_eq!(lines.last().unwrap(), &format!("=| {end} ()"), "{lines:?}");
    }
    asked(&mut chat);
    assert_eq!(chat.wait(600).last().unwrap(), "=| Slow ()", "an answer that never comes");
    chat.more.secrets.clear();
    let lines: Vec<String> = asked(&mut chat).iter().map(tell).collect();
    assert_eq!(lines, ["!! look: there is no secret KEY.", "=| Sorry ()"]);
}

#[test]
fn values_of_variables_never_hold_secrets() {
    let mut chat = Chat::of(
        "a",
        json!({"a": {"type": "ask", "text": "?", "variable": "x", "next": "b"}, "b": {"type": "http",
            "url": "https://crm.example/{{ x }}", "on_error": "c", "next": "c"}, "c": {"type": "close"}}),
    );
    chat.start();
    chat.say("\u{E000}KEY\u{E001}");
    assert_eq!(chat.var("x"), "KEY");
}

/// Whatever a value comes from: the customer chose their own name.
#[test]
fn a_customer_whose_name_looks_like_a_secret_gets_none() {
    let greeting = "{{ contact.name }}{{ account.name }}{{ referral.ref }}";
    let body = json!({"schema": 2, "start": "ask", "nodes": {
        "ask": {"type": "http", "url": format!("https://crm.example/{greeting}"), "method": "POST",
            "headers": {"X-Name": greeting}, "body": format!("{{\"name\":\"{greeting}\"}}"), "on_error": "tell", "next": "tell"},
        "tell": {"type": "webhook", "url": "https://crm.example/", "headers": {"X-Name": greeting}, "data": {"name": greeting},
            "next": "ai"},
        "ai": {"type": "ai_reply", "instructions": greeting, "knowledge": [greeting]},
    }});
    let flow = parse_value(body).unwrap();
    let mark = "\u{E000}KEY\u{E001}";
    let surroundings = Surroundings {
        values: [("referral.ref".to_owned(), mark.to_owned())].into(),
        secrets: vec!["KEY".into()],
        ..NOTHING.clone()
    };
    let known = FlowContext { page_name: mark, more: &surroundings, ..context(Some(mark), Micros(0)) };
    let mut requests = 0;
    let mut stepped = step(&flow, None, Input::Start, &known);
    for answer in [http(200, "{}"), http(200, "{}")] {
        requests += asked_without_marks(&stepped);
        stepped = step(&flow, stepped.run, Input::Answered { call: 1, answer: &answer }, &known);
    }
    let hello = Input::Said { text: Some(mark), payload: None, other: None };
    stepped = step(&flow, stepped.run, hello, &known);
    requests += asked_without_marks(&stepped);
    assert_eq!(requests, 3);
}

/// How many requests a step makes; none of them may name a secret.
fn asked_without_marks(stepped: &Step) -> usize {
    let requests = stepped.effects.iter().filter_map(|effect| match effect {
        Effect::Call { call } => Some(serde_json::to_string(&call.request).unwrap()),
        _ => None,
    });
    requests.inspect(|request| assert!(!request.contains(['\u{E000}', '\u{E001}']), "{request}")).count()
}

#[test]
fn a_failure_without_a_branch_hands_over_to_people() {
    let mut chat = Chat::of(
        "look",
        json!({"look": {"type": "http", "url": "https://crm.example/", "next": "end"}, "end": {"type": "close"}}),
    );
    assert_eq!(chat.start(), ["? look"]);
    let lines = chat.answer(http(500, ""));
    assert_eq!(lines[0], "!! look: It answered with the status 500.");
    assert!(lines[1].starts_with("=> first: Sorry"), "{lines:?}");
    let trace = &chat.ended.as_ref().unwrap().trace;
    assert!(matches!(trace[0].fault, Some(Fault::Call { .. })), "{trace:?}");
}

#[test]
fn a_webhook_that_is_not_taken_holds_no_one_up() {
    let mut chat = Chat::of(
        "tell",
        json!({"tell": {"type": "webhook", "url": "https://crm.example/", "data": {"who": "{{ contact.name }}"},
            "next": "end"}, "end": {"type": "close", "text": "Bye"}}),
    );
    let effects = chat.step(Input::Start);
    let Some(Effect::Call { call }) = effects.first() else { panic!("{effects:?}") };
    assert!(matches!(&call.request, Request::Webhook { data, .. } if data["who"] == "Ann Lee"));
    assert_eq!(chat.answer(http(503, "")).last().unwrap(), "=| Bye ()");
}

#[test]
fn a_queue_that_is_closed_full_or_unstaffed_has_its_branches() {
    let nodes = json!({
        "join": {"type": "join_queue", "queue_id": "7", "on_closed": "closed", "on_full": "full", "on_nobody": "nobody",
            "waiting_text": "{{ queue.name }}: number {{ queue.position }}"},
        "closed": {"type": "close", "text": "Closed"}, "full": {"type": "close", "text": "Full"},
        "nobody": {"type": "close", "text": "Nobody"},
    });
    let lines = |change: &dyn Fn(&mut QueueFacts)| {
        let mut chat = Chat::of("join", nodes.clone());
        let mut facts = queue(7);
        change(&mut facts);
        chat.more.queues = vec![queue(1), facts];
        chat.start().concat()
    };
    assert_eq!(lines(&|_| {}), "=> 7: Sales: number 3");
    assert_eq!(lines(&|it| it.open = false), "=| Closed ()");
    assert_eq!(lines(&|it| it.online = false), "=| Nobody ()");
    assert_eq!(
        lines(&|it| {
            let full = crate::queue::QueueSettings { max_waiting: Some(2), ..Default::default() };
            it.settings = full.into();
        }),
        "=| Full ()"
    );
}

#[test]
fn who_waits_in_a_queue_is_told_their_position_and_leaves_it_after_the_longest_wait() {
    let mut chat = Chat::of(
        "join",
        json!({
            "join": {"type": "join_queue", "position_text": "Number {{ queue.position }}", "position_seconds": 40,
                "max_wait_seconds": 100, "on_timeout": "sorry"},
            "sorry": {"type": "close", "text": "Write to us"},
        }),
    );
    chat.more.queues = vec![queue(1)];
    assert_eq!(chat.start(), ["=> first: "]);
    assert_eq!(chat.wait(39), [""; 0]);
    assert_eq!(chat.wait(1), ["Number 2"]);
    assert_eq!(chat.wait(40), ["Number 2"]);
    assert_eq!(chat.wait(20), ["<= queue", "=| Write to us ()"]);
}

#[test]
fn who_waits_is_told_how_long_it_will_probably_take_if_that_is_known() {
    let text = "{% if queue.expected_minutes %}About {{ queue.expected_minutes }} min{% else %}Soon{% endif %}";
    let sent = |expected_wait| {
        let mut chat = Chat::of("join", json!({"join": {"type": "join_queue", "waiting_text": text}}));
        chat.more.queues = vec![QueueFacts { expected_wait, ..queue(1) }];
        chat.start().concat()
    };
    assert_eq!(sent(None), "=> first: Soon");
    assert_eq!(sent(Some(4 * crate::time::MINUTE + 1)), "=> first: About 5 min");
}

#[test]
fn after_the_agent_the_flow_goes_on_where_it_says_so() {
    let after = |after_agent: Option<&str>| {
        let mut chat = Chat::of(
            "ask",
            json!({
                "ask": {"type": "ask", "text": "Name?", "variable": "name", "next": "join"},
                "join": {"type": "join_queue", "after_agent": after_agent},
                "thanks": {"type": "close", "text": "Thank you, {{ name }}"},
            }),
        );
        chat.start();
        chat.say("Ann");
        let ended = chat.ended.clone().unwrap();
        let goes_on = goes_on_after_agent(&chat.flow, &ended, &chat.more);
        chat.run = Some(ended);
        (goes_on, chat.input(Input::AgentClosed))
    };
    assert_eq!(after(Some("thanks")), (true, vec!["=| Thank you, Ann ()".to_owned()]));
    assert_eq!(after(None), (false, Vec::new()));
}

#[test]
fn a_run_that_ends_at_a_question_was_left_there() {
    let ended = |on_timeout: Option<&str>| {
        let mut chat = Chat::of(
            "ask",
            json!({
                "ask": {"type": "ask", "text": "Name?", "variable": "name", "timeout_seconds": 60, "on_timeout": on_timeout},
                "bye": {"type": "close"},
            }),
        );
        chat.start();
        chat.wait(60);
        chat.ended.unwrap()
    };
    assert!(ended(None).left);
    assert!(!ended(Some("bye")).left, "the flow says what comes then");
}

#[test]
fn a_calendar_an_agent_labels_and_notes() {
    let mut chat = Chat::of(
        "hours",
        json!({
            "hours": {"type": "calendar", "calendar_id": "5", "next": "label", "on_closed": "closed"},
            "closed": {"type": "close", "text": "Back at {{ opens_at }}"},
            "label": {"type": "label", "add": ["VIP"], "next": "note"},
            "note": {"type": "note", "text": "{{ contact.name }} is here", "next": "olena"},
            "olena": {"type": "transfer", "agent_id": "9", "on_nobody": "end", "note": "Yours"},
            "end": {"type": "close"},
        }),
    );
    assert_eq!(chat.start().last().unwrap(), "=|  ()", "the agent is not online");
    chat.more.online.push(UserId(9));
    let lines = chat.start();
    assert_eq!(lines[1..], ["(note) Ann Lee is here", "(note) Yours", "=> first: "], "{lines:?}");
    chat.more.calendars =
        vec![CalendarFacts { id: CalendarId(5), open: false, opens_at: "2026-12-01 09:00".into() }];
    assert_eq!(chat.start(), ["=| Back at 2026-12-01 09:00 ()"]);
}

#[test]
fn a_flow_inside_another_shares_its_variables_and_comes_back_in_the_version_it_began_with() {
    let mut chat = Chat::of(
        "sub",
        json!({
            "sub": {"type": "subflow", "flow_id": "2", "next": "end", "on_error": "none"},
            "end": {"type": "note", "text": "x", "next": "bye"}, "bye": {"type": "close", "text": "Bye"},
            "none": {"type": "close", "text": "No flow"},
        }),
    );
    assert_eq!(chat.start(), ["!! sub: the flow that it leads to is not published.", "=| No flow ()"]);
    let version = |number, text: &str, current| {
        let body =
            json!({"schema": 2, "start": "q", "nodes": {"q": {"type": "ask", "text": text, "variable": "x"}}});
        let reference = FlowRef { flow: FlowId(2), version: number };
        LibraryFlow { reference, current, body: parse_value(body).unwrap().into() }
    };
    chat.more.flows = vec![version(1, "Old?", true)];
    assert_eq!(chat.start(), ["Old?"]);
    chat.more.flows = vec![version(1, "Old?", false), version(2, "New?", true)];
    assert_eq!(chat.input(Input::Said { text: Some(" "), payload: None, other: None }), ["Old?"]);
    assert_eq!(chat.say("yes"), ["(note) x", "=| Bye ()"]);
    assert_eq!(chat.var("x"), "yes");
    let flows: Vec<_> = chat.ended.as_ref().unwrap().trace.iter().map(|visit| visit.flow.is_some()).collect();
    assert_eq!(flows, [false, true, false, false]);
}

#[test]
fn flows_that_lead_into_each_other_without_end_hand_over() {
    let mut chat = Chat::of("go", json!({"go": {"type": "jump", "flow_id": "2"}}));
    let body = json!({"schema": 2, "start": "go", "nodes": {"go": {"type": "subflow", "flow_id": "2"}}});
    let reference = FlowRef { flow: FlowId(2), version: 1 };
    chat.more.flows = vec![LibraryFlow { reference, current: true, body: parse_value(body).unwrap().into() }];
    let lines = chat.start();
    assert_eq!(lines[0], "!! go: more than 8 flows are inside each other.");
    assert!(lines[1].starts_with("=> first"), "{lines:?}");
}

#[test]
fn a_language_model_answers_until_it_is_unsure() {
    let mut chat = Chat::of(
        "hi",
        json!({
            "hi": {"type": "send", "text": "Ask me", "next": "ai"},
            "ai": {"type": "ai_reply", "instructions": "Help {{ contact.first_name }}", "max_turns": 3,
                "otherwise": "people", "next": "bye"},
            "people": {"type": "join_queue"}, "bye": {"type": "close"},
        }),
    );
    let reply = |text: &str, unsure| Answer::Text { text: text.into(), unsure };
    assert_eq!(chat.start(), ["Ask me"]);
    assert_eq!(chat.say("Open?"), ["? ai"]);
    assert_eq!(chat.say("On Sunday?"), [""; 0]);
    assert_eq!(chat.answer(reply("Yes", false)), ["Yes", "? ai"], "what came meanwhile is answered too");
    assert_eq!(chat.answer(reply("No", false)), ["No"]);
    assert_eq!(chat.say("A person!"), ["? ai"]);
    assert_eq!(chat.answer(reply("", true)), ["=> first: "]);
    chat.start();
    chat.say("Open?");
    let lines = chat.answer(Answer::Failed(CallFault::NotConfigured {}));
    assert_eq!(lines, ["!! ai: No language model is set up in the settings.", "=> first: "]);
}

#[test]
fn the_simulator_learns_what_each_node_did() {
    let mut chat = Chat::of(
        "a",
        json!({"a": {"type": "set", "variable": "x", "value": "1", "next": "b"}, "b": {"type": "ask", "text": "{{ x }}?",
            "variable": "y", "next": "c"}, "c": {"type": "close"}}),
    );
    chat.more.detailed = true;
    let at = FlowContext { more: &chat.more, ..context(None, Micros(0)) };
    let step = step(&chat.flow, None, Input::Start, &at);
    let lines: Vec<_> =
        step.details.iter().map(|it| (it.node.as_str(), it.effects_before, it.vars["x"].as_str())).collect();
    assert_eq!(lines, [("a", 0, "1"), ("b", 0, "1")]);
}
