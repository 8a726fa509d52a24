//! What is measured about webhooks, in which order, and how it is reported. Floor and product take turns, so that a
//! machine that grows slower in the meantime slows both.

use crate::Options;
use crate::body::Maker;
use crate::figures::{Times, median, thousands};
use crate::graph::Graph;
use crate::load::{self, Connection};
use crate::process::Process;
use crate::product::Product;
use crate::stream::{self, Stream};
use std::time::{Duration, Instant};

/// Customers who have written before.
const KNOWN: usize = 1_000;
/// Connections when the time of one answer matters.
const FEW: usize = 8;
/// After this long, what the start alone needed has been given back to the system.
const IDLE: Duration = Duration::from_secs(15);
/// Events per second when the stream's delay is measured.
const PACE: usize = 100;

/// Measures and prints.
pub async fn measure(options: Options) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("No temporary folder could be made: {error}."))?;
    let data = folder.path().join("data");
    std::fs::create_dir(&data).map_err(|error| format!("No data folder could be made: {error}."))?;
    let (floor, floor_host) = Process::floor(&folder.path().join("floor.db"))?;
    let graph = Graph::start()?;

    say("start");
    let first = Product::start(&data, &graph).await?;
    let first_start = first.ready_after;
    drop(first);
    let mut product = Product::start(&data, &graph).await?;
    let restart = product.ready_after;
    product.connect().await?;
    tokio::time::sleep(IDLE).await;
    let idle = product.memory();

    let mut bench = Bench {
        to_floor: Maker::new(&format!("http://{floor_host}/chat/bench"), "floor"),
        to_product: Maker::new(&product.webhook_url, "product"),
        product,
        options,
    };
    // One event of everyone, so that they are known, and both programs are warm.
    say("warm-up");
    let warm = bench.to_product.messages(KNOWN, 0, KNOWN);
    bench.burst(warm).await?;
    let warm = bench.to_floor.messages(KNOWN, 0, KNOWN);
    load::run(bench.to_floor.host(), warm, FEW).await?;

    let rates = bench.rates().await?;
    let answers = bench.answers().await?;
    say("through to the thread");
    let count = bench.options.count / 2 / bench.options.divisor;
    let known = bench.to_product.messages(count, 0, KNOWN);
    let known = bench.burst(known).await?;
    let newcomers = bench.options.count / 5 / bench.options.divisor;
    let new = bench.to_product.messages(newcomers, KNOWN, newcomers);
    let new = bench.burst(new).await?;
    let delays = bench.delays().await?;
    bench.product.check().await?;
    let busy = bench.product.memory();
    drop(floor);

    let (to_floor, to_product) = (median(&rates.0), median(&rates.1));
    let connections = bench.options.connections;
    println!();
    println!("acknowledged webhooks/s, {connections} connections (median of {} runs)", rates.0.len());
    println!("    floor    {:>9}", thousands(to_floor));
    println!("    product  {:>9}", thousands(to_product));
    println!("    ratio    {:>9.2}   (aim 0.70 or more)", to_product / to_floor);
    println!("answer time at {FEW} connections, ms{:>14}{:>9}", "p50", "p99");
    for (name, times) in [("floor", &answers.0), ("product", &answers.1)] {
        println!("    {name:<9}{:>31.2}{:>9.2}", times.percentile(0.5), times.percentile(0.99));
    }
    println!("through to the thread, events/s");
    println!("    known customers {:>9}   (aim 5,000)", thousands(known));
    println!("    new customers   {:>9}   (aim 2,500)", thousands(new));
    println!("webhook to the agent's stream at {PACE} events/s, ms");
    println!(
        "    p50 {:.1}, p99 {:.1}   (aim p99 50 or less; {} events)",
        delays.percentile(0.5),
        delays.percentile(0.99),
        delays.len()
    );
    println!("memory, MB");
    println!("    idle            {idle:>9.1}   (aim 60 or less)");
    println!("    after the load  {busy:>9.1}");
    println!("start to /readyz, ms");
    println!("    new store       {:>9.0}   (aim 1,000 or less)", first_start.as_secs_f64() * 1000.0);
    println!("    again           {:>9.0}", restart.as_secs_f64() * 1000.0);
    println!("messages sent by the bot meanwhile: {}", thousands(graph.messages() as f64));
    Ok(())
}

struct Bench {
    to_floor: Maker,
    to_product: Maker,
    product: Product,
    options: Options,
}

impl Bench {
    /// Acknowledged per second: floor, product, floor, product, …
    async fn rates(&mut self) -> Result<(Vec<f64>, Vec<f64>), String> {
        let (count, connections) = (self.options.count / self.options.divisor, self.options.connections);
        let mut rates = (Vec::new(), Vec::new());
        for round in 1..=self.options.rounds {
            let requests = self.to_floor.messages(count, 0, KNOWN);
            let floor = load::run(self.to_floor.host(), requests, connections).await?;
            let requests = self.to_product.messages(count, 0, KNOWN);
            let product = load::run(self.to_product.host(), requests, connections).await?;
            self.product.drained().await?;
            say(&format!("round {round}: floor {}, product {}", thousands(floor.rate), thousands(product.rate)));
            rates.0.push(floor.rate);
            rates.1.push(product.rate);
        }
        Ok(rates)
    }

    /// How long an answer takes at few connections.
    async fn answers(&mut self) -> Result<(Times, Times), String> {
        say("answer times");
        let count = self.options.count / 5 / self.options.divisor;
        let requests = self.to_floor.messages(count, 0, KNOWN);
        let floor = load::run(self.to_floor.host(), requests, FEW).await?;
        let requests = self.to_product.messages(count, 0, KNOWN);
        let product = load::run(self.to_product.host(), requests, FEW).await?;
        self.product.drained().await?;
        Ok((floor.times, product.times))
    }

    /// Events per second from the first byte until the last event is in its thread.
    async fn burst(&self, requests: Vec<Vec<u8>>) -> Result<f64, String> {
        let count = requests.len();
        let started = Instant::now();
        load::run(self.to_product.host(), requests, FEW).await?;
        self.product.drained().await?;
        Ok(count as f64 / started.elapsed().as_secs_f64())
    }

    /// From the webhook's first byte until its text is on the agent's stream, at a steady pace.
    async fn delays(&mut self) -> Result<Times, String> {
        say("stream");
        // What the burst left to send goes first: a stream beside it would measure the queue.
        self.product.silent().await?;
        let stream = Stream::open(&self.product.http, &self.product.url, &self.product.token, KNOWN).await?;
        let count = PACE * 20 / self.options.divisor;
        let requests: Vec<_> =
            (0..count).map(|number| self.to_product.message(number % KNOWN, &stream::text(number))).collect();
        let mut connection = Connection::open(self.to_product.host()).await?;
        let mut pace = tokio::time::interval(Duration::from_secs(1) / u32::try_from(PACE).unwrap_or(100));
        pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        let mut begun = Vec::with_capacity(count);
        for request in &requests {
            // The delay counts from when the event was due, so a slow answer delays nothing silently.
            begun.push(pace.tick().await.into_std());
            connection.send(request).await?;
        }
        let waiting = Instant::now();
        while stream.arrived() < count && waiting.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let times: Vec<Duration> = begun
            .iter()
            .enumerate()
            .filter_map(|(number, begun)| Some(stream.at(number)?.saturating_duration_since(*begun)))
            .collect();
        match count - times.len() {
            0 => Ok(Times::new(times)),
            missing => Err(format!("{missing} of {count} events never came on the stream.")),
        }
    }
}

fn say(what: &str) {
    eprintln!("  {what}");
}
