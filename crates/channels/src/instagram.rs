//! Instagram messaging: what can be sent there, and its form of Meta's protocol. Most of the format is shared with
//! Messenger and is in [`crate::meta`].
//!
//! - [`webhook`]: what Meta reports, in our own terms.

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

use crate::meta::INSTAGRAM_INBOX;
use crate::meta::graph::{Call, INSTAGRAM_MESSAGES, PastMessage, Platform};
use crate::meta::send::{self, Dialect};
use crate::protocol::{Protocol, Refused, Unreadable};
use crate::recipient::Recipient;

const MB: u64 = 1024 * 1024;

/// What Instagram can do (meta-platform.md §3.2, §3.5, §3.7, §7.3).
pub const INSTAGRAM: Capabilities = Capabilities {
    channel: Channel::INSTAGRAM,
    name: "Instagram",
    // One page of the reference gives 1,000 bytes and 1,000 characters: a limit in bytes is within both.
    text: TextLimits { request: 1_000, whole: 20_000, unit: Unit::Bytes },
    choices: Some(ChoiceLimits { most: 13, title: 20, payload: 1_000, text: None }),
    files: FileLimits {
        kinds: &[
            (FileKind::Image, KindLimits { bytes: 8 * MB, types: &["image/png", "image/jpeg"] }),
            (FileKind::Audio, KindLimits { bytes: 25 * MB, types: AUDIO }),
            (FileKind::Video, KindLimits { bytes: 25 * MB, types: VIDEO }),
            (FileKind::File, KindLimits { bytes: 25 * MB, types: &["application/pdf"] }),
        ],
        pictures: 10,
    },
    albums: true,
    caption: None,
    specials: &["heart"],
    buttons: None,
    lists: None,
    message_templates: false,
    templates: Some(TemplateLimits {
        types: &["generic"],
        buttons: 3,
        button_title: 20,
        button_payload: 1_000,
        button_text: 640,
        cards: 10,
        card_text: 80,
        receipt_lines: 0,
        receipt_text: 0,
        url: 2_000,
        media_from: &[],
    }),
    reactions: true,
    reaction_emoji: &["❤"],
    typing: true,
    edits: true,
    personas: false,
    receipts: Receipts::Message,
    time_step: MILLISECOND,
    window: WindowPolicy { standard: DAY, human_agent: Some(7 * DAY), comment: Some(7 * DAY) },
    // The reference gives 100 a second for Instagram Login and 300 for accounts of Pages: the smaller one works for
    // both.
    rates: Rates { per_second: 100, media_per_second: 10, private_replies_per_hour: 750, default_per_second: 40 },
};

/// AAC, M4A, WAV and MP4, under all their names.
const AUDIO: &[&str] =
    &["audio/aac", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/vnd.wave"];
/// MP4, OGG, AVI, MOV and WebM.
const VIDEO: &[&str] =
    &["video/mp4", "video/ogg", "video/x-msvideo", "video/avi", "video/quicktime", "video/webm"];

const SENDING: Dialect = Dialect {
    limits: &INSTAGRAM,
    permission: INSTAGRAM_MESSAGES,
    only_reaction: Some("love"),
    platform: Some("instagram"),
};

/// Instagram's form of the protocol.
#[derive(Debug)]
pub struct Instagram;

impl Protocol for Instagram {
    fn capabilities(&self) -> &'static Capabilities {
        &INSTAGRAM
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

    fn inbox(&self) -> Option<&'static str> {
        Some(INSTAGRAM_INBOX)
    }

    fn platform(&self) -> Option<Platform> {
        Some(Platform { name: "instagram", permission: SENDING.permission })
    }

    fn of_the_past(&self, to: &Address, from_account: bool, at: Micros, past: &PastMessage) -> Vec<u8> {
        webhook::of_the_past(to, from_account, at, past)
    }

    /// Empty until the customer has written, and for one who blocked the account (§4.2).
    fn profile(&self, user: &str) -> Option<Call> {
        Some(
            Call::get("GET /{igsid}", user)
                .with("fields", "name,username,profile_pic")
                .evidence(SENDING.permission),
        )
    }
}

#[cfg(test)]
mod tests;
