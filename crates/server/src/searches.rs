//! Searches for words, one at a time for each user: they read a lot, and the store's few readers are shared.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::id::UserId;
use tokio::sync::{Mutex as Line, OwnedMutexGuard};

/// The maximum number of running and waiting searches of one user. Browsers cancel those that they no longer need.
const MOST: usize = 8;

/// The running and waiting searches of each user.
#[derive(Debug, Default)]
pub struct Searches(Mutex<HashMap<UserId, Own>>);

/// The searches of one user: their number, and the turn.
#[derive(Debug, Default)]
struct Own {
    count: usize,
    line: Arc<Line<()>>,
}

/// The right to search. Dropping it, also when the browser disconnects, lets the next one search.
#[derive(Debug)]
pub struct Turn<'a> {
    _first: OwnedMutexGuard<()>,
    _counted: Counted<'a>,
}

#[derive(Debug)]
struct Counted<'a>(&'a Searches, UserId);

impl Searches {
    /// Waits until no other search of the user runs. None if too many are already waiting.
    pub async fn turn(&self, user: UserId) -> Option<Turn<'_>> {
        let (line, counted) = {
            let mut lines = self.0.lock().expect("nothing panics while it is held");
            let own = lines.entry(user).or_default();
            if own.count >= MOST {
                return None;
            }
            own.count += 1;
            (Arc::clone(&own.line), Counted(self, user))
        };
        Some(Turn { _first: line.lock_owned().await, _counted: counted })
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        let mut lines = self.0.0.lock().expect("nothing panics while it is held");
        if let Some(own) = lines.get_mut(&self.1) {
            own.count -= 1;
            if own.count == 0 {
                lines.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_user_searches_once_at_a_time_and_others_are_not_in_their_line() {
        let searches = Searches::default();
        let (ben, carla) = (UserId(1), UserId(2));
        let first = searches.turn(ben).await.unwrap();
        assert!(searches.turn(carla).await.is_some());
        let mut waiting: Vec<_> = (1..MOST).map(|_| Box::pin(searches.turn(ben))).collect();
        assert!(waiting.iter_mut().all(|turn| turn.now_or_never().is_none()), "they wait");
        assert!(searches.turn(ben).await.is_none(), "one too many");
        // One of them is cancelled, as when a browser disconnects.
        drop(waiting.remove(0));
        drop(first);
        assert!(waiting[0].as_mut().now_or_never().flatten().is_some());
        drop(waiting);
        assert!(searches.0.lock().unwrap().is_empty());
    }
}
