//! What Meta's reviewer does with Pages: they see and touch those that their own login reaches, and leave no trace on others.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{ANNA, Engine, LAVKA, MAX, TestApp};
use crate::reviewer::invited;

const EVERYTHING: [&str; 6] = ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"];
const TESTER: &str = "10210000000000009";

/// A person at Meta with one Page of their own, and, like many an employee, a role on the business's Page.
async fn tester(it: &TestApp) -> String {
    it.control(Method::POST, "/people", json!({ "id": TESTER, "name": "Rita Reviewer" })).await;
    let roles = json!({ TESTER: EVERYTHING });
    let made = it.control(Method::POST, "/pages", json!({ "name": "Test Page", "roles": roles })).await;
    let role = json!({ "person_id": TESTER, "tasks": EVERYTHING });
    it.control(Method::POST, &format!("/pages/{LAVKA}/roles"), role).await;
    made["id"].as_str().unwrap().to_owned()
}

/// Goes through Meta's login as a user of ours, and returns how it ended.
async fn connects(it: &TestApp, token: &str, gateway: &str, person: &str) -> Value {
    let begun = it.post(token, &format!("/gateways/{gateway}/connect"), json!({})).await;
    let location = it.dialog(begun["url"].as_str().unwrap(), person).await;
    assert_eq!(it.http().get(&location).send().await.unwrap().status(), StatusCode::OK);
    let path = format!("/gateways/{gateway}/connect/{}", begun["attempt_id"].as_str().unwrap());
    it.until("the login's end", async || {
        let state = it.get(token, &path).await;
        (state["state"] != "pending").then_some(state)
    })
    .await
}

async fn pages(it: &TestApp, token: &str, gateway: &str) -> Vec<Value> {
    let list = it.get(token, &format!("/gateways/{gateway}/pages?limit=200")).await;
    let mut items = list["items"].as_array().unwrap().clone();
    for page in &mut items {
        // Not what a minute changes.
        page["last_event_at"] = Value::Null;
        page["health"] = Value::Null;
    }
    items
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reviewer_connects_switches_and_removes_their_own_pages_and_no_others() {
    own_pages_on(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reviewer_connects_switches_and_removes_their_own_pages_and_no_others_on_postgres() {
    own_pages_on(Engine::Postgres).await;
}

async fn own_pages_on(engine: Engine) {
    let Some(it) = TestApp::start_on(engine).await else { return };
    let gateway = it.connected().await;
    let own = tester(&it).await;
    let before = pages(&it, &it.admin, &gateway).await;
    let (_, token) = invited(&it, &gateway).await;
    assert!(pages(&it, &token, &gateway).await.is_empty());
    let path = |page: &str| format!("/gateways/{gateway}/pages/{page}");
    let switch = async |page: &str, body: Value| it.call(&token, Method::PATCH, &path(page), Some(body)).await;
    assert_eq!(switch(LAVKA, json!({ "subscribed": false })).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&token, Method::DELETE, &path(LAVKA), None).await.0, StatusCode::NOT_FOUND);

    // The account of someone else is not theirs to renew.
    let refused = connects(&it, &token, &gateway, ANNA).await;
    assert_eq!(refused["state"], "failed");
    assert!(refused["message"].as_str().unwrap().contains("another account"), "{refused}");
    assert_eq!(pages(&it, &it.admin, &gateway).await, before);

    let done = connects(&it, &token, &gateway, TESTER).await;
    assert_eq!(done["state"], "done", "{done}");
    let seen = pages(&it, &token, &gateway).await;
    assert_eq!(seen.iter().map(|page| page["name"].as_str().unwrap()).collect::<Vec<_>>(), ["Lavka", "Test Page"]);
    for page in &seen {
        let accounts: Vec<_> = page["accounts"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
        assert_eq!(accounts, [json!("Rita Reviewer")], "nobody else's name");
    }

    let (status, page) = switch(&own, json!({ "subscribed": true })).await;
    assert_eq!((status, &page["subscribed"]), (StatusCode::OK, &json!(true)), "{page}");
    assert_eq!(switch(&own, json!({ "subscribed": true, "replace": true })).await.0, StatusCode::FORBIDDEN);
    // In use by the business: theirs to see, not to switch, and giving it up takes only their own way to it.
    assert_eq!(switch(LAVKA, json!({ "subscribed": false })).await.0, StatusCode::CONFLICT);
    assert_eq!(it.call(&token, Method::DELETE, &path(LAVKA), None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&token, Method::DELETE, &path(&own), None).await.0, StatusCode::NO_CONTENT);
    assert!(pages(&it, &token, &gateway).await.is_empty());
    assert_eq!(pages(&it, &it.admin, &gateway).await, before);

    let log = it.get(&it.admin, "/audit?limit=200").await;
    let log = log["items"].as_array().unwrap();
    let me = it.get(&token, "/me").await["user"]["id"].clone();
    for action in
        ["gateway.connect", "account.subscribe", "account.unsubscribe", "account.delete", "account.disconnect"]
    {
        let logged = log.iter().any(|it| it["action"] == action && it["user"]["id"] == me);
        assert!(logged, "{action}: {log:?}");
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_access_goes_what_only_the_reviewer_connected() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let own = tester(&it).await;
    let before = pages(&it, &it.admin, &gateway).await;
    let (access, token) = invited(&it, &gateway).await;
    assert_eq!(connects(&it, &token, &gateway, TESTER).await["state"], "done");
    let on = json!({ "subscribed": true });
    let (status, _) = it.call(&token, Method::PATCH, &format!("/gateways/{gateway}/pages/{own}"), Some(on)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(pages(&it, &it.admin, &gateway).await.len(), before.len() + 1);
    // A colleague's login in the meantime is not shown to the reviewer, and neither is its end.
    assert_eq!(connects(&it, &it.admin, &gateway, MAX).await["state"], "done");
    let list = pages(&it, &token, &gateway).await;
    assert!(list.iter().all(|page| !page["name"].as_str().unwrap().starts_with("Branch")), "{list:?}");

    let path = format!("/gateways/{gateway}/review/access");
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    let after = pages(&it, &it.admin, &gateway).await;
    assert!(after.iter().all(|page| page["id"] != json!(own)), "{access}");
    for page in &before {
        assert!(after.contains(page), "{page} is as it was: {after:?}");
    }
    it.stop().await;
}
