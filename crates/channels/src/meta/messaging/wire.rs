//! The structures of a webhook body (meta-platform.md §2.4–§2.7), borrowed from it. Nothing is interpreted here yet.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::meta::lenient::{Flag, List, Maybe, Number, Real, Text, absent};

/// The whole body.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow)]
    pub object: Text<'a>,
    #[serde(borrow)]
    pub entry: List<Maybe<Entry<'a>>>,
}

/// What happened on one page.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Entry<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub time: Number,
    #[serde(borrow)]
    pub messaging: List<Item<'a>>,
    #[serde(borrow)]
    pub standby: List<Item<'a>>,
    #[serde(borrow)]
    pub changes: List<Maybe<Change<'a>>>,
}

/// A change on the page itself, or a sample of the dashboard's Test button (§2.3).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Change<'a> {
    #[serde(borrow)]
    pub field: Text<'a>,
    /// Changes are rare: read as plain JSON.
    pub value: Value,
}

/// One event. Its kind is the key of its content, so the keys are read one by one: in a single pass, with duplicates
/// allowed and unknown kinds recorded by name.
#[derive(Default)]
pub(crate) struct Item<'a> {
    pub sender: Text<'a>,
    pub recipient: Text<'a>,
    pub timestamp: Number,
    /// Usually one.
    pub events: Vec<Event<'a>>,
    /// Keys that we do not know.
    pub unknown: Vec<Text<'a>>,
    /// A known key whose content is not an object.
    pub hollow: Text<'a>,
}

/// The content of an event.
pub(crate) enum Event<'a> {
    Message(Box<Message<'a>>),
    Edit(Edit<'a>),
    Reaction(Reaction<'a>),
    Delivery(Delivery<'a>),
    Read(Delivery<'a>),
    Postback(Postback<'a>),
    Referral(Referral<'a>),
    /// A kind that is rare enough to be read in a simpler way.
    Rare(&'static str, Value),
}

/// The kinds read as plain JSON values (§2.6).
const RARE: [&str; 14] = [
    "optin",
    "account_linking",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
    "app_roles",
    "policy_enforcement",
    "policy-enforcement",
    "response_feedback",
    "messaging_feedback",
    "order",
    "template",
    "form",
    "appointment_booking",
];

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item<'de>, A::Error> {
        let mut item = Item::default();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let event = match key.get().unwrap_or_default() {
                "sender" => {
                    item.sender = map.next_value::<Maybe<Party>>()?.0.unwrap_or_default().id;
                    continue;
                }
                "recipient" => {
                    item.recipient = map.next_value::<Maybe<Party>>()?.0.unwrap_or_default().id;
                    continue;
                }
                "timestamp" => {
                    item.timestamp = map.next_value()?;
                    continue;
                }
                "message" => map.next_value::<Maybe<Box<Message>>>()?.0.map(Event::Message),
                "message_edit" => map.next_value::<Maybe<Edit>>()?.0.map(Event::Edit),
                "reaction" => map.next_value::<Maybe<Reaction>>()?.0.map(Event::Reaction),
                "delivery" => map.next_value::<Maybe<Delivery>>()?.0.map(Event::Delivery),
                "read" => map.next_value::<Maybe<Delivery>>()?.0.map(Event::Read),
                "postback" => map.next_value::<Maybe<Postback>>()?.0.map(Event::Postback),
                "referral" => map.next_value::<Maybe<Referral>>()?.0.map(Event::Referral),
                // Known additional keys that are not events.
                "prior_message" | "priority" | "is_echo" | "hop_context" => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                other => match RARE.iter().find(|kind| **kind == other) {
                    Some(kind) => Some(Event::Rare(kind, map.next_value()?)),
                    None => {
                        map.next_value::<IgnoredAny>()?;
                        item.unknown.push(key);
                        continue;
                    }
                },
            };
            match event {
                Some(event) => item.events.push(event),
                None => item.hollow = key,
            }
        }
        Ok(item)
    }
    absent!(unit, bool, numbers, str, seq);
}

impl<'de: 'a, 'a> Deserialize<'de> for Item<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor)
    }
}

/// Sender or recipient. A `user_ref` of the checkbox plugin is not an id and is not read.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Party<'a> {
    #[serde(borrow)]
    id: Text<'a>,
}

/// `message` (§2.5).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Message<'a> {
    #[serde(borrow)]
    pub mid: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
    #[serde(borrow)]
    pub quick_reply: Maybe<QuickReply<'a>>,
    #[serde(borrow)]
    pub reply_to: Maybe<ReplyTo<'a>>,
    #[serde(borrow)]
    pub attachments: List<Maybe<Attachment<'a>>>,
    #[serde(borrow)]
    pub referral: Maybe<Referral<'a>>,
    #[serde(borrow)]
    pub commands: List<Maybe<Command<'a>>>,
    pub is_echo: Flag,
    pub is_deleted: Flag,
    pub is_unsupported: Flag,
    pub is_self: Flag,
    #[serde(borrow)]
    pub app_id: Text<'a>,
    #[serde(borrow)]
    pub metadata: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct QuickReply<'a> {
    #[serde(borrow)]
    pub payload: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct ReplyTo<'a> {
    #[serde(borrow)]
    pub mid: Text<'a>,
    #[serde(borrow)]
    pub story: Maybe<Story<'a>>,
}

/// The story that a message answers (§2.7).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Story<'a> {
    #[serde(borrow)]
    pub url: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Command<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
}

/// One element of `message.attachments`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Attachment<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub title: Text<'a>,
    #[serde(borrow)]
    pub url: Text<'a>,
    #[serde(borrow)]
    pub payload: Maybe<Payload<'a>>,
}

/// An attachment's `payload`: the keys of all its kinds together.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Payload<'a> {
    #[serde(borrow)]
    pub url: Text<'a>,
    #[serde(borrow)]
    pub title: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub sticker_id: Text<'a>,
    pub coordinates: Maybe<Coordinates>,
    #[serde(borrow)]
    pub text: Text<'a>,
    #[serde(borrow)]
    pub product: Maybe<Elements<'a>>,
    #[serde(borrow)]
    pub generic: Maybe<Elements<'a>>,
    #[serde(borrow)]
    pub elements: List<Maybe<Element<'a>>>,
    #[serde(borrow)]
    pub status: Text<'a>,
    pub start_time: Number,
    pub end_time: Number,
    #[serde(borrow)]
    pub timezone: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Coordinates {
    pub lat: Real,
    pub long: Real,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Elements<'a> {
    #[serde(borrow)]
    pub elements: List<Maybe<Element<'a>>>,
}

/// A card of a template.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Element<'a> {
    #[serde(borrow)]
    pub title: Text<'a>,
    #[serde(borrow)]
    pub subtitle: Text<'a>,
    #[serde(borrow)]
    pub image_url: Text<'a>,
    #[serde(borrow)]
    pub item_url: Text<'a>,
    #[serde(borrow)]
    pub default_action: Maybe<Action<'a>>,
}

/// What a tap on a card does.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Action<'a> {
    #[serde(borrow)]
    pub url: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Edit<'a> {
    #[serde(borrow)]
    pub mid: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
    pub num_edit: Number,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Reaction<'a> {
    #[serde(borrow)]
    pub mid: Text<'a>,
    #[serde(borrow)]
    pub reaction: Text<'a>,
    #[serde(borrow)]
    pub emoji: Text<'a>,
    #[serde(borrow)]
    pub action: Text<'a>,
}

/// `delivery` and `read`. Messenger reads up to a watermark, Instagram a message (§2.7).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Delivery<'a> {
    #[serde(borrow)]
    pub mid: Text<'a>,
    #[serde(borrow)]
    pub mids: List<Text<'a>>,
    pub watermark: Number,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Postback<'a> {
    #[serde(borrow)]
    pub mid: Text<'a>,
    #[serde(borrow)]
    pub title: Text<'a>,
    #[serde(borrow)]
    pub payload: Text<'a>,
    #[serde(borrow)]
    pub referral: Maybe<Referral<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Referral<'a> {
    #[serde(borrow, rename = "ref")]
    pub code: Text<'a>,
    #[serde(borrow)]
    pub source: Text<'a>,
    #[serde(borrow)]
    pub ad_id: Text<'a>,
    #[serde(borrow)]
    pub referer_uri: Text<'a>,
    #[serde(borrow)]
    pub ads_context_data: Maybe<AdsContext<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct AdsContext<'a> {
    #[serde(borrow)]
    pub ad_title: Text<'a>,
    #[serde(borrow)]
    pub photo_url: Text<'a>,
    #[serde(borrow)]
    pub video_url: Text<'a>,
    #[serde(borrow)]
    pub post_id: Text<'a>,
    #[serde(borrow)]
    pub product_id: Text<'a>,
    #[serde(borrow)]
    pub flow_id: Text<'a>,
}
