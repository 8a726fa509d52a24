//! When texts count as the same: the one rule for menus, code words, conditions and every search. It follows Unicode
//! (normal forms, case, accents, digits of any script, invisible signs). Text is stored and shown unchanged; only
//! copies for comparison are folded.
//!
//! `ui/src/kit/same.ts` implements the same rule in the browser. The tests of both read `same.json`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// The folded form of a text: equal for texts that count as the same.
pub fn same(text: &str) -> String {
    // Before and after normalisation: it decomposes "´" and turns other signs into dashes.
    let plain = text.chars().map(plain_sign).nfkd().filter(|c| !is_dropped(*c)).map(plain_sign);
    // Upper case first: it expands "ß", and unifies variants of lower-case letters.
    let folded: String = plain.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    let mut result = String::with_capacity(folded.len());
    // Case mapping may expand a letter into a base and a mark, so marks are dropped once more.
    for c in folded.nfkd().filter(|c| !is_dropped(*c)).nfc() {
        match c {
            'ł' => result.push('l'),
            'ø' => result.push('o'),
            'đ' => result.push('d'),
            'ħ' => result.push('h'),
            'ŧ' => result.push('t'),
            'æ' => result.push_str("ae"),
            'œ' => result.push_str("oe"),
            _ => result.push(digit(c)),
        }
    }
    result.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text that may be a number, as ASCII: digits of any script and full-width signs become plain ones, and invisible
/// ones are left out. The rest is unchanged.
pub fn plain_number(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).map(|c| digit(narrow(c))).collect()
}

/// The digits of a telephone number, without the `00` that some write for `+`.
pub fn digits(text: &str) -> String {
    let digits: String = plain_number(text).chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("00") {
        Some(rest) => rest.to_owned(),
        None => digits,
    }
}

/// The number of digits at the end of a telephone number that identify it: the part before is written in several ways, or left
/// out (0, 00, the country).
const SAME_END: usize = 9;

/// The end of a telephone number, given in digits, by which it is looked up.
pub fn phone_end(digits: &str) -> &str {
    &digits[digits.len().saturating_sub(SAME_END)..]
}

/// Whether two texts are the same telephone number: `067 123 45 67` is `+380 67 123 45 67`. One that names no country may be of
/// any; two that name different countries are different, whatever they end in.
pub fn same_phone(one: &str, other: &str) -> bool {
    let names_country = |text: &str| {
        let plain: String = plain_number(text).chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        plain.starts_with('+') || plain.starts_with("00")
    };
    let (first, second) = (digits(one), digits(other));
    if first == second {
        return !first.is_empty();
    }
    if names_country(one) && names_country(other) {
        return false;
    }
    // Within a country a number begins with a zero that takes the place of the country's code.
    let (first, second) = (first.trim_start_matches('0'), second.trim_start_matches('0'));
    let (long, short) = if first.len() < second.len() { (second, first) } else { (first, second) };
    short.len() >= SAME_END && long.ends_with(short)
}

/// The digits of a text that may be a part of a telephone number: at least three of them, and nothing else but usual
/// separators.
pub fn phone_digits(text: &str) -> Option<String> {
    let is_number = plain_number(text)
        .chars()
        .all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-().\u{2010}\u{2011}\u{2012}\u{2013}/".contains(c));
    Some(digits(text)).filter(|digits| is_number && digits.len() >= 3)
}

/// A text without its invisible signs.
pub fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).collect()
}

/// Accents and dots, which people leave out, and invisible characters. Marks that make another letter or syllable
/// (Indic vowels, the voicing of kana, Thai tones) have lower classes and are kept.
fn is_dropped(c: char) -> bool {
    let class = canonical_combining_class(c);
    class >= 200 || (10..=35).contains(&class) || is_enclosing(c) || is_invisible(c)
}

/// Circles and keycaps around the preceding character.
fn is_enclosing(c: char) -> bool {
    is_combining_mark(c)
        && matches!(c, '\u{488}' | '\u{489}' | '\u{1abe}' | '\u{20dd}'..='\u{20e0}' | '\u{20e2}'..='\u{20e4}' | '\u{a670}'..='\u{a672}')
}

/// Unicode's `Default_Ignorable_Code_Point`, and the stroke that only widens Arabic words.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Quotation marks and dashes as on keyboards: phones replace them with typographic ones.
fn plain_sign(c: char) -> char {
    match c {
        '\u{2018}'..='\u{201b}' | '\u{2bc}' | '\u{2b9}' | '\u{2032}' | '`' | '\u{b4}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        c => c,
    }
}

/// The zeros of all scripts with ten consecutive digits (`Nd`), except those that normalisation turns into ASCII.
const ZEROS: [u32; 58] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
    0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0,
    0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0,
    0x16b50, 0x1e140, 0x1e2f0, 0x1e950,
];

fn digit(c: char) -> char {
    let code = u32::from(c);
    let before = ZEROS.partition_point(|zero| *zero <= code);
    let value = before.checked_sub(1).and_then(|at| ZEROS.get(at)).map(|zero| code - zero);
    value.filter(|value| *value < 10).and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
}

/// The ASCII form of a sign that numbers are written with; others are unchanged.
fn narrow(c: char) -> char {
    let mut plain = std::iter::once(c).nfkd();
    match (plain.next(), plain.next()) {
        (Some('\u{2212}'), None) => '-',
        (Some(sign), None) if sign.is_ascii_digit() || "+-().,/".contains(sign) => sign,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Table {
        same: Vec<Vec<String>>,
        different: Vec<(String, String)>,
    }

    #[test]
    fn the_table_that_the_browser_reads_too() {
        let table: Table = serde_json::from_str(include_str!("same.json")).unwrap();
        for group in &table.same {
            for other in group {
                assert_eq!(same(other), same(&group[0]), "{other} is {}", group[0]);
            }
        }
        for (one, other) in &table.different {
            assert_ne!(same(one), same(other), "{one} is not {other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_folded_stays_as_it_is(text in ".*") {
            let once = same(&text);
            proptest::prop_assert_eq!(same(&once), once);
        }
    }

    #[test]
    fn telephone_numbers_are_their_digits() {
        for (text, expected) in [
            ("+38 (067) 123-45-67", "380671234567"),
            ("0038 067 1234567", "380671234567"),
            ("٠٥٠١٢٣٤٥٦٧", "0501234567"),
            ("\u{202a}+380\u{a0}67\u{202c}", "38067"),
            ("１２３", "123"),
        ] {
            assert_eq!(
                (digits(text).as_str(), phone_digits(text).as_deref()),
                (expected, Some(expected)),
                "{text}"
            );
        }
        for text in ["12", "order 123", "", "+", "1a23", "olena7"] {
            assert_eq!(phone_digits(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_without_its_country_is_the_same_number() {
        for (one, other) in [
            ("+38 (067) 123-45-67", "380671234567"),
            ("067 123 45 67", "+380671234567"),
            ("671234567", "00380 67 123 45 67"),
            ("0151 12345678", "+49 151 12345678"),
            ("112", "1-1-2"),
        ] {
            assert!(same_phone(one, other) && same_phone(other, one), "{one} is {other}");
            assert_eq!(phone_end(&digits(one)), phone_end(&digits(other)), "{one} is found by {other}");
        }
        for (one, other) in [
            ("+49 671234567", "+380671234567"),
            ("0681234567", "0671234567"),
            // The same end, but not the same number: only one of them names its country.
            ("0151 671234567", "+380671234567"),
            ("34567", "+380671234567"),
            ("", ""),
        ] {
            assert!(!same_phone(one, other) && !same_phone(other, one), "{one} is not {other}");
        }
    }

    #[test]
    fn numbers_become_ascii_and_the_rest_stays() {
        assert_eq!(plain_number("۱۲۳ É ﬁ"), "123 É ﬁ");
        assert_eq!(plain_number("\u{200f}−１２，５\u{200f}"), "-12,5");
    }
}
