//! Quick replies: texts that agents often use, found by their shortcut.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::table::quick_reply::{self, QuickReply};
use store::{Batch, CommitError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::{Fields, act, fresh, page, taken};
use crate::web::problem::{Answer, Problem};

/// The longest text: what one message of Messenger holds.
const LONGEST: usize = 2_000;

/// What everybody may read.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// What administrators do.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(update, delete))
}

/// A text that is written often.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuickReply)]
pub struct ReplyOut {
    id: String,
    /// What is typed behind `/` to find it.
    shortcut: String,
    title: String,
    /// The text, with variables such as `{{ contact.name }}`.
    text: String,
    version: i64,
}

impl From<QuickReply> for ReplyOut {
    fn from(it: QuickReply) -> Self {
        Self { id: it.id.to_string(), shortcut: it.shortcut, title: it.title, text: it.text, version: it.version }
    }
}

/// A quick reply to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewQuickReply)]
pub struct ReplyIn {
    /// 1 to 30 of a–z, 0–9, `_` and `-`.
    shortcut: String,
    title: String,
    text: String,
}

/// What changes about a quick reply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuickReplyChange)]
pub struct ReplyChange {
    shortcut: Option<String>,
    title: Option<String>,
    text: Option<String>,
    version: Option<i64>,
}

impl ReplyIn {
    fn checked(self) -> Answer<Self> {
        let mut fields = Fields::default();
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if !(1..=30).contains(&self.shortcut.len()) || !self.shortcut.chars().all(letters) {
            fields.bad("/shortcut", "A shortcut has 1 to 30 characters of a–z, 0–9, \"_\" and \"-\".");
        }
        let title = fields.name("/title", &self.title, 80);
        fields.template("/text", &self.text, LONGEST);
        fields.done()?;
        Ok(Self { title, ..self })
    }
}

async fn all(app: &App) -> Result<Vec<ReplyOut>, store::Error> {
    Ok(quick_reply::list(&app.store).await?.into_iter().map(ReplyOut::from).collect())
}

async fn one(app: &App, id: i64) -> Answer<ReplyOut> {
    let id = id.to_string();
    all(app).await?.into_iter().find(|reply| reply.id == id).ok_or_else(|| Problem::not_found("quick reply"))
}

/// Every quick reply, by shortcut.
#[utoipa::path(get, path = "/quick-replies", tag = "quick replies",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<ReplyOut>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<ReplyOut>>> {
    page(all(&app).await?, &paging)
}

/// One quick reply.
#[utoipa::path(get, path = "/quick-replies/{id}", tag = "quick replies",
    params(("id" = String, Path)), responses((status = 200, body = ReplyOut)))]
async fn get(State(app): State<App>, At(id): At<i64>) -> Answer<Json<ReplyOut>> {
    one(&app, id).await.map(Json)
}

/// Makes a quick reply.
#[utoipa::path(post, path = "/quick-replies", tag = "quick replies", request_body = ReplyIn,
    responses((status = 201, body = ReplyOut)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<ReplyIn>,
) -> Answer<(StatusCode, Json<ReplyOut>)> {
    let new = new.checked()?;
    let id = app.ids.next();
    let mut batch = Batch::new();
    quick_reply::insert(&mut batch, id, &new.shortcut, &new.title, &new.text);
    act(&app, &mut batch, &who, "quick_reply.create", format!("quick reply {id}"), &new.shortcut);
    app.store.commit(batch).await.map_err(duplicate)?;
    Ok((StatusCode::CREATED, Json(one(&app, id).await?)))
}

/// Changes a quick reply.
#[utoipa::path(patch, path = "/quick-replies/{id}", tag = "quick replies", params(("id" = String, Path)),
    request_body = ReplyChange, responses((status = 200, body = ReplyOut)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<i64>,
    Body(change): Body<ReplyChange>,
) -> Answer<Json<ReplyOut>> {
    let current = one(&app, id).await?;
    fresh(change.version, current.version, &current)?;
    let after = ReplyIn {
        shortcut: change.shortcut.unwrap_or(current.shortcut),
        title: change.title.unwrap_or(current.title),
        text: change.text.unwrap_or(current.text),
    };
    let after = after.checked()?;
    let mut batch = Batch::new();
    quick_reply::update(&mut batch, id, &after.shortcut, &after.title, &after.text, change.version);
    act(&app, &mut batch, &who, "quick_reply.update", format!("quick reply {id}"), &after.shortcut);
    match app.store.commit(batch).await {
        Ok(_) => one(&app, id).await.map(Json),
        Err(CommitError::Conflict) => Err(Problem::stale(&one(&app, id).await?)),
        Err(error) => Err(duplicate(error)),
    }
}

/// Removes a quick reply.
#[utoipa::path(delete, path = "/quick-replies/{id}", tag = "quick replies",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<StatusCode> {
    let current = one(&app, id).await?;
    let mut batch = Batch::new();
    quick_reply::delete(&mut batch, id);
    act(&app, &mut batch, &who, "quick_reply.delete", format!("quick reply {id}"), &current.shortcut);
    app.store.commit(batch).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn duplicate(error: CommitError) -> Problem {
    match error {
        CommitError::Duplicate => taken("/shortcut", "There is a quick reply with this shortcut already."),
        error => error.into(),
    }
}
