//! The customers of the sample day.

use std::sync::Arc;

use sandbox::seed::{DEMO_INSTAGRAM_ID, DEMO_NUMBER_ID, DEMO_PAGE_ID};
use serde_json::json;
use tokio::sync::Semaphore;

use super::words::Language;
use super::{Http, any, chance, one_of, pause};

/// The maximum number of customers in one demo, so that a demo that is left running stops growing.
const MOST_CUSTOMERS: usize = 2_000;
/// How many customers write at the same time.
const AT_ONCE: usize = 40;
/// After this many checks without an answer, a customer gives up.
const MOST_LOOKS: usize = 120;
/// The number of customers who come first, all at once, so that there is something to see.
const FIRST: usize = 12;

/// Lets customers come, one after the other.
pub(super) async fn write(http: Http) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    for number in 0..MOST_CUSTOMERS {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let http = http.clone();
        tokio::spawn(async move {
            if let Err(error) = visit(&http).await {
                tracing::debug!(%error, "a customer of the sample day went away");
            }
            drop(place);
        });
        if number >= FIRST {
            pause(2_000..8_000).await;
        }
    }
}

/// One customer: past the bot to an agent, a question, a few answers, thanks. Some lose patience.
async fn visit(http: &Http) -> reqwest::Result<()> {
    let language = if chance(60) { Language::English } else { Language::Ukrainian };
    let account = one_of(&[DEMO_PAGE_ID, DEMO_PAGE_ID, DEMO_INSTAGRAM_ID, DEMO_NUMBER_ID]).unwrap_or(DEMO_PAGE_ID);
    let name = one_of(language.names()).unwrap_or_default();
    let made = http.post("/customers", &json!({ "name": name, "picture": chance(70) })).await?;
    let path = format!("/accounts/{account}/customers/{}/messages", made["id"].as_str().unwrap_or_default());
    let mut answers = 0;
    for words in [one_of(language.hello()).unwrap_or_default(), "Talk to an agent"] {
        say(http, &path, words).await?;
        answers = answered(http, &path, answers).await?.unwrap_or(answers);
        pause(400..1_500).await;
    }
    say(http, &path, one_of(language.questions()).unwrap_or_default()).await?;
    for _ in 0..any(1..4) {
        let Some(more) = answered(http, &path, answers).await? else { return Ok(()) };
        answers = more;
        pause(1_500..9_000).await;
        say(http, &path, one_of(language.follow_ups()).unwrap_or_default()).await?;
    }
    if answered(http, &path, answers).await?.is_some() {
        pause(1_000..4_000).await;
        say(http, &path, one_of(language.thanks()).unwrap_or_default()).await?;
    }
    Ok(())
}

async fn say(http: &Http, path: &str, words: &str) -> reqwest::Result<()> {
    http.post(path, &json!({ "text": words })).await.map(drop)
}

/// Waits until the phone shows more answers than before, and returns their number; None if the customer loses
/// patience.
async fn answered(http: &Http, path: &str, before: usize) -> reqwest::Result<Option<usize>> {
    for _ in 0..MOST_LOOKS {
        let phone = http.get(path).await?;
        let messages = phone["messages"].as_array().map_or(&[][..], Vec::as_slice);
        let answers = messages.iter().filter(|message| message["direction"] == "out").count();
        if answers > before {
            return Ok(Some(answers));
        }
        pause(800..1_200).await;
    }
    Ok(None)
}
