//! A busy contact centre and the morning after an outage: mixed traffic of ten thousand customers through to their
//! threads, and a line of a hundred thousand events that is worked off while people go on writing.

use crate::Options;
use crate::body::{Channel, Maker, What};
use crate::figures::{Times, thousands};
use crate::graph::Graph;
use crate::load::{self, Connection};
use crate::product::Product;
use crate::stream::{self, Stream};
use crate::traffic::{Customers, FEW, TOGETHER, greet, mixture};
use std::time::{Duration, Instant};

/// Customers who have written before and wait for an agent, so that no bot answers.
const CUSTOMERS: usize = 10_000;
/// Mixed events.
const MIXED: usize = 20_000;
/// Events of the line.
const LINE: usize = 100_000;
/// Live events per second in the meantime, of customers who are not in the line.
const PACE: u32 = 50;
/// Customers who write live: as many as one page of the list shows.
const LIVE: usize = stream::PAGE;

/// Measures and prints.
pub async fn measure(options: Options) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("No temporary folder could be made: {error}."))?;
    let graph = Graph::start()?;
    let mut product = Product::start(folder.path(), &graph).await?;
    product.connect().await?;
    let customers = CUSTOMERS / options.divisor;
    let mut maker = Maker::new(&product.webhook_url, "mixed");

    say("customers come and ask for an agent");
    let everyone = |count| Customers { channels: &[Channel::Messenger], first: 0, count };
    greet(&mut maker, &product, &everyone(customers + LIVE)).await?;
    let quiet = product.memory();

    say("mixed traffic");
    let requests = mixture(&mut maker, MIXED / options.divisor, &everyone(customers), &graph);
    let count = requests.len();
    let started = Instant::now();
    let answers = load::run(maker.host(), requests, FEW).await?;
    product.drained().await?;
    let mixed = count as f64 / started.elapsed().as_secs_f64();
    let after_mixed = product.memory();

    say("a long line");
    product.silent().await?;
    let line = line(&mut maker, LINE / options.divisor, customers);
    let length = line.len() * TOGETHER;
    let stream = Stream::open(&product.http, &product.url, &product.token, LIVE).await?;
    let posted = Instant::now();
    load::run(maker.host(), line, FEW).await?;
    let posted = posted.elapsed();
    let drained = std::cell::Cell::new(None);
    let started = Instant::now();
    let (live, done) = tokio::join!(live(&mut maker, &stream, customers, &drained), async {
        let done = product.drained().await;
        drained.set(Some(started.elapsed()));
        done
    });
    let (live, _) = (live?, done?);
    let took = drained.get().unwrap_or_default();
    product.check().await?;

    println!();
    println!(
        "mixed: 80 % text, 10 % pictures, 5 % reads, 5 % reactions; {} customers",
        thousands(customers as f64)
    );
    println!("    through to the thread, events/s   {:>9}   (aim 2,000)", thousands(mixed));
    println!(
        "    answer time, ms                   p50 {:.2}, p99 {:.2}",
        answers.times.percentile(0.5),
        answers.times.percentile(0.99)
    );
    println!(
        "a line of {} events, {TOGETHER} a POST, kept within {:.1} s",
        thousands(length as f64),
        posted.as_secs_f64()
    );
    let rate = length as f64 / (took + posted).as_secs_f64();
    println!("    from the first POST to an empty line, events/s {rate:>9}   (aim 5,000)", rate = thousands(rate));
    println!(
        "    others who write meanwhile, to the stream, ms  p50 {:.1}, p99 {:.1}   (aim p99 100 or less; {} events)",
        live.percentile(0.5),
        live.percentile(0.99),
        live.len()
    );
    println!(
        "memory, MB: {quiet:.0} before, {after_mixed:.0} after the mixture, {:.0} after the line, {:.0} at most   (aim 200 or less)",
        product.memory(),
        product.peak()
    );
    Ok(())
}

fn line(maker: &mut Maker, count: usize, customers: usize) -> Vec<Vec<u8>> {
    let events: Vec<String> = (0..count)
        .map(|n| {
            maker.event(Channel::Messenger, n * 7_919 % customers, What::Text("We wrote while you were away."))
        })
        .collect();
    events.chunks_exact(TOGETHER).map(|events| maker.post(Channel::Messenger, events)).collect()
}

/// People who are not in the line write until it is empty. From the moment an event was due until it is on the stream.
async fn live(
    maker: &mut Maker,
    stream: &Stream,
    first: usize,
    drained: &std::cell::Cell<Option<Duration>>,
) -> Result<Times, String> {
    let mut connection = Connection::open(maker.host()).await?;
    let mut pace = tokio::time::interval(Duration::from_secs(1) / PACE);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let mut begun = Vec::new();
    while drained.get().is_none() && begun.len() < 100_000 {
        let request = maker.message(first + begun.len() % LIVE, &stream::text(begun.len()));
        begun.push(pace.tick().await.into_std());
        connection.send(&request).await?;
    }
    let waiting = Instant::now();
    while stream.arrived() < begun.len() && waiting.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let arrived = |(number, begun): (usize, &Instant)| match stream.at(number) {
        Some(at) => Ok(at.saturating_duration_since(*begun)),
        None => Err(number),
    };
    let (times, missing): (Vec<_>, Vec<_>) = begun.iter().enumerate().map(arrived).partition(Result::is_ok);
    let missing: Vec<usize> = missing.into_iter().filter_map(Result::err).collect();
    if missing.is_empty() {
        return Ok(Times::new(times.into_iter().flatten().collect()));
    }
    Err(format!("{} of {} live events never came on the stream: {missing:?}.", missing.len(), begun.len()))
}

fn say(what: &str) {
    eprintln!("  {what}");
}
