//! Full-text search over everything that a user may see: messages, conversations, contacts. `domain::search` decides
//! what matches; `store::table::search` uses the indexes.

use std::collections::HashMap;

use domain::id::{ContactId, ConversationId, MessageId};
use domain::search::{Highlight, Query};
use domain::visibility::Viewer;
use serde::{Deserialize, Serialize};
use store::table::contact::Person;
use store::table::conversation;
use store::table::search::{self, Asked, Filter, Rows};
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::Result;
use crate::view::{self, ConversationView, MessageView, NAMELESS};

/// The number of characters of a text that are shown around the match.
const EXCERPT: usize = 200;

/// The kind of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SearchKind)]
pub enum Kind {
    /// Messages with the words.
    Message,
    /// Contacts with the words in their name, e-mail address or phone number.
    Contact,
    /// Conversations of such contacts or with such a message.
    Conversation,
}

/// A part of a text, from `start` up to but not including `end`. Both count UTF-16 code units, like strings in
/// JavaScript.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct TextRange {
    /// Its first unit.
    pub start: u32,
    /// The unit after its last.
    pub end: u32,
}

/// The matched text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HighlightView {
    /// The text or a part of it, unchanged: plain text, not HTML.
    pub text: String,
    /// The matches in it, in order. Empty if they are in another field.
    pub ranges: Vec<TextRange>,
}

impl From<Highlight> for HighlightView {
    fn from(it: Highlight) -> Self {
        let ranges = it.ranges.into_iter().map(|range| TextRange { start: range.start, end: range.end });
        Self { text: it.text, ranges: ranges.collect() }
    }
}

/// The person of a result.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FoundContact {
    /// The contact's id.
    #[schema(value_type = String)]
    pub id: ContactId,
    /// Their name; a placeholder until it is known.
    pub name: String,
    /// Their picture, on this server.
    pub picture_url: Option<String>,
    /// A phone number.
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
}

/// A result.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SearchItem)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// The id of the message, contact or conversation.
    pub id: String,
    /// When the message was written, the conversation was last active, or the contact first wrote.
    pub at: String,
    /// The matched text, for display.
    pub highlight: HighlightView,
    /// The conversation; null for a contact.
    pub conversation: Option<ConversationView>,
    /// The message; for a conversation, the last one with the words, if there is one.
    pub message: Option<MessageView>,
    /// The person.
    pub contact: FoundContact,
}

/// A search request.
#[derive(Debug)]
pub struct Search {
    /// The words.
    pub words: String,
    /// The kind of results; all if None.
    pub kind: Option<Kind>,
    /// The filters.
    pub filter: Filter,
}

/// A page of results, newest first, and the id below which the next page begins.
pub async fn find(
    app: &Engine,
    search: &Search,
    viewer: &Viewer,
    below: i64,
    limit: i64,
) -> Result<(Vec<Item>, Option<i64>)> {
    let query = Query::parse(&search.words);
    if query.is_empty() {
        return Ok((Vec::new(), None));
    }
    let asked = Asked { query: &query, filter: &search.filter, viewer, below, limit: limit + 1 };
    let wants = |kind| search.kind.is_none_or(|wanted| wanted == kind);
    let mut places: Vec<(i64, Kind)> = Vec::new();
    if wants(Kind::Message) {
        places.extend(search::messages(&app.store, &asked).await?.into_iter().map(|id| (id.0, Kind::Message)));
    }
    if wants(Kind::Contact) {
        places.extend(search::contacts(&app.store, &asked).await?.into_iter().map(|id| (id.0, Kind::Contact)));
    }
    if wants(Kind::Conversation) {
        let found = search::conversations(&app.store, &asked).await?;
        places.extend(found.into_iter().map(|id| (id.0, Kind::Conversation)));
    }
    // Ids are ordered by time, whatever they belong to.
    places.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = places.get(wanted).and_then(|_| places.get(wanted - 1)).map(|(id, _)| *id);
    places.truncate(wanted);
    Ok((items(app, &query, viewer, &places).await?, next))
}

/// The item for each result. Objects that were deleted since, or are no longer visible, are left out.
async fn items(app: &Engine, query: &Query, viewer: &Viewer, places: &[(i64, Kind)]) -> Result<Vec<Item>> {
    let of = |kind| places.iter().filter(move |place| place.1 == kind).map(|place| place.0);
    let listed: Vec<_> = of(Kind::Conversation).map(ConversationId).collect();
    let last = search::last_messages(&app.store, query, &listed).await?;
    let ids = of(Kind::Message).map(MessageId).chain(last.iter().copied());
    let Rows { messages, mut contacts } = search::rows(&app.store, ids, of(Kind::Contact).map(ContactId)).await?;
    let parents = messages.values().map(|it| it.message.conversation).chain(listed);
    let mut conversations = search::conversation_rows(&app.store, parents).await?;
    let held = conversation::held_contacts(&app.store, viewer.user).await?;
    conversations.retain(|it| viewer.sees(it, held.contains(&it.contact)));
    let people = conversations.iter().map(|it| it.contact);
    contacts.extend(search::rows(&app.store, [], people).await?.contacts);
    let found = Found {
        last: last.iter().filter_map(|id| Some((messages.get(id)?.message.conversation, *id))).collect(),
        texts: messages.iter().map(|(id, it)| (*id, it.message.searchable())).collect(),
        conversations: view::conversations(app, &conversations).await?.into_iter().map(|it| (it.id, it)).collect(),
        parents: messages.iter().map(|(id, it)| (*id, it.message.conversation)).collect(),
        messages: view::messages(app, messages.into_values().collect())
            .await?
            .into_iter()
            .map(|it| (it.id, it))
            .collect(),
        contacts,
    };
    Ok(places.iter().filter_map(|(id, kind)| found.item(app, query, *kind, *id)).collect())
}

/// Everything that the items of a page are built from.
struct Found {
    messages: HashMap<MessageId, MessageView>,
    texts: HashMap<MessageId, String>,
    parents: HashMap<MessageId, ConversationId>,
    conversations: HashMap<ConversationId, ConversationView>,
    /// For each conversation, the last message with the words.
    last: HashMap<ConversationId, MessageId>,
    contacts: HashMap<ContactId, Person>,
}

impl Found {
    fn item(&self, app: &Engine, query: &Query, kind: Kind, id: i64) -> Option<Item> {
        let (conversation, message) = match kind {
            Kind::Contact => {
                let contact = self.contacts.get(&ContactId(id))?;
                return Some(Item {
                    kind,
                    id: id.to_string(),
                    at: rfc3339(contact.created_at),
                    highlight: in_contact(query, contact),
                    conversation: None,
                    message: None,
                    contact: person(app, contact),
                });
            }
            Kind::Message => (*self.parents.get(&MessageId(id))?, Some(MessageId(id))),
            Kind::Conversation => (ConversationId(id), self.last.get(&ConversationId(id)).copied()),
        };
        let conversation = self.conversations.get(&conversation)?.clone();
        let contact = self.contacts.get(&conversation.contact.id)?;
        let message = message.and_then(|id| Some((self.messages.get(&id)?.clone(), self.texts.get(&id)?)));
        Some(Item {
            kind,
            id: id.to_string(),
            at: match &message {
                Some((message, _)) if kind == Kind::Message => message.created_at.clone(),
                _ => conversation.last_activity_at.clone(),
            },
            highlight: match &message {
                Some((_, text)) => query.highlight(text, EXCERPT).into(),
                None => in_contact(query, contact),
            },
            conversation: Some(conversation),
            message: message.map(|(message, _)| message),
            contact: person(app, contact),
        })
    }
}

/// The first of name, address and number that contains the words.
fn in_contact(query: &Query, it: &Person) -> HighlightView {
    let name = it.name.as_deref().unwrap_or(NAMELESS);
    let texts = [Some(name), it.email.as_deref()].into_iter().flatten();
    let found = texts.map(|text| query.highlight(text, EXCERPT)).find(|it| !it.ranges.is_empty());
    let number = || it.phone.as_deref().filter(|_| query.number().is_some()).map(Highlight::whole);
    let name = || Highlight { text: name.to_owned(), ranges: Vec::new() };
    found.or_else(number).unwrap_or_else(name).into()
}

fn person(app: &Engine, it: &Person) -> FoundContact {
    FoundContact {
        id: it.id,
        name: it.name.clone().or_else(|| it.phone.clone()).unwrap_or_else(|| NAMELESS.to_owned()),
        picture_url: it.picture.map(|picture| app.urls.medium(picture)),
        phone: it.phone.clone(),
        email: it.email.clone(),
    }
}
