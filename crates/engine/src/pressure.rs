//! The load of webhooks. Webhooks that are not acknowledged in time may be lost; acknowledged ones can wait a moment.
//! So under high load applying gives way, for a limited time, and names and pictures give way to messages.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The number of webhooks per second from which applying gives way. Far above what a contact centre normally gets;
/// reached after an outage, when Meta delivers what it held back.
const HARD: f64 = 2_000.0;
/// How long the rate is measured over: high load is detected from its first moment on.
const SPAN: Duration = Duration::from_millis(25);
/// The maximum time that applying gives way; then the oldest events have waited enough.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Pressure {
    arrived: AtomicU64,
    /// Whether a backlog of events is being applied.
    backlog: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    at: Instant,
    arrived: u64,
    /// Since when the load is high.
    hard_since: Option<Instant>,
}

impl Default for Pressure {
    fn default() -> Self {
        let seen = Seen { at: Instant::now(), arrived: 0, hard_since: None };
        Self { arrived: AtomicU64::new(0), backlog: AtomicBool::new(false), seen: Mutex::new(seen) }
    }
}

impl Pressure {
    pub fn arrived(&self) {
        self.arrived.fetch_add(1, Ordering::Relaxed);
    }

    /// Sets whether a backlog of events is being applied.
    pub fn set_backlog(&self, is_there: bool) {
        self.backlog.store(is_there, Ordering::Relaxed);
    }

    /// Whether messages are waiting to be stored or applied, and names, pictures and files should give way.
    pub fn is_busy(&self) -> bool {
        self.backlog.load(Ordering::Relaxed) || self.is_hard()
    }

    /// Whether applying should give way now.
    pub fn is_hard(&self) -> bool {
        self.judge(Instant::now())
    }

    fn judge(&self, now: Instant) -> bool {
        let mut seen = self.seen.lock().expect("nothing panics while it is held");
        let passed = now.duration_since(seen.at);
        let arrived = self.arrived.load(Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
        let rate = (arrived - seen.arrived) as f64 / passed.max(SPAN).as_secs_f64();
        if rate >= HARD {
            seen.hard_since.get_or_insert(now);
        } else if passed >= SPAN {
            seen.hard_since = None;
        }
        if passed >= SPAN {
            (seen.at, seen.arrived) = (now, arrived);
        }
        seen.hard_since.is_some_and(|since| now.duration_since(since) < PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_flood_presses_hard_and_not_for_ever() {
        let pressure = Pressure::default();
        let start = Instant::now();
        let after = |steps: u32| start + SPAN * steps;
        let come = |count: u32| (0..count).for_each(|_| pressure.arrived());
        come(20);
        assert!(!pressure.judge(after(2)), "a busy day");
        come(1_000);
        assert!(pressure.judge(after(2)), "a flood, in its first moment");
        assert!(pressure.judge(after(3)), "a flood");
        assert!(!pressure.judge(after(5)), "it is over");
        let patience = u32::try_from(PATIENCE.as_millis() / SPAN.as_millis()).unwrap();
        for step in 6..6 + patience {
            come(1_000);
            assert!(pressure.judge(after(step)), "step {step}");
        }
        come(1_000);
        assert!(!pressure.judge(after(7 + patience)), "the oldest have waited enough");
    }
}
