//! Cuts a text that is too long for one request of the channel where it matters least: between paragraphs, lines,
//! sentences, words, and never inside a character as a reader sees it (a grapheme cluster).

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

use crate::capabilities::TextLimits;

/// The parts of a text, each of at most `limits.request`. Joined, they give the text again; white space at a cut
/// stays at the end of the part before it. An empty text has no parts.
pub fn split<'t>(text: &'t str, limits: &TextLimits) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(seam(rest, limits));
        parts.push(part);
        rest = after;
    }
    parts
}

/// Where the first part ends, in bytes; never 0 for a text that is not empty.
fn seam(text: &str, limits: &TextLimits) -> usize {
    let fits = fitting(text, limits);
    if fits == text.len() {
        return fits;
    }
    let head = &text[..fits];
    // A cut in the first half would leave a very short part: then the next finer kind of boundary is better.
    let good = |at: &usize| *at > fits / 2 && is_border(text, *at);
    let after = |pattern: &str| head.rfind(pattern).map(|at| at + pattern.len());
    // Boundaries at the very end come from the cut, not from the text: they do not count.
    let last = |bounds: &mut dyn Iterator<Item = usize>| bounds.filter(|at| *at < fits).filter(good).last();
    after("\n\n")
        .filter(good)
        .or_else(|| after("\n").filter(good))
        .or_else(|| last(&mut head.split_sentence_bound_indices().map(|(at, _)| at)))
        .or_else(|| {
            head.char_indices()
                .rev()
                .find(|(_, c)| c.is_whitespace())
                .map(|(at, c)| at + c.len_utf8())
                .filter(good)
        })
        .or_else(|| last(&mut head.split_word_bound_indices().map(|(at, _)| at)))
        .unwrap_or(fits)
}

/// The longest prefix of whole characters, as a reader sees them, within the limit. A single character that exceeds
/// it (a letter with very many accents) is cut between its code points, because there is no other way.
fn fitting(text: &str, limits: &TextLimits) -> usize {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += limits.unit.count(grapheme);
        if used > limits.request {
            return if at > 0 { at } else { code_points(text, limits) };
        }
    }
    text.len()
}

fn code_points(text: &str, limits: &TextLimits) -> usize {
    let mut used = 0;
    let over = text.char_indices().find(|(_, c)| {
        used += limits.unit.count_char(*c);
        used > limits.request
    });
    over.map_or(text.len(), |(at, _)| at)
}

/// Whether no character, as a reader sees it, extends across this place.
fn is_border(text: &str, at: usize) -> bool {
    GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capabilities::Unit;

    const LIMITS: TextLimits = TextLimits { request: 1_999, whole: 20_000, unit: Unit::Characters };
    const PART_UNITS: usize = LIMITS.request;

    fn split(text: &str) -> Vec<&str> {
        super::split(text, &LIMITS)
    }

    fn units(text: &str) -> usize {
        LIMITS.unit.count(text)
    }

    fn borders(text: &str) -> Vec<usize> {
        text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect()
    }

    #[test]
    fn a_text_that_fits_stays_whole() {
        assert_eq!(split("Hello"), ["Hello"]);
        assert_eq!(split(&"x".repeat(PART_UNITS)).len(), 1);
        assert_eq!(split(&"x".repeat(PART_UNITS + 1)).len(), 2);
        assert_eq!(split(""), Vec::<&str>::new());
    }

    #[test]
    fn it_is_cut_at_the_coarsest_border_that_leaves_no_stump() {
        let sentence = "This is one sentence of several words. ";
        let paragraph = sentence.repeat(40);
        let text = format!("{}\n\n{paragraph}", paragraph.trim_end());
        assert!(split(&text)[0].ends_with(".\n\n"), "between paragraphs");
        assert!(split(&sentence.repeat(60))[0].ends_with("words. "), "between sentences");
        assert!(split(&"word ".repeat(600))[0].ends_with("word "), "between words");
        assert!(!split(&"日本語".repeat(900))[0].is_empty(), "a script without spaces");
    }

    #[test]
    fn families_flags_and_accents_stay_whole() {
        for whole in ["👩‍👩‍👧‍👦", "🇺🇦", "👍🏽", "e\u{301}\u{323}", "#️⃣", "नि"]
        {
            let text = format!("x{}", whole.repeat(1_500));
            for part in split(&text) {
                assert!(units(part) <= PART_UNITS);
                let part = part.strip_prefix('x').unwrap_or(part);
                assert_eq!(part.len() % whole.len(), 0, "{whole} was torn apart");
            }
        }
    }

    #[test]
    fn a_single_character_beyond_the_limit_still_leaves() {
        let tower = format!("a{}", "\u{301}".repeat(5_000));
        let parts = split(&tower);
        assert_eq!(parts.concat(), tower);
        assert!(parts.iter().all(|part| units(part) <= PART_UNITS));
    }

    proptest! {
        #[test]
        fn joined_parts_are_the_text_and_none_is_too_long(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("word ".to_owned()), Just("A sentence ends. ".to_owned()), Just("\n\n".to_owned()),
                    Just("👩‍👩‍👧‍👦".to_owned()), Just("🇺🇦".to_owned()), Just("e\u{301}".to_owned()),
                    Just("\r\n".to_owned()), Just("日本".to_owned()), "\\PC{0,40}",
                ],
                0..900,
            ),
        ) {
            let text = pieces.concat();
            let parts = split(&text);
            prop_assert_eq!(parts.concat(), text.clone());
            let borders = borders(&text);
            let mut at = 0;
            for part in parts {
                prop_assert!(units(part) <= PART_UNITS);
                at += part.len();
                prop_assert!(borders.binary_search(&at).is_ok(), "cut inside of a character at {}", at);
            }
        }
    }
}
