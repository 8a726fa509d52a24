//! Flows at work, against a program with configurable responses: durable questions, secrets, queues, and `kill -9`.

use domain::role::Role;
use domain::time::{MINUTE, SECOND};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::program::Program;
use crate::routes::on_both_engines;

on_both_engines! {
    a_question_to_another_program_carries_secrets_that_no_one_sees
    a_program_that_fails_costs_no_customer
    who_waits_too_long_comes_back_to_the_bot
    who_waits_while_a_person_answers_elsewhere_hears_nothing_automatic
    a_keyword_is_heard_while_a_person_answers_elsewhere
    after_the_agent_the_flow_goes_on
    a_program_that_hangs_delays_only_its_own_customers
    a_simulation_asks_a_program_only_where_the_scene_allows_it
}

/// Publishes this as the gateway's flow.
pub async fn publish(it: &TestApp, start: &str, nodes: Value) {
    let list = it.get(&it.admin, "/flows").await;
    let path = format!("/flows/{}", list["items"][0]["id"].as_str().unwrap());
    let body = json!({ "schema": 2, "start": start, "nodes": nodes,
        "keywords": [{ "words": ["human", "supervisor"], "next": "people" }] });
    let (status, saved) = it.call(&it.admin, Method::PUT, &path, Some(json!({ "body": body }))).await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    it.post(&it.admin, &format!("{path}/publish"), json!({})).await;
}

async fn conversation(it: &TestApp) -> String {
    let list = it.get(&it.admin, "/conversations").await;
    list["items"][0]["id"].as_str().unwrap().to_owned()
}

pub async fn says(it: &TestApp, text: &str) {
    it.writes("olena", json!({ "text": text })).await;
}

async fn a_question_to_another_program_carries_secrets_that_no_one_sees(it: &TestApp) {
    it.connected().await;
    let (program, address) = Program::start().await;
    it.call(&it.admin, Method::PUT, "/flow-secrets", Some(json!({ "CRM": "s3cret-key" }))).await;
    it.post(&it.admin, "/labels", json!({ "name": "VIP", "colour": "red" })).await;
    publish(
        it,
        "ask",
        json!({
            "ask": { "type": "ask", "text": "Which order?", "variable": "order", "next": "look" },
            "look": { "type": "http", "method": "POST", "url": format!("{address}/orders/{{{{ order }}}}"),
                "headers": { "Authorization": "Bearer {{ secrets.CRM }}" }, "body": "{\"q\": \"{{ order }}\"}",
                "save": { "state": "state", "echo": "echo" }, "next": "vip", "on_error": "people" },
            "vip": { "type": "label", "add": ["vip"], "next": "note" },
            "note": { "type": "note", "text": "Order {{ order }}", "next": "tell" },
            "tell": { "type": "webhook", "url": format!("{address}/told"), "data": { "order": "{{ order }}" }, "next": "say" },
            "say": { "type": "send", "text": "It is {{ state }}.", "next": "more" },
            "more": { "type": "ask", "text": "More?", "variable": "more", "next": "people" },
            "people": { "type": "join_queue", "waiting_text": "One moment", "nobody_text": "One moment" },
        }),
    )
    .await;
    program.answers(200, json!({ "state": "on its way", "echo": "key s3cret-key" }).to_string());
    says(it, "Hello").await;
    it.phone_shows("olena", "Which order?").await;
    says(it, "A/7 \"x\"").await;
    it.phone_shows("olena", "It is on its way.").await;

    let asked = program.asked();
    assert_eq!(asked[0].path, "/orders/A%2F7%20%22x%22");
    assert_eq!(
        (asked[0].authorization.as_str(), asked[0].body.as_str()),
        ("Bearer s3cret-key", r#"{"q": "A/7 \"x\""}"#)
    );
    let posted: Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!(
        (&posted["data"]["order"], &posted["variables"]["state"]),
        (&json!("A/7 \"x\""), &json!("on its way"))
    );
    assert_eq!(
        posted["conversation"]["contact"]["name"].as_str().map(|it| it.starts_with("Olena")),
        Some(true),
        "{posted}"
    );
    assert!(asked[0].key.starts_with("deskbell-") && asked[0].key != asked[1].key);

    let id = conversation(it).await;
    let shown = it.get(&it.admin, &format!("/conversations/{id}")).await;
    assert_eq!(shown["labels"][0]["name"], "VIP", "{shown}");
    let run = it.get(&it.admin, &format!("/conversations/{id}/run")).await;
    assert_eq!(run["variables"]["echo"], "key [CRM]", "an answer that repeats the secret is masked");
    let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
    assert!(thread["items"].as_array().unwrap().iter().any(|it| it["kind"] == "note"), "{thread}");
    says(it, "HUMAN!").await;
    it.phone_shows("olena", "One moment").await;
}

async fn a_program_that_fails_costs_no_customer(it: &TestApp) {
    it.connected().await;
    let (program, address) = Program::start().await;
    let look = |url: String, rest: Value| {
        let mut node = json!({ "type": "http", "url": url, "retries": 1, "next": "done" });
        node.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        json!({
            "look": node,
            "done": { "type": "send", "text": "Done.", "next": "people" },
            "sorry": { "type": "send", "text": "Sorry: {{ http_status }}", "next": "people" },
            "people": { "type": "join_queue", "waiting_text": "Wait", "nobody_text": "Wait" },
        })
    };
    // An answer of 10 MB, with a branch.
    program.answers(200, "x".repeat(10 * 1024 * 1024));
    publish(it, "look", look(format!("{address}/big"), json!({ "on_error": "sorry" }))).await;
    says(it, "Hello").await;
    it.phone_shows("olena", "Sorry:").await;
    // A failing one is called again, and then the flow hands over because no other edge exists; the thread shows why.
    let asked = program.asked().len();
    program.answers(500, "");
    publish(it, "look", look(format!("{address}/broken"), json!({ "on_timeout": "sorry" }))).await;
    it.writes("maria", json!({ "text": "Hello" })).await;
    it.until("the first try", async || (program.asked().len() > asked).then_some(())).await;
    it.clock.advance(MINUTE);
    it.phone_shows("maria", "Wait").await;
    let keys: Vec<String> = program.asked()[asked..].iter().map(|it| it.key.clone()).collect();
    assert!(keys.len() == 2 && keys[0] == keys[1], "the same question: {keys:?}");
    let id = conversation(it).await;
    let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
    let event =
        thread["items"].as_array().unwrap().iter().find(|it| it["event"]["code"] == "flow_failed").unwrap();
    assert!(event["text"].as_str().unwrap().contains("“look”: It answered with the status 500."), "{event}");
    // An address of our own network.
    publish(it, "look", look("http://169.254.169.254/latest".into(), json!({ "on_error": "sorry" }))).await;
    it.writes("ahmed", json!({ "text": "Hello" })).await;
    it.phone_shows("ahmed", "Sorry:").await;
    let id = conversation(it).await;
    let run = it.get(&it.admin, &format!("/conversations/{id}/run")).await;
    let fault = run["nodes"][0]["fault"].as_str().unwrap();
    assert!(fault.contains("169.254.169.254"), "{run}");
}

async fn who_waits_too_long_comes_back_to_the_bot(it: &TestApp) {
    it.connected().await;
    publish(
        it,
        "join",
        json!({
            "join": { "type": "join_queue", "nobody_text": "You are number {{ queue.position }}",
                "position_text": "Still number {{ queue.position }}", "position_seconds": 30,
                "max_wait_seconds": 100, "on_timeout": "call" },
            "call": { "type": "ask", "text": "Shall we call you?", "variable": "phone", "next": "people" },
            "people": { "type": "join_queue", "waiting_text": "An agent is here", "nobody_text": "Nobody" },
        }),
    )
    .await;
    says(it, "Hello").await;
    it.phone_shows("olena", "You are number 1").await;
    let id = conversation(it).await;
    let run = it.get(&it.admin, &format!("/conversations/{id}/run")).await;
    assert_eq!(run["state"], "queued");
    it.clock.advance(31 * SECOND);
    it.phone_shows("olena", "Still number 1").await;
    it.clock.advance(70 * SECOND);
    it.phone_shows("olena", "Shall we call you?").await;
    let shown = it.get(&it.admin, &format!("/conversations/{id}")).await;
    assert_eq!((&shown["state"], &shown["queue"]), (&json!("bot"), &json!(null)), "{shown}");
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    says(it, "067 123 45 67").await;
    it.phone_shows("olena", "An agent is here").await;
    let offer = it.offered(&ben).await;
    assert_eq!(offer["id"], json!(id));
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    let run = it.get(&ben, &format!("/conversations/{id}/run")).await;
    assert_eq!((&run["state"], &run["variables"]["phone"]), (&json!("ended"), &json!("067 123 45 67")));
}

/// A person answers in Meta's Page inbox.
async fn answers_in_the_page_inbox(it: &TestApp, id: &str) {
    let inbox = format!("/pages/{LAVKA}/customers/olena/page-inbox");
    it.control(Method::POST, &inbox, json!({ "text": "Anna here" })).await;
    it.until("the pause", async || {
        let shown = it.get(&it.admin, &format!("/conversations/{id}")).await;
        shown["bot_paused_until"].is_string().then_some(())
    })
    .await;
}

/// What the bot has said in the thread.
async fn said_by_the_bot(it: &TestApp, id: &str) -> Vec<String> {
    let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
    let items = thread["items"].as_array().unwrap().iter().filter(|m| m["sender"]["kind"] == "bot");
    items.filter_map(|m| m["text"].as_str().map(str::to_owned)).collect()
}

async fn who_waits_while_a_person_answers_elsewhere_hears_nothing_automatic(it: &TestApp) {
    it.connected().await;
    publish(
        it,
        "join",
        json!({
            "join": { "type": "join_queue", "nobody_text": "Please wait", "position_text": "Still number {{ queue.position }}",
                "position_seconds": 30, "max_wait_seconds": 8, "on_timeout": "call" },
            "call": { "type": "ask", "text": "Shall we call you?", "variable": "phone", "next": "people" },
            "people": { "type": "join_queue", "waiting_text": "Wait", "nobody_text": "Wait" },
        }),
    )
    .await;
    says(it, "Hello").await;
    it.phone_shows("olena", "Please wait").await;
    let id = conversation(it).await;
    answers_in_the_page_inbox(it, &id).await;
    let path = format!("/conversations/{id}");
    let paused_until = it.get(&it.admin, &path).await["bot_paused_until"].clone();
    let run = it.get(&it.admin, &format!("{path}/run")).await;
    assert_eq!((&run["state"], &run["wakes_at"]), (&json!("queued"), &paused_until));
    let before = said_by_the_bot(it, &id).await;
    it.clock.advance(40 * SECOND);
    // The timers look at once, and find nothing that is due.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(said_by_the_bot(it, &id).await, before);
    assert_eq!(it.get(&it.admin, &path).await["state"], "queued");
    it.clock.advance(30 * MINUTE);
    it.phone_shows("olena", "Shall we call you?").await;
    let shown = it.get(&it.admin, &path).await;
    assert_eq!((&shown["state"], &shown["bot_paused_until"]), (&json!("bot"), &json!(null)), "{shown}");
}

async fn a_keyword_is_heard_while_a_person_answers_elsewhere(it: &TestApp) {
    it.connected().await;
    publish(
        it,
        "ask",
        json!({
            "ask": { "type": "ask", "text": "Your name?", "variable": "name", "next": "people" },
            "people": { "type": "join_queue", "waiting_text": "A supervisor comes", "nobody_text": "A supervisor comes" },
        }),
    )
    .await;
    says(it, "Hello").await;
    it.phone_shows("olena", "Your name?").await;
    let id = conversation(it).await;
    answers_in_the_page_inbox(it, &id).await;
    says(it, "I asked your supervisor about it yesterday").await;
    says(it, "Supervisor!").await;
    it.phone_shows("olena", "A supervisor comes").await;
    assert_eq!(said_by_the_bot(it, &id).await, ["Your name?", "A supervisor comes"]);
    assert_eq!(it.get(&it.admin, &format!("/conversations/{id}")).await["state"], "queued");
}

async fn after_the_agent_the_flow_goes_on(it: &TestApp) {
    it.connected().await;
    publish(
        it,
        "people",
        json!({
            "people": { "type": "join_queue", "waiting_text": "Wait", "nobody_text": "Wait", "after_agent": "score" },
            "score": { "type": "ask", "text": "How was it?", "variable": "score", "next": "bye" },
            "bye": { "type": "close", "text": "Thank you for “{{ score }}”" },
        }),
    )
    .await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    says(it, "Hello").await;
    let offer = it.offered(&ben).await;
    let path = format!("/conversations/{}", offer["id"].as_str().unwrap());
    it.post(&ben, &format!("{path}/accept"), json!({})).await;
    it.post(&ben, &format!("{path}/close"), json!({ "reason": "Sold" })).await;
    it.phone_shows("olena", "How was it?").await;
    let shown = it.get(&it.admin, &path).await;
    assert_eq!((&shown["state"], &shown["agent"]), (&json!("bot"), &json!(null)), "{shown}");
    says(it, "Good").await;
    it.phone_shows("olena", "Thank you for “Good”").await;
    assert_eq!(it.get(&it.admin, &path).await["state"], "closed");
}

async fn a_program_that_hangs_delays_only_its_own_customers(it: &TestApp) {
    it.connected().await;
    let ((hanging, address), (quick, other)) = (Program::start().await, Program::start().await);
    hanging.hangs.send_replace(vec!["/slow"]);
    publish(
        it,
        "which",
        json!({
            "which": { "type": "ask", "text": "Which program?", "variable": "program", "next": "way" },
            "way": { "type": "switch", "variable": "program", "otherwise": "slow",
                "cases": [{ "value": "quick", "next": "quick" }] },
            "slow": { "type": "http", "url": format!("{address}/slow"), "timeout_seconds": 30, "next": "done" },
            "quick": { "type": "http", "url": format!("{other}/quick"), "next": "done" },
            "done": { "type": "send", "text": "Done.", "next": "people" },
            "people": { "type": "join_queue", "waiting_text": "Wait", "nobody_text": "Wait" },
        }),
    )
    .await;
    let chooses = async |program: &str| {
        let customer = it.control(Method::POST, "/customers", json!({ "name": "Olena" })).await;
        let id = customer["id"].as_str().unwrap().to_owned();
        it.writes(&id, json!({ "text": "Hello" })).await;
        it.phone_shows(&id, "Which program?").await;
        it.writes(&id, json!({ "text": program })).await;
        id
    };
    // More than may ask one program at once.
    let mut customers = Vec::new();
    for _ in 0..20 {
        customers.push(chooses("slow").await);
    }
    it.until("as many questions as may be open", async || (hanging.asked().len() == 16).then_some(())).await;
    it.phone_shows(&chooses("quick").await, "Done.").await;
    assert_eq!((hanging.asked().len(), quick.asked().len()), (16, 1));
    hanging.hangs.send_replace(Vec::new());
    for customer in &customers {
        it.phone_shows(customer, "Done.").await;
    }
    assert_eq!(hanging.asked().len(), 20, "each was asked once");
}

async fn a_simulation_asks_a_program_only_where_the_scene_allows_it(it: &TestApp) {
    let (program, address) = Program::start().await;
    program.answers(200, json!({ "total": "7" }).to_string());
    let list = it.get(&it.admin, "/flows").await;
    let path = format!("/flows/{}/simulate", list["items"][0]["id"].as_str().unwrap());
    let look = |url: String| json!({ "type": "http", "url": url, "save": { "total": "total" }, "next": "say", "on_error": "late" });
    let body = json!({ "schema": 2, "start": "look", "nodes": {
        "look": look(format!("{address}/total")),
        "say": { "type": "send", "text": "{{ total }} for {{ contact.phone }}, {{ contact.email }}", "next": "again" },
        "again": look(format!("{address}/again")),
        "late": { "type": "close", "text": "Late" },
    } });
    let simulate = async |http: Value| {
        let contact = json!({ "name": "Olena", "phone": "+380671234567", "email": "olena@example.org" });
        let scene = json!({ "contact": contact, "http": http });
        let simulated = it.post(&it.admin, &path, json!({ "body": body, "inputs": [], "scene": scene })).await;
        let steps = simulated["steps"].as_array().unwrap();
        let texts = steps.iter().flat_map(|step| step["effects"].as_array().unwrap());
        texts.filter_map(|effect| effect["text"].as_str()).map(str::to_owned).collect::<Vec<_>>()
    };
    let given = json!({ "look": { "body": { "total": 12 } }, "again": { "timeout": true } });
    assert_eq!(simulate(given).await, ["12 for +380671234567, olena@example.org", "Late"]);
    assert_eq!(simulate(json!({ "*": { "status": 500 } })).await, ["Late"]);
    assert_eq!(program.asked().len(), 0);
    let one = json!({ "look": "real", "*": { "timeout": true } });
    assert_eq!(simulate(one).await, ["7 for +380671234567, olena@example.org", "Late"]);
    assert_eq!(program.asked().len(), 1);
    simulate(json!("real")).await;
    let paths: Vec<_> = program.asked().into_iter().map(|asked| asked.path).take(3).collect();
    assert_eq!(paths, ["/total", "/total", "/again"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_while_it_asks_goes_on_and_asks_nothing_twice_that_has_effects() {
    let mut it = TestApp::start_process().await;
    it.connected().await;
    let (program, address) = Program::start().await;
    publish(
        &it,
        "read",
        json!({
            "read": { "type": "http", "url": format!("{address}/read"), "next": "order", "on_error": "people", "timeout_seconds": 30 },
            "order": { "type": "http", "method": "POST", "url": format!("{address}/order"), "next": "people",
                "on_error": "sorry", "timeout_seconds": 30 },
            "sorry": { "type": "send", "text": "Not sure.", "next": "people" },
            "people": { "type": "join_queue", "waiting_text": "Wait", "nobody_text": "Wait" },
        }),
    )
    .await;
    let count = |path: &str| program.asked().iter().filter(|it| it.path == path).count();
    program.hangs.send_replace(vec!["/read", "/order"]);
    says(&it, "Hello").await;
    it.until("the first question", async || (count("/read") == 1).then_some(())).await;
    it.kill();
    it.restart().await;
    // What only reads is asked again.
    it.until("the first question again", async || (count("/read") == 2).then_some(())).await;
    program.hangs.send_replace(vec!["/order"]);
    it.until("the second question", async || (count("/order") == 1).then_some(())).await;
    it.kill();
    it.restart().await;
    it.phone_shows("olena", "Not sure.").await;
    assert_eq!(count("/order"), 1, "an order is placed once");
    program.hangs.send_replace(Vec::new());
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_checks_tests_imports_and_exports() {
    let it = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let body = json!({ "schema": 2, "start": "hi", "nodes": { "hi": { "type": "send", "text": "Hi", "next": "end" }, "end": { "type": "close" } } });
    let tests = json!([{ "name": "Greets", "expected": ["Hi", { "kind": "close" }] }, { "name": "Sings", "expected": ["La"] }]);
    let whole = file("whole.json", &json!({ "name": "Night", "body": body, "tests": tests }));
    let (code, out, _) = it.command(&["flow", "check", &whole], &[]).await;
    assert_eq!((code, out.trim()), (Some(0), "The flow is fit for customers."));
    let mut broken = body.clone();
    broken["nodes"]["hi"]["next"] = json!("gone");
    let (code, out, err) = it.command(&["flow", "check", &file("broken.json", &broken)], &[]).await;
    assert!(code == Some(1) && out.contains("/nodes/hi/next: There is no node \"gone\"."), "{out}{err}");
    let (code, out, err) = it.command(&["flow", "test", &whole], &[]).await;
    assert!(code == Some(1) && err.contains("1 of 2 tests failed"), "{out}{err}");
    assert!(out.contains("Greets: passed") && out.contains("Sings: FAILED: Number 1"), "{out}");
    let (code, out, err) = it.command(&["flow", "import", &whole], &[]).await;
    assert_eq!(code, Some(0), "{err}");
    let id = out.lines().next().unwrap().to_owned();
    let (code, out, err) = it.command(&["flow", "export", &id], &[]).await;
    let exported: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &exported["body"], exported["tests"].as_array().map(Vec::len)),
        (Some(0), &body, Some(2)),
        "{err}"
    );
    let (code, out, _) = it.command(&["flow", "test", "--json"], &[]).await;
    assert!(code == Some(1) && out.contains("\"Sings\""), "{out}");
    let old = file("old.json", &json!([{ "sendText": "Hello" }, { "js": "1" }]));
    let (code, out, _) = it.command(&["flow", "import", "--webitel", "--name", "Old", &old], &[]).await;
    assert!(code == Some(0) && out.contains("\"js\" has no counterpart"), "{out}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_in_ukrainian_speaks_it_where_a_flow_or_queue_has_no_text_of_its_own() {
    let it = TestApp::start_with(&[("language", "uk")]).await;
    it.connected().await;
    let nodes = json!({
        "ask": { "type": "ask", "text": "Скільки?", "variable": "count", "validate": { "kind": "number" }, "next": "people" },
        "people": { "type": "join_queue", "waiting_text": "Чекайте", "nobody_text": "Чекайте" },
    });
    publish(&it, "ask", nodes).await;
    says(&it, "Вітаю").await;
    it.phone_shows("olena", "Скільки?").await;
    says(&it, "багато").await;
    it.phone_shows("olena", "Надішліть, будь ласка, число, наприклад 12.").await;
    it.post(&it.admin, "/queues", json!({ "name": "Друга" })).await;
    for queue in it.get(&it.admin, "/queues").await["items"].as_array().unwrap() {
        let question = queue["csat"]["question"].as_str().unwrap();
        assert!(question.starts_with("Чи задоволені"), "{queue}");
    }
    it.stop().await;
}
