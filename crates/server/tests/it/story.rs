//! The story that must always work (product.md §1), as other programs would live it, on both engines.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{Engine, LAVKA, TestApp};
use domain::role::Role;
use domain::time::SECOND;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_on_sqlite() {
    story(TestApp::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_on_postgres() {
    if let Some(app) = TestApp::start_on(Engine::Postgres).await {
        story(app).await;
    }
}

async fn story(it: TestApp) {
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;

    it.asks_for_an_agent("olena").await;
    let offer = it.offered(&ben).await;
    assert_eq!(offer["queue"]["name"], "General");
    let id = offer["id"].as_str().unwrap();
    let named = it
        .until("the customer's name and picture", async || {
            let it = it.get(&ben, &format!("/conversations/{id}")).await;
            it["contact"]["picture_url"].is_string().then_some(it)
        })
        .await;
    assert_eq!(named["contact"]["name"], "Olena Kovalenko");

    let accepted = it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    assert_eq!(accepted["state"], "active");
    assert_eq!(accepted["agent"]["name"], "Ben");
    it.phone_shows("olena", "Ben has joined").await;

    let sent = json!({ "text": "Let me look 👀", "client_id": "one" });
    let first = it.post(&ben, &format!("/conversations/{id}/messages"), sent.clone()).await;
    let again = it.post(&ben, &format!("/conversations/{id}/messages"), sent).await;
    assert_eq!(first["id"], again["id"], "the same client_id answers the same message");
    it.phone_shows("olena", "Let me look 👀").await;
    it.until("the delivered mark", async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        let message = thread["items"].as_array()?.iter().find(|m| m["id"] == first["id"])?.clone();
        (message["status"] == "delivered" || message["status"] == "read").then_some(())
    })
    .await;

    it.writes("olena", json!({ "text": "Дякую!" })).await;
    it.until("the customer's words", async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        thread["items"].as_array()?.iter().any(|m| m["text"] == "Дякую!").then_some(())
    })
    .await;

    let closed = it.post(&ben, &format!("/conversations/{id}/close"), json!({ "reason": "answered" })).await;
    assert_eq!(closed["state"], "closed");
    it.phone_shows("olena", "Thank you for writing to us").await;
    let history = it.get(&ben, "/conversations?state=closed&q=дякую").await;
    assert_eq!(history["items"][0]["id"], id, "{history}");

    // A customer who writes after a close starts over.
    it.writes("olena", json!({ "text": "One more thing" })).await;
    it.until("a new conversation", async || {
        let list = it.get(&it.admin, "/conversations?state=bot").await;
        list["items"].as_array()?.iter().any(|other| other["id"] != id).then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_agents_who_accept_at_once_one_gets_it() {
    let it = TestApp::start().await;
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    let carla = it.user("Carla", Role::Agent).await;
    it.online(&ben).await;
    it.online(&carla).await;
    it.asks_for_an_agent("olena").await;
    let (mine, other) = {
        let offer = it
            .until("an offer", async || {
                let list = it.get(&it.admin, "/conversations?state=offered").await;
                list["items"].as_array()?.first().cloned()
            })
            .await;
        let ben_id = it.get(&ben, "/me").await["user"]["id"].clone();
        let id = offer["id"].as_str().unwrap().to_owned();
        if offer["offer"]["agent_id"] == ben_id {
            ((&ben, id.clone()), (&carla, id))
        } else {
            ((&carla, id.clone()), (&ben, id))
        }
    };
    let path = format!("/conversations/{}/accept", mine.1);
    let accept = |token| it.call(token, Method::POST, &path, Some(json!({})));
    let (first, foreign, second) =
        futures_util::future::join3(accept(mine.0), accept(other.0), accept(mine.0)).await;
    let mut own = [first.0, second.0];
    own.sort();
    assert_eq!(own, [StatusCode::OK, StatusCode::CONFLICT], "{first:?} {second:?}");
    assert_eq!(foreign.0, StatusCode::CONFLICT, "{foreign:?}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_offer_goes_to_the_next_agent_and_nobody_online_is_said() {
    let it = TestApp::start().await;
    it.connected().await;
    it.asks_for_an_agent("olena").await;
    it.until("the text for when no one is online", async || {
        let phone = it.phone("olena").await;
        let texts: Vec<String> = phone["messages"]
            .as_array()?
            .iter()
            .filter(|m| m["direction"] == "out")
            .filter_map(|m| m["text"].as_str().map(str::to_lowercase))
            .collect();
        texts.iter().any(|text| text.contains("online")).then_some(())
    })
    .await;
    let ben = it.user("Ben", Role::Agent).await;
    let carla = it.user("Carla", Role::Agent).await;
    it.online(&ben).await;
    let offer = it.offered(&ben).await;
    it.online(&carla).await;
    let id = offer["id"].as_str().unwrap();
    it.post(&ben, &format!("/conversations/{id}/decline"), json!({})).await;
    let next = it.offered(&carla).await;
    assert_eq!(next["id"], offer["id"]);

    // Transfer with a note, and words into a conversation of someone else.
    it.post(&carla, &format!("/conversations/{id}/accept"), json!({})).await;
    let (status, body) =
        it.call(&ben, Method::POST, &format!("/conversations/{id}/messages"), Some(json!({ "text": "Hi" }))).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    let ben_id = it.get(&ben, "/me").await["user"]["id"].clone();
    let given = json!({ "agent_id": ben_id, "note": "Wants a refund" });
    let handed = it.post(&carla, &format!("/conversations/{id}/transfer"), given).await;
    assert_eq!((&handed["state"], &handed["offer"]["from"]["name"]), (&json!("offered"), &json!("Carla")));
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
    let kinds: Vec<_> = thread["items"].as_array().unwrap().iter().map(|m| m["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"note") && kinds.contains(&"event"), "{kinds:?}");
    let phone = it.phone("olena").await.to_string();
    assert!(!phone.contains("refund"), "a note never reaches the customer");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_101st_of_130_pages_connects_and_works() {
    let it = TestApp::start().await;
    let gateway = it.gateway().await;
    let id = gateway["id"].as_str().unwrap();
    it.connect(id, crate::app::ANNA).await;
    let outcome = it.connect(id, crate::app::MAX).await;
    assert_eq!(outcome["state"], "done", "{outcome}");
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let list = it.get(&it.admin, &format!("/gateways/{id}/pages?limit=50{cursor}")).await;
        pages.extend(list["items"].as_array().unwrap().clone());
        match list["next"].as_str() {
            Some(next) => cursor = format!("&cursor={}", channels::meta::oauth::percent_encoded(next)),
            None => break,
        }
    }
    assert!(pages.iter().any(|page| page["id"] == LAVKA), "adding pages never drops another's");
    let of_max: Vec<_> = pages.iter().filter(|page| page["id"].as_str().unwrap().starts_with("1066")).collect();
    assert_eq!(of_max.len(), 130);
    let page = of_max[100]["id"].as_str().unwrap();
    let path = format!("/gateways/{id}/pages/{page}");
    let (status, body) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "subscribed": true }))).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    it.control(Method::POST, &format!("/pages/{page}/customers/ahmed/messages"), json!({ "text": "مرحبا" })).await;
    it.until("the conversation of the 101st page", async || {
        let list = it.get(&it.admin, "/conversations").await;
        list["items"].as_array()?.iter().any(|it| it["page"]["id"] == page).then_some(())
    })
    .await;
    let unusable = pages.iter().find(|page| page["usable"] == false).expect("the museum cannot be used");
    assert!(unusable["problem"].as_str().is_some_and(|why| !why.is_empty()));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_offer_of_a_lost_browser_moves_on_and_who_comes_back_goes_on() {
    let it = TestApp::start().await;
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    let carla = it.user("Carla", Role::Agent).await;
    let open_stream = async || {
        let response = it.http().get(format!("{}/api/v1/events", it.url)).bearer_auth(&ben).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response
    };
    let stream = open_stream().await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let offer = it.offered(&ben).await;
    it.online(&carla).await;
    drop(stream);
    let moved = it.offered(&carla).await;
    assert_eq!(moved["id"], offer["id"], "the offer moves on");
    let me = it.get(&ben, "/me").await;
    assert_eq!((&me["status"]["status"], &me["status"]["reason"]), (&json!("offline"), &json!("lost")));
    let stream = open_stream().await;
    it.until("Ben to be back", async || (it.get(&ben, "/me").await["status"]["status"] == "online").then_some(()))
        .await;
    drop(stream);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_whose_agent_is_lost_is_told_once_that_they_wait_again() {
    let it = TestApp::start().await;
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    let stream = it.http().get(format!("{}/api/v1/events", it.url)).bearer_auth(&ben).send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    it.phone_shows("olena", "Ben has joined").await;
    drop(stream);
    it.clock.advance(70 * SECOND);
    it.until("Ben to be lost", async || {
        (it.get(&it.admin, "/agents").await["items"]
            .as_array()?
            .iter()
            .any(|agent| agent["name"] == "Ben" && agent["status"] == "offline"))
        .then_some(())
    })
    .await;
    it.clock.advance(125 * SECOND);
    it.phone_shows("olena", "we lost the connection to your agent").await;
    it.writes("olena", json!({ "text": "Hello?" })).await;
    it.until("the customer's words", async || {
        let thread = it.get(&it.admin, &format!("/conversations/{id}/messages?limit=200")).await;
        thread["items"].as_array()?.iter().any(|m| m["text"] == "Hello?").then_some(())
    })
    .await;
    let phone = it.phone("olena").await;
    let texts = phone["messages"].as_array().unwrap().iter().filter_map(|m| m["text"].as_str());
    assert_eq!(texts.filter(|text| text.contains("we lost the connection")).count(), 1);
    let shown = it.get(&it.admin, &format!("/conversations/{id}")).await;
    assert_eq!((&shown["state"], &shown["agent"]), (&json!("queued"), &json!(null)));
    it.stop().await;
}
