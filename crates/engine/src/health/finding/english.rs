//! The English of findings: the only place that words them.

use domain::inbound::PolicyAction;
use domain::time::SECOND;

use super::{ActionKind, Issue, TokenOf};
use crate::health::habit::lasting;
use crate::wording;

const PRESS: &str = "An administrator presses Reconnect";

impl Issue {
    /// What is wrong, and who can fix it.
    pub fn english(&self) -> String {
        match self {
            Issue::SecretLost {} => "The App Secret was encrypted with another key than the one of this installation: an \
                                     administrator types it again, or gives the old key back (DESKBELL_SECRET_KEY)."
                .into(),
            Issue::SecretRefused {} => {
                "Meta does not accept the App Secret: an administrator copies it anew from App settings, Basic.".into()
            }
            Issue::SecretUnchecked {} => {
                "The App Secret was saved, but Meta could not be reached to check it.".into()
            }
            Issue::Disabled {} => {
                "The gateway is switched off: what Meta delivers is kept, but not answered.".into()
            }
            Issue::VersionEnded { version, on } => format!(
                "Meta ended the API version {version} on {on}: an administrator chooses a newer one in the Meta tab."
            ),
            Issue::VersionEnds { version, on } => format!(
                "Meta ends the API version {version} on {on}: an administrator chooses a newer one in the Meta tab."
            ),
            Issue::VersionAnswered { version, asked } => format!(
                "Meta answers with its API version {version}, but {asked} was asked for, which it does not serve any more: an \
                 administrator chooses a newer one in the Meta tab."
            ),
            Issue::DiskLow { free_mb, reserve_mb } => format!(
                "The disk is nearly full: {free_mb} MB are free, and {reserve_mb} MB are kept for messages. Files of customers wait \
                 and uploads are refused until whoever runs this installation makes space; then they continue by themselves."
            ),
            Issue::ClockSkew { seconds } => {
                let (way, off) =
                    (if *seconds > 0 { "slow" } else { "fast" }, lasting(seconds.abs().saturating_mul(SECOND)));
                format!(
                    "This computer's clock is {off} {way} compared with Meta's: windows and times are wrong. Whoever runs this \
                     installation switches time synchronisation (NTP) on."
                )
            }
            Issue::RateLimit { percent } => format!(
                "{percent} % of Meta's call limit is used up: at 100 % messages wait. It passes by itself."
            ),
            Issue::LoginDenied {} => "Facebook gave no access at the last login. If nobody cancelled it there, the app is not \
                                      live, lacks access to a permission, or the person has no role in it: an administrator \
                                      looks at App Review and at the app's mode."
                .into(),
            Issue::ProfilesRefused {} => "Meta does not tell customers' names and pictures: the app lacks the feature Business \
                                          Asset User Profile Access. An administrator asks for it in App Review; until then \
                                          customers have no names."
                .into(),
            Issue::PublicUrlInsecure { url } => format!(
                "The public URL is {url}, but Meta calls https addresses only: whoever runs this installation sets \
                 DESKBELL_PUBLIC_URL to an https address."
            ),
            Issue::UntrustedProxy { proxy } => format!(
                "A proxy at {proxy} passes requests on, but Deskbell does not trust it to say from whom: all users behind it count as one \
                 when sign-ins fail. Whoever runs this installation adds {proxy} to DESKBELL_TRUSTED_PROXIES."
            ),
            Issue::PublicUrlChanged { old, url } => format!(
                "Meta still delivers to {old}. In its dashboard, an administrator enters {url} under Webhooks (Callback URL), \
                 Facebook Login (Valid OAuth Redirect URIs, Deauthorize callback URL) and, with /data-deletion behind it, Data \
                 deletion."
            ),
            Issue::SignatureFailures { count, seconds_ago, valid_too } => {
                signature_failures(*count, *seconds_ago, *valid_too)
            }
            Issue::GraphUnreachable {} => {
                "Meta could not be reached for this check: what is known may be old.".into()
            }
            Issue::WebhookDisabled { host } => format!(
                "The outgoing webhook to {host} was switched off: it took nothing for a day. An administrator mends the other \
                 side and switches it on again."
            ),
            _ => self.english_of_accounts(),
        }
    }

    /// Accounts and subscriptions.
    fn english_of_accounts(&self) -> String {
        match self {
            Issue::ScopeMissing { account, scopes } => format!(
                "{account} does not grant {} any more. {PRESS}, {account} leaves every permission switched on; if one is not \
                 offered, the app lacks access to it (App Review).",
                scopes.join(", ")
            ),
            Issue::PageNotGranted { page, account, scope } => format!(
                "{page}: {account} grants {scope} for other Pages, but not for this one. {PRESS} and ticks it in Facebook's \
                 login."
            ),
            Issue::TokenExpires { of: TokenOf::Account, name, on } => format!(
                "{name}'s grant ends on {on}. Pages go on with tokens of their own, but new ones cannot be read: an \
                 administrator presses Reconnect before."
            ),
            Issue::TokenExpires { of: TokenOf::Page, name, on } => {
                format!("{name}: its token ends on {on}, which a token from a long login would not. {PRESS}.")
            }
            Issue::DataAccessExpires { account, on } => format!(
                "{account}'s consent to data access ends on {on}; Meta asks for it anew every 90 days. {account} goes through \
                 Facebook's login again: an administrator presses Reconnect."
            ),
            Issue::SubscriptionMissing {} => {
                "Meta's app is subscribed to nothing for Pages, so no message arrives: an \
                                              administrator subscribes it again."
                    .into()
            }
            Issue::SubscriptionElsewhere { url } => format!(
                "Meta delivers this app's messages to {url} and not to Deskbell: an administrator decides which of them the app \
                 belongs to, and subscribes it again here or uses another Meta app."
            ),
            Issue::SubscriptionInactive {} => {
                "Meta has switched the app's webhook off: an administrator subscribes it again.".into()
            }
            Issue::SubscriptionFields { fields } => format!(
                "The app's webhook lacks the fields {}: an administrator ticks them in Meta's dashboard under Webhooks, Page, or \
                 switches \"Allow API Access to App Settings\" on and subscribes again.",
                fields.join(", ")
            ),
            Issue::NoPage {} => {
                "No Facebook Page is connected: an administrator presses Add or remove pages.".into()
            }
            Issue::NoPageSubscribed {} => {
                "Message retrieval is switched on for no Page: an administrator switches it on where \
                                           Deskbell shall answer."
                    .into()
            }
            _ => self.english_of_pages(),
        }
    }

    /// What concerns one Page.
    fn english_of_pages(&self) -> String {
        match self {
            Issue::PageUnusable { page, problem } => format!("{page}: {}", wording::page_problem(problem)),
            Issue::TokenDead { page, trouble: Some(trouble) } | Issue::PageTrouble { page, trouble } => {
                format!("{page}: {}", wording::page_trouble(trouble))
            }
            Issue::TokenDead { page, trouble: None } => format!(
                "{page}: No connected account reaches this Page any more: messages wait until an administrator reconnects it."
            ),
            Issue::TaskMissing { page, task } => format!(
                "{page}: no connected account has the task {task} on it any more. Somebody with full control of the Page gives \
                 it under Page settings, Page access; then press Reconnect."
            ),
            Issue::PageBlocked { page, reason } => quality(page, PolicyAction::Block, reason.as_deref()),
            Issue::PageWarned { page, named, reason } => {
                let measure = if *named { PolicyAction::Warning } else { PolicyAction::Unspecified };
                quality(page, measure, reason.as_deref())
            }
            Issue::MediaRefused { page, count, error } => {
                let last = error.as_ref().map(|error| format!("; of the last one: {}", error.english()));
                format!(
                    "{page}: {count} files of customers could not be fetched within a day{} Ask these customers to send them \
                     again. If it goes on, whoever runs this installation looks whether its firewall lets it reach Meta's hosts, \
                     and names a host that Deskbell does not trust in DESKBELL_META_MEDIA_HOSTS.",
                    last.as_deref().unwrap_or(".")
                )
            }
            Issue::NoEvent { page, long } => {
                let hint = if *long {
                    "if nothing comes, the app is probably in development or unpublished: then Meta delivers nothing, or only \
                     what people with a role on the app write. An administrator publishes it."
                } else {
                    "if nothing comes, check that the app is live."
                };
                format!("{page}: nothing has arrived yet. Write to the Page; {hint}")
            }
            Issue::PageSilent { page, seconds, usual_seconds } => format!(
                "{page}: nothing has come for {}, and usually something comes at least every {}. Write to the Page; if nothing \
                 arrives, switch its message retrieval on again and look whether the app is live.",
                lasting(seconds.saturating_mul(SECOND)),
                lasting(usual_seconds.saturating_mul(SECOND))
            ),
            Issue::MessagesOff { page } => format!(
                "{page}: its settings at Facebook say that nobody may write to it. Whoever manages the Page switches messages on \
                 there, under Settings, Privacy, Page and tagging."
            ),
            Issue::PageNotSubscribed { page, fields, failure } => {
                let what = if fields.is_empty() { "anything of this Page".to_owned() } else { fields.join(", ") };
                let why = failure.as_ref().map(|failure| {
                    let (code, subcode) = failure.numbers();
                    format!(
                        "{} (code {code}, subcode {subcode}).",
                        unstopped(&wording::failure(failure).to_string())
                    )
                });
                format!(
                    "{page}: Meta does not deliver {what}, and Deskbell could not switch it on again. {}",
                    why.as_deref().unwrap_or("Meta answered that it was not done.")
                )
            }
            _ => self.english_of_sends(),
        }
    }

    /// What does not leave.
    fn english_of_sends(&self) -> String {
        match self {
            Issue::SendingPaused { page, until, failure } => {
                let when = match until {
                    Some(until) => format!("until {until}"),
                    None => "until the next message is taken".to_owned(),
                };
                let why = failure.as_ref().map(|failure| format!(" {}", wording::failure(failure)));
                format!(
                    "{page}: nothing is sent for this Page {when}; what is written waits.{}",
                    why.unwrap_or_default()
                )
            }
            Issue::AppNotLive { page, count } => format!(
                "{page}: Meta refused {count} messages of the last day because the app is not live, or has no Advanced Access \
                 for pages_messaging: only people with a role on it are reached. An administrator publishes the app and finishes \
                 App Review."
            ),
            Issue::SendsFailing { page, count, top, failure } => {
                let most = if top == count { String::new() } else { format!(", {top} of them") };
                let (code, subcode) = failure.numbers();
                format!(
                    "{page}: {count} messages of the last day did not leave{most} because: {} (code {code}, subcode {subcode}).",
                    unstopped(&wording::failure(failure).to_string())
                )
            }
            Issue::SendsWaiting { page, count, until, failure } => {
                let why = failure.as_ref().map(|failure| format!(" {}", wording::failure(failure).reason));
                format!(
                    "{page}: {count} messages wait until {} UTC.{} They leave by themselves.",
                    until.get(11..16).unwrap_or_default(),
                    why.unwrap_or_default()
                )
            }
            _ => String::new(),
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
    let came = format!("{often} came with a wrong or missing signature within a day, the last one {ago} ago");
    if valid_too {
        format!(
            "{came}. Rightly signed ones come too, so that somebody else probably found the address: nothing needs to be done."
        )
    } else {
        format!(
            "{came}, and none that is right: the App Secret is not the one of the app that delivers here. An administrator \
             copies it anew from App settings, Basic."
        )
    }
}

fn quality(page: &str, measure: PolicyAction, reason: Option<&str>) -> String {
    format!(
        "{page}: {} The Page's admin opens Page Quality in Meta's Business Suite, mends the cause or asks for a review.",
        wording::measure(measure, reason)
    )
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

    /// One of each, and of those with two sentences both.
    fn every() -> Vec<Issue> {
        let page = || "Shop".to_owned();
        let account = || "Ann".to_owned();
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
            Issue::SubscriptionMissing {},
            Issue::SubscriptionElsewhere { url: url() },
            Issue::SubscriptionInactive {},
            Issue::SubscriptionFields { fields: fields() },
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
