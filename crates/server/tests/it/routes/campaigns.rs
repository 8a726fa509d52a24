//! Campaigns.

mod cancel;
mod create;
mod get;
mod list;
mod pause;
mod recipients;
mod resume;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::whatsapp::{WhatsApp, change, template};

/// Numbers that no one else has: `+4915100001`, …
pub(crate) fn numbers(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("+4915100{n:03}")).collect()
}

/// A campaign with these recipients, of a template about an order.
pub(crate) fn new(numbers: &[String]) -> Value {
    let recipients: Vec<_> =
        numbers.iter().map(|to| json!({ "to": to, "variables": { "1": format!("owner of {to}") } })).collect();
    json!({ "name": "Autumn", "channel": "whatsapp", "account_id": "700", "consent": true, "per_minute": 4_800,
        "template": { "name": "order_ready", "language": "en_US", "variables": { "header.1": "77" } },
        "recipients": recipients })
}

impl WhatsApp {
    /// Deskbell knows a template about an order and one that advertises.
    pub async fn knows_two(&self) {
        self.knows(&[template("order_ready", "APPROVED", "UTILITY"), template("sale", "APPROVED", "MARKETING")])
            .await;
    }

    /// Begins a campaign; its id.
    pub async fn begins(&self, new: Value) -> String {
        let begun = self.it.post(&self.it.admin, "/campaigns", new).await;
        begun["id"].as_str().unwrap().to_owned()
    }

    /// The report of a campaign.
    pub async fn report(&self, id: &str) -> Value {
        self.it.get(&self.it.admin, &format!("/campaigns/{id}")).await
    }

    /// The report once the campaign is in a state.
    pub async fn campaign_is(&self, id: &str, state: &str) -> Value {
        self.it
            .until(&format!("the campaign to be {state}"), async || {
                let report = self.report(id).await;
                (report["state"] == state).then_some(report)
            })
            .await
    }

    /// Does something with a campaign.
    pub async fn does(&self, id: &str, verb: &str) -> (StatusCode, Value) {
        self.it.call(&self.it.admin, Method::POST, &format!("/campaigns/{id}/{verb}"), Some(json!({}))).await
    }

    /// Meta reports a change of the number's quality, and Deskbell knows it.
    pub async fn quality(&self, event: &str, known: &str) {
        let value = json!({ "display_phone_number": "+1 555 0001", "event": event });
        self.deliver(&change("phone_number_quality_update", &value)).await;
        let gateway = self.gateway.parse().unwrap();
        self.it
            .until("the quality to be known", async || {
                let directory = self.it.app().directory();
                let quality = directory.account(gateway, "700")?.details.quality.clone();
                (quality.as_deref() == Some(known)).then_some(())
            })
            .await;
    }

    /// The recipients of the messages sent to Meta, in order.
    pub fn written(&self) -> Vec<String> {
        self.meta.sent().iter().filter_map(|it| it["to"].as_str().map(str::to_owned)).collect()
    }

    /// Those once there are at least this many.
    pub async fn wrote(&self, count: usize) -> Vec<String> {
        self.it
            .until("the messages at Meta", async || Some(self.written()).filter(|written| written.len() >= count))
            .await
    }
}
