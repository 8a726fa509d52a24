//! The words by which customers refuse marketing messages, and want them again. They count only as a whole message.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::inbound::MarketingChoice;
use crate::same::same;

/// Words by language.
pub type WordsByLanguage = BTreeMap<String, Vec<String>>;

/// The words of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OptOutWords {
    /// No more of them.
    pub stop: WordsByLanguage,
    /// They are welcome again.
    pub start: WordsByLanguage,
}

impl Default for OptOutWords {
    fn default() -> Self {
        let words = |pairs: &[(&str, &[&str])]| {
            let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
            pairs.iter().map(|(language, words)| ((*language).to_owned(), list(words))).collect()
        };
        Self {
            stop: words(&[
                ("en", &["stop", "unsubscribe"]),
                (
                    "uk",
                    &[
                        "\u{441}\u{442}\u{43e}\u{43f}",
                        "\u{432}\u{456}\u{434}\u{43f}\u{438}\u{441}\u{430}\u{442}\u{438}\u{441}\u{44f}",
                    ],
                ),
            ]),
            start: words(&[("en", &["start"]), ("uk", &["\u{441}\u{442}\u{430}\u{440}\u{442}"])]),
        }
    }
}

impl OptOutWords {
    /// What a whole message says; None if it says something else.
    pub fn choice(&self, text: Option<&str>) -> Option<MarketingChoice> {
        // Longer than any of the words: most messages need no closer look.
        let text = text.filter(|text| text.len() <= 200)?;
        let folded = same(text);
        if folded.is_empty() {
            return None;
        }
        let is_one = |words: &WordsByLanguage| words.values().flatten().any(|word| same(word) == folded);
        if is_one(&self.stop) {
            return Some(MarketingChoice::Stop);
        }
        is_one(&self.start).then_some(MarketingChoice::Resume)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_only_as_the_whole_message() {
        let words = OptOutWords::default();
        for (text, choice) in [
            ("stop", Some(MarketingChoice::Stop)),
            (" STOP ", Some(MarketingChoice::Stop)),
            ("\u{421}\u{422}\u{41e}\u{41f}", Some(MarketingChoice::Stop)),
            ("unsubscribe", Some(MarketingChoice::Stop)),
            ("Start", Some(MarketingChoice::Resume)),
            ("Where is the bus stop?", None),
            ("", None),
        ] {
            assert_eq!(words.choice(Some(text)), choice, "{text}");
        }
        assert_eq!(words.choice(None), None);
    }
}
