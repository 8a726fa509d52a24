//! Turns at the Conversations API: Meta allows two calls a second for each Page (meta-platform.md §4.3).

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use channels::meta::limits::CONVERSATIONS_PER_SECOND;
use tokio::time::Instant;

/// Who would wait longer than this comes again later.
const LONGEST: Duration = Duration::from_secs(2);

/// When each Page may be asked about next.
#[derive(Debug, Default)]
pub struct Slow(Mutex<HashMap<String, Instant>>);

impl Slow {
    /// Waits for a turn. False if the line is too long: come again later.
    pub async fn turn(&self, page: &str) -> bool {
        let Some(at) = self.place(page, Instant::now()) else { return false };
        tokio::time::sleep_until(at).await;
        true
    }

    fn place(&self, page: &str, now: Instant) -> Option<Instant> {
        let mut next = self.0.lock().expect("nothing panics while it is held");
        let at = next.get(page).copied().unwrap_or(now).max(now);
        if at > now + LONGEST {
            return None;
        }
        next.insert(page.to_owned(), at + Duration::from_secs(1) / CONVERSATIONS_PER_SECOND);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_a_second_for_each_page_and_nobody_waits_for_long() {
        let (slow, now) = (Slow::default(), Instant::now());
        let half = Duration::from_millis(500);
        for n in 0..5 {
            assert_eq!(slow.place("1", now), Some(now + half * n));
        }
        assert_eq!(slow.place("1", now), None);
        assert_eq!(slow.place("2", now), Some(now));
        assert_eq!(slow.place("1", now + half), Some(now + half * 5));
    }
}
