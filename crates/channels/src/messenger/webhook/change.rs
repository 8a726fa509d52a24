//! `changes`: what happens on the Page itself, besides its messages (meta-platform.md §2.6), and the samples of the
//! dashboard's Test button (§2.3).

use domain::inbound::{Comment, InboundEvent, Verb};
use domain::not_applied::NotApplied;
use domain::time::Micros;
use serde::Deserialize;
use serde_json::Value;

use crate::meta::lenient::Number;
use crate::meta::messaging::rare::text;
use crate::meta::messaging::shown;
use crate::meta::messaging::wire::Change;

/// Reads a change of the page with the id `page`.
pub(super) fn read(page: &str, change: &Change) -> InboundEvent {
    let field = change.field.get().unwrap_or("?");
    let value = &change.value;
    if value.get("sender").is_some_and(Value::is_object) || value.get("recipient").is_some_and(Value::is_object) {
        return NotApplied::TestSample { field: shown(field).into() }.into();
    }
    match field {
        "feed" => feed(page, value),
        "inbox_labels" => NotApplied::MetaLabel {}.into(),
        other => NotApplied::PageChange { field: shown(other).into() }.into(),
    }
}

fn feed(page: &str, value: &Value) -> InboundEvent {
    let item = text(value, "item").unwrap_or_default();
    let is_post = match item.as_str() {
        "comment" => false,
        "post" | "status" | "photo" | "video" | "share" => true,
        other => return NotApplied::PostChange { item: shown(other).into() }.into(),
    };
    let from = value.get("from").and_then(|from| Some((text(from, "id")?, text(from, "name"))));
    if from.as_ref().is_some_and(|(id, _)| id == page) {
        return NotApplied::OwnPost {}.into();
    }
    let verb = match text(value, "verb").as_deref() {
        Some("add") => Verb::Added,
        Some("edit" | "edited") => Verb::Edited,
        Some("remove" | "delete") => Verb::Removed,
        Some("hide") => Verb::Hidden,
        Some("unhide") => Verb::Shown,
        _ => return NotApplied::PostVerbUnknown {}.into(),
    };
    let post = text(value, "post_id");
    let id = if is_post { post.clone() } else { text(value, "comment_id") };
    let Some(id) = id else { return NotApplied::PostWithoutId {}.into() };
    let written = value.get("created_time").and_then(|time| Number::deserialize(time).ok()?.0);
    let link = value.get("post").and_then(|post| text(post, "permalink_url"));
    InboundEvent::Commented(Comment {
        verb,
        id,
        is_post,
        post,
        parent: text(value, "parent_id"),
        from,
        text: text(value, "message"),
        link: link.or_else(|| text(value, "permalink_url")),
        // Seconds, unlike the times of messages (§2.4).
        written_at: written.filter(|time| *time > 0).map(|time| Micros::from_millis(time.saturating_mul(1000))),
    })
}
