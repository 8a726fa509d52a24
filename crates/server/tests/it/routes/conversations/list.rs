//! `GET /conversations`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    it_is_filtered_by_state_and_by_what_one_may_see
    those_who_wait_come_in_the_order_of_their_turn_page_by_page_and_are_counted
    it_is_filtered_by_day_agent_queue_and_page_and_says_where_words_were_found
}

async fn it_is_filtered_by_day_agent_queue_and_page_and_says_where_words_were_found(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let me = it.get(&ben, "/me").await["user"]["id"].as_str().unwrap().to_owned();
    let sent =
        it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "The jam is in stock" })).await;
    it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": "See you" })).await;
    let conversation = it.get(&ben, &format!("/conversations/{id}")).await;
    let (queue, page) =
        (conversation["queue"]["id"].as_str().unwrap(), conversation["account"]["id"].as_str().unwrap());
    let list = async |query: &str| it.get(&ben, &format!("/conversations?{query}")).await["items"].clone();
    for all in [
        format!("agent={me}"),
        format!("queue={queue}"),
        format!("account={page}"),
        "channel=messenger".into(),
        "from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00%2B02:00".into(),
        format!("agent={me}&queue={queue}&account={page}&from=2020-01-01T00:00:00Z&q=jam"),
    ] {
        assert_eq!(list(&all).await[0]["id"], json!(id), "{all}");
    }
    for none in [
        "channel=whatsapp",
        "agent=1",
        "queue=1",
        "account=1",
        "from=2100-01-01T00:00:00Z",
        "to=2020-01-01T00:00:00Z",
    ] {
        assert_eq!(list(none).await, json!([]), "{none}");
    }
    let found = list("q=JAM").await[0]["found"].clone();
    assert_eq!(found, json!({ "message_id": sent["id"], "text": "The jam is in stock" }));
    // The customer's name is no place in the thread.
    let by_name = list("q=olena").await;
    assert_eq!((&by_name[0]["id"], by_name[0].get("found")), (&json!(id), None), "{by_name}");
    assert!(list("").await[0].get("found").is_none());
    let (status, _) = it.call(&ben, Method::GET, "/conversations?from=yesterday", None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

async fn it_is_filtered_by_state_and_by_what_one_may_see(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let ids = async |token: &str, query: &str| -> Vec<String> {
        let list = it.get(token, &format!("/conversations{query}")).await;
        list["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&ben, "").await, std::slice::from_ref(&id));
    assert_eq!(ids(&ben, "?state=active,queued").await, [id]);
    assert!(ids(&ben, "?state=closed").await.is_empty());
    let carla = it.user("Carla", Role::Agent).await;
    assert!(ids(&carla, "").await.is_empty());
    for bad in ["?state=lost", "?limit=201", "?cursor=x"] {
        let (status, _) = it.call(&ben, Method::GET, &format!("/conversations{bad}"), None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

async fn those_who_wait_come_in_the_order_of_their_turn_page_by_page_and_are_counted(it: &TestApp) {
    it.connected().await;
    let boss = it.user("Sue", Role::Supervisor).await;
    let ben = it.user("Ben", Role::Agent).await;
    let mut asked = Vec::new();
    for customer in ["olena", "maria", "li"] {
        it.asks_for_an_agent(customer).await;
        let waiting = it
            .until("the customer waits", async || {
                let list = it.get(&boss, "/conversations?state=queued").await;
                let new = list["items"].as_array().unwrap().iter().map(|one| one["id"].clone());
                new.into_iter().find(|id| !asked.contains(id))
            })
            .await;
        asked.push(waiting);
        it.clock.advance(60_000_000);
    }
    // The newest words are the first customer's: by activity they would come first.
    it.writes("olena", json!({ "text": "Still here" })).await;
    it.until("the words came", async || {
        let list = it.get(&boss, "/conversations?limit=1").await;
        (list["items"][0]["id"] == asked[0]).then_some(())
    })
    .await;
    for (token, who) in [(&boss, "a supervisor"), (&ben, "an agent of the queue")] {
        let (mut met, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/conversations?state=queued,offered&sort=waiting&total=true&limit=2{cursor}");
            let page = it.get(token, &path).await;
            assert_eq!(page["total"], 3, "{who}");
            met.extend(page["items"].as_array().unwrap().iter().map(|one| one["id"].clone()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(met, asked, "{who}");
    }
    let carla = it.user("Carla", Role::Administrator).await;
    let queue = it.get(&carla, "/queues").await["items"][0]["id"].as_str().unwrap().to_owned();
    let of_queue = it.get(&carla, &format!("/conversations?state=queued&queue={queue}&total=true&limit=1")).await;
    assert_eq!((&of_queue["total"], of_queue["items"].as_array().unwrap().len()), (&json!(3), 1));
    assert!(it.get(&boss, "/conversations?state=queued").await.get("total").is_none());
    for bad in ["?sort=newest", "?total=true", "?total=true&state=closed", "?sort=waiting&cursor=1-2"] {
        let (status, answer) = it.call(&boss, Method::GET, &format!("/conversations{bad}"), None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}: {answer}");
    }
}
