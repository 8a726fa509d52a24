//! JSON the way Meta writes it: pure ASCII, `\uXXXX` in lowercase with surrogate pairs, and `\/` (§2.2).

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};

/// Serialises `value` as ASCII-escaped JSON.
pub fn to_bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    let mut serializer = Serializer::with_formatter(&mut bytes, Escaping);
    value.serialize(&mut serializer).expect("a JSON value serialises into memory");
    bytes
}

struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for character in fragment.chars() {
            if character == '/' {
                writer.write_all(b"\\/")?;
            } else if character.is_ascii() {
                writer.write_all(&[character as u8])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn escapes_like_meta() {
        let value = json!({"text": "ä/😀\n\"Й\""});
        let bytes = to_bytes(&value);
        assert_eq!(String::from_utf8_lossy(&bytes), r#"{"text":"\u00e4\/\ud83d\ude00\n\"\u0419\""}"#);
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
    }
}
