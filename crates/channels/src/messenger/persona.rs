//! The name under which an agent's messages appear (meta-platform.md §3.6).

use serde_json::json;

use crate::meta::graph::{Body, Call, Method};

/// The request that creates a persona from a name of at most [`crate::PERSONA_NAME`] characters and a picture at a public
/// address, which Meta copies. The answer is a [`crate::meta::graph::Person`] with only its id.
pub(super) fn persona(page: &str, name: &str, picture: &str) -> Call {
    Call {
        method: Method::Post,
        path: format!("{page}/personas"),
        query: Vec::new(),
        body: Body::Json(json!({ "name": name, "profile_picture_url": picture }).to_string()),
        permission: Some("pages_messaging"),
        endpoint: "POST /{page-id}/personas",
    }
}
