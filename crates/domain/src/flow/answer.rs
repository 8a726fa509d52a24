//! What a customer's text means to a node that is waiting: which choice of a menu, a valid answer or not, and how a
//! condition reads it later.

use std::cmp::Ordering;
use std::collections::{BTreeSet, VecDeque};

use super::body::{AnswerKind, Comparison, FlowBody, Keyword, MenuOption, Node};
use super::call::without_secrets;
use crate::compare::{self, number};
use crate::same::{plain_number, same, visible};

/// The longest value that a variable holds, in characters.
const LONGEST_VALUE: usize = 2_000;

/// The payload of a menu's option, as it travels with the quick reply.
pub fn payload(node: &str, option: &str) -> String {
    format!("menu:{node}:{option}")
}

/// The option that a payload belongs to, in any menu of the flow: customers scroll up and tap a choice from an hour
/// ago.
pub(super) fn by_payload<'a>(flow: &'a FlowBody, received: &str) -> Option<(&'a str, &'a MenuOption)> {
    // Compared with every menu instead of being parsed: ids in unchecked flows may contain colons.
    if !received.starts_with("menu:") {
        return None;
    }
    flow.nodes.iter().find_map(|(id, node)| match node {
        Node::Menu { options, .. } => {
            let option = options.iter().find(|option| payload(id, &option.id) == received)?;
            Some((id.as_str(), option))
        }
        _ => None,
    })
}

/// The keyword that a whole text equals.
pub(super) fn keyword<'a>(flow: &'a FlowBody, text: &str) -> Option<&'a Keyword> {
    if flow.keywords.is_empty() {
        return None;
    }
    let folded = same(text);
    let bare = folded.trim_matches(is_sign);
    let is_it = |word: &String| !bare.is_empty() && same(word).trim_matches(is_sign) == bare;
    flow.keywords.iter().find(|keyword| keyword.words.iter().any(is_it))
}

/// Whether a text is a keyword: customers say it to the bot, wherever they are.
pub fn has_keyword(flow: &FlowBody, text: &str) -> bool {
    keyword(flow, text).is_some()
}

/// The payload of the choice that a typed text names by its title, in the menu that customers see first. In later
/// menus, a title such as "Yes" may be meant for a person.
pub fn choice_named(flow: &FlowBody, text: &str) -> Option<String> {
    let mut seen = BTreeSet::from([flow.start.as_str()]);
    let mut open = VecDeque::from([flow.start.as_str()]);
    while let Some(id) = open.pop_front() {
        match flow.nodes.get(id)? {
            Node::Menu { options, .. } => return by_title(options, text).map(|option| payload(id, &option.id)),
            node => open.extend(node.exits().into_iter().map(|(_, next)| next).filter(|next| seen.insert(next))),
        }
    }
    None
}

/// Whether the bot offered this payload: as a choice of a menu or under a message.
pub fn offers(flow: &FlowBody, payload: &str) -> bool {
    by_payload(flow, payload).is_some()
        || flow.nodes.values().any(|node| match node {
            Node::Send { quick_replies, .. } => quick_replies.iter().any(|reply| reply.payload == payload),
            _ => false,
        })
}

/// The option that a typed text names, by its title or its number in the list.
pub(super) fn by_words<'a>(options: &'a [MenuOption], text: &str) -> Option<&'a MenuOption> {
    let number = || same(text).trim_matches(is_sign).parse::<usize>().ok();
    by_title(options, text).or_else(|| options.get(number()?.checked_sub(1)?))
}

/// The option whose title equals a typed text.
fn by_title<'a>(options: &'a [MenuOption], text: &str) -> Option<&'a MenuOption> {
    let words = same(text);
    if words.is_empty() {
        return None;
    }
    if let Some(exact) = options.iter().find(|option| same(&option.title) == words) {
        return Some(exact);
    }
    // "Opening hours?" means "🕐 Opening hours", unless two titles differ in such signs only.
    let bare = words.trim_matches(is_sign);
    let mut alike = options.iter().filter(|option| same(&option.title).trim_matches(is_sign) == bare);
    match (alike.next(), alike.next()) {
        (Some(one), None) if !bare.is_empty() => Some(one),
        _ => None,
    }
}

fn is_sign(c: char) -> bool {
    !c.is_alphanumeric()
}

/// The answer as it is stored, or None if it is not valid. `other` is what was sent instead of text or with it.
pub(super) fn answer(kind: AnswerKind, text: Option<&str>, other: Option<&str>) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    match (kind, text) {
        (AnswerKind::Any, text) => text.or(other).map(cut),
        (AnswerKind::Number, Some(text)) => number(text),
        (AnswerKind::Email, Some(text)) => email(text),
        (AnswerKind::Phone, Some(text)) => phone(text),
        (_, None) => None,
    }
}

/// A value, cut to what a variable can hold.
pub(super) fn cut(text: &str) -> String {
    without_secrets(text).chars().take(LONGEST_VALUE).collect()
}

fn email(text: &str) -> Option<String> {
    let text = visible(text);
    let (name, host) = text.split_once('@')?;
    let good = !name.is_empty()
        && text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\"\\".contains(c))
        && !host.contains('@')
        && host.contains('.')
        && host.split('.').all(|part| !part.is_empty());
    good.then_some(text)
}

fn phone(text: &str) -> Option<String> {
    let is_between = |c: char| c.is_whitespace() || "-().\u{2010}\u{2011}\u{2012}\u{2013}/".contains(c);
    let plain: String = plain_number(text).chars().filter(|c| !is_between(*c)).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    let good = (7..=15).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit());
    good.then_some(plain)
}

/// Whether a condition holds. "Greater" and "less" apply to numbers only.
pub(super) fn holds(is: Comparison, actual: Option<&str>, value: &str) -> bool {
    let actual = actual.unwrap_or_default();
    match is {
        Comparison::Exists => !actual.trim().is_empty(),
        Comparison::Equals => compare::equal(actual, value),
        Comparison::Contains => compare::contains(actual, value),
        Comparison::Greater => compare::order(actual, value) == Some(Ordering::Greater),
        Comparison::Less => compare::order(actual, value) == Some(Ordering::Less),
    }
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
        for (received, expected) in [
            ("talk  to an AGENT ", Some("Talk to an agent")),
            ("Opening hours?", Some("🕐 Opening hours")),
            ("інше", Some("ІНШЕ")),
            ("2", Some("🕐 Opening hours")),
            ("1.", Some("Talk to an agent")),
            ("7", Some("7")),
            ("٢", Some("🕐 Opening hours")),
            ("2\u{fe0f}\u{20e3}", Some("🕐 Opening hours")),
            ("op\u{200b}ening hours", Some("🕐 Opening hours")),
            ("0", None),
            ("9", None),
            ("agent", None),
            (" ", None),
            ("👍", None),
        ] {
            assert_eq!(by_words(&options, received).map(|option| &*option.title), expected, "{received}");
        }
        assert_eq!(by_words(&menu(&["C++", "C#"]), "c"), None, "nobody guesses");
    }

    #[test]
    fn answers_are_checked_and_tidied() {
        use AnswerKind::{Any, Email, Number, Phone};
        for (kind, received, expected) in [
            (Any, " hello ", Some("hello")),
            (Any, "  ", None),
            (Number, "1 200,50", Some("1200.50")),
            (Number, "1.200,50", Some("1200.50")),
            (Number, "+5", Some("5")),
            (Number, "١٬٢٠٠٫٥٠", Some("1200.50")),
            (Number, "−۱۲", Some("-12")),
            (Number, "1e5", None),
            (Number, "1.2.3", None),
            (Number, "-", None),
            (Number, "inf", None),
            (Email, "ann@example.org", Some("ann@example.org")),
            (Email, "ann@example", None),
            (Email, "Ann <ann@example.org>", None),
            (Email, "a@b@c.de", None),
            (Phone, "+38 (067) 123-45-67", Some("+380671234567")),
            (Phone, "٠٥٠١٢٣٤٥٦٧", Some("0501234567")),
            (Phone, "\u{202a}＋38 067–123–45–67\u{202c}", Some("+380671234567")),
            (Phone, "12345", None),
            (Phone, "call me", None),
        ] {
            assert_eq!(answer(kind, Some(received), None).as_deref(), expected, "{kind:?} {received}");
        }
        let place = Some("50.45, 30.523");
        assert_eq!(answer(Any, None, place).as_deref(), place);
        assert_eq!(answer(Any, Some("Here"), place).as_deref(), Some("Here"), "a caption says more");
        assert_eq!(answer(Any, Some(" "), None), None);
        assert_eq!((answer(Email, None, place), answer(Number, None, place)), (None, None));
    }

    #[test]
    fn conditions_compare_words_and_numbers() {
        use Comparison::{Contains, Equals, Exists, Greater, Less};
        for (is, actual, value, expected) in [
            (Equals, Some("Yes "), "yes", true),
            (Equals, Some("São Paulo"), "sao paulo", true),
            (Contains, Some("Meine Straße"), "STRASSE", true),
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
