//! The film's own time: it is paused while something takes longer than anyone wants to watch.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Seconds since the film began, without those in which it stood still.
pub(crate) struct Clock(Mutex<State>);

struct State {
    begun: Instant,
    lost: Duration,
    frozen: Option<Instant>,
}

impl Clock {
    /// A paused clock at zero.
    pub(crate) fn frozen() -> Self {
        let now = Instant::now();
        Self(Mutex::new(State { begun: now, lost: Duration::ZERO, frozen: Some(now) }))
    }

    pub(crate) fn now(&self) -> f64 {
        let state = self.state();
        (state.frozen.unwrap_or_else(Instant::now) - state.begun).saturating_sub(state.lost).as_secs_f64()
    }

    pub(crate) fn freeze(&self) {
        self.state().frozen.get_or_insert_with(Instant::now);
    }

    pub(crate) fn run(&self) {
        let mut state = self.state();
        if let Some(since) = state.frozen.take() {
            state.lost += since.elapsed();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn skipped_time_is_not_in_the_film() {
        let clock = Clock::frozen();
        assert!(clock.now() < f64::EPSILON);
        clock.run();
        clock.freeze();
        let stopped = clock.now();
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert!((clock.now() - stopped).abs() < f64::EPSILON);
        clock.run();
        assert!(clock.now() >= stopped);
    }
}
