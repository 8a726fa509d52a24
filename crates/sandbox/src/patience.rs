//! When a webhook that failed is tried again (§2.3), by the sandbox's own clock.

use crate::shared::Shared;

/// Waits before the attempts that follow the first: the first few come quickly, later ones more and more slowly.
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

/// Sleeps by the sandbox's clock; wakes early when that clock is moved forward.
pub async fn sleep(shared: &Shared, ms: u64) {
    let due = shared.world().clock.now() + ms;
    loop {
        let moved = shared.clock_moved.notified();
        tokio::pin!(moved);
        moved.as_mut().enable();
        let left = shared.world().clock.until(due);
        if left.is_zero() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(left) => {}
            () = moved => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::DISABLE_MS;

    #[test]
    fn the_first_retries_come_at_once_and_later_ones_slowly() {
        let waits: Vec<u64> = (1..=5).map(wait_before).collect();
        assert_eq!(waits, [0, 0, 500, 1_000, 2_000]);
        assert_eq!((wait_before(20), wait_before(31)), (10_000, 60_000));
        let hour: u64 = (1..=120).map(wait_before).sum();
        assert!(hour > DISABLE_MS, "there are attempts until the app is unsubscribed");
    }
}
