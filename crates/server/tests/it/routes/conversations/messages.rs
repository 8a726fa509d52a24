//! `GET /conversations/{id}/messages`, `POST /conversations/{id}/messages`,
//! `PATCH /conversations/{id}/messages/{message_id}`

use domain::role::Role;
use domain::time::{DAY, HOUR};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::{active, becomes, message};
use crate::routes::on_both_engines;

on_both_engines! {
    the_thread_is_read_forwards_and_backwards
    what_is_said_twice_under_one_key_is_one_message
    what_leaves_later_is_listed_changed_and_cancelled
    it_leaves_at_its_time_and_holds_up_nothing
    what_the_window_forbids_by_then_fails
    buttons_are_quick_replies_where_a_channel_has_no_others
}

async fn the_thread_is_read_forwards_and_backwards(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/messages");
    for text in ["One", "Two"] {
        it.post(&ben, &path, json!({ "text": text })).await;
    }
    let newest = it.get(&ben, &format!("{path}?before=end&limit=2")).await;
    assert_eq!((&newest["items"][0]["text"], &newest["items"][1]["text"]), (&json!("One"), &json!("Two")));
    let older = newest["previous"].as_str().unwrap();
    let older = it.get(&ben, &format!("{path}?before={older}&limit=1")).await;
    assert_eq!(older["items"].as_array().map(Vec::len), Some(1));
    let oldest = it.get(&ben, &format!("{path}?limit=1")).await;
    assert!(oldest["next"].is_string() && oldest["previous"].is_null());
    assert_eq!(it.call(&ben, Method::GET, &format!("{path}?before=x"), None).await.0, StatusCode::BAD_REQUEST);
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
}

async fn what_is_said_twice_under_one_key_is_one_message(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/messages");
    let sent = json!({ "text": "Good morning", "client_id": "k1" });
    let (status, first) = it.call(&ben, Method::POST, &path, Some(sent.clone())).await;
    assert_eq!(
        (status, &first["status"], &first["kind"]),
        (StatusCode::CREATED, &json!("queued"), &json!("text"))
    );
    assert_eq!(it.post(&ben, &path, sent).await["id"], first["id"]);
    let (status, problem) = it.call(&ben, Method::POST, &path, Some(json!({ "text": " " }))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/text")));
    let sue = it.user("Sue", Role::Supervisor).await;
    let (status, _) = it.call(&sue, Method::POST, &path, Some(json!({ "text": "Me too" }))).await;
    assert_eq!(status, StatusCode::CONFLICT, "another agent holds it");
    let (status, _) = it.call(&ben, Method::POST, "/conversations/1/messages", Some(json!({ "text": "?" }))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

fn ahead(it: &TestApp, span: i64) -> Value {
    json!(engine::clock::rfc3339(it.clock.now().plus(span)))
}

async fn what_leaves_later_is_listed_changed_and_cancelled(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/messages");
    for (send_at, what) in [(ahead(it, -1), "past"), (ahead(it, 367 * DAY), "far"), (json!("soon"), "unreadable")]
    {
        let body = json!({ "text": "Later", "send_at": send_at });
        let (status, problem) = it.call(&ben, Method::POST, &path, Some(body)).await;
        let pointer = &problem["errors"][0]["pointer"];
        assert_eq!((status, pointer), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/send_at")), "{what}");
    }
    let body = json!({ "text": "Later", "send_at": ahead(it, HOUR), "client_id": "one" });
    let planned = it.post(&ben, &path, body.clone()).await;
    assert_eq!((&planned["status"], planned["send_at"].is_string()), (&json!("queued"), true));
    assert_eq!(it.post(&ben, &path, body).await["id"], planned["id"], "the same key");
    let shown = it.get(&ben, &format!("/conversations/{id}")).await;
    assert_eq!((&shown["scheduled"], &shown["last_message"]["text"] == "Later"), (&json!(1), false));
    assert_eq!(message(it, &ben, &id, &planned["id"]).await["send_at"], planned["send_at"]);
    let one = format!("{path}/{}", planned["id"].as_str().unwrap());
    let patch = async |token: &str, change: Value| it.call(token, Method::PATCH, &one, Some(change)).await;
    let (status, changed) = patch(&ben, json!({ "text": "Even later", "send_at": ahead(it, 2 * HOUR) })).await;
    assert_eq!((status, &changed["text"]), (StatusCode::OK, &json!("Even later")));
    assert!(changed["send_at"].as_str() > planned["send_at"].as_str());
    assert_eq!(patch(&ben, json!({ "text": " " })).await.0, StatusCode::CONFLICT);
    assert_eq!(patch(&ben, json!({ "text": "x".repeat(20_001) })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(patch(&ben, json!({ "send_at": ahead(it, -1) })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(patch(&carla, json!({ "text": "x" })).await.0, StatusCode::NOT_FOUND);
    let cancelled = it.post(&ben, &format!("{one}/cancel"), json!({})).await;
    assert_eq!((&cancelled["status"], &cancelled["send_at"]), (&json!("cancelled"), &Value::Null));
    assert_eq!(patch(&ben, json!({ "text": "x" })).await.0, StatusCode::CONFLICT);
    assert_eq!(it.call(&ben, Method::POST, &format!("{one}/cancel"), None).await.0, StatusCode::CONFLICT);
}

async fn it_leaves_at_its_time_and_holds_up_nothing(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/messages");
    let later = it.post(&ben, &path, json!({ "text": "Second", "send_at": ahead(it, HOUR) })).await;
    it.post(&ben, &path, json!({ "text": "First" })).await;
    it.phone_shows("olena", "First").await;
    it.clock.advance(HOUR);
    it.phone_shows("olena", "Second").await;
    let left = becomes(it, &ben, &id, &later["id"], &["sent", "delivered", "read"]).await;
    assert_eq!(left["send_at"], Value::Null);
    let shown = it.get(&it.admin, &format!("/conversations/{id}")).await;
    assert_eq!((&shown["scheduled"], &shown["last_message"]["text"]), (&json!(0), &json!("Second")));
    let thread = it.get(&it.admin, &format!("{path}?limit=200")).await;
    let texts: Vec<&str> =
        thread["items"].as_array().unwrap().iter().filter_map(|item| item["text"].as_str()).collect();
    let place = |words: &str| texts.iter().position(|text| *text == words).unwrap();
    assert!(place("First") < place("Second"), "{texts:?}");
}

async fn what_the_window_forbids_by_then_fails(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/messages");
    let later = it.post(&ben, &path, json!({ "text": "Tomorrow", "send_at": ahead(it, 25 * HOUR) })).await;
    it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    it.clock.advance(25 * HOUR);
    let failed = becomes(it, &it.admin, &id, &later["id"], &["failed"]).await;
    assert!(failed["error"]["reason"].as_str().unwrap().contains("24 hours"), "{failed}");
}

async fn buttons_are_quick_replies_where_a_channel_has_no_others(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let path = format!("/conversations/{id}/messages");
    let buttons = json!([{ "id": "YES", "title": "Yes" }, { "id": "NO", "title": "No" }]);
    it.post(&ben, &path, json!({ "text": "Is it right?", "buttons": buttons })).await;
    let shown = it.phone_shows("olena", "Is it right?").await;
    let replies: Vec<_> =
        shown["quick_replies"].as_array().unwrap().iter().map(|it| (&it["title"], &it["payload"])).collect();
    assert_eq!(replies, [(&json!("Yes"), &json!("YES")), (&json!("No"), &json!("NO"))], "{shown}");
    // No more than `GET /channels` says.
    let four: Vec<_> = ["A", "B", "C", "D"].iter().map(|it| json!({ "id": it, "title": it })).collect();
    let (status, problem) =
        it.call(&ben, Method::POST, &path, Some(json!({ "text": "Which?", "buttons": four }))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["pointer"], "/buttons", "{problem}");
    let channels = it.get(&ben, "/channels").await;
    let messenger = channels["items"].as_array().unwrap().iter().find(|it| it["channel"] == "messenger").unwrap();
    assert!(messenger.to_string().contains("\"buttons\":3"), "{messenger}");
    let both = json!({ "text": "Is it?", "buttons": buttons, "list": { "button": "More", "sections": [] } });
    assert_eq!(it.call(&ben, Method::POST, &path, Some(both)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}
