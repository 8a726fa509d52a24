//! How the load reaches the server and the sandbox: every call has a bound, and each actor names what it is waiting
//! for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::channel::Person;

/// No call takes longer, even while the store is busy. A killed server resets its connections at once.
const CALL: Duration = Duration::from_secs(30);

/// Random numbers that repeat for a seed (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(usize::try_from(self.below(from.len() as u64)).unwrap())
    }

    pub async fn pause(&mut self, least: u64, most: u64) {
        tokio::time::sleep(Duration::from_millis(least + self.below(most - least))).await;
    }
}

/// What came of a call to the API.
pub enum Answered {
    Yes(StatusCode, Value),
    /// The server was killed before it responded.
    Cut,
    /// The server runs and does not respond: a request was lost.
    Silent,
}

/// The addresses, and what the actor who holds them is doing.
pub struct Wires {
    http: reqwest::Client,
    api: String,
    control: String,
    doing: Arc<Mutex<String>>,
}

impl Wires {
    pub fn of(it: &TestApp) -> Self {
        Self {
            http: it.http().clone(),
            api: format!("{}/api/v1", it.url),
            control: format!("{}/control", it.sandbox.url()),
            doing: Arc::default(),
        }
    }

    /// The same addresses for another actor.
    pub fn for_another(&self) -> Self {
        Self {
            http: self.http.clone(),
            api: self.api.clone(),
            control: self.control.clone(),
            doing: Arc::default(),
        }
    }

    /// What the actor waits for, readable from outside.
    pub fn doing(&self) -> Arc<Mutex<String>> {
        self.doing.clone()
    }

    fn does(&self, what: String) {
        *self.doing.lock().unwrap() = what;
    }

    /// Calls the API.
    pub async fn api(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Answered {
        self.does(format!("{method} {path}"));
        let request = self.http.request(method, format!("{}{path}", self.api)).bearer_auth(token).timeout(CALL);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = async {
            let answer = request.send().await?;
            let status = answer.status();
            Ok((status, answer.json().await?))
        };
        let answer: Result<(StatusCode, Value), reqwest::Error> = answer.await;
        self.does("nothing".to_owned());
        match answer {
            Ok((status, body)) => Answered::Yes(status, body),
            Err(error) if error.is_timeout() => Answered::Silent,
            Err(_) => Answered::Cut,
        }
    }

    /// Calls the sandbox, which is never killed.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        self.does(format!("sandbox: {method} {path}"));
        let request = self.http.request(method, format!("{}{path}", self.control)).json(&body).timeout(CALL);
        let answer =
            request.send().await.unwrap_or_else(|error| panic!("the sandbox did not answer {path}: {error}"));
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        self.does("nothing".to_owned());
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// What the phone of a customer shows, oldest first.
    pub async fn phone(&self, customer: &Person) -> Vec<Value> {
        let path = customer.path("messages");
        self.control(Method::GET, &path, json!({})).await["messages"].as_array().unwrap().clone()
    }
}
