//! Agents at work: each has an event stream open and a conversation with a customer, sends beats and loads lists, while customers
//! and agents write. Measured are the delay until a message is on the holder's stream, and the memory of each agent.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use rusqlite::{Connection as Database, OpenFlags};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::Options;
use crate::body::{Channel, Maker, What};
use crate::figures::{Times, thousands};
use crate::graph::Graph;
use crate::load::{self, Connection};
use crate::product::Product;
use crate::stream::{self, Seen};
use crate::traffic::{FEW, TOGETHER};

/// Agents without `--count`.
pub const AGENTS: usize = 10_000;
/// Messages per second; half of them are written by agents.
const PACE: usize = 200;
/// Seconds between two beats of an agent's screen (contract).
const BEAT: usize = 20;
/// Lists that agents load per second.
const LISTS: usize = 50;
/// Seconds that are measured.
const SECONDS: usize = 20;
/// Calls of the API at the same time.
const CALLS: usize = 32;

/// Measures and prints.
pub async fn measure(options: Options) -> Result<(), String> {
    let count = options.count / options.divisor;
    raise_limit(count)?;
    let folder = tempfile::tempdir().map_err(|error| format!("No temporary folder could be made: {error}."))?;
    let file = folder.path().join("deskbell.db");
    let graph = Graph::start()?;
    // The first start makes the schema and the administrator.
    drop(Product::start(folder.path(), &graph).await?);
    write(&file, count).map_err(|error| format!("The agents were not written: {error}."))?;
    let mut product = Product::start(folder.path(), &graph).await?;
    product.connect().await?;
    let queues = product.call("GET", "/queues", None).await?;
    let queue = queues["items"][0]["id"].as_str().unwrap_or_default().to_owned();
    product.call("PATCH", &format!("/queues/{queue}"), Some(json!({"auto_accept": true}))).await?;
    let alone = product.memory();

    let floor = Arc::new(Floor { product, seen: Seen::default(), open: AtomicUsize::new(0) });
    say(&format!("{} agents open their screens and come online", thousands(count as f64)));
    let streams: Vec<_> = (0..count).map(|agent| tokio::spawn(listen(Arc::clone(&floor), agent))).collect();
    floor.product.until("all streams are open", async || Ok(floor.open.load(Ordering::Relaxed) == count)).await?;
    floor.each(count, "PUT", "/me/status", Some(json!({"status": "online"}))).await?;
    say("each gets a customer");
    let mut maker = Maker::new(&floor.product.webhook_url, "agents");
    let events: Vec<String> = (0..count)
        .map(|customer| maker.event(Channel::Messenger, customer, What::Tap("menu:menu:agent")))
        .collect();
    let requests = events.chunks(TOGETHER).map(|events| maker.post(Channel::Messenger, events)).collect();
    let asked = Instant::now();
    load::run(maker.host(), requests, FEW).await?;
    floor
        .product
        .until("each agent has a customer", async || {
            held(&file).map(|found| found == count).map_err(|error| format!("They were not counted: {error}."))
        })
        .await?;
    let routed = asked.elapsed().as_secs_f64();
    floor.product.silent().await?;
    let conversations = conversations(&file).map_err(|error| format!("They were not read: {error}."))?;
    floor.each(count, "GET", "/conversations?limit=50", None).await?;

    say("they work");
    let stop = Arc::new(AtomicBool::new(false));
    let around = tokio::spawn(background(Arc::clone(&floor), count, Arc::clone(&stop)));
    let times = work(&floor, &mut maker, &conversations).await;
    stop.store(true, Ordering::Relaxed);
    let background = around.await.map_err(|error| format!("{error}"))?;
    let (times, calls) = (times?, background?);
    let each = (floor.product.memory() - alone) * 1024.0 / count as f64;
    floor.product.check().await?;
    streams.iter().for_each(tokio::task::JoinHandle::abort);

    println!("\n{} agents at work, {PACE} messages/s among them", thousands(count as f64));
    println!("    all customers got their agents within, s     {routed:>9.1}");
    println!(
        "    written to the agent's stream, ms            p50 {:.1}, p99 {:.1}   (aim p99 250 or less; {} messages)",
        times.percentile(0.5),
        times.percentile(0.99),
        times.len()
    );
    println!("    beats and lists answered meanwhile           {:>9}", thousands(calls as f64));
    println!("    memory of each agent, kB                     {each:>9.1}   (aim 40 or less)");
    Ok(())
}

/// What all tasks share.
struct Floor {
    product: Product,
    seen: Seen,
    /// Streams that are open.
    open: AtomicUsize,
}

impl Floor {
    /// A call of the API by an agent.
    async fn call(&self, agent: usize, method: &str, path: &str, body: Option<Value>) -> Result<(), String> {
        self.product.call_as(&token(agent), method, path, body).await.map(drop)
    }

    /// A call of the API by each agent, some at the same time.
    async fn each(
        self: &Arc<Self>,
        count: usize,
        method: &'static str,
        path: &'static str,
        body: Option<Value>,
    ) -> Result<(), String> {
        let places = Arc::new(Semaphore::new(CALLS));
        let mut tasks = Vec::with_capacity(count);
        for agent in 0..count {
            let place = Arc::clone(&places).acquire_owned().await.map_err(|error| format!("{error}"))?;
            let (floor, body) = (Arc::clone(self), body.clone());
            tasks.push(tokio::spawn(async move {
                let _place = place;
                floor.call(agent, method, path, body).await
            }));
        }
        for task in tasks {
            task.await.map_err(|error| format!("{error}"))??;
        }
        Ok(())
    }
}

/// Both ends of each stream are files of a process.
fn raise_limit(agents: usize) -> Result<(), String> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    let most = limit.maximum.unwrap_or(u64::MAX);
    if most < agents as u64 + 500 {
        return Err(format!(
            "{agents} agents need as many open files, and this system allows {most}: use --count."
        ));
    }
    setrlimit(Resource::Nofile, raised)
        .map_err(|error| format!("The limit of open files could not be raised: {error}."))
}

/// The API token of an agent.
fn token(agent: usize) -> String {
    format!("bench-agent-{agent:08}")
}

/// Users who are agents, with a token each.
fn write(file: &Path, count: usize) -> rusqlite::Result<()> {
    let mut database = Database::open(file)?;
    database.busy_timeout(Duration::from_secs(10))?;
    let batch = database.transaction()?;
    {
        let mut user = batch.prepare(
            "INSERT INTO users (id, email, email_folded, name, role, password, is_agent, active, created_at, version)
             VALUES (?1, ?2, ?2, ?3, 'agent', '', 1, 1, 0, 1)",
        )?;
        let mut agent = batch.prepare(
            "INSERT INTO agent (user_id, status, since, capacity, idle_since, missed, streamed, version)
             VALUES (?1, 'offline', 0, 1, 0, 0, 0, 1)",
        )?;
        let mut given = batch
            .prepare("INSERT INTO token (id, user_id, name, hash, created_at) VALUES (?1, ?1, 'bench', ?2, 0)")?;
        for number in 0..count {
            let id = i64::try_from(1_000 + number).unwrap_or(i64::MAX);
            user.execute((id, format!("agent{number}@example.org"), format!("Agent {number}")))?;
            agent.execute([id])?;
            given.execute((id, hash(&token(number))))?;
        }
    }
    batch.commit()
}

/// How a token is stored.
fn hash(token: &str) -> String {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn read(file: &Path) -> rusqlite::Result<Database> {
    let database = Database::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    database.busy_timeout(Duration::from_secs(10))?;
    Ok(database)
}

/// How many agents have a customer.
fn held(file: &Path) -> rusqlite::Result<usize> {
    let sql = "SELECT count(DISTINCT agent_id) FROM conversation WHERE state = 'active'";
    read(file)?.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|count| usize::try_from(count).unwrap_or(0))
}

/// Of each conversation its id, its agent and its customer, as numbers from 0.
fn conversations(file: &Path) -> rusqlite::Result<Vec<(String, usize, usize)>> {
    let database = read(file)?;
    let mut asked = database.prepare(
        "SELECT c.id, c.agent_id, i.external_id FROM conversation c JOIN identity i ON i.id = c.identity_id
         WHERE c.state = 'active' ORDER BY c.id",
    )?;
    let rows = asked.query_map([], |row| {
        let (id, agent, user): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let agent = usize::try_from(agent - 1_000).unwrap_or(0);
        Ok((id.to_string(), agent, crate::body::customer(&user).unwrap_or(0)))
    })?;
    rows.collect()
}

/// Reads an agent's event stream until the bench ends.
async fn listen(floor: Arc<Floor>, agent: usize) -> Result<(), String> {
    let broke = |error: std::io::Error| format!("An agent's stream broke: {error}.");
    let host = floor.product.url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).await.map_err(broke)?;
    let request = format!(
        "GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nAccept: text/event-stream\r\n\r\n",
        token(agent)
    );
    stream.write_all(request.as_bytes()).await.map_err(broke)?;
    let (mut rest, mut buffer, mut is_open) = (String::new(), vec![0; 4096], false);
    loop {
        let read = stream.read(&mut buffer).await.map_err(broke)?;
        let now = Instant::now();
        if read == 0 {
            return Err("An agent's stream ended.".into());
        }
        rest.push_str(&String::from_utf8_lossy(&buffer[..read]));
        let lines = stream::whole_lines(&mut rest);
        if !is_open && lines.starts_with("HTTP/1.1 200") {
            is_open = true;
            floor.open.fetch_add(1, Ordering::Relaxed);
        }
        stream::arrive(&floor.seen, stream::numbers(&lines), now);
    }
}

/// Beats of all screens, and lists that some of them load, until `stop`. Answers how many calls there were.
async fn background(floor: Arc<Floor>, count: usize, stop: Arc<AtomicBool>) -> Result<usize, String> {
    let rate = count / BEAT + LISTS;
    let mut pace = tokio::time::interval(Duration::from_secs(1) / u32::try_from(rate).unwrap_or(u32::MAX));
    let places = Arc::new(Semaphore::new(CALLS));
    let (mut calls, mut tasks) = (0, Vec::new());
    while !stop.load(Ordering::Relaxed) {
        pace.tick().await;
        let place = Arc::clone(&places).acquire_owned().await.map_err(|error| format!("{error}"))?;
        let (floor, agent) = (Arc::clone(&floor), calls * 7_919 % count);
        let list = calls % rate < LISTS;
        calls += 1;
        tasks.push(tokio::spawn(async move {
            let _place = place;
            match list {
                true => floor.call(agent, "GET", "/conversations?limit=50", None).await,
                false => floor.call(agent, "POST", "/me/presence", Some(json!({"visible": true}))).await,
            }
        }));
    }
    for task in tasks {
        task.await.map_err(|error| format!("{error}"))??;
    }
    Ok(calls)
}

/// Customers and agents write in turn, at a steady pace. From when a message was due until it is on the agent's stream.
async fn work(
    floor: &Arc<Floor>,
    maker: &mut Maker,
    conversations: &[(String, usize, usize)],
) -> Result<Times, String> {
    let mut connection = Connection::open(maker.host()).await?;
    let mut pace = tokio::time::interval(Duration::from_secs(1) / u32::try_from(PACE).unwrap_or(200));
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let mut begun = Vec::new();
    let mut replies = Vec::new();
    for number in 0..PACE * SECONDS {
        let (id, agent, customer) = &conversations[number * 7_919 % conversations.len()];
        let text = stream::text(number);
        if number % 2 == 0 {
            let request = maker.message(*customer, &text);
            begun.push(pace.tick().await.into_std());
            connection.send(&request).await?;
        } else {
            let (floor, agent, path) = (Arc::clone(floor), *agent, format!("/conversations/{id}/messages"));
            begun.push(pace.tick().await.into_std());
            let body = json!({"text": text});
            replies.push(tokio::spawn(async move { floor.call(agent, "POST", &path, Some(body)).await }));
        }
    }
    for reply in replies {
        reply.await.map_err(|error| format!("{error}"))??;
    }
    let waiting = Instant::now();
    let arrived = || floor.seen.lock().map_or(0, |seen| seen.len());
    while arrived() < begun.len() && waiting.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seen = floor.seen.lock().map_err(|error| format!("{error}"))?;
    let times: Vec<Duration> = begun
        .iter()
        .enumerate()
        .filter_map(|(number, begun)| Some(seen.get(&number)?.saturating_duration_since(*begun)))
        .collect();
    match begun.len() - times.len() {
        0 => Ok(Times::new(times)),
        missing => Err(format!("{missing} of {} messages never came on their agent's stream.", begun.len())),
    }
}

fn say(what: &str) {
    eprintln!("  {what}");
}
