//! What a user can see is the same wherever they look: in lists and their next pages, in searches, in counts, in
//! single conversations, in pictures and in the event stream. A guest sees the isolated queue that they serve,
//! regardless of what waits elsewhere; a colleague does not see it.

use std::collections::BTreeSet;

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Engine, LAVKA, TestApp};
use crate::media::listen;
use crate::reviewer::{invited, review};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_guest_sees_is_the_same_wherever_they_look() {
    seen_on(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_guest_sees_is_the_same_wherever_they_look_on_postgres() {
    seen_on(Engine::Postgres).await;
}

/// The conversations in a list, in pages of one, with the number of pages.
async fn walked(it: &TestApp, token: &str, query: &str) -> (Vec<String>, usize) {
    let (mut met, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = it.get(token, &format!("/conversations?limit=1&{query}{cursor}")).await;
        pages += 1;
        met.extend(page["items"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (met, pages),
        }
    }
}

/// Those of `all` that exist for a user when they are asked for one by one.
async fn single(it: &TestApp, token: &str, all: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for id in all {
        let answers = [
            it.call(token, Method::GET, &format!("/conversations/{id}"), None).await.0,
            it.call(token, Method::GET, &format!("/conversations/{id}/messages"), None).await.0,
        ];
        assert_eq!(answers[0], answers[1], "{id}");
        if answers[0] == StatusCode::OK {
            found.insert(id.clone());
        } else {
            assert_eq!(answers[0], StatusCode::NOT_FOUND, "{id}");
        }
    }
    found
}

fn contact_picture(conversation: &Value) -> Option<String> {
    Some(conversation["contact"]["picture_url"].as_str()?.trim_start_matches("/api/v1").to_owned())
}

async fn seen_on(engine: Engine) {
    let Some(it) = TestApp::start_on(engine).await else { return };
    let gateway = it.connected().await;
    let (access, guest) = invited(&it, &gateway).await;
    let ben = it.user("Ben", Role::Agent).await;
    let (_, last) = listen(&it, &guest, None, |events| !events.is_empty()).await;
    let (_, bens_last) = listen(&it, &ben, None, |events| !events.is_empty()).await;

    // Two customers wait in the queue that every agent serves.
    for customer in ["olena", "ahmed"] {
        it.asks_for_an_agent(customer).await;
        it.writes(customer, json!({ "text": "My order is 4711" })).await;
    }
    let customers = it
        .until("two customers who wait, with their pictures", async || {
            let list = it.get(&it.admin, "/conversations?state=queued&q=4711").await;
            let items = list["items"].as_array()?.clone();
            (items.len() == 2 && items.iter().all(|it| contact_picture(it).is_some())).then_some(items)
        })
        .await;
    let general = customers[0]["queue"]["id"].as_str().unwrap();
    let contact = customers[0]["contact"]["id"].as_str().unwrap();
    let queries = [
        "",
        "q=4711",
        "q=4712",
        "q=olena",
        "state=queued",
        "state=queued,offered,bot,active,closed",
        &format!("queue={general}"),
        &format!("contact={contact}"),
        "agent=me",
    ];
    let page = format!("/gateways/{gateway}/pages/{LAVKA}/picture");
    let pictures: Vec<String> = customers.iter().filter_map(contact_picture).chain([page.clone()]).collect();
    for query in queries {
        assert_eq!(walked(&it, &guest, query).await, (vec![], 1), "{query}: an empty page without a next one");
    }
    for picture in &pictures {
        assert_eq!(it.call(&guest, Method::GET, picture, None).await.0, StatusCode::NOT_FOUND, "{picture}");
    }
    for path in ["/summary", "/queues", "/contacts", "/contacts?q=olena"] {
        assert_eq!(it.call(&guest, Method::GET, path, None).await.0, StatusCode::FORBIDDEN, "{path}");
    }

    // One conversation of their own, which contains the same word. Conversations that wait longer do not hide it.
    let word = access["code_word"].as_str().unwrap();
    it.writes("maria", json!({ "text": format!("{word} 4711") })).await;
    let own = review(&it, &guest).await;
    let id = own["id"].as_str().unwrap().to_owned();
    assert_eq!((&own["isolated"], &own["queue"]["id"]), (&json!(true), &access["queue"]["id"]), "{own}");
    it.phone_shows("maria", "App Review of Lavka").await;
    it.writes("olena", json!({ "text": "Still waiting" })).await;
    it.until("the customer's next word", async || {
        let list = it.get(&it.admin, "/conversations?q=Still%20waiting").await;
        (list["items"].as_array()?.len() == 1).then_some(())
    })
    .await;
    let all = walked(&it, &it.admin, "").await.0;
    assert_eq!(all.len(), 3);
    for query in ["", "q=4711", "state=bot", &format!("queue={}", access["queue"]["id"].as_str().unwrap())] {
        assert_eq!(walked(&it, &guest, query).await, (vec![id.clone()], 1), "{query}");
    }
    assert_eq!(single(&it, &guest, &all).await, BTreeSet::from([id.clone()]));
    assert_eq!(it.call(&guest, Method::GET, &page, None).await.0, StatusCode::OK, "it came through this Page");
    for picture in pictures.iter().filter(|picture| **picture != page) {
        assert_eq!(it.call(&guest, Method::GET, picture, None).await.0, StatusCode::NOT_FOUND, "{picture}");
    }

    // The colleague sees the two who wait and nothing of the isolated queue, not even how many wait there.
    let (bens, _) = walked(&it, &ben, "").await;
    assert_eq!(bens.iter().cloned().collect::<BTreeSet<_>>(), single(&it, &ben, &all).await);
    assert!(bens.len() == 2 && !bens.contains(&id), "{bens:?}");
    assert_eq!(walked(&it, &ben, "q=4711").await.0.len(), 2);
    let maria = own["contact"]["id"].as_str().unwrap();
    let hidden = [format!("/contacts/{maria}"), format!("/queues/{}", access["queue"]["id"].as_str().unwrap())];
    for path in &hidden {
        assert_eq!(it.call(&ben, Method::GET, path, None).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(it.get(&ben, &format!("/contacts/{maria}/conversations")).await["items"], json!([]));
    let contacts = it.get(&ben, "/contacts?limit=200").await;
    assert_eq!(contacts["items"].as_array().unwrap().len(), 2, "{contacts}");
    for list in [it.get(&ben, "/queues").await["items"].clone(), it.get(&ben, "/summary").await["queues"].clone()]
    {
        let names: Vec<_> = list.as_array().unwrap().iter().map(|queue| queue["name"].clone()).collect();
        assert_eq!(names, [json!("General")]);
    }
    assert_eq!(it.get(&ben, "/summary").await["waiting"], 2);
    assert_eq!(it.get(&it.admin, "/summary").await["queues"].as_array().unwrap().len(), 2);

    // The streams send each of them the same.
    let note = json!({ "text": "The last word" });
    it.post(&it.admin, &format!("/conversations/{id}/notes"), note.clone()).await;
    let ends =
        |events: &[(String, Value)]| events.iter().any(|(_, data)| data.to_string().contains("The last word"));
    let of_conversations = |events: Vec<(String, Value)>| -> BTreeSet<String> {
        let seen = events.into_iter().filter(|(_, data)| data["gone"] != true);
        seen.filter_map(|(_, data)| Some(data["conversation_id"].as_str()?.to_owned())).collect()
    };
    let (events, _) = listen(&it, &guest, Some(&last), ends).await;
    assert_eq!(of_conversations(events), BTreeSet::from([id.clone()]));
    it.post(&it.admin, &format!("/conversations/{}/notes", customers[0]["id"].as_str().unwrap()), note).await;
    let (events, _) = listen(&it, &ben, Some(&bens_last), ends).await;
    let queues = events.iter().filter(|(kind, _)| kind == "queue").map(|(_, data)| data["queue"]["name"].clone());
    assert!(queues.into_iter().all(|name| name == "General"), "{events:?}");
    assert!(!events.iter().any(|(_, data)| data.to_string().contains(&id)), "{events:?}");
    assert_eq!(of_conversations(events), bens.into_iter().collect());
    it.stop().await;
}
