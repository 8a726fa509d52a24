//! People who don't care that the server dies: customers write, tap, react and read; agents accept, answer, transfer,
//! close. Each has dice of their own, so that a seed repeats what they do.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::app::{LAVKA, TestApp};

/// Chance that repeats itself (splitmix64).
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

    async fn pause(&mut self, least: u64, most: u64) {
        tokio::time::sleep(Duration::from_millis(least + self.below(most - least))).await;
    }
}

/// The ways to the server and to the sandbox.
#[derive(Clone)]
pub struct Wires {
    http: reqwest::Client,
    api: String,
    control: String,
}

impl Wires {
    pub fn of(it: &TestApp) -> Self {
        Self {
            http: it.http().clone(),
            api: format!("{}/api/v1", it.url),
            control: format!("{}/control", it.sandbox.url()),
        }
    }

    /// A call of the API; `None` if the server died before it answered.
    async fn api(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Option<(StatusCode, Value)> {
        let request = self.http.request(method, format!("{}{path}", self.api)).bearer_auth(token);
        let request = request.timeout(Duration::from_secs(30));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.ok()?;
        let status = answer.status();
        Some((status, answer.json().await.ok()?))
    }

    async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let answer =
            self.http.request(method, format!("{}{path}", self.control)).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    pub async fn phone(&self, customer: &str) -> Vec<Value> {
        let path = format!("/pages/{LAVKA}/customers/{customer}/messages");
        self.control(Method::GET, &path, json!({})).await["messages"].as_array().unwrap().clone()
    }
}

/// What was said, as those who said it remember.
#[derive(Default)]
pub struct Told {
    /// Texts of agents that were answered with 201, by the id of the message.
    pub answers: BTreeMap<String, String>,
    /// Texts that an agent tried to say, whatever came of it.
    pub tried: HashSet<String>,
    /// Answers of the API that make no sense: 5xx other than 503, or a second id for one key.
    pub oddities: Vec<String>,
}

const BUSY: u8 = 0;
const CALM: u8 = 1;
const OVER: u8 = 2;

/// Everybody at work.
pub struct Load {
    wires: Wires,
    mode: Arc<AtomicU8>,
    told: Arc<Mutex<Told>>,
    names: Vec<String>,
    customers: Vec<JoinHandle<()>>,
    agents: Vec<JoinHandle<()>>,
}

impl Load {
    pub async fn start(wires: Wires, seed: u64, customers: usize, agents: &[String]) -> Self {
        let mode = Arc::new(AtomicU8::new(BUSY));
        let told = Arc::new(Mutex::new(Told::default()));
        let mut names = Vec::new();
        for n in 0..customers {
            let name = format!("k{n:02}");
            wires
                .control(Method::POST, "/customers", json!({ "id": name, "name": format!("Customer {n}") }))
                .await;
            names.push(name);
        }
        let customers = names.iter().zip(1_u64..).map(|(name, n)| {
            let dice = Dice::new(seed.wrapping_mul(1_000) + n);
            tokio::spawn(customer(wires.clone(), mode.clone(), name.clone(), dice))
        });
        let customers = customers.collect();
        let agents = agents.iter().zip(1_u64..).map(|(token, n)| {
            let agent = Agent {
                wires: wires.clone(),
                token: token.clone(),
                name: format!("a{n}"),
                dice: Dice::new(seed.wrapping_mul(2_000) + n),
                told: told.clone(),
                count: 0,
            };
            tokio::spawn(agent.works(mode.clone()))
        });
        let agents = agents.collect();
        Self { wires, mode, told, names, customers, agents }
    }

    /// Customers fall silent; agents answer whoever is left.
    pub fn calm(&self) {
        self.mode.store(CALM, Ordering::SeqCst);
    }

    /// Every customer says a last word. Answers who got no reply to it in time.
    pub async fn last_words(&self, it: &TestApp, patience: Duration) -> Vec<String> {
        let mut asked = BTreeMap::new();
        for name in &self.names {
            let said = it
                .control(
                    Method::POST,
                    &format!("/pages/{LAVKA}/customers/{name}/messages"),
                    json!({ "text": format!("{name} last word") }),
                )
                .await;
            asked.insert(name.clone(), said["timestamp"].as_i64().unwrap());
        }
        let started = Instant::now();
        while !asked.is_empty() && started.elapsed() < patience {
            for (name, at) in asked.clone() {
                let answered = |message: &Value| {
                    message["direction"] == "out" && message["timestamp"].as_i64().is_some_and(|when| when >= at)
                };
                if self.wires.phone(&name).await.iter().any(answered) {
                    asked.remove(&name);
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        asked.into_keys().collect()
    }

    /// Sends everybody home.
    pub async fn stop(self) -> Told {
        self.mode.store(OVER, Ordering::SeqCst);
        for task in self.customers.into_iter().chain(self.agents) {
            task.await.unwrap();
        }
        std::mem::take(&mut *self.told.lock().await)
    }
}

async fn customer(wires: Wires, mode: Arc<AtomicU8>, name: String, mut dice: Dice) {
    let base = format!("/pages/{LAVKA}/customers/{name}");
    let post = async |rest: &str, body: Value| wires.control(Method::POST, &format!("{base}/{rest}"), body).await;
    let (mut count, mut own) = (0, Vec::new());
    while mode.load(Ordering::SeqCst) == BUSY {
        match dice.below(100) {
            0..50 => {
                for _ in 0..=dice.below(4) {
                    count += 1;
                    let said = post("messages", json!({ "text": format!("{name} said {count}") })).await;
                    own.push(said["mid"].as_str().unwrap().to_owned());
                }
            }
            50..60 => drop(post("messages", json!({ "attachment": { "type": "image" } })).await),
            60..78 => tap(&wires, &name, &mut dice).await,
            78..86 => {
                let messages = wires.phone(&name).await;
                let bare =
                    |message: &&Value| message["direction"] == "out" && message["reactions"]["customer"].is_null();
                if let Some(message) = messages.iter().rev().find(bare) {
                    post("reaction", json!({ "mid": message["mid"], "emoji": "👍" })).await;
                }
            }
            86..92 => {
                // Edited once: which of two edits came last is nobody's to know when Meta swaps them.
                if let Some(mid) = own.pop() {
                    post("edit", json!({ "mid": mid, "text": format!("{name} meant {count}") })).await;
                }
                own.clear();
            }
            _ => drop(post("read", json!({})).await),
        }
        dice.pause(30, 300).await;
    }
}

/// Taps a choice of the bot's newest menu, an agent more often than not.
async fn tap(wires: &Wires, name: &str, dice: &mut Dice) {
    let messages = wires.phone(name).await;
    let menu = messages.iter().rev().find_map(|message| {
        message["quick_replies"].as_array().filter(|choices| message["direction"] == "out" && !choices.is_empty())
    });
    let Some(choices) = menu else { return };
    let human = choices.iter().find(|choice| choice["title"] == "Talk to an agent");
    let any = &choices[usize::try_from(dice.below(choices.len() as u64)).unwrap()];
    let choice = human.filter(|_| dice.below(3) > 0).unwrap_or(any);
    let said = json!({ "text": choice["title"], "quick_reply_payload": choice["payload"] });
    wires.control(Method::POST, &format!("/pages/{LAVKA}/customers/{name}/messages"), said).await;
}

struct Agent {
    wires: Wires,
    token: String,
    name: String,
    dice: Dice,
    told: Arc<Mutex<Told>>,
    count: u32,
}

impl Agent {
    async fn works(mut self, mode: Arc<AtomicU8>) {
        loop {
            let now = mode.load(Ordering::SeqCst);
            if now == OVER {
                return;
            }
            self.round(now == CALM).await;
            self.dice.pause(40, 250).await;
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Option<(StatusCode, Value)> {
        let answer = self.wires.api(&self.token, method.clone(), path, body).await;
        if let Some((status, body)) = &answer
            && status.is_server_error()
            && *status != StatusCode::SERVICE_UNAVAILABLE
        {
            self.told.lock().await.oddities.push(format!("{method} {path}: {status} {body}"));
        }
        answer
    }

    async fn list(&self, state: &str) -> Vec<Value> {
        let found = self.call(Method::GET, &format!("/conversations?state={state}&limit=50"), None).await;
        found.and_then(|(_, list)| list["items"].as_array().cloned()).unwrap_or_default()
    }

    async fn round(&mut self, calm: bool) {
        self.call(Method::PUT, "/me/status", Some(json!({ "status": "online" }))).await;
        for offer in self.list("offered").await {
            let id = offer["id"].as_str().unwrap();
            let does = if !calm && self.dice.below(10) == 0 { "decline" } else { "accept" };
            self.call(Method::POST, &format!("/conversations/{id}/{does}"), Some(json!({}))).await;
        }
        for held in self.list("active").await {
            let id = held["id"].as_str().unwrap().to_owned();
            match self.dice.below(20) {
                0 if !calm => {
                    let queue = json!({ "queue_id": held["queue"]["id"], "note": "Please" });
                    self.call(Method::POST, &format!("/conversations/{id}/transfer"), Some(queue)).await;
                }
                1 => drop(self.call(Method::POST, &format!("/conversations/{id}/close"), Some(json!({}))).await),
                2..10 if !calm => {}
                _ => {
                    self.says(&id).await;
                    if calm {
                        self.call(Method::POST, &format!("/conversations/{id}/close"), Some(json!({}))).await;
                    }
                }
            }
        }
    }

    /// Says something until the server has answered, always under the same key.
    async fn says(&mut self, conversation: &str) {
        self.count += 1;
        let text = format!("{} answers {}", self.name, self.count);
        self.told.lock().await.tried.insert(text.clone());
        let words = json!({ "text": text, "client_id": format!("{}-{}", self.name, self.count) });
        let path = format!("/conversations/{conversation}/messages");
        for _ in 0..200 {
            match self.call(Method::POST, &path, Some(words.clone())).await {
                Some((StatusCode::CREATED, answer)) => {
                    let id = answer["id"].as_str().unwrap().to_owned();
                    self.told.lock().await.answers.insert(id, text);
                    return;
                }
                // The store or the conversation was busy, or nobody was there: the key makes another try safe.
                Some((status, _)) if status == StatusCode::SERVICE_UNAVAILABLE => {}
                Some(_) => return,
                None => {}
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
