//! Media: received files, files to be sent, pictures of contacts. The bytes are in the blob store.

use domain::file_error::FileError;
use domain::id::{ContactId, ConversationId, MediumId, MessageId, UserId};
use domain::inbound::FileKind;
use domain::message::{File, Message};
use domain::time::Micros;

use super::ids::{self, with_ids};
use crate::batch::statements;
use crate::json::json;
use crate::words::words;
use crate::{Batch, Error, Row, Store, values};

macro_rules! columns {
    () => {
        "d.id, d.conversation_id, d.message_id, d.kind, d.name, d.mime, d.size, d.state, d.source_url, d.error, d.tries, d.created_by, d.thumbnail, d.width, d.height, \
         d.source_id, d.sha256, d.seconds, d.quick_reply_id"
    };
}

statements! {
    /// A file that is to be fetched, or was uploaded.
    INSERT = "INSERT INTO medium (id, conversation_id, message_id, kind, name, mime, size, state, source_url, tries, next_at, created_by, created_at, thumbnail,
            source_id, sha256)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, 0, $13, $14)";
    /// One medium.
    BY_ID = concat!("SELECT ", columns!(), " FROM medium d WHERE d.id = $1");
    /// Media of one message.
    OF_MESSAGE = concat!("SELECT ", columns!(), " FROM medium d WHERE d.message_id = $1 ORDER BY d.id");
    /// Media of some messages.
    OF_MESSAGES = concat!(with_ids!("$1"), "SELECT ", columns!(), " FROM ids JOIN medium d ON d.message_id = ids.id ORDER BY d.id");
    /// How long the recordings of some messages are.
    SECONDS = concat!(with_ids!("$1"), "SELECT d.message_id, d.seconds FROM ids JOIN medium d ON d.message_id = ids.id WHERE d.seconds IS NOT NULL ORDER BY d.id DESC");
    /// Media that are to be fetched now.
    DUE = concat!("SELECT ", columns!(), " FROM medium d WHERE d.next_at <= $1 ORDER BY d.next_at LIMIT 50");
    /// When the next is due.
    NEXT_DUE = "SELECT min(next_at) FROM medium WHERE next_at IS NOT NULL";
    /// The bytes have arrived.
    STORED = "UPDATE medium SET state = 'stored', mime = $2, size = $3, name = $4, thumbnail = $5, width = $6, height = $7, seconds = $8, error = NULL, next_at = NULL WHERE id = $1";
    /// A picture is about to be decoded: if that crashes the process, it is not decoded again.
    OPENED = "UPDATE medium SET thumbnail = 2 WHERE id = $1";
    /// A stored picture or recording was measured.
    MEASURED = "UPDATE medium SET thumbnail = $2, width = $3, height = $4, seconds = $5 WHERE id = $1 AND state = 'stored'";
    /// It is tried again later, or never ($3 NULL).
    FAILED = "UPDATE medium SET state = $2, next_at = $3, error = $4, tries = tries + 1 WHERE id = $1";
    /// It waits, which does not count as an attempt.
    WAITS = "UPDATE medium SET next_at = $2, error = $3 WHERE id = $1 AND state = 'pending'";
    /// An upload becomes part of a message.
    ATTACH = "UPDATE medium SET message_id = $2 WHERE id = $1 AND message_id IS NULL";
    /// Stored files of a conversation.
    OF_CONVERSATION = concat!("SELECT ", columns!(), " FROM medium d WHERE d.conversation_id = $1 AND d.id > $2 ORDER BY d.id LIMIT $3");
    /// Those of some ids that belong to no medium and no user's picture.
    WITHOUT_ROW = concat!(with_ids!("$1"), "SELECT ids.id FROM ids WHERE NOT EXISTS (SELECT 1 FROM medium d WHERE d.id = ids.id)
        AND NOT EXISTS (SELECT 1 FROM portrait p WHERE p.medium_id = ids.id)");
    /// Files of quick replies.
    OF_QUICK_REPLIES = concat!("SELECT ", columns!(), " FROM medium d WHERE d.quick_reply_id IS NOT NULL ORDER BY d.id");
    /// An upload becomes a file of a quick reply.
    FILE_OF_QUICK_REPLY = "UPDATE medium SET quick_reply_id = $2
        WHERE id = $1 AND created_by IS NOT NULL AND conversation_id IS NULL AND quick_reply_id IS NULL";
    /// A quick reply is left by its files; those that go on with it are linked again.
    UNLINK_QUICK_REPLY = "UPDATE medium SET quick_reply_id = NULL WHERE quick_reply_id = $1";
    /// The contact whose picture a medium is.
    PICTURE_OF = "SELECT id FROM contact WHERE picture = $1 LIMIT 1";
}

words! {
    /// Whether a file is on this server.
    #[cfg_attr(feature = "schema", schema(as = MediumState))]
    State {
        /// They are being fetched.
        Pending = "pending",
        /// They are stored.
        Stored = "stored",
        /// They couldn't be fetched, or were deleted.
        Failed = "failed",
    }
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medium {
    /// Its id, also its name in the blob store.
    pub id: MediumId,
    /// The conversation whose readers may read it; None for a contact's picture and for files of quick replies.
    pub conversation: Option<ConversationId>,
    /// The quick reply that it belongs to.
    pub quick_reply: Option<i64>,
    /// The message that it belongs to.
    pub message: Option<MessageId>,
    /// What it is.
    pub kind: FileKind,
    /// Its name.
    pub name: String,
    /// Its detected type; empty until it is stored.
    pub mime: String,
    /// Its size in bytes.
    pub size: i64,
    /// Whether the bytes are stored.
    pub state: State,
    /// Where it is fetched from.
    pub source_url: Option<String>,
    /// The channel's id of it, where its address has to be requested.
    pub source_id: Option<String>,
    /// The SHA-256 of its bytes in hex, as reported by the channel.
    pub sha256: Option<String>,
    /// Why it is not on this server.
    pub error: Option<FileError>,
    /// How often it was tried.
    pub tries: i64,
    /// Who uploaded it.
    pub created_by: Option<UserId>,
    /// Whether a thumbnail is stored next to it.
    pub thumb: bool,
    /// Whether decoding it began and never finished.
    pub was_opened: bool,
    /// Its measurements.
    pub measures: Measures,
}

/// Measurements of a file's content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measures {
    /// Width and height of a picture as it is shown, in pixels; None for anything else, or if it cannot be read.
    pub dimensions: Option<(u32, u32)>,
    /// The duration of a recording, in seconds; None for anything else, or if it is unknown.
    pub seconds: Option<u32>,
}

impl Measures {
    /// The columns width, height and seconds.
    fn columns(self) -> (Option<i64>, Option<i64>, Option<i64>) {
        let (width, height) = self.dimensions.map(|(width, height)| (i64::from(width), i64::from(height))).unzip();
        (width, height, self.seconds.map(i64::from))
    }
}

fn count(column: Option<i64>) -> Option<u32> {
    column.and_then(|number| u32::try_from(number).ok())
}

/// A medium from its columns.
pub(crate) fn from_row(row: &Row) -> Medium {
    let kind = row.text(3);
    Medium {
        id: MediumId(row.int(0)),
        conversation: row.opt_int(1).map(ConversationId),
        quick_reply: row.opt_int(18),
        message: row.opt_int(2).map(MessageId),
        kind: [FileKind::Image, FileKind::Video, FileKind::Audio, FileKind::Sticker]
            .into_iter()
            .find(|known| known.word() == kind)
            .unwrap_or(FileKind::File),
        name: row.text(4),
        mime: row.text(5),
        size: row.int(6),
        state: State::parse(&row.text(7)).unwrap_or(State::Failed),
        source_url: row.opt_text(8),
        source_id: row.opt_text(15),
        sha256: row.opt_text(16),
        error: row.json(9),
        tries: row.int(10),
        created_by: row.opt_int(11).map(UserId),
        thumb: row.int(12) == 1,
        was_opened: row.int(12) == 2,
        measures: Measures {
            dimensions: count(row.opt_int(13)).zip(count(row.opt_int(14))),
            seconds: count(row.opt_int(17)),
        },
    }
}

/// One medium by its id.
pub async fn by_id(store: &Store, id: MediumId) -> Result<Option<Medium>, Error> {
    Ok(store.row(BY_ID, values![id]).await?.as_ref().map(from_row))
}

/// The parameters of [`INSERT`] for a file of a message that is to be fetched at once.
pub(crate) fn in_message(message: &Message, file: &File, at: Micros) -> Vec<crate::Value> {
    let place = (Some(message.conversation), Some(message.id));
    to_fetch(file, place, at)
}

fn to_fetch(file: &File, place: (Option<ConversationId>, Option<MessageId>), at: Micros) -> Vec<crate::Value> {
    let nobody: Option<i64> = None;
    values![
        file.medium,
        place.0,
        place.1,
        file.kind.word(),
        &file.name,
        "",
        0_i64,
        State::Pending,
        file.url.as_deref(),
        at,
        nobody,
        at,
        file.source_id.as_deref(),
        file.sha256.as_deref()
    ]
}

/// A picture of a contact that is to be fetched.
pub fn push_picture(batch: &mut Batch, id: MediumId, url: &str, at: Micros) {
    let picture = File { name: "picture".into(), url: Some(url.into()), ..File::of(id, FileKind::Image) };
    batch.push(INSERT, to_fetch(&picture, (None, None), at));
    batch.notify(crate::Signal::Fetch);
}

/// A file that an agent uploaded: its bytes are already in the blob store, but not measured yet.
pub fn push_upload(batch: &mut Batch, medium: &Medium, at: Micros) {
    let nothing: Option<String> = None;
    let never: Option<i64> = None;
    batch.push(
        INSERT,
        values![
            medium.id,
            medium.conversation,
            medium.message,
            medium.kind.word(),
            &medium.name,
            &medium.mime,
            medium.size,
            State::Stored,
            nothing,
            never,
            medium.created_by,
            at,
            medium.source_id.as_deref(),
            medium.sha256.as_deref()
        ],
    );
}

/// Media of one message.
pub async fn of_message(store: &Store, id: MessageId) -> Result<Vec<Medium>, Error> {
    Ok(store.rows(OF_MESSAGE, values![id]).await?.iter().map(from_row).collect())
}

/// Media of some messages, in the order of their ids.
pub async fn of_messages(store: &Store, messages: &[MessageId]) -> Result<Vec<Medium>, Error> {
    let rows = store.rows(OF_MESSAGES, vec![ids::param(messages.iter().map(|id| id.0))]).await?;
    Ok(rows.iter().map(from_row).collect())
}

/// Media of a conversation with ids above `after`.
pub async fn of_conversation(
    store: &Store,
    id: ConversationId,
    after: MediumId,
    limit: i64,
) -> Result<Vec<Medium>, Error> {
    Ok(store.rows(OF_CONVERSATION, values![id, after, limit]).await?.iter().map(from_row).collect())
}

/// Media that are to be fetched now, at most 50.
pub async fn due(store: &Store, now: Micros) -> Result<Vec<Medium>, Error> {
    Ok(store.rows(DUE, values![now]).await?.iter().map(from_row).collect())
}

/// When the next one is to be fetched.
pub async fn next_due(store: &Store) -> Result<Option<Micros>, Error> {
    Ok(store.row(NEXT_DUE, values![]).await?.and_then(|row| row.opt_int(0)).map(Micros))
}

/// Those of some ids that belong to no medium and no user's picture.
pub async fn without_row(store: &Store, some: &[MediumId]) -> Result<Vec<MediumId>, Error> {
    let rows = store.rows(WITHOUT_ROW, vec![ids::param(some.iter().map(|id| id.0))]).await?;
    Ok(rows.iter().map(|row| MediumId(row.int(0))).collect())
}

/// Files of quick replies.
pub async fn of_quick_replies(store: &Store) -> Result<Vec<Medium>, Error> {
    Ok(store.rows(OF_QUICK_REPLIES, values![]).await?.iter().map(from_row).collect())
}

/// The files of a quick reply are these from now on; what it loses is removed as an unused upload.
pub fn set_files_of_quick_reply(batch: &mut Batch, quick_reply: i64, files: &[MediumId]) {
    batch.push(UNLINK_QUICK_REPLY, values![quick_reply]);
    for file in files {
        batch.must(FILE_OF_QUICK_REPLY, values![*file, quick_reply]);
    }
}

/// The contact whose picture it is.
pub async fn pictured_contact(store: &Store, id: MediumId) -> Result<Option<ContactId>, Error> {
    Ok(store.row(PICTURE_OF, values![id]).await?.map(|row| ContactId(row.int(0))))
}

/// What is known about a file once its bytes have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched<'a> {
    /// Its detected type.
    pub mime: &'a str,
    /// Its size in bytes.
    pub size: i64,
    /// Its name.
    pub name: &'a str,
    /// Whether a thumbnail is stored next to it.
    pub thumb: bool,
    /// Its measurements.
    pub measures: Measures,
}

/// A picture is about to be decoded.
pub fn set_opened(batch: &mut Batch, id: MediumId) {
    batch.must(OPENED, values![id]);
}

/// A stored file was measured: whether it has a thumbnail, and its measurements.
pub fn set_measured(batch: &mut Batch, id: MediumId, thumb: bool, measures: Measures) {
    let (width, height, seconds) = measures.columns();
    batch.push(MEASURED, values![id, thumb, width, height, seconds]);
}

/// The bytes have arrived; a conflict if the medium was erased.
pub fn set_stored(batch: &mut Batch, id: MediumId, fetched: &Fetched<'_>) {
    let (width, height, seconds) = fetched.measures.columns();
    let Fetched { mime, size, name, thumb, .. } = *fetched;
    batch.must(STORED, values![id, mime, size, name, thumb, width, height, seconds]);
}

/// It could not be fetched and is tried again at a moment.
pub fn retry(batch: &mut Batch, id: MediumId, at: Micros, why: &FileError) {
    batch.push(FAILED, values![id, State::Pending, at, json(why)]);
}

/// It cannot be stored now, for a reason on our side, and is tried again at a moment.
pub fn wait(batch: &mut Batch, id: MediumId, at: Micros, why: &FileError) {
    batch.push(WAITS, values![id, at, json(why)]);
}

/// It could not be fetched and isn't tried again.
pub fn set_failed(batch: &mut Batch, id: MediumId, why: &FileError) {
    batch.push(FAILED, values![id, State::Failed, None::<i64>, json(why)]);
}
