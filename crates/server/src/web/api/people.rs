//! One person known by several Pages: two contacts are merged, or one identity is split off. Conversations follow in
//! the same batch, so a turn in progress is stale and is played again.

use axum::Json;
use axum::extract::State;
use domain::id::{ContactId, IdentityId};
use domain::time::Micros;
use engine::contacts::fold_into;
use serde::Deserialize;
use store::table::{contact, event, identity, setting};
use store::{Batch, CommitError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::contacts::{ContactOut, current, shown, visible};
use crate::web::auth::Principal;
use crate::web::extract::{Body, Path};
use crate::web::fields::fresh;
use crate::web::problem::{Answer, Problem};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(merge)).routes(routes!(split))
}

/// Who else it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MergeIn {
    /// The contact that is the same person; it is no contact of its own afterwards.
    #[schema(value_type = String)]
    contact_id: ContactId,
    /// The version of the contact that stays, as it was looked at.
    version: Option<i64>,
}

/// Two contacts are one person. Name and attributes of the one in the path win; the history of both is shown.
#[utoipa::path(post, path = "/contacts/{id}/merge", tag = "contacts", params(("id" = String, Path)), request_body = MergeIn,
    responses((status = 200, body = ContactOut)))]
async fn merge(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
    Body(input): Body<MergeIn>,
) -> Answer<Json<ContactOut>> {
    let target = visible(&app, &who, id).await?;
    if input.contact_id == id {
        return Err(Problem::field("/contact_id", "Choose another contact: this is the same one."));
    }
    let other = visible(&app, &who, input.contact_id).await;
    let other = other
        .map_err(|_| Problem::field("/contact_id", "There is no such contact, or it is not yours to see."))?;
    if input.version.is_some_and(|version| version != target.version) {
        fresh(input.version, target.version, &shown(&app, target.clone()).await?)?;
    }
    let at = app.clock.now();
    let mut batch = Batch::new();
    fold_into(&mut batch, target, &other, at);
    tell(&app, &mut batch, &[id, other.id], at).await?;
    audit(&app, &mut batch, &who, "contact.merge", &format!("contact {id}"), &format!("contact {}", other.id));
    settle(&app, batch, id).await
}

/// The identity that belongs to another person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SplitIn {
    /// One of the contact's identities.
    #[schema(value_type = String)]
    identity_id: IdentityId,
    /// The version of the contact, as it was looked at.
    version: Option<i64>,
}

/// One identity is another person: it becomes a contact of its own, with its conversations. Answers the new contact.
#[utoipa::path(post, path = "/contacts/{id}/split", tag = "contacts", params(("id" = String, Path)), request_body = SplitIn,
    responses((status = 200, body = ContactOut)))]
async fn split(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
    Body(input): Body<SplitIn>,
) -> Answer<Json<ContactOut>> {
    let person = visible(&app, &who, id).await?;
    if input.version.is_some_and(|version| version != person.version) {
        fresh(input.version, person.version, &shown(&app, person.clone()).await?)?;
    }
    let identities = identity::of_contact(&app.store, id).await?;
    let Some(leaving) = identities.iter().find(|one| one.id == input.identity_id) else {
        return Err(Problem::field("/identity_id", "This contact has no such identity."));
    };
    if identities.len() < 2 {
        return Err(Problem::conflict("This is the contact's only identity: there is nothing to split off."));
    }
    let (new, at) = (ContactId(app.ids.next()), app.clock.now());
    let mut batch = Batch::new();
    contact::split(&mut batch, &person, leaving, new, at);
    tell(&app, &mut batch, &[id], at).await?;
    audit(&app, &mut batch, &who, "contact.split", &format!("contact {id}"), &format!("contact {new}"));
    settle(&app, batch, new).await
}

/// All of their open conversations show who they are now.
async fn tell(app: &App, batch: &mut Batch, contacts: &[ContactId], at: Micros) -> Answer<()> {
    for contact in contacts {
        event::conversations_changed(batch, &contact::open_conversations(&app.store, *contact).await?, at);
    }
    Ok(())
}

fn audit(app: &App, batch: &mut Batch, who: &Principal, action: &str, object: &str, detail: &str) {
    setting::audit(batch, &mut app.id_source(), app.clock.now(), Some(who.user.id), action, object, detail);
}

async fn settle(app: &App, batch: Batch, answer: ContactId) -> Answer<Json<ContactOut>> {
    match app.store.commit(batch).await {
        Ok(_) => current(app, answer).await.map(Json),
        Err(CommitError::Conflict | CommitError::Duplicate) => Err(Problem::conflict(
            "Somebody changed one of the contacts at the same moment: nothing was changed. Look at them, then try again.",
        )),
        Err(error) => Err(error.into()),
    }
}
