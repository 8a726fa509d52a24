//! What becomes of messages: states, echoes, uncertainty, withdrawal, the window, secrets.

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{APP_SECRET, LAVKA, TestApp};
use crate::fixture::{active, becomes, message};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_never_came_is_uncertain_until_its_echo() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    // Meta takes the message, but its answer is a broken one, and the echo does not come until the test sends it.
    let lost = json!({ "kind": "webhook_drop", "page_id": LAVKA, "times": 1 });
    it.control(Method::POST, "/faults", lost).await;
    let fault = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/messages"), "method": "POST", "times": 1,
        "status": 502, "body": "<html>bad gateway</html>", "when": "after" });
    it.control(Method::POST, "/faults", fault).await;
    let sent = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Once only" })).await;
    becomes(&it, &ben, &id, &sent["id"], &["uncertain"]).await;
    let shown = it.phone_shows("olena", "Once only").await;
    let echo = json!({ "mid": shown["mid"], "is_echo": true, "app_id": shown["app_id"], "text": shown["text"],
        "metadata": shown["metadata"] });
    let item = json!({ "sender": { "id": LAVKA }, "recipient": { "id": "$psid" }, "timestamp": shown["timestamp"],
        "message": echo });
    let event = json!({ "field": "message_echoes", "item": item });
    it.control(Method::POST, &format!("/pages/{LAVKA}/customers/olena/event"), event).await;
    becomes(&it, &ben, &id, &sent["id"], &["sent", "delivered", "read"]).await;
    let phone = it.phone("olena").await;
    let copies = phone["messages"].as_array().unwrap().iter().filter(|m| m["text"] == "Once only").count();
    assert_eq!(copies, 1, "nothing is sent twice");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passing_error_is_retried_and_a_refusal_is_a_sentence_with_a_second_try() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let path = format!("/{LAVKA}/messages");
    let passing = json!({ "kind": "graph_error", "path": path, "method": "POST", "times": 1, "status": 500, "code": 2, "is_transient": true });
    it.control(Method::POST, "/faults", passing).await;
    let first = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "First" })).await;
    let second = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Second" })).await;
    becomes(&it, &ben, &id, &second["id"], &["sent", "delivered", "read"]).await;
    becomes(&it, &ben, &id, &first["id"], &["sent", "delivered", "read"]).await;
    let phone = it.phone("olena").await;
    let texts: Vec<_> = phone["messages"].as_array().unwrap().iter().filter_map(|m| m["text"].as_str()).collect();
    let place = |words: &str| texts.iter().position(|text| *text == words).unwrap();
    assert!(place("First") < place("Second"), "order is kept over a retry");

    let refusal = json!({ "kind": "graph_error", "path": path, "method": "POST", "times": 1, "status": 400, "code": 551, "subcode": 1545041 });
    it.control(Method::POST, "/faults", refusal).await;
    let third = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Third" })).await;
    let failed = becomes(&it, &ben, &id, &third["id"], &["failed"]).await;
    assert_eq!(failed["error"]["code"], 551);
    assert!(failed["error"]["reason"].as_str().unwrap().len() > 10, "{failed}");
    let third = third["id"].as_str().unwrap();
    it.post(&ben, &format!("/conversations/{id}/messages/{third}/retry"), json!({})).await;
    becomes(&it, &ben, &id, &json!(third), &["sent", "delivered", "read"]).await;
    let again =
        it.call(&ben, Method::POST, &format!("/conversations/{id}/messages/{third}/retry"), Some(json!({}))).await;
    assert_eq!(again.0, StatusCode::CONFLICT);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_who_answer_for_the_page_are_shown_as_theirs() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let path = format!("/pages/{LAVKA}/customers/olena/page-inbox");
    it.control(Method::POST, &path, json!({ "text": "From the Page's own inbox" })).await;
    let shown = it
        .until("the foreign answer", async || {
            let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
            thread["items"].as_array()?.iter().find(|m| m["text"] == "From the Page's own inbox").cloned()
        })
        .await;
    assert_eq!(shown["sender"]["kind"], "page");
    assert_eq!(shown["direction"], "out");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reactions_edits_and_reads_change_the_message_they_speak_of() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let sent = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "See you" })).await;
    let on_phone = it.phone_shows("olena", "See you").await;
    let base = format!("/pages/{LAVKA}/customers/olena");
    it.control(Method::POST, &format!("{base}/reaction"), json!({ "mid": on_phone["mid"], "emoji": "❤" })).await;
    it.control(Method::POST, &format!("{base}/read"), json!({})).await;
    let read = becomes(&it, &ben, &id, &sent["id"], &["read"]).await;
    assert!(read["read_at"].is_string());
    it.until("the reaction", async || {
        (message(&it, &ben, &id, &sent["id"]).await["reactions"][0]["emoji"] == "❤").then_some(())
    })
    .await;
    let wrote = it.writes("olena", json!({ "text": "Thursday" })).await;
    it.control(Method::POST, &format!("{base}/edit"), json!({ "mid": wrote["mid"], "text": "Friday" })).await;
    it.until("the edit", async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        let found =
            thread["items"].as_array()?.iter().any(|m| m["text"] == "Friday" && m["edited_at"].is_string());
        found.then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_can_be_withdrawn_and_a_dead_token_holds_without_burning() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    it.control(Method::POST, "/tokens/expire", json!({})).await;
    let held = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Held" })).await;
    let waiting = it
        .until("the reason", async || {
            let message = message(&it, &ben, &id, &held["id"]).await;
            message["error"]["reason"].is_string().then_some(message)
        })
        .await;
    assert_eq!(waiting["status"], "queued", "{waiting}");
    let second = it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Not this" })).await;
    let path = format!("/conversations/{id}/messages/{}/cancel", second["id"].as_str().unwrap());
    assert_eq!(it.post(&ben, &path, json!({})).await["status"], "cancelled");

    let gateway = it.get(&it.admin, "/gateways").await["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(it.connect(&gateway, crate::app::ANNA).await["state"], "done");
    becomes(&it, &ben, &id, &held["id"], &["sent", "delivered", "read"]).await;
    let phone = it.phone("olena").await.to_string();
    assert!(!phone.contains("Not this"), "what was withdrawn never leaves");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_words_are_refused_and_a_closed_window_says_why() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let path = format!("/conversations/{id}/messages");
    let (status, body) = it.call(&ben, Method::POST, &path, Some(json!({ "text": "x".repeat(20_001) }))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["errors"][0]["pointer"], "/text");
    let (status, _) = it.call(&ben, Method::POST, &path, Some(json!({ "text": "x", "colour": 1 }))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, _) = it.call(&ben, Method::POST, &path, Some(json!({ "text": "  " }))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

    // The customer's last word is two days old.
    let it_is = it.get(&ben, &format!("/conversations/{id}")).await;
    assert_eq!(it_is["window"]["open"], true);
    it.clock.advance(2 * domain::time::DAY);
    let (status, body) = it.call(&ben, Method::POST, &path, Some(json!({ "text": "Too late" }))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    assert!(body["detail"].as_str().unwrap().contains("24"), "{body}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_holds_no_secret_and_no_token_in_clear() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "Bye" })).await;
    it.phone_shows("olena", "Bye").await;
    let file = it.config.data_dir.join("deskbell.db");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.extend(std::fs::read(file.with_extension("db-wal")).unwrap_or_default());
    let holds = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(holds("Bye"), "the search finds what is there");
    assert!(!holds(APP_SECRET) && !holds("EAA") && !holds(&ben), "no App Secret, Meta token or API token");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_reply_costs_at_most_three_reads_and_one_commit() {
    let mut it = TestApp::start().await;
    let (ben, conversation, _) = active(&it).await;
    it.stop_workers().await;
    let path = format!("/conversations/{conversation}/messages");
    let before = it.store.flights();
    let sent = it.post(&ben, &path, json!({ "text": "Hi", "client_id": "one" })).await;
    let after = it.store.flights();
    let (reads, commits) = (after.0 - before.0, after.1 - before.1);
    assert!(reads <= 3 && commits == 1, "{reads} reads and {commits} commits");

    let again = it.post(&ben, &path, json!({ "text": "Hi", "client_id": "one" })).await;
    assert_eq!(again["id"], sent["id"], "the same key is the same message");
    it.stop().await;
}

/// The texts that the bot has sent to Olena.
async fn texts_of_the_bot(it: &TestApp, id: &str) -> usize {
    let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
    thread["items"].as_array().unwrap().iter().filter(|m| m["sender"]["kind"] == "bot").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bot_keeps_quiet_after_a_person_answers_in_the_page_inbox() {
    let it = TestApp::start().await;
    it.connected().await;
    it.writes("olena", json!({ "text": "Hello" })).await;
    it.phone_shows("olena", "How can we help you?").await;
    let list = it.get(&it.admin, "/conversations").await;
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    let inbox = format!("/pages/{LAVKA}/customers/olena/page-inbox");
    let mut number = 0;
    let mut writes = async |text: &str| {
        number += 1;
        let text = format!("{text} ({number})");
        // Stamped by our clock, which this test moves.
        let message = json!({ "sender": { "id": "$psid" }, "recipient": { "id": LAVKA },
            "timestamp": it.clock.now().0 / 1_000, "message": { "mid": format!("m_quiet_{number}"), "text": text } });
        let event = json!({ "field": "messages", "carrier": "messaging", "item": message });
        it.control(Method::POST, &format!("/pages/{LAVKA}/customers/olena/event"), event).await;
        it.until("the customer's words", async || {
            let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
            thread["items"].as_array()?.iter().any(|m| m["text"] == text.as_str()).then_some(())
        })
        .await;
        texts_of_the_bot(&it, &id).await
    };
    let answers = async |text: &str| {
        it.control(Method::POST, &inbox, json!({ "text": text })).await;
        it.until("the pause", async || {
            let shown = it.get(&it.admin, &format!("/conversations/{id}")).await;
            shown["bot_paused_until"].is_string().then_some(shown)
        })
        .await
    };
    assert_eq!(answers("Anna here").await["state"], "bot");
    assert_eq!(writes("Thanks, Anna").await, 2, "greeting and menu from before, and nothing since");
    assert_eq!(writes("The bot, please").await, 4, "the customer asks for it");
    answers("Anna again").await;
    assert_eq!(writes("Thank you").await, 4);
    it.clock.advance(31 * domain::time::MINUTE);
    assert_eq!(writes("Is anyone there?").await, 6, "the time is over: it begins again");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_an_agent_while_the_bot_keeps_quiet_waits_for_one_and_gets_no_menu() {
    let it = TestApp::start().await;
    it.connected().await;
    it.writes("olena", json!({ "text": "Hello" })).await;
    it.phone_shows("olena", "How can we help you?").await;
    let inbox = format!("/pages/{LAVKA}/customers/olena/page-inbox");
    it.control(Method::POST, &inbox, json!({ "text": "Anna here" })).await;
    let conversation = async || it.get(&it.admin, "/conversations").await["items"][0].clone();
    it.until("the pause", async || conversation().await["bot_paused_until"].is_string().then_some(())).await;
    it.writes("olena", json!({ "text": "Can I speak with a human about my order please" })).await;
    it.until("the queue", async || (conversation().await["state"] == "queued").then_some(())).await;
    let id = conversation().await["id"].as_str().unwrap().to_owned();
    assert_eq!(texts_of_the_bot(&it, &id).await, 3, "greeting, menu, and that no agent is here");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn automatic_texts_outside_the_window_are_one_quiet_line() {
    let it = TestApp::start().await;
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    let ask = json!({ "schema": 1, "start": "queue", "nodes": { "queue": { "type": "join_queue",
        "waiting_text": "One moment", "nobody_text": "One moment" } } });
    publish(&it, ask).await;
    it.online(&ben).await;
    it.writes("olena", json!({ "text": "Hello", "age_seconds": 25 * 3_600 })).await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
    let items = thread["items"].as_array().unwrap();
    let left_out = items.iter().filter(|m| m["event"]["code"] == "texts_left_out").count();
    assert_eq!(left_out, 1, "{thread}");
    assert!(items.iter().all(|m| m["direction"] != "out"), "{thread}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_who_cannot_get_the_bots_question_waits_for_an_agent() {
    let it = TestApp::start().await;
    it.connected().await;
    // The usual flow, whose greeting ends with a menu.
    it.writes("olena", json!({ "text": "I want to talk to someone", "age_seconds": 25 * 3_600 })).await;
    it.until("the queue", async || {
        let list = it.get(&it.admin, "/conversations").await;
        (list["items"][0]["state"] == "queued").then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_automatic_text_that_is_too_late_is_withdrawn_and_no_failure() {
    let it = TestApp::start().await;
    it.connected().await;
    let fault = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/messages"), "method": "POST", "status": 400,
        "code": 10, "subcode": 2_018_278, "times": 9 });
    it.control(Method::POST, "/faults", fault).await;
    it.writes("olena", json!({ "text": "Hello" })).await;
    let thread = it
        .until("the greeting to be withdrawn", async || {
            let list = it.get(&it.admin, "/conversations").await;
            let id = list["items"][0]["id"].as_str()?.to_owned();
            let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
            let items = thread["items"].as_array()?;
            let bots = items.iter().filter(|m| m["sender"]["kind"] == "bot").collect::<Vec<_>>();
            (bots.len() == 2 && bots.iter().all(|m| m["status"] == "cancelled")).then_some(thread.clone())
        })
        .await;
    let events = thread["items"].as_array().unwrap().iter().filter(|m| m["event"]["code"] == "texts_left_out");
    assert_eq!(events.count(), 1, "{thread}");
    it.stop().await;
}

/// Makes this flow the one that greets.
async fn publish(it: &TestApp, body: serde_json::Value) {
    let list = it.get(&it.admin, "/flows").await;
    let path = format!("/flows/{}", list["items"][0]["id"].as_str().unwrap());
    let (status, saved) = it.call(&it.admin, Method::PUT, &path, Some(json!({ "draft": body }))).await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    it.post(&it.admin, &format!("{path}/publish"), json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_customer_sends_is_an_answer_and_no_question_is_asked_for_ever() {
    let it = TestApp::start().await;
    it.connected().await;
    let flow = json!({ "schema": 1, "start": "where", "nodes": {
        "where": { "type": "ask", "text": "Where?", "variable": "place", "next": "said" },
        "said": { "type": "send", "text": "You said {{ place }}", "next": "phone" },
        "phone": { "type": "ask", "text": "Your number?", "variable": "phone", "validate": { "kind": "phone" }, "retries": 1,
            "next": "thanks" },
        "thanks": { "type": "close", "text": "We call {{ phone }}" },
    } });
    publish(&it, flow).await;
    it.writes("olena", json!({ "text": "Hello" })).await;
    it.phone_shows("olena", "Where?").await;
    it.writes("olena", json!({ "attachment": { "type": "location", "lat": 50.45, "long": 30.523 } })).await;
    it.phone_shows("olena", "You said 50.45, 30.523").await;
    it.phone_shows("olena", "Your number?").await;
    it.writes("olena", json!({ "like": true })).await;
    it.phone_shows("olena", "Please send a phone number").await;
    it.writes("olena", json!({ "text": "٠٥٠١٢٣٤٥٦٧" })).await;
    it.phone_shows("olena", "We call 0501234567").await;

    it.writes("ahmed", json!({ "text": "Hello" })).await;
    it.phone_shows("ahmed", "Where?").await;
    it.writes("ahmed", json!({ "text": "Here" })).await;
    it.phone_shows("ahmed", "Your number?").await;
    it.writes("ahmed", json!({ "text": "no" })).await;
    it.phone_shows("ahmed", "Please send a phone number").await;
    it.writes("ahmed", json!({ "text": "never" })).await;
    it.phone_shows("ahmed", "An agent will answer you here").await;
    let waiting = it.get(&it.admin, "/conversations?state=queued").await;
    assert_eq!(waiting["items"].as_array().map(Vec::len), Some(1), "{waiting}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customers_messages_carry_the_name_that_they_have_now() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let path = format!("/conversations/{id}/messages");
    let theirs = async || {
        let items = it.get(&ben, &path).await["items"].clone();
        items.as_array().unwrap().iter().find(|one| one["sender"]["kind"] == "contact").unwrap().clone()
    };
    it.until("her name", async || (theirs().await["sender"]["name"] == "Olena Kovalenko").then_some(())).await;
    let conversation = it.get(&ben, &format!("/conversations/{id}")).await;
    let contact = format!("/contacts/{}", conversation["contact"]["id"].as_str().unwrap());
    it.call(&ben, Method::PATCH, &contact, Some(json!({ "name": "Olena K." }))).await;
    assert_eq!(theirs().await["sender"]["name"], "Olena K.");
    it.writes("olena", json!({ "text": "It is me" })).await;
    it.until("the newest message's sender", async || {
        let last = it.get(&ben, &format!("/conversations/{id}")).await["last_message"].clone();
        (last["text"] == "It is me").then(|| assert_eq!(last["sender"]["name"], "Olena K."))
    })
    .await;
}
