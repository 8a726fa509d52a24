//! Messages that Meta did not report, and webhooks that never arrived: both are found in Meta's own record of the
//! conversation.

use reqwest::Method;
use serde_json::{Value, json};
use store::testing::{self, params};

use crate::app::{LAVKA, TestApp};
use crate::fixture::{active, change_row, message};
use crate::reviewer::invited;
use domain::time::{HOUR, MINUTE, SECOND};

async fn fault(it: &TestApp, fault: Value) {
    it.control(Method::POST, "/faults", fault).await;
}

/// Waits until the sandbox has delivered, dropped or given up every webhook.
async fn calm(it: &TestApp) {
    it.until("the last webhook", async || {
        let state = it.control(Method::GET, "/state", json!({})).await;
        (state["waiting_deliveries"] == 0).then_some(())
    })
    .await;
}

/// The messages of a customer's newest conversation, oldest first.
async fn thread_of(it: &TestApp, customer: &str) -> Vec<Value> {
    let list = it.get(&it.admin, "/conversations?limit=200").await;
    let phone = it.phone(customer).await;
    let psid = phone["customer"]["psid"].as_str().unwrap().to_owned();
    let found = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["contact"]["identities"][0]["external_id"] == psid.as_str())
        .cloned();
    let Some(found) = found else { return Vec::new() };
    let path = format!("/conversations/{}/messages?limit=200", found["id"].as_str().unwrap());
    it.get(&it.admin, &path).await["items"].as_array().unwrap().clone()
}

async fn search(it: &TestApp, gateway: &str) -> Value {
    let begun = it.post(&it.admin, &format!("/gateways/{gateway}/pages/{LAVKA}/catch-up"), json!({})).await;
    assert_eq!(begun["catch_up"]["state"], "waiting", "{begun}");
    it.until("the end of the search", async || {
        let pages = it.get(&it.admin, &format!("/gateways/{gateway}/pages")).await;
        let page = pages["items"].as_array()?.iter().find(|page| page["id"] == LAVKA).cloned()?;
        ["done", "failed"].contains(&page["catch_up"]["state"].as_str()?).then(|| page["catch_up"].clone())
    })
    .await
}

/// Sends words whose answer is a broken one, and lets time pass until Meta is asked what became of them.
async fn doubtful(it: &TestApp, ben: &str, id: &str, words: &str, when: &str) -> Value {
    let broken = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/messages"), "method": "POST", "times": 1,
        "status": 502, "body": "<html>bad gateway</html>", "when": when });
    fault(it, broken).await;
    let sent = it.post(ben, &format!("/conversations/{id}/messages"), json!({ "text": words })).await;
    it.until("the doubt", async || {
        (message(it, ben, id, &sent["id"]).await["status"] == "uncertain").then_some(())
    })
    .await;
    it.clock.advance(20 * SECOND);
    it.until("the end of the hold", async || {
        let sql = "SELECT count(*) FROM outbox WHERE state = 'released'";
        (testing::number(&it.store, sql, vec![]).await.unwrap() == 1).then_some(())
    })
    .await;
    sent["id"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_echo_metas_record_tells_that_a_message_left() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    // The echo and the report of delivery are lost.
    fault(&it, json!({ "kind": "webhook_drop", "page_id": LAVKA, "times": 2 })).await;
    let sent = doubtful(&it, &ben, &id, "Did it leave?", "after").await;
    it.clock.advance(MINUTE);
    it.until("the certainty", async || (message(&it, &ben, &id, &sent).await["status"] == "sent").then_some(()))
        .await;
    let phone = it.phone("olena").await;
    let copies = phone["messages"].as_array().unwrap().iter().filter(|m| m["text"] == "Did it leave?").count();
    assert_eq!(copies, 1);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_meta_does_not_show_stays_uncertain_with_advice_until_a_person_sends_it_again() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let sent = doubtful(&it, &ben, &id, "It never left", "before").await;
    it.clock.advance(2 * MINUTE);
    let advised = it
        .until("the advice", async || {
            let message = message(&it, &ben, &id, &sent).await;
            message["error"]["reason"].is_string().then_some(message)
        })
        .await;
    assert_eq!(advised["status"], "uncertain", "Deskbell does not send it again on its own");
    assert!(advised["error"]["reason"].as_str().unwrap().contains("Meta does not show it"), "{advised}");
    it.post(&ben, &format!("/conversations/{id}/messages/{}/retry", sent.as_str().unwrap()), json!({})).await;
    it.phone_shows("olena", "It never left").await;
    it.until("its state", async || {
        let status = message(&it, &ben, &id, &sent).await["status"].clone();
        ["sent", "delivered", "read"].contains(&status.as_str()?).then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_webhook_brought_is_fetched_once_in_order_and_answered_if_it_waits() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    it.writes("olena", json!({ "text": "Hello" })).await;
    it.until("the bot's answer", async || (thread_of(&it, "olena").await.len() >= 2).then_some(())).await;
    calm(&it).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    fault(&it, json!({ "kind": "webhook_drop", "page_id": LAVKA })).await;
    it.writes("olena", json!({ "text": "Lost one" })).await;
    it.writes("olena", json!({ "text": "Lost two" })).await;
    it.writes("olena", json!({ "attachment": { "type": "image" } })).await;
    let inbox = format!("/pages/{LAVKA}/customers/olena/page-inbox");
    it.control(Method::POST, &inbox, json!({ "text": "Answered in the Page's inbox" })).await;
    it.writes("ahmed", json!({ "text": "Is anybody there?" })).await;
    calm(&it).await;
    it.control(Method::DELETE, "/faults", json!({})).await;

    let found = search(&it, &gateway).await;
    assert_eq!((&found["state"], &found["found"]), (&json!("done"), &json!(5)), "{found}");
    let texts = async |customer: &str| -> Vec<Value> { thread_of(&it, customer).await };
    let thread = it
        .until("Olena's words", async || {
            let thread = texts("olena").await;
            thread.iter().any(|m| m["text"] == "Answered in the Page's inbox").then_some(thread)
        })
        .await;
    let late: Vec<_> = thread.iter().filter(|m| m["caught_up"] == true).collect();
    let words: Vec<_> = late.iter().map(|m| m["text"].as_str().unwrap_or("(picture)")).collect();
    assert_eq!(words, ["Lost one", "Lost two", "(picture)", "Answered in the Page's inbox"]);
    assert_eq!((&late[3]["sender"]["kind"], &late[3]["direction"]), (&json!("page"), &json!("out")));
    assert!(thread.iter().all(|m| m["text"] != "Hello" || m["caught_up"] == false));
    it.until("the picture", async || {
        let thread = texts("olena").await;
        thread.iter().any(|m| m["attachments"][0]["status"] == "stored").then_some(())
    })
    .await;
    // Olena already has an answer: the bot sends her nothing more. Ahmed has none: it greets him.
    it.until("the bot's answer to Ahmed", async || {
        let phone = it.phone("ahmed").await;
        phone["messages"].as_array()?.iter().any(|m| m["direction"] == "out").then_some(())
    })
    .await;
    let bot = |thread: &[Value]| thread.iter().filter(|m| m["sender"]["kind"] == "bot").count();
    assert_eq!(bot(&texts("olena").await), bot(&thread));

    let before = texts("olena").await.len();
    let again = search(&it, &gateway).await;
    assert_eq!((&again["found"], &again["message"]), (&json!(0), &json!("Nothing was missing.")), "{again}");
    assert_eq!(texts("olena").await.len(), before, "exactly once");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_words_are_recorded_in_a_closed_conversation_and_greeted_by_nobody() {
    let it = TestApp::start().await;
    it.clock.advance(-100 * HOUR);
    let gateway = it.connected().await;
    it.clock.advance(100 * HOUR);
    fault(&it, json!({ "kind": "webhook_drop", "page_id": LAVKA })).await;
    it.writes("li", json!({ "text": "Last week's words", "age_seconds": 3 * 86_400 })).await;
    calm(&it).await;
    it.control(Method::DELETE, "/faults", json!({})).await;
    let found = search(&it, &gateway).await;
    assert_eq!(found["found"], 1, "{found}");
    let thread = it
        .until("the words", async || {
            let thread = thread_of(&it, "li").await;
            (!thread.is_empty()).then_some(thread)
        })
        .await;
    assert_eq!(thread.iter().map(|m| m["text"].as_str().unwrap()).collect::<Vec<_>>(), ["Last week's words"]);
    let open = it.get(&it.admin, "/conversations?state=bot,queued,offered,active").await;
    assert_eq!(open["items"].as_array().unwrap().len(), 0, "{open}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_before_a_review_began_is_kept_from_its_reviewer() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let (access, reviewer) = invited(&it, &gateway).await;
    fault(&it, json!({ "kind": "webhook_drop", "page_id": LAVKA })).await;
    it.writes("li", json!({ "text": "Where is my parcel?" })).await;
    calm(&it).await;
    it.control(Method::DELETE, "/faults", json!({})).await;
    // Meta's times are of seconds: what comes next must fall into another one.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    it.writes("li", json!({ "text": access["code_word"] })).await;
    it.phone_shows("li", "This is the App Review of Lavka").await;
    calm(&it).await;

    assert_eq!(search(&it, &gateway).await["found"], 1);
    let texts = async |token: &str| -> Vec<String> {
        let mut texts = Vec::new();
        for one in it.get(token, "/conversations?limit=200").await["items"].as_array().unwrap() {
            let path = format!("/conversations/{}/messages?limit=200", one["id"].as_str().unwrap());
            for message in it.get(token, &path).await["items"].as_array().unwrap() {
                texts.push(message["text"].as_str().unwrap_or_default().to_owned());
            }
        }
        texts
    };
    it.until("the words", async || {
        texts(&it.admin).await.contains(&"Where is my parcel?".to_owned()).then_some(())
    })
    .await;
    let shown = texts(&reviewer).await;
    assert!(shown.iter().any(|text| text.starts_with("Hello! This is the App Review")), "{shown:?}");
    assert!(!shown.contains(&"Where is my parcel?".to_owned()), "{shown:?}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_while_the_server_was_down_is_there_after_the_start() {
    let mut it = TestApp::start_process().await;
    it.control(Method::POST, "/settings", json!({ "webhook_attempts": 1 })).await;
    it.connected().await;
    it.writes("olena", json!({ "text": "Hello" })).await;
    it.until("the bot's answer", async || (thread_of(&it, "olena").await.len() >= 2).then_some(())).await;
    it.kill();
    for n in 0..5 {
        it.writes("olena", json!({ "text": format!("Away {n}") })).await;
    }
    calm(&it).await;
    let ago = it.clock.now().plus(-10 * MINUTE);
    change_row(&it, "UPDATE account SET last_event_at = $1, connected_at = $1", params![ago]).await;
    it.restart().await;
    let away = it
        .until("all that was said meanwhile", async || {
            let thread = thread_of(&it, "olena").await;
            let away: Vec<_> = thread
                .iter()
                .filter_map(|m| m["text"].as_str())
                .filter(|t| t.starts_with("Away"))
                .map(str::to_owned)
                .collect();
            (away.len() >= 5).then_some(away)
        })
        .await;
    assert_eq!(away, (0..5).map(|n| format!("Away {n}")).collect::<Vec<_>>(), "each once, in order");
    it.stop().await;
}
