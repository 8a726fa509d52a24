//! Three channels beside one: the same mixed traffic from customers of Messenger alone, and from as many who write on
//! Messenger, Instagram and WhatsApp in equal shares. Both take turns in one run on one store.

use crate::Options;
use crate::body::{Channel, Maker};
use crate::figures::{median, thousands};
use crate::graph::Graph;
use crate::load;
use crate::product::Product;
use crate::traffic::{Customers, FEW, greet, mixture};
use std::time::Instant;

/// Customers of either kind.
const CUSTOMERS: usize = 3_000;

/// Measures and prints.
pub async fn measure(options: Options) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("No temporary folder could be made: {error}."))?;
    let graph = Graph::start()?;
    let mut product = Product::start(folder.path(), &graph).await?;
    product.connect().await?;
    for channel in [Channel::Instagram, Channel::WhatsApp] {
        product.switch_on(channel.account()).await?;
    }
    let count = CUSTOMERS / options.divisor;
    let kinds = [
        Customers { channels: &[Channel::Messenger], first: 0, count },
        Customers { channels: &[Channel::Messenger, Channel::Instagram, Channel::WhatsApp], first: count, count },
    ];
    let mut maker = Maker::new(&product.webhook_url, "channels");
    say("customers come and ask for an agent");
    for customers in &kinds {
        greet(&mut maker, &product, customers).await?;
    }

    let events = options.count / options.divisor;
    let mut rates = [Vec::new(), Vec::new()];
    for round in 1..=options.rounds {
        // What one leaves behind to fetch slows the other: each comes first every other time.
        let order = if round % 2 == 1 { [0, 1] } else { [1, 0] };
        for kind in order {
            let requests = mixture(&mut maker, events, &kinds[kind], &graph);
            let started = Instant::now();
            load::run(maker.host(), requests, FEW).await?;
            product.drained().await?;
            rates[kind].push(events as f64 / started.elapsed().as_secs_f64());
        }
        let last = |kind: usize| thousands(rates[kind].last().copied().unwrap_or_default());
        say(&format!("round {round}: Messenger alone {}, three channels {}", last(0), last(1)));
    }
    product.check().await?;

    let [alone, three] = rates.map(|rates| median(&rates));
    println!();
    println!("mixed traffic through to the thread, events/s (median of {} runs)", options.rounds);
    println!("    Messenger alone  {:>9}", thousands(alone));
    println!("    three channels   {:>9}", thousands(three));
    println!("    ratio            {:>9.2}   (aim 0.90 or more)", three / alone);
    Ok(())
}

fn say(what: &str) {
    eprintln!("  {what}");
}
