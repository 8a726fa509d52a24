//! Customers are asked how satisfied they are, answer with a tap, and may add something: on each channel, without beginning
//! another conversation.

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::channel::{Channel, Person, choices};
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_tap_is_the_score_and_what_follows_is_the_comment
    customers_of_every_channel_can_tap_a_score
}

/// Waits for a conversation's answer.
async fn answered(it: &TestApp, token: &str, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    it.until("the answer", async || {
        let conversation = it.get(token, &format!("/conversations/{id}")).await;
        (wanted(&conversation["csat"])).then_some(conversation)
    })
    .await
}

async fn a_tap_is_the_score_and_what_follows_is_the_comment(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let queue = it.get(&it.admin, "/queues").await["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/queues/{queue}");
    let patch = async |csat: Value| it.call(&it.admin, Method::PATCH, &path, Some(json!({ "csat": csat }))).await;
    let (status, problem) = patch(json!({ "enabled": true, "question": " " })).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/csat/question"))
    );
    let (status, changed) = patch(json!({ "enabled": true, "thanks": "Noted, {{ contact.first_name }}." })).await;
    assert_eq!((status, &changed["csat"]["enabled"]), (StatusCode::OK, &json!(true)));
    assert!(changed["csat"]["question"].as_str().unwrap().starts_with("How satisfied"), "what is not named stays");

    it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
    let question = it.phone_shows("olena", "How satisfied").await;
    let choices = question["quick_replies"].as_array().unwrap();
    assert_eq!(choices.len(), 5, "{question}");
    let closed = it.get(&ben, &format!("/conversations/{id}")).await;
    assert_eq!((&closed["state"], &closed["csat"]), (&json!("closed"), &Value::Null), "not answered yet");

    let tap = json!({ "text": choices[3]["title"], "quick_reply_payload": choices[3]["payload"] });
    it.writes("olena", tap).await;
    let rated = answered(it, &ben, &id, |csat| csat["score"] == 4).await;
    assert_eq!((&rated["state"], &rated["csat"]["comment"]), (&json!("closed"), &Value::Null));
    it.phone_shows("olena", "Noted, Olena.").await;
    it.writes("olena", json!({ "text": "Ben was very kind" })).await;
    let rated = answered(it, &ben, &id, |csat| csat["comment"] == "Ben was very kind").await;
    assert_eq!((&rated["state"], &rated["csat"]["score"]), (&json!("closed"), &json!(4)));
    let boss = it.user("Sue", Role::Supervisor).await;
    let all = it.get(&boss, "/conversations").await["items"].clone();
    assert_eq!(all.as_array().unwrap().len(), 1, "no other conversation began: {all}");

    // Later messages are not part of the survey.
    it.writes("olena", json!({ "text": "One more question" })).await;
    let all = it
        .until("a new conversation", async || {
            let all = it.get(&boss, "/conversations").await["items"].clone();
            (all.as_array().unwrap().len() == 2).then_some(all)
        })
        .await;
    assert_eq!(all[0]["csat"], Value::Null);
    let report = it
        .until("the report", async || {
            let report = it.get(&boss, "/reports/csat?by=queue").await;
            (report["total"]["answered"] == 1).then_some(report)
        })
        .await;
    let row = &report["rows"][0];
    assert_eq!(
        (&row["key"], &row["asked"], &row["score_average"], &row["score_4"], &row["satisfied"]),
        (&json!(queue), &json!(1), &json!(4.0), &json!(1), &json!(1.0)),
        "{report}"
    );
}

async fn customers_of_every_channel_can_tap_a_score(it: &TestApp) {
    it.connected_on_all_channels().await;
    let queue = it.get(&it.admin, "/queues").await["items"][0]["id"].as_str().unwrap().to_owned();
    let change = json!({ "csat": { "enabled": true } });
    assert_eq!(
        it.call(&it.admin, Method::PATCH, &format!("/queues/{queue}"), Some(change)).await.0,
        StatusCode::OK
    );
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    for channel in Channel::ALL {
        let olena = Person { name: "olena".into(), channel };
        olena.asks_for_an_agent(it).await;
        let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
        it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
        it.post(&ben, &format!("/conversations/{id}/close"), json!({})).await;
        let (act, tap) = it
            .until("the scores on the phone", async || {
                let phone = olena.phone(it).await;
                let shown: Vec<_> = phone.iter().flat_map(|message| choices(channel, message)).collect();
                let scores: Vec<_> = shown.into_iter().filter(|(title, ..)| title.contains('★')).collect();
                (scores.len() == 5).then(|| (scores[1].1, scores[1].2.clone()))
            })
            .await;
        it.control(Method::POST, &olena.path(act), tap).await;
        let rated = answered(it, &ben, &id, |csat| csat["score"] == 2).await;
        assert_eq!(rated["state"], "closed", "{channel:?}");
    }
}
