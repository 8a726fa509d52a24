//! Events of deliveries that have just arrived, as they were decoded to be acknowledged. Most are applied within
//! milliseconds, so their bodies need be neither read from the store nor decoded again. It only saves work: after a
//! restart or under high load, events are read from the store.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::id::{DeliveryId, GatewayId};
use domain::inbound::Inbound;

/// The maximum total size of bodies whose events are kept. Under high load the first ones stay, because they are
/// applied first.
const MOST: usize = 8 * 1024 * 1024;

/// The events of one delivery.
#[derive(Debug)]
pub struct Delivery {
    pub gateway: GatewayId,
    pub events: Vec<Inbound>,
    bytes: usize,
}

/// All cached events.
#[derive(Debug, Default)]
pub struct Decoded(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    bytes: usize,
    deliveries: HashMap<DeliveryId, Delivery>,
}

impl Decoded {
    /// Holds the events of a delivery that is being stored, if there is room. `bytes` is the length of its body. They
    /// are dropped with the returned entry, unless [`Entry::stored`] is called: a delivery that was never stored is
    /// never taken.
    pub fn put(&self, id: DeliveryId, gateway: GatewayId, events: Vec<Inbound>, bytes: usize) -> Entry<'_> {
        let mut state = self.0.lock().expect("nothing panics while it is held");
        let fits = !events.is_empty() && state.bytes + bytes <= MOST;
        if fits {
            state.bytes += bytes;
            state.deliveries.insert(id, Delivery { gateway, events, bytes });
        }
        Entry { decoded: self, id: fits.then_some(id) }
    }

    /// Takes the events of a delivery.
    pub fn take(&self, id: DeliveryId) -> Option<Delivery> {
        let mut state = self.0.lock().expect("nothing panics while it is held");
        let delivery = state.deliveries.remove(&id)?;
        state.bytes -= delivery.bytes;
        Some(delivery)
    }
}

/// Events whose delivery is being stored. A request that is cancelled in the middle drops them.
#[must_use]
#[derive(Debug)]
pub struct Entry<'a> {
    decoded: &'a Decoded,
    id: Option<DeliveryId>,
}

impl Entry<'_> {
    /// The delivery is stored: its events stay until they are applied.
    pub fn stored(mut self) {
        self.id = None;
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.decoded.take(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::not_applied::NotApplied;

    use super::*;

    fn message() -> Vec<Inbound> {
        let address = "messenger 200 ann".parse().unwrap();
        let what = NotApplied::NoContent {}.into();
        vec![Inbound { address, at: None, standby: false, customer: None, what }]
    }

    #[test]
    fn each_delivery_is_taken_once_and_the_first_keep_their_place() {
        let decoded = Decoded::default();
        decoded.put(DeliveryId(1), GatewayId(7), message(), MOST).stored();
        decoded.put(DeliveryId(2), GatewayId(7), message(), 1).stored();
        assert!(decoded.take(DeliveryId(2)).is_none(), "there was no room for the second");
        assert_eq!(decoded.take(DeliveryId(1)).map(|it| it.gateway), Some(GatewayId(7)));
        assert!(decoded.take(DeliveryId(1)).is_none());
        decoded.put(DeliveryId(3), GatewayId(7), message(), MOST).stored();
        assert!(decoded.take(DeliveryId(3)).is_some(), "the room of what was taken is free again");
    }

    #[test]
    fn what_was_not_stored_takes_no_room() {
        let decoded = Decoded::default();
        drop(decoded.put(DeliveryId(1), GatewayId(7), message(), MOST));
        assert!(decoded.take(DeliveryId(1)).is_none());
        decoded.put(DeliveryId(2), GatewayId(7), message(), MOST).stored();
        assert!(decoded.take(DeliveryId(2)).is_some());
    }
}
