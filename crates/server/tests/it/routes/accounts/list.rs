//! `GET /accounts`: by what agents can begin conversations.

use domain::id::GatewayId;
use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::table::account;
use store::{Batch, Signal};

use crate::whatsapp::{WhatsApp, on_both_engines};

on_both_engines! {
    agents_see_what_sends_templates => agents_see_what_sends_templates_on_sqlite, agents_see_what_sends_templates_on_postgres;
}

async fn agents_see_what_sends_templates(it: WhatsApp) {
    let ben = it.it.user("Ben Agent", Role::Agent).await;
    let known = async || it.it.get(&ben, "/accounts").await["items"].as_array().unwrap().clone();
    // The gateway has Pages too: on Messenger customers write first.
    let number = json!({ "id": "700", "channel": "whatsapp", "gateway_id": it.gateway, "name": "The Shop",
        "phone": "+1 555 0001", "picture_url": Value::Null });
    assert_eq!(known().await, [number]);

    let mut batch = Batch::new();
    account::set_subscribed(&mut batch, GatewayId(it.gateway.parse().unwrap()), "700", false, None);
    batch.notify(Signal::Config);
    it.it.store.commit(batch).await.unwrap();
    it.it.until("a number that is switched off is gone", async || known().await.is_empty().then_some(())).await;

    let (status, _) = it.it.call("dbk_none", Method::GET, "/accounts", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    it.it.stop().await;
}
