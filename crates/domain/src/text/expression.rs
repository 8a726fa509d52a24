//! Expressions of conditions. They are minijinja's, plus the operators of other languages, with the same limits as
//! expressions in a text's braces.

use super::{LONGEST_TAG, TextError, at};

/// An expression in the engine's syntax; an error if it is too long to be parsed.
pub(super) fn read(expression: &str) -> Result<String, TextError> {
    if expression.trim().is_empty() {
        return Err(at(expression, 1, "The expression is empty.".into()));
    }
    if expression.len() > LONGEST_TAG {
        let detail = format!("An expression has at most {LONGEST_TAG} characters.");
        return Err(at(expression, 1, detail));
    }
    let mut read = String::with_capacity(expression.len());
    let mut signs = expression.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' | '\'' => read.push_str(&quoted(sign, &mut signs)),
            '&' if signs.next_if_eq(&'&').is_some() => read.push_str(" and "),
            '|' if signs.next_if_eq(&'|').is_some() => read.push_str(" or "),
            '!' if signs.peek() != Some(&'=') => read.push_str(" not "),
            other => read.push(other),
        }
    }
    Ok(read)
}

/// A quoted text. A number in quotes is read as a number, as values of variables are.
fn quoted(quote: char, signs: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let (mut inside, mut escaped) = (String::new(), false);
    for sign in signs.by_ref() {
        if sign == quote && !escaped {
            let is_number = super::number(&inside).is_number();
            return if is_number { inside } else { format!("{quote}{inside}{quote}") };
        }
        escaped = sign == '\\' && !escaped;
        inside.push(sign);
    }
    format!("{quote}{inside}")
}

#[cfg(test)]
mod tests {
    use crate::text::{check_expression, holds, values};

    #[test]
    fn expressions_compare_numbers_as_numbers_and_read_the_signs_of_other_languages() {
        let known =
            values([("age", "41"), ("city", "Kyiv"), ("zip", "01001"), ("vip", ""), ("contact.name", "Ann")]);
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
        ] {
            assert_eq!(holds(expression, &known), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_nothing_exhausts_the_stack() {
        let known = std::collections::BTreeSet::from(["age"]);
        for bad in ["", "age >", "age = 3", "(age", "f(age)", "agee > 3", &"(".repeat(190), &"-".repeat(300)] {
            assert!(check_expression(bad, &known).is_err(), "{bad}");
        }
        assert!(check_expression("age > 3", &known).is_ok());
        for sign in ["-", "not ", "(", "[", "a.", "!", "1 + "] {
            let _ = holds(&format!("{}1", sign.repeat(190 / sign.len())), &values([("a", "1")]));
        }
    }
}
