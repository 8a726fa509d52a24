//! The channels of the sandbox, with one account each: how it is connected, and what differs on a customer's phone.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{ANNA, APP_ID, INSTAGRAM, LAVKA, NUMBER, TestApp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    Messenger,
    Instagram,
    WhatsApp,
}

impl Channel {
    pub const ALL: [Self; 3] = [Self::Messenger, Self::Instagram, Self::WhatsApp];

    /// The channel of the n-th customer: each has a third of them.
    pub fn of_customer(number: usize) -> Self {
        Self::ALL[number % Self::ALL.len()]
    }

    /// As the API and the store name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Messenger => "messenger",
            Self::Instagram => "instagram",
            Self::WhatsApp => "whatsapp",
        }
    }

    /// The account that its customers write to.
    pub fn account(self) -> &'static str {
        match self {
            Self::Messenger => LAVKA,
            Self::Instagram => INSTAGRAM,
            Self::WhatsApp => NUMBER,
        }
    }

    /// Connects its account, or connects it again with a token that lives.
    pub async fn connect(self, it: &TestApp, gateway: &str) {
        match self {
            Self::Messenger => {
                let outcome = it.connect(gateway, ANNA).await;
                assert_eq!(outcome["state"], "done", "{outcome}");
            }
            Self::Instagram => it.connect_instagram(gateway).await,
            Self::WhatsApp => it.connect_whatsapp(gateway).await,
        }
    }

    /// The marker that Deskbell put on a message of the phone; None if another sent it. A message without one of ours
    /// is marked with nothing.
    pub fn mark(self, message: &Value) -> Option<&str> {
        let (is_ours, mark) = match self {
            Self::WhatsApp => (message["sending"].is_object(), &message["sending"]["opaque"]),
            _ => (message["app_id"] == APP_ID, &message["metadata"]),
        };
        is_ours.then(|| mark.as_str().unwrap_or_default())
    }
}

/// A customer on a channel, as the sandbox names them.
#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub channel: Channel,
}

impl Person {
    /// The control route of something on their phone.
    pub fn path(&self, what: &str) -> String {
        format!("/accounts/{}/customers/{}/{what}", self.channel.account(), self.name)
    }

    /// What their phone shows, oldest first.
    pub async fn phone(&self, it: &TestApp) -> Vec<Value> {
        let thread = it.control(Method::GET, &self.path("messages"), json!({})).await;
        thread["messages"].as_array().unwrap().clone()
    }

    /// Asks for an agent through the bot, from the first message on.
    pub async fn asks_for_an_agent(&self, it: &TestApp) {
        it.control(Method::POST, &self.path("messages"), json!({ "text": "Hello" })).await;
        let (_, act, tap) = it
            .until("the bot's menu", async || {
                let messages = self.phone(it).await;
                let mut choices = messages.iter().flat_map(|message| choices(self.channel, message));
                choices.find(|(title, ..)| title == "Talk to an agent")
            })
            .await;
        it.control(Method::POST, &self.path(act), tap).await;
    }
}

/// The choices of a message as a customer can tap them: title, and what a tap sends to the control route it names.
pub fn choices(channel: Channel, message: &Value) -> Vec<(String, &'static str, Value)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if channel != Channel::WhatsApp {
        let replies = message["quick_replies"].as_array().into_iter().flatten();
        let tap = |it: &Value| json!({ "text": it["title"], "quick_reply_payload": it["payload"] });
        return replies.map(|it| (text(&it["title"]), "messages", tap(it))).collect();
    }
    let action = &message["content"]["interactive"]["action"];
    let buttons = action["buttons"].as_array().into_iter().flatten().map(|button| &button["reply"]);
    let sections = action["sections"].as_array().into_iter().flatten();
    let rows = sections.flat_map(|section| section["rows"].as_array().into_iter().flatten());
    let tap = |it: &Value| json!({ "mid": message["mid"], "choice": it["id"] });
    buttons.chain(rows).map(|it| (text(&it["title"]), "tap", tap(it))).collect()
}
