//! Comments on a Page's posts, in their current state. Changes to them arrive as [`crate::inbound::Comment`].

use serde::{Deserialize, Serialize};

use crate::words::words;

/// Whether a comment can be seen on the Page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CommentState))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Visible to everyone.
    Shown,
    /// Visible to its author and their friends only.
    Hidden,
    /// Removed, together with its text.
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
