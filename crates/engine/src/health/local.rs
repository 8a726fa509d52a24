//! What is wrong with a gateway as far as the store knows, without asking Meta.

use channels::meta::graph;
use domain::time::{DAY, HOUR, MINUTE, Micros};
use store::table::gateway::SecretState;
use store::table::page::Page;

use super::FILE_REFUSED;
use super::finding::{Finding, Severity};
use super::habit::{Habit, lasting};
use super::report::Told;
use super::sends;
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
/// So long before its end a version is spoken of.
const WARNING: i64 = 60 * DAY;
/// Clocks that differ by more than this break signed requests and windows.
const SKEW: i64 = 60;
/// A pause beyond this is more than a short queue at Meta.
const LONG_PAUSE: i64 = 5 * MINUTE;
/// A Page that is on for this long without any event suggests that the app is not live.
const NOTHING_YET: i64 = HOUR;

/// Everything that the store knows. `told` is what Meta reported last; what it reports better is left out here.
pub(super) fn findings(app: &Engine, told: &Told, from_meta: &[Finding], at: Micros, out: &mut Vec<Finding>) {
    app_findings(app, told, at, out);
    doors(app, told, from_meta, at, out);
    page_findings(told, at, out);
    let name = |id: &str| told.pages.iter().find(|page| page.page == id).map_or(id, |page| &page.name).to_owned();
    // What Meta paused says so itself.
    let is_paused = |page: &str| told.pages.iter().any(|it| it.page == page && it.paused_until.is_some());
    let known = |page: &str| told.pages.iter().any(|known| known.page == page);
    out.extend(
        sends::failing(&told.failed, name).into_iter().filter(|it| it.page_id.as_deref().is_some_and(known)),
    );
    out.extend(sends::waiting(&told.waiting, at, name, |page| told.is_reached(page) && !is_paused(page)));
    for webhook in told.webhooks.iter().filter(|webhook| webhook.stopped.is_some()) {
        let message = format!(
            "The outgoing webhook to {} was switched off: it took nothing for a day. An administrator mends the other side \
             and switches it on again.",
            host(&webhook.url)
        );
        let finding = Finding::warning("webhook_disabled", message).about(webhook.id);
        out.push(finding.mended_by("open_webhooks", "Open webhooks"));
    }
}

/// Addresses may hold secrets in path and query: the host is enough to know which one is meant.
fn host(url: &str) -> String {
    reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// Secret, settings, clock, version, quotas.
fn app_findings(app: &Engine, told: &Told, at: Micros, out: &mut Vec<Finding>) {
    let row = &told.known.row;
    let secret = |finding: Finding| finding.mended_by("enter_secret", "Enter App Secret");
    let setup = |finding: Finding| finding.mended_by("open_setup", "Open the Meta tab");
    if told.known.secret.is_none() {
        out.push(secret(Finding::error(
            "secret_lost",
            "The App Secret was encrypted with another key than the one of this installation: an administrator types it \
             again, or gives the old key back (DESKBELL_SECRET_KEY).",
        )));
    } else if row.secret_state == SecretState::Refused {
        out.push(secret(Finding::error(
            "secret_refused",
            "Meta does not accept the App Secret: an administrator copies it anew from App settings, Basic.",
        )));
    } else if row.secret_state == SecretState::Unchecked {
        let message = "The App Secret was saved, but Meta could not be reached to check it.";
        out.push(Finding::warning("secret_unchecked", message).mended_by("check_again", "Check again"));
    }
    if !row.enabled {
        let message = "The gateway is switched off: what Meta delivers is kept, but not answered.";
        out.push(setup(Finding::warning("disabled", message)));
    }
    if let Some(finding) = version_finding(&row.api_version, at) {
        out.push(setup(finding));
    } else if let Some(other) = app.graph.answers_as(&told.known) {
        out.push(setup(Finding::warning(
            "version_answered",
            format!(
                "Meta answers with its API version {other}, but {} was asked for, which it does not serve any more: an \
                 administrator chooses a newer one in the Meta tab.",
                row.api_version
            ),
        )));
    }
    if let Some(skew) = app.graph.skew().filter(|skew| skew.abs() > SKEW) {
        let (way, off) = (if skew > 0 { "slow" } else { "fast" }, lasting(skew.abs() * domain::time::SECOND));
        out.push(Finding::error(
            "clock_skew",
            format!(
                "This computer's clock is {off} {way} compared with Meta's: windows and times are wrong. Whoever runs this \
                 installation switches time synchronisation (NTP) on."
            ),
        ));
    }
    if let Some((percent, _)) = app.graph.fullness(row.id).filter(|(percent, since)| {
        *percent >= channels::meta::limits::SLOW_DOWN_PERCENT && at.since(*since) < HOUR
    }) {
        out.push(Finding::warning(
            "rate_limit",
            format!("{percent} % of Meta's call limit is used up: at 100 % messages wait. It passes by itself."),
        ));
    }
    if let Some(denied) = told.fact("", "login_denied")
        && row.login_ok_at.is_none_or(|ok| ok < denied.at)
        && at.since(denied.at) < 7 * DAY
    {
        out.push(
            Finding::warning(
                "login_denied",
                "Facebook gave no access at the last login. If nobody cancelled it there, the app is not live, lacks access to \
                 a permission, or the person has no role in it: an administrator looks at App Review and at the app's mode.",
            )
            .mended_by("reconnect", "Try again"),
        );
    }
    if let Some(refused) = told.fact("", "profile_refused")
        && told.fact("", "profile_ok").is_none_or(|ok| ok.at < refused.at)
    {
        out.push(Finding::warning(
            "profiles_refused",
            "Meta does not tell customers' names and pictures: the app lacks the feature Business Asset User Profile Access. \
             An administrator asks for it in App Review; until then customers have no names.",
        ));
    }
}

/// What comes in: address and signatures.
fn doors(app: &Engine, told: &Told, from_meta: &[Finding], at: Micros, out: &mut Vec<Finding>) {
    let row = &told.known.row;
    let url = app.urls.webhook(&row.uri);
    if !app.config.is_https() {
        out.push(Finding::warning(
            "public_url_insecure",
            format!(
                "The public URL is {}, but Meta calls https addresses only: whoever runs this installation sets \
                 DESKBELL_PUBLIC_URL to an https address.",
                app.config.public_url
            ),
        ));
    }
    let meta_knows = from_meta.iter().any(|it| it.code == "public_url_changed");
    if let Some(verified) = told.fact("", "verified").filter(|it| it.word != url && !meta_knows) {
        out.push(public_url_changed(&verified.word, &url));
    }
    if let Some(forged) = told.fact("", "forged").filter(|forged| at.since(forged.at) < DAY) {
        let heard = row.last_event_at.is_some_and(|last| last.plus(HOUR) > forged.at);
        let often =
            if forged.times == 1 { "1 delivery".to_owned() } else { format!("{} deliveries", forged.times) };
        let came = format!(
            "{often} came with a wrong or missing signature within a day, the last one {} ago",
            lasting(at.since(forged.at))
        );
        let finding = if heard || forged.times < 3 {
            Finding::warning(
                "signature_failures",
                format!(
                    "{came}. Rightly signed ones come too, so that somebody else probably found the address: nothing needs to \
                     be done."
                ),
            )
        } else {
            Finding::error(
                "signature_failures",
                format!(
                    "{came}, and none that is right: the App Secret is not the one of the app that delivers here. An \
                     administrator copies it anew from App settings, Basic."
                ),
            )
        };
        out.push(finding.mended_by("enter_secret", "Enter App Secret"));
    }
}

/// The public URL is another one than the one that Meta verified.
pub(super) fn public_url_changed(old: &str, url: &str) -> Finding {
    Finding::error(
        "public_url_changed",
        format!(
            "Meta still delivers to {old}. In its dashboard, an administrator enters {url} under Webhooks (Callback URL), \
             Facebook Login (Valid OAuth Redirect URIs, Deauthorize callback URL) and, with /data-deletion behind it, Data \
             deletion."
        ),
    )
    .mended_by("subscribe_app", "Point the webhook here")
}

/// How long a policy warning is shown: Meta never says that one is over.
const POLICY_WARNING: i64 = 14 * DAY;

fn version_finding(version: &str, at: Micros) -> Option<Finding> {
    let (_, end) = VERSIONS.iter().find(|(known, _)| *known == version)?;
    let day = |at: Micros| rfc3339(at).chars().take(10).collect::<String>();
    if *end <= day(at).as_str() {
        let message = format!(
            "Meta ended the API version {version} on {end}: an administrator chooses a newer one in the Meta tab."
        );
        return Some(Finding::error("version_ended", message));
    }
    (*end <= day(at.plus(WARNING)).as_str()).then(|| {
        let message = format!(
            "Meta ends the API version {version} on {end}: an administrator chooses a newer one in the Meta tab."
        );
        Finding::warning("version_ends", message)
    })
}

fn page_findings(told: &Told, at: Micros, out: &mut Vec<Finding>) {
    let reconnect = |finding: Finding| finding.mended_by("reconnect", "Reconnect");
    if told.pages.is_empty() {
        let message = "No Facebook Page is connected: an administrator presses Add or remove pages.";
        out.push(Finding::warning("no_page", message).mended_by("reconnect", "Add pages"));
    } else if !told.pages.iter().any(|page| page.subscribed) {
        let message = "Message retrieval is switched on for no Page: an administrator switches it on where Deskbell shall answer.";
        out.push(Finding::warning("no_page_subscribed", message));
    }
    for page in &told.pages {
        let severity = if page.subscribed { Severity::Error } else { Severity::Warning };
        let mut push = |code: &str, message: String| {
            let finding = Finding { severity, ..Finding::error(code, message) };
            out.push(reconnect(finding.of(&page.page)));
        };
        let alive = told.is_reached(&page.page);
        if let Some(problem) = &page.problem {
            push("page_unusable", format!("{}: {problem}", page.name));
        } else if !alive {
            let why = page.trouble.clone().unwrap_or_else(|| {
                "No connected account reaches this Page any more: messages wait until an administrator reconnects it.".into()
            });
            push("token_dead", format!("{}: {why}", page.name));
        } else if let Some(trouble) = &page.trouble {
            push("page_trouble", format!("{}: {trouble}", page.name));
        } else if let Some(task) = missing_task(told, &page.page) {
            push(
                "task_missing",
                format!(
                    "{}: no connected account has the task {task} on it any more. Somebody with full control of the Page gives \
                     it under Page settings, Page access; then press Reconnect.",
                    page.name
                ),
            );
        }
        out.extend(paused(page, at));
        out.extend(policy_finding(page, at));
        out.extend(refused_files(told, page, at));
        if page.subscribed && told.known.row.enabled {
            out.extend(silence(told, page, alive, at).map(|finding| finding.of(&page.page)));
        }
    }
}

/// Meta wants nothing sent for a Page. It passes by itself, or Meta must lift it.
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

/// A measure of Meta's against the Page: a block until it is lifted, a warning for two weeks.
fn policy_finding(page: &Page, at: Micros) -> Option<Finding> {
    let policy = page.policy.as_ref()?;
    let mend =
        "The Page's admin opens Page Quality in Meta's Business Suite, mends the cause or asks for a review.";
    let message = format!("{}: {} {mend}", page.name, policy.text);
    if policy.blocked {
        return Some(Finding::error("page_blocked", message).of(&page.page));
    }
    (at.since(policy.at) < POLICY_WARNING).then(|| Finding::warning("page_warned", message).of(&page.page))
}

/// From this many customers' files within a day that their host refuses, it is not just one file.
const MANY_FILES: i64 = 3;

/// Files of customers that could not be fetched for good.
fn refused_files(told: &Told, page: &Page, at: Micros) -> Option<Finding> {
    let refused = told.fact(&page.page, FILE_REFUSED)?;
    if refused.times < MANY_FILES || at.since(refused.at) >= DAY {
        return None;
    }
    let message = format!(
        "{}: {} files of customers could not be fetched within a day; of the last one: {} Ask these customers to send them \
         again. If it goes on, whoever runs this installation looks whether its firewall lets it reach Meta's hosts, and \
         names a host that Deskbell does not trust in DESKBELL_META_MEDIA_HOSTS.",
        page.name, refused.times, refused.word
    );
    Some(Finding::warning("media_refused", message).of(&page.page))
}

/// The task that no living account has on a page, in either spelling.
fn missing_task(told: &Told, page: &str) -> Option<&'static str> {
    let ways = || told.ways.iter().filter(|way| way.page == page && way.alive && !way.tasks.is_empty());
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
fn silence(told: &Told, page: &Page, alive: bool, at: Micros) -> Option<Finding> {
    let Some(last) = page.last_event_at else {
        let long = at.since(page.connected_at) > NOTHING_YET;
        let hint = if long {
            "if nothing comes, the app is probably in development or unpublished: then Meta delivers nothing, or only what \
             people with a role on the app write. An administrator publishes it."
        } else {
            "if nothing comes, check that the app is live."
        };
        let message = format!("{}: nothing has arrived yet. Write to the Page; {hint}", page.name);
        return Some(Finding::warning("no_event", message));
    };
    if !alive || at.since(last) < MINUTE {
        return None;
    }
    let habit: Habit = serde_json::from_str(&told.fact(&page.page, "habit")?.word).ok()?;
    let silence = habit.silence(at)?;
    Some(
        Finding::warning(
            "page_silent",
            format!(
                "{}: nothing has come for {}, and usually something comes at least every {}. Write to the Page; if nothing \
                 arrives, switch its message retrieval on again and look whether the app is live.",
                page.name,
                lasting(at.since(silence.since)),
                lasting(silence.usual)
            ),
        )
        .mended_by("resubscribe", "Switch on again"),
    )
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
        let early = at.plus(-DAY);
        assert_eq!(version_finding("v21.0", early), None, "61 days before");
    }

    #[test]
    fn only_the_host_of_another_programs_address_is_told() {
        assert_eq!(host("https://crm.example/hook?key=secret"), "crm.example");
    }
}
