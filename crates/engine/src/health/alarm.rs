//! Alarms: a finding that appears is announced once, and once more when it is gone. Both are events on the bus,
//! committed with the row that makes sure they happen once. Outgoing webhooks and screens read them there.

use std::collections::HashSet;

use domain::id::GatewayId;
use serde_json::{Value, json};
use store::table::event::{self, Event};
use store::table::{health, message};
use store::{Batch, CommitError};

use super::finding::Finding;
use super::report;
use crate::directory::GatewayEntry;
use crate::engine::Engine;

/// Compares what is wrong with a gateway now with the alarms that are out.
pub async fn settle(app: &Engine, id: GatewayId) {
    let Some(known) = app.directory().gateways.get(&id).cloned() else { return };
    match compare(app, &known).await {
        // Another node was quicker and announced the same.
        Ok(()) | Err(CommitError::Conflict | CommitError::Duplicate) => {}
        Err(error) => {
            tracing::warn!(gateway = %id, %error, "alarms could not be written down; they come with the next look")
        }
    }
}

async fn compare(app: &Engine, known: &GatewayEntry) -> Result<(), CommitError> {
    let (id, at) = (known.row.id, app.clock.now());
    let (health, alarms) = report::with_alarms(app, known).await?;
    let mut out: HashSet<String> = alarms.iter().map(|alarm| alarm.key.clone()).collect();
    let mut there: HashSet<String> = HashSet::new();
    let mut batch = Batch::new();
    for finding in health.findings.iter().filter(|finding| finding.alarms()) {
        let key = finding.key();
        there.insert(key.clone());
        if out.insert(key.clone()) {
            health::raise(&mut batch, id, &key, &message::json(finding), at);
            let told = told(known, finding);
            event::add(&mut batch, &Event::Alarm(id, told.to_string()), at);
            tracing::warn!(gateway = %id, code = finding.code, page = finding.page_id, "an alarm");
        }
    }
    for gone in alarms.iter().filter(|alarm| !there.contains(&alarm.key)) {
        health::clear(&mut batch, id, &gone.key);
        let finding: Finding = serde_json::from_str(&gone.finding)
            .unwrap_or_else(|_| Finding::warning(gone.key.split(':').next().unwrap_or_default(), ""));
        let told = told(known, &finding);
        event::add(&mut batch, &Event::AlarmCleared(id, told.to_string()), at);
        tracing::info!(gateway = %id, code = finding.code, page = finding.page_id, "an alarm is over");
    }
    if batch.is_empty() {
        return Ok(());
    }
    event::gateway_changed(&mut batch, id, at);
    app.store.commit(batch).await.map(|_| ())
}

/// A finding in the shape that alarms have.
fn told(known: &GatewayEntry, finding: &Finding) -> Value {
    json!({
        "gateway_id": known.row.id.to_string(), "gateway": known.row.name, "code": finding.code,
        "severity": finding.severity, "page_id": finding.page_id, "message": finding.message,
    })
}
