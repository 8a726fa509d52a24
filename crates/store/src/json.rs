//! JSON columns: our own types as text.

/// A value as the text of a JSON column.
pub fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("our own types are JSON")
}

/// The value in a column. If a part of it can't be read, because another version of the program wrote it, only that
/// part becomes the type's default: one unreadable field must not lose the rest.
pub(crate) fn read<T: serde::de::DeserializeOwned + serde::Serialize + Default>(text: &str) -> T {
    match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            // Only the place is logged, not the value: the text may be a customer's.
            let (kind, place) = (std::any::type_name::<T>(), error.column());
            tracing::error!(kind, place, "a stored value can't be read as a whole; its readable fields are used");
            readable_fields(text)
        }
    }
}

fn readable_fields<T: serde::de::DeserializeOwned + serde::Serialize + Default>(text: &str) -> T {
    use serde_json::Value::Object;
    let (Ok(Object(stored)), Ok(Object(mut good))) =
        (serde_json::from_str(text), serde_json::to_value(T::default()))
    else {
        return T::default();
    };
    for (key, value) in stored {
        let before = good.insert(key.clone(), value);
        if serde_json::from_value::<T>(Object(good.clone())).is_err() {
            good.remove(&key);
            good.extend(before.map(|before| (key, before)));
        }
    }
    serde_json::from_value(Object(good)).unwrap_or_default()
}

/// The name that serde writes for a variant without fields.
pub(crate) fn name(value: &impl serde::Serialize) -> String {
    json(value).trim_matches('"').to_owned()
}

/// Parses such a name; None if the type has no variant of that name.
pub(crate) fn word<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use domain::conversation::ConversationData;
    use domain::turn::Templates;

    use super::*;

    #[test]
    fn a_text_that_a_gateway_does_not_have_yet_leaves_the_others_as_they_were() {
        let stored = r#"{"agent_name":"Crew","joined":"Hi","left":"","closed":"Bye","from_the_future":1}"#;
        let read: Templates = read(stored);
        assert_eq!((&*read.agent_name, &*read.joined, &*read.left, &*read.closed), ("Crew", "Hi", "", "Bye"));
        assert_eq!(read.waiting_again, Templates::default().waiting_again);
    }

    #[test]
    fn a_part_that_cannot_be_read_takes_nothing_else_with_it() {
        let stored =
            r#"{"first_text":"Hello","offer":{"agent":1},"run":7,"answer_due_since":5,"accepted_at":"x"}"#;
        let read: ConversationData = read(stored);
        let expected = ConversationData {
            first_text: Some("Hello".into()),
            answer_due_since: Some(domain::time::Micros(5)),
            ..ConversationData::default()
        };
        assert_eq!(read, expected);
        assert_eq!(super::read::<Vec<String>>("{"), Vec::<String>::new());
    }
}
