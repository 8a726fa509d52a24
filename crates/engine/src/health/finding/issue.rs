//! What can be wrong with a gateway: the codes of findings, with their arguments.

use domain::failure::Failure;
use domain::file_error::FileError;
use domain::page_trouble::{PageProblem, PageTrouble};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::ActionKind;

/// What is wrong. `page` and `account` are names, times are RFC 3339, days are `2026-11-22`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum Issue {
    /// The App Secret was encrypted with another key.
    SecretLost {},
    /// Meta does not accept the App Secret.
    SecretRefused {},
    /// Meta could not be asked about the App Secret.
    SecretUnchecked {},
    /// The gateway is switched off.
    Disabled {},
    /// The API version has expired.
    VersionEnded {
        /// The version.
        version: String,
        /// The day on which it ended.
        on: String,
    },
    /// The API version expires soon.
    VersionEnds {
        /// The version.
        version: String,
        /// The day on which it ends.
        on: String,
    },
    /// Meta responds with another API version.
    VersionAnswered {
        /// The version that answers.
        version: String,
        /// The requested version.
        asked: String,
    },
    /// The free disk space is below the reserve.
    DiskLow {
        /// The free space.
        free_mb: u64,
        /// The space that is reserved for messages.
        reserve_mb: u64,
    },
    /// Our clock differs from Meta's.
    ClockSkew {
        /// The difference; greater than 0 if our clock is slow.
        seconds: i64,
    },
    /// Meta's call limit is nearly used up.
    RateLimit {
        /// The used percentage.
        percent: u32,
    },
    /// The last login gave no access.
    LoginDenied {},
    /// Meta does not provide customers' names.
    ProfilesRefused {},
    /// The public URL is not https.
    PublicUrlInsecure {
        /// The public URL.
        url: String,
    },
    /// A proxy passes requests on, but is not trusted to report the client's address.
    UntrustedProxy {
        /// Its address.
        proxy: String,
    },
    /// Meta delivers to an address that was ours before.
    PublicUrlChanged {
        /// The old address.
        old: String,
        /// The current address.
        url: String,
    },
    /// Deliveries arrived with a wrong signature.
    SignatureFailures {
        /// How many on one day.
        count: i64,
        /// How long ago the last one arrived.
        seconds_ago: i64,
        /// Whether correctly signed ones arrive, too.
        valid_too: bool,
    },
    /// No Page is connected.
    NoPage {},
    /// No Page is switched on.
    NoPageSubscribed {},
    /// A Page cannot be used.
    PageUnusable {
        /// The Page.
        page: String,
        /// The reason.
        problem: PageProblem,
    },
    /// No account has access to a Page any longer.
    TokenDead {
        /// The Page.
        page: String,
        /// The reason, if it is known.
        trouble: Option<PageTrouble>,
    },
    /// A problem of a Page.
    PageTrouble {
        /// The Page.
        page: String,
        /// The problem.
        trouble: PageTrouble,
    },
    /// No account has a task on a Page.
    TaskMissing {
        /// The Page.
        page: String,
        /// The task, in Meta's terms.
        task: String,
    },
    /// Nothing is sent for a Page for a while.
    SendingPaused {
        /// The Page.
        page: String,
        /// Until when; null until the next message is accepted.
        until: Option<String>,
        /// The reason.
        failure: Option<Failure>,
    },
    /// Meta blocked a Page.
    PageBlocked {
        /// The Page.
        page: String,
        /// The reason, in Meta's words.
        reason: Option<String>,
    },
    /// Meta warned a Page.
    PageWarned {
        /// The Page.
        page: String,
        /// Whether Meta called it a warning.
        named: bool,
        /// The reason, in Meta's words.
        reason: Option<String>,
    },
    /// Meta will disable the business account of a number.
    AccountDisableScheduled {
        /// The number.
        page: String,
        /// The day, if Meta says it.
        on: Option<String>,
    },
    /// Meta forbids some of what the business account of a number could do.
    AccountRestricted {
        /// The number.
        page: String,
        /// What is forbidden, in Meta's terms.
        restrictions: Option<String>,
        /// The day on which it ends, if Meta says it.
        on: Option<String>,
    },
    /// The business account of a number broke a rule.
    AccountViolation {
        /// The number.
        page: String,
        /// The rule, in Meta's terms.
        violation: Option<String>,
    },
    /// Meta warns of something about the business account of a number.
    AccountAlert {
        /// The number.
        page: String,
        /// Meta's term for it.
        alert: String,
        /// Meta's words.
        detail: Option<String>,
    },
    /// Files of customers could not be fetched.
    MediaRefused {
        /// The Page.
        page: String,
        /// How many on one day.
        count: i64,
        /// The reason of the last failure; null if that is no longer known.
        error: Option<FileError>,
    },
    /// A Page has not received any event yet.
    NoEvent {
        /// The Page.
        page: String,
        /// Whether it was connected long ago.
        long: bool,
    },
    /// A Page is silent for longer than usual.
    PageSilent {
        /// The Page.
        page: String,
        /// How long it has been silent.
        seconds: i64,
        /// Its longest usual silence.
        usual_seconds: i64,
    },
    /// Messages are refused because the app is not live.
    AppNotLive {
        /// The Page.
        page: String,
        /// How many on one day.
        count: i64,
    },
    /// Many messages fail.
    SendsFailing {
        /// The Page.
        page: String,
        /// How many on one day.
        count: i64,
        /// How many of them for this reason.
        top: i64,
        /// The most frequent reason.
        failure: Failure,
    },
    /// Messages are waiting.
    SendsWaiting {
        /// The Page.
        page: String,
        /// The number.
        count: i64,
        /// Until when they wait.
        until: String,
        /// The reason.
        failure: Option<Failure>,
    },
    /// An outgoing webhook was switched off.
    WebhookDisabled {
        /// The host that it goes to.
        host: String,
    },
    /// Meta could not be asked.
    GraphUnreachable {},
    /// An account no longer grants permissions.
    ScopeMissing {
        /// The account.
        account: String,
        /// The permissions, in Meta's terms.
        scopes: Vec<String>,
    },
    /// An account grants a permission, but not for a Page.
    PageNotGranted {
        /// The Page.
        page: String,
        /// The account.
        account: String,
        /// The permission, in Meta's terms.
        scope: String,
    },
    /// A token ends soon.
    TokenExpires {
        /// The owner: an account or a Page.
        of: TokenOf,
        /// The name of that account or Page.
        name: String,
        /// The day on which it ends.
        on: String,
    },
    /// The token of an account that connected itself expires soon, and could not be renewed.
    TokenNotProlonged {
        /// The account.
        page: String,
        /// The day on which it ends.
        on: String,
    },
    /// Customers rate the messages of a number as bad.
    QualityLow {
        /// The number.
        page: String,
        /// Meta's term for the quality.
        quality: String,
    },
    /// Meta does not accept the name of a number.
    NameRefused {
        /// The number.
        page: String,
    },
    /// Meta paused or disabled message templates of the business account that a number belongs to.
    TemplatesPaused {
        /// The number.
        page: String,
        /// Their names.
        templates: Vec<String>,
    },
    /// An account's consent ends soon.
    DataAccessExpires {
        /// The account.
        account: String,
        /// The day on which it ends.
        on: String,
    },
    /// The Page's own settings refuse messages.
    MessagesOff {
        /// The Page.
        page: String,
    },
    /// Meta does not deliver events of a Page.
    PageNotSubscribed {
        /// The Page.
        page: String,
        /// The events, in Meta's terms; empty for all.
        fields: Vec<String>,
        /// Why it could not be switched on again; null if Meta gave no reason.
        failure: Option<Failure>,
    },
    /// The app is subscribed to nothing of one kind.
    SubscriptionMissing {
        /// The kind of object, as named in Meta's dashboard.
        #[serde(default)]
        object: String,
    },
    /// The app's events go elsewhere.
    SubscriptionElsewhere {
        /// The address.
        url: String,
    },
    /// Meta switched the app's webhook off.
    SubscriptionInactive {},
    /// The app's webhook lacks fields.
    SubscriptionFields {
        /// The kind of object, as named in Meta's dashboard.
        #[serde(default)]
        object: String,
        /// The fields, in Meta's terms.
        fields: Vec<String>,
    },
}

/// The kind of token that expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenOf {
    /// A connected account's.
    Account,
    /// A Page's.
    Page,
}

impl Issue {
    /// Its code.
    pub fn code(&self) -> String {
        let json = serde_json::to_value(self).expect("our own types are JSON");
        json.get("code").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The action that fixes it in one click.
    pub fn action(&self) -> Option<ActionKind> {
        Some(match self {
            Issue::SecretLost {} | Issue::SecretRefused {} | Issue::SignatureFailures { .. } => {
                ActionKind::EnterSecret
            }
            Issue::SecretUnchecked {} | Issue::GraphUnreachable {} => ActionKind::CheckAgain,
            Issue::Disabled {}
            | Issue::VersionEnded { .. }
            | Issue::VersionEnds { .. }
            | Issue::VersionAnswered { .. } => ActionKind::OpenSetup,
            Issue::PageUnusable { problem: PageProblem::NotRegistered {}, .. } => ActionKind::RegisterNumber,
            Issue::LoginDenied {}
            | Issue::NoPage {}
            | Issue::PageUnusable { .. }
            | Issue::TokenDead { .. }
            | Issue::PageTrouble { .. }
            | Issue::TaskMissing { .. }
            | Issue::ScopeMissing { .. }
            | Issue::PageNotGranted { .. }
            | Issue::TokenExpires { .. }
            | Issue::TokenNotProlonged { .. }
            | Issue::DataAccessExpires { .. } => ActionKind::Reconnect,
            Issue::PublicUrlChanged { .. }
            | Issue::SubscriptionMissing { .. }
            | Issue::SubscriptionElsewhere { .. }
            | Issue::SubscriptionInactive {}
            | Issue::SubscriptionFields { .. } => ActionKind::SubscribeApp,
            Issue::PageSilent { .. } | Issue::PageNotSubscribed { .. } => ActionKind::Resubscribe,
            Issue::SendsFailing { .. } => ActionKind::RetrySends,
            Issue::WebhookDisabled { .. } => ActionKind::OpenWebhooks,
            Issue::ClockSkew { .. }
            | Issue::DiskLow { .. }
            | Issue::RateLimit { .. }
            | Issue::ProfilesRefused {}
            | Issue::PublicUrlInsecure { .. }
            | Issue::UntrustedProxy { .. }
            | Issue::NoPageSubscribed {}
            | Issue::SendingPaused { .. }
            | Issue::PageBlocked { .. }
            | Issue::PageWarned { .. }
            | Issue::AccountDisableScheduled { .. }
            | Issue::AccountRestricted { .. }
            | Issue::AccountViolation { .. }
            | Issue::AccountAlert { .. }
            | Issue::QualityLow { .. }
            | Issue::NameRefused { .. }
            | Issue::TemplatesPaused { .. }
            | Issue::MediaRefused { .. }
            | Issue::NoEvent { .. }
            | Issue::AppNotLive { .. }
            | Issue::SendsWaiting { .. }
            | Issue::MessagesOff { .. } => return None,
        })
    }
}
