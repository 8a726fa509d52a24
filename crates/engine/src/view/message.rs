//! Messages and their files, as in responses and events.

use std::collections::HashMap;

use domain::choice_list::ChoiceList;
use domain::file_error::FileError;
use domain::id::{ConversationId, MediumId, MessageId, UserId};
use domain::inbound::{FileKind, Referral, Story};
use domain::message::{Direction, Kind, Reaction, SenderKind, Status};
use domain::outbound::Choice;
use domain::template::Template;
use domain::thread_event::ThreadEvent;
use serde::Serialize;
use store::table::contact;
use store::table::medium::{self, Medium, State};
use store::table::message::Stored;
use utoipa::ToSchema;

use super::failure::FailureView;
use super::{NAMELESS, SenderView, time};
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::urls::Urls;

/// A file of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttachmentView {
    /// The medium's id.
    #[schema(value_type = String)]
    pub id: MediumId,
    /// What it is.
    pub r#type: FileKind,
    /// Whether it is on this server.
    pub status: medium::State,
    /// Its name.
    pub name: String,
    /// Its type, once it is stored.
    pub mime: Option<String>,
    /// Its size in bytes, once it is stored.
    pub size: Option<i64>,
    /// Its address on this server, once it is stored.
    pub url: Option<String>,
    /// The address of its thumbnail, if there is one.
    pub thumb_url: Option<String>,
    /// Width of a picture in pixels as it is shown, once it is stored; null if it cannot be read.
    pub width: Option<u32>,
    /// Its height.
    pub height: Option<u32>,
    /// The duration of a recording in seconds, once it is stored and if it is known.
    pub seconds: Option<u32>,
    /// Why it could not be fetched, in English.
    pub error: Option<String>,
    /// The same as a code and its arguments, for clients with their own texts.
    pub cause: Option<FileError>,
}

/// A card of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CardView {
    /// Its title.
    pub title: Option<String>,
    /// The text below it.
    pub subtitle: Option<String>,
    /// Its picture on this server, once it is stored.
    pub picture_url: Option<String>,
    /// Where it leads.
    pub link: Option<String>,
}

/// An appointment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BookingView {
    /// `requested`, `confirmed`, `declined`, `cancelled`, or another term of Meta.
    pub status: String,
    /// When it begins.
    pub starts_at: Option<String>,
    /// When it ends.
    pub ends_at: Option<String>,
    /// The customer's time zone.
    pub timezone: Option<String>,
}

/// Where a customer came from: a link or an advertisement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReferralView {
    /// `ADS`, `SHORTLINK`, … as Meta names it.
    pub source: Option<String>,
    /// The `ref` parameter of the link.
    pub r#ref: Option<String>,
    /// The advertisement's id.
    pub ad_id: Option<String>,
    /// The advertisement's title.
    pub title: Option<String>,
    /// Its picture on this server, once it is stored; only with the message.
    pub picture_url: Option<String>,
    /// Its video at Meta.
    pub video_url: Option<String>,
    /// What it promotes: `post 5`, `product 7`.
    pub about: Option<String>,
    /// The web page with the link.
    pub referer: Option<String>,
}

/// A referral as in responses.
pub fn referral(it: &Referral, picture_url: Option<String>) -> ReferralView {
    ReferralView {
        source: it.source.clone(),
        r#ref: it.code.clone(),
        ad_id: it.ad_id.clone(),
        title: it.title.clone(),
        picture_url,
        video_url: it.video.clone(),
        about: it.about.clone(),
        referer: it.referer.clone(),
    }
}

/// A reaction to a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Reaction)]
pub struct ReactionView {
    /// The emoji.
    pub emoji: String,
    /// The author: `contact` or a user's id.
    pub by: String,
    /// Why the customer does not see it; left out while nothing is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<FailureView>,
}

impl From<Reaction> for ReactionView {
    fn from(it: Reaction) -> Self {
        Self { emoji: it.emoji, by: it.by, error: it.error.map(FailureView::from) }
    }
}

/// A message template that was sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SentTemplate {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its category when it was sent, which determines its price: `MARKETING`, `UTILITY` …
    pub category: String,
}

/// A message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: MessageId,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Its direction.
    pub direction: Direction,
    /// The sender.
    pub sender: SenderView,
    /// For an `event`: what happened, as a code and its arguments, for clients with their own texts.
    pub event: Option<ThreadEvent>,
    /// The text. For an `event`, and for a `referral` or an appointment without text, its English.
    pub text: Option<String>,
    /// Files.
    pub attachments: Vec<AttachmentView>,
    /// The choices that it offers.
    pub quick_replies: Vec<Choice>,
    /// Cards and buttons that we sent.
    #[schema(value_type = Option<super::template::TemplateShape>)]
    pub template: Option<Template>,
    /// Degrees north and east.
    pub location: Option<(f64, f64)>,
    /// Address of a shared link.
    pub link: Option<String>,
    /// The title of the shared link.
    pub link_title: Option<String>,
    /// Products, cards, shared posts.
    pub cards: Vec<CardView>,
    /// The story that it answers, or that mentions the business. Its address is the channel's and works for a day at most; the
    /// media is not on this server.
    pub story: Option<Story>,
    /// Whether it contained a view-once photo or video, which the channel shows only in its own app.
    pub view_once: bool,
    /// An appointment.
    pub booking: Option<BookingView>,
    /// Where the customer came from with it.
    pub referral: Option<ReferralView>,
    /// Whether it was written while another app had control of the conversation, so that Deskbell did not answer it.
    pub standby: bool,
    /// Whether a part of it could not be shown here.
    pub incomplete: bool,
    /// Whether the customer forwarded someone else's message.
    pub forwarded: bool,
    /// The colleagues whom a note mentions, by their user ids.
    #[schema(value_type = Vec<String>)]
    pub mentions: Vec<UserId>,
    /// A list to choose from that we sent.
    pub list: Option<ChoiceList>,
    /// The message template that we sent; `text` is what the customer reads.
    pub message_template: Option<SentTemplate>,
    /// When it will be sent; null unless it is scheduled.
    pub send_at: Option<String>,
    /// The message that it answers.
    #[schema(value_type = Option<String>)]
    pub reply_to: Option<MessageId>,
    /// Whether it was found by catch-up in the Page's conversations, not delivered by a webhook.
    pub caught_up: bool,
    /// Reactions on it: `{emoji, by, error?}`, `by` being `contact` or a user's id; `error` is why the customer does
    /// not see it.
    pub reactions: Vec<ReactionView>,
    /// When its text was edited.
    pub edited_at: Option<String>,
    /// When it was unsent.
    pub unsent_at: Option<String>,
    /// Its state.
    pub status: Status,
    /// Why it failed or is waiting.
    pub error: Option<FailureView>,
    /// Meta's time stamp, or ours if Meta gave none.
    pub created_at: String,
    /// When Meta accepted it.
    pub sent_at: Option<String>,
    /// When it arrived.
    pub delivered_at: Option<String>,
    /// When it was seen.
    pub read_at: Option<String>,
    /// The sender's own key for it.
    pub client_id: Option<String>,
}

/// A message as in responses and events.
pub async fn message(app: &Engine, it: Stored) -> Result<MessageView, store::Error> {
    let files = if has_media(&it) { medium::of_message(&app.store, it.message.id).await? } else { Vec::new() };
    let names = customer_names(app, std::slice::from_ref(&it)).await?;
    Ok(shown(&app.urls, it, &files, &names))
}

/// Several messages of one thread, in the same order.
pub async fn messages(app: &Engine, list: Vec<Stored>) -> Result<Vec<MessageView>, store::Error> {
    let ids: Vec<_> = list.iter().filter(|it| has_media(it)).map(|it| it.message.id).collect();
    let mut media: HashMap<MessageId, Vec<Medium>> = HashMap::new();
    if !ids.is_empty() {
        for medium in medium::of_messages(&app.store, &ids).await? {
            media.entry(medium.message.unwrap_or(MessageId(0))).or_default().push(medium);
        }
    }
    let names = customer_names(app, &list).await?;
    Ok(list
        .into_iter()
        .map(|it| {
            let files = media.remove(&it.message.id).unwrap_or_default();
            shown(&app.urls, it, &files, &names)
        })
        .collect())
}

fn has_media(it: &Stored) -> bool {
    !it.message.data.files.is_empty() || !it.message.data.pictures.is_empty()
}

/// The names of the customers who wrote some of these messages. A message does not keep them: they may change.
async fn customer_names(app: &Engine, list: &[Stored]) -> Result<HashMap<ConversationId, String>, store::Error> {
    let theirs = list.iter().filter(|it| it.message.sender.kind == SenderKind::Contact);
    let conversations: Vec<_> = theirs.map(|it| it.message.conversation).collect();
    if conversations.is_empty() { Ok(HashMap::new()) } else { contact::names(&app.store, &conversations).await }
}

fn shown(urls: &Urls, it: Stored, media: &[Medium], names: &HashMap<ConversationId, String>) -> MessageView {
    let message = it.message;
    let sender_name = match message.sender.kind {
        SenderKind::Contact => names.get(&message.conversation).cloned().unwrap_or_else(|| NAMELESS.to_owned()),
        _ => message.sender.name.clone(),
    };
    let text = message.english();
    let picture = |id: Option<MediumId>| {
        let id = id?;
        media.iter().any(|medium| medium.id == id && medium.state == State::Stored).then(|| urls.medium(id))
    };
    let cards = message.data.cards.into_iter().map(|card| CardView {
        picture_url: picture(card.picture),
        title: card.title,
        subtitle: card.subtitle,
        link: card.link,
    });
    let cards = cards.collect();
    let referral = message.data.referral.as_deref().map(|it| referral(it, picture(message.data.referral_picture)));
    let (link, link_title) = message.data.link.unzip();
    let attachments = message
        .data
        .files
        .iter()
        .map(|file| {
            let known = media.iter().find(|medium| medium.id == file.medium);
            let stored = known.filter(|medium| medium.state == State::Stored);
            let measures = stored.map(|medium| medium.measures).unwrap_or_default();
            let (width, height) = measures.dimensions.unzip();
            let cause = known.map_or(Some(FileError::NoAddress {}), |medium| medium.error.clone());
            AttachmentView {
                id: file.medium,
                r#type: stored.map_or(file.kind, |medium| shown_as(file.kind, &medium.mime)),
                status: known.map_or(State::Failed, |medium| medium.state),
                name: known.map_or_else(|| file.name.clone(), |medium| medium.name.clone()),
                mime: stored.map(|medium| medium.mime.clone()),
                size: stored.map(|medium| medium.size),
                url: stored.map(|medium| urls.medium(medium.id)),
                thumb_url: stored.filter(|medium| medium.thumb).map(|medium| urls.thumb(medium.id)),
                width,
                height,
                seconds: measures.seconds,
                error: cause.as_ref().map(FileError::english),
                cause,
            }
        })
        .collect();
    MessageView {
        id: message.id,
        kind: message.kind,
        direction: message.direction,
        sender: SenderView { kind: message.sender.kind, id: message.sender.user, name: sender_name },
        text,
        event: message.data.event.map(|event| *event),
        attachments,
        quick_replies: message.data.choices,
        template: message.data.template.map(|template| *template),
        location: message.data.place,
        link: link.filter(|address| !address.is_empty()),
        link_title: link_title.flatten(),
        cards,
        booking: message.data.booking.map(|it| BookingView {
            status: it.status,
            starts_at: time(it.starts_at),
            ends_at: time(it.ends_at),
            timezone: it.timezone,
        }),
        story: message.data.story,
        view_once: message.data.view_once,
        referral,
        standby: message.data.standby,
        incomplete: message.data.incomplete,
        forwarded: message.data.forwarded,
        mentions: message.data.mentions,
        list: message.data.list.map(|list| *list),
        message_template: message.data.approved.map(|sent| SentTemplate {
            name: sent.name,
            language: sent.language,
            category: sent.category,
        }),
        send_at: time(message.data.send_at),
        reply_to: message.data.reply_to,
        caught_up: message.data.caught_up,
        reactions: message.data.reactions.into_iter().map(ReactionView::from).collect(),
        edited_at: time(it.edited_at),
        unsent_at: time(it.unsent_at),
        status: message.status,
        error: message.error.map(FailureView::from),
        created_at: rfc3339(message.at),
        sent_at: time(it.sent_at),
        delivered_at: time(it.delivered_at),
        read_at: time(it.read_at),
        client_id: message.client_id,
    }
}

/// How a stored file is shown. A channel may call a file a picture although it is not: its content decides. A file
/// that was sent as a plain file stays one.
fn shown_as(declared: FileKind, mime: &str) -> FileKind {
    let is = match mime.split('/').next() {
        Some("image") => FileKind::Image,
        Some("video") => FileKind::Video,
        Some("audio") => FileKind::Audio,
        _ => FileKind::File,
    };
    match declared {
        FileKind::File | FileKind::Sticker => declared,
        FileKind::Image | FileKind::Video | FileKind::Audio => is,
    }
}
