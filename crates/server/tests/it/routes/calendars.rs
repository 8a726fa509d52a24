//! Routes of `/calendars`.

mod create;
mod delete;
mod get;
mod list;
mod open;
mod update;

use serde_json::{Value, json};

/// Workdays from 9 to 6 in Kyiv, but not at Christmas.
fn office() -> Value {
    json!({
        "name": "Office",
        "time_zone": "Europe/Kyiv",
        "hours": [{ "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00" }],
        "exceptions": [{ "date": "2026-12-25", "from": null, "to": null, "name": "Christmas" }],
    })
}
