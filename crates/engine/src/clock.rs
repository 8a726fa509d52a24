//! The clock, and ids that are ordered by it. No other code reads the machine's time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use domain::id::Ids;
use domain::time::Micros;

/// Milliseconds from 1970 to 2025: ids count from there, so that 41 bits last until 2094.
const EPOCH_MILLIS: i64 = 1_735_689_600_000;
const NODE_BITS: u32 = 10;
const COUNT_BITS: u32 = 12;

/// The time. Clones share one clock: moving one moves all.
#[derive(Debug, Clone)]
pub struct Clock {
    started: Instant,
    ahead: Arc<AtomicI64>,
    /// How much the machine's clock was set by, which does not count as elapsed time.
    set: Arc<AtomicI64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { started: Instant::now(), ahead: Arc::default(), set: Arc::default() }
    }
}

impl Clock {
    pub fn now(&self) -> Micros {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let moved = self.ahead.load(Ordering::Relaxed) + self.set.load(Ordering::Relaxed);
        Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)).plus(moved)
    }

    /// The time that has passed since the clock was made. Setting the machine's clock does not change it.
    pub fn monotonic(&self) -> Micros {
        let passed = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        Micros(passed).plus(self.ahead.load(Ordering::Relaxed))
    }

    /// Lets this many microseconds pass, for tests.
    pub fn advance(&self, by: i64) {
        self.ahead.fetch_add(by, Ordering::Relaxed);
    }

    /// Sets the machine's clock by this many microseconds, for tests.
    pub fn set(&self, by: i64) {
        self.set.fetch_add(by, Ordering::Relaxed);
    }
}

/// A moment in the API's format: RFC 3339 with `Z`.
pub fn rfc3339(at: Micros) -> String {
    jiff::Timestamp::from_microsecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

/// Parses a moment in the format of Meta's nodes: ISO 8601 with `+0000` (meta-platform.md §4.3).
pub fn read(text: &str) -> Option<Micros> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Micros(at.as_microsecond()))
}

/// The lowest id that can have been created at a moment: older objects have lower ids.
pub fn id_at(at: Micros) -> i64 {
    (at.millis() - EPOCH_MILLIS).clamp(0, i64::MAX >> (NODE_BITS + COUNT_BITS)) << (NODE_BITS + COUNT_BITS)
}

/// Makes ids: 41 bits of milliseconds, 10 bits of node, 12 bits of counter.
#[derive(Debug)]
pub struct IdMaker {
    clock: Clock,
    node: i64,
    /// The last millisecond used, and the count within it.
    last: Mutex<(i64, i64)>,
}

impl IdMaker {
    /// A maker for the node with this number; only its lowest 10 bits count.
    pub fn new(clock: Clock, node: i64) -> Self {
        Self { clock, node: node & ((1 << NODE_BITS) - 1), last: Mutex::new((0, 0)) }
    }

    /// Continues after the greatest stored id: the clock may have been set back while no process ran.
    pub fn after(self, greatest: i64) -> Self {
        // Whatever the other process counted within that millisecond, the next id is higher.
        *self.last.lock().expect("nothing panics while it is held") =
            (greatest >> (NODE_BITS + COUNT_BITS), (1 << COUNT_BITS) - 1);
        self
    }

    /// The next id, greater than all before it, even if the clock is set back.
    pub fn next(&self) -> i64 {
        let mut last = self.last.lock().expect("nothing panics while it is held");
        let millis = self.clock.now().millis() - EPOCH_MILLIS;
        let (at, count) = if millis > last.0 {
            (millis, 0)
        } else if last.1 + 1 < 1 << COUNT_BITS {
            (last.0, last.1 + 1)
        } else {
            // More than 4,096 in a millisecond: the next one is borrowed.
            (last.0 + 1, 0)
        };
        *last = (at, count);
        (at << (NODE_BITS + COUNT_BITS)) | (self.node << COUNT_BITS) | count
    }

    /// The time of the clock that orders the ids.
    pub fn now(&self) -> Micros {
        self.clock.now()
    }

    /// This maker in the form that the domain expects.
    pub fn source(&self) -> impl Ids + '_ {
        || self.next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_meta_are_read() {
        assert_eq!(read("1970-01-01T00:00:01+0000"), Some(Micros(1_000_000)));
        assert_eq!(read("2024-02-29T12:34:56+0000").map(rfc3339).as_deref(), Some("2024-02-29T12:34:56Z"));
        assert_eq!(read("yesterday"), None);
    }

    #[test]
    fn a_clock_is_moved_together_with_its_clones() {
        let clock = Clock::default();
        let same = clock.clone();
        let before = same.now();
        clock.advance(domain::time::DAY);
        assert!(same.now() >= before.plus(domain::time::DAY));
        let passed = same.monotonic();
        clock.set(domain::time::DAY);
        assert!(same.now() >= before.plus(2 * domain::time::DAY));
        assert!(same.monotonic().since(passed) < domain::time::DAY, "setting the clock is no time that passed");
    }

    #[test]
    fn ids_go_on_behind_the_greatest_one_after_a_clock_was_set_back() {
        let before = IdMaker::new(Clock::default(), 1_023);
        before.clock.advance(domain::time::HOUR);
        let greatest = (0..5_000).map(|_| before.next()).last().unwrap();
        let after = IdMaker::new(Clock::default(), 3).after(greatest);
        let ids: Vec<_> = (0..5_000).map(|_| after.next()).collect();
        assert!(ids[0] > greatest && ids.windows(2).all(|pair| pair[0] < pair[1]));
        // Once the clock is right again, ids follow it.
        after.clock.advance(2 * domain::time::HOUR);
        assert!(after.next() >= id_at(after.now()));
    }

    #[test]
    fn ids_grow_and_never_repeat() {
        let maker = IdMaker::new(Clock::default(), 7);
        let ids: Vec<_> = (0..20_000).map(|_| maker.next()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id >> COUNT_BITS & 0x3ff == 7));
        assert!(id_at(Micros(i64::MAX)) > 0, "beyond what ids can hold");
        let (before, at) = (Clock::default().now(), Micros(ids[0].max(0)));
        assert!(
            id_at(before.plus(domain::time::MINUTE)) > ids[0] && at.0 > id_at(before.plus(-domain::time::MINUTE))
        );
    }
}
