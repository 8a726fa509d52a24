//! The name under which an agent's messages appear (meta-platform.md §3.6).

use serde_json::json;

use crate::meta::graph::Call;

/// The request that creates a persona from a name of at most [`crate::PERSONA_NAME`] characters and a picture at a public
/// address, which Meta copies. The answer is a [`crate::meta::graph::Person`] with only its id.
pub(super) fn persona(node: &str, name: &str, picture: &str) -> Call {
    Call::post("POST /{page-id}/personas", format!("{node}/personas"))
        .json(&json!({ "name": name, "profile_picture_url": picture }))
        .evidence("pages_messaging")
}
