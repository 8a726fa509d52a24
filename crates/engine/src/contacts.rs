//! Merges two contacts that are the same person. Conversations follow in the same batch, so a turn in progress is
//! stale and is played again.

use domain::time::Micros;
use store::table::contact::{self, Person};
use store::table::{erasure, message};
use store::{Batch, values};

/// What remains of two contacts: the target's fields, and the other's where the target has none.
fn joined(mut target: Person, other: &Person) -> Person {
    if target.name.is_none() {
        target.name = other.name.clone();
        target.name_given = other.name_given;
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
    let version = target.version;
    batch.must(contact::REMOVE, values![other.id, other.version]);
    batch.push(contact::MOVE_IDENTITIES, values![target.id, other.id]);
    batch.push(contact::MOVE_CONVERSATIONS, values![target.id, other.id]);
    if target.picture.is_none() && target.picture_wanted.is_none() {
        batch.push(contact::TAKE_PICTURE, values![target.id, other.picture, other.picture_wanted]);
    } else {
        for picture in [other.picture, other.picture_wanted].into_iter().flatten() {
            erasure::bury(batch, picture.0, at);
        }
    }
    write(batch, joined(target, other), version);
}

fn write(batch: &mut Batch, it: Person, version: i64) {
    let folded = message::fold(it.name.as_deref().unwrap_or_default());
    let attributes = message::json(&it.attributes);
    let named = it.name_given;
    batch.must(
        contact::UPDATE,
        values![it.id, it.name, folded, named, it.phone, it.email, it.note, attributes, version],
    );
}
