//! The webhook decoder against generated input: as a plain test with a bounded number of inputs, or guided by
//! coverage for any length of time (`cargo bolero test`, CONTRIBUTING.md).

mod corpus;

use std::sync::LazyLock;

use serde_json::{Value, json};

use self::corpus::decode;

/// Replacements for parts of a body.
static OTHERS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1.5e300),
        json!(""),
        json!("200"),
        json!("\u{202e}\u{0}\u{1f469}"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({ "id": "300" }),
        json!({ "mid": 7, "text": ["x"], "attachments": {} }),
        json!({ "item": "comment", "verb": "add", "comment_id": [], "created_time": "soon" }),
    ]
});

static CORPUS: LazyLock<Vec<(String, Value)>> = LazyLock::new(corpus::corpus);

/// What must hold for every body: each reading gives the same result, and events that happen only once have a key.
fn is_read(bytes: &[u8]) {
    let first = decode(bytes);
    assert_eq!(first, decode(bytes));
    for inbound in first.unwrap_or_default() {
        assert!(corpus::is_keyed(&inbound), "{inbound:?}");
    }
}

#[test]
fn bytes_of_any_kind() {
    bolero::check!().with_iterations(20_000).with_max_len(4_096).for_each(is_read);
}

#[test]
fn bodies_of_the_corpus_with_other_things_in_their_places() {
    let changes = bolero::generator::produce::<(u8, Vec<(u8, u8)>)>();
    bolero::check!().with_iterations(20_000).with_generator(changes).for_each(|(which, changes)| {
        let mut body = CORPUS[usize::from(*which) % CORPUS.len()].1.clone();
        for (place, other) in changes.iter().take(16) {
            corpus::mutate(&mut body, usize::from(*place), &OTHERS[usize::from(*other) % OTHERS.len()]);
        }
        is_read(body.to_string().as_bytes());
    });
}

#[test]
fn bodies_of_the_corpus_with_other_bytes_in_their_places() {
    let changes = bolero::generator::produce::<(u8, Vec<(u16, u8)>)>();
    bolero::check!().with_iterations(20_000).with_generator(changes).for_each(|(which, changes)| {
        let mut body = CORPUS[usize::from(*which) % CORPUS.len()].1.to_string().into_bytes();
        for (place, byte) in changes.iter().take(16) {
            let place = usize::from(*place) % body.len();
            body[place] = *byte;
        }
        is_read(&body);
    });
}
