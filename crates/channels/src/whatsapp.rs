//! WhatsApp through Meta's Cloud API: what can be sent there, and its form of Meta's protocol (meta-platform.md §2.8, §3.8).
//!
//! - [`webhook`]: what Meta reports, in our own terms.
//! - [`send`]: what we send, in Meta's terms.
//! - [`template`]: message templates, as Meta lists and as we send them.
//! - [`media`]: files, which Meta provides in two steps.

pub mod media;
pub mod send;
pub mod template;
pub mod webhook;

use domain::capabilities::{
    Capabilities, ChoiceLimits, FileLimits, KindLimits, Rates, Receipts, TextLimits, Unit, WindowPolicy,
};
use domain::channel::Channel;
use domain::choice_list::ListLimits;
use domain::id::MediumId;
use domain::inbound::{FileKind, Inbound};
use domain::outbound::Part;
use domain::time::{DAY, SECOND};

use crate::meta::error::GraphError;
use crate::meta::graph::{Call, Sent};
use crate::protocol::{FileAddress, Protocol, Refused, Unreadable};
use crate::recipient::Recipient;

/// What WhatsApp can do (meta-platform.md §3.8, §7.4).
pub const WHATSAPP: Capabilities = Capabilities {
    channel: Channel::WHATSAPP,
    name: "WhatsApp",
    text: TextLimits { request: 4_096, whole: 20_000, unit: Unit::Characters },
    // Up to three are buttons, more become a list.
    choices: Some(ChoiceLimits { most: 10, title: 24, payload: 200, text: Some(1_024) }),
    files: FileLimits {
        kinds: &[
            (FileKind::Image, KindLimits { bytes: 5 * MB, types: &["image/jpeg", "image/png"] }),
            (FileKind::Video, KindLimits { bytes: 16 * MB, types: &["video/mp4", "video/3gpp"] }),
            (FileKind::Audio, KindLimits { bytes: 16 * MB, types: AUDIO }),
            // WhatsApp accepts up to 100 MB; Deskbell stores no larger ones.
            (FileKind::File, KindLimits { bytes: 25 * MB, types: &["*/*"] }),
            (FileKind::Sticker, KindLimits { bytes: 500 * 1024, types: &["image/webp"] }),
        ],
        pictures: 30,
    },
    albums: false,
    caption: Some(1_024),
    specials: &["location", "contacts", "link", "ask_location"],
    buttons: Some(ChoiceLimits { most: 3, title: 20, payload: 256, text: Some(1_024) }),
    lists: Some(ListLimits { button: 20, sections: 10, rows: 10, title: 24, description: 72, id: 200 }),
    message_templates: true,
    templates: None,
    reactions: true,
    reaction_emoji: &[],
    typing: true,
    edits: true,
    personas: false,
    receipts: Receipts::Message,
    time_step: SECOND,
    window: WindowPolicy { standard: DAY, human_agent: None, comment: None },
    // 80 a second by default; numbers that are also used in a phone app may send far fewer.
    rates: Rates { per_second: 80, media_per_second: 80, private_replies_per_hour: 0, default_per_second: 40 },
};

const MB: u64 = 1024 * 1024;
/// AAC, AMR, MP3, M4A and OGG, under all their names.
const AUDIO: &[&str] = &[
    "audio/aac",
    "audio/amr",
    "audio/mpeg",
    "audio/mp3",
    "audio/mp4",
    "audio/m4a",
    "audio/x-m4a",
    "audio/ogg",
    "audio/opus",
];

/// WhatsApp's form of the protocol.
#[derive(Debug)]
pub struct WhatsApp;

impl Protocol for WhatsApp {
    fn capabilities(&self) -> &'static Capabilities {
        &WHATSAPP
    }

    fn decode(&self, body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
        webhook::decode(body)
    }

    fn encode(&self, part: &Part, to: &Recipient) -> Result<Call, Refused> {
        send::encode(part, to, &WHATSAPP)
    }

    fn upload(&self, node: &str, medium: MediumId, _: FileKind, mime: &str) -> Option<Call> {
        Some(media::upload(node, medium, mime))
    }

    fn read_uploaded(&self, answer: &[u8]) -> Result<Option<String>, GraphError> {
        media::read_uploaded(answer)
    }

    fn upload_days(&self) -> i64 {
        media::UPLOAD_DAYS
    }

    fn marks_name_a_message(&self) -> bool {
        true
    }

    fn file_address(&self, node: &str, id: &str) -> Option<Call> {
        Some(media::address(node, id))
    }

    fn read_file_address(&self, answer: &[u8]) -> Result<FileAddress, GraphError> {
        media::read_address(answer)
    }

    fn read_sent(&self, answer: &[u8]) -> Sent {
        send::read_sent(answer)
    }

    /// The name comes with each message; there are no pictures.
    fn profile(&self, _: &str) -> Option<Call> {
        None
    }
}

#[cfg(test)]
mod tests;
