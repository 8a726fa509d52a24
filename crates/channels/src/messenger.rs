//! Facebook Messenger: what can be sent there, and its form of Meta's protocol.
//!
//! - [`webhook`]: what Meta reports, in our own terms.
//! - [`profile`]: what a Page shows before the first message.
//! - `persona`: the name under which we send. The rest of sending is shared with Instagram: [`crate::meta::send`].

mod persona;
pub mod profile;
pub mod webhook;

use domain::capabilities::{
    Capabilities, ChoiceLimits, FileLimits, KindLimits, Rates, Receipts, TextLimits, Unit, WindowPolicy,
};
use domain::channel::{Address, Channel};
use domain::id::MediumId;
use domain::inbound::{FileKind, Inbound};
use domain::outbound::Part;
use domain::template::check::TemplateLimits;
use domain::time::{DAY, MILLISECOND, Micros};

use crate::meta::PAGE_INBOX;
use crate::meta::graph::{self, Call, PastMessage, Platform};
use crate::meta::send::{self, Dialect};
use crate::protocol::{Protocol, Refused, Unreadable};
use crate::recipient::Recipient;

/// What Messenger can do (meta-platform.md §3.1 to §3.6, §7.2).
pub const MESSENGER: Capabilities = Capabilities {
    channel: Channel::MESSENGER,
    name: "Messenger",
    // "less than 2000 characters" (§3.1), counted in the unit that is safe whatever Meta counts.
    text: TextLimits { request: 1_999, whole: 20_000, unit: Unit::Characters },
    choices: Some(ChoiceLimits { most: 13, title: 20, payload: 1_000, text: None }),
    files: FileLimits {
        kinds: &[
            (FileKind::Image, of_any(&["image/*"])),
            (FileKind::Video, of_any(&["video/*"])),
            (FileKind::Audio, of_any(&["audio/*"])),
            (FileKind::File, of_any(&["*/*"])),
        ],
        pictures: 30,
    },
    albums: true,
    caption: None,
    specials: &[],
    buttons: None,
    lists: None,
    message_templates: false,
    templates: Some(TemplateLimits {
        types: &["button", "generic", "media", "receipt"],
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
    reaction_emoji: &[],
    typing: true,
    edits: true,
    personas: true,
    receipts: Receipts::Watermark,
    time_step: MILLISECOND,
    window: WindowPolicy { standard: DAY, human_agent: Some(7 * DAY), comment: Some(7 * DAY) },
    // Beyond 40 a second Meta's Page Inbox freezes.
    rates: Rates { per_second: 300, media_per_second: 10, private_replies_per_hour: 750, default_per_second: 40 },
};

/// Meta publishes no list of types, only a size (§3.3).
const fn of_any(types: &'static [&'static str]) -> KindLimits {
    KindLimits { bytes: 25 * 1024 * 1024, types }
}

pub(crate) const SENDING: Dialect =
    Dialect { limits: &MESSENGER, permission: "pages_messaging", only_reaction: None, platform: None };

/// Messenger's form of the protocol.
#[derive(Debug)]
pub struct Messenger;

impl Protocol for Messenger {
    fn capabilities(&self) -> &'static Capabilities {
        &MESSENGER
    }

    fn decode(&self, body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
        webhook::decode(body)
    }

    fn encode(&self, part: &Part, to: &Recipient) -> Result<Call, Refused> {
        send::encode(part, to, &SENDING)
    }

    fn upload(&self, node: &str, medium: MediumId, kind: FileKind, _: &str) -> Option<Call> {
        Some(send::upload(node, medium, kind, &SENDING))
    }

    fn persona(&self, node: &str, name: &str, picture: &str) -> Option<Call> {
        Some(persona::persona(node, name, picture))
    }

    fn inbox(&self) -> Option<&'static str> {
        Some(PAGE_INBOX)
    }

    fn platform(&self) -> Option<Platform> {
        Some(Platform { name: "messenger", permission: SENDING.permission })
    }

    fn of_the_past(&self, to: &Address, from_account: bool, at: Micros, past: &PastMessage) -> Vec<u8> {
        webhook::of_the_past(to, from_account, at, past)
    }

    fn profile(&self, user: &str) -> Option<Call> {
        Some(graph::profile(user))
    }
}

#[cfg(test)]
mod tests;
