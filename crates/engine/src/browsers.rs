//! Open event streams and heartbeats of each user, in this process's memory. Uses elapsed time: no agent is lost
//! because the clock was set or the process was suspended.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use domain::agent::{Agent, COME_BACK};
use domain::id::UserId;
use domain::time::{Micros, SECOND};

use crate::clock::Clock;

/// A browser counts as lost this long after its last stream closed.
const WITHOUT_STREAM: i64 = 10 * SECOND;
/// A browser counts as lost this long after its last heartbeat.
const WITHOUT_BEAT: i64 = 60 * SECOND;
/// How long a screen counts as visible; a visible screen reports so with each heartbeat, every 20 s.
const WATCHING: i64 = 45 * SECOND;

/// An open event stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The session or token that opened it.
    pub by: String,
    /// Whether its screen reports which offers it has shown.
    pub confirms_offers: bool,
}

#[derive(Debug)]
struct There {
    streams: Vec<Stream>,
    closed_at: Micros,
    beat_at: Micros,
    /// Until when a screen of theirs counts as visible; None if no screen has reported it.
    watching_until: Option<Micros>,
}

#[derive(Debug, Default)]
struct Known {
    /// When this process began: users without an entry have had no stream since then.
    started: Micros,
    users: HashMap<UserId, There>,
    /// When lost agents were lost: by the store's time, and by elapsed time here.
    lost: HashMap<UserId, (Micros, Micros)>,
}

/// Streams and heartbeats of each user.
#[derive(Debug)]
pub struct Browsers {
    clock: Clock,
    known: Mutex<Known>,
}

impl Browsers {
    /// Creates it, without any streams.
    pub fn new(clock: Clock) -> Self {
        let known = Known { started: clock.monotonic(), ..Known::default() };
        Self { clock, known: Mutex::new(known) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("nothing panics while it is held")
    }

    fn with<T>(&self, user: UserId, work: impl FnOnce(&mut There, Micros) -> T) -> T {
        let at = self.clock.monotonic();
        let mut known = self.known();
        work(
            known.users.entry(user).or_insert(There {
                streams: Vec::new(),
                closed_at: at,
                beat_at: at,
                watching_until: None,
            }),
            at,
        )
    }

    /// Browsers can reach this process from now on.
    pub fn begin(&self) {
        self.known().started = self.clock.monotonic();
    }

    /// A stream opened; it counts as a heartbeat.
    pub fn opened(&self, user: UserId, stream: Stream) {
        self.with(user, |there, at| {
            there.streams.push(stream);
            there.beat_at = at;
        });
    }

    /// A stream closed.
    pub fn closed(&self, user: UserId, stream: &Stream) {
        self.with(user, |there, at| {
            if let Some(index) = there.streams.iter().position(|one| one == stream) {
                there.streams.swap_remove(index);
            }
            there.closed_at = at;
        });
    }

    /// A heartbeat of an open screen.
    pub fn beat(&self, user: UserId) {
        self.with(user, |there, at| there.beat_at = at);
    }

    /// A screen of the user became visible, or is no longer visible.
    pub fn watches(&self, user: UserId, visible: bool) {
        self.with(user, |there, at| there.watching_until = Some(if visible { at.plus(WATCHING) } else { at }));
    }

    /// Whether a screen of the user is visible. A screen that does not report this counts as visible.
    pub fn is_watching(&self, user: UserId) -> bool {
        let at = self.clock.monotonic();
        let known = self.known();
        known
            .users
            .get(&user)
            .is_some_and(|there| !there.streams.is_empty() && there.watching_until.is_none_or(|until| at < until))
    }

    /// How many streams a user has open.
    pub fn streams(&self, user: UserId) -> usize {
        self.known().users.get(&user).map_or(0, |there| there.streams.len())
    }

    /// How many of them were opened by another session.
    pub fn streams_beside(&self, user: UserId, session: &str) -> usize {
        let known = self.known();
        known
            .users
            .get(&user)
            .map_or(0, |there| there.streams.iter().filter(|stream| stream.by != session).count())
    }

    /// Whether a screen of this agent will report that it has shown an offer. Programs do not: their offers count as
    /// shown.
    pub fn confirms_offers(&self, agent: &Agent) -> bool {
        let known = self.known();
        match known.users.get(&agent.user).map(|there| &there.streams) {
            Some(streams) if !streams.is_empty() => streams.iter().all(|stream| stream.confirms_offers),
            // Between two streams, as when a page reloads.
            _ => agent.streamed,
        }
    }

    /// Whether the browser of a user who had a stream is closed.
    pub fn is_closed(&self, user: UserId) -> bool {
        let at = self.clock.monotonic();
        let known = self.known();
        let (streams, closed_at) =
            known.users.get(&user).map_or((0, known.started), |there| (there.streams.len(), there.closed_at));
        streams == 0 && at.since(closed_at) > WITHOUT_STREAM
    }

    /// Whether a user who had a stream is lost: their browser is closed, or sends no heartbeat.
    pub fn is_lost(&self, user: UserId) -> bool {
        if self.is_closed(user) {
            return true;
        }
        let at = self.clock.monotonic();
        let known = self.known();
        at.since(known.users.get(&user).map_or(known.started, |there| there.beat_at)) > WITHOUT_BEAT
    }

    /// Whether an agent who was lost at `lost_at` may no longer come back. `now` is the store's time.
    pub fn is_given_up(&self, user: UserId, lost_at: Micros, now: Micros) -> bool {
        self.gone_for(user, lost_at, now) >= COME_BACK
    }

    /// How long ago an agent was lost, in microseconds.
    pub fn gone_for(&self, user: UserId, lost_at: Micros, now: Micros) -> i64 {
        let at = self.clock.monotonic();
        let mut known = self.known();
        match known.lost.get(&user) {
            Some((of, since)) if *of == lost_at => at.since(*since),
            _ => {
                // Perhaps lost under an earlier process: then only the store knows how long ago.
                let gone = now.since(lost_at).max(0);
                known.lost.insert(user, (lost_at, at.plus(-gone)));
                gone
            }
        }
    }

    /// The process was suspended for `gap`, so no browser could reach it in the meantime.
    pub fn forgive(&self, gap: i64) {
        let mut known = self.known();
        known.started = known.started.plus(gap);
        for there in known.users.values_mut() {
            there.closed_at = there.closed_at.plus(gap);
            there.beat_at = there.beat_at.plus(gap);
        }
        for (_, since) in known.lost.values_mut() {
            *since = since.plus(gap);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: UserId = UserId(1);

    fn stream(by: &str) -> Stream {
        Stream { by: by.into(), confirms_offers: false }
    }

    #[test]
    fn a_closed_stream_is_forgiven_for_ten_seconds_and_silence_for_sixty() {
        let presence = Browsers::new(Clock::default());
        let lost_after = |seconds| {
            presence.clock.advance(seconds * SECOND);
            presence.is_lost(ANN)
        };
        presence.opened(ANN, stream("a"));
        assert!(!lost_after(30));
        assert!(lost_after(31));
        assert!(!presence.is_closed(ANN), "silent, but there");
        presence.beat(ANN);
        assert!(!presence.is_lost(ANN));
        assert_eq!((presence.streams_beside(ANN, "a"), presence.streams_beside(ANN, "b")), (0, 1));
        presence.closed(ANN, &stream("a"));
        assert!(!lost_after(9));
        assert!(lost_after(2));
        presence.opened(ANN, stream("a"));
        assert!(!presence.is_lost(ANN));
    }

    #[test]
    fn a_screen_is_looked_at_while_it_says_so_and_has_a_stream() {
        let presence = Browsers::new(Clock::default());
        assert!(!presence.is_watching(ANN));
        presence.opened(ANN, stream("a"));
        assert!(presence.is_watching(ANN), "one that never says");
        presence.watches(ANN, false);
        assert!(!presence.is_watching(ANN));
        presence.watches(ANN, true);
        presence.clock.advance(44 * SECOND);
        assert!(presence.is_watching(ANN));
        presence.clock.advance(SECOND);
        assert!(!presence.is_watching(ANN));
        presence.watches(ANN, true);
        presence.closed(ANN, &stream("a"));
        assert!(!presence.is_watching(ANN));
    }

    #[test]
    fn a_clock_that_is_set_and_a_process_that_stood_still_lose_no_agent() {
        let presence = Browsers::new(Clock::default());
        presence.opened(ANN, stream("a"));
        presence.clock.set(3_600 * SECOND);
        assert!(!presence.is_lost(ANN));
        presence.clock.advance(70 * SECOND);
        presence.forgive(70 * SECOND);
        assert!(!presence.is_lost(ANN));
    }

    #[test]
    fn a_lost_agent_has_two_minutes_by_the_time_that_passes() {
        let presence = Browsers::new(Clock::default());
        let now = presence.clock.now();
        assert!(!presence.is_given_up(ANN, now, now));
        presence.clock.set(3_600 * SECOND);
        assert!(!presence.is_given_up(ANN, now, presence.clock.now()), "the clock was set");
        presence.clock.advance(121 * SECOND);
        assert!(presence.is_given_up(ANN, now, presence.clock.now()));
        // The age of a loss under another process comes from the store.
        let long_ago = presence.clock.now().plus(-121 * SECOND);
        assert!(presence.is_given_up(UserId(2), long_ago, presence.clock.now()));
    }
}
