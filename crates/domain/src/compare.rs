//! How two values of a flow compare: words by [`same`], numbers as numbers. One rule for nodes and for expressions.

use std::cmp::Ordering;

use crate::same::{plain_number, same};

/// Whether two values are equal: the same words, or the same number.
pub fn equal(one: &str, other: &str) -> bool {
    same(one) == same(other) || numbers(one, other).is_some_and(|(one, other)| one == other)
}

/// How two values are ordered; None unless both are numbers.
pub fn order(one: &str, other: &str) -> Option<Ordering> {
    let (one, other) = numbers(one, other)?;
    one.partial_cmp(&other)
}

/// Whether a text contains some words.
pub fn contains(text: &str, words: &str) -> bool {
    same(text).contains(&same(words))
}

fn numbers(one: &str, other: &str) -> Option<(f64, f64)> {
    let read = |text: &str| number(text)?.parse().ok();
    Some((read(one)?, read(other)?))
}

/// A decimal number with a point, from what people type: `1 200,50` and `-3.5`. A single comma is a decimal sign, as
/// in most of the world's languages; with a point as well, the later of the two is.
pub fn number(text: &str) -> Option<String> {
    let mut plain: String = plain_number(text).chars().filter(|c| !c.is_whitespace() && *c != '٬').collect();
    plain = plain.replace('٫', ".");
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
