//! Load and failures on Instagram and WhatsApp: bursts, chaos, a restart, a token that becomes invalid.

use super::{code, text, writes};
use crate::support::{APP, Bench, INSTAGRAM, NUMBER, SECRET, WABA};
use serde_json::{Value, json};

async fn log(bench: &Bench, kind: &str) -> Vec<Value> {
    let log = bench.get(&format!("/control/deliveries?limit=2000&kind={kind}")).await.1;
    log["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn many_customers_write_on_both_channels_at_once() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    bench.connect_instagram().await;
    for account in [NUMBER, INSTAGRAM] {
        let order = json!({"page_id": account, "customers": 10, "messages_each": 3});
        let done = bench.control("burst", order).await;
        assert_eq!((&done["sent"], &done["delivered"]), (&json!(30), &json!(30)), "{done}");
    }
    bench.stop().await;
}

#[tokio::test]
async fn under_chaos_statuses_come_twice_and_in_any_order_and_lost_answers_were_sent() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    bench.control("settings", json!({"delivery_ms": 5})).await;
    let phone = writes(&bench, "olena").await;
    bench.control("chaos", json!({"seed": 3, "duplicate": 0.5, "reorder": 0.5, "drop_answer": 1})).await;
    for n in 0..12 {
        let order = json!({"messaging_product": "whatsapp", "to": phone, "type": "text", "text": {"body": n.to_string()},
            "access_token": crate::support::SYSTEM_USER, "appsecret_proof": crate::support::proof(crate::support::SYSTEM_USER)});
        let answer = bench.http.post(bench.url(&format!("/{NUMBER}/messages"))).json(&order).send().await;
        let whole = match answer {
            Ok(answer) => answer.status() == 200 && answer.text().await.is_ok(),
            Err(_) => false,
        };
        assert!(!whole, "the answer is lost");
    }
    let thread = bench.thread_of(NUMBER, "olena").await;
    assert_eq!(thread["messages"].as_array().unwrap().len(), 13, "every one was sent");
    // Each status is sent a moment after its message, and may be duplicated or delayed by the plan.
    let mut seen = (Vec::new(), Vec::new());
    for _ in 0..500 {
        let chaos = log(&bench, "chaos").await;
        let done: Vec<String> = chaos.iter().map(|entry| entry["field"].as_str().unwrap().to_owned()).collect();
        let statuses: Vec<String> = log(&bench, "webhook").await.iter().filter_map(status).collect();
        let different: std::collections::BTreeSet<&String> = statuses.iter().collect();
        let twice = different.len() < statuses.len();
        if twice && done.iter().any(|it| it == "duplicate") && done.iter().any(|it| it == "reorder") {
            return bench.stop().await;
        }
        seen = (done, statuses);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no status came twice and out of order: {seen:?}");
}

/// The message and status that a webhook reports.
fn status(entry: &Value) -> Option<String> {
    let status = &entry["body"]["entry"][0]["changes"][0]["value"]["statuses"][0];
    Some(format!("{} {}", status["id"].as_str()?, status["status"]))
}

#[tokio::test]
async fn a_restarted_sandbox_continues_on_both_channels() {
    let folder = std::env::temp_dir().join(format!("deskbell-sandbox-channels-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let state = Some(folder.join("sandbox.json"));
    let bench = Bench::start_with(state.clone()).await;
    bench.connect_whatsapp().await;
    let phone = writes(&bench, "olena").await;
    bench.act(INSTAGRAM, "olena", "messages", json!({"text": "Hello"})).await;
    bench.control(&format!("numbers/{NUMBER}"), json!({"quality": "YELLOW"})).await;
    bench.stop().await;
    let bench = Bench::start_with(state).await;
    assert_eq!(
        bench.whatsapp(text(&phone, "Welcome back")).await.0,
        200,
        "token, number and window are still there"
    );
    assert_eq!(bench.thread_of(INSTAGRAM, "olena").await["messages"].as_array().unwrap().len(), 1);
    let state = bench.get("/control/state").await.1;
    assert_eq!(state["whatsapp"][0]["numbers"][0]["quality"], "YELLOW");
    assert!(state["whatsapp"][0]["subscribed_apps"].get(APP).is_some());
    bench.stop().await;

    // A state of before: Instagram and WhatsApp come from the seed.
    let file = folder.join("sandbox.json");
    let mut old: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    for key in ["instagram", "wabas", "numbers"] {
        old.as_object_mut().unwrap().remove(key);
    }
    std::fs::write(&file, old.to_string()).unwrap();
    let bench = Bench::start_with(Some(file)).await;
    let state = bench.get("/control/state").await.1;
    assert_eq!((&state["instagram"][0]["id"], &state["whatsapp"][0]["id"]), (&json!(INSTAGRAM), &json!(WABA)));
    assert_eq!(bench.whatsapp(text(&phone, "Again")).await.0, 200);
    bench.stop().await;
    let _ = std::fs::remove_dir_all(&folder);
}

#[tokio::test]
async fn a_system_user_made_by_hand_reaches_what_it_was_given() {
    let bench = Bench::start().await;
    let make = async |extra: Value| {
        let mut order =
            json!({"name": "Hand-made", "app_id": APP, "permissions": ["whatsapp_business_management"]});
        extra.as_object().unwrap().iter().for_each(|(name, value)| order[name] = value.clone());
        bench.control("system-users", order).await["token"].as_str().unwrap().to_owned()
    };
    let (none, all) = (make(json!({"whatsapp": []})).await, make(json!({})).await);
    assert_eq!(code(&bench.graph_get(&format!("/{WABA}"), &none).await), 100);
    assert_eq!(bench.graph_get(&format!("/{WABA}"), &all).await.0, 200);
    let (_, debug) = bench.get(&format!("/debug_token?input_token={all}&access_token={APP}%7C{SECRET}")).await;
    assert!(debug["data"]["granular_scopes"][0].get("target_ids").is_none(), "it holds for all: {debug}");
    let order =
        json!({"messaging_product": "whatsapp", "to": "+380000000000", "type": "text", "text": {"body": "x"}});
    assert_eq!(
        code(&bench.graph_post(&format!("/{NUMBER}/messages"), &all, order).await),
        10,
        "a permission is missing"
    );
    bench.control(&format!("numbers/{NUMBER}"), json!({"name_status": "DECLINED"})).await;
    assert_eq!(code(&bench.whatsapp(text("+380000000000", "x")).await), 131_037);
    bench.stop().await;
}

#[tokio::test]
async fn every_script_that_a_page_asks_for_is_served() {
    let bench = Bench::start().await;
    let read = async |path: &str| {
        let answer = bench.http.get(bench.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    };
    let (mut open, mut seen) = (vec!["/phone".to_owned(), "/dashboard".to_owned()], Vec::new());
    while let Some(path) = open.pop() {
        let page = read(&path).await;
        for part in page.split("/static/").skip(1) {
            let name: String =
                part.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '.').collect();
            let path = format!("/static/{name}");
            if !seen.contains(&path) {
                seen.push(path.clone());
                open.push(path);
            }
        }
    }
    assert!(
        ["phone.js", "menu.js", "whatsapp.js", "accounts.js"]
            .iter()
            .all(|name| seen.contains(&format!("/static/{name}"))),
        "{seen:?}"
    );
    bench.stop().await;
}
