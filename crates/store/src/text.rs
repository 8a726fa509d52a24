//! Text in its searchable form: folded by `domain::same` when it is written, the same for both engines.

use domain::same;

/// Text in the form that searches compare.
pub fn fold(text: &str) -> String {
    same::same(text)
}

/// A character that no folded text contains.
const NOTHING: &str = "\u{200b}";

/// A LIKE pattern (escape `!`) that finds `words` anywhere in folded text; empty for no words. Words of only
/// invisible characters match nothing.
pub fn contains(words: &str) -> String {
    let folded = fold(words);
    match (folded.as_str(), words.trim()) {
        ("", "") => String::new(),
        ("", _) => NOTHING.to_owned(),
        (folded, _) => format!("%{}%", escape(folded)),
    }
}

/// A LIKE pattern that finds a part of a telephone number by its digits, or the number that ends in the same way;
/// empty for words that are not part of one.
pub(crate) fn contains_digits(words: &str) -> String {
    same::phone_digits(words).map(|digits| format!("%{}%", same::phone_end(&digits))).unwrap_or_default()
}

/// A LIKE pattern (escape `!`) for texts with the prefix `start`; empty if `start` is.
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
        for invisible in ["\u{200b}", " \u{ad}\u{feff} "] {
            assert_eq!(contains(invisible), NOTHING);
        }
        assert_eq!(fold(NOTHING), "");
    }

    #[test]
    fn telephone_numbers_are_found_by_their_digits() {
        assert_eq!(contains_digits("+38 (067)"), "%38067%");
        for number in ["+38 067 123-45-67", "0671234567", "0038 (067) 1234567", "671234567"] {
            assert_eq!(contains_digits(number), "%671234567%");
        }
        assert_eq!((contains_digits("room 101"), contains_digits("42")), (String::new(), String::new()));
    }
}
