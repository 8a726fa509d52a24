//! `POST /flows/{id}/simulate`

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;

async fn welcome(it: &TestApp) -> String {
    let list = it.get(&it.admin, "/flows").await;
    format!("/flows/{}/simulate", list["items"][0]["id"].as_str().unwrap())
}

fn nodes(simulated: &Value) -> Vec<&str> {
    simulated["steps"].as_array().unwrap().iter().map(|step| step["node"].as_str().unwrap_or("-")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialogue_is_walked_node_by_node_and_nothing_is_kept() {
    let it = TestApp::start().await;
    let path = welcome(&it).await;
    let order = json!({ "inputs": ["Talk to an agent"], "scene": { "contact": { "name": "Olena" } } });
    let simulated = it.post(&it.admin, &path, order).await;
    assert_eq!(nodes(&simulated), ["greet", "menu", "handover"]);
    assert!(simulated["steps"][0]["input"].is_null());
    assert_eq!(simulated["steps"][0]["effects"][0]["kind"], "say");
    assert_eq!(simulated["steps"][2]["input"]["text"], "Talk to an agent");
    assert_eq!((&simulated["state"], &simulated["problems"]), (&json!("queued"), &json!([])));
    let asked = it.post(&it.admin, &path, json!({ "inputs": [{ "text": "???" }], "version": 1 })).await;
    assert_eq!((nodes(&asked), &asked["state"]), (vec!["greet", "menu", "menu"], &json!("waiting")));
    assert_eq!(it.get(&it.admin, "/conversations").await["items"].as_array().map(Vec::len), Some(0));
    for (order, pointer) in [
        (json!({ "inputs": vec!["x"; 201] }), "/inputs"),
        (json!({ "body": [], "inputs": [] }), "/body"),
        (json!({ "scene": { "now": "yesterday" } }), "/scene/now"),
        (json!({ "scene": { "time_zone": "Mars" } }), "/scene/time_zone"),
    ] {
        let (status, problem) = it.call(&it.admin, Method::POST, &path, Some(order)).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer))
        );
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scene_says_who_writes_and_what_the_flow_finds() {
    let it = TestApp::start().await;
    let path = welcome(&it).await;
    let queue = it.get(&it.admin, "/queues").await["items"][0]["id"].clone();
    let hours = json!({ "name": "Office", "time_zone": "Europe/Kyiv", "hours": [{ "days": ["tue"], "from": "09:00", "to": "18:00" }] });
    let calendar = it.post(&it.admin, "/calendars", hours).await["id"].clone();
    let body = json!({ "schema": 2, "start": "hours", "nodes": {
        "hours": { "type": "calendar", "calendar_id": calendar, "next": "order", "on_closed": "closed" },
        "closed": { "type": "close", "text": "Back at {{ opens_at }}" },
        "order": { "type": "ask", "text": "Your order, {{ contact.first_name }}?", "variable": "order", "next": "look",
            "timeout_seconds": 60, "on_timeout": "join" },
        "look": { "type": "http", "url": "https://crm.example/{{ order }}", "save": { "total": "total" }, "next": "pause",
            "on_error": "join" },
        "pause": { "type": "wait", "seconds": 5, "next": "join" },
        "join": { "type": "join_queue", "queue_id": queue, "on_nobody": "late", "waiting_text": "{{ total }}, number {{ queue.position }}" },
        "late": { "type": "close", "text": "Nobody" },
    } });
    let simulate = async |inputs: Value, scene: Value| {
        it.post(&it.admin, &path, json!({ "body": body, "inputs": inputs, "scene": scene })).await
    };
    // 1 December 2026 is a Tuesday.
    let open = "2026-12-01T09:30:00";
    let scene = |http: Value| {
        json!({ "contact": { "name": "Olena Koval" }, "now": open, "time_zone": "Europe/Kyiv", "http": http,
            "queues": { queue.as_str().unwrap(): { "waiting": 4 } } })
    };
    let good = simulate(json!(["A-7"]), scene(json!({ "look": { "body": { "total": 12 } } }))).await;
    assert_eq!(nodes(&good), ["hours", "order", "look", "pause", "join"], "{good}");
    assert_eq!(good["steps"][1]["effects"][0]["text"], "Your order, Olena?");
    assert_eq!(good["steps"][2]["effects"][0]["request"]["url"], "https://crm.example/A-7");
    assert_eq!(good["steps"][4]["effects"][0]["waiting_text"], "12, number 5");
    assert_eq!((&good["steps"][4]["variables"]["total"], &good["state"]), (&json!("12"), &json!("queued")));

    let silent = simulate(json!([{ "timeout": true }]), scene(json!({}))).await;
    assert_eq!(nodes(&silent), ["hours", "order", "join"]);
    let nothing = simulate(json!(["A-7"]), scene(json!({}))).await;
    let failed = &nothing["steps"][3]["effects"][0];
    assert_eq!(
        (&failed["kind"], &failed["fault"]["args"]["fault"]["code"]),
        (&json!("failed"), &json!("not_given"))
    );
    let nobody = json!({ "now": open, "time_zone": "Europe/Kyiv", "queues": { queue.as_str().unwrap(): { "online": false } } });
    let nobody = simulate(json!([{ "timeout": true }]), nobody).await;
    assert_eq!(nobody["state"], "closed");
    let closed = simulate(json!([]), json!({ "now": "2026-12-01T05:00:00Z" })).await;
    assert_eq!(closed["steps"][1]["effects"][0]["text"], "Back at 2026-12-01 09:00");
    let inside = simulate(
        json!([]),
        json!({ "now": "2026-12-01T05:00:00Z", "calendars": { calendar.as_str().unwrap(): true } }),
    )
    .await;
    assert_eq!(inside["state"], "waiting");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_problems_of_what_is_tried_out_are_told_and_it_hands_over_where_a_node_is_missing() {
    let it = TestApp::start().await;
    let path = welcome(&it).await;
    let body = json!({ "schema": 1, "start": "hi", "nodes": {
        "hi": { "type": "send", "text": "Hi {{ contact.firstname }}", "next": "where" },
        "where": { "type": "ask", "text": "Where?", "variable": "place", "next": "gone" },
    } });
    let order = json!({ "draft": body, "inputs": [{ "other": "50.45, 30.523" }] });
    let simulated = it.post(&it.admin, &path, order).await;
    let problems = simulated["problems"].as_array().unwrap();
    let pointers: Vec<_> = problems.iter().map(|problem| problem["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/nodes/hi/text", "/nodes/where/next"]);
    assert!(problems[0]["detail"].as_str().unwrap().ends_with("Did you mean contact.first_name?"), "{problems:?}");
    let last = simulated["steps"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["node"], &last["effects"][0]["kind"]), (&json!("gone"), &json!("failed")), "{simulated}");
    assert_eq!(simulated["state"], "queued");
    it.stop().await;
}

/// On one thread, which must not be busy with the simulation while it runs.
#[tokio::test]
async fn a_heavy_simulation_keeps_no_thread_of_requests_busy() {
    let it = TestApp::start().await;
    let flow = it.get(&it.admin, "/flows").await["items"][0]["id"].as_str().unwrap().parse().unwrap();
    let mut nodes = json!({ "ask": { "type": "ask", "text": "?", "variable": "x", "next": "n0" } });
    for n in 0..90 {
        let next = if n == 89 { "ask".to_owned() } else { format!("n{}", n + 1) };
        let value = "{{ x|upper }} ".repeat(70);
        nodes[format!("n{n}")] = json!({ "type": "set", "variable": "x", "value": value, "next": next });
    }
    let body = json!({ "schema": 2, "start": "ask", "nodes": nodes });
    let order = serde_json::from_value(json!({ "inputs": vec!["again"; 20], "body": body })).unwrap();
    let start = Instant::now();
    let (mut longest, mut last) = (Duration::ZERO, start);
    let app = it.app().clone();
    let mut simulated = std::pin::pin!(engine::flows::simulate::simulate(&app, flow, order));
    let simulated = loop {
        tokio::select! {
            simulated = &mut simulated => break simulated.unwrap(),
            () = tokio::time::sleep(Duration::from_millis(1)) => {
                longest = longest.max(last.elapsed());
                last = Instant::now();
            }
        }
    };
    assert!(simulated.steps.len() > 1_500, "{} steps", simulated.steps.len());
    assert!(longest * 2 < start.elapsed(), "the thread was busy for {longest:?} of {:?}", start.elapsed());
    it.stop().await;
}
