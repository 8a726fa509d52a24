//! Sorts waiting events by thread. On some channels a customer has several keys, an id and a phone number: events
//! that share a key belong to one thread, and stay in order.

use std::collections::HashMap;

use domain::channel::Address;
use domain::inbound::Inbound;

use super::PendingEvent;

/// Events of one thread, in order.
#[derive(Debug, Default)]
pub(super) struct ThreadBatch {
    /// Every address that its events use for the customer.
    pub names: Vec<Address>,
    pub events: Vec<PendingEvent>,
}

/// Threads in the order of their first events.
#[derive(Debug, Default)]
pub(super) struct Threads {
    all: Vec<ThreadBatch>,
    by_name: HashMap<Address, usize>,
}

impl Threads {
    /// Adds the next event, whose row is filed under `key`.
    pub fn add(&mut self, key: Address, event: PendingEvent) {
        let others = event.event.as_ref().map_or_else(Vec::new, Inbound::other_addresses);
        let index = self.named(key);
        self.all[index].events.push(event);
        for other in others {
            let other = self.named(other);
            self.join(index, other);
        }
    }

    /// The thread of an address; a new one if no event has used it yet.
    fn named(&mut self, name: Address) -> usize {
        if let Some(index) = self.by_name.get(&name) {
            return *index;
        }
        self.all.push(ThreadBatch { names: vec![name.clone()], events: Vec::new() });
        self.by_name.insert(name, self.all.len() - 1);
        self.all.len() - 1
    }

    /// Two threads turn out to belong to one customer.
    fn join(&mut self, one: usize, other: usize) {
        if one == other {
            return;
        }
        let ThreadBatch { names, events } = std::mem::take(&mut self.all[other]);
        for name in &names {
            self.by_name.insert(name.clone(), one);
        }
        let thread = &mut self.all[one];
        thread.names.extend(names);
        thread.events.extend(events);
        thread.events.sort_by_key(|event| event.place);
    }

    /// The threads that have events.
    pub fn finish(self) -> Vec<ThreadBatch> {
        let mut all = self.all;
        all.retain(|thread| !thread.events.is_empty());
        all.sort_by_key(|thread| thread.events.first().map(|event| event.place));
        all
    }
}

#[cfg(test)]
mod tests {
    use domain::channel::{Account, Channel};
    use domain::id::{DeliveryId, GatewayId};
    use domain::inbound::CustomerDetails;
    use domain::not_applied::NotApplied;
    use store::table::inbox::{Place, Source};

    use super::*;

    /// Adds one event for each customer and their other address; returns which events belong to one thread.
    fn threads(events: &[(&str, Option<&str>)]) -> Vec<Vec<i64>> {
        let account = Account::new(Channel::new("sample"), "700");
        let mut threads = Threads::default();
        for (n, (user, phone)) in (0..).zip(events) {
            let address = Address::new(account.clone(), *user);
            let customer = CustomerDetails { phone: phone.map(str::to_owned), ..CustomerDetails::default() };
            let what = NotApplied::NoContent {}.into();
            let customer = Some(Box::new(customer));
            let event = Some(Inbound { address: address.clone(), at: None, standby: false, customer, what });
            let place = Place { delivery: DeliveryId(1), n };
            let (gateway, source) = (GatewayId(1), Source::Webhook);
            threads.add(address, PendingEvent { place, gateway, event, source, backlog: false });
        }
        let places = |thread: ThreadBatch| thread.events.iter().map(|event| event.place.n).collect();
        threads.finish().into_iter().map(places).collect()
    }

    #[test]
    fn events_of_one_customer_stay_in_order_and_those_of_others_apart() {
        assert_eq!(threads(&[("a", None), ("b", None), ("a", None)]), [vec![0, 2], vec![1]]);
    }

    #[test]
    fn names_that_turn_out_to_be_one_customers_are_one_thread() {
        let events =
            [("49", None), ("x", None), ("id", None), ("id", Some("49")), ("49", Some("49")), ("id", None)];
        assert_eq!(threads(&events), [vec![0, 2, 3, 4, 5], vec![1]]);
    }
}
