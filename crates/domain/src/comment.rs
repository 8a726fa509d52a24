//! Comments on a Page's posts, in their current state. Changes to them arrive as [`crate::inbound::Comment`].

use crate::words::words;

/// The state of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Everyone sees it.
    Shown,
    /// Its writer and their friends see it.
    Hidden,
    /// It is gone, and its text with it.
    Removed,
}

words!(State {
    Shown = "shown",
    Hidden = "hidden",
    Removed = "removed",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::from_word(state.word()), Some(state));
        }
        assert_eq!(State::from_word("deleted"), None);
    }
}
