//! Reports over a year of conversations: the rows are written into the store of a server that is not running, it counts them
//! as it does after a loss of events, and answers reports over the whole year.

use crate::Options;
use crate::figures::{Times, thousands};
use crate::graph::Graph;
use crate::product::Product;
use rusqlite::Connection;
use std::path::Path;
use std::time::{Duration, Instant};

/// Conversations of the year, unless set otherwise.
pub const YEAR: usize = 1_000_000;
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
const QUEUES: i64 = 20;
const AGENTS: i64 = 200;
/// Requests of each report.
const ASKED: usize = 20;

/// Measures and prints.
pub async fn measure(options: Options) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("No temporary folder could be made: {error}."))?;
    let graph = Graph::start()?;
    // The first start makes the schema and the administrator.
    drop(Product::start(folder.path(), &graph).await?);
    let count = options.count / options.divisor;
    eprintln!("  {} conversations of a year are written", thousands(count as f64));
    write(&folder.path().join("deskbell.db"), count)
        .map_err(|error| format!("They were not written: {error}."))?;
    let product = Product::start(folder.path(), &graph).await?;
    let started = Instant::now();
    while product.call("GET", "/reports/volume?by=queue", None).await?["complete"] != true {
        if started.elapsed() > Duration::from_secs(3_600) {
            return Err("They were not counted within an hour.".to_owned());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let counted = started.elapsed().as_secs_f64();
    println!("\ncounted again             {:>9}/s", thousands(count as f64 / counted));
    println!("\na report over the year, ms (of {ASKED} requests each)      median      p90      (aim 300)");
    for by in ["hour", "day", "week", "queue", "agent", "account", "channel"] {
        let path = format!("/reports/response?by={by}&time_zone=Europe/Kyiv&from=2025-01-01&to=2025-12-31");
        let mut times = Vec::new();
        for _ in 0..ASKED {
            let asked = Instant::now();
            product.call("GET", &path, None).await?;
            times.push(asked.elapsed());
        }
        let times = Times::new(times);
        println!("    by {by:<8} {:>42.1} {:>8.1}", times.percentile(0.5), times.percentile(0.9));
    }
    Ok(())
}

/// A year of conversations, each of which waited, was answered and closed. Days have hours with more and with fewer.
fn write(file: &Path, count: usize) -> rusqlite::Result<()> {
    let mut database = Connection::open(file)?;
    database.busy_timeout(Duration::from_secs(10))?;
    // 2025-01-01T00:00:00Z.
    let begin: i64 = 1_735_689_600 * SECOND;
    let mut random = 7_u64;
    let mut next = move |below: i64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(random >> 33).unwrap_or(0) % below
    };
    let batch = database.transaction()?;
    batch.execute("INSERT INTO contact (id, name_folded, created_at) VALUES (1, '', 0)", [])?;
    batch.execute("DELETE FROM setting WHERE key = 'reports'", [])?;
    {
        let mut conversation = batch.prepare(
            "INSERT INTO conversation (id, identity_id, contact_id, gateway_id, channel, account_id, state, queue_id, last_agent_id,
                 priority, created_at, last_activity_at, queued_at, accepted_at, closed_at, unread, data, version)
             VALUES (?1, ?1, 1, 1, 'messenger', '200', 'closed', ?2, ?3, 0, ?4, ?5, ?4, ?6, ?5, 0, ?7, 1)",
        )?;
        let mut wait = batch.prepare(
            "INSERT INTO queue_wait (conversation_id, queued_at, queue_id, at, agent_id, due_at, responded_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for n in 0..i64::try_from(count).unwrap_or(i64::MAX) {
            let at = begin + n * (365 * DAY / i64::try_from(count).unwrap_or(1)) + next(3_600) * SECOND;
            let (queue, agent) = (next(QUEUES) + 1, next(AGENTS) + 1);
            let waited = (next(300) + 1) * (next(8) + 1) * SECOND;
            let (accepted, closed) = (at + waited, at + waited + (next(3_000) + 30) * SECOND);
            let data = format!("{{\"accepted_at\":{accepted}}}");
            conversation.execute((n + 1, queue, agent, at, closed, accepted, data))?;
            let responded = accepted + (next(120) + 1) * SECOND;
            wait.execute((n + 1, at, queue, accepted, agent, at + 300 * SECOND, responded))?;
        }
    }
    batch.commit()
}
