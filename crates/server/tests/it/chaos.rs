//! The crash proof: a real server is killed with -9 at random moments under mixed load of all three channels against
//! a chaotic Meta, started again on the same data, and afterwards judged by what Meta's side knows. A short one runs
//! with all tests; `cargo xtask chaos` sets kills, seed, engine and customers for a long one. Every wait has a bound,
//! and a wait that exceeds it reports what it waited for and what made no progress.

mod customer;
mod judge;
mod load;
mod staff;
mod wires;

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::app::{Engine, TestApp};
use crate::channel::Channel;
use domain::role::Role;
use load::Load;
use wires::{Dice, Wires};

/// Requests that still have to be sent or resolved; a released one only records that it is uncertain.
pub const UNSETTLED: &str = "SELECT count(*) FROM outbox WHERE state <> 'released'";

/// Changes that waited for their message and can be applied now; those of a lost message wait on.
const APPLICABLE: &str =
    "SELECT count(*) FROM pending_update e JOIN mid i ON i.account_id = e.account_id AND i.mid = e.mid";

/// How long everything may take to come to rest. A throttled Page alone waits more than a minute.
const REST: Duration = Duration::from_secs(240);
/// How long one step of the harness may take: a restart, a login, a look at the server.
const STEP: Duration = Duration::from_secs(120);
/// How long the load of a short run lasts at most, however slow the machine.
const SHORT: Duration = Duration::from_secs(20);

/// What a run is like; `cargo xtask chaos` sets it through the environment.
struct Order {
    is_long: bool,
    kills: u32,
    seed: u64,
    engine: Engine,
    customers: usize,
    agents: usize,
}

impl Order {
    fn read() -> Self {
        let number = |name: &str| {
            std::env::var(format!("DESKBELL_CHAOS_{name}")).ok().map(|text| text.parse::<u64>().unwrap())
        };
        let postgres = std::env::var("DESKBELL_CHAOS_ENGINE").is_ok_and(|engine| engine == "postgres");
        let kills = number("KILLS");
        let customers = number("CUSTOMERS").unwrap_or(if kills.is_some() { 600 } else { 24 });
        Self {
            is_long: kills.is_some(),
            kills: u32::try_from(kills.unwrap_or(4)).unwrap(),
            seed: number("SEED").unwrap_or(1),
            engine: if postgres { Engine::Postgres } else { Engine::Sqlite },
            customers: usize::try_from(customers).unwrap(),
            agents: if customers > 100 { 6 } else { 2 },
        }
    }

    /// Shorter runs leave out what takes minutes to recover from: a limit holds the Page for a minute.
    fn chaos(&self) -> Value {
        let mut plan = json!({ "seed": self.seed, "delay_ms": [0, 60], "duplicate": 0.1, "reorder": 0.08,
            "lose_webhook": 0.02, "drop_answer": 0.04, "http_5xx": 0.03, "transient": 0.04 });
        if self.kills > 20 {
            plan["rate_limit"] = json!(0.002);
            plan["token_death"] = json!(0.004);
        }
        plan
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_in_chaos_nothing_is_lost_doubled_or_stuck() {
    let order = Order::read();
    let Some(mut it) = TestApp::start_process_on(order.engine, "warn").await else { return };
    let connected = timeout(STEP, it.connected_on_all_channels()).await;
    let gateway = connected.expect("the accounts are connected in two minutes");
    it.control(Method::POST, "/settings", json!({ "log_limit": 2_000_000 })).await;
    it.control(Method::POST, "/chaos", order.chaos()).await;
    let mut agents = Vec::new();
    for n in 0..order.agents {
        agents.push(it.user(&format!("Agent {n}"), Role::Agent).await);
    }
    let supervisor = it.user("Sofia", Role::Supervisor).await;
    let load = Load::start(Wires::of(&it), order.seed, order.customers, &agents, &supervisor).await;

    let mut dice = Dice::new(order.seed ^ 0x6b69_6c6c);
    let mut recovered = Vec::new();
    let started = Instant::now();
    for kill in 1..=order.kills {
        if !order.is_long && started.elapsed() > SHORT {
            break;
        }
        tokio::time::sleep(Duration::from_millis(300 + dice.below(1_500))).await;
        it.kill();
        let dead = Instant::now();
        let restarted = timeout(STEP, it.restart()).await;
        reached(restarted, &format!("the restart after kill {kill}"), &mut it, &load).await;
        recovered.push(dead.elapsed());
        let reconnected = timeout(STEP, reconnect(&it, &gateway)).await;
        reached(reconnected, &format!("the accounts' connections after kill {kill}"), &mut it, &load).await;
    }
    let calmed = timeout(STEP, it.control(Method::DELETE, "/chaos", json!({}))).await;
    reached(calmed, "the sandbox to end the chaos", &mut it, &load).await;
    let reconnected = timeout(STEP, reconnect(&it, &gateway)).await;
    reached(reconnected, "the accounts' connections after the chaos", &mut it, &load).await;

    // Waiting messages are now sent as fast as Meta allows: at the usual rate thousands of answers would take longer
    // than `REST`.
    let fast = Some(json!({ "page_rate": 300 }));
    let raised = timeout(STEP, it.call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), fast)).await;
    let (status, body) = reached(raised, "a higher rate", &mut it, &load).await;
    assert!(status.is_success(), "{body}");

    // Calm: every customer sends a last message, and the bot or an agent answers it.
    load.calm();
    rest(&mut it, &load, "after the load").await;
    let silent = timeout(REST * 2, load.last_words(REST)).await;
    let silent = reached(silent, "answers to the last words", &mut it, &load).await;
    rest(&mut it, &load, "after the last words").await;
    let accepted = timeout(REST, accepted(&it)).await;
    reached(accepted, "agents to accept everyone who waits", &mut it, &load).await;
    let (customers, record) = load.stop().await;
    let verdict = timeout(REST, judge::verdict(&it, &customers, &record, &silent)).await;
    let verdict = verdict.expect("server, store and sandbox answer the judge in four minutes");
    verdict.print(order.seed, order.engine, &recovered);
    if !verdict.is_clean() {
        it.preserve();
        panic!("seed {}, data in {}: {}", order.seed, it.config.data_dir.display(), verdict.violations());
    }
    it.stop().await;
}

/// Waits until no customer is queued or offered. Agents get one offer at a time, so this takes a while.
async fn accepted(it: &TestApp) {
    const WAITING: &str = "SELECT count(*) FROM conversation WHERE state IN ('queued', 'offered')";
    while store::testing::number(&it.store, WAITING, vec![]).await.unwrap() > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The awaited value, or a panic that names what made no progress.
async fn reached<T>(waited: Result<T, Elapsed>, what: &str, it: &mut TestApp, load: &Load) -> T {
    match waited {
        Ok(value) => value,
        Err(_) => {
            it.preserve();
            let (data, state) = (it.config.data_dir.display(), standstill(it, load).await);
            panic!("waited too long for {what}; data in {data}\n{state}");
        }
    }
}

/// Who waits for what, as far as the processes still respond.
async fn standstill(it: &TestApp, load: &Load) -> String {
    const LOOK: Duration = Duration::from_secs(5);
    let mut lines = Vec::new();
    let ready = it.http().get(format!("{}/readyz", it.url)).timeout(LOOK).send().await;
    lines.push(format!("server: {}", ready.map_or_else(|error| error.to_string(), |it| it.status().to_string())));
    let waiting = timeout(LOOK, it.control(Method::GET, "/waiting", json!({}))).await;
    lines.push(format!(
        "webhooks that wait: {}",
        waiting.map_or("no answer".to_owned(), |it| it["deliveries"].to_string())
    ));
    for (what, sql) in [
        ("events in the inbox", "SELECT coalesce(min(key), '') || ', ' || count(*) FROM inbox"),
        (
            "changes that could be applied",
            "SELECT '' || count(*) FROM pending_update e JOIN mid i ON i.account_id = e.account_id AND i.mid = e.mid",
        ),
        ("outbox", "SELECT state || ': ' || count(*) FROM outbox GROUP BY state"),
        (
            "open conversations",
            "SELECT state || ': ' || count(*) FROM conversation WHERE is_open = 1 GROUP BY state",
        ),
    ] {
        let rows = timeout(LOOK, store::testing::query(&it.store, sql, vec![])).await;
        let rows = rows.map(|rows| rows.map(|rows| rows.iter().map(|row| row.text(0)).collect::<Vec<_>>()));
        lines.push(format!("{what}: {rows:?}"));
    }
    let doing = load.doing();
    lines.push(format!("{} actors wait: {}", doing.len(), doing[..doing.len().min(20)].join("; ")));
    lines.join("\n")
}

/// Connects again every account whose tokens chaos has killed, as an administrator would.
async fn reconnect(it: &TestApp, gateway: &str) {
    for channel in Channel::ALL {
        let path = format!("/gateways/{gateway}/accounts?channel={}", channel.word());
        let accounts = it.get(&it.admin, &path).await;
        let accounts = accounts["items"].as_array().unwrap();
        let account = accounts.iter().find(|account| account["id"] == channel.account()).unwrap();
        let alive = account["accounts"].as_array().unwrap().iter().any(|access| access["alive"] == true);
        if !alive || account["usable"] != true || account["health"]["ok"] != true {
            channel.connect(it, gateway).await;
        }
    }
}

/// Waits until Meta has delivered everything, all of it is applied, and everything that is to be sent is resolved.
async fn rest(it: &mut TestApp, load: &Load, when: &str) {
    let there = &*it;
    let resting = async {
        loop {
            let waiting = there.control(Method::GET, "/waiting", json!({})).await;
            let count = async |sql| store::testing::number(&there.store, sql, vec![]).await.unwrap();
            if waiting["deliveries"] == 0
                && count("SELECT count(*) FROM inbox").await == 0
                && count(UNSETTLED).await == 0
                && count(APPLICABLE).await == 0
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let rested = timeout(REST, resting).await;
    reached(rested, &format!("everything to come to rest {when}"), it, load).await;
}
