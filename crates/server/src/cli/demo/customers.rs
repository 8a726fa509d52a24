//! Customers who have already written in a demo: on each channel, two of them wait for an agent.

use std::time::Duration;

use reqwest::Client;
use sandbox::seed::{DEMO_INSTAGRAM_ID, DEMO_NUMBER_ID, DEMO_PAGE_ID};
use serde_json::{Value, json};

/// How long to wait for the bot's answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a customer takes to read it.
const READING: Duration = Duration::from_millis(300);

/// What a customer sends, in the format of the sandbox's control API.
struct Story {
    account: &'static str,
    customer: &'static str,
    hello: &'static str,
    then: Vec<Value>,
}

fn stories() -> Vec<Story> {
    let story = |account, customer, hello, then| Story { account, customer, hello, then };
    vec![
        story(DEMO_PAGE_ID, "olena", "Hello", vec![json!({ "text": "Is my order 1042 on its way?" })]),
        story(
            DEMO_INSTAGRAM_ID,
            "maria",
            "Hola!",
            vec![json!({ "story": { "kind": "reply" }, "text": "Is this bread still available?" })],
        ),
        story(
            DEMO_NUMBER_ID,
            "nopic",
            "Добрий день",
            vec![
                json!({ "attachment": { "type": "audio" } }),
                json!({ "text": "It is about yesterday's delivery." }),
            ],
        ),
        story(DEMO_PAGE_ID, "ahmed", "مرحبا", vec![json!({ "text": "متى تفتحون غدا؟" })]),
        story(
            DEMO_INSTAGRAM_ID,
            "li",
            "你好",
            vec![
                json!({ "attachment": { "type": "image" } }),
                json!({ "text": "Do you have this in a smaller size?" }),
            ],
        ),
        story(
            DEMO_NUMBER_ID,
            "maria",
            "Hola!",
            vec![
                json!({ "attachment": { "type": "location", "title": "Home" } }),
                json!({ "text": "Do you deliver here?" }),
            ],
        ),
    ]
}

/// Lets them write, one after the other, each through the bot to a queue.
pub(super) async fn write(client: Client, sandbox: String) {
    for story in stories() {
        let url = format!("{sandbox}/control/accounts/{}/customers/{}/messages", story.account, story.customer);
        if let Err(error) = tell(&client, &url, &story).await {
            tracing::warn!(%error, customer = story.customer, "a customer of the demo could not write");
        }
    }
}

async fn tell(client: &Client, url: &str, story: &Story) -> Result<(), reqwest::Error> {
    let mut answers = 0;
    for words in [story.hello, "Talk to an agent"] {
        say(client, url, &json!({ "text": words })).await?;
        answers = answered(client, url, answers).await?;
        tokio::time::sleep(READING).await;
    }
    for message in &story.then {
        say(client, url, message).await?;
    }
    Ok(())
}

async fn say(client: &Client, url: &str, message: &Value) -> Result<(), reqwest::Error> {
    client.post(url).json(message).send().await?.error_for_status().map(drop)
}

/// Waits until the phone shows more answers than before; returns their number.
async fn answered(client: &Client, url: &str, before: usize) -> Result<usize, reqwest::Error> {
    let started = tokio::time::Instant::now();
    loop {
        let phone: Value = client.get(url).send().await?.json().await?;
        let messages = phone["messages"].as_array().map_or(&[][..], Vec::as_slice);
        let answers = messages.iter().filter(|message| message["direction"] == "out").count();
        if answers > before || started.elapsed() > PATIENCE {
            return Ok(answers);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
