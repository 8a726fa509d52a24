//! Merges two contacts that are the same person. Conversations follow in the same batch, so a turn in progress is
//! stale and is played again.

use domain::time::Micros;
use store::Batch;
use store::table::contact::{self, Person};

/// What remains of two contacts: the target's fields, and the other's where the target has none.
fn joined(mut target: Person, other: &Person) -> Person {
    if target.name.is_none() {
        target.name = other.name.clone();
        target.name_is_custom = other.name_is_custom;
    }
    target.phone = target.phone.or_else(|| other.phone.clone());
    target.email = target.email.or_else(|| other.email.clone());
    target.note = target.note.or_else(|| other.note.clone());
    for (key, value) in &other.attributes {
        target.attributes.entry(key.clone()).or_insert_with(|| value.clone());
    }
    target
}

/// One contact becomes part of another, with all that is theirs; a conflict if either changed since it was read.
pub fn fold_into(batch: &mut Batch, target: Person, other: &Person, at: Micros) {
    contact::merge(batch, &joined(target, other), other, at);
}
