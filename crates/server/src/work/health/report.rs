//! What is wrong with a gateway, who can mend it, and how: from the store, and from the last time Meta was asked.

use domain::id::GatewayId;
use domain::time::{DAY, Micros};
use serde::{Deserialize, Serialize};
use store::table::page::{self, Access, Page};
use store::table::{gateway, setting};
use store::values;
use utoipa::ToSchema;

use crate::app::App;
use crate::clock::{now, rfc3339};
use crate::directory::KnownGateway;

/// Meta's versions and the day on which each ends (meta-platform.md §10).
const VERSIONS: [(&str, &str); 7] = [
    ("v19.0", "2026-05-21"),
    ("v20.0", "2026-09-24"),
    ("v21.0", "2027-01-21"),
    ("v22.0", "2027-05-20"),
    ("v23.0", "2027-10-08"),
    ("v24.0", "2028-02-18"),
    ("v25.0", "2028-07-29"),
];
/// So long before its end a version is spoken of.
const WARNING: i64 = 90 * DAY;

/// A pause beyond this is no mere queue at Meta's door.
const LONG_PAUSE: i64 = 5 * domain::time::MINUTE;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work.
    Error,
    /// Something will not, or may not.
    Warning,
}

/// What mends a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Action {
    /// The words on its button.
    pub label: String,
    /// `reconnect`, `resubscribe`, `edit` or `check`.
    pub kind: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// Which kind of thing.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The page that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_id: Option<String>,
    /// What is wrong, and who can mend it.
    pub message: String,
    /// What mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
}

impl Finding {
    /// Something that does not work.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), severity: Severity::Error, page_id: None, message: message.into(), action: None }
    }

    /// Something that may not work.
    pub fn warning(code: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// About one page.
    #[must_use]
    pub fn of(mut self, page: &str) -> Self {
        self.page_id = Some(page.to_owned());
        self
    }

    /// With what mends it.
    #[must_use]
    pub fn mended_by(mut self, kind: &str, label: &str) -> Self {
        self.action = Some(Action { label: label.into(), kind: kind.into() });
        self
    }
}

/// What was found when Meta was asked last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LastCheck {
    /// When.
    pub at: Micros,
    /// What.
    pub findings: Vec<Finding>,
}

/// The key of the setting that keeps it.
pub(super) fn key(gateway: GatewayId) -> String {
    format!("health:{gateway}")
}

/// What was found when Meta was asked last; None if it never was.
pub async fn last_check(app: &App, gateway: GatewayId) -> Option<LastCheck> {
    let text = setting::get(&app.store, &key(gateway)).await.ok()??;
    serde_json::from_str(&text).ok()
}

/// A page in the report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageHealth {
    /// Meta's Page id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether nothing is wrong with it.
    pub ok: bool,
}

/// How a gateway is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Health {
    /// Whether everything works.
    pub ok: bool,
    /// When Meta was asked last.
    pub checked_at: Option<String>,
    /// Deliveries with a wrong signature so far.
    pub signature_failures: i64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The pages.
    pub pages: Vec<PageHealth>,
}

/// The report on a gateway.
pub async fn of(app: &App, known: &KnownGateway) -> Result<Health, store::Error> {
    let id = known.row.id;
    let mut answers = app
        .store
        .ask(vec![
            (gateway::BY_ID, values![id]),
            (page::OF_GATEWAY, values![id, "", "", 1_000_i64]),
            (page::ACCESS, values![id]),
        ])
        .await?
        .into_iter();
    let mut rows = || answers.next().unwrap_or_default();
    let row = rows().first().map(gateway::from_row).unwrap_or_else(|| known.row.clone());
    let pages: Vec<Page> = rows().iter().map(page::from_row).collect();
    let ways: Vec<Access> = rows().iter().map(page::access).collect();
    let last = last_check(app, id).await;
    let failures = row.signature_failures + app.forged.waiting(id);

    let mut findings = Vec::new();
    let known = KnownGateway { row, secret: known.secret.clone() };
    app_findings(app, &known, failures, &mut findings);
    page_findings(&known, &pages, &ways, &mut findings);
    // What Meta said about pages holds while they are switched on.
    let on = |page: &str| pages.iter().any(|known| known.page == page && known.subscribed);
    let told = last.iter().flat_map(|last| &last.findings);
    findings.extend(told.filter(|told| told.page_id.as_deref().is_none_or(on)).cloned());

    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    let pages = pages.into_iter().map(|page| {
        let ok = !findings.iter().filter(is_error).any(|it| it.page_id.as_ref() == Some(&page.page));
        PageHealth { ok, id: page.page, name: page.name }
    });
    Ok(Health {
        pages: pages.collect(),
        ok: !findings.iter().any(|finding| is_error(&finding)),
        checked_at: last.map(|last| rfc3339(last.at)),
        signature_failures: failures,
        findings,
    })
}

fn app_findings(app: &App, known: &KnownGateway, failures: i64, findings: &mut Vec<Finding>) {
    let row = &known.row;
    let edit = |finding: Finding| finding.mended_by("edit", "Open the Meta tab");
    if known.secret.is_none() {
        findings.push(edit(Finding::error(
            "secret_lost",
            "The App Secret was encrypted with another key than the one of this installation: an administrator types it \
             again, or gives the old key back (DESKBELL_SECRET_KEY).",
        )));
    } else if row.secret_state == "refused" {
        findings.push(edit(Finding::error(
            "secret_refused",
            "Meta does not accept the App Secret: an administrator copies it anew from App settings, Basic.",
        )));
    } else if row.secret_state == "unchecked" {
        let message = "The App Secret was saved, but Meta could not be reached to check it.";
        findings.push(Finding::warning("secret_unchecked", message).mended_by("check", "Check now"));
    }
    if !row.enabled {
        let message = "The gateway is switched off: what Meta delivers is kept, but not answered.";
        findings.push(edit(Finding::warning("disabled", message)));
    }
    if !app.config.is_https() {
        findings.push(Finding::warning(
            "public_url_insecure",
            format!(
                "The public URL is {}, but Meta calls https addresses only: whoever runs this installation sets \
                 DESKBELL_PUBLIC_URL to an https address.",
                app.config.public_url
            ),
        ));
    }
    if failures > 0 {
        findings.push(edit(Finding::warning(
            "signature_failures",
            format!(
                "{failures} deliveries came with a wrong or missing signature. If no messages arrive, the App Secret is not \
                 the one of this app; else somebody else found the address, and nothing needs to be done."
            ),
        )));
    }
    if let Some(finding) = version_finding(&row.api_version, now()) {
        findings.push(edit(finding));
    }
    if let Some((percent, _)) = app.graph.fullness(row.id).filter(|(percent, at)| {
        *percent >= channels::meta::limits::SLOW_DOWN_PERCENT && now().since(*at) < domain::time::HOUR
    }) {
        findings.push(Finding::warning(
            "rate_limit",
            format!("{percent} % of Meta's call limit is used up: at 100 % messages wait. It passes by itself."),
        ));
    }
}

fn version_finding(version: &str, at: Micros) -> Option<Finding> {
    let (_, end) = VERSIONS.iter().find(|(known, _)| *known == version)?;
    let day = |at: Micros| rfc3339(at).chars().take(10).collect::<String>();
    if *end <= day(at).as_str() {
        let message =
            format!("Meta ended the API version {version} on {end}: choose a newer one in the Meta tab.");
        return Some(Finding::error("version_ended", message));
    }
    (*end <= day(at.plus(WARNING)).as_str()).then(|| {
        let message = format!("Meta ends the API version {version} on {end}: choose a newer one in the Meta tab.");
        Finding::warning("version_ends", message)
    })
}

fn page_findings(known: &KnownGateway, pages: &[Page], ways: &[Access], findings: &mut Vec<Finding>) {
    let reconnect = |finding: Finding| finding.mended_by("reconnect", "Reconnect");
    if pages.is_empty() {
        let message = "No Facebook Page is connected: an administrator presses Add or remove pages.";
        findings.push(Finding::warning("no_page", message).mended_by("reconnect", "Add pages"));
    } else if !pages.iter().any(|page| page.subscribed) {
        let message = "Message retrieval is switched on for no Page: an administrator switches it on where Deskbell shall answer.";
        findings.push(Finding::warning("no_page_subscribed", message));
    }
    for page in pages {
        let alive = ways.iter().any(|way| way.page == page.page && way.alive && !way.token.is_empty());
        let severity = if page.subscribed { Severity::Error } else { Severity::Warning };
        let mut push = |code: &str, message: String| {
            let finding = Finding { severity, ..Finding::error(code, message) };
            findings.push(reconnect(finding.of(&page.page)));
        };
        if let Some(problem) = &page.problem {
            push("page_unusable", format!("{}: {problem}", page.name));
        } else if !alive {
            let why = page.trouble.clone().unwrap_or_else(|| {
                "No connected account reaches this Page any more: messages wait until an administrator reconnects it.".into()
            });
            push("token_dead", format!("{}: {why}", page.name));
        } else if let Some(trouble) = &page.trouble {
            push("page_trouble", format!("{}: {trouble}", page.name));
        }
        findings.extend(paused(page, now()));
        if page.subscribed && known.row.enabled && page.last_event_at.is_none() {
            let message = format!(
                "{}: nothing has arrived yet. Write to the Page; if nothing comes, check that the app is live.",
                page.name
            );
            findings.push(Finding::warning("no_event", message).of(&page.page));
        }
    }
}

/// Meta wants nothing sent for a page; it passes by itself, or somebody at Meta must lift it.
fn paused(page: &Page, at: Micros) -> Option<Finding> {
    let (until, why) = (page.paused_until?, page.pause_reason.as_deref().unwrap_or_default());
    let when =
        if until > at { format!("until {}", rfc3339(until)) } else { "until the next message is taken".into() };
    let message = format!("{}: nothing is sent for this Page {when}; what is written waits. {why}", page.name);
    let finding = if until.since(at) > LONG_PAUSE || page.pauses > 2 {
        Finding::error("sending_paused", message)
    } else {
        Finding::warning("sending_paused", message)
    };
    Some(finding.of(&page.page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_spoken_of_before_they_end() {
        // 2026-11-22.
        let at = Micros(1_795_305_600_000_000);
        let code = |version| version_finding(version, at).map(|finding| finding.code);
        assert_eq!(code("v26.0"), None);
        assert_eq!(code("v25.0"), None);
        assert_eq!(code("v21.0").as_deref(), Some("version_ends"));
        assert_eq!(code("v20.0").as_deref(), Some("version_ended"));
    }

    #[test]
    fn findings_survive_being_stored() {
        let finding = Finding::warning("a", "b").of("1").mended_by("edit", "Edit");
        let last = LastCheck { at: Micros(5), findings: vec![finding] };
        let text = serde_json::to_string(&last).unwrap();
        assert!(text.contains("\"severity\":\"warning\""), "{text}");
        assert_eq!(serde_json::from_str::<LastCheck>(&text).unwrap(), last);
    }
}
