//! Flows, written as dialogues.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::capabilities::tests::SAMPLE;
use crate::id::QueueId;
use crate::time::{Micros, SECOND};
use crate::user_settings::Language;

mod approved;
mod arbitrary;
mod check;
mod nodes;
mod shape;

/// What a flow knows on a channel without message templates.
fn context(contact_name: Option<&str>, now: Micros) -> FlowContext<'_> {
    FlowContext {
        contact_name,
        page_name: "Bakery",
        now,
        capabilities: &SAMPLE,
        message_templates: None,
        marketing_stopped: false,
        more: &NOTHING,
    }
}

/// Surroundings with nothing special.
static NOTHING: Surroundings = Surroundings {
    values: BTreeMap::new(),
    queues: Vec::new(),
    calendars: Vec::new(),
    online: Vec::new(),
    secrets: Vec::new(),
    flows: Vec::new(),
    call: 1,
    language: Language::En,
    detailed: false,
};

/// What prevents publishing a flow.
fn errors(flow: &FlowBody) -> Vec<Problem> {
    validate(flow, &SAMPLE).into_iter().filter(Problem::is_error).collect()
}

/// A customer at the other end of a flow.
struct Chat {
    flow: FlowBody,
    run: Option<Run>,
    name: Option<&'static str>,
    now: Micros,
}

impl Chat {
    fn with(flow: FlowBody) -> Self {
        Self { flow, run: None, name: Some("Ann Lee"), now: Micros(0) }
    }

    /// A flow of these nodes; the first is where it starts. It must be publishable.
    fn of(start: &str, nodes: Value) -> Self {
        let flow = parse_value(json!({"schema": 2, "start": start, "nodes": nodes})).unwrap();
        assert_eq!(errors(&flow), []);
        Self::with(flow)
    }

    fn input(&mut self, input: Input<'_>) -> Vec<String> {
        let step = step(&self.flow, self.run.take(), input, &context(self.name, self.now));
        self.run = step.run;
        step.effects.iter().map(tell).collect()
    }

    fn start(&mut self) -> Vec<String> {
        self.input(Input::Start)
    }

    fn say(&mut self, text: &str) -> Vec<String> {
        self.input(Input::Said { text: Some(text), payload: None, other: None })
    }

    fn tap(&mut self, payload: &str) -> Vec<String> {
        self.input(Input::Said { text: Some("a title"), payload: Some(payload), other: None })
    }

    fn send_file(&mut self) -> Vec<String> {
        self.input(Input::Said { text: None, payload: None, other: Some("(photo)") })
    }

    fn wait(&mut self, seconds: i64) -> Vec<String> {
        self.now = self.now.plus(seconds * SECOND);
        self.input(Input::TimedOut)
    }

    fn at(&self) -> Option<&str> {
        self.run.as_ref().map(|run| run.node.as_str())
    }
}

/// An effect in one line: text, `[choices]`, `=> queue`, `=| reason`.
fn tell(effect: &Effect) -> String {
    match effect {
        Effect::Say { text, choices, template } => {
            let titles: Vec<String> = choices.iter().map(|choice| format!(" [{}]", choice.title)).collect();
            let card = template.as_ref().and_then(|it| it.headline()).map(|line| format!(" <{line}>"));
            format!("{text}{}{}", card.unwrap_or_default(), titles.concat())
        }
        Effect::SendTemplate { text, template } => format!("{text} ({})", template.name),
        Effect::TemplateNotSent { template, cause } => format!("!! {template}: {cause:?}"),
        Effect::JoinQueue { queue, waiting_text, .. } => {
            let queue = queue.map_or("first".to_owned(), |queue| queue.to_string());
            format!("=> {queue}: {}", waiting_text.as_deref().unwrap_or_default())
        }
        Effect::Label { add, remove } => format!("#+{add:?} -{remove:?}"),
        Effect::Note { text } => format!("(note) {text}"),
        Effect::Call { call } => format!("? {}", call.node),
        Effect::Failed { node, fault, .. } => format!("!! {node}: {}", fault.english()),
        Effect::LeaveQueue {} => "<= queue".into(),
        Effect::Close { text, reason } => {
            format!("=| {} ({})", text.as_deref().unwrap_or_default(), reason.as_deref().unwrap_or_default())
        }
    }
}

fn menu_flow() -> Chat {
    Chat::of(
        "menu",
        json!({
            "menu": {"type": "menu", "text": "What?", "retry_text": "Sorry?", "retries": 1, "otherwise": "people",
                "options": [{"id": "a", "title": "Apples", "next": "more"}, {"id": "b", "title": "Bread", "next": "end"}]},
            "more": {"type": "menu", "text": "Which?", "options": [{"id": "r", "title": "Red", "next": "end"}]},
            "end": {"type": "close", "text": "Bye {{ contact.first_name }}", "reason": "done"},
            "people": {"type": "join_queue", "queue_id": "7", "waiting_text": "Wait, {{ contact.name }}"}
        }),
    )
}

fn ask_flow(ask: Value) -> Chat {
    let mut node = json!({"type": "ask", "text": "Age?", "variable": "age", "next": "end"});
    node.as_object_mut().unwrap().extend(ask.as_object().unwrap().clone());
    let mut nodes = json!({"ask": node, "end": {"type": "close", "text": "So {{ age }}."}});
    if ask.get("on_timeout").is_some() || ask.get("otherwise").is_some() {
        nodes["late"] = json!({"type": "join_queue"});
    }
    Chat::of("ask", nodes)
}

#[test]
fn the_welcome_flow_is_fit_to_be_published_and_greets_by_name() {
    assert_eq!(validate(&welcome(), &SAMPLE), []);
    let mut chat = Chat::with(welcome());
    assert_eq!(
        chat.start(),
        [
            "Hello Ann! 👋 Thank you for writing to Bakery.",
            "How can we help you? [Talk to an agent] [Opening hours] [Something else]"
        ]
    );
    let mut nameless = Chat::with(welcome());
    nameless.name = None;
    assert_eq!(nameless.start()[0], "Hello! 👋 Thank you for writing to Bakery.");
}

#[test]
fn the_welcome_flow_tells_the_hours_takes_a_question_and_hands_over() {
    let mut chat = Chat::with(welcome());
    chat.start();
    let hours = chat.tap("menu:menu:hours");
    assert!(hours[0].contains("9:00") && hours[1].starts_with("How can we help you? ["), "{hours:?}");
    chat.say("something else");
    assert_eq!(chat.at(), Some("question"));
    let thanks = chat.say("Do you bake for dogs?");
    assert!(thanks[0].ends_with("[Yes, please] [Not now]"), "{thanks:?}");
    assert_eq!(chat.run.as_ref().unwrap().vars["question"], "Do you bake for dogs?");
    let end = chat.say("yes, please");
    assert!(end[0].starts_with("=> first: Thank you!"), "{end:?}");
    assert_eq!(chat.at(), None);
}

#[test]
fn the_welcome_flow_gives_whoever_ignores_the_menu_to_a_person() {
    let mut chat = Chat::with(welcome());
    chat.start();
    assert!(chat.say("hello?")[0].starts_with("Please tap one"));
    assert!(chat.say("anybody?")[0].starts_with("Please tap one"));
    assert!(chat.say("!!!")[0].starts_with("=> first"));
}

#[test]
fn a_menu_is_answered_by_tap_by_title_or_by_number() {
    for answer in ["bread", " BREAD ", "2"] {
        let mut chat = menu_flow();
        assert_eq!(chat.start(), ["What? [Apples] [Bread]"]);
        assert_eq!(chat.say(answer), ["=| Bye Ann (done)"], "{answer}");
        assert_eq!(chat.at(), None);
    }
    let mut chat = menu_flow();
    chat.start();
    assert_eq!(chat.tap(&payload("menu", "b")), ["=| Bye Ann (done)"]);
}

#[test]
fn a_menu_asks_again_and_then_gives_up() {
    let mut chat = menu_flow();
    chat.start();
    assert_eq!(chat.say("pears"), ["Sorry? [Apples] [Bread]"]);
    assert_eq!(chat.send_file(), ["=> 7: Wait, Ann Lee"]);
}

#[test]
fn a_file_with_a_number_under_it_is_no_choice() {
    let mut chat = menu_flow();
    chat.start();
    let input = Input::Said { text: Some("1"), payload: None, other: Some("(photo)") };
    assert_eq!(chat.input(input), ["Sorry? [Apples] [Bread]"]);
}

#[test]
fn a_menu_without_a_way_out_hands_over_as_the_flow_does() {
    let mut chat = menu_flow();
    chat.start();
    chat.say("apples");
    for _ in 0..2 {
        assert_eq!(chat.say("green"), ["Which? [Red]"]);
    }
    assert_eq!(chat.say("green"), ["=> 7: Wait, Ann Lee"], "the flow has one way to people");
}

#[test]
fn a_flow_without_people_hands_over_with_a_sentence() {
    let mut chat = ask_flow(json!({"validate": {"kind": "email"}, "retries": 1}));
    chat.start();
    chat.say("no");
    let end = chat.say("no");
    assert!(end[0].starts_with("=> first: Sorry, I can't help with that."), "{end:?}");
    assert_eq!(chat.at(), None);
}

#[test]
fn a_flow_that_leads_back_to_its_question_is_left_after_a_dozen_answers() {
    let mut chat = Chat::of(
        "menu",
        json!({
            "menu": {"type": "menu", "text": "Tea?", "retries": 0, "otherwise": "sorry",
                "options": [{"id": "y", "title": "Yes", "next": "menu"}]},
            "sorry": {"type": "send", "text": "Sorry?", "next": "menu"}
        }),
    );
    chat.start();
    for _ in 0..12 {
        assert_eq!(chat.say("hm"), ["Sorry?", "Tea? [Yes]"]);
    }
    assert!(chat.say("hm")[0].starts_with("=> first: "));
    chat.start();
    for _ in 0..7 {
        (0..6).for_each(|_| drop(chat.say("hm")));
        assert_eq!(chat.say("yes"), ["Tea? [Yes]"], "an answer that fits ends the row");
    }
}

#[test]
fn an_old_quick_reply_still_works_from_anywhere_in_the_flow() {
    let mut chat = menu_flow();
    chat.start();
    chat.say("apples");
    assert_eq!(chat.tap("menu:menu:a"), ["Which? [Red]"]);
    assert_eq!(chat.tap("menu:menu:b"), ["=| Bye Ann (done)"]);
    assert_eq!(chat.at(), None);
    assert_eq!(chat.tap("menu:menu:a"), ["Which? [Red]"], "even after the run ended");
}

#[test]
fn a_payload_that_the_flow_does_not_know_counts_as_its_title() {
    let mut chat = menu_flow();
    chat.start();
    let input = Input::Said { text: Some("Bread"), payload: Some("menu:gone:b"), other: None };
    assert_eq!(chat.input(input), ["=| Bye Ann (done)"]);
}

#[test]
fn an_answer_is_remembered_and_can_be_said_back() {
    let mut chat = ask_flow(json!({"validate": {"kind": "number"}}));
    assert_eq!(chat.start(), ["Age?"]);
    assert_eq!(chat.say("old"), ["Please send a number, such as 12."]);
    assert_eq!(chat.say(" 41 "), ["=| So 41. ()"]);
}

#[test]
fn a_file_answers_a_question_that_takes_anything() {
    let mut chat = ask_flow(json!({}));
    chat.start();
    assert_eq!(chat.send_file(), ["=| So (photo). ()"]);
}

#[test]
fn what_a_customer_types_is_never_read_as_a_template() {
    let mut chat = ask_flow(json!({}));
    chat.start();
    assert_eq!(chat.say("{{ contact.name }}"), ["=| So {{ contact.name }}. ()"]);
}

#[test]
fn a_question_that_nobody_answers_goes_on_after_its_time_and_not_before() {
    let mut chat = ask_flow(json!({"timeout_seconds": 60, "on_timeout": "late"}));
    chat.start();
    assert_eq!(chat.run.as_ref().unwrap().deadline, Some(Micros(60 * SECOND)));
    assert_eq!(chat.wait(59), [""; 0]);
    assert_eq!(chat.at(), Some("ask"));
    assert_eq!(chat.wait(1), ["=> first: "]);
    assert_eq!(chat.wait(99), [""; 0], "a timer that rings twice does nothing");
}

#[test]
fn a_question_without_a_way_for_the_late_just_ends() {
    let mut chat = ask_flow(json!({"timeout_seconds": 60}));
    chat.start();
    assert_eq!(chat.wait(60), [""; 0]);
    assert_eq!(chat.at(), None);
}

#[test]
fn conditions_and_variables_choose_the_way() {
    let mut chat = Chat::of(
        "ask",
        json!({
            "ask": {"type": "ask", "text": "How many?", "variable": "n", "validate": {"kind": "number"}, "next": "set"},
            "set": {"type": "set", "variable": "order", "value": "{{ n }} loaves for {{ contact.first_name }}", "next": "if"},
            "if": {"type": "condition", "variable": "n", "is": "greater", "value": "10", "then": "many", "else": "few"},
            "many": {"type": "join_queue", "waiting_text": "{{ order }}: a lot!"},
            "few": {"type": "send", "text": "{{ order }}: fine.", "quick_replies": [{"title": "Thanks", "payload": "x"}]}
        }),
    );
    chat.start();
    assert_eq!(chat.say("12"), ["=> first: 12 loaves for Ann: a lot!"]);
    chat.start();
    assert_eq!(chat.say("2"), ["2 loaves for Ann: fine. [Thanks]"]);
    assert_eq!(chat.at(), None, "nothing comes after it: the run simply ends");
}

#[test]
fn a_run_survives_being_kept_as_json() {
    let mut chat = ask_flow(json!({"timeout_seconds": 5}));
    chat.start();
    let stored = serde_json::to_string(&chat.run).unwrap();
    assert_eq!(serde_json::from_str::<Option<Run>>(&stored).unwrap(), chat.run);
}

#[test]
fn a_run_from_another_version_ends_with_people() {
    let mut chat = menu_flow();
    chat.start();
    chat.run.as_mut().unwrap().node = "gone".into();
    assert_eq!(chat.say("apples"), ["!! gone: there is no step “gone”.", "=> first: "]);
}

#[test]
fn a_text_that_comes_out_empty_is_not_sent_but_choices_are() {
    let mut chat = Chat::of(
        "z",
        json!({
            "z": {"type": "set", "variable": "nothing", "value": "", "next": "a"},
            "a": {"type": "send", "text": "{{ nothing }}", "next": "b"},
            "b": {"type": "menu", "text": "{{ nothing }}", "options": [{"id": "x", "title": "Go on"}]}
        }),
    );
    assert_eq!(chat.start(), ["Go on [Go on]"]);
}

#[test]
fn an_unchecked_flow_that_goes_round_says_nothing_and_hands_over() {
    let loops = json!({"schema": 1, "start": "a", "nodes": {"a": {"type": "send", "text": "Hi", "next": "a"}}});
    let mut chat = Chat::with(parse_value(loops).unwrap());
    let lines = chat.start();
    assert!(lines.len() == 2 && lines[0].contains("100 steps") && lines[1] == "=> first: ", "{lines:?}");
    assert_eq!(chat.at(), None);
}

#[test]
fn the_longest_flow_that_may_be_published_can_be_walked() {
    let chain = |length: usize| {
        let mut nodes = serde_json::Map::new();
        for i in 1..length {
            nodes.insert(
                i.to_string(),
                json!({"type": "set", "variable": "x", "value": "", "next": (i + 1).to_string()}),
            );
        }
        nodes.insert(length.to_string(), json!({"type": "close", "text": "There."}));
        parse_value(json!({"schema": 1, "start": "1", "nodes": nodes})).unwrap()
    };
    assert_eq!(errors(&chain(MOST_NODES)), []);
    assert_eq!(Chat::with(chain(MOST_NODES)).start(), ["=| There. ()"]);
    assert_eq!(errors(&chain(MOST_NODES + 1)).len(), 1);
}

#[test]
fn a_hand_over_names_its_queue() {
    let mut chat = menu_flow();
    chat.start();
    chat.say("?");
    let input = Input::Said { text: None, payload: None, other: None };
    let step = step(&chat.flow, chat.run, input, &context(None, Micros(0)));
    let expected = Effect::JoinQueue {
        queue: Some(QueueId(7)),
        waiting_text: Some("Wait, ".into()),
        nobody_text: None,
        priority: 0,
        agent: None,
    };
    assert_eq!(step.effects, [expected]);
}

#[test]
fn a_step_shows_cards_with_the_customers_name_and_words_where_the_card_grows_too_long() {
    let flow = |greeting: &str| {
        Chat::of(
            "ask",
            json!({
                "ask": {"type": "ask", "text": "Your name?", "variable": "name", "next": "card"},
                "card": {"type": "send", "text": "", "next": "end", "template": {"type": "generic", "elements": [
                    {"title": greeting, "subtitle": "Fresh today",
                     "buttons": [{"type": "postback", "title": "Buy", "payload": "BUY"}]}]}},
                "end": {"type": "close"}
            }),
        )
    };
    let mut chat = flow("For {{ name }}");
    chat.start();
    assert_eq!(chat.say("Olena")[0], " <For Olena>");
    let mut chat = flow("For {{ name }}");
    chat.start();
    let long = "O".repeat(90);
    assert_eq!(chat.say(&long)[0], format!("For {long}"));
}
