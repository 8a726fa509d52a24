//! `GET /search`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    it_finds_what_one_may_see_says_where_the_words_stand_and_goes_on
}

/// The words that a highlight marks.
fn marked(item: &Value) -> Vec<String> {
    let text: Vec<u16> = item["highlight"]["text"].as_str().unwrap().encode_utf16().collect();
    let place = |range: &Value, end: &str| usize::try_from(range[end].as_u64().unwrap()).unwrap();
    let ranges = item["highlight"]["ranges"].as_array().unwrap();
    ranges
        .iter()
        .map(|range| String::from_utf16(&text[place(range, "start")..place(range, "end")]).unwrap())
        .collect()
}

async fn it_finds_what_one_may_see_says_where_the_words_stand_and_goes_on(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let send =
        async |text: &str| it.post(&ben, &format!("/conversations/{id}/messages"), json!({ "text": text })).await;
    let first = send("Ação <b>jam</b> 👍 in stock").await;
    let second = send("The JAM is sweet").await;
    it.post(&ben, &format!("/conversations/{id}/notes"), json!({ "text": "Prefers jam" })).await;
    let find = async |token: &str, query: &str| it.get(token, &format!("/search?{query}")).await["items"].clone();

    let found = find(&ben, "q=acao%20JA&kind=message").await;
    assert_eq!((&found[0]["kind"], &found[0]["id"]), (&json!("message"), &first["id"]), "{found}");
    assert_eq!(found[0]["highlight"]["text"], "Ação <b>jam</b> 👍 in stock", "as it was written");
    assert_eq!(marked(&found[0]), ["Ação", "jam"]);
    assert_eq!((&found[0]["conversation"]["id"], &found[0]["message"]["id"]), (&json!(id), &first["id"]));
    let contact = &found[0]["contact"];
    assert_eq!(contact["id"], found[0]["conversation"]["contact"]["id"]);

    let threads = find(&ben, "q=sweet&kind=conversation").await;
    assert_eq!((&threads[0]["id"], &threads[0]["message"]["id"]), (&json!(id), &second["id"]), "{threads}");
    let people = find(&ben, "q=OLENA&kind=contact").await;
    assert_eq!((&people[0]["id"], marked(&people[0])), (&contact["id"], vec!["Olena".to_owned()]), "{people}");
    assert!(people[0]["conversation"].is_null());
    let all = find(&ben, "q=jam").await;
    let kinds: Vec<_> = all.as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["message", "message", "message", "conversation"], "the newest first: {all}");

    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = it.get(&ben, &format!("/search?q=jam&limit=1{cursor}")).await;
        pages.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let ids: Vec<_> = all.as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert_eq!(pages, ids);

    let conversation = it.get(&ben, &format!("/conversations/{id}")).await;
    let queue = conversation["queue"]["id"].as_str().unwrap();
    for (filter, count) in [
        (format!("queue={queue}&agent=me&channel=messenger&from=2020-01-01T00:00:00Z"), 4),
        ("state=active,queued".into(), 4),
        ("state=closed".into(), 0),
        ("account=1".into(), 0),
        ("queue=1".into(), 0),
        ("label=1".into(), 0),
        ("channel=whatsapp".into(), 0),
        ("to=2020-01-01T00:00:00Z".into(), 0),
    ] {
        let found = find(&ben, &format!("q=jam&{filter}")).await;
        assert_eq!(found.as_array().unwrap().len(), count, "{filter}: {found}");
    }
    // Invisible characters alone find nothing, in lists too.
    for path in ["/search?q=%E2%80%8B", "/search?q=", "/conversations?q=%E2%80%8B%C2%AD", "/contacts?q=%EF%BB%BF"]
    {
        assert_eq!(it.get(&ben, path).await["items"], json!([]), "{path}");
    }
    // A contact who never wrote is found by those who see everything, unless conversations are asked for.
    let import = it.http().post(format!("{}/api/v1/contacts/import", it.url)).bearer_auth(&it.admin);
    let import = import.header("content-type", "text/csv").body("name,phone\nŁukasz Øster,+4915111111\n");
    assert_eq!(import.send().await.unwrap().status(), StatusCode::OK);
    for (asked, count) in [("lukasz%20oster", 1), ("4915111111", 1), ("lukasz&channel=messenger", 0)] {
        let found = find(&it.admin, &format!("kind=contact&q={asked}")).await;
        assert_eq!(found.as_array().unwrap().len(), count, "{asked}: {found}");
    }
    assert_eq!(find(&ben, "kind=contact&q=lukasz").await, json!([]));
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(find(&carla, "q=jam").await, json!([]));
    assert_eq!(find(&carla, "q=olena").await, json!([]));
    for bad in ["", "?q=a&kind=page", "?q=a&queue=x", "?q=a&from=yesterday", "?q=a&limit=0", "?q=a&cursor=x"] {
        let (status, answer) = it.call(&ben, Method::GET, &format!("/search{bad}"), None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}: {answer}");
    }
}
