//! API tokens: a user's own, each shown once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::UserId;
use serde::{Deserialize, Serialize};
use store::Batch;
use store::table::token::{self, Token};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::{Fields, act, page};
use crate::web::problem::{Answer, Problem};
use engine::clock::{IdMaker, rfc3339};
use engine::secrets;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(delete))
}

/// An API token; its text is only in the answer that made it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenOut {
    id: String,
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// The token itself: shown this once, keep it well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<String>,
}

impl From<Token> for TokenOut {
    fn from(it: Token) -> Self {
        Self {
            id: it.id.to_string(),
            name: it.name,
            created_at: rfc3339(it.created_at),
            last_used_at: it.used_at.map(rfc3339),
            token: None,
        }
    }
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken)]
pub struct TokenIn {
    name: String,
}

/// Your API tokens, newest first.
#[utoipa::path(get, path = "/tokens", tag = "tokens",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<TokenOut>)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<Items<TokenOut>>> {
    let tokens = token::of_user(&app.store, who.user.id).await?;
    page(tokens.into_iter().map(TokenOut::from).collect(), &paging)
}

/// Makes an API token with your rights.
#[utoipa::path(post, path = "/tokens", tag = "tokens", request_body = TokenIn,
    responses((status = 201, body = TokenOut)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<TokenIn>,
) -> Answer<(StatusCode, Json<TokenOut>)> {
    let mut fields = Fields::default();
    let name = fields.name("/name", &new.name, 80);
    fields.done()?;
    let (mut batch, made) = made(&app.ids, who.user.id, name);
    act(&app, &mut batch, &who, "token.create", format!("token {}", made.id), &made.name);
    app.store.commit(batch).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// A new token, and the batch that stores its hash.
fn made(ids: &IdMaker, user: UserId, name: String) -> (Batch, TokenOut) {
    let (id, at) = (ids.next(), ids.now());
    let token = format!("dbk_{}", secrets::token());
    let mut batch = Batch::new();
    token::insert(&mut batch, id, user, &name, &secrets::hash(&token), at);
    let made =
        TokenOut { id: id.to_string(), name, created_at: rfc3339(at), last_used_at: None, token: Some(token) };
    (batch, made)
}

/// Makes a token for a user from the command line and answers its text.
pub async fn make(
    store: &store::Store,
    ids: &IdMaker,
    user: UserId,
    name: &str,
) -> Result<String, store::CommitError> {
    let (mut batch, made) = made(ids, user, name.to_owned());
    let object = format!("token {}", made.id);
    store::table::setting::audit(
        &mut batch,
        &mut ids.source(),
        ids.now(),
        None,
        "token.create",
        &object,
        &made.name,
    );
    store.commit(batch).await?;
    Ok(made.token.unwrap_or_default())
}

/// Ends one of your API tokens: requests and streams with it end.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<StatusCode> {
    let mut batch = Batch::new();
    token::delete(&mut batch, id, who.user.id);
    act(&app, &mut batch, &who, "token.delete", format!("token {id}"), "");
    match app.store.commit(batch).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(store::CommitError::Conflict) => Err(Problem::not_found("token")),
        Err(error) => Err(error.into()),
    }
}
