//! The English of findings: the only place where they are worded.

use domain::inbound::PolicyAction;
use domain::time::SECOND;

use super::{ActionKind, Issue, TokenOf};
use crate::health::habit::lasting;
use crate::wording;

const PRESS: &str = "Press Reconnect";
/// Where Meta explains what it did to a business account.
const REVIEW: &str = "Open Business Support Home at Meta, and fix the cause or request a review.";

impl Issue {
    /// What is wrong, and who can fix it. `noun` is the name for an account of the channel.
    #[expect(clippy::too_many_lines, reason = "one list of sentences: the compiler notices one that is missing")]
    pub fn english(&self, noun: &str) -> String {
        match self {
            Issue::SecretLost {} => "The App Secret was encrypted with a different key than this installation's. \
                Enter it again, or restore the old key (DESKBELL_SECRET_KEY)."
                .into(),
            Issue::SecretRefused {} => {
                "Meta does not accept the App Secret. Copy it again from App settings, Basic.".into()
            }
            Issue::SecretUnchecked {} => {
                "The App Secret was saved, but Meta could not be reached to check it.".into()
            }
            Issue::Disabled {} => {
                "The gateway is switched off. What Meta delivers is stored but not answered.".into()
            }
            Issue::VersionEnded { version, on } => format!(
                "Meta ended API version {version} on {on}. Choose a newer one in the Meta tab."
            ),
            Issue::VersionEnds { version, on } => format!(
                "Meta ends API version {version} on {on}. Choose a newer one in the Meta tab."
            ),
            Issue::VersionAnswered { version, asked } => format!(
                "Meta answers with API version {version}, because it no longer supports {asked}. Choose a newer one \
                in the Meta tab."
            ),
            Issue::DiskLow { free_mb, reserve_mb } => format!(
                "The disk is nearly full: {free_mb} MB are free, and {reserve_mb} MB are reserved for messages. Files that do not fit \
                 wait, and such uploads are refused, until your server administrator makes space. Then they continue automatically."
            ),
            Issue::ClockSkew { seconds } => {
                let (way, off) =
                    (if *seconds > 0 { "slow" } else { "fast" }, lasting(seconds.abs().saturating_mul(SECOND)));
                format!(
                    "This computer's clock is {off} {way} compared with Meta's: messaging windows and times are \
                    wrong. Ask your server administrator to turn on time synchronisation (NTP)."
                )
            }
            Issue::RateLimit { percent } => format!(
                "{percent} % of Meta's call limit is used up. At 100 % messages wait. This resolves itself."
            ),
            Issue::LoginDenied {} => "Facebook gave no access at the last login. If no one cancelled it, the app is \
                not live, lacks access to a permission, or the person has no role in it. Check App Review and the \
                app's mode."
                .into(),
            Issue::ProfilesRefused {} => "Meta doesn't share customers' names and pictures because the app lacks \
                the feature Business Asset User Profile Access. Request it in App Review; until then customers have \
                no names."
                .into(),
            Issue::PublicUrlInsecure { url } => format!(
                "The public URL is {url}, but Meta only calls https addresses. Ask your server administrator to set \
                DESKBELL_PUBLIC_URL to an https address."
            ),
            Issue::UntrustedProxy { proxy } => format!(
                "A proxy at {proxy} passes requests on, but Deskbell does not trust it to say from whom: all users behind it count as one \
                 when sign-ins fail. Ask your server administrator to add {proxy} to DESKBELL_TRUSTED_PROXIES."
            ),
            Issue::PublicUrlChanged { old, url } => format!(
                "Meta still delivers to {old}. In Meta's dashboard, enter {url} under Webhooks (Callback URL), \
                Facebook Login (Valid OAuth Redirect URIs, Deauthorize callback URL) and, followed by \
                /data-deletion, Data deletion."
            ),
            Issue::SignatureFailures { count, seconds_ago, valid_too } => {
                signature_failures(*count, *seconds_ago, *valid_too)
            }
            Issue::GraphUnreachable {} => {
                "Meta could not be reached for this check, so the results may be out of date.".into()
            }
            Issue::WebhookDisabled { host } => format!(
                "The outgoing webhook to {host} was switched off because it has failed for a day. Fix the receiving \
                system, then turn it on again."
            ),
            // Accounts and subscriptions.
            Issue::ScopeMissing { account, scopes } => format!(
                "{account} no longer grants {}. {PRESS}, and let {account} leave every permission switched on. If \
                one is not offered, the app lacks access to it (App Review).",
                scopes.join(", ")
            ),
            Issue::PageNotGranted { page, account, scope } => format!(
                "{page}: {account} grants {scope} for other {noun}s, but not for this one. {PRESS} and select it in \
                Facebook's login."
            ),
            Issue::TokenExpires { of: TokenOf::Account, name, on } => format!(
                "{name}'s access ends on {on}. Pages keep working with their own tokens, but new ones cannot be \
                added. {PRESS} before then."
            ),
            Issue::TokenExpires { of: TokenOf::Page, name, on } => {
                format!("{name}: its token expires on {on}, which a long-lived one would not. {PRESS}.")
            }
            Issue::TokenNotProlonged { page, on } => format!(
                "{page}: its token ends on {on}, and Meta did not prolong it. {PRESS} before then, or nothing can be sent."
            ),
            Issue::QualityLow { page, quality } => format!(
                "{page}: Customers block or report its messages, so Meta rates its quality {quality} and may lower how many customers it \
                 can write to. Send fewer messages that were not asked for."
            ),
            Issue::NameRefused { page } => format!(
                "{page}: Meta does not accept the name that customers see. Change it in WhatsApp Manager, under Phone numbers, and send it \
                 for review again."
            ),
            Issue::TemplatesPaused { page, templates } => format!(
                "{page}: Meta paused or disabled {}, because customers block or report what is sent with it. Wait until it is active again, \
                 change it, or send another one.",
                if let [one] = templates.as_slice() {
                    format!("the message template {one}")
                } else {
                    format!("the message templates {}", templates.join(", "))
                }
            ),
            Issue::DataAccessExpires { account, on } => format!(
                "{account}'s consent to data access ends on {on}; Meta asks again every 90 days. {PRESS}, and let \
                {account} log in to Facebook again."
            ),
            Issue::SubscriptionMissing { object } => format!(
                "Meta's app is not subscribed to any {object} events, so no messages arrive. Subscribe it again."
            ),
            Issue::SubscriptionElsewhere { url } => format!(
                "Meta delivers this app's messages to {url} instead of Deskbell. Subscribe it again here, or use \
                another Meta app for one of the two."
            ),
            Issue::SubscriptionInactive {} => {
                "Meta has switched off the app's webhook. Subscribe it again.".into()
            }
            Issue::SubscriptionFields { object, fields } => format!(
                "The app's webhook lacks the fields {}. Select them in Meta's dashboard under Webhooks, {object}, or \
                switch on \"Allow API Access to App Settings\" and subscribe again.",
                fields.join(", ")
            ),
            Issue::NoPage {} => "No account is connected yet. Add Facebook Pages, or connect Instagram or WhatsApp on their tabs.".into(),
            Issue::NoPageSubscribed {} => {
                "Messages are not turned on for any account. Turn them on for those you want to answer here."
                    .into()
            }
            // Findings about one Page.
            Issue::PageUnusable { page, problem } => format!("{page}: {}", wording::page_problem(problem, noun)),
            Issue::TokenDead { page, trouble: Some(trouble) } | Issue::PageTrouble { page, trouble } => {
                format!("{page}: {}", wording::page_trouble(trouble, noun))
            }
            Issue::TokenDead { page, trouble: None } => format!(
                "{page}: No connected account has access to this {noun} any longer. Messages wait until you reconnect \
                it."
            ),
            Issue::TaskMissing { page, task } => format!(
                "{page}: No connected account has the task {task} any longer. Someone with full control of the Page \
                can grant it in Page settings, Page access. Then press Reconnect."
            ),
            Issue::PageBlocked { page, reason } => quality(page, noun, PolicyAction::Block, reason.as_deref()),
            Issue::PageWarned { page, named, reason } => {
                let measure = if *named { PolicyAction::Warning } else { PolicyAction::Unspecified };
                quality(page, noun, measure, reason.as_deref())
            }
            Issue::AccountDisableScheduled { page, on: None } => {
                format!("{page}: Meta will disable its WhatsApp business account soon. {REVIEW}")
            }
            Issue::AccountDisableScheduled { page, on: Some(on) } => {
                format!("{page}: Meta will disable its WhatsApp business account on {on}. {REVIEW}")
            }
            Issue::AccountRestricted { page, restrictions, on } => {
                let what = restrictions.as_deref().unwrap_or("no details given");
                match on {
                    None => format!(
                        "{page}: Meta restricts its WhatsApp business account until further notice ({what}). {REVIEW}"
                    ),
                    Some(on) => {
                        format!("{page}: Meta restricts its WhatsApp business account until {on} ({what}). {REVIEW}")
                    }
                }
            }
            Issue::AccountViolation { page, violation } => format!(
                "{page}: Meta says that its WhatsApp business account broke a rule ({}). If this is repeated, Meta restricts it. {REVIEW}",
                violation.as_deref().unwrap_or("no details given")
            ),
            Issue::AccountAlert { page, alert, detail } => format!(
                "{page}: Meta warns about its WhatsApp business account ({}). Open WhatsApp Manager to see what Meta asks for.",
                detail.as_ref().unwrap_or(alert).trim_end_matches('.')
            ),
            Issue::MediaRefused { page, count, error } => {
                let last = error.as_ref().map(|error| format!("; the last error: {}", error.english()));
                format!(
                    "{page}: {count} files from customers could not be fetched within a day{} Ask these customers \
                    to send them again. If this continues, ask your server administrator to check that the firewall \
                    allows Meta's hosts, and to add missing ones to DESKBELL_META_MEDIA_HOSTS.",
                    last.as_deref().unwrap_or(".")
                )
            }
            Issue::NoEvent { page, long } => {
                let hint = if *long {
                    "if nothing arrives, the app is probably in development or unpublished. Then Meta delivers \
                    nothing, or only messages from people with a role on the app. Publish it."
                } else {
                    "if nothing arrives, check that the app is live."
                };
                format!("{page}: Nothing has arrived yet. Write to the {noun}; {hint}")
            }
            Issue::PageSilent { page, seconds, usual_seconds } => format!(
                "{page}: Nothing has arrived for {}, and usually something arrives at least every {}. Write to the \
                {noun}; if nothing arrives, turn its messages on again and check that the app is live.",
                lasting(seconds.saturating_mul(SECOND)),
                lasting(usual_seconds.saturating_mul(SECOND))
            ),
            Issue::MessagesOff { page } => format!(
                "{page}: Its settings at Facebook don't allow messages. Someone who manages the Page can turn them \
                on under Settings, Privacy, Page and tagging."
            ),
            Issue::PageNotSubscribed { page, fields, failure } => {
                let what = if fields.is_empty() { format!("anything of this {noun}") } else { fields.join(", ") };
                let why = failure.as_ref().map(|failure| {
                    let (code, subcode) = failure.numbers();
                    format!(
                        "{} (code {code}, subcode {subcode}).",
                        unstopped(&wording::failure(failure).to_string())
                    )
                });
                format!(
                    "{page}: Meta does not deliver {what}, and Deskbell could not turn it on again. {}",
                    why.as_deref().unwrap_or("Meta did not confirm the change.")
                )
            }
            // Messages that are not sent.
            Issue::SendingPaused { page, until, failure } => {
                let when = match until {
                    Some(until) => format!("until {until}"),
                    None => "until Meta accepts the next message".to_owned(),
                };
                let why = failure.as_ref().map(|failure| format!(" {}", wording::failure(failure)));
                format!("{page}: Nothing is sent for this {noun} {when}; messages wait.{}", why.unwrap_or_default())
            }
            Issue::AppNotLive { page, count } => format!(
                "{page}: Meta refused {count} messages in the last day because the app is not live, or has no \
                Advanced Access for pages_messaging, so only people with a role on it can be reached. Publish the \
                app and finish App Review."
            ),
            Issue::SendsFailing { page, count, top, failure } => {
                let most = if top == count { String::new() } else { format!(", {top} of them") };
                let (code, subcode) = failure.numbers();
                format!(
                    "{page}: {count} messages could not be sent in the last day{most} because: {} (code {code}, \
                    subcode {subcode}).",
                    unstopped(&wording::failure(failure).to_string())
                )
            }
            Issue::SendsWaiting { page, count, until, failure } => {
                let why = failure.as_ref().map(|failure| format!(" {}", wording::failure(failure).reason));
                format!(
                    "{page}: {count} messages wait until {} UTC.{} They will be sent automatically.",
                    until.get(11..16).unwrap_or_default(),
                    why.unwrap_or_default()
                )
            }
        }
    }

    /// The text of its button.
    pub fn english_of_action(&self, kind: ActionKind) -> &'static str {
        match (kind, self) {
            (ActionKind::Reconnect, Issue::LoginDenied {}) => "Try again",
            (ActionKind::Reconnect, Issue::NoPage {}) => "Add pages",
            (ActionKind::Reconnect, _) => "Reconnect",
            (ActionKind::SubscribeApp, Issue::PublicUrlChanged { .. }) => "Point the webhook here",
            (ActionKind::SubscribeApp, _) => "Subscribe again",
            (ActionKind::RegisterNumber, _) => "Register the number",
            (ActionKind::Resubscribe, _) => "Switch on again",
            (ActionKind::RetrySends, _) => "Send them again",
            (ActionKind::OpenSetup, _) => "Open the Meta tab",
            (ActionKind::OpenWebhooks, _) => "Open webhooks",
            (ActionKind::EnterSecret, _) => "Enter App Secret",
            (ActionKind::CheckAgain, _) => "Check again",
        }
    }
}

fn signature_failures(count: i64, seconds_ago: i64, valid_too: bool) -> String {
    let often = if count == 1 { "1 delivery".to_owned() } else { format!("{count} deliveries") };
    let ago = lasting(seconds_ago.saturating_mul(SECOND));
    let came = format!("{often} arrived with a wrong or missing signature within a day, the last one {ago} ago");
    if valid_too {
        format!(
            "{came}. Correctly signed deliveries arrive too, so someone else probably found the address. No action \
            needed."
        )
    } else {
        format!(
            "{came}, and none with a correct one: the App Secret is not the one of the app that delivers here. Copy \
            it again from App settings, Basic."
        )
    }
}

/// Where Meta explains a measure depends on the channel, whose accounts are called `noun`.
fn quality(page: &str, noun: &str, measure: PolicyAction, reason: Option<&str>) -> String {
    let advice = match noun {
        "WhatsApp number" => REVIEW,
        "Instagram account" => {
            "Open Account Status in the Instagram app's settings, and fix the cause or request a review."
        }
        _ => {
            "Ask the Page's admin to open Page Quality in Meta Business Suite, and fix the cause or request a review."
        }
    };
    format!("{page}: {} {advice}", wording::measure(measure, reason, noun))
}

/// A sentence without its full stop.
fn unstopped(sentence: &str) -> &str {
    sentence.trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use channels::meta::error::GraphError;
    use domain::failure::Failure;
    use domain::file_error::FileError;
    use domain::page_trouble::{PageProblem, PageTrouble};

    use super::super::Finding;
    use super::*;

    /// One of each, and both variants of those with two sentences.
    fn every() -> Vec<Issue> {
        let page = || "Shop".to_owned();
        let account = || "Ann".to_owned();
        let object = || "Page".to_owned();
        let day = || "2026-11-22".to_owned();
        let time = || "2026-11-22T10:30:00Z".to_owned();
        let url = || "https://desk.example/chat/abc".to_owned();
        let fields = || vec!["messages".to_owned(), "message_reads".to_owned()];
        let failure = || -> Failure { GraphError { status: 400, code: 368, ..GraphError::default() }.into() };
        let trouble = || PageTrouble::Refused { failure: failure() };
        let (version, asked) = (|| "v21.0".to_owned(), || "v20.0".to_owned());
        vec![
            Issue::SecretLost {},
            Issue::SecretRefused {},
            Issue::SecretUnchecked {},
            Issue::Disabled {},
            Issue::VersionEnded { version: version(), on: day() },
            Issue::VersionEnds { version: version(), on: day() },
            Issue::VersionAnswered { version: version(), asked: asked() },
            Issue::DiskLow { free_mb: 20, reserve_mb: 512 },
            Issue::ClockSkew { seconds: 90 },
            Issue::ClockSkew { seconds: -7_200 },
            Issue::RateLimit { percent: 80 },
            Issue::LoginDenied {},
            Issue::ProfilesRefused {},
            Issue::PublicUrlInsecure { url: url() },
            Issue::UntrustedProxy { proxy: "172.17.0.1".into() },
            Issue::PublicUrlChanged { old: url(), url: url() },
            Issue::SignatureFailures { count: 1, seconds_ago: 60, valid_too: true },
            Issue::SignatureFailures { count: 9, seconds_ago: 7_200, valid_too: false },
            Issue::NoPage {},
            Issue::NoPageSubscribed {},
            Issue::PageUnusable { page: page(), problem: PageProblem::NoToken { account: account() } },
            Issue::TokenDead { page: page(), trouble: None },
            Issue::TokenDead { page: page(), trouble: Some(PageTrouble::Withdrawn {}) },
            Issue::PageTrouble { page: page(), trouble: trouble() },
            Issue::TaskMissing { page: page(), task: "MESSAGING".into() },
            Issue::SendingPaused { page: page(), until: Some(time()), failure: Some(failure()) },
            Issue::SendingPaused { page: page(), until: None, failure: None },
            Issue::PageBlocked { page: page(), reason: Some("Spam.".into()) },
            Issue::PageWarned { page: page(), named: true, reason: None },
            Issue::PageWarned { page: page(), named: false, reason: None },
            Issue::AccountDisableScheduled { page: page(), on: Some(day()) },
            Issue::AccountDisableScheduled { page: page(), on: None },
            Issue::AccountRestricted { page: page(), restrictions: Some("RESTRICTED".into()), on: Some(day()) },
            Issue::AccountRestricted { page: page(), restrictions: None, on: None },
            Issue::AccountViolation { page: page(), violation: Some("SPAM".into()) },
            Issue::AccountAlert { page: page(), alert: "DEFERRED".into(), detail: None },
            Issue::MediaRefused { page: page(), count: 3, error: Some(FileError::Empty {}) },
            Issue::MediaRefused { page: page(), count: 3, error: None },
            Issue::NoEvent { page: page(), long: true },
            Issue::NoEvent { page: page(), long: false },
            Issue::PageSilent { page: page(), seconds: 90_000, usual_seconds: 3_600 },
            Issue::AppNotLive { page: page(), count: 4 },
            Issue::SendsFailing { page: page(), count: 4, top: 4, failure: failure() },
            Issue::SendsFailing { page: page(), count: 4, top: 3, failure: failure() },
            Issue::SendsWaiting { page: page(), count: 4, until: time(), failure: Some(failure()) },
            Issue::SendsWaiting { page: page(), count: 4, until: time(), failure: None },
            Issue::WebhookDisabled { host: "crm.example".into() },
            Issue::GraphUnreachable {},
            Issue::ScopeMissing { account: account(), scopes: fields() },
            Issue::PageNotGranted { page: page(), account: account(), scope: "pages_messaging".into() },
            Issue::TokenExpires { of: TokenOf::Account, name: account(), on: day() },
            Issue::TokenExpires { of: TokenOf::Page, name: page(), on: day() },
            Issue::DataAccessExpires { account: account(), on: day() },
            Issue::MessagesOff { page: page() },
            Issue::PageNotSubscribed { page: page(), fields: fields(), failure: Some(failure()) },
            Issue::PageNotSubscribed { page: page(), fields: Vec::new(), failure: None },
            Issue::SubscriptionMissing { object: object() },
            Issue::SubscriptionElsewhere { url: url() },
            Issue::SubscriptionInactive {},
            Issue::SubscriptionFields { object: object(), fields: fields() },
            Issue::TokenNotProlonged { page: page(), on: day() },
            Issue::QualityLow { page: page(), quality: "RED".into() },
            Issue::NameRefused { page: page() },
            Issue::TemplatesPaused { page: page(), templates: vec!["offer".into()] },
            Issue::TemplatesPaused { page: page(), templates: vec!["offer".into(), "news".into()] },
            Issue::PageUnusable { page: page(), problem: PageProblem::NotRegistered {} },
        ]
    }

    #[test]
    fn every_finding_is_a_sentence_where_it_is_shown() {
        let mut seen = std::collections::HashSet::new();
        for issue in every() {
            let view = Finding::error(issue).view(None);
            let text = &view.message;
            // A number may come first.
            assert!(text.ends_with('.') && !text.starts_with(char::is_lowercase), "{text}");
            assert!(!text.contains(['{', '}']) && !text.contains("  ") && !text.contains(".."), "{text}");
            assert!(seen.insert(text.clone()), "two findings say the same: {text}");
            assert!(view.action.is_none_or(|action| !action.label.is_empty() && !action.label.ends_with('.')));
        }
    }

    #[test]
    fn every_finding_is_a_code_with_arguments_where_it_is_stored() {
        for issue in every() {
            let finding = Finding::warning(issue).of("200").about(7);
            let json = serde_json::to_value(&finding).unwrap();
            assert!(json["code"].is_string() && json["args"].is_object(), "{json}");
            assert!(json.get("message").is_none() && !json.to_string().contains(' '), "{json}");
            assert_eq!(serde_json::from_value::<Finding>(json).unwrap(), finding);
        }
    }
}
