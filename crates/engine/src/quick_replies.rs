//! Quick replies: texts and files that agents often send, found by their shortcut. Who sees and changes which is
//! `domain::quick_reply`.

mod files;
mod import;

use std::collections::HashSet;

use domain::audit_detail::AuditDetail;
use domain::id::{MediumId, QueueId, TeamId};
use domain::quick_reply::Audience;
use domain::turn::Templates;
use domain::visibility::Viewer;
use serde::{Deserialize, Serialize};
use store::table::medium::{self, Medium};
use store::table::named::{self, Kind};
use store::table::quick_reply::{self, Content, QuickReply};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};

pub use files::{QuickReplyFiles, is_visible, put_into};
pub use import::import;

/// The longest text: the limit of one message on Messenger.
const LONGEST: usize = 2_000;
/// The most files of one: what one message holds.
const MOST_FILES: usize = 10;

/// A ready-made text.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuickReply)]
pub struct ReplyView {
    pub id: String,
    /// What is typed after `/` to find it.
    pub shortcut: String,
    pub title: String,
    /// The text, with variables such as `{{ contact.name }}`; may be empty if there are files.
    pub text: String,
    /// The folder that it is listed in; empty for none.
    pub folder: String,
    /// Whether only the user who made it sees it.
    pub personal: bool,
    /// It is for agents of these teams; none: of all.
    #[schema(value_type = Vec<String>)]
    pub team_ids: Vec<TeamId>,
    /// It is for conversations of these queues; none: of all.
    #[schema(value_type = Vec<String>)]
    pub queue_ids: Vec<QueueId>,
    /// What is sent with the text.
    pub files: Vec<ReplyFile>,
    pub version: i64,
}

/// A file of a quick reply.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuickReplyFile)]
pub struct ReplyFile {
    #[schema(value_type = String)]
    pub id: MediumId,
    pub name: String,
    /// Its type, as sniffed.
    pub mime: String,
    /// Bytes.
    pub size: i64,
    /// Its address.
    pub url: String,
}

/// A new quick reply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewQuickReply)]
pub struct NewReply {
    /// 1 to 30 of a–z, 0–9, `_` and `-`.
    pub shortcut: String,
    pub title: String,
    /// May be empty if there are files.
    pub text: String,
    #[serde(default)]
    pub folder: String,
    /// For oneself alone. Who may not change shared ones can make only these.
    #[serde(default)]
    pub personal: bool,
    /// Only for agents of these teams; a personal one has none.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub team_ids: Vec<TeamId>,
    /// Only for conversations of these queues; a personal one has none.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub queue_ids: Vec<QueueId>,
    /// At most 10 files that were uploaded for it with `POST /media`.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub file_ids: Vec<MediumId>,
}

/// Changes of a quick reply. What is left out stays; a personal one stays personal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuickReplyChange)]
pub struct ReplyChange {
    pub shortcut: Option<String>,
    pub title: Option<String>,
    pub text: Option<String>,
    pub folder: Option<String>,
    #[schema(value_type = Option<Vec<String>>)]
    pub team_ids: Option<Vec<TeamId>>,
    #[schema(value_type = Option<Vec<String>>)]
    pub queue_ids: Option<Vec<QueueId>>,
    /// All its files.
    #[schema(value_type = Option<Vec<String>>)]
    pub file_ids: Option<Vec<MediumId>>,
    pub version: Option<i64>,
}

fn shown(app: &Engine, it: QuickReply) -> ReplyView {
    let Content { shortcut, title, text, folder, audience } = it.content;
    let personal = audience.owner().is_some();
    let (team_ids, queue_ids) = match audience {
        Audience::Personal(_) => (Vec::new(), Vec::new()),
        Audience::Shared { teams, queues } => (teams, queues),
    };
    let files = it.files.into_iter().map(|file| ReplyFile {
        id: file.id,
        url: app.urls.medium(file.id),
        name: file.name,
        mime: file.mime,
        size: file.size,
    });
    let (id, files) = (it.id.to_string(), files.collect());
    ReplyView { id, shortcut, title, text, folder, personal, team_ids, queue_ids, files, version: it.version }
}

/// What the fields of a quick reply are checked against.
struct Known {
    teams: HashSet<TeamId>,
    queues: HashSet<QueueId>,
}

impl Known {
    async fn read(app: &Engine) -> Result<Self> {
        let teams = named::list(&app.store, Kind::Team).await?.into_iter().map(|team| TeamId(team.id)).collect();
        let queues = app.directory().queues.iter().map(|queue| queue.id).collect();
        Ok(Self { teams, queues })
    }
}

impl NewReply {
    /// Checks the fields. `files`: how many it has.
    fn checked(self, by: &Viewer, known: &Known, files: usize) -> Result<Content> {
        let mut fields = Fields::default();
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if !(1..=30).contains(&self.shortcut.len()) || !self.shortcut.chars().all(letters) {
            fields.bad("/shortcut", "A shortcut has 1 to 30 characters of a–z, 0–9, \"_\" and \"-\".");
        }
        let title = fields.name("/title", &self.title, 80);
        if files == 0 || !self.text.trim().is_empty() {
            fields.template("/text", &self.text, LONGEST, &Templates::VARIABLES);
        }
        let folder =
            if self.folder.trim().is_empty() { String::new() } else { fields.name("/folder", &self.folder, 80) };
        if files > MOST_FILES {
            fields.bad("/file_ids", format!("There are {files} files, at most {MOST_FILES} are possible."));
        }
        if self.personal && !(self.team_ids.is_empty() && self.queue_ids.is_empty()) {
            fields.bad("/personal", "A personal quick reply is for no team and no queue.");
        }
        for (index, team) in self.team_ids.iter().enumerate() {
            if !known.teams.contains(team) {
                fields.bad(&format!("/team_ids/{index}"), "There is no such team.");
            }
        }
        for (index, queue) in self.queue_ids.iter().enumerate() {
            if !known.queues.contains(queue) {
                fields.bad(&format!("/queue_ids/{index}"), "There is no such queue.");
            }
        }
        fields.done()?;
        let audience = if self.personal {
            Audience::Personal(by.user)
        } else {
            Audience::Shared { teams: self.team_ids, queues: self.queue_ids }
        };
        Ok(Content { shortcut: self.shortcut, title, text: self.text, folder, audience })
    }
}

/// The quick replies that a user sees, by shortcut.
async fn visible(app: &Engine, by: &Viewer) -> Result<Vec<QuickReply>> {
    let team = app.roster().get(by.user).and_then(|agent| agent.qualifications.team);
    let mut replies = quick_reply::list(&app.store).await?;
    replies.retain(|reply| reply.content.audience.includes(by, team));
    Ok(replies)
}

async fn find(app: &Engine, by: &Viewer, id: i64) -> Result<QuickReply> {
    visible(app, by).await?.into_iter().find(|reply| reply.id == id).ok_or_else(|| Error::NotFound("quick reply"))
}

/// The quick replies that a user sees, by shortcut.
pub async fn all(app: &Engine, by: &Viewer) -> Result<Vec<ReplyView>> {
    Ok(visible(app, by).await?.into_iter().map(|reply| shown(app, reply)).collect())
}

/// One quick reply.
pub async fn one(app: &Engine, by: &Viewer, id: i64) -> Result<ReplyView> {
    Ok(shown(app, find(app, by, id).await?))
}

fn permit(by: &Viewer, audience: &Audience) -> Result<()> {
    if audience.is_changed_by(by) {
        return Ok(());
    }
    let detail = "Your role may not change shared quick replies. Make a personal one instead.";
    Err(Error::Forbidden(detail.into()))
}

/// The files that a quick reply is to have: those that it has already, or uploads of this user that wait for one.
async fn files(app: &Engine, by: &Viewer, wanted: &[MediumId], current: &[Medium]) -> Result<()> {
    let waits = |file: &Medium| {
        file.created_by == Some(by.user)
            && file.conversation.is_none()
            && file.message.is_none()
            && file.quick_reply.is_none()
    };
    let mut fields = Fields::default();
    let mut seen = HashSet::new();
    for (index, id) in wanted.iter().enumerate() {
        let is_known = current.iter().any(|file| file.id == *id)
            || medium::by_id(&app.store, *id).await?.as_ref().is_some_and(waits);
        if !is_known || !seen.insert(id) {
            fields.bad(&format!("/file_ids/{index}"), "There is no such file for a quick reply. Upload it again.");
        }
    }
    fields.done()
}

fn act(app: &Engine, batch: &mut Batch, by: &Viewer, verb: &str, id: i64, detail: AuditDetail) {
    act_by(app, batch, Some(by.user), &format!("quick_reply.{verb}"), format!("quick reply {id}"), detail);
}

/// Creates a quick reply.
pub async fn create(app: &Engine, by: &Viewer, new: NewReply) -> Result<ReplyView> {
    let wanted = new.file_ids.clone();
    let content = new.checked(by, &Known::read(app).await?, wanted.len())?;
    permit(by, &content.audience)?;
    files(app, by, &wanted, &[]).await?;
    let id = app.ids.next();
    let mut batch = Batch::new();
    quick_reply::insert(&mut batch, id, &content);
    quick_reply::set_files(&mut batch, id, &wanted);
    act(app, &mut batch, by, "create", id, AuditDetail::named(&content.shortcut));
    app.store.commit(batch).await.map_err(duplicate)?;
    one(app, by, id).await
}

/// Changes a quick reply.
pub async fn update(app: &Engine, by: &Viewer, id: i64, change: ReplyChange) -> Result<ReplyView> {
    let found = find(app, by, id).await?;
    permit(by, &found.content.audience)?;
    let current = shown(app, found.clone());
    fresh(change.version, current.version, &current)?;
    let wanted = change.file_ids.unwrap_or_else(|| found.files.iter().map(|file| file.id).collect());
    let before = current.clone();
    let after = NewReply {
        shortcut: change.shortcut.unwrap_or(current.shortcut),
        title: change.title.unwrap_or(current.title),
        text: change.text.unwrap_or(current.text),
        folder: change.folder.unwrap_or(current.folder),
        personal: current.personal,
        team_ids: change.team_ids.unwrap_or(current.team_ids),
        queue_ids: change.queue_ids.unwrap_or(current.queue_ids),
        file_ids: Vec::new(),
    };
    let after = after.checked(by, &Known::read(app).await?, wanted.len())?;
    files(app, by, &wanted, &found.files).await?;
    let mut batch = Batch::new();
    quick_reply::update(&mut batch, id, &after, change.version);
    quick_reply::set_files(&mut batch, id, &wanted);
    let name = after.shortcut.clone();
    let after = shown(app, QuickReply { content: after, ..found });
    act(app, &mut batch, by, "update", id, AuditDetail::changed(name, &before, &after));
    match app.store.commit(batch).await {
        Ok(_) => one(app, by, id).await,
        Err(CommitError::Conflict) => Err(Error::stale(&one(app, by, id).await?)),
        Err(error) => Err(duplicate(error)),
    }
}

/// Removes a quick reply.
pub async fn delete(app: &Engine, by: &Viewer, id: i64) -> Result<()> {
    let current = find(app, by, id).await?;
    permit(by, &current.content.audience)?;
    let mut batch = Batch::new();
    quick_reply::delete(&mut batch, id);
    act(app, &mut batch, by, "delete", id, AuditDetail::named(&current.content.shortcut));
    app.store.commit(batch).await?;
    Ok(())
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/shortcut", "There is a quick reply with this shortcut already."),
        error => error.into(),
    }
}
