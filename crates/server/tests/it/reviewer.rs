//! Meta's reviewer: every route tried, and what they must never see; how a review begins, who is offered it, and how the
//! access ends.

use std::time::Duration;

use domain::id::UserId;
use domain::role::Role;
use engine::clock::IdMaker;
use engine::secrets;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::Batch;
use store::table::token as api_token;

use crate::app::{Engine, LAVKA, TestApp};
use crate::fixture::active;
use crate::media::listen;
use crate::roles::routes;

/// What a reviewer may enter; there it is looked at whose it is.
const REVIEW: &[&str] = &[
    "DELETE /session",
    "GET /me",
    "PUT /me/status",
    "POST /me/presence",
    "GET /pause-causes",
    "GET /pause-causes/{id}",
    "GET /close-reasons",
    "GET /close-reasons/{id}",
    "GET /forms",
    "GET /forms/{id}",
    "PUT /conversations/{id}/form",
    "GET /quick-replies",
    "GET /quick-replies/{id}",
    "GET /channels",
    "GET /accounts/seen",
    "GET /search",
    "GET /conversations",
    "GET /conversations/{id}",
    "GET /conversations/{id}/closing-text",
    "GET /conversations/{id}/messages",
    "POST /conversations/{id}/messages",
    "POST /conversations/{id}/messages/{message_id}/retry",
    "POST /conversations/{id}/messages/{message_id}/cancel",
    "PATCH /conversations/{id}/messages/{message_id}",
    "POST /conversations/{id}/messages/{message_id}/reactions",
    "POST /conversations/{id}/accept",
    "POST /conversations/{id}/decline",
    "POST /conversations/{id}/close",
    "POST /conversations/{id}/offer-shown",
    "POST /conversations/{id}/reopen",
    "POST /conversations/{id}/take",
    "POST /conversations/{id}/notes",
    "POST /conversations/{id}/read",
    "POST /conversations/{id}/typing",
    "POST /media",
    "GET /media/{id}",
    "GET /events",
    "POST /gateways/{id}/connect",
    "GET /gateways/{id}/connect/{attempt_id}",
    "GET /gateways/{id}/accounts",
    "PATCH /gateways/{id}/accounts/{account_id}",
    "DELETE /gateways/{id}/accounts/{account_id}",
    "GET /gateways/{id}/pages",
    "PATCH /gateways/{id}/pages/{page_id}",
    "DELETE /gateways/{id}/pages/{page_id}",
    "GET /gateways/{id}/pages/{page_id}/picture",
];
const PUBLIC: &[&str] = &["GET /setup", "POST /setup", "POST /session"];

/// Gives access to a gateway: what administrators are shown, and a token of the reviewer's.
pub async fn invited(it: &TestApp, gateway: &str) -> (Value, String) {
    let access = it.post(&it.admin, &format!("/gateways/{gateway}/review/access"), json!({})).await;
    let user = user_of(it, &access).await;
    let token = format!("dbk_{}", secrets::token());
    let mut batch = Batch::new();
    let id = IdMaker::new(it.clock.clone(), 1_001).next();
    api_token::insert(&mut batch, id, UserId(user), "test", &secrets::hash(&token), None, it.clock.now());
    it.store.commit(batch).await.unwrap();
    (access, token)
}

async fn user_of(it: &TestApp, access: &Value) -> i64 {
    let users = it.get(&it.admin, "/users?limit=200").await;
    let found = users["items"].as_array().unwrap().iter().find(|user| user["email"] == access["email"]).unwrap();
    assert_eq!(found["role"], "guest");
    found["id"].as_str().unwrap().parse().unwrap()
}

/// Signs in as Meta's reviewer does; returns the status and the cookie.
async fn sign_in(it: &TestApp, access: &Value) -> (StatusCode, String) {
    let request = it.http().post(format!("{}/api/v1/session", it.url)).header("origin", &it.url);
    let body = json!({ "email": access["email"], "password": access["password"] });
    let response = request.json(&body).send().await.unwrap();
    let cookie =
        response.headers().get("set-cookie").map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
    (response.status(), cookie.split(';').next().unwrap_or_default().to_owned())
}

async fn seen(it: &TestApp, token: &str) -> Vec<Value> {
    it.get(token, "/conversations?limit=200").await["items"].as_array().unwrap().clone()
}

/// Waits until the reviewer sees a conversation.
pub async fn review(it: &TestApp, token: &str) -> Value {
    it.until("a conversation of the review", async || seen(it, token).await.first().cloned()).await
}

/// Waits until everything that customers did is applied: what has not begun by then does not begin.
pub async fn settled(it: &TestApp) {
    it.until("every delivery", async || {
        let list = it.get(&it.admin, "/deliveries?state=pending").await;
        list["items"].as_array().is_some_and(Vec::is_empty).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_that_is_not_for_the_reviewer_is_closed() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let (_, token) = invited(&it, &gateway).await;
    let document: Value =
        it.http().get(format!("{}/api/v1/openapi.json", it.url)).send().await.unwrap().json().await.unwrap();
    let routes = routes(&document);
    for (method, path) in &routes {
        let name = format!("{method} {path}");
        if PUBLIC.contains(&name.as_str()) || name == "GET /events" || name == "DELETE /session" {
            continue;
        }
        let body = (*method != Method::GET).then(|| json!({ "no such field": 1 }));
        // With ids that are there, and with such as are not.
        for id in ["1", gateway.as_str()] {
            let path = path.replace("{page_id}", LAVKA).replace("{message_id}", "1").replace("{attempt_id}", "1");
            let (status, answer) = it.call(&token, method.clone(), &path.replace("{id}", id), body.clone()).await;
            if REVIEW.contains(&name.as_str()) {
                assert_ne!(status, StatusCode::FORBIDDEN, "{name}: {answer}");
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{name}: {answer}");
                assert!(!answer.to_string().contains(LAVKA), "{name}: {answer}");
            } else {
                assert_eq!(status, StatusCode::FORBIDDEN, "{name}: {answer}");
            }
        }
    }
    for name in REVIEW.iter().chain(PUBLIC) {
        assert!(routes.iter().any(|(method, path)| format!("{method} {path}") == *name), "{name} is gone");
    }
    let me = it.get(&token, "/me").await;
    assert_eq!(me["permissions"], json!(["connect", "attend"]));
    assert_eq!(me["guest"]["gateway_id"], json!(gateway));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_colleagues_and_their_files_do_not_exist_for_the_reviewer() {
    hidden_on(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_colleagues_and_their_files_do_not_exist_for_the_reviewer_on_postgres() {
    hidden_on(Engine::Postgres).await;
}

async fn hidden_on(engine: Engine) {
    let Some(it) = TestApp::start_on(engine).await else { return };
    let (ben, customers, gateway) = active(&it).await;
    it.writes("olena", json!({ "text": "My order is 4711", "attachment": { "type": "image" } })).await;
    let medium = it
        .until("the customer's file", async || {
            let thread = it.get(&ben, &format!("/conversations/{customers}/messages?limit=200")).await;
            let files = thread["items"]
                .as_array()?
                .iter()
                .flat_map(|it| it["attachments"].as_array().cloned().unwrap_or_default());
            files
                .into_iter()
                .find(|file| file["status"] == "stored")
                .map(|file| file["id"].as_str().unwrap().to_owned())
        })
        .await;
    let (access, token) = invited(&it, &gateway).await;
    let contact = it.get(&ben, &format!("/conversations/{customers}")).await["contact"].clone();
    let picture = it
        .until("the customer's picture", async || {
            let now = it.get(&ben, &format!("/conversations/{customers}")).await;
            now["contact"]["picture_url"].as_str().map(|url| url.trim_start_matches("/api/v1").to_owned())
        })
        .await;
    let hidden = [
        format!("/conversations/{customers}"),
        format!("/conversations/{customers}/messages"),
        format!("/media/{medium}"),
        picture,
        format!("/gateways/{gateway}/pages/{LAVKA}/picture"),
    ];
    for path in &hidden {
        assert_eq!(it.call(&token, Method::GET, path, None).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    for step in ["accept", "take", "close", "read", "notes", "typing", "messages"] {
        let body = match step {
            "notes" | "messages" => json!({ "text": "hm" }),
            _ => json!({}),
        };
        let path = format!("/conversations/{customers}/{step}");
        assert_eq!(it.call(&token, Method::POST, &path, Some(body)).await.0, StatusCode::NOT_FOUND, "{step}");
    }
    for query in ["q=4711", "q=olena", "state=active", &format!("contact={}", contact["id"].as_str().unwrap())] {
        assert_eq!(it.get(&token, &format!("/conversations?{query}")).await["items"], json!([]), "{query}");
    }

    // The same person in the review: what came before stays hidden, no matter which agent has them, and the stream
    // contains nothing else.
    it.post(&ben, &format!("/conversations/{customers}/close"), json!({})).await;
    let (_, last) = listen(&it, &token, None, |events| !events.is_empty()).await;
    it.online(&token).await;
    it.writes("ahmed", json!({ "text": "Somebody else entirely" })).await;
    it.writes(
        "olena",
        json!({ "text": format!("Hi, {}!", access["code_word"].as_str().unwrap().to_uppercase()) }),
    )
    .await;
    let own = review(&it, &token).await;
    assert_eq!((&own["contact"]["id"], &own["isolated"]), (&contact["id"], &json!(true)));
    it.phone_shows("olena", "App Review of Lavka").await;
    it.writes("olena", json!({ "text": "agent" })).await;
    it.writes("olena", json!({ "text": "agent" })).await;
    it.writes("olena", json!({ "text": "1" })).await;
    let offer = it.offered(&token).await;
    let id = offer["id"].as_str().unwrap();
    it.post(&token, &format!("/conversations/{id}/accept"), json!({})).await;
    it.post(&token, &format!("/conversations/{id}/messages"), json!({ "text": "Here I am" })).await;
    it.phone_shows("olena", "Here I am").await;
    assert_eq!(seen(&it, &token).await.len(), 1, "not the earlier one of the same person");
    for path in &hidden[..3] {
        assert_eq!(it.call(&token, Method::GET, path, None).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(it.get(&token, "/conversations?q=4711").await["items"], json!([]));
    // The end of the events so far: the reviewer's own message.
    it.post(&token, &format!("/conversations/{id}/notes"), json!({ "text": "The last word" })).await;
    let (events, _) = listen(&it, &token, Some(&last), |events| {
        events.iter().any(|(_, it)| it.to_string().contains("The last word"))
    })
    .await;
    let me = it.get(&token, "/me").await["user"]["id"].clone();
    for (kind, data) in &events {
        match kind.as_str() {
            "message" | "conversation" | "offer" | "offer_ended" | "typing" => {
                assert_eq!(data["conversation_id"], json!(id), "{kind} {data}");
            }
            "agent" => assert_eq!(data["agent"]["user_id"], me, "{data}"),
            "presence" | "status" => assert_eq!(data["user_id"], me, "{data}"),
            "queue" => assert_eq!(data["queue"]["name"], "App review", "{data}"),
            "gateway" => assert_eq!(data["gateway_id"], json!(gateway)),
            other => assert!(matches!(other, "hello" | "reset"), "{other} {data}"),
        }
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn word_and_link_begin_a_review_and_nothing_else_does() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let (access, token) = invited(&it, &gateway).await;
    let links = access["links"].as_array().unwrap();
    assert_eq!((links.len(), &links[0]["page_id"]), (1, &json!(LAVKA)));
    let code = links[0]["url"].as_str().unwrap().split_once("?ref=").unwrap().1.to_owned();
    let thread = |customer: &str, what: &str| format!("/pages/{LAVKA}/customers/{customer}/{what}");

    for text in
        ["Hello", "I want to review my order", &code, &format!("{}s", access["code_word"].as_str().unwrap())]
    {
        it.writes("li", json!({ "text": text })).await;
    }
    it.control(Method::POST, &thread("nopic", "referral"), json!({ "ref": "spring-sale" })).await;
    settled(&it).await;
    assert!(seen(&it, &token).await.is_empty());

    // A new thread: the link comes with the first tap. The flow answers and hands over to the review's queue.
    let tap = json!({ "title": "Get Started", "payload": "GET_STARTED", "referral": { "ref": code, "source": "SHORTLINK", "type": "OPEN_THREAD" } });
    it.control(Method::POST, &thread("maria", "postback"), tap).await;
    let first = review(&it, &token).await;
    it.phone_shows("maria", "This is the App Review of Lavka").await;
    it.writes("maria", json!({ "text": "What follows stays in it" })).await;
    it.until("the next words", async || {
        let now = it.get(&token, &format!("/conversations/{}", first["id"].as_str().unwrap())).await;
        (now["last_message"]["text"] != first["last_message"]["text"]).then_some(())
    })
    .await;

    // An existing thread: the bot's own conversation is replaced by a new one, which greets immediately.
    it.control(Method::POST, &thread("nopic", "referral"), json!({ "ref": code })).await;
    it.until("the second review", async || (seen(&it, &token).await.len() == 2).then_some(())).await;
    it.phone_shows("nopic", "This is the App Review of Lavka").await;
    let all = it.get(&it.admin, "/conversations?limit=200").await;
    let petro: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["contact"]["name"].as_str().unwrap().starts_with("Petro"))
        .collect();
    assert_eq!(petro.len(), 2, "{all}");
    assert!(petro.iter().any(|it| it["isolated"] == false && it["state"] == "closed"), "{all}");

    // Once it is closed, an ordinary word begins an ordinary conversation.
    let id = first["id"].as_str().unwrap();
    it.post(&it.admin, &format!("/conversations/{id}/close"), json!({})).await;
    it.writes("maria", json!({ "text": "Are you open on Sunday?" })).await;
    settled(&it).await;
    assert_eq!(seen(&it, &token).await.len(), 2);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_never_offered_to_the_reviewer_nor_a_review_to_a_colleague() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let (access, token) = invited(&it, &gateway).await;
    it.online(&token).await;
    // Only the reviewer is online: for customers that is no one.
    it.asks_for_an_agent("olena").await;
    it.phone_shows("olena", "No one is online right now").await;
    assert!(seen(&it, &token).await.is_empty());

    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    let real = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    it.post(&ben, &format!("/conversations/{real}/accept"), json!({})).await;
    let reviewer = user_of(&it, &access).await.to_string();
    for target in [json!({ "queue_id": access["queue"]["id"] }), json!({ "agent_id": reviewer })] {
        let path = format!("/conversations/{real}/transfer");
        let (status, answer) = it.call(&ben, Method::POST, &path, Some(target)).await;
        assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    }
    let queue = format!("/queues/{}", access["queue"]["id"].as_str().unwrap());
    let everybody = json!({ "all_agents": true });
    assert_eq!(it.call(&it.admin, Method::PATCH, &queue, Some(everybody)).await.0, StatusCode::CONFLICT);

    // An agent keeps their conversation and is notified.
    it.writes("olena", json!({ "text": access["code_word"] })).await;
    it.until("the line in Ben's thread", async || {
        let thread = it.get(&ben, &format!("/conversations/{real}/messages?limit=200")).await;
        let mentions =
            |it: &Value| it["text"].as_str().is_some_and(|text| text.contains("asked for “App review”"));
        thread["items"].as_array()?.iter().any(mentions).then_some(())
    })
    .await;
    assert!(seen(&it, &token).await.is_empty());
    assert_eq!(it.get(&ben, &format!("/conversations/{real}")).await["state"], "active");

    // Ben is free and online, and the review is still the reviewer's alone, by offer or by taking it.
    let (status, _) = it.call(&token, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
    assert_eq!(status, StatusCode::OK);
    it.writes("ahmed", json!({ "text": access["code_word"] })).await;
    let id = review(&it, &token).await["id"].as_str().unwrap().to_owned();
    let choice = it
        .until("the choices", async || {
            let phone = it.phone("ahmed").await;
            let all =
                phone["messages"].as_array()?.iter().filter_map(|it| it["quick_replies"].as_array()).flatten();
            all.into_iter().find(|choice| choice["title"] == "Talk to an agent").cloned()
        })
        .await;
    it.writes("ahmed", json!({ "text": choice["title"], "quick_reply_payload": choice["payload"] })).await;
    it.phone_shows("ahmed", "switch Call Center on").await;
    assert_eq!(it.call(&ben, Method::GET, &format!("/conversations/{id}"), None).await.0, StatusCode::NOT_FOUND);
    let taken = it.post(&token, &format!("/conversations/{id}/take"), json!({})).await;
    assert_eq!((&taken["state"], &taken["agent"]["id"]), (&json!("active"), &json!(reviewer)));
    let sue = it.user("Sue", Role::Supervisor).await;
    it.post(&sue, &format!("/conversations/{id}/take"), json!({})).await;
    let (status, _) = it.call(&token, Method::POST, &format!("/conversations/{id}/take"), Some(json!({}))).await;
    assert_eq!(status, StatusCode::CONFLICT, "what a colleague took over is theirs");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoked_and_expired_access_ends_at_once_and_everywhere() {
    ended_on(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoked_and_expired_access_ends_at_once_and_everywhere_on_postgres() {
    ended_on(Engine::Postgres).await;
}

async fn ended_on(engine: Engine) {
    let Some(it) = TestApp::start_on(engine).await else { return };
    let gateway = it.connected().await;
    let path = format!("/gateways/{gateway}/review/access");
    assert_eq!(it.call(&it.admin, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    for days in [0, 121] {
        let (status, _) = it.call(&it.admin, Method::POST, &path, Some(json!({ "days": days }))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{days}");
    }
    // Other viewers of the gateway are notified that access was given.
    let mut stream =
        it.http().get(format!("{}/api/v1/events", it.url)).bearer_auth(&it.admin).send().await.unwrap();
    let (access, token) = invited(&it, &gateway).await;
    let mut received = String::new();
    while !received.contains(&format!("event: gateway\ndata: {{\"gateway_id\":\"{gateway}\"}}")) {
        let part = tokio::time::timeout(Duration::from_secs(30), stream.chunk()).await.expect("it is told of");
        received.push_str(&String::from_utf8_lossy(&part.unwrap().unwrap()));
    }
    drop(stream);
    assert_eq!(it.get(&it.admin, &path).await["password"], access["password"]);
    assert_eq!(it.get(&it.admin, &path).await["last_sign_in"], Value::Null);
    let (status, cookie) = sign_in(&it, &access).await;
    assert_eq!(status, StatusCode::OK);
    assert!(it.get(&it.admin, &path).await["last_sign_in"].is_string());
    it.writes("olena", json!({ "text": access["code_word"] })).await;
    let id = review(&it, &token).await["id"].as_str().unwrap().to_owned();
    // An account of Meta's cannot be made, raised or brought back among the users.
    let user = user_of(&it, &access).await;
    let new = json!({ "email": "a@b.example", "name": "A", "role": "guest", "password": "long enough" });
    assert_eq!(it.call(&it.admin, Method::POST, "/users", Some(new)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let raise = json!({ "role": "administrator" });
    assert_eq!(
        it.call(&it.admin, Method::PATCH, &format!("/users/{user}"), Some(raise)).await.0,
        StatusCode::CONFLICT
    );

    let stream = it.http().get(format!("{}/api/v1/events", it.url)).bearer_auth(&token).send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    // It ends on its own, or this never returns.
    let _ = stream.text().await;
    assert_eq!(it.call(&token, Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
    let by_cookie = it.http().get(format!("{}/api/v1/me", it.url)).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(by_cookie.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&it, &access).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(it.get(&it.admin, &format!("/conversations/{id}")).await["state"], "closed");
    let (status, _) = it.call(&it.admin, Method::POST, &format!("/users/{user}/activate"), Some(json!({}))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    // Word and link of before call nothing any longer.
    it.writes("ahmed", json!({ "text": access["code_word"] })).await;
    settled(&it).await;
    let all = it.get(&it.admin, "/conversations?limit=200").await;
    assert_eq!(all["items"].as_array().unwrap().iter().filter(|it| it["isolated"] == true).count(), 1);

    // Given again: another account and another queue, the same flow. Then its date passes.
    let (again, token) = invited(&it, &gateway).await;
    assert_ne!(again["email"], access["email"]);
    assert_ne!(again["queue"]["id"], access["queue"]["id"], "what waited in the other one stays hidden");
    assert_eq!((&again["queue"]["name"], &again["flow"]), (&access["queue"]["name"], &access["flow"]));
    let queues = it.get(&it.admin, "/queues?limit=200").await;
    let isolated: Vec<_> =
        queues["items"].as_array().unwrap().iter().filter(|it| it["isolated"] == true).collect();
    assert_eq!((isolated.len(), &isolated[0]["id"]), (1, &again["queue"]["id"]), "the other one is gone");
    assert!(seen(&it, &token).await.is_empty(), "not the conversations of the review before");
    it.clock.advance(400 * domain::time::DAY);
    it.until("the end", async || {
        (it.call(&token, Method::GET, "/me", None).await.0 == StatusCode::UNAUTHORIZED).then_some(())
    })
    .await;
    it.until("the expiry in the audit log", async || {
        let log = it.get(&it.admin, "/audit?limit=200").await;
        let acts: Vec<_> =
            log["items"].as_array()?.iter().map(|it| it["action"].as_str().unwrap().to_owned()).collect();
        let actions = ["reviewer.give", "reviewer.sign_in", "reviewer.revoke", "reviewer.expire"];
        actions.iter().all(|act| acts.iter().any(|known| known == act)).then_some(())
    })
    .await;
    assert_eq!(sign_in(&it, &again).await.0, StatusCode::UNAUTHORIZED);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_the_reviewers_password_are_slowed_down() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let (access, _) = invited(&it, &gateway).await;
    let wrong = json!({ "email": access["email"], "password": "not the one" });
    let mut last = StatusCode::OK;
    for _ in 0..8 {
        last = sign_in(&it, &wrong).await.0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    it.stop().await;
}
