//! `kill -9` at the worst moments: nothing acknowledged is lost or doubled, nothing is sent twice, no run hangs.

use std::collections::HashMap;
use std::time::Duration;

use domain::id::{ConversationId, IdentityId, MessageId};
use domain::message::{Direction, Kind, Message, MessageData, Sender, SenderKind, Status};
use domain::role::Role;
use domain::time::Micros;
use reqwest::Method;
use serde_json::{Value, json};
use store::testing;

use crate::app::{LAVKA, TestApp};
use crate::channel::{Channel, Person};

/// What a thread holds, page by page.
async fn thread(it: &TestApp, id: &str) -> Vec<Value> {
    let (mut messages, mut cursor) = (Vec::new(), String::new());
    loop {
        let part = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200{cursor}")).await;
        messages.extend(part["items"].as_array().unwrap().clone());
        match part["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return messages,
        }
    }
}

async fn conversations(it: &TestApp) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let part = it.get(&it.admin, &format!("/conversations?limit=200{cursor}")).await;
        found.extend(part["items"].as_array().unwrap().clone());
        match part["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_a_burst_of_2000_webhooks() {
    let mut it = TestApp::start_process().await;
    it.connected_on_all_channels().await;
    let bursts = Channel::ALL.map(|channel| {
        let order = json!({ "page_id": channel.account(), "customers": 34, "messages_each": 20, "concurrency": 6,
            "text": "Load" });
        let burst = it.http().post(format!("{}/control/burst", it.sandbox.url())).json(&order).send();
        tokio::spawn(async move { burst.await.unwrap().json::<Value>().await.unwrap() })
    });
    for pause in [300, 500, 700] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        it.kill();
        it.restart().await;
    }
    for burst in bursts {
        let answer = burst.await.unwrap();
        assert_eq!((&answer["sent"], &answer["delivered"]), (&json!(680), &json!(680)), "{answer}");
    }

    let texts = async || {
        let mut threads: HashMap<String, Vec<String>> = HashMap::new();
        for conversation in conversations(&it).await {
            let customer = conversation["contact"]["identities"][0]["external_id"].as_str().unwrap().to_owned();
            let messages = thread(&it, conversation["id"].as_str().unwrap()).await;
            let messages =
                messages.iter().filter(|m| m["direction"] == "in").map(|m| m["text"].as_str().unwrap().to_owned());
            threads.entry(customer).or_default().extend(messages);
        }
        threads
    };
    let count = async || {
        let sql = "SELECT count(*) FROM message WHERE direction = 'in'";
        testing::number(&it.store, sql, vec![]).await.unwrap()
    };
    it.until("all 2,040 messages", async || (count().await >= 2_040).then_some(())).await;
    let threads = texts().await;
    assert_eq!(threads.len(), 102, "each customer once");
    let expected: Vec<String> = (1..=20).map(|n| format!("Load {n}")).collect();
    for (customer, messages) in &threads {
        assert_eq!(messages, &expected, "{customer}: each exactly once, in the order in which they were written");
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_the_bot_waits_for_an_answer() {
    let mut it = TestApp::start_process().await;
    it.connected().await;
    it.writes("olena", json!({ "text": "Hello" })).await;
    let menu = it
        .until("the menu", async || {
            let phone = it.phone("olena").await;
            let messages = phone["messages"].as_array()?.clone();
            messages.into_iter().find(|m| m["quick_replies"].as_array().is_some_and(|choices| !choices.is_empty()))
        })
        .await;
    it.kill();
    it.restart().await;
    let choices = menu["quick_replies"].as_array().unwrap();
    let choice = choices.iter().find(|choice| choice["title"] == "Talk to an agent").unwrap();
    it.writes("olena", json!({ "text": choice["title"], "quick_reply_payload": choice["payload"] })).await;
    it.until("the hand-over", async || {
        let list = it.get(&it.admin, "/conversations?state=queued,offered").await;
        (list["items"].as_array()?.len() == 1).then_some(())
    })
    .await;
    let ours = conversations(&it).await[0]["id"].as_str().unwrap().to_owned();
    let texts = |messages: &[Value]| -> Vec<String> {
        let theirs = messages.iter().filter(|message| message["direction"] == "out");
        theirs.filter_map(|message| message["text"].as_str().map(str::to_owned)).collect()
    };
    let mut messages = it
        .until("the phone to show what the bot said, and no more", async || {
            let of_thread: Vec<Value> = thread(&it, &ours)
                .await
                .into_iter()
                .filter(|message| message["sender"]["kind"] == "bot")
                .collect();
            let on_phone = texts(it.phone("olena").await["messages"].as_array()?);
            (texts(&of_thread) == on_phone).then_some(on_phone)
        })
        .await;
    assert!(messages.len() >= 2, "the menu, and what follows the choice: {messages:?}");
    messages.sort_unstable();
    assert!(messages.windows(2).all(|pair| pair[0] != pair[1]), "said twice: {messages:?}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_a_burst_of_answers() {
    burst_of_answers(Channel::Messenger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_a_burst_of_answers_on_instagram() {
    burst_of_answers(Channel::Instagram).await;
}

/// Here statuses take the role that echoes have elsewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_a_burst_of_answers_on_whatsapp() {
    burst_of_answers(Channel::WhatsApp).await;
}

async fn burst_of_answers(channel: Channel) {
    let mut it = TestApp::start_process().await;
    it.connected_on_all_channels().await;
    let olena = Person { name: "olena".to_owned(), channel };
    let ben = it.user("Ben", Role::Agent).await;
    it.until("Ben is known to the server", async || {
        let list = it.get(&it.admin, "/agents").await;
        list["items"].as_array()?.iter().any(|agent| agent["name"] == "Ben").then_some(())
    })
    .await;
    it.online(&ben).await;
    olena.asks_for_an_agent(&it).await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    for n in 0..30 {
        let body = json!({ "text": format!("Answer {n}"), "client_id": format!("c{n}") });
        it.post(&ben, &format!("/conversations/{id}/messages"), body).await;
    }
    it.kill();
    it.restart().await;
    let on_phone = async || {
        let messages = olena.phone(&it).await;
        let texts = messages.into_iter().filter_map(|m| m["text"].as_str().map(str::to_owned));
        texts.filter(|text| text.starts_with("Answer")).collect::<Vec<_>>()
    };
    // One request may have been on its way when the process was killed: it was sent or not, which is unknown until an
    // echo or a status arrives. It is shown as uncertain and never sent again; all others arrive.
    let (arrived, uncertain) = it
        .until("every answer to be settled", async || {
            let messages = thread(&it, &id).await;
            let mine: Vec<_> =
                messages.iter().filter(|m| m["sender"]["kind"] == "agent" && m["kind"] == "text").collect();
            assert_eq!(mine.len(), 30);
            let uncertain: Vec<_> = mine.iter().filter(|m| m["status"] == "uncertain").collect();
            let arrived = on_phone().await;
            let queued = mine.iter().any(|m| m["status"] == "queued");
            (!queued && arrived.len() + uncertain.len() == 30).then_some((arrived, uncertain.len()))
        })
        .await;
    assert!(uncertain <= 1, "one was on its way at most");
    let numbers: Vec<u32> =
        arrived.iter().map(|text| text.trim_start_matches("Answer ").parse().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "each once, in order: {numbers:?}");
    it.stop().await;
}

/// Messages that leave later: killed before the first is due, while they leave, and while what became of them is written down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_scheduled_messages_wait_and_leave() {
    const COUNT: usize = 24;
    let mut it = TestApp::start_process().await;
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    it.until("Ben is known to the server", async || {
        let list = it.get(&it.admin, "/agents").await;
        list["items"].as_array()?.iter().any(|agent| agent["name"] == "Ben").then_some(())
    })
    .await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    for n in 0..COUNT {
        // Eight at a time, a second apart.
        let at = jiff::Timestamp::now() + Duration::from_secs(4 + n as u64 / 8);
        let body =
            json!({ "text": format!("Later {n}"), "client_id": format!("l{n}"), "send_at": at.to_string() });
        it.post(&ben, &format!("/conversations/{id}/messages"), body).await;
    }
    let scheduled = async |it: &TestApp| {
        let messages = thread(it, &id).await;
        let mine =
            messages.into_iter().filter(|m| m["text"].as_str().is_some_and(|text| text.starts_with("Later")));
        mine.collect::<Vec<_>>()
    };
    let on_phone = async |it: &TestApp| {
        let phone = it.phone("olena").await;
        let texts = phone["messages"].as_array().unwrap().iter().filter_map(|m| m["text"].as_str());
        texts.filter(|text| text.starts_with("Later")).map(str::to_owned).collect::<Vec<_>>()
    };
    it.kill();
    it.restart().await;
    assert_eq!(scheduled(&it).await.len(), COUNT, "all of them were stored");
    for seen in [1, COUNT / 2] {
        it.until("some to arrive", async || (on_phone(&it).await.len() >= seen).then_some(())).await;
        it.kill();
        it.restart().await;
    }
    let (arrived, uncertain) = it
        .until("every message to be settled", async || {
            let mine = scheduled(&it).await;
            assert_eq!(mine.len(), COUNT);
            let uncertain = mine.iter().filter(|m| m["status"] == "uncertain").count();
            let arrived = on_phone(&it).await;
            let waiting = mine.iter().any(|m| m["status"] == "queued");
            (!waiting && arrived.len() + uncertain >= COUNT).then_some((arrived, uncertain))
        })
        .await;
    assert!(uncertain <= 2, "one for each time that it was killed while they left: {uncertain}");
    let mut once = arrived.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), arrived.len(), "each at most once: {arrived:?}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_a_person_is_erased() {
    let mut it = TestApp::start_process().await;
    it.connected().await;
    it.writes("olena", json!({ "text": "Xylophone 0" })).await;
    let it_is = it.until("the conversation", async || conversations(&it).await.first().cloned()).await;
    let contact = it_is["contact"]["id"].as_str().unwrap().to_owned();
    let conversation: i64 = it_is["id"].as_str().unwrap().parse().unwrap();
    // Someone who wrote a lot: the eraser needs many steps.
    let mut batch = store::Batch::new();
    for n in 1..=5_000_i64 {
        let wrote = Message {
            id: MessageId(n),
            conversation: ConversationId(conversation),
            identity: IdentityId(1),
            kind: Kind::Text,
            direction: Direction::In,
            sender: Sender { kind: SenderKind::Contact, name: String::new(), user: None },
            text: Some(format!("Xylophone {n}")),
            data: MessageData::default(),
            status: Status::Received,
            error: None,
            at: Micros(n),
            client_id: None,
        };
        testing::message(&mut batch, &wrote);
    }
    it.store.commit(batch).await.unwrap();
    let count = async |it: &TestApp| {
        let sql = "SELECT count(*) FROM message WHERE conversation_id = $1";
        testing::number(&it.store, sql, testing::params![conversation]).await.unwrap()
    };
    let (status, _) = it.call(&it.admin, Method::DELETE, &format!("/contacts/{contact}"), None).await;
    assert_eq!(status, reqwest::StatusCode::ACCEPTED);
    it.until("the first of them to go", async || (count(&it).await < 5_000).then_some(())).await;
    it.kill();
    let state = "SELECT state FROM erasure";
    let left = testing::query(&it.store, state, vec![]).await.unwrap()[0].text(0);
    assert_ne!(left, "done", "it was killed in the middle");
    it.restart().await;
    it.until("the end of the erasure", async || {
        (testing::query(&it.store, state, vec![]).await.unwrap().first()?.text(0) == "done").then_some(())
    })
    .await;
    assert_eq!((count(&it).await, conversations(&it).await.len()), (0, 0));
    let traces = it.get(&it.admin, "/deliveries?q=Xylophone").await;
    assert_eq!(traces["items"], json!([]), "nor is anything in what Meta delivered");
    let (status, _) = it.call(&it.admin, Method::GET, &format!("/contacts/{contact}"), None).await;
    assert_eq!(status, reqwest::StatusCode::NOT_FOUND);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_holds_no_message_text_and_no_secret_at_debug() {
    let it = TestApp::start_process().await;
    it.connected().await;
    it.writes("olena", json!({ "text": "Xylophone from the customer" })).await;
    it.until("the bot's answer", async || {
        let phone = it.phone("olena").await;
        phone["messages"].as_array()?.iter().any(|m| m["direction"] == "out").then_some(())
    })
    .await;
    // A refusal of Meta's and an unreadable body are what a log tempts one to quote.
    let fault = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/messages"), "method": "POST", "times": 1,
        "status": 400, "code": 100, "message": "Xylophone from Meta" });
    it.control(Method::POST, "/faults", fault).await;
    it.writes("olena", json!({ "text": "Xylophone again" })).await;
    it.until("the refusal in the log", async || {
        let log = std::fs::read_to_string(it.config.data_dir.join("server.log")).unwrap();
        log.contains("Meta did not take a message").then_some(())
    })
    .await;
    let log = std::fs::read_to_string(it.config.data_dir.join("server.log")).unwrap();
    assert!(log.contains("DEBUG"), "it is the debug log");
    for secret in ["Xylophone", crate::app::APP_SECRET, "EAA", &it.admin] {
        assert!(!log.contains(secret), "the log holds \"{secret}\"");
    }
    it.stop().await;
}
