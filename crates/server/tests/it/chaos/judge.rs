//! The judge: compares what Meta's side knows for certain (which webhooks were answered with 200, which messages it
//! took) with what Deskbell's store holds.

mod events;
mod inbound;
mod outbound;
mod people;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::Value;
use store::testing;

use super::staff::Record;
use crate::app::{Engine, TestApp};
use crate::channel::Person;
use events::Events;

/// Kinds of violations, in the order in which they are printed.
const KINDS: [&str; 7] =
    ["missing", "doubled", "out of order", "sent twice", "wrong state", "stuck", "odd answers"];

/// A message as the store holds it.
struct Stored {
    text: Option<String>,
    at: i64,
    extra: Value,
    is_unsent: bool,
}

/// Figures, and the violations with their ids.
#[derive(Default)]
pub struct Verdict {
    figures: Vec<(String, usize)>,
    uncertain: usize,
    violations: BTreeMap<&'static str, Vec<String>>,
}

impl Verdict {
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    pub fn accuse(&mut self, kind: &'static str, what: impl Into<String>) {
        assert!(KINDS.contains(&kind), "{kind} is not printed");
        self.violations.entry(kind).or_default().push(what.into());
    }

    fn figure(&mut self, name: impl Into<String>, count: usize) {
        self.figures.push((name.into(), count));
    }

    /// The first twenty violations of each kind.
    pub fn violations(&self) -> String {
        let lines = self
            .violations
            .iter()
            .map(|(kind, found)| format!("{kind} ({}): {}", found.len(), found[..found.len().min(20)].join(", ")));
        lines.collect::<Vec<_>>().join("\n")
    }

    pub fn print(&self, seed: u64, engine: Engine, recovered: &[Duration]) {
        let mut seconds: Vec<f64> = recovered.iter().map(Duration::as_secs_f64).collect();
        seconds.sort_by(f64::total_cmp);
        let at = |part: usize| seconds.get((seconds.len() * part / 100).min(seconds.len().saturating_sub(1)));
        println!("\ncrash proof on {engine:?}, seed {seed}");
        println!("{:<34}{:>10}", "kills", recovered.len());
        for (name, count) in &self.figures {
            println!("{name:<34}{count:>10}");
        }
        println!("{:<34}{:>10}", "uncertain for good", self.uncertain);
        for kind in KINDS {
            println!("{kind:<34}{:>10}", self.violations.get(kind).map_or(0, Vec::len));
        }
        if let (Some(half), Some(most)) = (at(50), at(100)) {
            println!("{:<34}{:>10}", "seconds to recover, half / most", format!("{half:.2} / {most:.2}"));
        }
    }
}

/// Judges a run that has come to rest. `customers` acted, `silent` of them got no answer to their last word.
pub async fn verdict(it: &TestApp, customers: &[Person], record: &Record, silent: &[String]) -> Verdict {
    let mut verdict = Verdict::default();
    let stored = stored(it).await;
    let events = Events::read(it, &mut verdict).await;
    inbound::judge(it, &mut verdict, &events, &stored).await;
    outbound::judge(it, &mut verdict, customers, record, &events).await;
    people::judge(it, &mut verdict, record, &events).await;
    at_rest(it, &mut verdict).await;
    for name in silent {
        verdict.accuse("stuck", format!("{name} got no answer to the last word"));
    }
    for oddity in &record.oddities {
        verdict.accuse("odd answers", oddity);
    }
    verdict
}

/// Nothing waits once everything has come to rest.
async fn at_rest(it: &TestApp, verdict: &mut Verdict) {
    for (what, sql) in [
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
        for row in testing::query(&it.store, sql, vec![]).await.unwrap() {
            verdict.accuse("stuck", format!("{what}: {}", row.text(0)));
        }
    }
}

/// Messages by Meta's id for them.
async fn stored(it: &TestApp) -> HashMap<String, Stored> {
    let sql = "SELECT i.mid, m.text, m.at, m.data, m.unsent_at FROM mid i JOIN message m ON m.id = i.message_id";
    let rows = testing::query(&it.store, sql, vec![]).await.unwrap();
    let stored = rows.iter().map(|row| {
        let extra = serde_json::from_str(&row.text(3)).unwrap();
        let message = Stored { text: row.opt_text(1), at: row.int(2), extra, is_unsent: row.opt_int(4).is_some() };
        (row.text(0), message)
    });
    stored.collect()
}

/// A count that the store answers.
async fn count(it: &TestApp, sql: &'static str, values: Vec<testing::Value>) -> i64 {
    testing::number(&it.store, sql, values).await.unwrap()
}
