//! Forms: what an agent notes down about a conversation, in fields that an administrator made. A queue may have one; its
//! required fields must be answered before wrap-up ends.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::calendar::CalendarDate;
use crate::same::{plain_number, same};
use crate::words::words;

/// How many fields a form may have, and how many choices a field.
pub const MOST_FIELDS: usize = 50;
/// How many choices a field may have.
pub const MOST_CHOICES: usize = 100;
/// The longest text answer, in characters.
pub const LONGEST_ANSWER: usize = 2_000;

/// What a field asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = FormFieldKind))]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Text.
    Text,
    /// One of the field's choices.
    Choice,
    /// A number.
    Number,
    /// A date, as `2026-12-25`.
    Date,
    /// Yes or no. A required one must be ticked.
    Checkbox,
}

words!(FieldKind {
    Text = "text",
    Choice = "choice",
    Number = "number",
    Date = "date",
    Checkbox = "checkbox",
});

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// The name of its answer in `values`: 1 to 40 characters of a–z, 0–9 and `_`, beginning with a letter.
    pub key: String,
    /// What agents read.
    pub label: String,
    /// Its kind.
    pub kind: FieldKind,
    /// Whether wrap-up ends only once it is answered.
    #[serde(default)]
    pub required: bool,
    /// What can be chosen, in this order; only a field of kind `choice` has choices.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FormValue {
    /// A checkbox.
    Checked(bool),
    /// A number.
    Number(serde_json::Number),
    /// Text, a choice or a date.
    Text(String),
}

/// The answers, by the keys of their fields.
pub type Values = BTreeMap<String, FormValue>;

/// A field that is wrong, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// A sentence.
    pub detail: String,
}

impl Fault {
    fn new(pointer: String, detail: impl Into<String>) -> Self {
        Self { pointer, detail: detail.into() }
    }
}

/// A form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Form {
    /// In the order in which agents see them.
    pub fields: Vec<FormField>,
}

impl Form {
    /// Cleans up what an administrator entered, and returns what is wrong with it.
    pub fn checked(mut self) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        if self.fields.is_empty() {
            faults.push(Fault::new("/fields".into(), "A form needs at least one field."));
        }
        if self.fields.len() > MOST_FIELDS {
            let detail = format!("There are {} fields, at most {MOST_FIELDS} are possible.", self.fields.len());
            faults.push(Fault::new("/fields".into(), detail));
        }
        let mut keys = BTreeSet::new();
        for (index, field) in self.fields.iter_mut().enumerate() {
            let mut bad = |name: &str, detail: &str| {
                faults.push(Fault::new(format!("/fields/{index}/{name}"), detail));
            };
            if !is_key(&field.key) {
                bad("key", "A key has 1 to 40 characters of a–z, 0–9 and \"_\", and begins with a letter.");
            } else if !keys.insert(field.key.clone()) {
                bad("key", "Another field has this key already.");
            }
            field.label = field.label.trim().to_owned();
            if !is_line(&field.label, 80) {
                bad("label", "A label is one line of 1 to 80 characters.");
            }
            for choice in &mut field.choices {
                *choice = choice.trim().to_owned();
            }
            match (field.kind, field.choices.len()) {
                (FieldKind::Choice, 0) => bad("choices", "Enter at least one choice."),
                (FieldKind::Choice, count) if count > MOST_CHOICES => {
                    bad("choices", "At most 100 choices are possible.");
                }
                (FieldKind::Choice, _) => {}
                (_, 0) => {}
                _ => bad("choices", "Only a field of kind \"choice\" has choices."),
            }
            let mut known = BTreeSet::new();
            for (place, choice) in field.choices.iter().enumerate() {
                let detail = if !is_line(choice, 100) {
                    "A choice is one line of 1 to 100 characters."
                } else if !known.insert(same(choice)) {
                    "This choice is listed already."
                } else {
                    continue;
                };
                faults.push(Fault::new(format!("/fields/{index}/choices/{place}"), detail));
            }
        }
        if faults.is_empty() { Ok(self) } else { Err(faults) }
    }

    fn field(&self, key: &str) -> Option<&FormField> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// The answers as they are stored; empty ones are left out. Pointers begin with `/values`.
    pub fn read(&self, values: BTreeMap<String, serde_json::Value>) -> Result<Values, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut read = Values::new();
        for (key, value) in values {
            let answer = match self.field(&key) {
                Some(field) => field.read(value),
                None => Err("The form has no such field.".into()),
            };
            match answer {
                Ok(Some(answer)) => {
                    read.insert(key, answer);
                }
                Ok(None) => {}
                Err(detail) => faults.push(Fault::new(pointer(&key), detail)),
            }
        }
        if faults.is_empty() { Ok(read) } else { Err(faults) }
    }

    /// The required fields that these answers leave open.
    pub fn missing(&self, values: &Values) -> Vec<Fault> {
        let open = self.fields.iter().filter(|field| {
            field.required && matches!(values.get(&field.key), None | Some(FormValue::Checked(false)))
        });
        open.map(|field| {
            let detail = match field.kind {
                FieldKind::Checkbox => format!("\"{}\" must be ticked.", field.label),
                _ => format!("\"{}\" must be filled in.", field.label),
            };
            Fault::new(pointer(&field.key), detail)
        })
        .collect()
    }
}

impl FormField {
    /// An answer as it is stored; None if it is empty.
    fn read(&self, value: serde_json::Value) -> Result<Option<FormValue>, String> {
        use serde_json::Value;
        let is_blank = |text: &str| text.trim().is_empty();
        match (self.kind, value) {
            (_, Value::Null) => Ok(None),
            (FieldKind::Checkbox, Value::Bool(checked)) => Ok(Some(FormValue::Checked(checked))),
            (FieldKind::Checkbox, _) => Err("This is true or false.".into()),
            (FieldKind::Number, Value::Number(number)) => Ok(Some(FormValue::Number(number))),
            (_, Value::String(text)) if is_blank(&text) => Ok(None),
            (FieldKind::Number, Value::String(text)) => match number(&text) {
                Some(number) => Ok(Some(FormValue::Number(number))),
                None => Err("Enter a number.".into()),
            },
            (FieldKind::Number, _) => Err("Enter a number.".into()),
            (FieldKind::Date, Value::String(text)) => match plain_number(text.trim()).parse::<CalendarDate>() {
                Ok(date) => Ok(Some(FormValue::Text(date.to_string()))),
                Err(_) => Err("Enter a date, such as 2026-12-25.".into()),
            },
            (FieldKind::Date, _) => Err("Enter a date, such as 2026-12-25.".into()),
            (FieldKind::Choice, Value::String(text)) => {
                let wanted = same(&text);
                let choice = self.choices.iter().find(|choice| same(choice) == wanted);
                match choice {
                    Some(choice) => Ok(Some(FormValue::Text(choice.clone()))),
                    None => Err(format!("Choose one of: {}.", self.choices.join(", "))),
                }
            }
            (FieldKind::Choice, _) => Err(format!("Choose one of: {}.", self.choices.join(", "))),
            (FieldKind::Text, Value::String(text)) => {
                let text = text.trim();
                let length = text.chars().count();
                if length > LONGEST_ANSWER {
                    return Err(format!("This has {length} characters, at most {LONGEST_ANSWER} are possible."));
                }
                Ok(Some(FormValue::Text(text.to_owned())))
            }
            (FieldKind::Text, _) => Err("This must be a text.".into()),
        }
    }
}

/// A number as people write it: with digits of any script, and a comma or a point.
fn number(text: &str) -> Option<serde_json::Number> {
    let plain = plain_number(text.trim()).replace(',', ".");
    if let Ok(whole) = plain.parse::<i64>() {
        return Some(whole.into());
    }
    let is_plain = plain.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
    plain.parse().ok().filter(|_| is_plain).and_then(serde_json::Number::from_f64)
}

/// The place of an answer.
fn pointer(key: &str) -> String {
    format!("/values/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn is_key(key: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=40).contains(&key.len())
        && key.chars().all(letters)
        && key.chars().next().is_some_and(|c| c.is_ascii_lowercase())
}

fn is_line(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn field(key: &str, kind: FieldKind, required: bool) -> FormField {
        let choices = match kind {
            FieldKind::Choice => vec!["Refund".into(), "Question".into()],
            _ => Vec::new(),
        };
        FormField { key: key.into(), label: key.into(), kind, required, choices }
    }

    fn every_kind() -> Form {
        Form { fields: FieldKind::ALL.map(|kind| field(kind.word(), kind, true)).into() }
    }

    fn read(form: &Form, values: Value) -> Result<Values, Vec<Fault>> {
        form.read(serde_json::from_value(values).unwrap())
    }

    #[test]
    fn answers_are_read_by_the_kind_of_their_field() {
        let form = every_kind();
        let read_one = |key: &str, value: Value| {
            let read = read(&form, json!({ key: value }))?;
            Ok::<_, Vec<Fault>>(serde_json::to_value(read.get(key)).unwrap())
        };
        for (key, given, stored) in [
            ("text", json!(" Hello \n there "), json!("Hello \n there")),
            ("text", json!("  "), Value::Null),
            ("choice", json!("reFUND"), json!("Refund")),
            ("number", json!(7), json!(7)),
            ("number", json!("٧,5"), json!(7.5)),
            ("number", json!(" -12 "), json!(-12)),
            ("date", json!("2026-12-25"), json!("2026-12-25")),
            ("checkbox", json!(false), json!(false)),
            ("checkbox", Value::Null, Value::Null),
        ] {
            assert_eq!(read_one(key, given.clone()), Ok(stored), "{key} {given}");
        }
        for (key, given) in [
            ("text", json!(7)),
            ("text", json!("x".repeat(LONGEST_ANSWER + 1))),
            ("choice", json!("Complaint")),
            ("choice", json!(["Refund"])),
            ("number", json!("seven")),
            ("number", json!("inf")),
            ("number", json!(true)),
            ("date", json!("25.12.2026")),
            ("date", json!("2026-02-30")),
            ("checkbox", json!("yes")),
        ] {
            let faults = read_one(key, given.clone()).unwrap_err();
            assert_eq!(faults[0].pointer, format!("/values/{key}"), "{given}");
        }
        assert_eq!(read(&form, json!({ "a/b": 1 })).unwrap_err()[0].pointer, "/values/a~1b");
    }

    #[test]
    fn what_is_required_and_open_is_named() {
        let mut form = every_kind();
        form.fields.push(field("more", FieldKind::Text, false));
        let missing = |values: Value| -> Vec<String> {
            let values = read(&form, values).unwrap();
            form.missing(&values).into_iter().map(|fault| fault.pointer).collect()
        };
        let all = FieldKind::ALL.map(|kind| format!("/values/{}", kind.word()));
        assert_eq!(missing(json!({ "text": " ", "checkbox": false })), all);
        let answers =
            json!({ "text": "x", "choice": "Refund", "number": 0, "date": "2026-12-25", "checkbox": true });
        assert!(missing(answers).is_empty(), "0 is an answer");
    }

    #[test]
    fn a_form_that_could_not_be_filled_in_is_refused_at_its_field() {
        let pointers = |form: Form| -> Vec<String> {
            form.checked().unwrap_err().into_iter().map(|fault| fault.pointer).collect()
        };
        assert_eq!(pointers(Form::default()), ["/fields"]);
        let text = |key: &str| field(key, FieldKind::Text, false);
        let with_choices = |choices: Vec<String>| FormField { choices, ..field("z", FieldKind::Choice, false) };
        let form = Form {
            fields: vec![
                text("Key"),
                text("a"),
                text("a"),
                FormField { label: " ".into(), ..text("b") },
                FormField { choices: vec!["x".into()], ..text("c") },
                with_choices(Vec::new()),
            ],
        };
        let expected =
            ["/fields/0/key", "/fields/2/key", "/fields/3/label", "/fields/4/choices", "/fields/5/choices"];
        assert_eq!(pointers(form), expected);
        let twice = Form { fields: vec![with_choices(vec!["Ja".into(), " ".into(), "JA".into()])] };
        assert_eq!(pointers(twice), ["/fields/0/choices/1", "/fields/0/choices/2"]);
        let many = Form { fields: (0..=MOST_FIELDS).map(|n| text(&format!("f{n}"))).collect() };
        assert_eq!(pointers(many), ["/fields"]);
    }

    proptest! {
        /// Reading stored answers again changes nothing: screens send back what they received.
        #[test]
        fn reading_again_changes_nothing(
            text in "\\PC{0,20}",
            number in proptest::num::i64::ANY,
            tick: bool,
            choice in 0_usize..2,
        ) {
            let form = every_kind();
            let choice = &form.fields[1].choices[choice];
            let given = json!({ "text": text, "number": number, "checkbox": tick, "choice": choice });
            let once = read(&form, given).unwrap();
            let twice = read(&form, serde_json::to_value(&once).unwrap()).unwrap();
            prop_assert_eq!(once, twice);
        }
    }
}
