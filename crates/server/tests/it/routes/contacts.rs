//! Routes of `/contacts`.

use serde_json::{Value, json};

use crate::app::TestApp;

mod conversations;
mod delete;
mod erasure;
mod export;
mod get;
pub mod import;
mod list;
mod merge;
mod refresh;
mod split;
mod update;

/// The contacts of two customers who wrote to a Page connected for this.
async fn two_contacts(it: &TestApp) -> Value {
    it.connected().await;
    for customer in ["olena", "ahmed"] {
        it.writes(customer, json!({ "text": format!("I am {customer}") })).await;
    }
    it.until("both contacts", async || {
        let list = it.get(&it.admin, "/contacts").await;
        (list["items"].as_array()?.len() == 2).then(|| list["items"].clone())
    })
    .await
}
