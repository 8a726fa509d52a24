//! Customers: they write, send pictures, tap, react, edit, unsend, comment and read. Each has dice of their own, so that
//! a seed repeats what they do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use reqwest::Method;
use serde_json::{Value, json};

use super::load::BUSY;
use super::wires::{Dice, Wires};
use crate::app::LAVKA;
use crate::channel::{Channel, Person, choices};

const EMOJI: [&str; 3] = ["👍", "😂", "😮"];

/// How many acts all customers together do in a second.
const ACTS: u64 = 50;

pub struct Customer {
    pub wires: Wires,
    pub person: Person,
    pub number: u64,
    pub dice: Dice,
    /// The mean pause between two acts, in milliseconds.
    pace: u64,
    written: u32,
    commented: u64,
    /// Own text messages that can still be edited or unsent, with the number of edits.
    own: Vec<(String, u32)>,
}

impl Customer {
    /// One of `customers`, who share a steady rate of acts.
    pub fn new(wires: Wires, person: Person, number: u64, dice: Dice, customers: usize) -> Self {
        let pace = customers as u64 * 1_000 / ACTS;
        Self { wires, person, number, dice, pace, written: 0, commented: 0, own: Vec::new() }
    }

    /// Acts until the load calms down.
    pub async fn acts(mut self, mode: Arc<AtomicU8>) {
        self.dice.pause(0, self.pace * 2).await;
        while mode.load(Ordering::SeqCst) == BUSY {
            match self.dice.below(100) {
                0..38 => self.writes().await,
                38..44 => drop(self.post("messages", json!({ "attachment": { "type": "image" } })).await),
                44..56 => self.taps().await,
                56..68 => self.reacts().await,
                68..82 => self.edits().await,
                82..88 => self.unsends().await,
                88..92 => self.comments().await,
                _ => drop(self.post("read", json!({})).await),
            }
            // Short enough that calm comes soon even where customers are many and slow.
            let mut left = self.pace / 2 + self.dice.below(self.pace.max(1));
            while left > 0 && mode.load(Ordering::SeqCst) == BUSY {
                let nap = left.min(200);
                self.dice.pause(nap, nap + 1).await;
                left -= nap;
            }
        }
    }

    async fn post(&self, act: &str, body: Value) -> Value {
        self.wires.control(Method::POST, &self.person.path(act), body).await
    }

    async fn writes(&mut self) {
        for _ in 0..=self.dice.below(4) {
            self.written += 1;
            let written = self
                .post("messages", json!({ "text": format!("{} said {}", self.person.name, self.written) }))
                .await;
            self.own.push((written["mid"].as_str().unwrap().to_owned(), 0));
        }
        let old = self.own.len().saturating_sub(6);
        self.own.drain(..old);
    }

    /// Taps a choice of the bot's newest menu, more often than not the agent.
    async fn taps(&mut self) {
        let messages = self.wires.phone(&self.person).await;
        let theirs = messages.iter().rev().filter(|message| message["direction"] == "out");
        let menus = theirs.map(|message| choices(self.person.channel, message));
        let Some(choices) = menus.into_iter().find(|choices| !choices.is_empty()) else { return };
        let human = choices.iter().find(|(title, ..)| title == "Talk to an agent");
        let any = self.dice.pick(&choices).unwrap();
        let (_, act, tap) = human.filter(|_| self.dice.below(3) > 0).unwrap_or(any);
        self.post(act, tap.clone()).await;
    }

    /// Puts a reaction on one of the Page's last messages, changes it, or takes it off.
    async fn reacts(&mut self) {
        let messages = self.wires.phone(&self.person).await;
        let theirs: Vec<&Value> =
            messages.iter().rev().filter(|message| message["direction"] == "out").take(3).collect();
        let Some(message) = self.dice.pick(&theirs) else { return self.writes().await };
        let takes_off = message["reactions"]["customer"].is_string() && self.dice.below(2) == 0;
        let emoji = if takes_off { Value::Null } else { json!(self.dice.pick(&EMOJI)) };
        self.post("reaction", json!({ "mid": message["mid"], "emoji": emoji })).await;
    }

    async fn edits(&mut self) {
        let at = usize::try_from(self.dice.below(self.own.len() as u64)).unwrap();
        // Where customers are many and a run is short, the first act of most must be to write.
        let Some((mid, edits)) = self.own.get_mut(at) else { return self.writes().await };
        *edits += 1;
        let order = json!({ "mid": mid, "text": format!("{} meant {} in {mid}", self.person.name, edits) });
        self.post("edit", order).await;
    }

    async fn unsends(&mut self) {
        let at = usize::try_from(self.dice.below(self.own.len() as u64)).unwrap();
        if at == self.own.len() {
            return self.writes().await;
        }
        let (mid, _) = self.own.remove(at);
        self.post("unsend", json!({ "mid": mid })).await;
    }

    /// Comments on a post of the Page, where the Page knows them by another id. Only Pages have a private reply to that.
    async fn comments(&mut self) {
        if self.person.channel != Channel::Messenger {
            return self.writes().await;
        }
        self.commented += 1;
        let id = self.number * 10_000 + self.commented;
        let value = json!({ "item": "comment", "verb": "add", "comment_id": format!("5_{id}"),
            "post_id": format!("{LAVKA}_5"), "parent_id": format!("{LAVKA}_5"), "created_time": "$now_s",
            "from": { "id": format!("3004{:06}", self.number), "name": format!("Customer {}", self.number) },
            "message": format!("{} comments {}", self.person.name, self.commented) });
        self.post("event", json!({ "kind": "comment", "item": { "field": "feed", "value": value } })).await;
    }
}
