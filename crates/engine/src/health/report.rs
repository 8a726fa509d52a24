//! The state of a gateway: from the store, and from the last time Meta was asked.

use domain::channel::Channel;
use domain::id::GatewayId;
use domain::time::Micros;
use serde::{Deserialize, Serialize};
use store::table::account::{Access, Account};
use store::table::activity::Activity;
use store::table::health::{self, Alarm, Fact, FailedSends, WaitingSends};
use store::table::message_template;
use store::table::setting;
use store::table::webhook::Webhook;
use utoipa::ToSchema;

use super::finding::{Finding, FindingView};
use super::{local, sends};
use crate::clock::rfc3339;
use crate::directory::GatewayEntry;
use crate::engine::Engine;

/// The result of the last check with Meta.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LastCheck {
    pub at: Micros,
    pub findings: Vec<Finding>,
}

/// The key of the setting that stores it.
pub(super) fn key(gateway: GatewayId) -> String {
    format!("health:{gateway}")
}

/// The result of the last check with Meta; None if there was none.
pub async fn last_check(app: &Engine, gateway: GatewayId) -> Option<LastCheck> {
    let text = setting::get(&app.store, &key(gateway)).await.ok()??;
    serde_json::from_str(&text).ok()
}

/// An account in the report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageHealth {
    /// Meta's id of it.
    pub id: String,
    /// Its channel.
    #[schema(value_type = String)]
    pub channel: Channel,
    /// Its name.
    pub name: String,
    /// Whether nothing is wrong with it.
    pub ok: bool,
    /// Whether its events are processed.
    pub subscribed: bool,
    /// When its last event arrived.
    pub last_event_at: Option<String>,
    /// When Deskbell last had to renew its subscription automatically.
    pub renewed_at: Option<String>,
}

/// The state of a gateway.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Health {
    /// Whether everything works.
    pub ok: bool,
    /// When Meta was last asked.
    pub checked_at: Option<String>,
    /// Deliveries with a wrong signature so far.
    pub signature_failures: i64,
    /// The number of alarms that no administrator has seen.
    pub unseen: usize,
    /// What is wrong.
    pub findings: Vec<FindingView>,
    /// The accounts of all channels.
    pub pages: Vec<PageHealth>,
}

/// What the store knows about a gateway.
#[derive(Debug)]
pub(super) struct Stored {
    pub known: GatewayEntry,
    pub pages: Vec<Account>,
    pub ways: Vec<Access>,
    pub facts: Vec<Fact>,
    pub failed: Vec<FailedSends>,
    pub waiting: Vec<WaitingSends>,
    pub alarms: Vec<Alarm>,
    pub webhooks: Vec<Webhook>,
    /// Message templates that the channel paused: the business account that they belong to, and their name.
    pub paused_templates: Vec<(String, String)>,
    pub activity: Activity,
}

impl Stored {
    async fn read(app: &Engine, known: &GatewayEntry, at: Micros) -> Result<Self, store::Error> {
        let id = known.row.id;
        let found = health::snapshot(&app.store, id, at.plus(-sends::RECENT), at).await?;
        let row = found.gateway.unwrap_or_else(|| known.row.clone());
        Ok(Self {
            known: GatewayEntry { row, ..known.clone() },
            pages: found.pages,
            ways: found.access,
            facts: found.facts,
            failed: found.failed,
            waiting: found.waiting,
            alarms: found.alarms,
            webhooks: found.webhooks,
            paused_templates: message_template::paused(&app.store, id).await?,
            activity: found.activity,
        })
    }

    /// A fact about a page, or with "" about the gateway itself.
    pub fn fact(&self, page: &str, name: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.page == page && fact.name == name)
    }

    /// Whether an account has access to a page.
    pub fn is_reached(&self, page: &str) -> bool {
        self.ways.iter().any(|way| way.account_id == page && way.is_alive())
    }
}

/// The report on a gateway.
pub async fn of(app: &Engine, known: &GatewayEntry) -> Result<Health, store::Error> {
    Ok(with_alarms(app, known).await?.health)
}

/// A finding as it is shown, with the time of its alarm.
fn shown(finding: Finding, alarms: &[Alarm]) -> FindingView {
    let key = finding.key();
    let since = alarms.iter().find(|alarm| alarm.key == key).map(|alarm| rfc3339(alarm.since));
    finding.view(since)
}

/// The report on a gateway, the findings in it, and the active alarms.
pub(super) struct Report {
    pub health: Health,
    pub findings: Vec<Finding>,
    pub alarms: Vec<Alarm>,
}

pub(super) async fn with_alarms(app: &Engine, known: &GatewayEntry) -> Result<Report, store::Error> {
    let at = app.clock.now();
    let stored = Stored::read(app, known, at).await?;
    let last = last_check(app, known.row.id).await;
    let mut findings = Vec::new();
    // What Meta reported about pages applies while they are switched on.
    let accounts = &stored.pages;
    let on = |page: &str| accounts.iter().any(|known| known.account_id == page && known.subscribed);
    let from_meta = last.iter().flat_map(|last| &last.findings);
    let from_meta: Vec<Finding> =
        from_meta.filter(|it| it.account_id.as_deref().is_none_or(on)).cloned().collect();
    local::findings(app, &stored, &from_meta, at, &mut findings);
    findings.extend(from_meta);
    for finding in &mut findings {
        let account = accounts.iter().find(|account| Some(&account.account_id) == finding.account_id.as_ref());
        finding.channel = account.map(|account| account.channel);
    }
    // Errors come before warnings.
    findings.sort_by_key(|finding| !finding.is_error());
    let pages = stored.pages.iter().map(|page| PageHealth {
        ok: !findings.iter().any(|it| it.is_error() && it.account_id.as_ref() == Some(&page.account_id)),
        id: page.account_id.clone(),
        channel: page.channel,
        name: page.name.clone(),
        subscribed: page.subscribed,
        last_event_at: stored.activity.last_event_of(known.row.id, &page.account_id).map(rfc3339),
        renewed_at: stored.fact(&page.account_id, "renewed").map(|fact| rfc3339(fact.at)),
    });
    let health = Health {
        pages: pages.collect(),
        ok: !findings.iter().any(Finding::is_error),
        checked_at: last.map(|last| rfc3339(last.at)),
        signature_failures: stored.known.row.signature_failures + app.signature_failures.waiting(known.row.id),
        unseen: stored.alarms.iter().filter(|alarm| alarm.seen_at.is_none()).count(),
        findings: findings.iter().cloned().map(|finding| shown(finding, &stored.alarms)).collect(),
    };
    Ok(Report { health, findings, alarms: stored.alarms })
}

#[cfg(test)]
mod tests {
    use super::super::finding::Issue;
    use super::*;

    #[test]
    fn findings_survive_being_stored() {
        let finding = Finding::warning(Issue::Disabled {}).of("1");
        let last = LastCheck { at: Micros(5), findings: vec![finding] };
        let text = serde_json::to_string(&last).unwrap();
        assert!(text.contains("\"severity\":\"warning\""), "{text}");
        assert_eq!(serde_json::from_str::<LastCheck>(&text).unwrap(), last);
    }
}
