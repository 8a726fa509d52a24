//! Open event streams and heartbeats of each user, in this process's memory.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::id::UserId;
use domain::time::{Micros, SECOND};

use crate::clock::Clock;

/// A browser whose last stream closed is lost after this …
const WITHOUT_STREAM: i64 = 10 * SECOND;
/// … and one that does not beat after this.
const WITHOUT_BEAT: i64 = 60 * SECOND;

#[derive(Debug)]
struct There {
    /// By whose session or token each was opened.
    streams: Vec<String>,
    closed_at: Micros,
    beat_at: Micros,
}

/// Streams and beats of each user.
#[derive(Debug)]
pub struct Browsers {
    clock: Clock,
    users: Mutex<HashMap<UserId, There>>,
}

impl Browsers {
    /// Before the first stream.
    pub fn new(clock: Clock) -> Self {
        Self { clock, users: Mutex::default() }
    }

    fn with<T>(&self, user: UserId, work: impl FnOnce(&mut There) -> T) -> T {
        let mut map = self.users.lock().expect("nothing panics while it is held");
        let at = self.clock.now();
        work(map.entry(user).or_insert(There { streams: Vec::new(), closed_at: at, beat_at: at }))
    }

    /// A stream opened by a session or token; it counts as a beat.
    pub fn opened(&self, user: UserId, by: &str) {
        self.with(user, |there| {
            there.streams.push(by.to_owned());
            there.beat_at = self.clock.now();
        });
    }

    /// A stream closed.
    pub fn closed(&self, user: UserId, by: &str) {
        self.with(user, |there| {
            if let Some(index) = there.streams.iter().position(|one| one == by) {
                there.streams.swap_remove(index);
            }
            there.closed_at = self.clock.now();
        });
    }

    /// A heartbeat of an open Workspace.
    pub fn beat(&self, user: UserId) {
        self.with(user, |there| there.beat_at = self.clock.now());
    }

    /// How many streams a user has open.
    pub fn streams(&self, user: UserId) -> usize {
        self.users
            .lock()
            .expect("nothing panics while it is held")
            .get(&user)
            .map_or(0, |there| there.streams.len())
    }

    /// How many of them were not opened by this session.
    pub fn streams_beside(&self, user: UserId, session: &str) -> usize {
        let map = self.users.lock().expect("nothing panics while it is held");
        map.get(&user).map_or(0, |there| there.streams.iter().filter(|by| *by != session).count())
    }

    /// Whether a user who had a stream is lost at `at`. Whom this process never saw has had since `started`.
    pub fn is_lost(&self, user: UserId, at: Micros, started: Micros) -> bool {
        let map = self.users.lock().expect("nothing panics while it is held");
        let (streams, closed_at, beat_at) = map
            .get(&user)
            .map_or((0, started, started), |there| (there.streams.len(), there.closed_at, there.beat_at));
        (streams == 0 && at.since(closed_at) > WITHOUT_STREAM) || at.since(beat_at) > WITHOUT_BEAT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_stream_is_forgiven_for_ten_seconds_and_silence_for_sixty() {
        let (presence, ann) = (Browsers::new(Clock::default()), UserId(1));
        presence.opened(ann, "a");
        let at = presence.clock.now();
        assert!(!presence.is_lost(ann, at.plus(30 * SECOND), at));
        assert!(presence.is_lost(ann, at.plus(61 * SECOND), at));
        assert_eq!((presence.streams_beside(ann, "a"), presence.streams_beside(ann, "b")), (0, 1));
        presence.closed(ann, "a");
        assert!(!presence.is_lost(ann, at.plus(9 * SECOND), at));
        assert!(presence.is_lost(ann, at.plus(11 * SECOND), at));
        presence.opened(ann, "a");
        assert!(!presence.is_lost(ann, at.plus(11 * SECOND), at));
    }
}
