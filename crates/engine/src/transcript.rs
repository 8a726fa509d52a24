//! A conversation as a document, for people who read it outside Workspace: messages and events. However long it is, only
//! one page of its messages is in memory.

use std::collections::BTreeMap;

use domain::conversation::Conversation;
use domain::id::ConversationId;
use domain::inbound::{FileKind, StoryKind};
use domain::message::{Direction, Kind, SenderKind, Status};
use futures_util::stream::{self, Stream};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use store::table::message::{self, Place};
use utoipa::ToSchema;

use crate::engine::Engine;
use crate::view::{self, AttachmentView, ConversationView, FilledForm, MessageView, SlaView};

/// The number of messages that are read together.
const TOGETHER: i64 = 200;

/// A conversation with all its messages, oldest first.
#[derive(Debug, ToSchema)]
#[schema(as = Transcript)]
pub struct TranscriptShape {
    /// The conversation.
    pub conversation: ConversationView,
    /// Its messages.
    pub messages: Vec<MessageView>,
}

/// A conversation whose messages are read page by page.
#[derive(Debug, Clone)]
pub struct Transcript {
    conversation: ConversationView,
    id: ConversationId,
    /// Whether notes and events belong to it.
    internal: bool,
    /// The name of the channel.
    channel: &'static str,
}

/// The kind of a transcript's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// The customer wrote it.
    Customer,
    /// The bot or a person wrote it to the customer.
    Reply,
    /// A note among users.
    Note,
    /// An event of the conversation.
    Event,
}

/// One message in the transcript, in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The day, if it differs from the previous entry's: `30 November 2026`.
    pub day: Option<String>,
    /// The time of day: `14:05`.
    pub time: String,
    pub kind: EntryKind,
    /// The author; empty for an event.
    pub author: String,
    /// Its text, by paragraph.
    pub lines: Vec<String>,
}

/// Begins to read a conversation. Without `internal`, only what the customer may know: what they wrote and what was sent to
/// them, without notes, events, labels, form and reasons.
///
/// # Errors
/// The store's errors.
pub async fn open(app: &Engine, it: &Conversation, internal: bool) -> Result<Transcript, store::Error> {
    let conversation = view::conversation(app, it).await?;
    let conversation = if internal { conversation } else { for_customer(conversation) };
    let channel = app.channels.capabilities(it.account.channel).name;
    Ok(Transcript { conversation, id: it.id, internal, channel })
}

/// Whether the customer wrote a message, or may have got it.
fn reached_the_customer(message: &MessageView) -> bool {
    match message.direction {
        Direction::Internal => false,
        Direction::In => true,
        Direction::Out => !matches!(message.status, Status::Queued | Status::Failed | Status::Cancelled),
    }
}

/// A conversation without what only users may know.
fn for_customer(conversation: ConversationView) -> ConversationView {
    ConversationView {
        labels: Vec::new(),
        queue: None,
        routing: Vec::new(),
        participants: Vec::new(),
        invitations: Vec::new(),
        scheduled: 0,
        offer: None,
        priority: 0,
        form: FilledForm { id: None, values: BTreeMap::new() },
        close_reason: None,
        last_message: None,
        sla: SlaView { due_at: None, breached: false },
        held_by: None,
        bot_paused_until: None,
        first_referral: None,
        latest_referral: None,
        ..conversation
    }
}

impl Transcript {
    /// Its messages, oldest first, in pages that are read when the one before was taken.
    pub fn pages(
        &self,
        app: Engine,
    ) -> impl Stream<Item = Result<Vec<MessageView>, store::Error>> + Send + 'static {
        stream::try_unfold((app, self.id, self.internal, Place::START), async |(app, id, internal, place)| {
            let page = message::after(&app.store, id, place, TOGETHER).await?;
            let Some(last) = page.last() else { return Ok(None) };
            let next = Place { at: last.message.at.0, id: last.message.id.0 };
            let mut messages = view::messages(&app, page).await?;
            messages.retain(|message| internal || reached_the_customer(message));
            Ok(Some((messages, (app, id, internal, next))))
        })
    }

    /// The beginning of the JSON document; the messages follow, and `]}`.
    pub fn json(&self) -> String {
        let conversation = serde_json::to_string(&self.conversation).unwrap_or_default();
        format!("{{\"conversation\":{conversation},\"messages\":[")
    }

    /// The participants: `Olena Koval with Lavka (Messenger)`.
    pub fn title(&self) -> String {
        let Self { conversation: it, channel, .. } = self;
        format!("{} with {} ({channel})", it.contact.name, it.account.name)
    }

    /// The facts below the title: a name and a value each.
    pub fn facts(&self, zone: &TimeZone) -> Vec<(&'static str, String)> {
        let it = &self.conversation;
        let moment = |at: &str| zoned(at, zone).map(|at| format!("{} {}", day(&at), time(&at)));
        let labels: Vec<&str> = it.labels.iter().map(|label| label.name.as_str()).collect();
        [
            ("Began", moment(&it.created_at)),
            ("Closed", it.closed_at.as_deref().and_then(moment)),
            ("Reason", it.close_reason.clone()),
            ("Queue", it.queue.as_ref().map(|queue| queue.name.clone())),
            ("Agent", it.agent.as_ref().map(|agent| agent.name.clone())),
            ("Labels", Some(labels.join(", ")).filter(|labels| !labels.is_empty())),
            ("Time zone", Some(zone.iana_name().unwrap_or("UTC").to_owned())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// The beginning of the plain text.
    pub fn text(&self, zone: &TimeZone) -> String {
        let mut text = format!("{}\n", self.title());
        for (name, value) in self.facts(zone) {
            text += &format!("{name}: {value}\n");
        }
        text
    }
}

/// Puts messages into readable form, one after the other.
#[derive(Debug)]
pub struct Reader {
    zone: TimeZone,
    last_day: Option<String>,
}

impl Reader {
    /// With times in this time zone.
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, last_day: None }
    }

    /// The next message.
    pub fn entry(&mut self, message: &MessageView) -> Entry {
        let at = zoned(&message.created_at, &self.zone);
        let today = at.as_ref().map(day);
        let entry = Entry {
            day: today.clone().filter(|today| self.last_day.as_ref() != Some(today)),
            time: at.as_ref().map(time).unwrap_or_default(),
            kind: kind(message),
            author: author(message),
            lines: lines(message),
        };
        self.last_day = today;
        entry
    }
}

impl Entry {
    /// As plain text.
    pub fn text(&self) -> String {
        let day = self.day.as_ref().map(|day| format!("\n{day}\n")).unwrap_or_default();
        let who = match self.kind {
            EntryKind::Event => "–".to_owned(),
            EntryKind::Note => format!("{} (note):", self.author),
            EntryKind::Customer | EntryKind::Reply => format!("{}:", self.author),
        };
        // Further lines are indented, so that none looks like a separate message.
        let paragraphs = self.lines.join("\n").replace('\n', "\n       ");
        format!("{day}{}  {who} {paragraphs}\n", self.time)
    }
}

fn zoned(at: &str, zone: &TimeZone) -> Option<Zoned> {
    at.parse::<Timestamp>().ok().map(|at| at.to_zoned(zone.clone()))
}

fn day(at: &Zoned) -> String {
    at.strftime("%-d %B %Y").to_string()
}

fn time(at: &Zoned) -> String {
    at.strftime("%H:%M").to_string()
}

fn kind(message: &MessageView) -> EntryKind {
    match (message.kind, message.direction) {
        (Kind::Note, _) => EntryKind::Note,
        (_, Direction::Internal) => EntryKind::Event,
        (_, Direction::In) => EntryKind::Customer,
        (_, Direction::Out) => EntryKind::Reply,
    }
}

fn author(message: &MessageView) -> String {
    match message.sender.kind {
        SenderKind::Bot => "Bot".to_owned(),
        _ => message.sender.name.clone(),
    }
}

fn lines(message: &MessageView) -> Vec<String> {
    if message.unsent_at.is_some() {
        return vec!["[deleted by its sender]".to_owned()];
    }
    let mut lines: Vec<String> = Vec::new();
    if let Some(story) = &message.story {
        lines.push(match story.kind {
            StoryKind::Mention => "[mentioned the business in a story]".to_owned(),
            StoryKind::Reply => "[answered a story]".to_owned(),
        });
    }
    let text = message.text.as_deref().filter(|text| !text.is_empty());
    lines.extend(
        text.map(|text| if message.edited_at.is_some() { format!("{text} [edited]") } else { text.into() }),
    );
    if let Some((north, east)) = message.location {
        lines.push(format!("[location: {north:.5}, {east:.5}]"));
    }
    if let Some(link) = &message.link {
        let title = message.link_title.as_ref().map(|title| format!("{title}: ")).unwrap_or_default();
        lines.push(format!("[link: {title}{link}]"));
    }
    lines.extend(message.attachments.iter().map(file));
    for card in &message.cards {
        let parts = [&card.title, &card.subtitle, &card.link].into_iter().flatten().cloned();
        lines.push(format!("[card: {}]", parts.collect::<Vec<_>>().join(", ")));
    }
    if !message.quick_replies.is_empty() {
        let choices: Vec<_> = message.quick_replies.iter().map(|choice| choice.title.as_str()).collect();
        lines.push(format!("[choices: {}]", choices.join(" | ")));
    }
    if !message.reactions.is_empty() {
        let emoji: Vec<_> = message.reactions.iter().map(|reaction| reaction.emoji.as_str()).collect();
        lines.push(format!("[reactions: {}]", emoji.join(" ")));
    }
    if message.direction == Direction::Out {
        lines.extend(undelivered(message));
    }
    if lines.is_empty() {
        lines.push("[shown only in the channel's own app]".to_owned());
    }
    lines
}

/// Why the customer did not get it; None if they did.
fn undelivered(message: &MessageView) -> Option<String> {
    let reason = message.error.as_ref().map(|error| format!(": {}", error.reason)).unwrap_or_default();
    match message.status {
        Status::Failed => Some(format!("[not sent{reason}]")),
        Status::Cancelled => Some("[cancelled before it was sent]".to_owned()),
        Status::Uncertain => Some("[perhaps not sent]".to_owned()),
        Status::Queued => Some("[not sent yet]".to_owned()),
        Status::Received | Status::Sent | Status::Delivered | Status::Read => None,
    }
}

fn file(it: &AttachmentView) -> String {
    let what = match it.r#type {
        FileKind::Image => "picture",
        FileKind::Video => "video",
        FileKind::Audio => "voice message",
        FileKind::File => "file",
        FileKind::Sticker => "sticker",
    };
    let name = if it.name.is_empty() { String::new() } else { format!(": {}", it.name) };
    let length = it.seconds.map(|seconds| format!(", {}:{:02}", seconds / 60, seconds % 60)).unwrap_or_default();
    format!("[{what}{name}{length}]")
}
