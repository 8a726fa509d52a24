//! What we sent: each message was sent at most once, and its state matches Meta's side.

use std::collections::{BTreeMap, HashMap};

use store::testing;

use super::super::staff::Record;
use super::events::Events;
use super::{Verdict, count};
use crate::app::TestApp;
use crate::channel::{Channel, Person};

pub async fn judge(it: &TestApp, verdict: &mut Verdict, customers: &[Person], record: &Record, events: &Events) {
    let mut taken: HashMap<String, Vec<String>> = HashMap::new();
    let mut texts: HashMap<String, usize> = HashMap::new();
    let mut sent: BTreeMap<Channel, usize> = BTreeMap::new();
    for customer in customers {
        for message in customer.phone(it).await {
            let Some(mark) = customer.channel.mark(&message) else { continue };
            *sent.entry(customer.channel).or_default() += 1;
            let mid = message["mid"].as_str().unwrap().to_owned();
            if mark.is_empty() {
                verdict.accuse("wrong state", format!("{mid} left without our mark"));
            } else {
                taken.entry(mark.to_owned()).or_default().push(mid);
            }
            *texts.entry(message["text"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    for channel in Channel::ALL {
        let sent = sent.get(&channel).copied().unwrap_or_default();
        verdict.figure(format!("{}: messages that Meta took", channel.word()), sent);
        if sent == 0 {
            verdict.accuse("missing", format!("every answer on {}", channel.word()));
        }
    }
    for (mark, mids) in taken.iter().filter(|(_, mids)| mids.len() > 1) {
        verdict.accuse("sent twice", format!("{mark} as {}", mids.join(" and ")));
    }
    for text in record.tried.iter().filter(|text| texts.get(*text).is_some_and(|times| *times > 1)) {
        verdict.accuse("sent twice", format!("{text:?}"));
    }
    for id in record.answers.keys() {
        let known = count(it, "SELECT count(*) FROM message WHERE id = $1", testing::params![number(id)]).await;
        if known != 1 {
            verdict.accuse("missing", format!("answer {id}"));
        }
    }
    states(it, verdict, &taken, events).await;
}

/// An id of the API as the store has it.
pub fn number(id: &str) -> i64 {
    id.parse().unwrap()
}

async fn states(it: &TestApp, verdict: &mut Verdict, taken: &HashMap<String, Vec<String>>, events: &Events) {
    let mut figures: BTreeMap<String, usize> = BTreeMap::new();
    let sql = "SELECT id, status, error, text FROM message WHERE direction = 'out' ORDER BY id";
    for row in testing::query(&it.store, sql, vec![]).await.unwrap() {
        let (id, status, error) = (row.int(0), row.text(1), row.opt_text(2));
        let mark = format!("deskbell:{id}:0");
        let (left, echoed) = (taken.contains_key(&mark), events.echoes.contains(&mark));
        *figures.entry(format!("of ours: {status}")).or_default() += 1;
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
    for (name, count) in figures {
        verdict.figure(name, count);
    }
}
