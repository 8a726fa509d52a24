//! API tokens: they belong to a user, and each is shown once.

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use store::table::setting;
use store::table::token::{self, Token};
use store::{Batch, CommitError, Store};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::clock::{IdMaker, rfc3339};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::secrets;
use crate::users::{self, By};

/// An API token. Its text is returned only when it is created.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenView {
    pub id: String,
    pub name: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub last_used_at: Option<String>,
    /// The token itself. It is shown only this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schema(value_type = Option<String>)]
    pub token: Option<Secret>,
}

impl From<Token> for TokenView {
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

/// A new token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken)]
pub struct NewToken {
    pub name: String,
}

/// A user's tokens, newest first.
pub async fn all(app: &Engine, user: UserId) -> Result<Vec<TokenView>> {
    Ok(token::of_user(&app.store, user).await?.into_iter().map(TokenView::from).collect())
}

/// The tokens of any user, for an administrator.
pub async fn of_user(app: &Engine, user: UserId) -> Result<Vec<TokenView>> {
    users::one(app, user).await?;
    all(app, user).await
}

/// Creates an API token with your permissions. One that is made with a token ends with that token: else it would still work
/// after a token that got into the wrong hands was deleted.
pub async fn create(app: &Engine, by: By<'_>, new: NewToken) -> Result<TokenView> {
    let user = by.user;
    let mut fields = Fields::default();
    let name = fields.name("/name", &new.name, 80);
    fields.done()?;
    let (mut batch, made) = made(&app.ids, user, name, by.token);
    act_by(
        app,
        &mut batch,
        Some(user),
        "token.create",
        format!("token {}", made.id),
        AuditDetail::named(&made.name),
    );
    app.store.commit(batch).await?;
    Ok(made)
}

/// A new token, and the batch that stores its hash.
fn made(ids: &IdMaker, user: UserId, name: String, made_by: Option<i64>) -> (Batch, TokenView) {
    let (id, at) = (ids.next(), ids.now());
    let token = format!("dbk_{}", secrets::token());
    let mut batch = Batch::new();
    token::insert(&mut batch, id, user, &name, &secrets::hash(&token), made_by, at);
    let made = TokenView {
        id: id.to_string(),
        name,
        created_at: rfc3339(at),
        last_used_at: None,
        token: Some(token.into()),
    };
    (batch, made)
}

/// Creates a token for a user from the command line and returns its text.
pub async fn make(store: &Store, ids: &IdMaker, user: UserId, name: &str) -> Result<Secret> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 80 {
        return Err(Error::field("/name", "The name of a token has 1 to 80 characters."));
    }
    let (mut batch, made) = made(ids, user, name.to_owned(), None);
    let object = format!("token {}", made.id);
    setting::audit(
        &mut batch,
        &mut ids.source(),
        ids.now(),
        None,
        "token.create",
        &object,
        AuditDetail::OfUser { name: made.name, user },
    );
    store.commit(batch).await?;
    Ok(made.token.unwrap_or_default())
}

/// Ends one of a user's tokens and those that were made with it, for the user or an administrator: requests and streams with them
/// end.
pub async fn delete(app: &Engine, by: UserId, user: UserId, id: i64) -> Result<()> {
    let found = token::of_user(&app.store, user).await?.into_iter().find(|token| token.id == id);
    let name = found.ok_or_else(|| Error::NotFound("token"))?.name;
    let mut batch = Batch::new();
    token::delete(&mut batch, id, user);
    let detail = if by == user { AuditDetail::named(name) } else { AuditDetail::OfUser { name, user } };
    act_by(app, &mut batch, Some(by), "token.delete", format!("token {id}"), detail);
    match app.store.commit(batch).await {
        Ok(_) => Ok(()),
        Err(CommitError::Conflict) => Err(Error::NotFound("token")),
        Err(error) => Err(error.into()),
    }
}
