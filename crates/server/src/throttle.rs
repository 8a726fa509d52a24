//! Slows down password guessing, by address and by account from that address, without locking users out: a user with
//! the right password elsewhere does not wait because of a stranger's guesses.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use domain::time::{MINUTE, Micros, SECOND};

/// Failures that are free, from one address for one account.
const FREE_PER_ACCOUNT: u32 = 5;
/// Failures that are free from one address, for all accounts together.
const FREE_PER_ADDRESS: u32 = 30;
/// The longest that anybody waits.
const LONGEST: i64 = 5 * MINUTE;
/// The most entries; beyond it the oldest are dropped.
const KEPT: usize = 50_000;

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Micros,
}

/// The failed sign-ins of the last minutes.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<(IpAddr, String), Failures>>);

impl Throttle {
    /// Seconds to wait before the next try, or None.
    pub fn wait(&self, address: IpAddr, account: &str, now: Micros) -> Option<u64> {
        let map = self.0.lock().expect("nothing panics while it is held");
        [(account, FREE_PER_ACCOUNT), ("", FREE_PER_ADDRESS)]
            .into_iter()
            .filter_map(|(account, free)| {
                let failures = map.get(&(address, account.to_owned()))?;
                let over = failures.count.checked_sub(free)?;
                let pause = (SECOND << over.min(9)).min(LONGEST);
                let left = failures.last.plus(pause).since(now);
                (left > 0).then(|| u64::try_from(left / SECOND + 1).unwrap_or(1))
            })
            .max()
    }

    pub fn failed(&self, address: IpAddr, account: &str, now: Micros) {
        let mut map = self.0.lock().expect("nothing panics while it is held");
        if map.len() >= KEPT {
            map.retain(|_, failures| now.since(failures.last) < LONGEST);
        }
        for account in [account, ""] {
            let failures = map.entry((address, account.to_owned())).or_insert(Failures { count: 0, last: now });
            if now.since(failures.last) > 2 * LONGEST {
                failures.count = 0;
            }
            *failures = Failures { count: failures.count.saturating_add(1), last: now };
        }
    }

    /// A sign-in that was counted as failed went well: it is taken back, and what came before it was a slip.
    pub fn succeeded(&self, address: IpAddr, account: &str) {
        let mut map = self.0.lock().expect("nothing panics while it is held");
        map.remove(&(address, account.to_owned()));
        if let Some(failures) = map.get_mut(&(address, String::new())) {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_is_slowed_down_and_others_are_not() {
        let throttle = Throttle::default();
        let (here, there): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let now = Micros(1_000 * SECOND);
        for _ in 0..6 {
            throttle.failed(here, "ann", now);
        }
        assert!(throttle.wait(here, "ann", now).is_some());
        assert_eq!(throttle.wait(here, "bob", now), None);
        assert_eq!(throttle.wait(there, "ann", now), None);
        assert_eq!(throttle.wait(here, "ann", now.plus(LONGEST)), None);
        throttle.succeeded(here, "ann");
        assert_eq!(throttle.wait(here, "ann", now), None);
    }
}
