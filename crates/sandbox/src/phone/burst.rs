//! Load: many new customers write simultaneously, each in order, within bounds.

use super::act::{Said, say};
use super::whatsapp::{self, Inbound};
use crate::seed::{CustomerSeed, InstagramPerson, WhatsAppPerson};
use crate::shared::Shared;
use crate::world::{CUSTOMER_LIMIT, Channel, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::oneshot;

/// What `POST /control/burst` takes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// The Page, Instagram account or WhatsApp number that is written to.
    pub page_id: String,
    /// How many new customers, 1 to 2000.
    pub customers: u32,
    /// How many messages each, 1 to 100.
    pub messages_each: u32,
    /// The number of customers who write simultaneously, 1 to 64.
    #[serde(default = "eight")]
    pub concurrency: u32,
    /// What they write; the number of the message is appended.
    #[serde(default = "hello")]
    pub text: String,
}

fn eight() -> u32 {
    8
}

fn hello() -> String {
    "Hello".to_owned()
}

/// Runs a burst; every customer waits for the delivery of one message before the next.
pub async fn burst(shared: &Shared, order: Burst) -> Result<Value, String> {
    let (customers, each) = (order.customers.clamp(1, 2_000), order.messages_each.clamp(1, 100));
    let ids: Vec<String> = {
        let mut world = shared.world();
        if world.channel(&order.page_id).is_none() || world.wabas.contains_key(&order.page_id) {
            return Err(format!("There is no Page, Instagram account or WhatsApp number {}.", order.page_id));
        }
        (0..customers)
            .map(|number| new_customer(&mut world, "Load", &format!("Customer {number}"), true))
            .collect::<Result<_, _>>()?
    };
    let started = Instant::now();
    let (next, delivered) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let ids = Arc::new(ids);
    let tasks: Vec<_> = (0..order.concurrency.clamp(1, 64))
        .map(|_| {
            let (shared, ids, next, delivered, order) =
                (shared.clone(), ids.clone(), next.clone(), delivered.clone(), order.clone());
            tokio::spawn(async move {
                while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    for number in 1..=each {
                        let (done, waited) = oneshot::channel();
                        write(&mut shared.world(), &order.page_id, id, format!("{} {number}", order.text), done);
                        delivered.fetch_add(u64::from(waited.await.unwrap_or(false)), Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        let _ = task.await;
    }
    let sent = u64::from(customers) * u64::from(each);
    let delivered = delivered.load(Ordering::Relaxed);
    Ok(json!({
        "sent": sent, "delivered": delivered, "failed": sent - delivered,
        "ms": started.elapsed().as_millis() as u64, "customers": &*ids,
    }))
}

/// One text of a customer, on the account's channel.
fn write(world: &mut World, account_id: &str, customer_id: &str, text: String, done: oneshot::Sender<bool>) {
    if world.channel(account_id) == Some(Channel::WhatsApp) {
        let inbound = Inbound {
            kind: "text".to_owned(),
            object: json!({"body": text}),
            text: Some(text),
            ..Inbound::default()
        };
        whatsapp::say(world, account_id, customer_id, inbound, Some(done));
    } else {
        say(world, account_id, customer_id, Said { text: Some(text), ..Said::default() }, Some(done));
    }
}

/// Creates a customer and returns its id.
pub fn new_customer(
    world: &mut World,
    first_name: &str,
    last_name: &str,
    picture: bool,
) -> Result<String, String> {
    let id = loop {
        let id = format!("c{}", world.next());
        if !world.customers.contains_key(&id) {
            break id;
        }
    };
    named_customer(world, &id, first_name, last_name, picture)
}

/// Makes a customer with an id of the caller's choice; an existing one stays unchanged.
pub fn named_customer(
    world: &mut World,
    id: &str,
    first_name: &str,
    last_name: &str,
    picture: bool,
) -> Result<String, String> {
    if world.customers.len() >= CUSTOMER_LIMIT {
        return Err(format!("There are {CUSTOMER_LIMIT} customers already; the sandbox takes no more."));
    }
    let cut = |text: &str| text.chars().take(200).collect::<String>();
    let seed = CustomerSeed {
        id: id.to_owned(),
        first_name: cut(first_name),
        last_name: cut(last_name),
        picture,
        instagram: InstagramPerson::default(),
        whatsapp: WhatsAppPerson::default(),
    };
    world.customers.entry(id.to_owned()).or_insert(seed);
    Ok(id.to_owned())
}
