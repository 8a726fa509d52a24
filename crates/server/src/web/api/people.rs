//! One person known by several Pages: two contacts are merged, or one identity is split off.

use axum::Json;
use axum::extract::State;
use domain::id::{ContactId, IdentityId};
use engine::contacts::{self, ContactDetails};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::contacts::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Path};
use crate::web::problem::{Answer, Problem};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(merge)).routes(routes!(split))
}

/// The contact to merge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MergeIn {
    /// The contact that is the same person. It is merged and no longer exists afterwards.
    #[schema(value_type = String)]
    contact_id: ContactId,
    /// The version of the remaining contact that the user saw.
    version: Option<i64>,
}

/// Merges two contacts that are one person. Name and attributes of the contact in the path win; the history of
/// both is shown.
#[utoipa::path(post, path = "/contacts/{id}/merge", tag = "contacts", params(("id" = String, Path)), request_body = MergeIn,
    responses((status = 200, body = ContactDetails)))]
async fn merge(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
    Body(input): Body<MergeIn>,
) -> Answer<Json<ContactDetails>> {
    let target = visible(&app, &who, id).await?;
    if input.contact_id == id {
        return Err(Problem::field("/contact_id", "Choose another contact: this is the same one."));
    }
    let other = visible(&app, &who, input.contact_id).await;
    let other = other.map_err(|_| {
        Problem::field("/contact_id", "There is no such contact, or you do not have access to it.")
    })?;
    Ok(Json(contacts::merge(&app, who.user.id, target, &other, input.version).await?))
}

/// The identity that belongs to another person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SplitIn {
    /// One of the contact's identities.
    #[schema(value_type = String)]
    identity_id: IdentityId,
    /// The version of the contact that the user saw.
    version: Option<i64>,
}

/// Splits off an identity that is another person into a separate contact, with its conversations. Returns the new
/// contact.
#[utoipa::path(post, path = "/contacts/{id}/split", tag = "contacts", params(("id" = String, Path)), request_body = SplitIn,
    responses((status = 200, body = ContactDetails)))]
async fn split(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
    Body(input): Body<SplitIn>,
) -> Answer<Json<ContactDetails>> {
    let person = visible(&app, &who, id).await?;
    Ok(Json(contacts::split(&app, who.user.id, person, input.identity_id, input.version).await?))
}
