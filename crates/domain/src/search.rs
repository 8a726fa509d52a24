//! Full-text search: which words a text has, whether it contains the searched words, and where. Both engines index
//! the words of [`indexed`], so this alone decides what is found. Words are compared by [`crate::same`]; a searched
//! word also matches words that begin with it.

use std::collections::BTreeSet;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::same::{digits, phone_digits, phone_end, same};

/// The number of letters of a word that count; the rest is ignored.
const LONGEST: usize = 64;
/// The number of words of a search that count.
pub const MOST_WORDS: usize = 12;
/// The shortest part of a telephone number that can be searched for.
const SHORTEST_NUMBER: usize = 3;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    /// In the form that is compared.
    word: String,
    /// Its place in the text, in bytes.
    place: Range<usize>,
}

/// The role of a character in the words of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Part of a word.
    Letter,
    /// A letter of a script without spaces between words: any sequence of letters is a word.
    Unspaced,
    /// A word of its own, such as an emoji.
    Sign,
    /// Invisible, or a mark on the character before it.
    Joined,
    /// Not part of a word.
    Other,
}

/// The class of a character. In scripts without spaces each letter is a word, and two consecutive letters are also
/// indexed as one word, so that separate letters are not found as a sequence.
fn class(c: char) -> Class {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() { Class::Letter } else { Class::Other };
    }
    if c.is_whitespace() {
        return Class::Other;
    }
    // A fast path for most text.
    match c {
        '\u{c0}'..='\u{24f}' | '\u{386}'..='\u{3ff}' | '\u{400}'..='\u{52f}' if c.is_alphanumeric() => {
            return Class::Letter;
        }
        '\u{5d0}'..='\u{5ea}' | '\u{621}'..='\u{63a}' | '\u{641}'..='\u{64a}' | '\u{ac00}'..='\u{d7a3}' => {
            return Class::Letter;
        }
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' => return Class::Unspaced,
        _ => {}
    }
    let folded = same(c.encode_utf8(&mut [0; 4]));
    match folded.chars().next() {
        None => Class::Joined,
        Some(first) if is_combining_mark(first) => Class::Joined,
        Some(first) if is_unspaced(first) => Class::Unspaced,
        Some(_) if folded.chars().any(char::is_alphanumeric) => Class::Letter,
        Some('\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}') => Class::Sign,
        Some(_) => Class::Other,
    }
}

/// Thai, Lao, Burmese, Khmer, kana and Chinese characters.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e01}'..='\u{e4f}' | '\u{e81}'..='\u{ecf}' | '\u{edc}'..='\u{edf}' | '\u{1000}'..='\u{103f}' | '\u{1050}'..='\u{108f}'
        | '\u{1780}'..='\u{17df}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

fn shortened(word: &str) -> String {
    word.chars().take(LONGEST).collect()
}

/// The words of a text, in order. `last`: whether the last letter of a sequence in a script without spaces is a word
/// as well.
fn words(text: &str, last: bool) -> Vec<Word> {
    let mut found = Vec::new();
    // A sequence of characters of one class, each with the marks on it.
    let mut row: Vec<Range<usize>> = Vec::new();
    let mut of = Class::Other;
    for (at, c) in text.char_indices() {
        let (class, end) = (class(c), at + c.len_utf8());
        match class {
            Class::Joined => {
                if let Some(letter) = row.last_mut() {
                    letter.end = end;
                }
                continue;
            }
            _ if class != of || class == Class::Sign => {
                finish(text, &row, of, last, &mut found);
                row.clear();
                of = class;
            }
            _ => {}
        }
        if class != Class::Other {
            row.push(at..end);
        }
    }
    finish(text, &row, of, last, &mut found);
    found
}

fn finish(text: &str, row: &[Range<usize>], of: Class, last: bool, found: &mut Vec<Word>) {
    let (Some(first), Some(end)) = (row.first(), row.last()) else { return };
    match of {
        Class::Letter => {
            let place = first.start..end.end;
            let folded = same(&text[place.clone()]);
            let parts = folded.split(|c| !is_word(c)).filter(|part| !part.is_empty());
            found.extend(parts.map(|part| Word { word: shortened(part), place: place.clone() }));
        }
        Class::Sign => found.push(Word { word: same(&text[first.clone()]), place: first.start..end.end }),
        Class::Unspaced => {
            let letters: Vec<(String, Range<usize>)> = row
                .iter()
                .flat_map(|place| clusters(&same(&text[place.clone()])).into_iter().map(|it| (it, place.clone())))
                .collect();
            for (n, (letter, place)) in letters.iter().enumerate() {
                match letters.get(n + 1) {
                    Some((next, after)) => {
                        found.push(Word { word: format!("{letter}{next}"), place: place.start..after.end });
                    }
                    None if last || letters.len() == 1 => {
                        found.push(Word { word: letter.clone(), place: place.clone() });
                    }
                    None => {}
                }
            }
        }
        Class::Joined | Class::Other => {}
    }
}

/// The letters of a folded text, each with its remaining marks.
fn clusters(folded: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for c in folded.chars().filter(|c| is_word(*c)) {
        match all.last_mut() {
            Some(letter) if is_combining_mark(c) => letter.push(c),
            _ => all.push(c.to_string()),
        }
    }
    all
}

/// The words of a text as the store indexes them: each once, with spaces between them.
pub fn indexed(text: &str) -> String {
    let words: BTreeSet<String> = words(text, true).into_iter().map(|word| word.word).collect();
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// A telephone number as the store indexes it: all its suffixes, so that any part of it is found.
pub fn indexed_number(number: &str) -> String {
    let digits = digits(number);
    let ends = (0..digits.len()).map(|start| &digits[start..]).filter(|end| end.len() >= SHORTEST_NUMBER);
    ends.collect::<Vec<_>>().join(" ")
}

/// A parsed search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Each of these must occur, as a word or the beginning of one.
    words: Vec<String>,
    /// The end of a telephone number, if it may be one.
    number: Option<String>,
}

impl Query {
    /// Reads what was typed. At most 12 words of it count.
    pub fn parse(text: &str) -> Self {
        let mut all: Vec<String> = Vec::new();
        for word in words(text, false) {
            if all.len() < MOST_WORDS && !all.contains(&word.word) {
                all.push(word.word);
            }
        }
        Self { words: all, number: phone_digits(text).map(|digits| phone_end(&digits).to_owned()) }
    }

    /// Whether it is empty: then it finds nothing.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words, all of which must occur. They contain letters, digits, marks and symbols beyond ASCII.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The end of a telephone number: contacts with it are found, whatever the words.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// Whether a text has all words.
    pub fn matches(&self, text: &str) -> bool {
        let found = words(text, true);
        let has = |wanted: &String| found.iter().any(|word| word.word.starts_with(wanted.as_str()));
        !self.is_empty() && self.words.iter().all(has)
    }

    /// Marks the words in a text that is cut to about `longest` characters around the first of them.
    pub fn highlight(&self, text: &str, longest: usize) -> Highlight {
        let is_wanted = |word: &Word| self.words.iter().any(|wanted| word.word.starts_with(wanted.as_str()));
        let mut places: Vec<Range<usize>> = Vec::new();
        for Word { place, .. } in words(text, true).into_iter().filter(is_wanted) {
            match places.last_mut() {
                Some(before) if place.start <= before.end => before.end = before.end.max(place.end),
                _ => places.push(place),
            }
        }
        let first = places.first().map_or(0, |place| place.start);
        let whole = text.chars().count() <= longest;
        let before = text[..first].char_indices().rev().nth(longest / 4).map_or(0, |(at, _)| at);
        let start = if whole { 0 } else { before };
        let end = text[start..].char_indices().nth(longest).map_or(text.len(), |(at, _)| start + at);
        let units = |at: usize| u32::try_from(text[start..at].encode_utf16().count()).unwrap_or(u32::MAX);
        let lead = if start > 0 { "…" } else { "" };
        let shift = u32::from(start > 0);
        let ranges = places.iter().filter(|place| place.start >= start && place.start < end);
        Highlight {
            ranges: ranges.map(|at| units(at.start) + shift..units(at.end.min(end)) + shift).collect(),
            text: format!("{lead}{}{}", &text[start..end], if end < text.len() { "…" } else { "" }),
        }
    }
}

/// A text with the positions of the matches. The text is raw: it must not be shown as HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Highlight {
    /// The text, or a part of it between ellipses.
    pub text: String,
    /// Ranges in it, in order and without overlap, in UTF-16 units.
    pub ranges: Vec<Range<u32>>,
}

impl Highlight {
    /// A text without marked words.
    pub fn whole(text: &str) -> Self {
        let all = 0..u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
        Self { text: text.to_owned(), ranges: vec![all] }
    }
}

#[cfg(test)]
mod tests;
