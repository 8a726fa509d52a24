//! Checks of user input, shared by the use cases: fields, stale versions, values that may be null.

use domain::same;
use domain::time::Micros;
use domain::turn::LONGEST_SNOOZE;
use serde::{Deserialize, Deserializer, Serialize};

use crate::clock::read;
use crate::error::{Error, FieldError, Result};

/// Collects what is wrong with an input, so that one response lists everything.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Records an error in a field.
    pub fn bad(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(FieldError { pointer: pointer.to_owned(), detail: detail.into() });
    }

    /// A name: one line that is not empty, at most `most` characters. Returns it trimmed.
    pub fn name(&mut self, pointer: &str, value: &str, most: usize) -> String {
        let value = value.trim();
        let length = value.chars().count();
        if length == 0 {
            self.bad(pointer, "This is needed.");
        } else if length > most {
            self.bad(pointer, format!("This has {length} characters, at most {most} are possible."));
        } else if value.chars().any(char::is_control) {
            self.bad(pointer, "This holds a character that cannot be written.");
        }
        value.to_owned()
    }

    /// The sender's own key of something that must not be done twice.
    pub fn client_id(&mut self, key: Option<&str>) {
        if !key.is_none_or(is_client_id) {
            self.bad("/client_id", CLIENT_ID);
        }
    }

    /// An e-mail address, judging by its form.
    pub fn email(&mut self, pointer: &str, value: &str) -> String {
        let value = value.trim();
        let good = value.len() <= 254
            && !value.chars().any(|c| c.is_whitespace() || c.is_control())
            // Two addresses that look the same would be two users.
            && same::visible(value) == value
            && value.split_once('@').is_some_and(|(user, host)| {
                !user.is_empty()
                    && !host.is_empty()
                    && !host.contains('@')
                    && !host.starts_with('.')
                    && !host.ends_with('.')
            });
        if !good {
            self.bad(pointer, "Enter a valid e-mail address, such as name@example.com.");
        }
        value.to_owned()
    }

    /// A number within limits.
    pub fn between(&mut self, pointer: &str, value: i64, least: i64, most: i64) {
        if !(least..=most).contains(&value) {
            self.bad(pointer, format!("This must be a number from {least} to {most}."));
        }
    }

    /// A number within limits, if there is one.
    pub fn between_if(&mut self, pointer: &str, value: Option<i64>, least: i64, most: i64) {
        if let Some(value) = value {
            self.between(pointer, value, least, most);
        }
    }

    /// A text that may be empty, at most `most` characters. Returns it trimmed.
    pub fn note(&mut self, pointer: &str, value: &str, most: usize) -> String {
        let value = value.trim();
        let length = value.chars().count();
        if length > most {
            self.bad(pointer, format!("This has {length} characters, at most {most} are possible."));
        }
        value.to_owned()
    }

    /// A template text of at most `most` characters.
    pub fn template(&mut self, pointer: &str, value: &str, most: usize, variables: &[&str]) {
        if value.trim().is_empty() {
            self.bad(pointer, "This text is empty.");
        } else if value.chars().count() > most {
            self.bad(pointer, format!("This text is too long: at most {most} characters are possible."));
        } else if let Err(error) = domain::text::check_with(value, &variables.iter().copied().collect()) {
            self.bad(pointer, error.to_string());
        }
    }

    /// An error with everything that was found.
    pub fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

const CLIENT_ID: &str = "client_id has 1 to 64 characters.";

fn is_client_id(key: &str) -> bool {
    (1..=64).contains(&key.chars().count())
}

/// The sender's own key, where it is the only thing to check.
pub fn check_client_id(key: Option<&str>) -> Result<()> {
    if key.is_none_or(is_client_id) { Ok(()) } else { Err(Error::field("/client_id", CLIENT_ID)) }
}

/// A moment in the future, at most a year ahead.
pub fn moment_ahead(pointer: &str, text: &str, now: Micros) -> Result<Micros> {
    let Some(at) = read(text) else {
        return Err(Error::field(pointer, "This must be a moment, such as 2026-11-22T16:00:00Z."));
    };
    if at <= now {
        return Err(Error::field(pointer, "This moment has passed: choose a later one."));
    }
    if now.plus(LONGEST_SNOOZE) < at {
        return Err(Error::field(pointer, "This is more than a year ahead: choose an earlier moment."));
    }
    Ok(at)
}

/// An error if `sent` is not the current version.
pub fn fresh(sent: Option<i64>, version: i64, current: &impl Serialize) -> Result<()> {
    match sent {
        Some(sent) if sent != version => Err(Error::stale(current)),
        _ => Ok(()),
    }
}

/// Distinguishes a value that is null from one that is absent, with `#[serde(default, deserialize_with = "sent")]`.
pub fn sent<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_field_is_named_with_its_place() {
        let mut fields = Fields::default();
        assert_eq!(fields.name("/name", " Ann ", 80), "Ann");
        assert_eq!(fields.email("/email", " ann@example.com "), "ann@example.com");
        fields.name("/empty", " ", 80);
        fields.between("/number", 7, 8, 9);
        for bad in ["ann", "@example.com", "ann@", "a nn@example.com", "a@b@c"] {
            fields.email("/email", bad);
        }
        fields.template("/text", "Hello {{ contact.name", 100, &["contact.name"]);
        let Err(Error::Invalid(errors)) = fields.done() else { panic!("nothing was found") };
        assert_eq!(errors.len(), 8, "{errors:?}");
        assert_eq!(errors[0].pointer, "/empty");
    }
}
