//! `GET /conversations/{id}/run`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_of_a_run_is_shown_to_those_who_see_the_conversation() {
    let it = TestApp::start().await;
    it.connected().await;
    it.writes("olena", json!({ "text": "Hello" })).await;
    it.phone_shows("olena", "How can we help you?").await;
    let id = it.get(&it.admin, "/conversations").await["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/conversations/{id}/run");
    let run = it.get(&it.admin, &path).await;
    assert_eq!((&run["state"], &run["node"], &run["version"]), (&json!("waiting"), &json!("menu"), &json!(1)));
    assert_eq!(run["flow_name"], "Welcome");
    let nodes: Vec<_> = run["nodes"].as_array().unwrap().iter().map(|it| it["node"].as_str().unwrap()).collect();
    assert_eq!(nodes, ["greet", "menu"]);
    let eve = it.user("Eve", Role::Agent).await;
    assert_eq!(
        it.call(&eve, Method::GET, &path, None).await.0,
        StatusCode::NOT_FOUND,
        "agents do not see the bot's"
    );
    it.writes("olena", json!({ "text": "Something else" })).await;
    it.phone_shows("olena", "in your own words").await;
    it.writes("olena", json!({ "text": "Bread for dogs" })).await;
    it.phone_shows("olena", "we have noted that").await;
    it.writes("olena", json!({ "text": "Yes, please" })).await;
    it.phone_shows("olena", "No one is online").await;
    let run = it.get(&it.admin, &path).await;
    assert_eq!((&run["state"], &run["node"]), (&json!("ended"), &json!("handover")));
    assert_eq!(run["variables"]["question"], "Bread for dogs", "what the bot asked stays for the agent");
    it.stop().await;
}
