//! Texts with variables: `Hello {{ contact.first_name }}`. Administrators write them into flows and gateways, and
//! customers read the result. There is no HTML here, so nothing is escaped.
//!
//! The language is a deliberately reduced minijinja: expressions, `{% if %}`, and a few filters. Loops and
//! assignments are refused: a text needs none, and one line of them could fill the memory.

mod expression;
mod names;

use std::collections::BTreeMap;

pub use names::{check_expression, check_with, unknown, used};

use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value, filters};

/// The longest template that is parsed, in characters: twice the limit for a text of a flow.
const LONGEST_TEMPLATE: usize = 4_000;
/// The longest content of one pair of braces, in bytes.
const LONGEST_TAG: usize = 200;
/// The most blocks of `{% if %}` and its like.
const MOST_BLOCKS: usize = 60;
/// The longest result, in bytes. Outgoing texts are split long before that.
const LONGEST_RESULT: usize = 64 * 1024;
/// The maximum number of engine steps for one text; a normal one takes a few dozen.
const FUEL: u64 = 20_000;

/// The values of a text's variables. A name with a dot is used as `{{ contact.name }}`.
pub type Values = BTreeMap<String, String>;

/// Builds [`Values`] from pairs: `values([("contact.name", "Ann")])`.
pub fn values<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Values {
    pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// A text could not be read or filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("In line {line}, \"{near}\": {detail}")]
pub struct TextError {
    /// The line of the template, counted from 1.
    pub line: usize,
    /// The beginning of that line, to help find it.
    pub near: String,
    /// What is wrong, as a sentence for the person who wrote the text.
    pub detail: String,
}

/// Fills a template in. A variable without a value becomes empty.
pub fn render(template: &str, values: &Values) -> Result<String, TextError> {
    // Most texts contain no variable.
    if !template.contains('{') {
        return Ok(template.to_owned());
    }
    refuse_excess(template)?;
    let environment = environment();
    let text = environment
        .render_str(template, tree(values, |value| Value::from(value)))
        .map_err(|error| explain(template, &error))?;
    if text.len() > LONGEST_RESULT {
        return Err(at(template, 1, "The text becomes too long.".into()));
    }
    Ok(text)
}

/// Whether an expression is true: `age >= 18 and city == "Kyiv"`. Values compare as in [`compare`](crate::compare), and `&&`,
/// `||` and `!` are `and`, `or` and `not`.
pub fn holds(expression: &str, values: &Values) -> Result<bool, TextError> {
    let read = expression::read(expression)?;
    let environment = expression::environment();
    let compiled = environment.compile_expression(&read).map_err(|error| explain(expression, &error))?;
    let value = compiled.eval(tree(values, number)).map_err(|error| explain(expression, &error))?;
    Ok(value.is_true())
}

/// A value as expressions see it: a number if it is written as one, so that it can be calculated with.
fn number(value: &str) -> Value {
    let canonical =
        |text: &str| text.len() <= 15 && (text == "0" || !text.starts_with('0') || text.starts_with("0."));
    let digits = value.strip_prefix('-').unwrap_or(value);
    match (value.parse::<i64>(), value.parse::<f64>()) {
        (Ok(whole), _) if canonical(digits) && !value.starts_with('+') => Value::from(whole),
        (_, Ok(real))
            if canonical(digits)
                && digits.starts_with(|c: char| c.is_ascii_digit())
                && !value.contains(['e', 'E']) =>
        {
            Value::from(real)
        }
        _ => Value::from(value),
    }
}

/// Whether a template can be read: for editors, before anything is saved. Errors that depend on values (a calculation
/// with something that is not a number) only appear in [`render`].
pub fn check(template: &str) -> Result<(), TextError> {
    if !template.contains('{') {
        return Ok(());
    }
    refuse_excess(template)?;
    let environment = environment();
    let compiled = environment.template_from_str(template).map_err(|error| explain(template, &error))?;
    // Unknown filters and functions are found only by running. Without values, other things may fail that would work
    // with them, so other errors are ignored.
    match compiled.render(Value::from(BTreeMap::<String, Value>::new())) {
        Err(error) if is_unknown(error.kind()) => Err(explain(template, &error)),
        _ => Ok(()),
    }
}

/// Fills in a template; if that fails, returns what remains of it without its variables. Used while a customer waits:
/// half a sentence is better than silence or curly braces.
pub fn render_or_plain(template: &str, values: &Values) -> String {
    render(template, values).unwrap_or_else(|_| plain(template))
}

fn plain(template: &str) -> String {
    let mut remaining = String::new();
    let mut rest = template;
    while let Some(open) = next_tag(rest, 0) {
        let close = match &rest[open..open + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        remaining.push_str(&rest[..open]);
        rest = match rest[open + 2..].find(close) {
            Some(end) => &rest[open + 2 + end + 2..],
            None => "",
        };
    }
    remaining.push_str(rest);
    remaining
}

fn environment<'a>() -> Environment<'a> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("title", filters::title);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("default", filters::default);
    environment.add_filter("length", filters::length);
    environment.add_filter("int", filters::int);
    environment.add_filter("float", filters::float);
    environment.add_filter("round", filters::round);
    environment.add_test("defined", minijinja::tests::is_defined);
    environment
}

/// `contact.name` becomes `name` inside `contact`. Where a name is both a value and the first half of another, the
/// value is dropped.
fn tree(values: &Values, of: fn(&str) -> Value) -> Value {
    let mut top: BTreeMap<String, Value> = BTreeMap::new();
    let mut inner: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for (name, value) in values {
        match name.split_once('.') {
            Some((outer, last)) => {
                inner.entry(outer.into()).or_default().insert(last.into(), of(value));
            }
            None => {
                top.insert(name.clone(), of(value));
            }
        }
    }
    top.extend(inner.into_iter().map(|(name, map)| (name, Value::from(map))));
    Value::from(top)
}

/// Refuses what the engine must not even parse. Its parser recurses with the length of an expression: a few thousand
/// characters in one pair of braces are enough to overflow the stack and crash the process.
fn refuse_excess(template: &str) -> Result<(), TextError> {
    if template.chars().count() > LONGEST_TEMPLATE {
        let detail = format!("The text has more than {LONGEST_TEMPLATE} characters.");
        return Err(at(template, 1, detail));
    }
    let mut blocks = 0;
    let mut place = 0;
    while let Some(open) = next_tag(template, place) {
        let refuse = |detail: String| {
            let line = 1 + template[..open].matches('\n').count();
            Err(at(template, line, detail))
        };
        let (mark, rest) = (&template[open..open + 2], &template[open + 2..]);
        if mark == "{#" {
            place = rest.find("#}").map_or(template.len(), |end| open + 2 + end + 2);
            continue;
        }
        let inside = inside(rest, if mark == "{{" { "}}" } else { "%}" });
        if inside.len() > LONGEST_TAG {
            return refuse(format!(
                "More than {LONGEST_TAG} characters are between one pair of braces. The closing ones may be missing."
            ));
        }
        if inside.contains('{') {
            return refuse("There are braces inside braces; maybe the closing ones are missing.".into());
        }
        if mark == "{%" {
            let word = inside.trim_start_matches(['-', '+']).trim_start();
            let word: String = word.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !["if", "elif", "else", "endif"].contains(&word.as_str()) {
                return refuse(format!(
                    "\"{{% {word} %}}\" can't be used here; only if, elif, else and endif can."
                ));
            }
            blocks += 1;
            if blocks > MOST_BLOCKS {
                return refuse(format!("A text holds at most {MOST_BLOCKS} blocks of {{% … %}}."));
            }
        }
        place = open + 2 + inside.len();
    }
    Ok(())
}

/// Where the next tag or comment opens.
fn next_tag(template: &str, from: usize) -> Option<usize> {
    let found = ["{{", "{%", "{#"].iter().filter_map(|mark| template[from..].find(mark)).min();
    found.map(|found| from + found)
}

/// The inside of a tag, up to its end outside of quotes.
fn inside<'a>(rest: &'a str, close: &str) -> &'a str {
    let mut quote = None;
    let mut escaped = false;
    for (index, sign) in rest.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if sign == '\\' => escaped = true,
            Some(open) if sign == open => quote = None,
            Some(_) => {}
            None if rest[index..].starts_with(close) => return &rest[..index],
            None if sign == '"' || sign == '\'' => quote = Some(sign),
            None => {}
        }
    }
    rest
}

fn is_unknown(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod
            | ErrorKind::OutOfFuel
    )
}

fn explain(template: &str, error: &minijinja::Error) -> TextError {
    let cause = error.detail().unwrap_or_default();
    let detail = match error.kind() {
        ErrorKind::SyntaxError if cause.contains("end of input") => {
            "It ends too early: every {{ needs its }}, and every {% if … %} its {% endif %}.".into()
        }
        ErrorKind::SyntaxError => {
            format!(
                "The text between the braces can't be read ({cause}). A variable looks like {{{{ contact.name }}}}."
            )
        }
        ErrorKind::UnknownFilter => format!("There is no such filter ({cause})."),
        ErrorKind::UnknownTest => format!("There is no such test ({cause})."),
        ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => {
            format!("Functions can't be called here ({cause}).")
        }
        ErrorKind::OutOfFuel => "The text takes too much work to fill in; make it simpler.".into(),
        _ if cause.is_empty() => "It can't be filled in with the values at hand.".into(),
        _ => format!("It can't be filled in with the values at hand ({cause})."),
    };
    at(template, error.line().unwrap_or(1), detail)
}

fn at(template: &str, line: usize, detail: String) -> TextError {
    let words = template.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
    let mut near: String = words.chars().take(40).collect();
    if near.len() < words.len() {
        near.push('…');
    }
    TextError { line, near, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann() -> Values {
        values([("contact.name", "Ann <b>Lee</b>"), ("contact.first_name", "Ann"), ("age", "41")])
    }

    #[test]
    fn variables_are_filled_in_and_nothing_is_escaped() {
        assert_eq!(render("Hi {{ contact.name }}!", &ann()).unwrap(), "Hi Ann <b>Lee</b>!");
        assert_eq!(render("{{age}} {{ contact.first_name|upper }}", &ann()).unwrap(), "41 ANN");
    }

    #[test]
    fn an_unknown_variable_leaves_nothing_behind() {
        assert_eq!(render("[{{ city }}{{ order.shop.name }}]", &ann()).unwrap(), "[]");
    }

    #[test]
    fn a_text_may_depend_on_whether_something_is_known() {
        let text = "Hi{% if contact.first_name %} {{ contact.first_name }}{% endif %}!";
        assert_eq!(render(text, &ann()).unwrap(), "Hi Ann!");
        assert_eq!(render(text, &Values::new()).unwrap(), "Hi!");
    }

    #[test]
    fn an_error_names_the_place_in_plain_words() {
        let error = check("Good day\nHi {{ contact.name").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.to_string().starts_with("In line 2, \"Hi {{ contact.name\": "), "{error}");
        for bad in ["{{ }}", "{{ a b }}", "{% if a %}x", "{{ a|shout }}", "{{ f() }}", "{% set a = 1 %}"] {
            assert!(check(bad).is_err(), "{bad}");
        }
        for good in
            ["", "100 % {sure}", "{{ a|default('you') }}", "{% if a is defined %}x{% endif %}", "{{ age + 1 }}"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_text_that_cannot_be_filled_in_loses_its_variables_only() {
        assert_eq!(render_or_plain("Hi {{ contact.name }} {{ broken", &ann()), "Hi  ");
        assert_eq!(render_or_plain("{{ contact.name - 1 }}Bye", &ann()), "Bye");
    }

    #[test]
    fn a_greedy_text_ends_in_an_error_and_not_in_a_full_memory() {
        for greedy in ["{{ 'x' * 90000000 }}", "{{ ('x' * 9999) * 9999 }}", "{{ 9 ** 999999999 }}"] {
            assert!(render(greedy, &Values::new()).is_err(), "{greedy}");
        }
        let deep = format!("{{{{ {}1{} }}}}", "(".repeat(1_900), ")".repeat(1_900));
        assert!(check(&deep).is_err());
    }

    #[test]
    fn a_text_of_nothing_but_signs_does_not_exhaust_the_stack() {
        for sign in ["a~", "a+", "not ", "-", "a and ", "a if b else ", "[", "a[", "{'a':", "a or "] {
            let text = format!("{{{{ {}a }}}}", sign.repeat(3_990 / sign.len()));
            let _ = (check(&text), render(&text, &ann()));
        }
        for sign in [".a", "|upper", "()", "[0]", " is defined"] {
            let text = format!("{{{{ a{} }}}}", sign.repeat(3_990 / sign.len()));
            let _ = (check(&text), render(&text, &ann()));
        }
        for block in ["{% if a %}", "{% if a %}{% elif b %}", "{{", "{#"] {
            let _ = check(&block.repeat(3_990 / block.len()));
        }
        let elif = format!("{{% if a %}}{}{{% endif %}}", "{% elif b %}".repeat(320));
        let _ = (check(&elif), render(&elif, &ann()));
    }
}
