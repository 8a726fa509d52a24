//! Comments on a Page's posts, in their current state. Changes to them arrive as [`crate::inbound::Comment`].

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

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [State::Shown, State::Hidden, State::Removed];

    /// The word of the API and the store.
    pub fn word(self) -> &'static str {
        match self {
            State::Shown => "shown",
            State::Hidden => "hidden",
            State::Removed => "removed",
        }
    }

    /// Reads the word of the API and the store.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

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
