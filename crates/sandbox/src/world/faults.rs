//! Faults that tests and the dashboard switch on: errors, delays, duplicated, dropped or reordered webhooks, delayed
//! profiles.

use super::World;
use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A Graph call fails with an error (`status`, `code`, `subcode`, `message`, `is_transient`, or a raw `body`).
    GraphError,
    /// A Graph call is slow by `delay_ms`.
    GraphDelay,
    /// A webhook is delivered `copies` more times, the last of them `delay_ms` late.
    WebhookDuplicate,
    /// A webhook is never delivered.
    WebhookDrop,
    /// A webhook is delivered `delay_ms` late.
    WebhookDelay,
    /// A webhook changes places with the next one of its conversation (waits up to a second for it).
    WebhookReorder,
    /// A profile request returns `{}`, or an error if `status` and `code` are set.
    Profile,
    /// A request for a file or picture fails with `status`.
    Cdn,
    /// A WhatsApp message is accepted, and then fails with `code`, `message` (the title) and `body` (the details).
    WhatsappStatus,
}

/// Before or after the call did its work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Nothing happened yet.
    #[default]
    Before,
    /// The work is done, only the answer suffers: the message was sent.
    After,
}

/// What of a Graph call decides which faults it meets.
#[derive(Debug, Clone, Copy, Default)]
pub struct GraphCall<'a> {
    pub method: &'a str,
    /// Path without the version.
    pub path: &'a str,
    /// App of the token, if there is one.
    pub app_id: Option<&'a str>,
    /// Page of the token, if it is a Page's.
    pub page_id: Option<&'a str>,
}

/// One fault, as `POST /control/faults` takes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Number of the fault, given by the sandbox.
    #[serde(skip_deserializing)]
    pub id: u64,
    /// What goes wrong.
    pub kind: Kind,
    /// Path without the version, a prefix (`/me/accounts`); `*` matches one segment (`/*/messages`). Absent: all.
    #[serde(default)]
    pub path: Option<String>,
    /// Only calls by this HTTP method.
    #[serde(default)]
    pub method: Option<String>,
    /// How often; absent: until removed.
    #[serde(default)]
    pub times: Option<u32>,
    /// HTTP status of the answer.
    #[serde(default)]
    pub status: Option<u16>,
    #[serde(default)]
    pub code: Option<i64>,
    #[serde(default)]
    pub subcode: Option<i64>,
    #[serde(default)]
    pub message: Option<String>,
    /// `is_transient` of the error.
    #[serde(default)]
    pub is_transient: bool,
    /// Raw body instead of the error envelope, such as an HTML page.
    #[serde(default)]
    pub body: Option<String>,
    /// `Retry-After`-like headers are not Meta's way: this sets `X-Business-Use-Case-Usage` minutes to regain access.
    #[serde(default)]
    pub regain_minutes: Option<u32>,
    /// Delay in milliseconds, at most ten minutes.
    #[serde(default)]
    pub delay_ms: u64,
    /// Before or after the work.
    #[serde(default)]
    pub when: When,
    /// The connection is cut in place of an answer.
    #[serde(default)]
    pub cut: bool,
    /// How many more copies of a webhook, at most 20.
    #[serde(default)]
    pub copies: Option<u32>,
    /// Only calls by a token of this app.
    #[serde(default)]
    pub app_id: Option<String>,
    /// Only webhooks of this Page, or calls by a token of this Page.
    #[serde(default)]
    pub page_id: Option<String>,
    /// Only webhooks or profiles of this customer.
    #[serde(default)]
    pub customer_id: Option<String>,
}

impl Fault {
    /// A fault that matches everything until it is removed.
    pub fn new(kind: Kind) -> Self {
        Self {
            id: 0,
            kind,
            path: None,
            method: None,
            times: None,
            status: None,
            code: None,
            subcode: None,
            message: None,
            is_transient: false,
            body: None,
            regain_minutes: None,
            delay_ms: 0,
            when: When::Before,
            cut: false,
            copies: None,
            app_id: None,
            page_id: None,
            customer_id: None,
        }
    }

    fn matches_call(&self, call: &GraphCall<'_>) -> bool {
        let same = |wanted: &Option<String>, own: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| own == Some(wanted))
        };
        self.matches_path(call.method, call.path)
            && same(&self.app_id, call.app_id)
            && same(&self.page_id, call.page_id)
    }

    fn matches_path(&self, method: &str, path: &str) -> bool {
        if self.method.as_deref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(method)) {
            return false;
        }
        let Some(pattern) = self.path.as_deref() else {
            return true;
        };
        if !pattern.contains('*') {
            return path.starts_with(pattern);
        }
        let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
        wanted.all(|segment| given.next().is_some_and(|actual| segment == "*" || segment == actual))
    }

    fn matches_conversation(&self, page_id: &str, customer_id: &str) -> bool {
        self.page_id.as_deref().is_none_or(|wanted| wanted == page_id)
            && self.customer_id.as_deref().is_none_or(|wanted| wanted == customer_id)
    }
}

impl World {
    /// Switches a fault on and returns its number.
    pub fn add_fault(&mut self, mut fault: Fault) -> u64 {
        fault.id = self.next();
        fault.delay_ms = fault.delay_ms.min(600_000);
        fault.copies = fault.copies.map(|copies| copies.min(20));
        let id = fault.id;
        self.faults.push(fault);
        if self.faults.len() > 500 {
            self.faults.remove(0);
        }
        id
    }

    /// Uses up one time of the first fault of this kind for a call, of one moment only or of both.
    pub fn take_call_fault(&mut self, kind: Kind, when: Option<When>, call: &GraphCall<'_>) -> Option<Fault> {
        let matching = |fault: &Fault| {
            fault.kind == kind && when.is_none_or(|when| fault.when == when) && fault.matches_call(call)
        };
        let index = self.faults.iter().position(matching)?;
        Some(self.use_up(index))
    }

    /// Uses up one time of the first fault of this kind for a conversation.
    pub fn take_conversation_fault(&mut self, kind: Kind, page_id: &str, customer_id: &str) -> Option<Fault> {
        let matching = |fault: &Fault| fault.kind == kind && fault.matches_conversation(page_id, customer_id);
        let index = self.faults.iter().position(matching)?;
        Some(self.use_up(index))
    }

    fn use_up(&mut self, index: usize) -> Fault {
        let fault = self.faults[index].clone();
        match &mut self.faults[index].times {
            Some(0 | 1) => drop(self.faults.remove(index)),
            Some(times) => *times -= 1,
            None => {}
        }
        fault
    }
}
