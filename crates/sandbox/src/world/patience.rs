//! Meta's retries of a failing webhook (§2.3): when the developers are warned, and when the app is unsubscribed. It
//! runs on its own clock, which `POST /control/clock` moves forward.

use super::World;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// After failing this long, the developers get an alert.
const ALERT_MS: u64 = 15 * 60_000;
/// WhatsApp tries for this long, and no app is unsubscribed (§2.3).
const WHATSAPP_MS: u64 = 7 * 24 * 60 * 60_000;
/// After failing this long, "Webhooks Disabled": the app is unsubscribed from the Page.
pub const DISABLE_MS: u64 = 60 * 60_000;

/// A clock that can run fast or jump ahead, never back.
#[derive(Debug)]
pub struct Clock {
    speed: f64,
    at_ms: u64,
    since: Instant,
    started: Instant,
}

impl Default for Clock {
    fn default() -> Self {
        let now = Instant::now();
        Self { speed: 1.0, at_ms: 0, since: now, started: now }
    }
}

impl Clock {
    /// Milliseconds of this clock since the sandbox began.
    pub fn now(&self) -> u64 {
        self.at_ms + (self.since.elapsed().as_secs_f64() * 1_000.0 * self.speed) as u64
    }

    /// By how much it is ahead of real time.
    pub fn ahead_ms(&self) -> u64 {
        self.now().saturating_sub(self.started.elapsed().as_millis() as u64)
    }

    /// Runs at this multiple of real time from now on, at least 1.
    pub fn run(&mut self, speed: f64) {
        (self.at_ms, self.since, self.speed) = (self.now(), Instant::now(), speed.clamp(1.0, 100_000.0));
    }

    /// Jumps ahead.
    pub fn advance(&mut self, ms: u64) {
        self.at_ms = self.at_ms.saturating_add(ms);
    }

    /// The response of `GET /control/clock`.
    pub fn view(&self) -> Value {
        json!({"speed": self.speed, "now_ms": self.now()})
    }

    /// How much real time passes until this clock shows `due`.
    pub fn until(&self, due: u64) -> Duration {
        Duration::from_secs_f64(due.saturating_sub(self.now()) as f64 / 1_000.0 / self.speed)
    }
}

/// An app's webhook that has failed since its last success.
#[derive(Debug, Clone, Copy)]
pub struct Failing {
    since: u64,
    alerted: bool,
}

impl World {
    /// An app responded to a webhook of a Page with 200: earlier failures no longer count.
    pub fn webhook_succeeded(&mut self, app_id: &str, page_id: &str) {
        self.failing.remove(&(app_id.to_owned(), page_id.to_owned()));
    }

    /// The app did not respond with 200. Alerts after 15 minutes without a success; after an hour it unsubscribes the
    /// app and returns `true`. WhatsApp gives up after seven days, and the app stays subscribed.
    pub fn webhook_failed(&mut self, app_id: &str, page_id: &str) -> bool {
        let (key, now) = ((app_id.to_owned(), page_id.to_owned()), self.clock.now());
        let failing = self.failing.entry(key.clone()).or_insert(Failing { since: now, alerted: false });
        let lasted = now - failing.since;
        if self.numbers.contains_key(page_id) || self.wabas.contains_key(page_id) {
            return lasted >= WHATSAPP_MS;
        }
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
        if let Some(account) = self.instagram.get_mut(page_id) {
            account.subscribed_apps.remove(app_id);
            account.disabled_apps.insert(app_id.to_owned());
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
    fn the_clock_moves_forward_only() {
        let mut clock = Clock::default();
        clock.advance(3_600_000);
        let before = clock.now();
        clock.run(0.0);
        assert!(before >= 3_600_000 && clock.now() >= before);
    }
}
