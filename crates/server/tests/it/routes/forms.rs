//! Routes of `/forms`.

mod create;
mod delete;
mod get;
mod list;
mod update;

use serde_json::{Value, json};

/// A form with a field of each kind; only the topic is required.
pub fn order_form() -> Value {
    let field = |key: &str, kind: &str, required: bool, choices: Value| json!({ "key": key, "label": key.to_uppercase(), "kind": kind, "required": required, "choices": choices });
    json!({
        "name": "Order",
        "fields": [
            field("topic", "choice", true, json!(["Refund", "Question"])),
            field("comment", "text", false, json!([])),
            field("amount", "number", false, json!([])),
            field("due", "date", false, json!([])),
            field("solved", "checkbox", false, json!([])),
        ],
    })
}
