//! The language model in flows: its answers reach customers whole or not at all.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::flows::{publish, says};
use crate::program::{End, Program, completion, deltas, stream_of};
use crate::routes::on_both_engines;

on_both_engines! {
    a_language_model_answers_and_hands_over
    a_customer_gets_a_streamed_answer_as_one_message_and_never_half_of_one
}

async fn a_language_model_answers_and_hands_over(it: &TestApp) {
    it.connected().await;
    let (program, address) = Program::start().await;
    publish(
        it,
        "ai",
        json!({
            "ai": { "type": "ai_reply", "instructions": "You bake bread.",
                "knowledge": ["We open at 9."], "otherwise": "people" },
            "people": { "type": "join_queue", "waiting_text": "One moment", "nobody_text": "One moment" },
        }),
    )
    .await;
    // Nothing is sent before it is set up.
    says(it, "Hello").await;
    it.phone_shows("olena", "One moment").await;
    assert_eq!(program.asked().len(), 0);
    let patch = async |ai: Value| it.call(&it.admin, Method::PATCH, "/settings", Some(json!({ "ai": ai }))).await;
    let (status, problem) = patch(json!({ "url": "http://10.0.0.1/v1", "model": "m", "enabled": true })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/ai/url")));
    let on = json!({ "url": format!("{address}/v1"), "key": "sk-1", "model": "small", "enabled": true });
    let (_, settings) = patch(on).await;
    assert_eq!(
        settings["ai"],
        json!({ "url": format!("{address}/v1"), "model": "small", "enabled": true, "agents": false, "has_key": true })
    );

    // The key is for the previous address: it goes nowhere else.
    let elsewhere = address.replace("127.0.0.1", "localhost");
    let (status, problem) = patch(json!({ "url": format!("{elsewhere}/v1") })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/ai/key")));
    assert_eq!(it.get(&it.admin, "/settings").await["ai"], settings["ai"], "nothing has changed");
    let (_, settings) = patch(json!({ "url": format!("{address}/v1/chat/completions") })).await;
    assert_eq!(settings["ai"]["has_key"], true, "another path of the same program: {settings}");

    program.answers(200, completion("We open at 9, Maria."));
    it.writes("maria", json!({ "text": "When do you open?" })).await;
    it.phone_shows("maria", "We open at 9, Maria.").await;
    let asked = &program.asked()[0];
    assert_eq!((asked.path.as_str(), asked.authorization.as_str()), ("/v1/chat/completions", "Bearer sk-1"));
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let messages = body["messages"].as_array().unwrap();
    let system = messages[0]["content"].as_str().unwrap();
    assert!(system.contains("You bake bread") && system.contains("We open at 9."), "{system}");
    assert_eq!(messages.last().unwrap(), &json!({ "role": "user", "content": "When do you open?" }));
    program.answers(200, completion("HAND_OVER"));
    it.writes("maria", json!({ "text": "A person, please" })).await;
    it.phone_shows("maria", "One moment").await;
}

async fn a_customer_gets_a_streamed_answer_as_one_message_and_never_half_of_one(it: &TestApp) {
    it.connected().await;
    let (program, address) = Program::start().await;
    let ai = json!({ "url": format!("{address}/v1"), "key": "sk-1", "model": "small", "enabled": true });
    it.call(&it.admin, Method::PATCH, "/settings", Some(json!({ "ai": ai }))).await;
    publish(
        it,
        "ai",
        json!({
            "ai": { "type": "ai_reply", "instructions": "You bake bread.", "otherwise": "people", "on_error": "sorry" },
            "sorry": { "type": "send", "text": "Not now.", "next": "people" },
            "people": { "type": "join_queue", "waiting_text": "One moment", "nobody_text": "One moment" },
        }),
    )
    .await;
    program.streams(&stream_of(&["Ми пече", "мо 🥖, ", "Ольго."]), 5, End::Closes);
    says(it, "What do you bake?").await;
    let shown = it.phone_shows("olena", "Ми печемо").await;
    assert_eq!(shown["text"], "Ми печемо 🥖, Ольго.");
    program.streams(&deltas(&["HAND", "_OVER"]), 5, End::Breaks);
    says(it, "And what else?").await;
    it.phone_shows("olena", "Not now.").await;
    it.phone_shows("olena", "One moment").await;
    assert_eq!(program.asked().len(), 3, "it was asked again once");
    let phone = it.phone("olena").await;
    let shown = phone["messages"].as_array().unwrap().iter().filter(|message| message["direction"] == "out");
    let texts: Vec<_> = shown.map(|message| message["text"].as_str().unwrap()).take(3).collect();
    assert_eq!(texts, ["Ми печемо 🥖, Ольго.", "Not now.", "One moment"], "nothing of the other half");
}
