//! The words with which customers refuse marketing messages, or allow them again. Only a whole message counts.

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
    /// Words that refuse them.
    pub stop: BTreeMap<String, Vec<String>>,
    /// Words that allow them again.
    pub start: BTreeMap<String, Vec<String>>,
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

/// The longest word, in characters.
const LONGEST: usize = 60;
/// The maximum number of words of one language, and of languages.
const MOST: usize = 50;

impl OptOutWords {
    /// What is wrong with them: the place, as a JSON pointer, and a sentence.
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        for (part, words) in [("stop", &self.stop), ("start", &self.start)] {
            if words.values().all(Vec::is_empty) {
                problems.push((format!("/{part}"), "Enter at least one word in one language.".to_owned()));
            }
            if words.len() > MOST {
                problems.push((
                    format!("/{part}"),
                    format!("There are {} languages, at most {MOST} are possible.", words.len()),
                ));
            }
            for (language, words) in words {
                let at = format!("/{part}/{}", language.replace('~', "~0").replace('/', "~1"));
                let is_code = (2..=12).contains(&language.len())
                    && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
                if !is_code {
                    problems
                        .push((at.clone(), "A language is named by its code, such as en or pt-BR.".to_owned()));
                }
                if words.len() > MOST {
                    problems.push((
                        at.clone(),
                        format!("There are {} words, at most {MOST} are possible.", words.len()),
                    ));
                }
                for (index, word) in words.iter().enumerate() {
                    if bare(word).is_empty() || word.chars().count() > LONGEST {
                        let detail = format!(
                            "A word has between 1 and {LONGEST} characters, with a letter or digit among them."
                        );
                        problems.push((format!("{at}/{index}"), detail));
                    }
                }
            }
        }
        let stop: Vec<String> = self.stop.values().flatten().map(|word| bare(word)).collect();
        if let Some(both) = self.start.values().flatten().find(|word| stop.contains(&bare(word))) {
            problems.push((
                "/start".to_owned(),
                format!("\"{both}\" can't mean both: it is among the words that stop."),
            ));
        }
        problems
    }

    /// The choice that a whole message expresses; None if it is anything else.
    pub fn choice(&self, text: Option<&str>) -> Option<MarketingChoice> {
        // Anything longer than every word: most messages need no further check.
        let text = text.filter(|text| text.len() <= 200)?;
        let folded = bare(text);
        if folded.is_empty() {
            return None;
        }
        let is_one = |words: &WordsByLanguage| words.values().flatten().any(|word| bare(word) == folded);
        if is_one(&self.stop) {
            return Some(MarketingChoice::Stop);
        }
        is_one(&self.start).then_some(MarketingChoice::Resume)
    }
}

/// A text as it is compared, without the punctuation around it: "Stop!" means the same as "stop".
fn bare(text: &str) -> String {
    let folded = same(text);
    folded.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_cannot_work_are_named_with_their_place() {
        let pointers = |stop: &[&str], start: &[&str]| {
            let words = |words: &[&str]| {
                [("en".to_owned(), words.iter().map(|word| (*word).to_owned()).collect())].into_iter().collect()
            };
            let problems = OptOutWords { stop: words(stop), start: words(start) }.problems();
            problems.into_iter().map(|(pointer, _)| pointer).collect::<Vec<_>>()
        };
        assert_eq!(OptOutWords::default().problems(), []);
        assert_eq!(pointers(&[], &["start"]), ["/stop"]);
        assert_eq!(pointers(&["stop", "  "], &["start"]), ["/stop/en/1"]);
        assert_eq!(pointers(&["Stop"], &["STOP"]), ["/start"]);
    }

    #[test]
    fn a_word_counts_only_as_the_whole_message() {
        let words = OptOutWords::default();
        for (text, choice) in [
            ("stop", Some(MarketingChoice::Stop)),
            (" STOP ", Some(MarketingChoice::Stop)),
            ("Stop!", Some(MarketingChoice::Stop)),
            ("\u{ab}Stop\u{bb}...", Some(MarketingChoice::Stop)),
            (
                "\u{412}\u{456}\u{434}\u{43f}\u{438}\u{441}\u{430}\u{442}\u{438}\u{441}\u{44f}.",
                Some(MarketingChoice::Stop),
            ),
            ("Start!", Some(MarketingChoice::Resume)),
            ("Stop, thief!", None),
            ("!", None),
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
