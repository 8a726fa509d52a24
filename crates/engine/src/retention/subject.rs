//! One customer's part of a delivery: found by their id, removed when they are erased, or copied for their export.

use serde_json::Value;
use store::table::erasure::Subject;

/// Whether the bytes contain one of the customers' ids. Ids are digits, which JSON never escapes.
pub fn names(body: &[u8], subjects: &[Subject]) -> bool {
    subjects.iter().any(|subject| {
        let id = subject.address.user.as_bytes();
        !id.is_empty() && body.windows(id.len()).any(|window| window == id)
    })
}

/// The lists of an entry that contain events.
const LISTS: [&str; 3] = ["messaging", "standby", "changes"];

/// A body without the customers' items. A body that cannot be read, or still contains their ids, is emptied.
pub fn without(body: &[u8], subjects: &[Subject]) -> Vec<u8> {
    let emptied = || br#"{"entry":[],"erased":true}"#.to_vec();
    let Ok(mut whole) = serde_json::from_slice::<Value>(body) else { return emptied() };
    let Some(entries) = whole.get_mut("entry").and_then(Value::as_array_mut) else { return emptied() };
    for entry in entries.iter_mut() {
        for list in LISTS {
            if let Some(items) = entry.get_mut(list).and_then(Value::as_array_mut) {
                items.retain(|item| !speaks_of(item, subjects));
            }
        }
    }
    entries.retain(|entry| {
        let lists = LISTS.iter().filter_map(|list| entry.get(list)?.as_array());
        lists.fold(None, |any, list| Some(any.unwrap_or(false) || !list.is_empty())) != Some(false)
    });
    let text = whole.to_string().into_bytes();
    if names(&text, subjects) { emptied() } else { text }
}

/// Only the customers' items of a body; an unreadable body is returned as text.
pub fn only(body: &[u8], subjects: &[Subject]) -> Vec<Value> {
    let Ok(whole) = serde_json::from_slice::<Value>(body) else {
        return vec![Value::String(String::from_utf8_lossy(body).into_owned())];
    };
    let entries = whole.get("entry").and_then(Value::as_array).cloned().unwrap_or_default();
    let lists = entries.into_iter().flat_map(|entry| {
        LISTS.iter().filter_map(|list| entry.get(list)?.as_array().cloned()).flatten().collect::<Vec<_>>()
    });
    lists.filter(|item| speaks_of(item, subjects)).collect()
}

/// Whether a value contains one of the ids anywhere, as text, as a number or as a part of a longer text.
fn speaks_of(value: &Value, subjects: &[Subject]) -> bool {
    match value {
        Value::String(text) => subjects.iter().any(|subject| text.contains(&subject.address.user)),
        Value::Number(number) => subjects.iter().any(|subject| number.to_string() == subject.address.user),
        Value::Array(items) => items.iter().any(|item| speaks_of(item, subjects)),
        Value::Object(fields) => fields.iter().any(|(key, item)| {
            subjects.iter().any(|subject| key.contains(&subject.address.user)) || speaks_of(item, subjects)
        }),
        Value::Null | Value::Bool(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use domain::channel::{Account, Address};

    use super::*;

    fn subject(external: &str) -> Vec<Subject> {
        vec![Subject { gateway: 1, address: Address::new(Account::page("200"), external) }]
    }

    const TWO: &[u8] = br#"{"object":"page","entry":[{"id":"200","messaging":[
        {"sender":{"id":"777001"},"recipient":{"id":"200"},"message":{"mid":"m_a","text":"mine"}},
        {"sender":{"id":"888002"},"recipient":{"id":"200"},"message":{"mid":"m_b","text":"theirs"}}]},
        {"id":"200","messaging":[{"sender":{"id":"200"},"recipient":{"id":"777001"},"message":{"is_echo":true,"text":"to me"}}]}]}"#;

    #[test]
    fn one_customer_leaves_a_delivery_and_the_other_stays() {
        let left = String::from_utf8(without(TWO, &subject("777001"))).unwrap();
        assert!(!left.contains("777001") && !left.contains("mine") && !left.contains("to me"), "{left}");
        assert!(left.contains("theirs") && left.contains("888002"), "{left}");
        assert_eq!(only(TWO, &subject("777001")).len(), 2);
        assert!(!names(TWO, &subject("999003")));
    }

    #[test]
    fn what_cannot_be_read_is_emptied() {
        for body in [
            &b"{\"entry\":[{\"messaging\":[{\"sender\":{\"id\":\"777001\""[..],
            b"777001",
            b"{\"other\":\"777001\"}",
        ] {
            let left = without(body, &subject("777001"));
            assert_eq!(left, br#"{"entry":[],"erased":true}"#, "{}", String::from_utf8_lossy(body));
        }
    }
}
