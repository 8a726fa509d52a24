//! Facebook Messenger: what can be sent there, and its form of Meta's protocol.
//!
//! - [`webhook`]: what Meta reports, in our own terms.
//! - [`send`]: what we send, in Meta's terms.

pub mod send;
mod template;
pub mod webhook;

use domain::capabilities::{
    Capabilities, ChoiceLimits, FileLimits, Rates, Receipts, TextLimits, Unit, WindowPolicy,
};
use domain::channel::Channel;
use domain::id::MediumId;
use domain::inbound::FileKind;
use domain::outbound::Part;
use domain::template::check::TemplateLimits;
use domain::time::DAY;

use crate::meta::graph::{self, Call};
use crate::protocol::{Decoded, Protocol, Refused};
use crate::recipient::Recipient;

/// What Messenger can do (meta-platform.md §3.1 to §3.6, §7.2).
pub const MESSENGER: Capabilities = Capabilities {
    channel: Channel::MESSENGER,
    name: "Messenger",
    // "less than 2000 characters" (§3.1), counted so that it holds whatever Meta counts.
    text: TextLimits { request: 1_999, whole: 20_000, unit: Unit::Characters },
    choices: Some(ChoiceLimits { most: 13, title: 20, payload: 1_000, text: None }),
    files: FileLimits { bytes: 25 * 1024 * 1024, pictures: 30 },
    albums: true,
    caption: None,
    buttons: None,
    lists: None,
    message_templates: false,
    templates: Some(TemplateLimits {
        buttons: 3,
        button_title: 20,
        button_payload: 1_000,
        button_text: 640,
        cards: 10,
        card_text: 80,
        receipt_lines: 100,
        // Meta names no limit for the texts of a receipt; ours prevents accidents.
        receipt_text: 300,
        url: 2_000,
        media_from: &["https://www.facebook.com/", "https://business.facebook.com/", "https://facebook.com/"],
    }),
    reactions: true,
    typing: true,
    edits: true,
    personas: true,
    receipts: Receipts::Watermark,
    window: WindowPolicy { standard: DAY, human_agent: Some(7 * DAY), comment: Some(7 * DAY) },
    // Beyond 40 a second Meta's Page Inbox freezes.
    rates: Rates { per_second: 300, media_per_second: 10, default_per_second: 40 },
};

/// Messenger's form of the protocol.
#[derive(Debug)]
pub struct Messenger;

impl Protocol for Messenger {
    fn capabilities(&self) -> &'static Capabilities {
        &MESSENGER
    }

    fn decode(&self, body: &[u8]) -> Decoded {
        match webhook::decode(body) {
            Ok(events) => Decoded::Events(events),
            Err(unreadable) => Decoded::Unreadable(unreadable),
        }
    }

    fn encode(&self, part: &Part, to: &Recipient) -> Result<Call, Refused> {
        send::encode(part, to, &MESSENGER)
    }

    fn upload(&self, node: &str, medium: MediumId, kind: FileKind, _: &str) -> Option<Call> {
        Some(send::upload(node, medium, kind))
    }

    fn profile(&self, user: &str) -> Option<Call> {
        Some(graph::profile(user))
    }

    fn has_page_tasks(&self) -> bool {
        true
    }

    fn webhook_fields(&self) -> &'static [&'static str] {
        &crate::meta::oauth::PAGE_FIELDS
    }
}

#[cfg(test)]
mod tests;
