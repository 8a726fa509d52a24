//! A webhook body as JSON, for any channel: which channel it belongs to, what cannot be read at all, and two things
//! that serde rejects and other parsers accept.

use std::fmt;

use domain::not_applied::NotApplied;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;

use super::lenient::Text;

/// The body as a whole cannot be read: it is stored as a failed delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// The bytes are not UTF-8, from this position on.
    NotUtf8(usize),
    /// The text is not JSON. serde's own messages can quote the body, so only kind and position are kept.
    NotJson {
        /// What is wrong.
        kind: Category,
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// JSON, but of another kind.
    NotAnObject,
}

impl From<&serde_json::Error> for Unreadable {
    fn from(error: &serde_json::Error) -> Self {
        Unreadable::NotJson { kind: error.classify(), line: error.line(), column: error.column() }
    }
}

impl From<Unreadable> for NotApplied {
    fn from(unreadable: Unreadable) -> Self {
        let number = |place: usize| i64::try_from(place).unwrap_or(i64::MAX);
        match unreadable {
            Unreadable::NotUtf8(byte) => NotApplied::NotUtf8 { byte: number(byte) },
            Unreadable::NotAnObject => NotApplied::NotAnObject {},
            Unreadable::NotJson { kind, line, column } => {
                let (line, column) = (number(line), number(column));
                match kind {
                    Category::Eof => NotApplied::EndsEarly { line, column },
                    Category::Syntax => NotApplied::SyntaxBroken { line, column },
                    Category::Data | Category::Io => NotApplied::ValueWrong { line, column },
                }
            }
        }
    }
}

/// Reads a body with `parse`, which must accept every JSON object that serde accepts.
pub(crate) fn read<R>(body: &[u8], parse: impl Fn(&str) -> Result<R, serde_json::Error>) -> Result<R, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|e| Unreadable::NotUtf8(e.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_object = text.trim_start().starts_with('{');
    let broken = match is_object.then(|| parse(text)) {
        Some(Ok(read)) => return Ok(read),
        Some(Err(broken)) => broken,
        None => match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) => return Err(Unreadable::NotAnObject),
            Err(broken) => broken,
        },
    };
    // Two things that serde rejects and other parsers accept: half a surrogate pair in an escape (a text cut in the
    // middle of an emoji), and a key that occurs twice in an object.
    let mended = mend_surrogates(text);
    if let Some(mended) = mended.as_deref().filter(|_| is_object)
        && let Ok(read) = parse(mended)
    {
        return Ok(read);
    }
    let text = mended.as_deref().unwrap_or(text);
    let value: serde_json::Value = serde_json::from_str(text).map_err(|_| Unreadable::from(&broken))?;
    if !value.is_object() {
        return Err(Unreadable::NotAnObject);
    }
    // After rewriting, every key occurs once.
    parse(&value.to_string()).map_err(|error| Unreadable::from(&error))
}

/// The body's `object`, which identifies the channel (meta-platform.md §2.4). It is Meta's first key, so little has
/// to be read. None if it is missing, or if the body is not a JSON object.
pub(crate) fn object(body: &[u8]) -> Option<String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut found = None;
    // It stops at the key with an error, which does not matter.
    let _ = ObjectKey(&mut found).deserialize(&mut serde_json::Deserializer::from_slice(body));
    found
}

struct ObjectKey<'f>(&'f mut Option<String>);

impl<'de> DeserializeSeed<'de> for ObjectKey<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectKey<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            if key.get() == Some("object") {
                *self.0 = map.next_value::<Text<'de>>()?.own();
                return Err(A::Error::custom("found"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Replaces escapes of lone surrogates (`\ud83d` without its other half) by `\ufffd`; None when
/// there are none.
fn mend_surrogates(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let unit = |at: usize| -> Option<u16> {
        let hex = bytes.get(at..at + 6)?;
        (hex.starts_with(b"\\u")).then_some(())?;
        u16::from_str_radix(std::str::from_utf8(&hex[2..]).ok()?, 16).ok()
    };
    let mut mended: Option<String> = None;
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        at += match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                let out = mended.get_or_insert_default();
                out.push_str(&text[copied..at]);
                out.push_str("\\ufffd");
                copied = at + 6;
                6
            }
            Some(_) => 6,
            // Any other escape: skip the character after the backslash too, it may be one itself.
            None => 2,
        };
    }
    if let Some(out) = &mut mended {
        out.push_str(&text[copied..]);
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_is_found_wherever_it_stands() {
        let of = |body: &str| object(body.as_bytes());
        assert_eq!(of(r#"{"object":"instagram","entry":["#).as_deref(), Some("instagram"), "the rest is not read");
        assert_eq!(of("\u{feff}{\"entry\":[{}],\"object\":\"page\"}").as_deref(), Some("page"));
        assert_eq!(of(r#"{"obj\u0065ct":"instagram"}"#).as_deref(), Some("instagram"));
        for body in ["", "[]", "{}", r#"{"object":null}"#, r#"{"object":{}}"#, r#"{"entry":"#, "\"object\""] {
            assert_eq!(of(body), None, "{body}");
        }
    }
}
