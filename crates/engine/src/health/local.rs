//! What is wrong with a gateway according to the store, without asking Meta.

use channels::Channels;
use channels::meta::graph;
use domain::inbound::PolicyAction;
use domain::time::{DAY, HOUR, MINUTE, Micros, SECOND};
use store::table::account::Account;
use store::table::gateway::SecretState;

use super::FILE_REFUSED;
use super::account_action;
use super::finding::{Finding, Issue, Severity};
use super::habit::Habit;
use super::report::Stored;
use super::sends;
use crate::clients::blob::room::Low;
use crate::clock::rfc3339;
use crate::engine::Engine;

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
/// How long before its end a version is reported.
const WARNING: i64 = 60 * DAY;
/// Clocks that differ by more than this break signed requests and windows.
const SKEW: i64 = 60;
/// A pause longer than this is more than a short delay at Meta.
const LONG_PAUSE: i64 = 5 * MINUTE;
/// If a Page is on for this long without any event, the app is probably not live.
const NOTHING_YET: i64 = HOUR;

/// All findings from the store, except those that Meta's last report (`from_meta`) covers better.
pub(super) fn findings(app: &Engine, stored: &Stored, from_meta: &[Finding], at: Micros, out: &mut Vec<Finding>) {
    app_findings(app, stored, at, out);
    doors(app, stored, from_meta, at, out);
    page_findings(&app.channels, stored, at, out);
    let name =
        |id: &str| stored.pages.iter().find(|page| page.account_id == id).map_or(id, |page| &page.name).to_owned();
    // What Meta paused has its own finding.
    let is_paused = |page: &str| stored.pages.iter().any(|it| it.account_id == page && it.paused_until.is_some());
    let known = |page: &str| stored.pages.iter().any(|known| known.account_id == page);
    out.extend(
        sends::failing(&stored.failed, name).into_iter().filter(|it| it.account_id.as_deref().is_some_and(known)),
    );
    out.extend(sends::waiting(&stored.waiting, at, name, |page| stored.is_reached(page) && !is_paused(page)));
    for webhook in stored.webhooks.iter().filter(|webhook| webhook.stopped.is_some()) {
        let issue = Issue::WebhookDisabled { host: host(&webhook.url) };
        out.push(Finding::warning(issue).about(webhook.id));
    }
}

/// Addresses may hold secrets in path and query: the host is enough to know which one is meant.
fn host(url: &str) -> String {
    reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// Secret, settings, clock, version, quotas.
fn app_findings(app: &Engine, stored: &Stored, at: Micros, out: &mut Vec<Finding>) {
    let row = &stored.known.row;
    if stored.known.secret.is_none() {
        out.push(Finding::error(Issue::SecretLost {}));
    } else if row.secret_state == SecretState::Refused {
        out.push(Finding::error(Issue::SecretRefused {}));
    } else if row.secret_state == SecretState::Unchecked {
        out.push(Finding::warning(Issue::SecretUnchecked {}));
    }
    if !row.enabled {
        out.push(Finding::warning(Issue::Disabled {}));
    }
    if let Some(finding) = version_finding(&row.api_version, at) {
        out.push(finding);
    } else if let Some(version) = app.graph.answers_as(&stored.known) {
        out.push(Finding::warning(Issue::VersionAnswered { version, asked: row.api_version.clone() }));
    }
    if let Some(Low { free_mb, reserve_mb }) = app.blobs.room.low() {
        out.push(Finding::error(Issue::DiskLow { free_mb, reserve_mb }));
    }
    if let Some(seconds) = app.graph.skew().filter(|skew| skew.abs() > SKEW) {
        out.push(Finding::error(Issue::ClockSkew { seconds }));
    }
    if let Some((percent, _)) = app.graph.fullness(row.id).filter(|(percent, since)| {
        *percent >= channels::meta::limits::SLOW_DOWN_PERCENT && at.since(*since) < HOUR
    }) {
        out.push(Finding::warning(Issue::RateLimit { percent }));
    }
    if let Some(denied) = stored.fact("", "login_denied")
        && row.login_ok_at.is_none_or(|ok| ok < denied.at)
        && at.since(denied.at) < 7 * DAY
    {
        out.push(Finding::warning(Issue::LoginDenied {}));
    }
    if let Some(refused) = stored.fact("", "profile_refused")
        && stored.fact("", "profile_ok").is_none_or(|ok| ok.at < refused.at)
    {
        out.push(Finding::warning(Issue::ProfilesRefused {}));
    }
}

/// Findings about incoming requests: address and signatures.
fn doors(app: &Engine, stored: &Stored, from_meta: &[Finding], at: Micros, out: &mut Vec<Finding>) {
    let row = &stored.known.row;
    let url = app.urls.webhook(&row.uri);
    if !app.config.is_https() {
        out.push(Finding::warning(Issue::PublicUrlInsecure { url: app.config.public_url.clone() }));
    }
    if let Some(proxy) = app.untrusted_proxy.seen(at) {
        out.push(Finding::warning(Issue::UntrustedProxy { proxy: proxy.to_string() }));
    }
    let meta_knows = from_meta.iter().any(|it| matches!(it.issue, Issue::PublicUrlChanged { .. }));
    if let Some(verified) = stored.fact("", "verified").filter(|it| it.word != url && !meta_knows) {
        out.push(Finding::error(Issue::PublicUrlChanged { old: verified.word.clone(), url }));
    }
    if let Some(bad) = stored.fact("", "bad_signatures").filter(|bad| at.since(bad.at) < DAY) {
        let is_alive = stored.activity.last_event(row.id).is_some_and(|last| last.plus(HOUR) > bad.at);
        let valid_too = is_alive || bad.times < 3;
        let seconds_ago = at.since(bad.at) / SECOND;
        let issue = Issue::SignatureFailures { count: bad.times, seconds_ago, valid_too };
        out.push(if valid_too { Finding::warning(issue) } else { Finding::error(issue) });
    }
}

fn version_finding(version: &str, at: Micros) -> Option<Finding> {
    let (_, end) = VERSIONS.iter().find(|(known, _)| *known == version)?;
    let day = |at: Micros| rfc3339(at).chars().take(10).collect::<String>();
    let (version, on) = (version.to_owned(), (*end).to_owned());
    if *end <= day(at).as_str() {
        return Some(Finding::error(Issue::VersionEnded { version, on }));
    }
    (*end <= day(at.plus(WARNING)).as_str()).then(|| Finding::warning(Issue::VersionEnds { version, on }))
}

fn page_findings(channels: &Channels, stored: &Stored, at: Micros, out: &mut Vec<Finding>) {
    if stored.pages.is_empty() {
        out.push(Finding::warning(Issue::NoPage {}));
    } else if !stored.pages.iter().any(|page| page.subscribed) {
        out.push(Finding::warning(Issue::NoPageSubscribed {}));
    }
    for page in &stored.pages {
        let severity = if page.subscribed { Severity::Error } else { Severity::Warning };
        let mut push = |issue| out.push(Finding { severity, ..Finding::error(issue) }.of(&page.account_id));
        let name = || page.name.clone();
        let alive = stored.is_reached(&page.account_id);
        if let Some(problem) = page.problem.clone() {
            push(Issue::PageUnusable { page: name(), problem });
        } else if !alive {
            push(Issue::TokenDead { page: name(), trouble: page.trouble.clone() });
        } else if let Some(trouble) = page.trouble.clone() {
            push(Issue::PageTrouble { page: name(), trouble });
        } else if let Some(task) = missing_task(channels, stored, page) {
            push(Issue::TaskMissing { page: name(), task: task.to_owned() });
        }
        out.extend(quality(page));
        out.extend(name_refused(page));
        out.extend(paused_templates(stored, page));
        out.extend(paused(page, at));
        out.extend(policy_finding(page, at));
        out.extend(account_action::findings(&stored.facts, page, at));
        out.extend(refused_files(stored, page, at));
        if page.subscribed && stored.known.row.enabled {
            out.extend(silence(stored, page, alive, at).map(|finding| finding.of(&page.account_id)));
        }
    }
}

/// How customers rate the messages of a number.
fn quality(page: &Account) -> Option<Finding> {
    let quality = page.details.quality.clone()?;
    let issue = |quality| Issue::QualityLow { page: page.name.clone(), quality };
    let finding = match quality.as_str() {
        "RED" => Finding::error(issue(quality)),
        "YELLOW" => Finding::warning(issue(quality)),
        _ => return None,
    };
    Some(finding.of(&page.account_id))
}

/// Meta's decision about the name of a number.
fn name_refused(page: &Account) -> Option<Finding> {
    let is_refused = matches!(page.details.name_status.as_deref(), Some("DECLINED" | "REJECTED"));
    is_refused.then(|| Finding::error(Issue::NameRefused { page: page.name.clone() }).of(&page.account_id))
}

/// Templates that Meta paused, at the first number of their business account.
fn paused_templates(stored: &Stored, page: &Account) -> Option<Finding> {
    let business = page.parent_id.as_ref()?;
    let is_first = |other: &&Account| other.channel == page.channel && other.parent_id.as_ref() == Some(business);
    if stored.pages.iter().find(is_first).is_none_or(|first| first.account_id != page.account_id) {
        return None;
    }
    let paused = stored.paused_templates.iter().filter(|(owner, _)| owner == business);
    let templates: Vec<String> = paused.map(|(_, name)| name.clone()).collect();
    let issue = Issue::TemplatesPaused { page: page.name.clone(), templates };
    let is_any = stored.paused_templates.iter().any(|(owner, _)| owner == business);
    is_any.then(|| Finding::warning(issue).of(&page.account_id))
}

/// Sends of a Page are paused. This ends on its own, or Meta must lift it.
fn paused(page: &Account, at: Micros) -> Option<Finding> {
    let until = page.paused_until?;
    let issue = Issue::SendingPaused {
        page: page.name.clone(),
        until: (until > at).then(|| rfc3339(until)),
        failure: page.pause_reason.clone(),
    };
    let finding = if until.since(at) > LONG_PAUSE || page.pauses > 2 {
        Finding::error(issue)
    } else {
        Finding::warning(issue)
    };
    Some(finding.of(&page.account_id))
}

/// A policy action of Meta against the Page: a block until it is lifted, a warning for two weeks.
fn policy_finding(page: &Account, at: Micros) -> Option<Finding> {
    let policy = page.policy.as_ref()?;
    let (name, reason) = (page.name.clone(), policy.reason.clone());
    if policy.is_block() {
        return Some(Finding::error(Issue::PageBlocked { page: name, reason }).of(&page.account_id));
    }
    let named = policy.measure == PolicyAction::Warning;
    (at.since(policy.at) < account_action::WARNING)
        .then(|| Finding::warning(Issue::PageWarned { page: name, named, reason }).of(&page.account_id))
}

/// From this many customers' files within a day that their host refuses, it is not just one file.
const MANY_FILES: i64 = 3;

/// Files of customers that can never be fetched.
fn refused_files(stored: &Stored, page: &Account, at: Micros) -> Option<Finding> {
    let refused = stored.fact(&page.account_id, FILE_REFUSED)?;
    if refused.times < MANY_FILES || at.since(refused.at) >= DAY {
        return None;
    }
    let error = serde_json::from_str(&refused.word).ok();
    let issue = Issue::MediaRefused { page: page.name.clone(), count: refused.times, error };
    Some(Finding::warning(issue).of(&page.account_id))
}

/// The task that no valid account has on a Page, in either spelling.
fn missing_task(channels: &Channels, stored: &Stored, page: &Account) -> Option<&'static str> {
    if !channels.connecting(page.channel).needs_tasks(page.login) {
        return None;
    }
    let ways = || {
        stored.ways.iter().filter(|way| way.account_id == page.account_id && way.alive && !way.tasks.is_empty())
    };
    let any = |may: fn(&graph::Page) -> bool| {
        ways().any(|way| may(&graph::Page { tasks: way.tasks.clone(), ..graph::Page::default() }))
    };
    match () {
        () if ways().count() == 0 => None,
        () if !any(graph::Page::can_message) => Some("MESSAGING"),
        () if !any(graph::Page::can_moderate) => Some("MODERATE"),
        () => None,
    }
}

/// Whether a Page that is on should have had an event by now.
fn silence(stored: &Stored, page: &Account, alive: bool, at: Micros) -> Option<Finding> {
    let Some(last) = stored.activity.last_event_of(page.gateway, &page.account_id) else {
        let long = at.since(page.connected_at) > NOTHING_YET;
        return Some(Finding::warning(Issue::NoEvent { page: page.name.clone(), long }));
    };
    if !alive || at.since(last) < MINUTE {
        return None;
    }
    let habit: Habit = serde_json::from_str(&stored.fact(&page.account_id, "habit")?.word).ok()?;
    let silence = habit.silence(at)?;
    Some(Finding::warning(Issue::PageSilent {
        page: page.name.clone(),
        seconds: at.since(silence.since) / SECOND,
        usual_seconds: silence.usual / SECOND,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_spoken_of_before_they_end() {
        // 2026-11-22.
        let at = Micros(1_795_305_600_000_000);
        let code = |version| version_finding(version, at).map(|finding| finding.code());
        assert_eq!(code("v26.0"), None);
        assert_eq!(code("v25.0"), None);
        assert_eq!(code("v21.0").as_deref(), Some("version_ends"));
        assert_eq!(code("v20.0").as_deref(), Some("version_ended"));
        let before = at.plus(-DAY);
        assert_eq!(version_finding("v21.0", before), None, "61 days before");
    }

    #[test]
    fn only_the_host_of_another_programs_address_is_told() {
        assert_eq!(host("https://crm.example/hook?key=secret"), "crm.example");
    }
}
