//! The crash proof: a real server is killed with -9 at random moments under mixed load against a chaotic Meta, started
//! again on the same data, and afterwards judged by what Meta's side knows. The short one runs with all tests,
//! `cargo xtask chaos` runs the long one through the same door.

mod judge;
mod load;

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{ANNA, Engine, LAVKA, TestApp};
use domain::role::Role;
use load::{Dice, Load, Wires};

/// Requests that somebody still has to send or to doubt; a released one only remembers its doubt.
pub const UNSETTLED: &str = "SELECT count(*) FROM outbox WHERE state <> 'released'";

/// How long everything may take to come to rest. A throttled Page alone waits more than a minute.
const REST: Duration = Duration::from_secs(240);

/// What a run is like; `cargo xtask chaos` sets it through the environment.
struct Order {
    kills: u32,
    seed: u64,
    engine: Engine,
    customers: usize,
    agents: usize,
}

impl Order {
    fn read() -> Self {
        let number =
            |name: &str| std::env::var(format!("DESKBELL_CHAOS_{name}")).ok().map(|text| text.parse().unwrap());
        let postgres = std::env::var("DESKBELL_CHAOS_ENGINE").is_ok_and(|engine| engine == "postgres");
        let kills = number("KILLS").unwrap_or(7);
        Self {
            kills: u32::try_from(kills).unwrap(),
            seed: number("SEED").unwrap_or(1),
            engine: if postgres { Engine::Postgres } else { Engine::Sqlite },
            customers: if kills > 20 { 16 } else { 8 },
            agents: if kills > 20 { 4 } else { 2 },
        }
    }

    /// The short run leaves out what takes minutes to recover from: a limit holds the Page for a minute.
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
    let gateway = it.connected().await;
    it.control(Method::POST, "/settings", json!({ "log_limit": 2_000_000 })).await;
    it.control(Method::POST, "/chaos", order.chaos()).await;
    let mut agents = Vec::new();
    for n in 0..order.agents {
        agents.push(it.user(&format!("Agent {n}"), Role::Agent).await);
    }
    let load = Load::start(Wires::of(&it), order.seed, order.customers, &agents).await;

    let mut dice = Dice::new(order.seed ^ 0x6b69_6c6c);
    let mut recovered = Vec::new();
    for _ in 0..order.kills {
        tokio::time::sleep(Duration::from_millis(300 + dice.below(1_500))).await;
        it.kill();
        let dead = Instant::now();
        it.restart().await;
        recovered.push(dead.elapsed());
        reconnect(&it, &gateway).await;
    }
    it.control(Method::DELETE, "/chaos", json!({})).await;
    reconnect(&it, &gateway).await;

    // Calm: whoever is in a conversation says a last word, and somebody answers it, be it the bot or an agent.
    load.calm();
    rest(&it).await;
    let silent = load.last_words(&it, REST).await;
    rest(&it).await;
    let told = load.stop().await;
    let verdict = judge::verdict(&it, &told, &silent).await;
    verdict.print(order.kills, order.seed, order.engine, &recovered);
    if !verdict.is_clean() {
        it.keep();
        panic!("seed {}, data in {}: {}", order.seed, it.config.data_dir.display(), verdict.violations());
    }
    it.stop().await;
}

/// Logs in anew if chaos has killed the Page's tokens, as an administrator would.
async fn reconnect(it: &TestApp, gateway: &str) {
    let pages = it.get(&it.admin, &format!("/gateways/{gateway}/pages")).await;
    let lavka = pages["items"].as_array().unwrap().iter().find(|page| page["id"] == LAVKA).unwrap().clone();
    let alive = lavka["accounts"].as_array().unwrap().iter().any(|account| account["alive"] == true);
    if !alive || lavka["usable"] != true || lavka["health"]["ok"] != true {
        let outcome = it.connect(gateway, ANNA).await;
        assert_eq!(outcome["state"], "done", "{outcome}");
    }
}

/// Waits until Meta has delivered everything, all of it is applied, and all that is to be sent is settled.
async fn rest(it: &TestApp) {
    let started = Instant::now();
    loop {
        let state = it.control(Method::GET, "/state", json!({})).await;
        let waiting = state["waiting_deliveries"].as_u64().unwrap();
        let count = async |sql| it.store.row(store::Sql(sql), vec![]).await.unwrap().unwrap().int(0);
        let (inbox, outbox) = (count("SELECT count(*) FROM inbox").await, count(UNSETTLED).await);
        if waiting == 0 && inbox == 0 && outbox == 0 {
            return;
        }
        if started.elapsed() > REST {
            // The judge says what hangs.
            eprintln!("no rest: {waiting} webhooks, {inbox} events, {outbox} requests wait");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
