//! Random flows and random customers.

use proptest::prelude::*;

use super::super::*;
use super::context;
use crate::capabilities::tests::SAMPLE;
use crate::time::{Micros, SECOND};

const IDS: [&str; 6] = ["a", "b", "c", "d", "e", "gone"];
const TEXTS: [&str; 6] = ["Hi", "{{ x }}", "{{ contact.first_name }}!", "{{ x|upper", "", "{{ x - 1 }}"];
const WORDS: [&str; 8] = ["1", "2", "yes", "No!", "", "a@b.cd", "+380671234567", "{{ x }}"];

fn id() -> impl Strategy<Value = String> {
    prop::sample::select(&IDS[..]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(&TEXTS[..]).prop_map(str::to_owned)
}

fn next() -> impl Strategy<Value = Next> {
    prop::option::weighted(0.9, id())
}

fn node() -> impl Strategy<Value = Node> {
    let kinds =
        prop::sample::select(vec![AnswerKind::Any, AnswerKind::Number, AnswerKind::Email, AnswerKind::Phone]);
    let tests = prop::sample::select(vec![
        Comparison::Equals,
        Comparison::Contains,
        Comparison::Exists,
        Comparison::Greater,
    ]);
    let option = (prop::sample::select(&["1", "2"][..]), prop::sample::select(&["Yes", "No", "2"][..]), next())
        .prop_map(|(id, title, next)| MenuOption { id: id.into(), title: title.into(), next });
    let retries = || prop::option::of(0..3u32);
    prop_oneof![
        (text(), next()).prop_map(|(text, next)| Node::Send {
            text,
            quick_replies: vec![],
            template: None,
            message_template: None,
            on_error: None,
            next
        }),
        (text(), prop::collection::vec(option, 0..4), prop::option::of(text()), retries(), next()).prop_map(
            |(text, options, retry_text, retries, otherwise)| Node::Menu {
                text,
                options,
                retry_text,
                retries,
                otherwise
            }
        ),
        (text(), kinds, retries(), prop::option::of(0..100u32), next(), next(), next()).prop_map(
            |(text, kind, retries, timeout_seconds, on_timeout, otherwise, next)| Node::Ask {
                text,
                variable: "x".into(),
                validate: Some(Validate { kind }),
                retry_text: None,
                retries,
                timeout_seconds,
                on_timeout,
                otherwise,
                next,
            }
        ),
        (tests, text(), next(), next()).prop_map(|(is, value, then, otherwise)| Node::Condition {
            variable: "x".into(),
            is,
            value: Some(value),
            then,
            otherwise,
        }),
        (text(), next()).prop_map(|(value, next)| Node::Set { variable: "x".into(), value, next }),
        Just(Node::JoinQueue { queue_id: None, waiting_text: None, nobody_text: Some("{{ x }}".into()) }),
        Just(Node::Close { text: None, reason: None }),
    ]
}

fn flow() -> impl Strategy<Value = FlowBody> {
    prop::collection::vec(node(), 1..6).prop_map(|nodes| FlowBody {
        schema: SCHEMA,
        start: "a".into(),
        nodes: IDS.iter().map(|id| (*id).to_owned()).zip(nodes).collect(),
    })
}

/// The same flows, repaired until they can be published; what cannot be repaired is left out.
fn fit_flow() -> impl Strategy<Value = FlowBody> {
    flow().prop_map(mend).prop_filter("goes round", |flow| validate(flow, &SAMPLE).is_empty())
}

fn mend(mut flow: FlowBody) -> FlowBody {
    let known: Vec<String> = flow.nodes.keys().cloned().collect();
    let mend_next = |next: &mut Next| *next = next.take().filter(|next| known.contains(next));
    let mend_text = |text: &mut String| {
        if text.trim().is_empty() || crate::text::check(text).is_err() {
            *text = "Hi".into();
        }
    };
    for node in flow.nodes.values_mut() {
        match node {
            Node::Send { text, next, .. } | Node::Set { value: text, next, .. } => {
                mend_text(text);
                mend_next(next);
            }
            Node::Menu { text, options, retry_text, otherwise, .. } => {
                mend_text(text);
                retry_text.iter_mut().for_each(mend_text);
                mend_next(otherwise);
                options.push(MenuOption { id: "3".into(), title: "More".into(), next: Some("a".into()) });
                options.iter_mut().for_each(|option| {
                    option.title = format!("Choice {}", option.id);
                    mend_next(&mut option.next);
                });
                options.sort_by_key(|option| option.id.clone());
                options.dedup_by_key(|option| option.id.clone());
            }
            Node::Ask { text, timeout_seconds, on_timeout, otherwise, next, .. } => {
                mend_text(text);
                [on_timeout, otherwise, next].into_iter().for_each(mend_next);
                *timeout_seconds = Some(timeout_seconds.unwrap_or(60).max(1));
            }
            Node::Condition { value, then, otherwise, .. } => {
                value.iter_mut().for_each(mend_text);
                [then, otherwise].into_iter().for_each(mend_next);
            }
            Node::JoinQueue { .. } | Node::Close { .. } => {}
        }
    }
    let lost = |problem: &Problem| {
        let id = problem.pointer.strip_prefix("/nodes/")?;
        problem.detail.starts_with("No way").then(|| id.to_owned())
    };
    loop {
        let gone: Vec<String> = validate(&flow, &SAMPLE).iter().filter_map(lost).collect();
        if gone.is_empty() {
            break;
        }
        gone.iter().for_each(|id| drop(flow.nodes.remove(id)));
    }
    // Without a node that gives `x` a value there is no such variable.
    if !flow.nodes.values().any(|node| matches!(node, Node::Ask { .. } | Node::Set { .. })) {
        let text = serde_json::to_string(&flow).unwrap().replace("{{ x", "{{ page.name");
        flow = parse(&text.replace(r#""variable":"x""#, r#""variable":"page.name""#)).unwrap();
    }
    flow
}

#[derive(Debug, Clone)]
enum Action {
    Start,
    Say(Option<&'static str>, Option<String>, bool),
    Wait(i64),
}

fn act() -> impl Strategy<Value = Action> {
    let tap = (id(), prop::sample::select(&["1", "2", "3"][..])).prop_map(|(node, option)| payload(&node, option));
    prop_oneof![
        1 => Just(Action::Start),
        6 => (prop::option::of(prop::sample::select(&WORDS[..])), prop::option::weighted(0.2, tap), any::<bool>())
            .prop_map(|(text, payload, files)| Action::Say(text, payload, files)),
        2 => (0..200i64).prop_map(Action::Wait),
    ]
}

/// Plays a customer against a flow and checks what must hold for every flow, fit or not.
fn play(flow: &FlowBody, acts: &[Action], fit: bool) -> Result<(), TestCaseError> {
    let mut run: Option<Run> = None;
    let mut now = Micros(0);
    for act in acts {
        let input = match act {
            Action::Start => Input::Start,
            Action::Say(text, payload, files) => {
                Input::Said { text: *text, payload: payload.as_deref(), other: files.then_some("(file)") }
            }
            Action::Wait(seconds) => {
                now = now.plus(seconds * SECOND);
                Input::TimedOut
            }
        };
        let stood = run.clone();
        let step = step(flow, run, input, &context(Some("Ann Lee"), now));

        prop_assert!(step.effects.len() <= MOST_NODES);
        let endings = step.effects.iter().filter(|effect| !matches!(effect, Effect::Say { .. })).count();
        prop_assert!(
            endings <= 1 && (endings == 0 || step.run.is_none()),
            "one end, and nothing goes on after it"
        );
        for effect in &step.effects {
            if let Effect::Say { text, .. } = effect {
                prop_assert!(!text.trim().is_empty());
            }
        }
        if let Some(run) = &step.run {
            prop_assert!(flow.nodes.get(&run.node).is_some_and(Node::waits), "a run waits where one can wait");
            prop_assert!(step.effects.len() <= flow.nodes.len(), "each node speaks once in a step");
        }
        if fit && !matches!(input, Input::TimedOut) {
            // A published flow leaves a customer's message without an answer only where it was drawn that way.
            prop_assert!(has_open_end(flow) || step.run.is_some() || endings == 1);
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

/// Whether anything in the flow leads nowhere on purpose.
fn has_open_end(flow: &FlowBody) -> bool {
    flow.nodes.values().any(|node| match node {
        Node::Send { next, .. } | Node::Set { next, .. } => next.is_none(),
        Node::Menu { options, .. } => options.iter().any(|option| option.next.is_none()),
        Node::Ask { next, .. } => next.is_none(),
        Node::Condition { then, otherwise, .. } => then.is_none() || otherwise.is_none(),
        Node::JoinQueue { .. } | Node::Close { .. } => false,
    })
}

proptest! {
    #[test]
    fn no_flow_and_no_customer_break_it(flow in flow(), acts in prop::collection::vec(act(), 1..12)) {
        play(&flow, &acts, false)?;
    }

    #[test]
    fn a_published_flow_always_answers(flow in fit_flow(), acts in prop::collection::vec(act(), 1..12)) {
        play(&flow, &acts, true)?;
    }

    #[test]
    fn every_flow_reads_back_as_it_was_written(flow in flow()) {
        prop_assert_eq!(parse(&serde_json::to_string(&flow).unwrap()), Ok(flow));
    }

    #[test]
    fn the_welcome_flow_never_loses_a_customer(
        words in prop::collection::vec((".{0,40}", prop::option::of(".{0,20}"), any::<bool>()), 1..12)
    ) {
        let acts: Vec<(Option<String>, Option<String>, bool)> =
            words.into_iter().map(|(text, payload, files)| (Some(text), payload, files)).collect();
        let context = context(None, Micros(0));
        let mut run = step(&welcome(), None, Input::Start, &context).run;
        for (text, payload, files) in &acts {
            let input = Input::Said { text: text.as_deref(), payload: payload.as_deref(), other: files.then_some("(file)") };
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
            let _ = crate::text::check(text);
            let _ = crate::text::render_or_plain(text, &values);
        }
    }
}
