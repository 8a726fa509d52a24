//! Routes of `/entry-points`.

mod create;
mod delete;
mod get;
mod list;
mod qr;
mod update;

use serde_json::{Value, json};

use crate::app::TestApp;

/// An entry point to the Welcome flow.
async fn made(it: &TestApp) -> Value {
    let flow = it.get(&it.admin, "/flows").await["items"][0]["id"].clone();
    it.post(
        &it.admin,
        "/entry-points",
        json!({ "name": "Spring", "ref": "spring", "code_word": "tulip", "flow_id": flow }),
    )
    .await
}

fn path(made: &Value) -> String {
    format!("/entry-points/{}", made["id"].as_str().unwrap())
}
