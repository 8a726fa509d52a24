//! All actors at work at the same time, whether the server runs or not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::customer::Customer;
use super::staff::{Record, Staff};
use super::wires::{Dice, Wires};
use crate::channel::{Channel, Person};

pub const BUSY: u8 = 0;
pub const CALM: u8 = 1;
pub const OVER: u8 = 2;

/// How long an actor may take to finish what it is doing; a staff member insists for a minute and a half.
const FINISH: Duration = Duration::from_secs(150);

/// One customer or one member of the staff.
struct Actor {
    name: String,
    doing: Arc<Mutex<String>>,
    task: JoinHandle<()>,
}

pub struct Load {
    wires: Wires,
    mode: Arc<AtomicU8>,
    record: Arc<tokio::sync::Mutex<Record>>,
    people: Vec<Person>,
    actors: Vec<Actor>,
}

impl Load {
    /// Starts this many customers, an agent for each token, and the supervisor.
    pub async fn start(wires: Wires, seed: u64, customers: usize, agents: &[String], supervisor: &str) -> Self {
        let mode = Arc::new(AtomicU8::new(BUSY));
        let record = Arc::new(tokio::sync::Mutex::new(Record::default()));
        let (mut people, mut actors) = (Vec::new(), Vec::new());
        for n in 0..customers {
            let person = Person { name: format!("k{n:03}"), channel: Channel::of_customer(n) };
            let order = json!({ "id": person.name, "name": format!("Customer {n}") });
            wires.control(Method::POST, "/customers", order).await;
            // On WhatsApp every other one is known by a user id alone until the business writes to the phone.
            if person.channel == Channel::WhatsApp && n % 2 == 0 {
                let hides = json!({ "whatsapp": { "hides_phone": true, "username": person.name } });
                wires.control(Method::POST, &format!("/customers/{}", person.name), hides).await;
            }
            people.push(person);
        }
        for (person, n) in people.iter().zip(1_u64..) {
            let (own, dice) = (wires.for_another(), Dice::new(seed.wrapping_mul(1_000) + n));
            let doing = own.doing();
            let customer = Customer::new(own, person.clone(), n, dice, customers);
            let task = tokio::spawn(customer.acts(mode.clone()));
            actors.push(Actor { name: person.name.clone(), doing, task });
        }
        for (token, n) in agents.iter().map(String::as_str).chain([supervisor]).zip(1_u64..) {
            let own = wires.for_another();
            let doing = own.doing();
            let staff = Staff {
                wires: own,
                token: token.to_owned(),
                name: format!("a{n}"),
                dice: Dice::new(seed.wrapping_mul(2_000) + n),
                record: record.clone(),
                count: 0,
            };
            let (name, mode) = (staff.name.clone(), mode.clone());
            let task = if token == supervisor {
                tokio::spawn(staff.looks_after_people(mode))
            } else {
                tokio::spawn(staff.answers_customers(mode))
            };
            actors.push(Actor { name, doing, task });
        }
        Self { wires, mode, record, people, actors }
    }

    /// Customers stop writing; the staff answers the remaining messages.
    pub fn calm(&self) {
        self.mode.store(CALM, Ordering::SeqCst);
    }

    /// What everyone who is waiting waits for.
    pub fn doing(&self) -> Vec<String> {
        let busy = self.actors.iter().filter(|actor| !actor.task.is_finished());
        let doing = busy.map(|actor| format!("{}: {}", actor.name, actor.doing.lock().unwrap()));
        doing.filter(|line| !line.ends_with(": nothing") && !line.ends_with(": ")).collect()
    }

    /// Every customer sends a last message. Returns who got no reply to it in time.
    pub async fn last_words(&self, patience: Duration) -> Vec<String> {
        let mut asked = BTreeMap::new();
        for person in &self.people {
            let words = json!({ "text": format!("{} last word", person.name) });
            let sent = self.wires.control(Method::POST, &person.path("messages"), words).await;
            asked.insert(person.name.clone(), (person, sent["timestamp"].as_i64().unwrap()));
        }
        let started = Instant::now();
        while !asked.is_empty() && started.elapsed() < patience {
            for (name, (person, at)) in asked.clone() {
                let answered = |message: &Value| {
                    message["direction"] == "out" && message["timestamp"].as_i64().is_some_and(|when| when >= at)
                };
                if self.wires.phone(person).await.iter().any(answered) {
                    asked.remove(&name);
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        asked.into_keys().collect()
    }

    /// Waits for everyone to finish; the customers, and what the staff did.
    pub async fn stop(self) -> (Vec<Person>, Record) {
        self.mode.store(OVER, Ordering::SeqCst);
        let until = tokio::time::Instant::now() + FINISH;
        for actor in self.actors {
            match tokio::time::timeout_at(until, actor.task).await {
                Ok(ended) => ended.unwrap_or_else(|error| panic!("{}: {error}", actor.name)),
                Err(_) => panic!("{} did not finish in {FINISH:?}: {}", actor.name, actor.doing.lock().unwrap()),
            }
        }
        (self.people, std::mem::take(&mut *self.record.lock().await))
    }
}
