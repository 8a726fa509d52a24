//! Whether the variables of a text exist. An unknown one leaves a gap in what customers read, without any error.

use std::collections::BTreeSet;

use super::{TextError, at, check, environment, explain, expression};

/// The maximum number of names in a sentence.
const MOST_LISTED: usize = 8;

/// Like [`check`], but every variable must also be one of `known`.
pub fn check_with(template: &str, known: &BTreeSet<&str>) -> Result<(), TextError> {
    check(template)?;
    if !template.contains('{') {
        return Ok(());
    }
    let environment = environment();
    let Ok(compiled) = environment.template_from_str(template) else { return Ok(()) };
    let used: BTreeSet<String> = compiled.undeclared_variables(true).into_iter().collect();
    match used.iter().find(|name| !known.contains(name.as_str())) {
        Some(name) => {
            let line = template.lines().position(|line| line.contains(name.as_str())).map_or(1, |index| index + 1);
            Err(at(template, line, unknown(name, known)))
        }
        None => Ok(()),
    }
}

/// The variables that a template names.
pub fn used(template: &str) -> BTreeSet<String> {
    let environment = environment();
    let compiled = environment.template_from_str(template);
    compiled.map(|compiled| compiled.undeclared_variables(true).into_iter().collect()).unwrap_or_default()
}

/// Whether an expression can be read, and names only variables of `known`.
pub fn check_expression(expression: &str, known: &BTreeSet<&str>) -> Result<(), TextError> {
    let read = expression::read(expression)?;
    let environment = expression::environment();
    let compiled = environment.compile_expression(&read).map_err(|error| explain(expression, &error))?;
    let used: BTreeSet<String> = compiled.undeclared_variables(true).into_iter().collect();
    if let Some(name) = used.iter().find(|name| !known.contains(name.as_str())) {
        return Err(at(expression, 1, unknown(name, known)));
    }
    // Unknown filters and functions are found only by running.
    match compiled.eval(()) {
        Err(error) if super::is_unknown(error.kind()) => Err(explain(expression, &error)),
        _ => Ok(()),
    }
}

/// The sentence for a variable that does not exist.
pub fn unknown(name: &str, known: &BTreeSet<&str>) -> String {
    let plain = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let wanted = plain(name);
    let most = (wanted.chars().count() / 3).max(1);
    let nearest = known.iter().map(|known| (distance(&plain(known), &wanted), known)).min();
    match nearest {
        Some((far, nearest)) if far <= most => {
            format!("There is no variable {name}. Did you mean {nearest}?")
        }
        _ => {
            let listed: Vec<&str> = known.iter().copied().take(MOST_LISTED).collect();
            format!("There is no variable {name}. There are: {}.", listed.join(", "))
        }
    }
}

/// How many letters must be inserted, removed or changed to turn one word into the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, wanted) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *wanted);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(template: &str) -> String {
        let known = BTreeSet::from(["contact.name", "contact.first_name", "page.name", "order"]);
        check_with(template, &known).map_or_else(|error| error.detail, |()| String::new())
    }

    #[test]
    fn a_variable_that_does_not_exist_is_a_problem_with_the_nearest_one() {
        for good in ["Hi", "{{ contact.first_name|upper }}", "{% if order %}{{ order }}{% else %}none{% endif %}"]
        {
            assert_eq!(problem(good), "", "{good}");
        }
        for (bad, nearest) in [
            ("{{ contact.firstname }}", "contact.first_name"),
            ("{{ contact.fist_name }}", "contact.first_name"),
            ("{{ Contact.Name }}", "contact.name"),
            ("{% if oder %}x{% endif %}", "order"),
            ("{{ order.total }}", ""),
        ] {
            let words = problem(bad);
            assert!(words.starts_with("There is no variable"), "{bad}: {words}");
            assert!(words.contains(&format!("Did you mean {nearest}?")) != nearest.is_empty(), "{bad}: {words}");
        }
        assert_eq!(
            problem("{{ shoe_size }}"),
            "There is no variable shoe_size. There are: contact.first_name, contact.name, order, page.name."
        );
    }

    #[test]
    fn the_line_is_the_one_with_the_variable() {
        let error = check_with("Hi\n{{ who }}", &BTreeSet::from(["page.name"])).unwrap_err();
        assert_eq!((error.line, error.near.as_str()), (2, "{{ who }}"));
    }
}
