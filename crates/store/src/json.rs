//! JSON columns: our own types as text.

/// A value as its column holds it.
pub fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("our own types are JSON")
}

/// The word that serde writes for a variant without fields.
pub(crate) fn name(value: &impl serde::Serialize) -> String {
    json(value).trim_matches('"').to_owned()
}

/// Reads such a word; None if the type has no variant of that name.
pub(crate) fn word<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}
