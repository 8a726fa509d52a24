//! What a busy contact centre hears: mixed traffic of customers who have asked for an agent, so that no bot answers.

use crate::body::{Channel, Maker, What};
use crate::graph::Graph;
use crate::load;
use crate::product::Product;

/// Events in one POST: Meta hands over together what it held back.
pub const TOGETHER: usize = 20;
/// Connections.
pub const FEW: usize = 8;

/// Customers of some channels, each with one of them in turn.
#[derive(Clone)]
pub struct Customers {
    pub channels: &'static [Channel],
    /// The number of the first.
    pub first: usize,
    pub count: usize,
}

impl Customers {
    fn all(&self) -> impl Iterator<Item = (Channel, usize)> {
        (0..self.count).map(|number| self.at(number))
    }

    /// One of them: the channel that they write on, and their number.
    fn at(&self, number: usize) -> (Channel, usize) {
        let number = number % self.count;
        let channel = self.channels.get(number % self.channels.len()).copied().unwrap_or(Channel::Messenger);
        (channel, self.first + number)
    }
}

/// Each asks for a person, and learns that no agent is there yet.
pub async fn greet(maker: &mut Maker, product: &Product, customers: &Customers) -> Result<(), String> {
    let mut requests = Vec::new();
    for channel in customers.channels {
        let mine = customers.all().filter(|(own, _)| own == channel);
        let events: Vec<String> =
            mine.map(|(channel, customer)| maker.event(channel, customer, What::Tap("menu:menu:agent"))).collect();
        requests.extend(events.chunks(TOGETHER).map(|events| maker.post(*channel, events)));
    }
    load::run(maker.host(), requests, FEW).await?;
    product.drained().await?;
    product.silent().await
}

/// 80 % text, 10 % pictures, 5 % reads, 5 % reactions.
pub fn mixture(maker: &mut Maker, count: usize, customers: &Customers, graph: &Graph) -> Vec<Vec<u8>> {
    let mut requests = Vec::with_capacity(count);
    let mut said: Vec<(Channel, usize, String)> = Vec::new();
    for n in 0..count {
        // Prime steps: each one comes up, and none twice in a row.
        let (channel, customer) = customers.at(n * 7_919);
        let (channel, event) = match n % 20 {
            0..16 => {
                let event = maker.event(channel, customer, What::Text("Hello, is my order on its way?"));
                said.push((channel, customer, maker.last_mid().to_owned()));
                (channel, event)
            }
            16 | 17 => (channel, maker.event(channel, customer, What::Picture { graph: &graph.url, number: n })),
            18 => {
                let read = graph.last_sent(&channel.user(customer)).unwrap_or_default();
                (channel, maker.event(channel, customer, What::Read { mid: &read }))
            }
            _ => {
                let (channel, customer, mid) = said.swap_remove(said.len() / 2);
                (channel, maker.event(channel, customer, What::Reaction { to: &mid }))
            }
        };
        requests.push(maker.post(channel, &[event]));
    }
    requests
}
