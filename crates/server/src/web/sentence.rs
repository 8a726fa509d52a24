//! serde's messages as sentences for people: no name of a Rust type reaches a client.

/// What is wrong with a value, and the field below it that the message is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Sentence {
    pub text: String,
    /// The field that is missing, unknown or duplicated.
    pub field: Option<String>,
}

const WORDS: &str = "one of the words that are possible here";

/// A message of serde, with or without serde_json's position in the text; the pointer is more useful.
pub fn of(message: &str) -> Sentence {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let about = |text: String, field: &str| Sentence { text, field: Some(field.to_owned()) };
    let plain = |text: String| Sentence { text, field: None };
    if let Some(field) = message.strip_prefix("missing field `") {
        return about("This is needed.".into(), field.trim_end_matches('`'));
    }
    if let Some(field) = message.strip_prefix("duplicate field `") {
        return about("This is there twice.".into(), field.trim_end_matches('`'));
    }
    // The sent value may contain serde's own phrases; the expected one is always ours, and last.
    let (sent, expected) = message.rsplit_once(", expected ").unwrap_or((message, ""));
    if let Some(field) = sent.strip_prefix("unknown field `") {
        let field = field.trim_end_matches(", there are no fields").trim_end_matches('`');
        let known = match words(expected).as_slice() {
            [] => "no field is possible here".to_owned(),
            known => format!("possible are {}", listed(known, "and")),
        };
        return about(format!("There is no field \"{}\": {known}.", short(field)), field);
    }
    if let Some(value) = sent.strip_prefix("unknown variant `") {
        let known = listed(&words(expected), "or");
        return plain(format!("\"{}\" is not allowed here: choose {known}.", short(value.trim_end_matches('`'))));
    }
    if sent.starts_with("invalid type: ")
        || sent.starts_with("invalid value: ")
        || sent.starts_with("invalid length ")
    {
        return plain(format!("This must be {}.", kind(expected)));
    }
    if message.starts_with("data did not match any variant") {
        return plain("This has none of the forms that are possible here.".into());
    }
    match message {
        "expected value" => plain(format!("This must be {WORDS}.")),
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            plain("This must be a whole number.".into())
        }
        "number too large to fit in target type" | "number too small to fit in target type" => {
            plain("This number is out of range.".into())
        }
        "provided string was not `true` or `false`" => plain("This must be true or false.".into()),
        // Our own types already explain what is wrong.
        own => plain(format!("{}.", capitalised(own.trim_end_matches('.')))),
    }
}

/// What serde expects, in JSON's terms.
fn kind(expected: &str) -> &'static str {
    match expected {
        "a string" | "a borrowed string" | "string" | "a character" => "text",
        "a boolean" => "true or false",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "isize" => {
            "a whole number that is not out of range"
        }
        "f32" | "f64" => "a number",
        "unit" => "null",
        "a map" => "an object",
        it if it.starts_with("struct ") || it.starts_with("internally tagged enum ") => "an object",
        it if it.starts_with("a sequence") || it.starts_with("a tuple") || it.starts_with("tuple ") => "a list",
        it if it.starts_with("variant identifier")
            || it.starts_with("string or map")
            || it.starts_with("enum ") =>
        {
            WORDS
        }
        _ => "of another type",
    }
}

/// The names between backticks.
fn words(expected: &str) -> Vec<&str> {
    expected.split('`').skip(1).step_by(2).collect()
}

fn listed(words: &[&str], last: &str) -> String {
    match words {
        [] => "nothing".into(),
        [only] => (*only).into(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The same with a capital letter at the beginning.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        Online,
        Pause,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct StatusIn {
        status: Word,
        count: Option<u16>,
        list: Option<Vec<bool>>,
        inner: Option<Box<StatusIn>>,
        place: Option<(f64, f64)>,
        any: Option<Any>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "only read")]
    enum Any {
        Text(String),
        Many(Vec<String>),
    }

    fn sentence(json: &str) -> String {
        of(&serde_json::from_str::<StatusIn>(json).unwrap_err().to_string()).text
    }

    #[test]
    fn messages_are_sentences_without_names_of_types() {
        for (json, text) in [
            ("[[]]", "This must be one of the words that are possible here."),
            ("7", "This must be an object."),
            (r#"{"status":"away"}"#, r#""away" is not allowed here: choose online or pause."#),
            (
                r#"{"status":"a, expected `b`"}"#,
                r#""a, expected `b" is not allowed here: choose online or pause."#,
            ),
            (r#"{"status":7}"#, "This must be one of the words that are possible here."),
            (r#"{"count":1}"#, "This is needed."),
            (r#"{"status":"pause","count":-1}"#, "This must be a whole number that is not out of range."),
            (r#"{"status":"pause","count":70000}"#, "This must be a whole number that is not out of range."),
            (r#"{"status":"pause","count":"1"}"#, "This must be a whole number that is not out of range."),
            (r#"{"status":"pause","list":{}}"#, "This must be a list."),
            (r#"{"status":"pause","list":[1]}"#, "This must be true or false."),
            (r#"{"status":"pause","inner":"x"}"#, "This must be an object."),
            (r#"{"status":"pause","place":[1]}"#, "This must be a list."),
            (r#"{"status":"pause","any":7}"#, "This has none of the forms that are possible here."),
            (r#"{"status":"pause","status":"pause"}"#, "This is there twice."),
            (
                r#"{"colour":7}"#,
                "There is no field \"colour\": possible are status, count, list, inner, place and any.",
            ),
        ] {
            assert_eq!(sentence(json), text, "{json}");
        }
    }
}
