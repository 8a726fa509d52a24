//! Quick replies: texts that agents often use, found by their shortcut.

mod import;

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::turn::Templates;
use serde::{Deserialize, Serialize};
use store::table::quick_reply::{self, QuickReply};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};

pub use import::import;

/// The longest text: the limit of one message on Messenger.
const LONGEST: usize = 2_000;

/// A ready-made text.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuickReply)]
pub struct ReplyView {
    pub id: String,
    /// What is typed after `/` to find it.
    pub shortcut: String,
    pub title: String,
    /// The text, with variables such as `{{ contact.name }}`.
    pub text: String,
    pub version: i64,
}

impl From<QuickReply> for ReplyView {
    fn from(it: QuickReply) -> Self {
        Self { id: it.id.to_string(), shortcut: it.shortcut, title: it.title, text: it.text, version: it.version }
    }
}

/// A new quick reply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewQuickReply)]
pub struct NewReply {
    /// 1 to 30 of a–z, 0–9, `_` and `-`.
    pub shortcut: String,
    pub title: String,
    pub text: String,
}

/// Changes of a quick reply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuickReplyChange)]
pub struct ReplyChange {
    pub shortcut: Option<String>,
    pub title: Option<String>,
    pub text: Option<String>,
    pub version: Option<i64>,
}

impl NewReply {
    fn checked(self) -> Result<Self> {
        let mut fields = Fields::default();
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if !(1..=30).contains(&self.shortcut.len()) || !self.shortcut.chars().all(letters) {
            fields.bad("/shortcut", "A shortcut has 1 to 30 characters of a–z, 0–9, \"_\" and \"-\".");
        }
        let title = fields.name("/title", &self.title, 80);
        fields.template("/text", &self.text, LONGEST, &Templates::VARIABLES);
        fields.done()?;
        Ok(Self { title, ..self })
    }
}

/// All quick replies, by shortcut.
pub async fn all(app: &Engine) -> Result<Vec<ReplyView>> {
    Ok(quick_reply::list(&app.store).await?.into_iter().map(ReplyView::from).collect())
}

/// One quick reply.
pub async fn one(app: &Engine, id: i64) -> Result<ReplyView> {
    let id = id.to_string();
    all(app).await?.into_iter().find(|reply| reply.id == id).ok_or_else(|| Error::NotFound("quick reply"))
}

/// Creates a quick reply.
pub async fn create(app: &Engine, by: UserId, new: NewReply) -> Result<ReplyView> {
    let new = new.checked()?;
    let id = app.ids.next();
    let mut batch = Batch::new();
    quick_reply::insert(&mut batch, id, &new.shortcut, &new.title, &new.text);
    act_by(
        app,
        &mut batch,
        Some(by),
        "quick_reply.create",
        format!("quick reply {id}"),
        AuditDetail::named(&new.shortcut),
    );
    app.store.commit(batch).await.map_err(duplicate)?;
    one(app, id).await
}

/// Changes a quick reply.
pub async fn update(app: &Engine, by: UserId, id: i64, change: ReplyChange) -> Result<ReplyView> {
    let current = one(app, id).await?;
    fresh(change.version, current.version, &current)?;
    let after = NewReply {
        shortcut: change.shortcut.unwrap_or(current.shortcut),
        title: change.title.unwrap_or(current.title),
        text: change.text.unwrap_or(current.text),
    };
    let after = after.checked()?;
    let mut batch = Batch::new();
    quick_reply::update(&mut batch, id, &after.shortcut, &after.title, &after.text, change.version);
    act_by(
        app,
        &mut batch,
        Some(by),
        "quick_reply.update",
        format!("quick reply {id}"),
        AuditDetail::named(&after.shortcut),
    );
    match app.store.commit(batch).await {
        Ok(_) => one(app, id).await,
        Err(CommitError::Conflict) => Err(Error::stale(&one(app, id).await?)),
        Err(error) => Err(duplicate(error)),
    }
}

/// Removes a quick reply.
pub async fn delete(app: &Engine, by: UserId, id: i64) -> Result<()> {
    let current = one(app, id).await?;
    let mut batch = Batch::new();
    quick_reply::delete(&mut batch, id);
    act_by(
        app,
        &mut batch,
        Some(by),
        "quick_reply.delete",
        format!("quick reply {id}"),
        AuditDetail::named(&current.shortcut),
    );
    app.store.commit(batch).await?;
    Ok(())
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/shortcut", "There is a quick reply with this shortcut already."),
        error => error.into(),
    }
}
