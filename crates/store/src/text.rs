//! Text as it is searched. SQLite folds the case of ASCII letters only, so folding happens here, for both engines.

/// Text in the form that searches compare.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// A LIKE pattern (escape `!`) that finds `words` anywhere in folded text; empty for no words.
pub fn contains(words: &str) -> String {
    let words = fold(words.trim());
    if words.is_empty() {
        return words;
    }
    format!("%{}%", escape(&words))
}

/// A LIKE pattern (escape `!`) for what begins with `start`; empty if `start` is.
pub(crate) fn begins_with(start: &str) -> String {
    match start.trim() {
        "" => String::new(),
        start => format!("{}%", escape(start)),
    }
}

fn escape(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_of_the_words_are_literal() {
        assert_eq!(contains(" 50%_OFF! "), "%50!%!_off!!%");
        assert_eq!(begins_with("user_"), "user!_%");
        assert_eq!((contains("  "), begins_with("")), (String::new(), String::new()));
    }

    #[test]
    fn letters_beyond_ascii_are_folded() {
        assert_eq!(fold("ПРИВІТ"), "привіт");
    }
}
