//! What a customer's text means to a node that is waiting: which choice of a menu, a valid answer or not, and how a
//! condition reads it later.

use super::body::{AnswerKind, Comparison, FlowBody, MenuOption, Node};

/// The longest value that a variable holds, in characters.
const LONGEST_VALUE: usize = 2_000;

/// The payload of a menu's option, as it travels with the quick reply.
pub fn payload(node: &str, option: &str) -> String {
    format!("menu:{node}:{option}")
}

/// The option that a payload belongs to, in whichever menu of the flow it is: customers scroll up and
/// tap what they were offered an hour ago.
pub(super) fn by_payload<'a>(flow: &'a FlowBody, said: &str) -> Option<&'a MenuOption> {
    // Tried against every menu, not taken apart: ids in unchecked flows may hold colons.
    if !said.starts_with("menu:") {
        return None;
    }
    flow.nodes.iter().find_map(|(id, node)| match node {
        Node::Menu { options, .. } => options.iter().find(|option| payload(id, &option.id) == said),
        _ => None,
    })
}

/// The option that a typed text means: its title, or its number in the list.
pub(super) fn by_words<'a>(options: &'a [MenuOption], said: &str) -> Option<&'a MenuOption> {
    let words = fold(said);
    if words.is_empty() {
        return None;
    }
    if let Some(exact) = options.iter().find(|option| fold(&option.title) == words) {
        return Some(exact);
    }
    // "Opening hours?" means "🕐 Opening hours", unless two titles differ in such signs only.
    let bare = bare(&words);
    if bare.is_empty() {
        return None;
    }
    let mut alike = options.iter().filter(|option| self::bare(&fold(&option.title)) == bare);
    match (alike.next(), alike.next()) {
        (Some(one), None) => Some(one),
        (None, _) => bare.parse::<usize>().ok().and_then(|number| options.get(number.checked_sub(1)?)),
        _ => None,
    }
}

/// Lower case, single spaces, none around.
fn fold(words: &str) -> String {
    words.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn bare(words: &str) -> &str {
    words.trim_matches(|c: char| !c.is_alphanumeric())
}

/// The answer as it is remembered, or None if it won't do.
pub(super) fn answer(kind: AnswerKind, text: Option<&str>, files: bool) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    match (kind, text) {
        (AnswerKind::Any, Some(text)) => Some(cut(text)),
        (AnswerKind::Any, None) => files.then(|| "(file)".to_owned()),
        (AnswerKind::Number, Some(text)) => number(text),
        (AnswerKind::Email, Some(text)) => email(text),
        (AnswerKind::Phone, Some(text)) => phone(text),
        (_, None) => None,
    }
}

/// The beginning of a value, as much as a variable holds.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(LONGEST_VALUE).collect()
}

/// A decimal number with a point, from what people type: `1 200,50` and `-3.5`. A single comma is a
/// decimal sign, as in most of the world's languages; with a point too, the later of the two is.
fn number(text: &str) -> Option<String> {
    let mut plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match (plain.rfind(','), plain.rfind('.')) {
        (Some(comma), Some(point)) if comma > point => plain = plain.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => plain = plain.replace(',', ""),
        (Some(_), None) => plain = plain.replace(',', "."),
        _ => {}
    }
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    let good = digits.len() <= 30
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.matches('.').count() <= 1;
    good.then(|| plain.trim_start_matches('+').to_owned())
}

fn email(text: &str) -> Option<String> {
    let (name, host) = text.split_once('@')?;
    let good = !name.is_empty()
        && text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\"\\".contains(c))
        && !host.contains('@')
        && host.contains('.')
        && host.split('.').all(|part| !part.is_empty());
    good.then(|| text.to_owned())
}

fn phone(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && !"-().\u{2011}/".contains(*c)).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    let good = (7..=15).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit());
    good.then_some(plain)
}

/// Whether a condition holds. Greater and less hold for numbers only.
pub(super) fn holds(is: Comparison, actual: Option<&str>, value: &str) -> bool {
    let actual = actual.unwrap_or_default();
    let numbers = || Some((as_number(actual)?, as_number(value)?));
    match is {
        Comparison::Exists => !actual.trim().is_empty(),
        Comparison::Equals => fold(actual) == fold(value) || numbers().is_some_and(|(a, b)| a == b),
        Comparison::Contains => fold(actual).contains(&fold(value)),
        Comparison::Greater => numbers().is_some_and(|(a, b)| a > b),
        Comparison::Less => numbers().is_some_and(|(a, b)| a < b),
    }
}

fn as_number(text: &str) -> Option<f64> {
    number(text)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn menu(titles: &[&str]) -> Vec<MenuOption> {
        let option = |title: &&str| MenuOption { id: title.to_string(), title: title.to_string(), next: None };
        titles.iter().map(option).collect()
    }

    #[test]
    fn a_choice_is_its_title_in_any_case_or_its_number() {
        let options = menu(&["Talk to an agent", "🕐 Opening hours", "ІНШЕ", "7"]);
        for (said, expected) in [
            ("talk  to an AGENT ", Some("Talk to an agent")),
            ("Opening hours?", Some("🕐 Opening hours")),
            ("інше", Some("ІНШЕ")),
            ("2", Some("🕐 Opening hours")),
            ("1.", Some("Talk to an agent")),
            ("7", Some("7")),
            ("0", None),
            ("9", None),
            ("agent", None),
            (" ", None),
            ("👍", None),
        ] {
            assert_eq!(by_words(&options, said).map(|option| &*option.title), expected, "{said}");
        }
        assert_eq!(by_words(&menu(&["C++", "C#"]), "c"), None, "nobody guesses");
    }

    #[test]
    fn answers_are_checked_and_tidied() {
        use AnswerKind::{Any, Email, Number, Phone};
        for (kind, said, expected) in [
            (Any, " hello ", Some("hello")),
            (Any, "  ", None),
            (Number, "1 200,50", Some("1200.50")),
            (Number, "1.200,50", Some("1200.50")),
            (Number, "+5", Some("5")),
            (Number, "1e5", None),
            (Number, "1.2.3", None),
            (Number, "-", None),
            (Number, "inf", None),
            (Email, "ann@example.org", Some("ann@example.org")),
            (Email, "ann@example", None),
            (Email, "Ann <ann@example.org>", None),
            (Email, "a@b@c.de", None),
            (Phone, "+38 (067) 123-45-67", Some("+380671234567")),
            (Phone, "12345", None),
            (Phone, "call me", None),
        ] {
            assert_eq!(answer(kind, Some(said), false).as_deref(), expected, "{kind:?} {said}");
        }
        assert_eq!(answer(Any, None, true).as_deref(), Some("(file)"));
        assert_eq!(answer(Email, None, true), None);
    }

    #[test]
    fn conditions_compare_words_and_numbers() {
        use Comparison::{Contains, Equals, Exists, Greater, Less};
        for (is, actual, value, expected) in [
            (Equals, Some("Yes "), "yes", true),
            (Equals, Some("5"), "5.0", true),
            (Equals, None, "", true),
            (Contains, Some("Where is my ORDER?"), "order", true),
            (Contains, None, "order", false),
            (Exists, Some(" "), "", false),
            (Exists, Some("x"), "", true),
            (Greater, Some("10"), "9", true),
            (Greater, Some("ten"), "9", false),
            (Less, Some("1,5"), "2", true),
            (Less, None, "2", false),
        ] {
            assert_eq!(holds(is, actual, value), expected, "{actual:?} {is:?} {value}");
        }
    }
}
