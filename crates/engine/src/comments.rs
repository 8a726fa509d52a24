//! Comments on the accounts' posts: the list, and what needs no answer. [`crate::private_reply`] answers them; who sees
//! them is `domain::visibility::Viewer::sees_comments`.

use domain::comment::State;
use domain::visibility::Viewer;
use serde::Serialize;
use store::Batch;
use store::table::comment::{self, Filter, StoredComment};
use utoipa::ToSchema;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::optimistic::{Attempt, optimistic};
use crate::view::{self, CommentView};

/// What a list of comments contains.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Of one account, or of all.
    pub page: Option<&'a str>,
    /// In this state.
    pub state: Option<State>,
    /// Whether they wait for an answer that can still be given.
    pub needs_answer: Option<bool>,
}

/// A comment with what it answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommentThread {
    /// The comment.
    pub comment: CommentView,
    /// The visitor's post and the comment that it answers, oldest first, as far as they are known.
    pub above: Vec<CommentView>,
}

/// One page of comments, newest first, and the place to continue after.
pub async fn list(
    app: &Engine,
    viewer: &Viewer,
    wanted: Wanted<'_>,
    place: Option<(i64, i64)>,
    limit: i64,
) -> Result<(Vec<CommentView>, Option<String>)> {
    let Wanted { page, state, needs_answer } = wanted;
    let filter = Filter { page, state, needs_answer, oldest: oldest(app) };
    let mut found = comment::list(&app.store, filter, place.unwrap_or((i64::MAX, i64::MAX)), limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|last| format!("{}-{}", last.written_at.0, last.id));
    Ok((view::comments(app, viewer, found).await?, next))
}

/// How many comments wait for an answer.
pub async fn count(app: &Engine) -> Result<i64> {
    Ok(comment::count_unanswered(&app.store, oldest(app)).await?)
}

/// One comment, with what it answers.
pub async fn one(app: &Engine, viewer: &Viewer, id: i64) -> Result<CommentThread> {
    let it = comment::by_id(&app.store, id).await?.ok_or(Error::NotFound("comment"))?;
    let above = comment::above(&app.store, &it).await?;
    Ok(CommentThread { comment: shown(app, viewer, it).await?, above: view::comments(app, viewer, above).await? })
}

/// An agent marks a comment as done: it needs no answer, or got one elsewhere.
pub async fn finish(app: &Engine, viewer: &Viewer, id: i64) -> Result<CommentView> {
    change(app, viewer, id, |it| {
        if let Some((_, by)) = &it.done {
            let by = by.as_deref().unwrap_or("A colleague");
            return Err(Error::conflict(format!("{by} has marked this comment as done already.")));
        }
        if it.replied_at.is_some() {
            return Err(Error::conflict("This comment has its private reply, so it is done already."));
        }
        if it.state == State::Removed {
            return Err(Error::conflict("The comment was removed, so there is nothing left to do."));
        }
        let mut batch = Batch::new();
        comment::set_done(&mut batch, id, app.clock.now(), viewer.user);
        Ok(batch)
    })
    .await
}

/// A comment that was marked as done waits for an answer again.
pub async fn reopen(app: &Engine, viewer: &Viewer, id: i64) -> Result<CommentView> {
    change(app, viewer, id, |it| {
        if it.done.is_none() {
            return Err(Error::conflict("This comment is not marked as done."));
        }
        let mut batch = Batch::new();
        comment::reopen(&mut batch, id, app.clock.now());
        Ok(batch)
    })
    .await
}

async fn change(
    app: &Engine,
    viewer: &Viewer,
    id: i64,
    decide: impl Fn(&StoredComment) -> Result<Batch> + Sync,
) -> Result<CommentView> {
    let decide = &decide;
    optimistic(&app.store, "comment", |_| async move {
        let it = comment::by_id(&app.store, id).await?.ok_or(Error::NotFound("comment"))?;
        Ok::<_, Error>(Attempt::Commit(decide(&it)?, ()))
    })
    .await?;
    let changed = comment::by_id(&app.store, id).await?.ok_or(Error::NotFound("comment"))?;
    shown(app, viewer, changed).await
}

async fn shown(app: &Engine, viewer: &Viewer, it: StoredComment) -> Result<CommentView> {
    view::comments(app, viewer, vec![it]).await?.pop().ok_or(Error::NotFound("comment"))
}

/// Comments that were written before can no longer be answered on any channel.
fn oldest(app: &Engine) -> domain::time::Micros {
    let limits = app.channels.all().filter_map(|capabilities| capabilities.window.comment);
    app.clock.now().plus(-limits.max().unwrap_or(0))
}
