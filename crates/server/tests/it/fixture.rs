//! What many tests begin with and wait for: a conversation that an agent holds, and what becomes of its messages; an open
//! screen.

use std::time::Duration;

use domain::id::GatewayId;
use domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use store::{Batch, Signal, testing};

use crate::app::TestApp;

/// A conversation with Olena that Ben holds: his token, its id, the gateway's.
pub async fn active(it: &TestApp) -> (String, String, String) {
    let gateway = it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    it.phone_shows("olena", "Ben has joined").await;
    (ben, id, gateway)
}

/// What does not change in a list of messages: a receipt may come between two reads of it.
pub fn lines(messages: &Value) -> Vec<(&Value, &Value)> {
    messages.as_array().unwrap().iter().map(|message| (&message["id"], &message["text"])).collect()
}

/// One message of a conversation as it is now.
pub async fn message(it: &TestApp, token: &str, conversation: &str, id: &Value) -> Value {
    let thread = it.get(token, &format!("/conversations/{conversation}/messages?limit=200")).await;
    thread["items"].as_array().unwrap().iter().find(|message| message["id"] == *id).unwrap().clone()
}

/// Waits until a message has one of these states.
pub async fn becomes(it: &TestApp, token: &str, conversation: &str, id: &Value, status: &[&str]) -> Value {
    it.until(&format!("{status:?}"), async || {
        let message = message(it, token, conversation, id).await;
        status.contains(&message["status"].as_str().unwrap()).then_some(message)
    })
    .await
}

/// What happened to a conversation, in order, by the codes of its events.
pub async fn event_codes(it: &TestApp, conversation: &str) -> Vec<String> {
    let thread = it.get(&it.admin, &format!("/conversations/{conversation}/messages?limit=200")).await;
    let codes = thread["items"].as_array().unwrap().iter().filter_map(|item| item["event"]["code"].as_str());
    codes.map(str::to_owned).collect()
}

/// Changes a row that no call of the API changes, and notifies the server.
pub async fn change_row(it: &TestApp, sql: &'static str, params: Vec<testing::Value>) {
    let mut batch = Batch::new();
    testing::push(&mut batch, sql, params);
    batch.notify(Signal::Config);
    it.store.commit(batch).await.unwrap();
}

/// Waits until an account that a test wrote into the store is in the directory: events of one that is not are ignored.
pub async fn account_is_known(it: &TestApp, gateway: GatewayId, account: &str) {
    it.until("the account is known", async || {
        it.app().directory().account(gateway, account).is_some_and(|it| it.subscribed).then_some(())
    })
    .await;
}

/// The id of a token's user.
pub async fn user_id(it: &TestApp, token: &str) -> String {
    it.get(token, "/me").await["user"]["id"].as_str().unwrap().to_owned()
}

/// How many rounds of a background worker have failed in this process.
pub async fn rounds_failed(it: &TestApp, worker: &str) -> u64 {
    server::web::api::probes::record();
    let figures = it.http().get(format!("{}/metrics", it.url)).bearer_auth(&it.admin).send().await.unwrap();
    let line = format!("deskbell_worker_rounds_total{{worker=\"{worker}\",result=\"error\"}} ");
    let text = figures.text().await.unwrap();
    text.lines().find_map(|figure| figure.strip_prefix(&line)).map_or(0, |count| count.parse().unwrap())
}

/// An event as it came over a stream.
#[derive(Debug, Clone)]
pub struct Received {
    pub kind: String,
    pub id: Option<String>,
    pub data: Value,
}

/// A screen: an open event stream, which is closed when this is dropped.
pub struct Screen {
    response: reqwest::Response,
    text: String,
}

impl Screen {
    /// A stream without a screen, as programs use it.
    pub async fn open(it: &TestApp, token: &str) -> Self {
        Self::open_at(it, token, "/events").await
    }

    /// One that reports which offers it has shown, as Deskbell's own do.
    pub async fn open_confirming(it: &TestApp, token: &str) -> Self {
        Self::open_at(it, token, "/events?confirms_offers=true").await
    }

    async fn open_at(it: &TestApp, token: &str, path: &str) -> Self {
        let response = it.http().get(format!("{}/api/v1{path}", it.url)).bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Self { response, text: String::new() }
    }

    /// The data of the next event of this kind that is wanted.
    pub async fn event(&mut self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = tokio::time::timeout(Duration::from_secs(40), self.next(kind, wanted)).await;
        found.unwrap_or_else(|_| panic!("waited in vain for the event {kind}"))
    }

    async fn next(&mut self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.receive().await;
            if event.kind == kind && wanted(&event.data) {
                return event.data;
            }
        }
    }

    /// All events up to the first that is wanted, and that one.
    pub async fn events_until(&mut self, wanted: impl Fn(&Received) -> bool) -> Vec<Received> {
        let mut all = Vec::new();
        let found = tokio::time::timeout(Duration::from_secs(40), async {
            loop {
                let event = self.receive().await;
                let last = wanted(&event);
                all.push(event);
                if last {
                    return;
                }
            }
        });
        if found.await.is_err() {
            panic!("waited in vain for an event behind {all:?}");
        }
        all
    }

    async fn receive(&mut self) -> Received {
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let line = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let (kind, id, data) = (line("event: "), line("id: "), line("data: ").unwrap_or_default());
                self.text = rest.to_owned();
                // Comments keep the stream open.
                let Some(kind) = kind else { continue };
                return Received { kind, id, data: serde_json::from_str(&data).unwrap_or_default() };
            }
            let chunk = self.response.chunk().await.unwrap().expect("the stream goes on");
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
}
