//! The colleagues of the sample day.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::words::Language;
use super::{Http, any, chance, one_of, pause};

/// An agent's plans: how many answers they give in each conversation before they close it.
type Plans = HashMap<String, u64>;

/// An agent closes a conversation after this long without an answer. Without it, customers who went away would fill all places.
const SILENCE: SignedDuration = SignedDuration::from_secs(40);

/// Works until the demo ends.
pub(super) async fn work(http: Http, me: String) {
    let mut plans = Plans::new();
    loop {
        // Failures are normal: a colleague was faster, or the demo is about to end.
        if let Err(error) = look(&http, &me, &mut plans).await {
            tracing::debug!(%error, "an agent of the sample day was refused");
        }
        pause(700..2_000).await;
    }
}

async fn look(http: &Http, me: &str, plans: &mut Plans) -> reqwest::Result<()> {
    if http.get("/me").await?["status"]["status"] != "online" {
        http.put("/me/status", &json!({ "status": "online" })).await?;
    } else if plans.is_empty() && chance(1) {
        return take_a_break(http).await;
    }
    let mine = http.get(&format!("/conversations?state=offered,active,wrap_up&agent={me}&limit=20")).await?;
    let mine = mine["items"].as_array().cloned().unwrap_or_default();
    plans.retain(|id, _| mine.iter().any(|it| it["id"] == id.as_str()));
    for conversation in &mine {
        attend(http, conversation, plans).await?;
    }
    Ok(())
}

/// The next step of one conversation.
async fn attend(http: &Http, conversation: &Value, plans: &mut Plans) -> reqwest::Result<()> {
    let id = conversation["id"].as_str().unwrap_or_default();
    let path = format!("/conversations/{id}");
    let last = &conversation["last_message"];
    match conversation["state"].as_str().unwrap_or_default() {
        "offered" => {
            pause(500..3_000).await;
            let step = if chance(4) { "decline" } else { "accept" };
            http.post(&format!("{path}/{step}"), &json!({})).await?;
        }
        "wrap_up" => {
            pause(1_000..4_000).await;
            http.post(&format!("{path}/close"), &json!({})).await?;
        }
        _ if last["direction"] == "in" => {
            let left = plans.entry(id.to_owned()).or_insert_with(|| any(2..5));
            *left = left.saturating_sub(1);
            let is_over = *left == 0;
            pause(1_000..4_000).await;
            let language = Language::of(last["text"].as_str().unwrap_or_default());
            let words = one_of(language.answers()).unwrap_or_default();
            http.post(&format!("{path}/messages"), &json!({ "text": words })).await?;
            if is_over {
                pause(500..2_000).await;
                http.post(&format!("{path}/close"), &json!({})).await?;
            } else if chance(4) {
                hand_over(http, &path).await?;
            }
        }
        // The customer got what they wanted, or lost patience.
        _ if is_silent(last) => drop(http.post(&format!("{path}/close"), &json!({})).await?),
        _ => {}
    }
    Ok(())
}

/// Whether the last message is so old that no answer to it will come.
fn is_silent(last: &Value) -> bool {
    let at = last["created_at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    at.is_some_and(|at| Timestamp::now().duration_since(at) > SILENCE)
}

/// Transfers to another queue.
async fn hand_over(http: &Http, path: &str) -> reqwest::Result<()> {
    let queues = http.get("/queues").await?;
    let ids: Vec<&str> =
        queues["items"].as_array().into_iter().flatten().filter_map(|it| it["id"].as_str()).collect();
    let Some(queue) = one_of(&ids) else { return Ok(()) };
    http.post(&format!("{path}/transfer"), &json!({ "queue_id": queue, "note": "This is one for you." })).await?;
    Ok(())
}

/// Takes a break, if there is a pause cause.
async fn take_a_break(http: &Http) -> reqwest::Result<()> {
    let causes = http.get("/pause-causes").await?;
    let Some(cause) = causes["items"].as_array().and_then(|items| items.first()) else { return Ok(()) };
    http.put("/me/status", &json!({ "status": "pause", "cause": cause["name"] })).await?;
    pause(15_000..45_000).await;
    Ok(())
}
