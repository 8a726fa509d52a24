//! The Conversations API: messages that we missed, and names if the profile is closed (meta-platform.md §4.3).
//! Everything here needs the Page's token and respects [`crate::meta::limits::CONVERSATIONS_PER_SECOND`].

use domain::inbound::{FileKind, RemoteFile};
use serde::Deserialize;

use super::Call;
use crate::meta::lenient::owned;

const FIELDS: &str =
    "id,updated_time,participants,messages.limit(20){id,created_time,from,to,message,attachments}";

/// A channel in the Conversations API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform {
    /// Its name there.
    pub name: &'static str,
    /// The permission that a successful answer proves.
    pub permission: &'static str,
}

/// Requests the account's conversations with their newest messages, newest first: `Listed<Thread>`. With a customer,
/// only theirs. Only the 20 newest messages of each are readable.
pub fn conversations(node: &str, platform: Platform, customer: Option<&str>, after: Option<&str>) -> Call {
    let mut call = Call::get("GET /{page-id}/conversations", format!("{node}/conversations"))
        .with("platform", platform.name)
        .with("fields", FIELDS)
        .evidence(platform.permission);
    if let Some(customer) = customer {
        call = call.with("user_id", customer);
    }
    match after {
        Some(after) => call.with("after", after),
        None => call,
    }
}

/// A conversation as Meta stores it.
#[derive(Clone, PartialEq, Deserialize, Default)]
#[serde(default)]
pub struct Thread {
    /// Meta's id of it (`t_…`).
    #[serde(deserialize_with = "owned::string")]
    pub id: String,
    /// ISO 8601 with `+0000`.
    #[serde(deserialize_with = "owned::text")]
    pub updated_time: Option<String>,
    /// Page and customer.
    #[serde(deserialize_with = "inner_list")]
    pub participants: Vec<Participant>,
    /// Its newest messages, newest first.
    #[serde(deserialize_with = "inner_list")]
    pub messages: Vec<PastMessage>,
}

impl Thread {
    /// The participant that is not the account, under any of its ids.
    pub fn customer(&self, own: &[&str]) -> Option<&Participant> {
        let other = |it: &&Participant| !it.id.is_empty() && !own.contains(&it.id.as_str());
        self.participants.iter().find(other)
    }
}

/// One side of a conversation.
#[derive(Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct Participant {
    /// The Page's id, or the customer's PSID.
    #[serde(deserialize_with = "owned::string")]
    pub id: String,
    /// The name: often given here if the profile is closed.
    #[serde(deserialize_with = "owned::text")]
    pub name: Option<String>,
    /// On Instagram there is only this name.
    #[serde(deserialize_with = "owned::text")]
    pub username: Option<String>,
}

impl Participant {
    /// The name to show.
    pub fn display_name(&self) -> Option<String> {
        let name = self.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        name.map(str::to_owned).or_else(|| self.username.as_ref().map(|name| format!("@{name}")))
    }
}

/// A message from the past.
#[derive(Clone, PartialEq, Deserialize, Default)]
#[serde(default)]
pub struct PastMessage {
    /// Its id, the same as a webhook's mid.
    #[serde(deserialize_with = "owned::string")]
    pub id: String,
    /// ISO 8601 with `+0000`.
    #[serde(deserialize_with = "owned::text")]
    pub created_time: Option<String>,
    /// Who wrote it.
    #[serde(deserialize_with = "owned::object")]
    pub from: Option<Participant>,
    /// The text.
    #[serde(rename = "message", deserialize_with = "owned::text")]
    pub text: Option<String>,
    /// The files.
    #[serde(rename = "attachments", deserialize_with = "files")]
    pub files: Vec<RemoteFile>,
}

/// `{"data":[…]}` inside another object.
fn inner_list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    #[derive(Deserialize)]
    #[serde(bound(deserialize = "T: Deserialize<'de>"))]
    struct Inner<T> {
        #[serde(default = "Vec::new", deserialize_with = "owned::objects")]
        data: Vec<T>,
    }
    Ok(owned::object::<D, Inner<T>>(from)?.map_or_else(Vec::new, |inner| inner.data))
}

fn files<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<RemoteFile>, D::Error> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Attachment {
        #[serde(deserialize_with = "owned::text")]
        name: Option<String>,
        #[serde(deserialize_with = "owned::string")]
        mime_type: String,
        #[serde(deserialize_with = "owned::text")]
        file_url: Option<String>,
        #[serde(deserialize_with = "owned::object")]
        image_data: Option<Picture>,
        #[serde(deserialize_with = "owned::object")]
        video_data: Option<Picture>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Picture {
        #[serde(deserialize_with = "owned::text")]
        url: Option<String>,
        #[serde(deserialize_with = "owned::flag")]
        render_as_sticker: bool,
    }
    let attachments: Vec<Attachment> = inner_list(from)?;
    let file = |attachment: Attachment| {
        let sticker = attachment.image_data.as_ref().is_some_and(|image| image.render_as_sticker);
        let kind = match (&attachment.image_data, &attachment.video_data) {
            (Some(_), _) if sticker => FileKind::Sticker,
            (Some(_), _) => FileKind::Image,
            (_, Some(_)) => FileKind::Video,
            _ if attachment.mime_type.starts_with("audio/") => FileKind::Audio,
            _ if attachment.mime_type.starts_with("video/") => FileKind::Video,
            _ if attachment.mime_type.starts_with("image/") => FileKind::Image,
            _ => FileKind::File,
        };
        let pictured = attachment.image_data.or(attachment.video_data).and_then(|data| data.url);
        RemoteFile { kind, url: pictured.or(attachment.file_url), name: attachment.name, ..RemoteFile::default() }
    };
    Ok(attachments.into_iter().map(file).collect())
}
