//! The judge: compares what Meta's side knows for certain (which webhooks were answered with 200, which messages it
//! took) with what stands in Deskbell's store.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use store::Sql;

use super::load::Told;
use crate::app::{APP_ID, Engine, LAVKA, TestApp};

/// A message as the store holds it.
struct Kept {
    text: Option<String>,
    at: i64,
    extra: String,
}

/// What was found: figures, and the ids of what must not be.
#[derive(Default)]
pub struct Verdict {
    events: usize,
    acknowledged: usize,
    repeated: usize,
    sent: usize,
    uncertain: usize,
    figures: BTreeMap<&'static str, usize>,
    wrong: BTreeMap<&'static str, Vec<String>>,
}

impl Verdict {
    pub fn is_clean(&self) -> bool {
        self.wrong.values().all(Vec::is_empty)
    }

    fn accuse(&mut self, of: &'static str, what: impl Into<String>) {
        self.wrong.entry(of).or_default().push(what.into());
    }

    /// The violations with their ids, the first twenty of each.
    pub fn violations(&self) -> String {
        let lines = self.wrong.iter().filter(|(_, ids)| !ids.is_empty());
        let lines =
            lines.map(|(of, ids)| format!("{of} ({}): {}", ids.len(), ids[..ids.len().min(20)].join(", ")));
        lines.collect::<Vec<_>>().join("\n")
    }

    pub fn print(&self, kills: u32, seed: u64, engine: Engine, recovered: &[Duration]) {
        let mut seconds: Vec<f64> = recovered.iter().map(Duration::as_secs_f64).collect();
        seconds.sort_by(f64::total_cmp);
        let at = |part: usize| seconds.get((seconds.len() * part / 100).min(seconds.len().saturating_sub(1)));
        println!("\ncrash proof on {engine:?}, seed {seed}");
        println!("{:<34}{:>10}", "kills", kills);
        println!("{:<34}{:>10}", "events of customers and echoes", self.events);
        println!("{:<34}{:>10}", "deliveries acknowledged", self.acknowledged);
        println!("{:<34}{:>10}", "of these delivered again", self.repeated);
        println!("{:<34}{:>10}", "messages that Meta took", self.sent);
        println!("{:<34}{:>10}", "uncertain for good", self.uncertain);
        for (status, count) in &self.figures {
            println!("{status:<34}{count:>10}");
        }
        for of in ["missing", "doubled", "out of order", "sent twice", "wrong state", "stuck", "odd answers"] {
            println!("{of:<34}{:>10}", self.wrong.get(of).map_or(0, Vec::len));
        }
        if let (Some(half), Some(most)) = (at(50), at(100)) {
            println!("{:<34}{:>10}", "seconds to recover, half / most", format!("{half:.2} / {most:.2}"));
        }
    }
}

/// Judges a run that has come to rest. `silent` are customers who never got an answer to their last word.
pub async fn verdict(it: &TestApp, told: &Told, silent: &[String]) -> Verdict {
    let mut verdict = Verdict::default();
    let kept = kept(it).await;
    inbound(it, &mut verdict, &kept).await;
    outbound(it, &mut verdict, told).await;

    for id in told.answers.keys() {
        let sql = Sql("SELECT count(*) FROM message WHERE id = $1");
        let known = it.store.row(sql, store::values![id.parse::<i64>().unwrap()]).await;
        if known.unwrap().unwrap().int(0) != 1 {
            verdict.accuse("missing", format!("answer {id}"));
        }
    }
    for name in silent {
        verdict.accuse("stuck", format!("{name} got no answer to the last word"));
    }
    for (of, sql) in [
        ("event in the inbox", "SELECT key FROM inbox"),
        (
            "request in the outbox",
            "SELECT state || ' ' || coalesce(error, '') FROM outbox WHERE state <> 'released'",
        ),
        ("delivery with an error", "SELECT error FROM delivery WHERE outcome = 2"),
        (
            "conversation offered or queued",
            "SELECT state FROM conversation WHERE is_open = 1 AND state IN ('queued', 'offered')",
        ),
    ] {
        for row in it.store.rows(Sql(sql), vec![]).await.unwrap() {
            verdict.accuse("stuck", format!("{of}: {}", row.text(0)));
        }
    }
    for oddity in &told.oddities {
        verdict.accuse("odd answers", oddity);
    }
    verdict
}

/// Messages by Meta's id for them.
async fn kept(it: &TestApp) -> HashMap<String, Kept> {
    let sql = "SELECT i.mid, m.text, m.at, m.extra FROM mid i JOIN message m ON m.id = i.message_id";
    let rows = it.store.rows(Sql(sql), vec![]).await.unwrap();
    let kept =
        rows.iter().map(|row| (row.text(0), Kept { text: row.opt_text(1), at: row.int(2), extra: row.text(3) }));
    kept.collect()
}

/// Every webhook that Meta's log calls answered, oldest first.
async fn deliveries(it: &TestApp) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let path = format!("/deliveries?kind=webhook&limit=2000&after_id={after}");
        let part = it.control(Method::GET, &path, json!({})).await;
        let items = part["items"].as_array().unwrap();
        let Some(last) = items.last() else { return all };
        after = last["id"].as_u64().unwrap();
        all.extend(items.iter().cloned());
    }
}

/// Each acknowledged event is in its thread once, at Meta's time, and what speaks of a message has changed it.
async fn inbound(it: &TestApp, verdict: &mut Verdict, kept: &HashMap<String, Kept>) {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut all: BTreeSet<String> = BTreeSet::new();
    let mut edits: HashMap<String, String> = HashMap::new();
    let mut said: Vec<(String, Value)> = Vec::new();
    let mut reactions: Vec<String> = Vec::new();
    for delivery in deliveries(it).await {
        let body = &delivery["body"];
        let item = &body["entry"][0]["messaging"][0];
        let key = item.to_string();
        all.insert(key.clone());
        if delivery["status"] != 200 {
            continue;
        }
        verdict.acknowledged += 1;
        if !seen.insert(key) {
            verdict.repeated += 1;
            continue;
        }
        let mid = |value: &Value| value["mid"].as_str().unwrap_or_default().to_owned();
        if item["message"].is_object() {
            if item["message"]["is_echo"] != true {
                said.push((mid(&item["message"]), item.clone()));
            }
        } else if item["message_edit"].is_object() {
            let words = item["message_edit"]["text"].as_str().unwrap().to_owned();
            edits.insert(mid(&item["message_edit"]), words);
        } else if item["reaction"].is_object() {
            reactions.push(mid(&item["reaction"]));
        }
    }
    verdict.events = all.len();
    for (mid, item) in &said {
        let Some(found) = kept.get(mid) else {
            verdict.accuse("missing", format!("{mid} {}", item["message"]["text"]));
            continue;
        };
        let words = edits.get(mid).map(String::as_str).or(item["message"]["text"].as_str());
        if words.is_some() && found.text.as_deref() != words {
            verdict.accuse("wrong state", format!("{mid} says {:?}, not {words:?}", found.text));
        }
        if found.at != item["timestamp"].as_i64().unwrap() * 1_000 {
            verdict.accuse("out of order", format!("{mid} stands at {}", found.at));
        }
    }
    let sql = "SELECT count(*), count(DISTINCT i.message_id) FROM mid i JOIN message m ON m.id = i.message_id WHERE m.direction = 'in'";
    let row = it.store.row(Sql(sql), vec![]).await.unwrap().unwrap();
    let in_threads = it.store.row(Sql("SELECT count(*) FROM message WHERE direction = 'in'"), vec![]).await;
    let in_threads = in_threads.unwrap().unwrap().int(0);
    if row.int(0) != row.int(1) || row.int(1) != in_threads {
        verdict.accuse("doubled", format!("{in_threads} messages of customers for {} ids", row.int(0)));
    }
    for mid in reactions {
        // A message whose id we never learned (its answer and its echo were lost) cannot wear a reaction.
        if kept.get(&mid).is_some_and(|found| !found.extra.contains("👍")) {
            verdict.accuse("missing", format!("the reaction on {mid}"));
        }
    }
}

/// Each message of ours left once at most, and its state is what Meta's side says.
async fn outbound(it: &TestApp, verdict: &mut Verdict, told: &Told) {
    let mut taken: HashMap<String, Vec<String>> = HashMap::new();
    let mut texts: HashMap<String, usize> = HashMap::new();
    let state = it.control(Method::GET, "/state", json!({})).await;
    for thread in state["threads"].as_array().unwrap() {
        let customer = thread["customer_id"].as_str().unwrap();
        let phone =
            it.control(Method::GET, &format!("/pages/{LAVKA}/customers/{customer}/messages"), json!({})).await;
        for message in phone["messages"].as_array().unwrap().iter().filter(|message| message["app_id"] == APP_ID) {
            verdict.sent += 1;
            let mid = message["mid"].as_str().unwrap().to_owned();
            match message["metadata"].as_str() {
                Some(mark) => taken.entry(mark.to_owned()).or_default().push(mid),
                None => verdict.accuse("wrong state", format!("{mid} left without our mark")),
            }
            *texts.entry(message["text"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    for (mark, mids) in taken.iter().filter(|(_, mids)| mids.len() > 1) {
        verdict.accuse("sent twice", format!("{mark} as {}", mids.join(" and ")));
    }
    for text in told.tried.iter().filter(|text| texts.get(*text).is_some_and(|times| *times > 1)) {
        verdict.accuse("sent twice", format!("{text:?}"));
    }
    let echoes: BTreeSet<String> = deliveries(it)
        .await
        .iter()
        .filter(|delivery| delivery["status"] == 200)
        .filter_map(|delivery| {
            delivery["body"]["entry"][0]["messaging"][0]["message"]["metadata"].as_str().map(str::to_owned)
        })
        .collect();
    let sql = "SELECT id, status, error, text FROM message WHERE direction = 'out' ORDER BY id";
    for row in it.store.rows(Sql(sql), vec![]).await.unwrap() {
        let (id, status, error) = (row.int(0), row.text(1), row.opt_text(2));
        let mark = |part: i64| format!("deskbell:{id}:{part}");
        let (left, echoed) = (taken.contains_key(&mark(0)), echoes.contains(&mark(0)));
        let known = match status.as_str() {
            "sent" => "of ours: sent",
            "delivered" => "of ours: delivered",
            "read" => "of ours: read",
            "failed" => "of ours: failed",
            "uncertain" => "of ours: uncertain",
            _ => "of ours: another state",
        };
        *verdict.figures.entry(known).or_default() += 1;
        let wrong = match status.as_str() {
            "sent" | "delivered" | "read" => !left,
            "failed" => left || error.is_none(),
            "uncertain" => {
                verdict.uncertain += 1;
                left && echoed
            }
            "queued" => {
                verdict.accuse("stuck", format!("message {id} is still queued: {}", error.unwrap_or_default()));
                continue;
            }
            _ => true,
        };
        if wrong {
            let left = if left { "left" } else { "never left" };
            verdict.accuse("wrong state", format!("message {id} is {status} and {left}, echo seen: {echoed}"));
        }
    }
}
