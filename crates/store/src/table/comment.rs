//! Comments on the posts of a page, and posts of visitors (meta-platform.md §2.6, `feed`).
//!
//! A comment allows a single private reply, within 7 days (§3.5). The sender takes the right to it with
//! [`TAKE_REPLY`] in the batch that queues the message (`must`: the second one conflicts), sends to the recipient
//! `{"comment_id": …}` (for a visitor's post `{"post_id": …}`), and gives the right back with [`RETURN_REPLY`] only
//! if it was certainly not sent. The author's id is not their id in messages: that one comes with the answer of Send,
//! or with the echo.

use std::collections::HashSet;

use domain::comment::State;
use domain::failure::Failure;
use domain::id::{ConversationId, GatewayId, MessageId, UserId};
use domain::inbound::{Comment, Verb};
use domain::message::Status;
use domain::time::Micros;
use domain::visibility::Viewer;
use domain::window::may_reply;

use crate::batch::statements;
use crate::table::event;
use crate::table::ids::{self, with_ids};
use crate::table::visibility::{self, seen_by};
use crate::{Batch, Error, Row, Store, Value, values};

macro_rules! columns {
    () => {
        "c.id, c.gateway_id, c.page_id, c.comment_id, c.is_post, c.post_id, c.parent_id, c.from_id, c.from_name, \
         c.text, c.link, c.state, c.written_at, c.edited_at, c.replied_at, c.reply_message_id, \
         m.conversation_id, m.status, m.error, c.done_at, u.name \
         FROM comment c LEFT JOIN message m ON m.id = c.reply_message_id LEFT JOIN users u ON u.id = c.done_by"
    };
}

/// Whether a comment waits for an answer that can still be given: its account is connected, and it is not older than
/// this parameter.
macro_rules! needs_answer {
    ($oldest:literal) => {
        concat!(
            "(c.replied_at IS NULL AND c.done_at IS NULL AND c.state <> 'removed' AND c.written_at > ",
            $oldest,
            " AND EXISTS (SELECT 1 FROM account a WHERE a.gateway_id = c.gateway_id AND a.account_id = c.page_id))"
        )
    };
}

/// Newest first: the place to continue after, the limit, the state or empty, `yes` or `no` or empty for whether an
/// answer is needed, and the moment for that.
macro_rules! page {
    ($before:literal, $id:literal, $limit:literal, $state:literal, $needs:literal, $oldest:literal) => {
        concat!(
            "(c.written_at < ",
            $before,
            " OR (c.written_at = ",
            $before,
            " AND c.id < ",
            $id,
            "))
             AND (c.state = ",
            $state,
            " OR ",
            $state,
            " = '')
             AND (",
            $needs,
            " = '' OR (",
            $needs,
            " = 'yes') = ",
            needs_answer!($oldest),
            ")
             ORDER BY c.written_at DESC, c.id DESC LIMIT ",
            $limit
        )
    };
}

macro_rules! insert {
    () => {
        "INSERT INTO comment (id, gateway_id, page_id, comment_id, is_post, post_id, parent_id, from_id, from_name, text, link, \
         state, written_at, edited_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         ON CONFLICT (page_id, comment_id) DO UPDATE SET "
    };
}

statements! {
    /// A new one. If an edit or a removal arrived first, it is kept; only missing values are filled in.
    ADD = concat!(insert!(), "post_id = coalesce(comment.post_id, excluded.post_id),
        parent_id = coalesce(comment.parent_id, excluded.parent_id), from_id = coalesce(comment.from_id, excluded.from_id),
        from_name = coalesce(comment.from_name, excluded.from_name), link = coalesce(comment.link, excluded.link),
        text = CASE WHEN comment.state = 'removed' THEN NULL ELSE coalesce(comment.text, excluded.text) END,
        written_at = CASE WHEN comment.written_at < excluded.written_at THEN comment.written_at ELSE excluded.written_at END");
    /// Sets the text, unless a newer one is stored.
    EDIT = concat!(insert!(), "text = excluded.text, edited_at = excluded.edited_at, changed_at = excluded.changed_at
        WHERE comment.state <> 'removed' AND comment.changed_at <= excluded.changed_at");
    /// Removed, hidden or shown again. A removed comment stays removed, and its text is deleted.
    MOVE = concat!(insert!(), "state = excluded.state, changed_at = excluded.changed_at,
        text = CASE WHEN excluded.state = 'removed' THEN NULL ELSE comment.text END
        WHERE comment.state <> 'removed' AND (comment.changed_at <= excluded.changed_at OR excluded.state = 'removed')");
    /// Those of a page ($7).
    OF_PAGE = concat!("SELECT ", columns!(), " WHERE c.page_id = $7 AND ", page!("$1", "$2", "$3", "$4", "$5", "$6"));
    /// Those of all pages.
    ALL_OF_THEM = concat!("SELECT ", columns!(), " WHERE ", page!("$1", "$2", "$3", "$4", "$5", "$6"));
    /// How many wait for an answer. $1 the moment for that.
    COUNT = concat!("SELECT count(*) FROM comment c WHERE ", needs_answer!("$1"));
    /// One, by our id.
    BY_ID = concat!("SELECT ", columns!(), " WHERE c.id = $1");
    /// What a comment answers, oldest first: $1 page, $2 the comment or post that it answers, $3 its post.
    ABOVE = concat!("SELECT ", columns!(), " WHERE c.page_id = $1 AND c.comment_id IN ($2, $3) ORDER BY c.written_at, c.id");
    /// Of some conversations ($1) those that a viewer ($2 to $4) may see.
    SEEN = concat!(with_ids!("$1"), "SELECT c.id FROM ids JOIN conversation c ON c.id = ids.id WHERE ", seen_by!("$2", "$3", "$4"));
    /// It needs no answer: $1 comment, $2 now, $3 user.
    DONE = "UPDATE comment SET done_at = $2, done_by = $3 WHERE id = $1 AND done_at IS NULL AND replied_at IS NULL AND state <> 'removed'";
    /// It needs one again.
    REOPEN = "UPDATE comment SET done_at = NULL, done_by = NULL WHERE id = $1 AND done_at IS NOT NULL";
    /// One of a page, by our id.
    ONE = concat!("SELECT ", columns!(), " WHERE c.page_id = $1 AND c.id = $2");
    /// The one with an id of Meta.
    BY_COMMENT = concat!("SELECT ", columns!(), " WHERE c.page_id = $1 AND c.comment_id = $2");
    /// How many comments of a page got their private reply after $2, and when the first of them was sent. They were
    /// written after $3.
    REPLIED_SINCE = "SELECT count(*), min(replied_at) FROM comment WHERE page_id = $1 AND replied_at > $2 AND written_at > $3";
    /// Takes the right to the one private reply for a message, or keeps it: $1 comment, $2 now, $3 message, $4 when
    /// the oldest comment was written that still allows a reply.
    TAKE_REPLY = "UPDATE comment SET replied_at = $2, reply_message_id = $3 WHERE id = $1 AND state <> 'removed'
        AND written_at > $4 AND (replied_at IS NULL OR reply_message_id = $3)";
    /// Gives it back: the message was not sent and will not be. The message is still recorded.
    RETURN_REPLY = "UPDATE comment SET replied_at = NULL WHERE reply_message_id = $1";
    /// It was sent, whatever was assumed before: page, Meta's id of the comment, message, now.
    REPLIED = "UPDATE comment SET replied_at = coalesce(replied_at, $4), reply_message_id = $3
        WHERE page_id = $1 AND comment_id = $2";
}

/// A comment as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredComment {
    /// Our id.
    pub id: i64,
    /// The gateway.
    pub gateway: GatewayId,
    /// Meta's Page id.
    pub page: String,
    /// Meta's id of it.
    pub comment: String,
    /// Whether it is a visitor's post.
    pub is_post: bool,
    /// The post that it belongs to.
    pub post: Option<String>,
    /// What it answers.
    pub parent: Option<String>,
    /// Meta's id of its author; not the one in messages.
    pub from_id: Option<String>,
    /// The author's name.
    pub from_name: Option<String>,
    /// Its text; deleted if the comment was removed.
    pub text: Option<String>,
    /// Where it can be seen.
    pub link: Option<String>,
    /// Its state.
    pub state: State,
    /// When it was written.
    pub written_at: Micros,
    /// When its text was changed.
    pub edited_at: Option<Micros>,
    /// When its one private reply was or will be sent; None while there is none.
    pub replied_at: Option<Micros>,
    /// The message with that reply, or the last one that failed.
    pub reply: Option<Reply>,
    /// When an agent said that it needs no answer, and the agent's name if they are still known.
    pub done: Option<(Micros, Option<String>)>,
}

/// How many private replies an account has sent since a moment, and when the first of them was sent. Only for
/// comments that are not older than `oldest`.
pub async fn replied_since(
    store: &Store,
    page: &str,
    since: Micros,
    oldest: Micros,
) -> Result<(i64, Option<Micros>), Error> {
    let row = store.row(REPLIED_SINCE, values![page, since, oldest]).await?;
    Ok(row.map_or((0, None), |row| (row.int(0), row.opt_int(1).map(Micros))))
}

/// The message with which a comment was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The message.
    pub message: MessageId,
    /// Its conversation, and its status; None if it was erased.
    pub stands: Option<(ConversationId, Status, Option<Failure>)>,
}

impl StoredComment {
    /// Whether a private reply may be sent at `now`, at most `limit` microseconds after the comment was written; the
    /// error is the reason why not.
    pub fn may_reply(&self, now: Micros, limit: i64) -> Result<(), Failure> {
        may_reply(now, self.written_at, self.replied_at, self.state == State::Removed, limit)
    }

    /// Whether this message has the right to the private reply.
    pub fn belongs_to(&self, message: Option<MessageId>) -> bool {
        self.replied_at.is_some() && message.is_some() && self.reply.as_ref().map(|it| it.message) == message
    }

    /// Takes the right to the private reply for a message, or keeps it; a conflict if another has it.
    pub fn take(&self, batch: &mut Batch, message: MessageId, now: Micros, limit: i64) {
        batch.must(TAKE_REPLY, values![self.id, now, message, now.plus(-limit)]);
        event::add(batch, &event::Event::Comment(self.id), now);
    }
}

/// A comment from its columns.
pub(crate) fn from_row(row: &Row) -> StoredComment {
    StoredComment {
        id: row.int(0),
        gateway: GatewayId(row.int(1)),
        page: row.text(2),
        comment: row.text(3),
        is_post: row.flag(4),
        post: row.opt_text(5),
        parent: row.opt_text(6),
        from_id: row.opt_text(7),
        from_name: row.opt_text(8),
        text: row.opt_text(9),
        link: row.opt_text(10),
        state: State::from_word(&row.text(11)).unwrap_or(State::Removed),
        written_at: Micros(row.int(12)),
        edited_at: row.opt_int(13).map(Micros),
        replied_at: row.opt_int(14).map(Micros),
        reply: row.opt_int(15).map(|id| Reply {
            message: MessageId(id),
            stands: row.opt_int(16).map(|conversation| {
                (
                    ConversationId(conversation),
                    Status::from_word(&row.text(17)).unwrap_or(Status::Received),
                    row.json(18),
                )
            }),
        }),
        done: row.opt_int(19).map(|at| (Micros(at), row.opt_text(20))),
    }
}

/// One comment of a page.
pub async fn one(store: &Store, page: &str, id: i64) -> Result<Option<StoredComment>, Error> {
    Ok(store.row(ONE, values![page, id]).await?.as_ref().map(from_row))
}

/// The comment with an id of Meta.
pub async fn by_comment(store: &Store, page: &str, comment: &str) -> Result<Option<StoredComment>, Error> {
    Ok(store.row(BY_COMMENT, values![page, comment]).await?.as_ref().map(from_row))
}

/// Records what happened to a comment; `at` is the channel's time for it. `id` is for a comment that is not stored
/// yet. Repeated events and older ones that arrive late change nothing.
pub fn happened(batch: &mut Batch, id: i64, gateway: GatewayId, page: &str, it: &Comment, at: Micros) {
    let (sql, state) = match it.verb {
        Verb::Added => (ADD, State::Shown),
        Verb::Edited => (EDIT, State::Shown),
        Verb::Shown => (MOVE, State::Shown),
        Verb::Hidden => (MOVE, State::Hidden),
        Verb::Removed => (MOVE, State::Removed),
    };
    let (from_id, from_name) = it.from.clone().unzip();
    let text = it.text.clone().filter(|_| it.verb != Verb::Removed);
    let edited_at = (it.verb == Verb::Edited).then_some(at);
    let written_at = it.written_at.unwrap_or(at);
    batch.push(
        sql,
        values![
            id,
            gateway,
            page,
            &it.id,
            it.is_post,
            it.post.clone(),
            it.parent.clone(),
            from_id,
            from_name.flatten(),
            text,
            it.link.clone(),
            state.word(),
            written_at,
            edited_at,
            at
        ],
    );
}

/// Which comments a list contains.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    /// Of one account, or of all.
    pub page: Option<&'a str>,
    /// In this state.
    pub state: Option<State>,
    /// Whether they wait for an answer that can still be given.
    pub needs_answer: Option<bool>,
    /// Older ones can no longer be answered.
    pub oldest: Micros,
}

/// Comments, newest first, after a place (the time and id of a comment).
pub async fn list(
    store: &Store,
    filter: Filter<'_>,
    (before, id): (i64, i64),
    limit: i64,
) -> Result<Vec<StoredComment>, Error> {
    let state = filter.state.map_or("", State::word);
    let needs_answer = match filter.needs_answer {
        None => "",
        Some(true) => "yes",
        Some(false) => "no",
    };
    let mut params: Vec<Value> = values![before, id, limit, state, needs_answer, filter.oldest];
    let sql = match filter.page {
        Some(page) => {
            params.extend(values![page]);
            OF_PAGE
        }
        None => ALL_OF_THEM,
    };
    Ok(store.rows(sql, params).await?.iter().map(from_row).collect())
}

/// How many comments wait for an answer that can still be given: those written after `oldest`.
pub async fn count_unanswered(store: &Store, oldest: Micros) -> Result<i64, Error> {
    Ok(store.row(COUNT, values![oldest]).await?.map_or(0, |row| row.int(0)))
}

/// One comment.
pub async fn by_id(store: &Store, id: i64) -> Result<Option<StoredComment>, Error> {
    Ok(store.row(BY_ID, values![id]).await?.as_ref().map(from_row))
}

/// The comment that a comment answers and the visitor's post below which it was written, as far as they are known,
/// oldest first.
pub async fn above(store: &Store, it: &StoredComment) -> Result<Vec<StoredComment>, Error> {
    let post = it.post.as_deref().filter(|post| *post != it.comment);
    let parent = it.parent.as_deref().filter(|parent| *parent != it.comment);
    let params = values![&it.page, parent.unwrap_or_default(), post.unwrap_or_default()];
    Ok(store.rows(ABOVE, params).await?.iter().map(from_row).collect())
}

/// Of the conversations that replies began, those that a viewer may see.
pub async fn seen_conversations(
    store: &Store,
    comments: &[StoredComment],
    viewer: &Viewer,
) -> Result<HashSet<ConversationId>, Error> {
    let stands = |it: &StoredComment| Some(it.reply.as_ref()?.stands.as_ref()?.0.0);
    let wanted: Vec<i64> = comments.iter().filter_map(stands).collect();
    if wanted.is_empty() {
        return Ok(HashSet::new());
    }
    let mut params = vec![ids::param(wanted)];
    params.extend(visibility::params(viewer));
    Ok(store.rows(SEEN, params).await?.iter().map(|row| ConversationId(row.int(0))).collect())
}

/// It needs no answer; a conflict if it was answered, removed or done in between.
pub fn set_done(batch: &mut Batch, id: i64, at: Micros, by: UserId) {
    batch.must(DONE, values![id, at, by]);
    event::add(batch, &event::Event::Comment(id), at);
}

/// It needs an answer again; a conflict if it was not done.
pub fn reopen(batch: &mut Batch, id: i64, at: Micros) {
    batch.must(REOPEN, values![id]);
    event::add(batch, &event::Event::Comment(id), at);
}

/// Gives the right to the private reply back: the message was not sent and will not be.
pub fn return_reply(batch: &mut Batch, message: MessageId, now: Micros) {
    batch.push(RETURN_REPLY, values![message]);
    event::reply_changed(batch, message, now);
}

/// The private reply was sent.
pub fn set_replied(batch: &mut Batch, page: &str, comment: &str, message: MessageId, now: Micros) {
    batch.push(REPLIED, values![page, comment, message, now]);
    event::reply_changed(batch, message, now);
}
