//! Conversations for which the customer was recently shown that an agent is typing, so that not every keystroke sends
//! a signal.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::id::ConversationId;
use domain::time::{Micros, SECOND};

/// One signal in this time is enough.
const PAUSE: i64 = 5 * SECOND;
/// The maximum number of entries; then the oldest are dropped.
const KEPT: usize = 10_000;

/// When the last signal of a conversation was sent.
#[derive(Debug, Default)]
pub struct TypingSignals(Mutex<HashMap<ConversationId, Micros>>);

impl TypingSignals {
    /// Whether a signal should be sent at `now`; it counts as sent.
    pub fn again(&self, id: ConversationId, now: Micros) -> bool {
        let mut map = self.0.lock().expect("nothing panics while it is held");
        if map.get(&id).is_some_and(|last| now.since(*last) < PAUSE) {
            return false;
        }
        if map.len() >= KEPT {
            map.retain(|_, last| now.since(*last) < PAUSE);
        }
        map.insert(id, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_signal_in_five_seconds_is_enough() {
        let typed = TypingSignals::default();
        let (one, other, at) = (ConversationId(1), ConversationId(2), Micros(0));
        assert!(typed.again(one, at));
        assert!(!typed.again(one, at.plus(PAUSE - 1)));
        assert!(typed.again(other, at));
        assert!(typed.again(one, at.plus(PAUSE)));
    }
}
