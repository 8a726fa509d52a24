//! Random flows and random customers.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::call::{Answer, CallFault};
use super::super::*;
use super::{NOTHING, context, errors};
use crate::conversation::FlowRef;
use crate::id::FlowId;
use crate::time::{Micros, SECOND};

const IDS: [&str; 6] = ["a", "b", "c", "d", "e", "gone"];
const TEXTS: [&str; 6] = ["Hi", "{{ x }}", "{{ contact.first_name }}!", "{{ x|upper", "", "{{ x - 1 }}"];
const WORDS: [&str; 9] = ["1", "2", "yes", "No!", "", "a@b.cd", "+380671234567", "{{ x }}", "stop"];

/// A node of each type. `id`, `text` and the like are placeholders for random parts.
const NODES: [&str; 20] = [
    r#"{"type": "send", "text": "TEXT", "next": "ID"}"#,
    r#"{"type": "menu", "text": "TEXT", "variable": "x", "retry_text": "TEXT", "retries": 1, "otherwise": "ID",
        "options": [{"id": "1", "title": "Yes", "next": "ID"}, {"id": "2", "title": "No", "next": "ID"}]}"#,
    r#"{"type": "menu", "text": "TEXT", "timeout_seconds": 50, "on_timeout": "ID",
        "options": [{"id": "3", "title": "More", "next": "ID"}]}"#,
    r#"{"type": "ask", "text": "TEXT", "variable": "x", "next": "ID", "otherwise": "ID"}"#,
    r#"{"type": "ask", "text": "TEXT", "variable": "x", "validate": {"kind": "number"}, "timeout_seconds": 60,
        "on_timeout": "ID", "next": "ID"}"#,
    r#"{"type": "ask", "text": "TEXT", "variable": "x", "validate": {"kind": "email"}, "retries": 0, "next": "ID"}"#,
    r#"{"type": "condition", "variable": "x", "is": "greater", "value": "TEXT", "then": "ID", "else": "ID"}"#,
    r#"{"type": "condition", "expression": "x > 1 and contact.name", "then": "ID", "else": "ID"}"#,
    r#"{"type": "switch", "variable": "x", "cases": [{"value": "yes", "next": "ID"}, {"value": "1", "next": "ID"}],
        "otherwise": "ID"}"#,
    r#"{"type": "set", "variable": "x", "value": "TEXT", "next": "ID"}"#,
    r#"{"type": "http", "url": "https://crm.example/{{ x }}", "save": {"x": "a.0"}, "on_error": "ID", "next": "ID"}"#,
    r#"{"type": "webhook", "url": "https://crm.example/", "data": {"a": "{{ x }}"}, "next": "ID"}"#,
    r#"{"type": "ai_reply", "instructions": "Be kind", "max_turns": 2, "otherwise": "ID", "next": "ID"}"#,
    r#"{"type": "wait", "seconds": 40, "on_reply": "ID", "next": "ID"}"#,
    r#"{"type": "join_queue", "nobody_text": "TEXT"}"#,
    r#"{"type": "join_queue", "max_wait_seconds": 70, "on_timeout": "ID", "position_text": "TEXT", "on_nobody": "ID"}"#,
    r#"{"type": "subflow", "flow_id": "1", "on_error": "ID", "next": "ID"}"#,
    r#"{"type": "jump", "flow_id": "1"}"#,
    r#"{"type": "note", "text": "TEXT", "next": "ID"}"#,
    r#"{"type": "close", "text": "TEXT"}"#,
];

/// Random flows; `fit`: with valid texts, and exits that lead to existing nodes.
fn flow(fit: bool) -> impl Strategy<Value = FlowBody> {
    let one = (prop::sample::select(&NODES[..]), prop::collection::vec(any::<prop::sample::Index>(), 8));
    (prop::collection::vec(one, 1..6), any::<bool>()).prop_map(move |(chosen, has_keywords)| {
        let known = &IDS[..chosen.len()];
        let mut nodes = serde_json::Map::new();
        for (id, (node, picks)) in IDS.iter().zip(&chosen) {
            let mut picks = picks.iter().cycle();
            let mut pick =
                |all: &[&str]| picks.next().map(|pick| all[pick.index(all.len())]).unwrap_or_default().to_owned();
            let mut text = (*node).to_owned();
            while text.contains("TEXT") {
                text = text.replacen("TEXT", &pick(if fit { &TEXTS[..3] } else { &TEXTS }), 1);
            }
            while text.contains("\"ID\"") {
                text = text.replacen("\"ID\"", &format!("\"{}\"", pick(if fit { known } else { &IDS })), 1);
            }
            nodes.insert((*id).to_owned(), serde_json::from_str(&text).unwrap());
        }
        let mut body = json!({"schema": 2, "start": "a", "nodes": nodes});
        if has_keywords {
            body["keywords"] = json!([{"words": ["stop", "стоп"], "next": "a"}]);
        }
        let flow = parse_value(body).unwrap();
        if fit { mend(flow) } else { flow }
    })
}

/// Removes nodes that cannot be reached, and adds a value for `x`.
fn mend(mut flow: FlowBody) -> FlowBody {
    let lost = |problem: Problem| problem.node.filter(|_| problem.detail.starts_with("No way"));
    loop {
        let gone: Vec<String> = errors(&flow).into_iter().filter_map(lost).collect();
        if gone.is_empty() {
            break;
        }
        gone.iter().for_each(|id| drop(flow.nodes.remove(id)));
    }
    if !variables(&flow).contains("x") {
        let first = Node::Set { variable: "x".into(), value: String::new(), next: Some(flow.start.clone()) };
        flow.nodes.insert("first".into(), first);
        flow.start = "first".into();
    }
    flow
}

/// Flows that can be published.
fn fit_flow() -> impl Strategy<Value = FlowBody> {
    flow(true).prop_filter("goes round", |flow| errors(flow).is_empty())
}

#[derive(Debug, Clone)]
enum Action {
    Start,
    Say(Option<&'static str>, Option<String>, bool),
    Wait(i64),
    Answer(Answer),
}

fn act() -> impl Strategy<Value = Action> {
    let tap = (prop::sample::select(&IDS[..]), prop::sample::select(&["1", "2", "3"][..]))
        .prop_map(|(node, option)| payload(node, option));
    let http = |status, body: &str| Answer::Http { status, body: body.into() };
    let answers = vec![
        http(200, r#"{"a": [7]}"#),
        http(200, "<html>"),
        http(500, ""),
        Answer::Failed(CallFault::TimedOut {}),
        Answer::Text { text: "Sure".into(), unsure: false },
        Answer::Text { text: String::new(), unsure: true },
    ];
    prop_oneof![
        1 => Just(Action::Start),
        6 => (prop::option::of(prop::sample::select(&WORDS[..])), prop::option::weighted(0.2, tap), any::<bool>())
            .prop_map(|(text, payload, files)| Action::Say(text, payload, files)),
        3 => (0..200i64).prop_map(Action::Wait),
        4 => prop::sample::select(answers).prop_map(Action::Answer),
    ]
}

/// Plays a customer against a flow and checks what must hold for every flow, publishable or not.
fn play(flow: &FlowBody, acts: &[Action], fit: bool) -> Result<(), TestCaseError> {
    let mut more = NOTHING.clone();
    let inner = parse_value(json!({"schema": 2, "start": "i", "nodes": {
        "i": {"type": "menu", "text": "Inside?", "options": [{"id": "1", "title": "Yes", "next": "j"}, {"id": "2", "title": "No"}]},
        "j": {"type": "set", "variable": "x", "value": "1"},
    }}));
    let reference = FlowRef { flow: FlowId(1), version: 1 };
    more.flows.push(LibraryFlow { reference, current: true, body: inner.unwrap().into() });
    let mut run: Option<Run> = None;
    let mut now = Micros(0);
    for (number, act) in (1_i64..).zip(acts) {
        more.call = number;
        let input = match act {
            Action::Start => Input::Start,
            Action::Say(text, payload, files) => {
                Input::Said { text: *text, payload: payload.as_deref(), other: files.then_some("(file)") }
            }
            Action::Wait(seconds) => {
                now = now.plus(seconds * SECOND);
                Input::TimedOut
            }
            Action::Answer(answer) => {
                let call = run.as_ref().and_then(|run| run.call).unwrap_or(404);
                Input::Answered { call, answer }
            }
        };
        let stood = run.clone();
        let at = FlowContext { more: &more, ..context(Some("Ann Lee"), now) };
        let step = step(flow, run, input, &at);

        let handed = |effect: &&Effect| matches!(effect, Effect::JoinQueue { .. } | Effect::Close { .. });
        let endings = step.effects.iter().filter(handed).count();
        prop_assert!(endings <= 1, "one end: {:?}", step.effects);
        for effect in &step.effects {
            if let Effect::Say { text, .. } = effect {
                prop_assert!(!text.trim().is_empty());
            }
        }
        prop_assert!(step.run.is_none() || step.ended.is_none());
        if let Some(run) = &step.run {
            let body = if run.flow.is_some() { &more.flows[0].body } else { flow };
            let node = body.nodes.get(&run.node);
            prop_assert!(node.is_some_and(Node::stops), "a run waits where one can wait: {run:?}");
            let asks = matches!(node, Some(Node::Http { .. } | Node::Webhook { .. }));
            prop_assert!(!asks || (run.call.is_some() && run.deadline.is_some()), "an answer, or none in time");
            prop_assert!(run.queued_at.is_none() || run.deadline.is_some());
            let own = |run: &Run| serde_json::from_value::<Run>(serde_json::to_value(run).unwrap()).unwrap();
            prop_assert_eq!(&own(run), run, "it survives being stored");
        }
        if fit {
            let went_too_far =
                step.effects.iter().any(|it| matches!(it, Effect::Failed { fault: Fault::TooLong {}, .. }));
            prop_assert!(!went_too_far, "a published flow waits or ends");
        }
        if let (Some(stood), Input::TimedOut) = (&stood, input)
            && stood.deadline.is_none_or(|deadline| now < deadline)
        {
            prop_assert_eq!(step.run.as_ref(), Some(stood));
        }
        run = step.run;
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_flow_and_no_customer_break_it(flow in flow(false), acts in prop::collection::vec(act(), 1..12)) {
        play(&flow, &acts, false)?;
    }

    #[test]
    fn a_flow_that_can_be_published_terminates_or_waits(
        flow in fit_flow(), acts in prop::collection::vec(act(), 1..12)
    ) {
        play(&flow, &acts, true)?;
    }

    #[test]
    fn the_welcome_flow_never_loses_a_customer(
        words in prop::collection::vec((".{0,40}", prop::option::of(".{0,20}"), any::<bool>()), 1..12)
    ) {
        let context = context(None, Micros(0));
        let mut run = step(&welcome(), None, Input::Start, &context).run;
        for (text, payload, files) in &words {
            let input = Input::Said { text: Some(text), payload: payload.as_deref(), other: files.then_some("(file)") };
            let next = step(&welcome(), run, input, &context);
            prop_assert!(!next.effects.is_empty(), "words always get an answer");
            run = next.run;
        }
    }

    #[test]
    fn any_text_is_read_or_refused_but_never_breaks(template in "\\PC{0,60}", value in "\\PC{0,20}") {
        let values = crate::text::values([("x", value.as_str()), ("contact.name", value.as_str())]);
        let framed = format!("{{{{ x }}}} {template}");
        for text in [&template, &framed] {
            let _ = (crate::text::check(text), crate::text::holds(text, &values));
            let _ = crate::text::render_or_plain(text, &values);
        }
    }

    #[test]
    fn what_is_no_flow_is_refused_and_not_a_panic(text in "[\\[\\]{}\",:a-z0-9]{0,80}") {
        let _ = parse(&text);
    }
}

#[test]
fn a_flow_of_every_type_of_node_can_be_published() {
    for node in NODES {
        let node: Value = serde_json::from_str(&node.replace("TEXT", "Hi").replace("\"ID\"", "\"end\"")).unwrap();
        let first = json!({"type": "set", "variable": "x", "value": "1", "next": "it"});
        let mut nodes = json!({"first": first, "it": node});
        let leads_on = nodes["it"].to_string().contains("\"end\"");
        if leads_on {
            nodes["end"] = json!({"type": "close"});
        }
        let flow = parse_value(json!({"schema": 2, "start": "first", "nodes": nodes})).unwrap();
        assert_eq!(errors(&flow), []);
    }
}
