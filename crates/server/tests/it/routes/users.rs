//! Users.

use serde_json::{Value, json};

use crate::app::TestApp;

mod activate;
mod create;
mod deactivate;
mod get;
mod list;
mod sessions;
mod tokens;
mod update;

/// A new agent, as returned by `POST /users`.
async fn cora(it: &TestApp) -> Value {
    let cora =
        json!({ "email": "cora@example.org", "name": "Cora", "role": "agent", "password": "correct horse" });
    it.post(&it.admin, "/users", cora).await
}
