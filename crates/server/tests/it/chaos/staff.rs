//! Those who answer: agents accept, answer, transfer and close; a supervisor replies privately to comments and merges
//! contacts.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::load::{BUSY, CALM, OVER};
use super::wires::{Answered, Dice, Wires};
use crate::app::LAVKA;

/// How long one answer is tried again under its key. A restart takes seconds.
const INSISTENCE: Duration = Duration::from_secs(90);

/// What the staff did, as they remember it.
#[derive(Default)]
pub struct Record {
    /// Texts that were answered with 201, by the id of the message.
    pub answers: BTreeMap<String, String>,
    /// Texts that someone tried to send, whatever the result.
    pub tried: HashSet<String>,
    /// Meta's ids of comments whose private reply was answered with 201, and the message that it is.
    pub replies: BTreeMap<String, String>,
    /// Contacts that became part of another.
    pub merged: BTreeSet<String>,
    /// Invalid responses of the API: 5xx other than 503, silence, or a second id for one key.
    pub oddities: Vec<String>,
}

pub struct Staff {
    pub wires: Wires,
    pub token: String,
    pub name: String,
    pub dice: Dice,
    pub record: Arc<Mutex<Record>>,
    pub count: u32,
}

impl Staff {
    pub async fn answers_customers(mut self, mode: Arc<AtomicU8>) {
        loop {
            match mode.load(Ordering::SeqCst) {
                OVER => return,
                mode => self.serves(mode == CALM).await,
            }
            self.dice.pause(40, 250).await;
        }
    }

    pub async fn looks_after_people(mut self, mode: Arc<AtomicU8>) {
        loop {
            match mode.load(Ordering::SeqCst) {
                OVER => return,
                BUSY => {
                    self.replies_to_comments().await;
                    self.merges().await;
                }
                _ => {}
            }
            self.dice.pause(100, 400).await;
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Option<(StatusCode, Value)> {
        let odd = async |what: String| self.record.lock().await.oddities.push(format!("{method} {path}: {what}"));
        match self.wires.api(&self.token, method.clone(), path, body).await {
            Answered::Yes(status, body) => {
                if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
                    odd(format!("{status} {body}")).await;
                }
                Some((status, body))
            }
            Answered::Cut => None,
            Answered::Silent => {
                odd("no answer".to_owned()).await;
                None
            }
        }
    }

    async fn items(&self, path: &str) -> Vec<Value> {
        let found = self.call(Method::GET, path, None).await;
        found.and_then(|(_, list)| list["items"].as_array().cloned()).unwrap_or_default()
    }

    async fn serves(&mut self, calm: bool) {
        self.call(Method::PUT, "/me/status", Some(json!({ "status": "online" }))).await;
        for offer in self.items("/conversations?state=offered&limit=50").await {
            let id = offer["id"].as_str().unwrap();
            let does = if !calm && self.dice.below(10) == 0 { "decline" } else { "accept" };
            self.call(Method::POST, &format!("/conversations/{id}/{does}"), Some(json!({}))).await;
        }
        for held in self.items("/conversations?state=active&limit=50").await {
            let id = held["id"].as_str().unwrap().to_owned();
            let close = format!("/conversations/{id}/close");
            match self.dice.below(20) {
                0 if !calm => {
                    let queue = json!({ "queue_id": held["queue"]["id"], "note": "Please" });
                    self.call(Method::POST, &format!("/conversations/{id}/transfer"), Some(queue)).await;
                }
                1 => drop(self.call(Method::POST, &close, Some(json!({}))).await),
                2..10 if !calm => {}
                _ => {
                    self.says(&format!("/conversations/{id}/messages")).await;
                    if calm {
                        self.call(Method::POST, &close, Some(json!({}))).await;
                    }
                }
            }
        }
    }

    /// Sends a text until the server has answered, always under the same key. Returns the id of the message.
    async fn says(&mut self, path: &str) -> Option<String> {
        self.count += 1;
        let text = format!("{} answers {}", self.name, self.count);
        self.record.lock().await.tried.insert(text.clone());
        let words = json!({ "text": text, "client_id": format!("{}-{}", self.name, self.count) });
        let started = Instant::now();
        let mut last = "the connection was cut".to_owned();
        while started.elapsed() < INSISTENCE {
            match self.call(Method::POST, path, Some(words.clone())).await {
                Some((StatusCode::CREATED, answer)) => {
                    let id = answer["id"].as_str().unwrap().to_owned();
                    self.record.lock().await.answers.insert(id.clone(), text);
                    return Some(id);
                }
                // The store or the conversation was busy: the key makes another try safe.
                Some((status, body)) if status == StatusCode::SERVICE_UNAVAILABLE => last = body.to_string(),
                Some(_) => return None,
                None => {}
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let odd = format!("POST {path}: {text:?} was not taken in {} s; last: {last}", INSISTENCE.as_secs());
        self.record.lock().await.oddities.push(odd);
        None
    }

    async fn replies_to_comments(&mut self) {
        for comment in self.items(&format!("/pages/{LAVKA}/comments?limit=100")).await {
            let known = comment["comment_id"].as_str().unwrap().to_owned();
            let is_open = comment["reply_until"].is_string() && comment["reply_message_id"].is_null();
            // Some stay without a reply.
            if !is_open || self.dice.below(3) == 0 {
                continue;
            }
            let path = format!("/pages/{LAVKA}/comments/{}/reply", comment["id"].as_str().unwrap());
            if let Some(id) = self.says(&path).await {
                self.record.lock().await.replies.insert(known, id);
            }
        }
    }

    /// Merges one of the newest contacts into another: they are the same person.
    async fn merges(&mut self) {
        let contacts = self.items("/contacts?limit=100").await;
        let (Some(stays), Some(goes)) = (self.dice.pick(&contacts), self.dice.pick(&contacts)) else { return };
        if stays["id"] == goes["id"] || self.dice.below(3) > 0 {
            return;
        }
        let path = format!("/contacts/{}/merge", stays["id"].as_str().unwrap());
        let answer = self.call(Method::POST, &path, Some(json!({ "contact_id": goes["id"] }))).await;
        if answer.is_some_and(|(status, _)| status == StatusCode::OK) {
            self.record.lock().await.merged.insert(goes["id"].as_str().unwrap().to_owned());
        }
    }
}
