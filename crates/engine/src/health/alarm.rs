//! Alarms: a finding that appears is announced once, and once more when it disappears. Both are events on the bus,
//! committed with the row that ensures they happen only once. Outgoing webhooks and screens read them there.

use std::collections::HashSet;

use domain::id::GatewayId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::event::{self, Event};
use store::table::{health, message};
use store::{Batch, CommitError};

use super::finding::Finding;
use super::report::{self, Report};
use crate::directory::GatewayEntry;
use crate::engine::Engine;

/// Compares the current findings of a gateway with the active alarms.
pub async fn update(app: &Engine, id: GatewayId) {
    let Some(known) = app.directory().gateways.get(&id).cloned() else { return };
    match compare(app, &known).await {
        // Another process was faster and announced the same.
        Ok(()) | Err(CommitError::Conflict | CommitError::Duplicate) => {}
        Err(error) => {
            tracing::warn!(gateway = %id, %error, "alarms could not be written down; they come with the next look")
        }
    }
}

async fn compare(app: &Engine, known: &GatewayEntry) -> Result<(), CommitError> {
    let (id, at) = (known.row.id, app.clock.now());
    let Report { findings, alarms, .. } = report::with_alarms(app, known).await?;
    let mut out: HashSet<String> = alarms.iter().map(|alarm| alarm.key.clone()).collect();
    let mut there: HashSet<String> = HashSet::new();
    let mut batch = Batch::new();
    for finding in findings.iter().filter(|finding| finding.alarms()) {
        let key = finding.key();
        there.insert(key.clone());
        if out.insert(key.clone()) {
            health::raise(&mut batch, id, &key, &message::json(finding), at);
            event::add(&mut batch, &Event::Alarm(id, stored(known, finding)), at);
            tracing::warn!(gateway = %id, code = finding.code(), page = finding.account_id, "an alarm");
        }
    }
    for gone in alarms.iter().filter(|alarm| !there.contains(&alarm.key)) {
        health::clear(&mut batch, id, &gone.key);
        // An alarm that another version wrote in another format ends without an event.
        if let Ok(finding) = serde_json::from_str::<Finding>(&gone.finding) {
            event::add(&mut batch, &Event::AlarmCleared(id, stored(known, &finding)), at);
        }
        tracing::info!(gateway = %id, key = gone.key, "an alarm is over");
    }
    if batch.is_empty() {
        return Ok(());
    }
    event::gateway_changed(&mut batch, id, at);
    app.store.commit(batch).await.map(|_| ())
}

/// The content of an alarm's event.
#[derive(Serialize, Deserialize)]
struct Announcement {
    gateway_id: GatewayId,
    /// The gateway's name at that time.
    gateway: String,
    finding: Finding,
}

fn stored(known: &GatewayEntry, finding: &Finding) -> String {
    let (gateway_id, gateway) = (known.row.id, known.row.name.clone());
    message::json(&Announcement { gateway_id, gateway, finding: finding.clone() })
}

/// An alarm in the form of outgoing webhooks, from the detail of its event.
pub fn shown(detail: &str) -> Option<Value> {
    let Announcement { gateway_id, gateway, finding } = serde_json::from_str(detail).ok()?;
    let view = finding.view(None);
    let mut shown = json!({
        "gateway_id": gateway_id, "gateway": gateway, "severity": view.severity, "account_id": view.account_id,
        "message": view.message,
    });
    let issue = serde_json::to_value(view.issue).ok()?;
    shown["code"] = issue["code"].clone();
    shown["args"] = issue["args"].clone();
    Some(shown)
}
