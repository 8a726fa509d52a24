//! Errors in flows, each with the place where it is shown.

use serde_json::{Value, json};

use super::super::*;

/// The problems of a flow made of these nodes and starting at `a`.
fn problems(nodes: Value) -> Vec<(String, String)> {
    let flow = json!({"schema": 1, "start": "a", "nodes": nodes});
    let found = match parse_value(flow) {
        Ok(flow) => super::errors(&flow),
        Err(problems) => problems,
    };
    for problem in &found {
        assert!(problem.detail.ends_with(['.', '?']), "a sentence: {}", problem.detail);
    }
    found.into_iter().map(|problem| (problem.pointer, problem.detail)).collect()
}

#[track_caller]
fn fault(nodes: Value, pointer: &str, words: &str) {
    let found = problems(nodes);
    assert!(found.iter().any(|(place, detail)| place == pointer && detail.contains(words)), "{found:?}");
}

fn send(text: &str) -> Value {
    json!({"a": {"type": "send", "text": text}})
}

fn menu(options: Value) -> Value {
    json!({"a": {"type": "menu", "text": "?", "options": options}})
}

#[test]
fn a_flow_needs_its_start() {
    fault(json!({"b": {"type": "close"}}), "/start", "there is no such node");
}

#[test]
fn texts_are_there_short_and_readable() {
    fault(send(" "), "/nodes/a/text", "empty");
    fault(send(&"😀".repeat(1_000)), "/nodes/a/text", "too long: 2000");
    assert_eq!(problems(send(&"é".repeat(1_999))), []);
    fault(send("Hi {{ contact.name"), "/nodes/a/text", "In line 1");
    fault(send("{{ x|shout }}"), "/nodes/a/text", "filter");
    fault(json!({"a": {"type": "join_queue", "nobody_text": "{{"}}), "/nodes/a/nobody_text", "In line 1");
}

#[test]
fn every_way_leads_somewhere() {
    fault(json!({"a": {"type": "send", "text": "x", "next": "b"}}), "/nodes/a/next", "no node \"b\"");
    fault(json!({"a": {"type": "send", "text": "x", "next": ""}}), "/nodes/a/next", "Choose");
    fault(
        menu(json!([{"id": "x", "title": "X"}, {"id": "y", "title": "Y", "next": "b"}])),
        "/nodes/a/options/1/next",
        "\"b\"",
    );
    let condition =
        json!({"a": {"type": "condition", "variable": "x", "is": "exists", "then": null, "else": "b"}});
    fault(condition, "/nodes/a/else", "\"b\"");
}

#[test]
fn every_node_can_be_reached() {
    fault(json!({"a": {"type": "close"}, "b/~c": {"type": "close"}}), "/nodes/b~1~0c", "No step leads");
}

#[test]
fn menus_fit_messenger() {
    fault(menu(json!([])), "/nodes/a/options", "at least one");
    fault(menu(json!([{"id": "x", "title": "X"}, {"id": "x", "title": "Y"}])), "/nodes/a/options/1/id", "already");
    fault(
        menu(json!([{"id": "x", "title": "X"}, {"id": "y", "title": " x"}])),
        "/nodes/a/options/1/title",
        "same title",
    );
    fault(
        menu(json!([{"id": "x", "title": "A title of many words"}])),
        "/nodes/a/options/0/title",
        "21 characters",
    );
    fault(menu(json!([{"id": "x:y", "title": "X"}])), "/nodes/a/options/0/id", "letters");
    let many: Vec<Value> = (0..14).map(|i| json!({"id": format!("o{i}"), "title": format!("O{i}")})).collect();
    fault(menu(json!(many)), "/nodes/a/options", "13");
    let replies = json!({"a": {"type": "send", "text": "x", "quick_replies": [{"title": "", "payload": ""}]}});
    fault(replies.clone(), "/nodes/a/quick_replies/0/title", "empty");
    fault(replies, "/nodes/a/quick_replies/0/payload", "payload");
}

#[test]
fn questions_keep_their_bounds() {
    let ask = |more: Value| {
        let mut node = json!({"type": "ask", "text": "?", "variable": "x"});
        node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "a": node })
    };
    assert_eq!(problems(ask(json!({"timeout_seconds": 86400, "retries": 10}))), []);
    fault(ask(json!({"timeout_seconds": 0})), "/nodes/a/timeout_seconds", "between");
    fault(ask(json!({"timeout_seconds": 86401})), "/nodes/a/timeout_seconds", "between");
    fault(ask(json!({"retries": 11})), "/nodes/a/retries", "10 times");
    fault(ask(json!({"variable": "first name"})), "/nodes/a/variable", "letters");
    fault(ask(json!({"variable": "contact"})), "/nodes/a/variable", "something else");
    fault(ask(json!({"on_timeout": "a"})), "/nodes/a/timeout_seconds", "how many seconds");
}

#[test]
fn conditions_say_what_they_compare_with() {
    let condition = |is: &str, variable: &str| json!({"a": {"type": "condition", "variable": variable, "is": is}});
    fault(condition("equals", "page.name"), "/nodes/a/value", "compared");
    assert_eq!(problems(condition("exists", "contact.name")), []);
    fault(condition("exists", "contact.shoe_size"), "/nodes/a/variable", "no variable contact.shoe_size");
    fault(condition("exists", ""), "/nodes/a/variable", "Choose the variable");
}

#[test]
fn texts_hold_variables_that_exist() {
    fault(
        send("Hi {{ contact.firstname }}"),
        "/nodes/a/text",
        "There is no variable contact.firstname. Did you mean contact.first_name?",
    );
    let asked = |text: &str| {
        json!({
            "a": {"type": "ask", "text": "Which?", "variable": "order_no", "next": "b"},
            "b": {"type": "close", "text": text}
        })
    };
    assert_eq!(problems(asked("{{ order_no }} {{ page.name }}")), []);
    fault(asked("{{ orderno }}"), "/nodes/b/text", "Did you mean order_no?");
    fault(asked("{{ agent.name }}"), "/nodes/b/text", "There is no variable agent.name");
    let card = json!({"a": {"type": "send", "text": "", "template": {"type": "generic",
        "elements": [{"title": "For {{ contact.nme }}", "subtitle": "x"}]}}});
    fault(card, "/nodes/a/template", "Did you mean contact.name?");
}

#[test]
fn one_cause_is_one_problem() {
    let chain = json!({
        "a": {"type": "close"},
        "b": {"type": "send", "text": "x", "next": "c"},
        "c": {"type": "send", "text": "x", "next": "d"},
        "d": {"type": "close"}
    });
    assert_eq!(
        problems(chain),
        [("/nodes/b".to_owned(), "No step leads to this node: connect one, or delete it.".to_owned())]
    );
    let broken = json!({
        "a": {"type": "send", "text": "x", "next": "gone"},
        "b": {"type": "send", "text": "x", "next": "c"},
        "c": {"type": "close"}
    });
    assert_eq!(problems(broken), [("/nodes/a/next".to_owned(), "There is no node \"gone\".".to_owned())]);
    let round = json!({
        "a": {"type": "close"},
        "b": {"type": "ask", "text": "x", "variable": "v", "next": "c"},
        "c": {"type": "ask", "text": "x", "variable": "v", "next": "b"}
    });
    assert_eq!(problems(round).len(), 1, "of what goes round one node is enough");
}

#[test]
fn a_round_waits_for_the_customer() {
    let rounds = json!({
        "a": {"type": "send", "text": "x", "next": "b"},
        "b": {"type": "set", "variable": "x", "value": "1", "next": "c"},
        "c": {"type": "condition", "variable": "x", "is": "exists", "then": "b", "else": "d"},
        "d": {"type": "close"}
    });
    let found = problems(rounds);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "/nodes/b");
    assert!(found[0].1.contains("b → c → b"), "{}", found[0].1);

    let waiting = json!({
        "a": {"type": "ask", "text": "?", "variable": "x", "next": "b"},
        "b": {"type": "send", "text": "x", "next": "a"}
    });
    assert_eq!(problems(waiting), []);
    let nagging = json!({
        "a": {"type": "ask", "text": "?", "variable": "x", "timeout_seconds": 60, "on_timeout": "b"},
        "b": {"type": "send", "text": "Still there?", "next": "a"}
    });
    fault(nagging, "/nodes/a", "a → b → a");
}

#[test]
fn what_cannot_be_read_is_told_with_all_its_places() {
    let found = problems(json!({
        "a": {"type": "menu", "options": [{"id": "x", "title": 5}], "retries": -1, "colour": "red"},
        "b": {"type": "dance"},
        "c": [],
        "d": {"type": "ask", "text": "?", "variable": "v", "validate": {"kind": "date"}},
        "e": {"type": "join_queue", "queue_id": "general"}
    }));
    let mut places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
    places.sort_unstable();
    let expected = [
        "/nodes/a/colour",
        "/nodes/a/options/0/title",
        "/nodes/a/retries",
        "/nodes/a/text",
        "/nodes/b/type",
        "/nodes/c",
        "/nodes/d/validate/kind",
        "/nodes/e/queue_id",
    ];
    assert_eq!(places, expected);
    assert_eq!(
        parse("{\"schema\": 1,\n x").unwrap_err()[0].detail,
        "This is not JSON: line 2, column 2 can't be read."
    );
    assert_eq!(parse("{\"schema\": 3, \"start\": \"a\", \"nodes\": {}, \"x/y\": 1}").unwrap_err().len(), 2);
    assert!(parse(&" ".repeat(LARGEST + 1)).is_err());
}

#[test]
fn cards_and_buttons_keep_messengers_limits() {
    let send = |template: serde_json::Value| json!({"schema": 1, "start": "a", "nodes": {"a": {"type": "send", "text": "", "template": template}}});
    let faults = |value| {
        let flow = parse_value(value).unwrap();
        super::errors(&flow).into_iter().map(|problem| problem.pointer).collect::<Vec<_>>()
    };
    let tap = json!({"type": "postback", "title": "A", "payload": "P"});
    assert_eq!(faults(send(json!({"type": "button", "text": "x", "buttons": [tap]}))), Vec::<String>::new());
    assert_eq!(faults(send(json!({"type": "button", "text": "x", "buttons": []}))), ["/nodes/a/template/buttons"]);
    let upload = json!({"type": "media", "media_type": "image", "attachment_id": "7"});
    assert_eq!(faults(send(upload)), ["/nodes/a/template/attachment_id"]);
    let broken = json!({"type": "button", "text": "{{ x", "buttons": [tap]});
    assert_eq!(faults(send(broken)), ["/nodes/a/template"]);
    assert!(parse_value(send(json!({"type": "button"}))).is_err());
}

#[test]
fn a_message_template_is_named_and_sent_alone() {
    let send = |named: Value, more: Value| {
        let mut node = json!({"type": "send", "text": "", "message_template": named});
        node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "a": node })
    };
    let named = || json!({"name": "order_ready", "language": "en_US", "variables": {"1": "{{ contact.name }}"}});
    let here = "/nodes/a/message_template";
    assert_eq!(problems(send(named(), json!({}))), []);
    fault(send(json!({"name": " ", "language": "en"}), json!({})), &format!("{here}/name"), "Choose a template");
    fault(send(json!({"name": "x", "language": ""}), json!({})), &format!("{here}/language"), "which language");
    fault(send(json!({"name": "x"}), json!({})), &format!("{here}/language"), "missing");
    fault(
        send(json!({"name": "x", "language": "en", "to": "y"}), json!({})),
        &format!("{here}/to"),
        "no such field",
    );
    let wrong = json!({"name": "x", "language": "en", "variables": {"a/b": "{{ nothing }}", "2": 7}});
    fault(send(wrong.clone(), json!({})), &format!("{here}/variables/2"), "must be text");
    let mut wrong = wrong;
    wrong["variables"]["2"] = json!("7");
    fault(send(wrong, json!({})), &format!("{here}/variables/a~1b"), "nothing");
    for more in [json!({"text": "Hi"}), json!({"quick_replies": [{"title": "A", "payload": "A"}]})] {
        fault(send(named(), more), here, "sent alone");
    }
    fault(send(named(), json!({"on_error": "b"})), "/nodes/a/on_error", "no node \"b\"");
    fault(send(named(), json!({"on_error": "a"})), "/nodes/a", "goes round");
    let plain = json!({"a": {"type": "send", "text": "Hi", "on_error": "b"}, "b": {"type": "close"}});
    fault(plain, "/nodes/a/on_error", "Only a message template");
}
