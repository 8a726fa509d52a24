//! Expressions of conditions. They are minijinja's, plus the operators of other languages, with the same limits as
//! expressions in a text's braces. Only comparisons are our own: minijinja orders values of different kinds by their
//! kind, so that every text would be greater than 18, and it distinguishes `kyiv` from `Kyiv`. So each comparison is
//! written as a filter before minijinja reads it: `age >= 18` becomes `((age)|at_least(18))`.

use std::cmp::Ordering;

use minijinja::value::ValueKind;
use minijinja::{Environment, Value};

use super::{LONGEST_TAG, TextError, at};
use crate::compare;

/// Comparisons, and the filters that they become.
const COMPARISONS: [(&str, &str); 8] = [
    ("==", "equal"),
    ("!=", "differs"),
    (">", "greater"),
    (">=", "at_least"),
    ("<", "less"),
    ("<=", "at_most"),
    ("in", "within"),
    ("not in", "not_within"),
];
/// What an operand of a comparison ends at, besides brackets.
const SEPARATORS: [&str; 8] = ["and", "or", "&&", "||", "if", "else", ",", ":"];

/// An expression in the engine's syntax; an error if it is too long to be parsed.
pub(super) fn read(expression: &str) -> Result<String, TextError> {
    if expression.trim().is_empty() {
        return Err(at(expression, 1, "The expression is empty.".into()));
    }
    if expression.len() > LONGEST_TAG {
        let detail = format!("An expression has at most {LONGEST_TAG} characters.");
        return Err(at(expression, 1, detail));
    }
    Ok(group(&mut tokens(expression).into_iter().peekable()))
}

/// What expressions can use: all that texts can, and the comparisons.
pub(super) fn environment<'a>() -> Environment<'a> {
    let mut environment = super::environment();
    let order = |one: &Value, other: &Value| compare::order(&text(one), &text(other));
    environment.add_filter("equal", |one: &Value, other: &Value| is_equal(one, other));
    environment.add_filter("differs", |one: &Value, other: &Value| !is_equal(one, other));
    environment
        .add_filter("greater", move |one: &Value, other: &Value| order(one, other) == Some(Ordering::Greater));
    environment.add_filter("less", move |one: &Value, other: &Value| order(one, other) == Some(Ordering::Less));
    environment
        .add_filter("at_least", move |one: &Value, other: &Value| order(one, other).is_some_and(Ordering::is_ge));
    environment
        .add_filter("at_most", move |one: &Value, other: &Value| order(one, other).is_some_and(Ordering::is_le));
    environment.add_filter("within", |one: &Value, other: &Value| is_within(one, other));
    environment.add_filter("not_within", |one: &Value, other: &Value| !is_within(one, other));
    environment
}

/// A value as people write it; empty for none.
fn text(value: &Value) -> String {
    if value.is_undefined() || value.is_none() { String::new() } else { value.to_string() }
}

fn is_equal(one: &Value, other: &Value) -> bool {
    compare::equal(&text(one), &text(other))
}

/// Whether a list has a value, or a text contains it.
fn is_within(one: &Value, other: &Value) -> bool {
    if other.kind() == ValueKind::Seq {
        return other.try_iter().is_ok_and(|mut items| items.any(|item| is_equal(one, &item)));
    }
    let words = text(one);
    !words.is_empty() && compare::contains(&text(other), &words)
}

/// The names, numbers, quoted texts and signs of an expression.
fn tokens(expression: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut signs = expression.chars().peekable();
    while let Some(sign) = signs.next() {
        let mut token = String::from(sign);
        match sign {
            _ if sign.is_whitespace() => continue,
            '"' | '\'' => {
                let mut is_escaped = false;
                for inside in signs.by_ref() {
                    token.push(inside);
                    if inside == sign && !is_escaped {
                        break;
                    }
                    is_escaped = inside == '\\' && !is_escaped;
                }
            }
            '=' | '!' | '<' | '>' => token.extend(signs.next_if_eq(&'=')),
            '&' | '|' | '*' | '/' => token.extend(signs.next_if_eq(&sign)),
            _ if is_word(sign) => {
                while let Some(next) = signs.next_if(|next| is_word(*next)) {
                    token.push(next);
                }
            }
            _ => {}
        }
        tokens.push(token);
    }
    tokens
}

/// Names with dots, and numbers.
fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_' || sign == '.'
}

/// The tokens up to the end of a bracket, or of all, with its comparisons as filters.
fn group(tokens: &mut std::iter::Peekable<std::vec::IntoIter<String>>) -> String {
    let mut read = String::new();
    let mut operand = String::new();
    // The left side of a comparison whose right side is being read, the sign, and the filter.
    let mut left: Option<(String, String, &str)> = None;
    while let Some(token) = tokens.next() {
        let sign = match token.as_str() {
            "not" if !operand.is_empty() && tokens.next_if(|next| next == "in").is_some() => "not in",
            sign => sign,
        };
        if let Some((_, filter)) = COMPARISONS.iter().find(|(known, _)| *known == sign) {
            let compared = compared(left.take(), std::mem::take(&mut operand));
            left = Some((compared, sign.to_owned(), filter));
            continue;
        }
        let is_prefix = operand.is_empty() && matches!(sign, "not" | "!");
        if is_prefix || SEPARATORS.contains(&sign) || matches!(sign, ")" | "]" | "}") {
            read += &compared(left.take(), std::mem::take(&mut operand));
            match sign {
                "&&" => read += " and ",
                "||" => read += " or ",
                "!" => read += " not ",
                ")" | "]" | "}" => return read + sign,
                word => read += &format!(" {word} "),
            }
            continue;
        }
        operand += sign;
        match sign {
            "(" | "[" | "{" => operand += &group(tokens),
            _ => operand.push(' '),
        }
    }
    read + &compared(left, operand)
}

/// A comparison as a filter, or an operand that is compared with nothing. One that lacks a side stays as it is, for the engine
/// to refuse.
fn compared(left: Option<(String, String, &str)>, right: String) -> String {
    match left {
        None => right,
        Some((left, sign, _)) if left.trim().is_empty() || right.trim().is_empty() => {
            format!("{left} {sign} {right}")
        }
        Some((left, _, filter)) => format!("(({left})|{filter}({right}))"),
    }
}

#[cfg(test)]
mod tests {
    use crate::text::{check_expression, holds, values};

    #[test]
    fn expressions_compare_numbers_as_numbers_and_read_the_signs_of_other_languages() {
        let known = values([
            ("age", "41"),
            ("city", "Kyiv"),
            ("zip", "01001"),
            ("vip", ""),
            ("contact.name", "Ann"),
            ("years", "18 years"),
            ("digits", "٥"),
            ("price", "1 200,50"),
        ]);
        for (expression, expected) in [
            ("age >= 18 and city == \"Kyiv\"", true),
            ("age >= 18 && city == 'Lviv'", false),
            ("age < 9 || contact.name == 'Ann'", true),
            ("age == \"41\"", true),
            ("zip == '01001'", true),
            ("!vip", true),
            ("not vip", true),
            ("city != 'Kyiv'", false),
            ("nothing", false),
            ("city in ['Kyiv', 'Odesa']", true),
            ("city | lower == 'kyiv'", true),
            ("city | upper | lower == 'KYIV' and (age + 1) * 2 == 84", true),
            ("city == ' kyiv\u{200b}'", true),
            ("city not in ['lviv', 'KYIV']", false),
            ("not city in ['lviv']", true),
            ("not (age < 9 or age > 50)", true),
            ("'yi' in city", true),
            ("nothing in city", false),
            ("city is defined and nothing is not defined", true),
            ("city == 'a and b' or city == 'Kyiv'", true),
            ("('x' if age > 40 else 'y') == 'X'", true),
            ("nothing == ''", true),
            // What is no number is neither greater nor less.
            ("city >= 18", false),
            ("city < 18", false),
            ("years >= 18", false),
            ("nothing >= 0", false),
            ("digits == 5 and digits >= 5 and digits < 6", true),
            ("price > 1000 and price <= 1200.5", true),
        ] {
            assert_eq!(holds(expression, &known), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_nothing_exhausts_the_stack() {
        let known = std::collections::BTreeSet::from(["age"]);
        for bad in [
            "",
            "age >",
            "> 3",
            "age in",
            "age = 3",
            "age)",
            "[age",
            "(age",
            "f(age)",
            "agee > 3",
            &"(".repeat(190),
            &"-".repeat(300),
        ] {
            assert!(check_expression(bad, &known).is_err(), "{bad}");
        }
        assert!(check_expression("age > 3", &known).is_ok());
        for sign in ["-", "not ", "(", "[", "a.", "!", "1 + "] {
            let _ = holds(&format!("{}1", sign.repeat(190 / sign.len())), &values([("a", "1")]));
        }
    }
}
