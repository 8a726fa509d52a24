//! The structures of a WhatsApp webhook body (meta-platform.md §2.8), borrowed from it. Nothing is interpreted here
//! yet. Rare parts are read as plain JSON.

use serde::Deserialize;
use serde_json::Value;

use crate::meta::lenient::{Flag, List, Maybe, Number, Real, Text};

/// The whole body.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    pub entry: List<Maybe<Entry<'a>>>,
}

/// What happened to one business account.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub time: Number,
    #[serde(borrow)]
    pub changes: List<Maybe<Change<'a>>>,
}

/// One field that changed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Change<'a> {
    #[serde(borrow)]
    pub field: Text<'a>,
    #[serde(borrow)]
    pub value: Maybe<Content<'a>>,
}

/// The content of a change. Messages and statuses are frequent, so they have their own structures.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Content<'a> {
    #[serde(borrow)]
    pub metadata: Maybe<Metadata<'a>>,
    #[serde(borrow)]
    pub contacts: List<Maybe<Contact<'a>>>,
    #[serde(borrow)]
    pub messages: List<Maybe<Message<'a>>>,
    #[serde(borrow)]
    pub message_echoes: List<Maybe<Message<'a>>>,
    #[serde(borrow)]
    pub statuses: List<Maybe<Status<'a>>>,
    pub errors: List<Maybe<Error>>,
    pub user_preferences: List<Maybe<Object>>,
    pub user_id_update: List<Maybe<Object>>,
    /// Keys of the fields about the account.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Other fields of a change. Empty for messages.
#[derive(Deserialize, Default)]
#[serde(transparent)]
pub(super) struct Rest(pub serde_json::Map<String, Value>);

/// An object that is read as plain JSON.
#[derive(Deserialize, Default)]
#[serde(transparent)]
pub(super) struct Object(pub serde_json::Map<String, Value>);

/// The number that received it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Metadata<'a> {
    #[serde(borrow)]
    pub phone_number_id: Text<'a>,
}

/// A customer. The phone number may be missing, and the user id in old payloads.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Contact<'a> {
    #[serde(borrow)]
    pub profile: Maybe<Profile<'a>>,
    #[serde(borrow)]
    pub wa_id: Text<'a>,
    #[serde(borrow)]
    pub user_id: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Profile<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub username: Text<'a>,
}

/// A message: `kind` decides which sibling contains it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub from: Text<'a>,
    #[serde(borrow)]
    pub from_user_id: Text<'a>,
    /// For an echo: the customer.
    #[serde(borrow)]
    pub to: Text<'a>,
    #[serde(borrow)]
    pub to_user_id: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    pub timestamp: Number,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub group_id: Text<'a>,
    #[serde(borrow)]
    pub context: Maybe<Context<'a>>,
    #[serde(borrow)]
    pub referral: Maybe<Referral<'a>>,
    #[serde(borrow)]
    pub text: Maybe<Body<'a>>,
    #[serde(borrow)]
    pub image: Maybe<Media<'a>>,
    #[serde(borrow)]
    pub video: Maybe<Media<'a>>,
    #[serde(borrow)]
    pub audio: Maybe<Media<'a>>,
    #[serde(borrow)]
    pub voice: Maybe<Media<'a>>,
    #[serde(borrow)]
    pub document: Maybe<Media<'a>>,
    #[serde(borrow)]
    pub sticker: Maybe<Media<'a>>,
    #[serde(borrow)]
    pub location: Maybe<Location<'a>>,
    #[serde(borrow)]
    pub button: Maybe<Button<'a>>,
    #[serde(borrow)]
    pub interactive: Maybe<Interactive<'a>>,
    #[serde(borrow)]
    pub reaction: Maybe<Reaction<'a>>,
    pub contacts: List<Maybe<Object>>,
    pub order: Maybe<Object>,
    pub system: Maybe<Object>,
    pub edit: Maybe<Object>,
    pub revoke: Maybe<Object>,
    pub errors: List<Maybe<Error>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    pub body: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Media<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub sha256: Text<'a>,
    #[serde(borrow)]
    pub caption: Text<'a>,
    #[serde(borrow)]
    pub filename: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Location<'a> {
    pub latitude: Real,
    pub longitude: Real,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub address: Text<'a>,
    #[serde(borrow)]
    pub url: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Button<'a> {
    #[serde(borrow)]
    pub payload: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Interactive<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub button_reply: Maybe<Reply<'a>>,
    #[serde(borrow)]
    pub list_reply: Maybe<Reply<'a>>,
    #[serde(borrow)]
    pub nfm_reply: Maybe<Form<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Reply<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub title: Text<'a>,
}

/// The answers to a form that is filled in inside WhatsApp ("flow").
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Form<'a> {
    #[serde(borrow)]
    pub body: Text<'a>,
    #[serde(borrow)]
    pub response_json: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Reaction<'a> {
    #[serde(borrow)]
    pub message_id: Text<'a>,
    #[serde(borrow)]
    pub emoji: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Context<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub forwarded: Flag,
    pub frequently_forwarded: Flag,
    #[serde(borrow)]
    pub referred_product: Maybe<Product<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Product<'a> {
    #[serde(borrow)]
    pub catalog_id: Text<'a>,
    #[serde(borrow)]
    pub product_retailer_id: Text<'a>,
}

/// The click-to-WhatsApp advertisement that brought the customer.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Referral<'a> {
    #[serde(borrow)]
    pub source_url: Text<'a>,
    #[serde(borrow)]
    pub source_id: Text<'a>,
    #[serde(borrow)]
    pub source_type: Text<'a>,
    #[serde(borrow)]
    pub headline: Text<'a>,
    #[serde(borrow)]
    pub image_url: Text<'a>,
    #[serde(borrow)]
    pub thumbnail_url: Text<'a>,
    #[serde(borrow)]
    pub video_url: Text<'a>,
    #[serde(borrow)]
    pub ctwa_clid: Text<'a>,
}

/// The status of one of our messages.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Status<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub status: Text<'a>,
    pub timestamp: Number,
    #[serde(borrow)]
    pub recipient_id: Text<'a>,
    #[serde(borrow)]
    pub recipient_user_id: Text<'a>,
    #[serde(borrow)]
    pub recipient_type: Text<'a>,
    #[serde(borrow)]
    pub biz_opaque_callback_data: Text<'a>,
    pub errors: List<Maybe<Error>>,
}

/// An error: its code alone decides (§6.4). Meta's sentences are not stored.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Error {
    pub code: Number,
    pub is_transient: Flag,
}
