//! Meta's patience with a webhook that fails (§2.3): when it is tried again, when the developers are warned, when the
//! app is unsubscribed. It runs on a clock of its own that tests wind forward: `POST /control/clock`.

use crate::Shared;
use crate::world::World;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Failing for so long, the developers get an alert.
const ALERT_MS: u64 = 15 * 60_000;
/// Failing for so long, "Webhooks Disabled": the app is unsubscribed from the Page.
const DISABLE_MS: u64 = 60 * 60_000;
/// Waits before the attempts that follow the first: a few at once, then slower and slower.
const WAITS_MS: [u64; 7] = [0, 500, 1_000, 2_000, 5_000, 10_000, 10_000];
/// Once an outage has lasted this many attempts, one a minute.
const PATIENT: u32 = 30;

/// How long to wait before this attempt; the first is number 1.
pub fn wait_before(attempt: u32) -> u64 {
    match attempt {
        0 | 1 => 0,
        n if n > PATIENT => 60_000,
        n => WAITS_MS[(n as usize - 2).min(WAITS_MS.len() - 1)],
    }
}

/// A clock that can run fast or jump ahead, never back.
#[derive(Debug)]
pub struct Clock {
    speed: f64,
    at_ms: u64,
    since: Instant,
}

impl Default for Clock {
    fn default() -> Self {
        Self { speed: 1.0, at_ms: 0, since: Instant::now() }
    }
}

impl Clock {
    /// Milliseconds of this clock since the sandbox began.
    pub fn now(&self) -> u64 {
        self.at_ms + (self.since.elapsed().as_secs_f64() * 1_000.0 * self.speed) as u64
    }

    /// Runs this many times as fast from now on, at least as fast as time.
    pub fn run(&mut self, speed: f64) {
        (self.at_ms, self.since, self.speed) = (self.now(), Instant::now(), speed.clamp(1.0, 100_000.0));
    }

    /// Jumps ahead.
    pub fn advance(&mut self, ms: u64) {
        self.at_ms = self.at_ms.saturating_add(ms);
    }

    /// What `GET /control/clock` answers.
    pub fn view(&self) -> Value {
        json!({"speed": self.speed, "now_ms": self.now()})
    }

    /// In how much real time this clock shows `due`.
    fn until(&self, due: u64) -> Duration {
        Duration::from_secs_f64(due.saturating_sub(self.now()) as f64 / 1_000.0 / self.speed)
    }
}

/// Sleeps by the sandbox's clock; wakes early when that is wound forward.
pub async fn sleep(shared: &Shared, ms: u64) {
    let due = shared.world().clock.now() + ms;
    loop {
        let wound = shared.wound.notified();
        tokio::pin!(wound);
        wound.as_mut().enable();
        let left = shared.world().clock.until(due);
        if left.is_zero() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(left) => {}
            () = wound => {}
        }
    }
}

/// An app's webhook that has failed since its last success.
#[derive(Debug, Clone, Copy)]
pub struct Failing {
    since: u64,
    alerted: bool,
}

impl World {
    /// An app answered a webhook of a Page with 200: whatever failed before is forgiven.
    pub fn webhook_succeeded(&mut self, app_id: &str, page_id: &str) {
        self.failing.remove(&(app_id.to_owned(), page_id.to_owned()));
    }

    /// It did not. Alerts after 15 minutes without a success; after an hour it unsubscribes the app and answers `true`.
    pub fn webhook_failed(&mut self, app_id: &str, page_id: &str) -> bool {
        let (key, now) = ((app_id.to_owned(), page_id.to_owned()), self.clock.now());
        let failing = self.failing.entry(key.clone()).or_insert(Failing { since: now, alerted: false });
        let lasted = now - failing.since;
        if lasted >= ALERT_MS && !failing.alerted {
            failing.alerted = true;
            self.log_delivery(json!({
                "kind": "alert", "app_id": app_id, "page_id": page_id,
                "error": "Webhooks of this Page have failed for 15 minutes: Meta writes to the app's developers.",
            }));
        }
        if lasted < DISABLE_MS {
            return false;
        }
        self.failing.remove(&key);
        if let Some(page) = self.pages.get_mut(page_id) {
            page.subscribed_apps.remove(app_id);
        }
        for (_, queue) in self.queues.iter_mut().filter(|((app, page, _), _)| app == app_id && page == page_id) {
            queue.clear();
        }
        self.log_delivery(json!({
            "kind": "webhooks_disabled", "app_id": app_id, "page_id": page_id,
            "error": "Webhooks Disabled: they failed for an hour, so the app is unsubscribed from the Page.",
        }));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_retries_come_at_once_and_later_ones_slowly() {
        let waits: Vec<u64> = (1..=5).map(wait_before).collect();
        assert_eq!(waits, [0, 0, 500, 1_000, 2_000]);
        assert_eq!((wait_before(20), wait_before(31)), (10_000, 60_000));
        let hour: u64 = (1..=120).map(wait_before).sum();
        assert!(hour > DISABLE_MS, "there are attempts until the app is unsubscribed");
    }

    #[test]
    fn the_clock_is_wound_forward_only() {
        let mut clock = Clock::default();
        clock.advance(3_600_000);
        let before = clock.now();
        clock.run(0.0);
        assert!(before >= 3_600_000 && clock.now() >= before);
    }
}
