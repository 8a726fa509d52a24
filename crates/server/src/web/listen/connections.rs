//! All connections of one listener: their number, their origins, and which are closed when there are too many.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use engine::proxies::Network;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Limits;
use super::connection::Activity;

/// Every connection of a listener.
#[derive(Debug)]
pub(super) struct Connections {
    limits: Limits,
    places: Mutex<Places>,
}

#[derive(Debug, Default)]
struct Places {
    next: u64,
    by_number: HashMap<u64, Entry>,
    by_network: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct Entry {
    network: IpAddr,
    activity: Arc<Activity>,
    leave: Arc<Notify>,
}

impl Places {
    fn remove(&mut self, number: u64) -> Option<Entry> {
        let entry = self.by_number.remove(&number)?;
        if let Some(count) = self.by_network.get_mut(&entry.network) {
            *count -= 1;
            if *count == 0 {
                self.by_network.remove(&entry.network);
            }
        }
        Some(entry)
    }

    /// Closes the connections whose clients have been silent the longest while we wait for a request or for more of
    /// its body: one in sixty-four of them, so that the search is not repeated for each new connection. False if
    /// there are none.
    fn make_room(&mut self, of: Option<IpAddr>) -> bool {
        let mut silent: Vec<(Instant, u64)> = self
            .by_number
            .iter()
            .filter(|(_, entry)| of.is_none_or(|network| network == entry.network))
            .filter(|(_, entry)| entry.activity.waits_for_the_client())
            .map(|(number, entry)| (entry.activity.last(), *number))
            .collect();
        if silent.is_empty() {
            return false;
        }
        let most = silent.len() / 64 + 1;
        silent.select_nth_unstable(most - 1);
        for (_, number) in &silent[..most] {
            if let Some(entry) = self.remove(*number) {
                entry.leave.notify_one();
            }
        }
        true
    }
}

impl Connections {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, places: Mutex::default() }
    }

    /// Accepts a connection; None if there are too many.
    pub(super) fn admit(connections: &Arc<Self>, address: IpAddr) -> Option<Admitted> {
        let network = Network::of_client(address).first();
        let limits = &connections.limits;
        let unlimited = address.to_canonical().is_loopback() || limits.trusted.contain(address);
        let share = if unlimited { limits.connections } else { limits.connections / 4 };
        let mut places = connections.places.lock().expect("nothing panics while it is held");
        if places.by_network.get(&network).copied().unwrap_or(0) >= share.max(1)
            && !places.make_room(Some(network))
        {
            return None;
        }
        if places.by_number.len() >= limits.connections && !places.make_room(None) {
            return None;
        }
        places.next += 1;
        let (number, activity, leave) = (places.next, Arc::new(Activity::new()), Arc::new(Notify::new()));
        *places.by_network.entry(network).or_insert(0) += 1;
        let entry = Entry { network, activity: Arc::clone(&activity), leave: Arc::clone(&leave) };
        places.by_number.insert(number, entry);
        drop(places);
        Some(Admitted { connections: Arc::clone(connections), number, activity, leave })
    }
}

/// An accepted connection. Dropping it frees its place.
#[derive(Debug)]
pub(super) struct Admitted {
    connections: Arc<Connections>,
    number: u64,
    activity: Arc<Activity>,
    leave: Arc<Notify>,
}

impl Admitted {
    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }

    /// Ends when the connection must be closed.
    pub(super) async fn overdue(&self) {
        loop {
            let limits = &self.connections.limits;
            let now = Instant::now();
            let look = match self.activity.deadline(limits) {
                Some(deadline) if deadline <= now => return,
                Some(deadline) => deadline,
                // It may become silent at any moment: its deadline is then as far ahead as the shortest limit.
                None => now + limits.head.min(limits.unread),
            };
            // A deadline may have come closer when the client began to send a head.
            let look = look.min(now + limits.head);
            tokio::select! {
                () = self.leave.notified() => return,
                () = tokio::time::sleep_until(look) => {}
            }
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.connections.places.lock().expect("nothing panics while it is held").remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::connection::Awaited;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn connections(connections: usize) -> Arc<Connections> {
        let trusted = ["10.0.0.0/8".parse().unwrap()].into_iter().collect();
        let limits = Limits { head: SECOND, idle: 5 * SECOND, unread: 3 * SECOND, connections, trusted };
        Arc::new(Connections::new(limits))
    }

    /// Accepts a connection that was last active after this time.
    fn admit(connections: &Arc<Connections>, address: &str, last: u64) -> Admitted {
        let admitted = Connections::admit(connections, address.parse().unwrap()).unwrap();
        admitted.activity().did_last(Duration::from_millis(last));
        admitted
    }

    /// Whether a connection must be closed.
    fn must_leave(admitted: &Admitted) -> bool {
        let here = admitted.connections.places.lock().unwrap().by_number.contains_key(&admitted.number);
        !here
    }

    #[tokio::test]
    async fn the_longest_silent_connection_makes_room_and_never_one_that_waits_for_an_answer() {
        let connections = connections(3);
        let places: Vec<_> = [10_000, 20_000, 30_000].map(|last| admit(&connections, "127.0.0.1", last)).into();
        let busy = places[0].activity().begin();
        let fourth = admit(&connections, "198.51.100.1", 40_000);
        assert_eq!(places.iter().map(must_leave).collect::<Vec<_>>(), [false, true, false]);
        places[1].overdue().await;
        let all_busy = [places[2].activity().begin(), fourth.activity().begin()];
        assert!(Connections::admit(&connections, "127.0.0.1".parse().unwrap()).is_none());
        drop((busy, all_busy));
        assert!(Connections::admit(&connections, "127.0.0.1".parse().unwrap()).is_some());
    }

    #[tokio::test]
    async fn a_connection_whose_body_does_not_come_makes_room() {
        use axum::body::HttpBody as _;
        use futures_util::FutureExt as _;
        let connections = connections(1);
        let place = admit(&connections, "127.0.0.1", 10_000);
        let _busy = place.activity().begin();
        let never = axum::body::Body::from_stream(futures_util::stream::pending::<std::io::Result<Vec<u8>>>());
        let mut body = Awaited::new(never, Arc::clone(place.activity()));
        let enter = || Connections::admit(&connections, "127.0.0.1".parse().unwrap());
        assert!(enter().is_none(), "its request is being answered");
        let mut frame = std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context));
        assert!((&mut frame).now_or_never().is_none());
        assert!(enter().is_some() && must_leave(&place));
    }

    #[test]
    fn one_network_has_a_quarter_of_the_places_unless_it_is_a_proxy() {
        let connections = connections(8);
        let strangers: Vec<_> =
            [1, 2, 3].map(|n| admit(&connections, &format!("2001:db8::{n}"), 10_000 * n)).into();
        assert_eq!(strangers.iter().map(must_leave).collect::<Vec<_>>(), [true, false, false]);
        let proxies: Vec<_> = [1, 2, 3, 4].map(|n| admit(&connections, "10.1.1.1", n)).into();
        assert!(!proxies.iter().any(must_leave));
    }

    #[test]
    fn a_head_an_idle_connection_and_an_answer_have_limits_of_their_own() {
        let connections = connections(8);
        let admitted = admit(&connections, "127.0.0.1", 0);
        let deadline =
            || admitted.activity().deadline(&connections.limits).map(|at| at - admitted.activity().last());
        assert_eq!(deadline(), Some(SECOND), "the head of a request");
        let busy = admitted.activity().begin();
        assert_eq!(deadline(), None, "an answer may take its time");
        admitted.activity().must_wait_for_the_client();
        assert_eq!(deadline(), Some(3 * SECOND), "but not because its client does not read it");
        admitted.activity().sent();
        drop(busy);
        assert_eq!(deadline(), Some(5 * SECOND), "the next request");
    }
}
