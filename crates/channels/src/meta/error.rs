//! Meta's refusals: code → cause in plain English → what to do (meta-platform.md §6).
//!
//! Meta's own sentences are never stored: they are localised, change, and have been seen to echo parts of a secret
//! (§1.3). What remains of an error are its numbers.

mod graph_codes;
mod messenger_codes;
mod whatsapp_codes;

use domain::failure::{ChannelError, ErrorCase, Failure, FailureText};
use serde::Deserialize;

use super::lenient::{Flag, Maybe, Number, Text};

/// An error of Meta, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GraphError {
    /// The HTTP status; 0 where there was no answer at all.
    pub status: u16,
    /// Meta's code; 0 where the answer had none.
    pub code: i64,
    /// Meta's finer code; 0 where the answer had none.
    pub subcode: i64,
    /// Meta reports that it is temporary.
    pub is_transient: bool,
    /// Meta's id of this error, for its support.
    pub fbtrace_id: Option<String>,
}

/// What an error means for us (§6.5). A request that only reads may treat [`Class::Uncertain`] as [`Class::Retry`],
/// because repeating it does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// It may have been done: wait for the echo, never repeat blindly.
    Uncertain,
    /// Temporary: try again soon, a few times.
    Retry,
    /// Too many requests: wait as the headers say, else a minute.
    Throttled,
    /// Too many requests for this customer: only requests to them wait.
    ThrottledCustomer,
    /// The token is dead: stop the queue, ask for reconnection, lose nothing.
    TokenDead,
    /// A permission, feature or task is missing.
    Permission,
    /// Meta's window for writing to this customer is closed.
    WindowClosed,
    /// This customer can't be reached.
    RecipientUnreachable,
    /// Another app has control of the thread.
    NotOwner,
    /// Meta has restricted the Page or account: stop sending, raise an alarm.
    Restricted,
    /// The file is not accepted.
    MediaRejected,
    /// Refused permanently; retrying does not help.
    Rejected,
    /// Something is configured wrongly, here or at Meta.
    Configuration,
    /// Meta cannot charge for it.
    Billing,
}

impl Class {
    /// Whether the same request should be tried again later, automatically.
    pub fn passes(self) -> bool {
        matches!(self, Class::Retry | Class::Throttled | Class::ThrottledCustomer)
    }

    /// One word for metrics and logs.
    pub fn word(self) -> &'static str {
        match self {
            Class::Uncertain => "uncertain",
            Class::Retry => "retry",
            Class::Throttled => "throttled",
            Class::TokenDead => "token_dead",
            Class::Permission => "permission",
            Class::WindowClosed => "window_closed",
            Class::RecipientUnreachable => "recipient_unreachable",
            Class::NotOwner => "not_owner",
            Class::Restricted => "restricted",
            Class::MediaRejected => "media_rejected",
            Class::Rejected => "rejected",
            Class::Configuration => "configuration",
            Class::ThrottledCustomer => "throttled_customer",
            Class::Billing => "billing",
        }
    }
}

/// Who can fix the cause of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mender {
    /// An administrator of Deskbell, here or in the app's dashboard at Meta.
    Administrator,
    /// Someone who manages the Page or its Instagram account at Meta.
    PageAdmin,
    /// The owner of the Instagram account, in the Instagram app.
    AccountOwner,
    /// The author of the message: with another text or file, or by checking first.
    Author,
    /// The customer, by writing, or by changing what they allow.
    Customer,
    /// Meta: it resolves itself, or Meta's support has to help.
    Meta,
    /// No action is needed.
    Nobody,
}

impl Mender {
    /// The person, as worded in a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Mender::Administrator => "an administrator",
            Mender::PageAdmin => "someone who manages the Page at Meta",
            Mender::AccountOwner => "the owner of the Instagram account",
            Mender::Author => "the author of the message",
            Mender::Customer => "the customer",
            Mender::Meta => "Meta",
            Mender::Nobody => "no one: it resolves itself",
        }
    }

    /// Who usually fixes errors of a class; single entries of the catalogue override it.
    const fn of(class: Class) -> Self {
        match class {
            Class::TokenDead | Class::Permission | Class::Configuration => Mender::Administrator,
            Class::NotOwner | Class::Restricted | Class::Billing => Mender::PageAdmin,
            Class::Uncertain | Class::MediaRejected | Class::Rejected => Mender::Author,
            Class::WindowClosed | Class::RecipientUnreachable => Mender::Customer,
            Class::Retry => Mender::Meta,
            Class::Throttled | Class::ThrottledCustomer => Mender::Nobody,
        }
    }
}

/// An error in plain English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explained {
    /// What it means for us.
    pub class: Class,
    /// What happened.
    pub reason: &'static str,
    /// What to do next.
    pub action: &'static str,
    /// Who can fix it.
    pub mender: Mender,
}

impl Explained {
    /// The kind of button that fixes it in one click, if there is one: `reconnect`, `subscribe_app`, `retry_sends` or
    /// `open_setup`.
    pub fn button(&self) -> Option<&'static str> {
        match (self.class, self.mender) {
            (Class::TokenDead, _) | (Class::Permission, Mender::Administrator) => Some("reconnect"),
            (Class::Restricted, _) => Some("retry_sends"),
            (Class::Configuration, Mender::Administrator) => Some("open_setup"),
            _ => None,
        }
    }
}

/// An entry of the catalogue.
struct Entry {
    code: Code,
    subcode: Option<i64>,
    class: Class,
    reason: &'static str,
    action: &'static str,
    mender: Mender,
}

impl Entry {
    /// Names who fixes it, if that differs from the class.
    const fn by(mut self, mender: Mender) -> Self {
        self.mender = mender;
        self
    }
}

/// The codes that an entry is for.
enum Code {
    Is(i64),
    Within(i64, i64),
    /// Any code: the subcode alone decides. Also matches where Meta sends the subcode as the code.
    Any,
}

impl Code {
    fn takes(&self, code: i64) -> bool {
        match self {
            Code::Is(it) => *it == code,
            Code::Within(first, last) => (*first..=*last).contains(&code),
            Code::Any => false,
        }
    }
}

/// An entry for a code with a subcode (0 for any subcode without an entry of its own).
const fn line(code: i64, subcode: i64, class: Class, reason: &'static str, action: &'static str) -> Entry {
    let subcode = if subcode == 0 { None } else { Some(subcode) };
    Entry { code: Code::Is(code), subcode, class, reason, action, mender: Mender::of(class) }
}

/// An entry for a subcode that decides alone.
const fn anywhere(subcode: i64, class: Class, reason: &'static str, action: &'static str) -> Entry {
    Entry { code: Code::Any, subcode: Some(subcode), class, reason, action, mender: Mender::of(class) }
}

/// An entry for a range of codes.
const fn range(first: i64, last: i64, class: Class, reason: &'static str, action: &'static str) -> Entry {
    Entry { code: Code::Within(first, last), subcode: None, class, reason, action, mender: Mender::of(class) }
}

/// Messenger's own subcodes.
const MESSENGERS: std::ops::Range<i64> = 2_018_000..2_019_000;

const UNKNOWN: Explained = Explained {
    class: Class::Rejected,
    reason: "Meta refused this with a code that Deskbell does not know.",
    action: "Look the code up in Meta's error reference, or ask Meta's support with the trace id.",
    mender: Mender::Administrator,
};

/// What a pair of codes means; a subcode of 0 means none. Codes that are not in the catalogue get a sentence that
/// says so.
pub fn explain(code: i64, subcode: i64) -> Explained {
    let known = find(code, subcode);
    // One of the many subcodes of Messenger's Send API that Meta does not document.
    if code == 100 && MESSENGERS.contains(&subcode) && known.is_some_and(|entry| entry.subcode.is_none()) {
        return Explained {
            class: Class::Rejected,
            reason: messenger_codes::NOT_ACCEPTED,
            action: messenger_codes::NOT_ACCEPTED_DO,
            mender: Mender::Author,
        };
    }
    known.map_or(UNKNOWN, |entry| Explained {
        class: entry.class,
        reason: entry.reason,
        action: entry.action,
        mender: entry.mender,
    })
}

/// By the pair, then by a subcode that decides alone (Meta sends some as the code), then by the code.
fn find(code: i64, subcode: i64) -> Option<&'static Entry> {
    let lines = || messenger_codes::LINES.iter().chain(whatsapp_codes::LINES).chain(graph_codes::LINES);
    let exact = lines().find(|e| subcode != 0 && e.code.takes(code) && e.subcode == Some(subcode));
    let by_subcode = |number: i64| {
        let mut found = lines().filter(move |e| number > 1_000_000 && e.subcode == Some(number));
        // A seven-digit subcode is unique, whatever code Meta sends with it.
        found.next()
    };
    exact
        .or_else(|| by_subcode(subcode))
        .or_else(|| lines().find(|e| e.subcode.is_none() && e.code.takes(code)))
        .or_else(|| by_subcode(code))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    error: Maybe<Wire<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wire<'a> {
    code: Number,
    error_subcode: Number,
    /// `debug_token` names it without the prefix (§1.6).
    subcode: Number,
    is_transient: Flag,
    #[serde(borrow)]
    fbtrace_id: Text<'a>,
}

impl Wire<'_> {
    pub(super) fn into_error(self, status: u16) -> GraphError {
        // WhatsApp's code for an invalid token is 0 (§6.4); elsewhere 0 means nothing.
        let code = self.code.0.map(|code| if code == 0 && status == 401 { 190 } else { code });
        GraphError {
            status,
            code: code.unwrap_or_default(),
            subcode: self.error_subcode.0.or(self.subcode.0).unwrap_or_default(),
            is_transient: self.is_transient.0,
            fbtrace_id: self.fbtrace_id.own().filter(|id| id.len() <= 200),
        }
    }
}

impl GraphError {
    /// Reads an error from any body, including HTML and empty ones (§6.1).
    pub fn from_body(status: u16, body: &[u8]) -> Self {
        Self::within(status, body).unwrap_or(GraphError { status, ..Self::default() })
    }

    /// The error in a body, if there is one; Meta sends some with status 200.
    pub(super) fn within(status: u16, body: &[u8]) -> Option<Self> {
        let envelope: Envelope = serde_json::from_slice(body).ok()?;
        Some(envelope.error.0?.into_error(status))
    }

    /// There was no answer: a time-out, or the connection broke after the request had been sent.
    pub fn no_answer() -> Self {
        Self::default()
    }

    /// Its numbers, for people who look them up: `code 190, subcode 460, HTTP 400, trace AbC`.
    pub fn numbers(&self) -> String {
        let trace = self.fbtrace_id.as_deref().map(|id| format!(", trace {id}")).unwrap_or_default();
        format!("code {}, subcode {}, HTTP {}{trace}", self.code, self.subcode, self.status)
    }

    /// What it means for us: by code, then `is_transient`, then HTTP status (§6.1, contract.md).
    pub fn class(&self) -> Class {
        self.explain().class
    }

    /// Meta does not have the file with this id (any longer): it expired, or belongs to another Page.
    pub fn file_is_forgotten(&self) -> bool {
        self.subcode == 2_018_074
    }

    /// There is no such path: an old version of Graph, or something that is not Graph at all.
    pub fn is_unknown_path(&self) -> bool {
        self.status == 404 || self.code == 2500 || (self.code, self.subcode) == (100, 33)
    }

    /// What happened and what to do.
    pub fn explain(&self) -> Explained {
        explain_case(self.case(), self.code, self.subcode)
    }

    /// The parts that decide its meaning.
    fn case(&self) -> ErrorCase {
        let known = find(self.code, self.subcode);
        match known {
            Some(known) if self.is_transient && gives_way_to_transient(known.class) => ErrorCase::Transient,
            Some(known) if self.status == 429 && known.class == Class::Retry => ErrorCase::Throttled,
            Some(_) => ErrorCase::Listed,
            None if self.is_transient => ErrorCase::Transient,
            None => self.case_by_status(),
        }
    }

    fn case_by_status(&self) -> ErrorCase {
        match self.status {
            429 => ErrorCase::Throttled,
            0 => ErrorCase::NoAnswer,
            500.. | 200..=299 => ErrorCase::Unreadable,
            300..=399 => ErrorCase::Redirected,
            _ if self.code == 0 => ErrorCase::Codeless,
            _ => ErrorCase::UnknownCode,
        }
    }
}

/// What an error means, as it was stored.
fn explain_case(case: ErrorCase, code: i64, subcode: i64) -> Explained {
    match case {
        ErrorCase::Listed => explain(code, subcode),
        ErrorCase::Transient => TRANSIENT,
        ErrorCase::Throttled => TOO_MANY,
        ErrorCase::NoAnswer => NO_ANSWER,
        ErrorCase::Unreadable => UNREADABLE,
        ErrorCase::Redirected => REDIRECT,
        ErrorCase::Codeless => REFUSED,
        ErrorCase::UnknownCode => UNKNOWN,
    }
}

/// A failure in English: Meta's from the catalogue, ours from the domain.
pub fn words(failure: &Failure) -> FailureText {
    let Failure::Channel(error) = failure else { return failure.english() };
    let explained = explain_case(error.case, error.code, error.subcode);
    let mut words = FailureText { reason: explained.reason.to_owned(), action: explained.action.to_owned() };
    if let Some(trace) = &error.trace {
        words.action.push_str(&format!(" The trace id is {trace}."));
    }
    words
}

/// Whether a refusal applies to every message of a template, no matter to which customer: the account's limit is
/// reached, it is restricted, or the template cannot be sent.
pub fn stops_campaign(failure: &Failure) -> bool {
    let Failure::Channel(error) = failure else { return false };
    match (explain_case(error.case, error.code, error.subcode).class, error.code) {
        // The recipient is not on a test number's list.
        (Class::Configuration, 131_030) => false,
        (Class::Restricted | Class::TokenDead | Class::Permission | Class::Configuration | Class::Billing, _) => {
            true
        }
        // Templates are limited; the template has other variables; it violates a policy.
        (_, code) => matches!(code, 131_064 | 132_000 | 132_007),
    }
}

/// An invalid token or a closed window does not recover on its own, whatever the flag says; throttling waits longer
/// than a retry; what may have been sent is not sent again.
fn gives_way_to_transient(class: Class) -> bool {
    matches!(class, Class::Rejected | Class::Permission | Class::Configuration | Class::MediaRejected)
}

const TRANSIENT: Explained = Explained {
    class: Class::Retry,
    reason: "Meta has a temporary problem.",
    action: "Deskbell will try again automatically.",
    mender: Mender::Meta,
};
const TOO_MANY: Explained = Explained {
    class: Class::Throttled,
    reason: "Meta asks us to slow down: too many requests.",
    action: "Deskbell waits and will try again automatically.",
    mender: Mender::Nobody,
};
const NO_ANSWER: Explained = Explained {
    class: Class::Uncertain,
    reason: "Meta did not answer in time, so the message may or may not have been sent.",
    action: "Check the conversation in Meta Business Suite before you send it again.",
    mender: Mender::Author,
};
const UNREADABLE: Explained = Explained {
    class: Class::Uncertain,
    reason: "Meta's answer could not be read, so it is not known whether the message was sent.",
    action: "Check the conversation in Meta Business Suite before you send it again.",
    mender: Mender::Author,
};
const REDIRECT: Explained = Explained {
    class: Class::Configuration,
    reason: "The Graph address answered with a redirect, which Meta never does.",
    action: "Check the setting DESKBELL_META_GRAPH_URL and any proxy on the way.",
    mender: Mender::Administrator,
};
const REFUSED: Explained = Explained {
    class: Class::Rejected,
    reason: "The request was refused without a code from Meta; perhaps a proxy answered in its place.",
    action: "Check the setting DESKBELL_META_GRAPH_URL and any proxy on the way, then try again.",
    mender: Mender::Administrator,
};

impl std::fmt::Display for GraphError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Explained { reason, action, .. } = self.explain();
        write!(f, "{reason} {action} ({})", self.numbers())
    }
}

impl std::error::Error for GraphError {}

impl From<&GraphError> for Failure {
    fn from(error: &GraphError) -> Self {
        let case = error.case();
        // To ask Meta about an unknown code, users need Meta's id of this error.
        let trace = error.fbtrace_id.clone().filter(|_| case == ErrorCase::UnknownCode);
        Failure::Channel(ChannelError { case, code: error.code, subcode: error.subcode, trace })
    }
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Self {
        Failure::from(&error)
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
