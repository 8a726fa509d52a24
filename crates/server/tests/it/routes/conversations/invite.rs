//! `POST /conversations/{id}/invite`

use domain::role::Role;
use domain::time::SECOND;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::{Screen, active, event_codes, user_id};
use crate::routes::on_both_engines;

on_both_engines! {
    a_colleague_is_rung_and_reads_and_writes_beside_the_agent
    an_invitation_that_is_not_followed_ends
    whom_it_may_not_be_shown_is_not_invited
}

async fn a_colleague_is_rung_and_reads_and_writes_beside_the_agent(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = |step: &str| format!("/conversations/{id}{step}");
    let carla = it.user("Carla", Role::Agent).await;
    it.online(&carla).await;
    let her = user_id(it, &carla).await;
    it.call(&it.admin, Method::PATCH, &format!("/agents/{her}"), Some(json!({ "capacity": 1 }))).await;
    let mut screen = Screen::open(it, &carla).await;
    let asked = it.post(&ben, &path("/invite"), json!({ "agent_id": her, "note": "Which part fits?" })).await;
    assert_eq!((&asked["state"], &asked["agent"]["name"]), (&json!("active"), &json!("Ben")));
    let from = json!({ "id": user_id(it, &ben).await, "name": "Ben", "note": "Which part fits?" });
    let rung = screen.event("offer", |data| data["conversation_id"] == json!(id)).await;
    let invitation = &rung["conversation"]["invitations"][0];
    assert_eq!((&invitation["agent_id"], &invitation["from"]), (&json!(her), &from));
    assert_eq!(it.get(&carla, "/summary").await["offers"], 1);
    it.get(&carla, &path("/messages")).await;
    let words = json!({ "text": "Part 7 fits" });
    let (status, _) = it.call(&carla, Method::POST, &path("/messages"), Some(words.clone())).await;
    assert_eq!(status, StatusCode::CONFLICT, "she has not accepted");
    let joined = it.post(&carla, &path("/accept"), json!({})).await;
    assert_eq!((&joined["participants"][0]["name"], &joined["invitations"]), (&json!("Carla"), &json!([])));
    assert_eq!(joined["agent"]["name"], "Ben");
    screen.event("offer_ended", |data| data["outcome"] == "accepted").await;
    it.post(&carla, &path("/messages"), words).await;
    it.phone_shows("olena", "Part 7 fits").await;
    it.post(&ben, &path("/messages"), json!({ "text": "I order it" })).await;
    it.phone_shows("olena", "I order it").await;
    it.post(&carla, &path("/notes"), json!({ "text": "Shelf 3" })).await;
    let mine = it.get(&carla, "/conversations?agent=me&state=active").await;
    assert_eq!(mine["items"][0]["id"], json!(id), "it is in her list");
    assert_eq!(it.call(&carla, Method::POST, &path("/close"), None).await.0, StatusCode::CONFLICT);
    // Her room is for customers of her own.
    it.call(&ben, Method::PUT, "/me/status", Some(json!({ "status": "pause" }))).await;
    it.asks_for_an_agent("maria").await;
    it.offered(&carla).await;
    it.post(&ben, &path("/close"), json!({})).await;
    let gone =
        screen.event("conversation", |data| data["conversation_id"] == json!(id) && data["gone"] == true).await;
    assert_eq!(gone["conversation"], Value::Null);
    assert_eq!(it.call(&carla, Method::GET, &path(""), None).await.0, StatusCode::NOT_FOUND);
}

async fn an_invitation_that_is_not_followed_ends(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = |step: &str| format!("/conversations/{id}{step}");
    let (carla, eva) = (it.user("Carla", Role::Agent).await, it.user("Eva", Role::Agent).await);
    it.online(&carla).await;
    it.online(&eva).await;
    let (her, evas) = (user_id(it, &carla).await, user_id(it, &eva).await);
    let invite = async |agent: &str| it.post(&ben, &path("/invite"), json!({ "agent_id": agent })).await;
    let is_over = async |what: &str, code: &str| {
        it.until(what, async || {
            let now = it.get(&ben, &path("")).await;
            (now["invitations"] == json!([]) && event_codes(it, &id).await.last()? == code).then_some(now)
        })
        .await
    };
    invite(&her).await;
    it.post(&carla, &path("/decline"), json!({})).await;
    is_over("declined", "invitation_ended").await;
    invite(&her).await;
    it.clock.advance(31 * SECOND);
    it.post(&carla, "/me/presence", json!({})).await;
    is_over("missed", "invitation_ended").await;
    assert_eq!(it.call(&carla, Method::POST, &path("/accept"), None).await.0, StatusCode::CONFLICT, "too late");
    invite(&her).await;
    it.call(&carla, Method::PUT, "/me/status", Some(json!({ "status": "offline" }))).await;
    is_over("offline", "invitation_ended").await;
    // One of two accepts at the moment of the close: either result is correct, and no invitation remains.
    it.online(&carla).await;
    invite(&her).await;
    invite(&evas).await;
    it.post(&eva, &path("/accept"), json!({})).await;
    let (close, accept) = (path("/close"), path("/accept"));
    let (closed, _) =
        tokio::join!(it.call(&ben, Method::POST, &close, None), it.call(&carla, Method::POST, &accept, None));
    assert_eq!((closed.0, &closed.1["participants"]), (StatusCode::OK, &json!([])), "{}", closed.1);
    let after = it.get(&it.admin, &path("")).await;
    assert_eq!(
        (&after["state"], &after["participants"], &after["invitations"]),
        (&json!("closed"), &json!([]), &json!([]))
    );
}

async fn whom_it_may_not_be_shown_is_not_invited(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let carla = it.user("Carla", Role::Agent).await;
    let her = user_id(it, &carla).await;
    let path = format!("/conversations/{id}/invite");
    let invite = async |token: &str, body: Value| it.call(token, Method::POST, &path, Some(body)).await;
    assert_eq!(invite(&ben, json!({ "agent_id": her })).await.0, StatusCode::CONFLICT, "she is offline");
    it.online(&carla).await;
    assert_eq!(invite(&ben, json!({ "agent_id": user_id(it, &ben).await })).await.0, StatusCode::CONFLICT);
    assert_eq!(invite(&it.admin, json!({ "agent_id": her })).await.0, StatusCode::CONFLICT, "it is Ben's");
    assert_eq!(invite(&carla, json!({ "agent_id": her })).await.0, StatusCode::NOT_FOUND);
    for (bad, pointer) in [
        (json!({}), "/agent_id"),
        (json!({ "agent_id": "1" }), "/agent_id"),
        (json!({ "agent_id": her, "note": "x".repeat(5_001) }), "/note"),
    ] {
        let (status, problem) = invite(&ben, bad).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer)),
            "{problem}"
        );
    }
    assert_eq!(invite(&ben, json!({ "agent_id": her })).await.0, StatusCode::OK);
    assert_eq!(invite(&ben, json!({ "agent_id": her })).await.0, StatusCode::CONFLICT, "twice");
}
