//! Routes of `/macros`.

mod create;
mod delete;
mod get;
mod list;
mod update;

use serde_json::{Value, json};

/// Thanks the customer, notes it down and closes.
pub fn thanks() -> Value {
    json!({
        "name": "Thanks",
        "actions": [
            { "type": "reply", "text": "Thank you, {{ contact.first_name }}! {{ agent.name }}" },
            { "type": "note", "text": "Thanked" },
            { "type": "close", "reason": "Solved" },
        ],
    })
}
