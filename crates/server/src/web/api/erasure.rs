//! Requests of persons: an export of everything stored about them, or its deletion.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::audit_detail::AuditDetail;
use domain::id::ContactId;
use serde::Serialize;
use store::table::erasure::{self, Erasure};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::download;
use crate::web::extract::Path;
use crate::web::problem::{Answer, Problem, ProblemShape};
use engine::audit;
use engine::clock::rfc3339;
use engine::retention::{erase, export};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(erase_contact)).routes(routes!(state)).routes(routes!(export_contact))
}

/// The progress of the erasure of a contact.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
struct ErasureOut {
    /// The former contact.
    contact_id: String,
    /// What is currently being removed.
    state: erasure::State,
    /// The number of conversations that were deleted.
    conversations: i64,
    /// The number of messages that were deleted.
    messages: i64,
    /// The webhook deliveries from which their data was removed.
    deliveries: i64,
    /// When it was requested.
    requested_at: String,
    /// When everything was deleted.
    done_at: Option<String>,
}

fn view(it: Erasure) -> ErasureOut {
    ErasureOut {
        contact_id: it.contact.to_string(),
        state: it.state,
        conversations: it.conversations,
        messages: it.messages,
        deliveries: it.deliveries,
        requested_at: rfc3339(it.requested_at),
        done_at: it.done_at.map(rfc3339),
    }
}

/// Erases a contact with everything that is stored about them. They are hidden at once, and deleted in the
/// background. Repeating the request returns its progress.
#[utoipa::path(delete, path = "/contacts/{id}", tag = "contacts", params(("id" = String, Path)),
    responses((status = 202, body = ErasureOut)))]
async fn erase_contact(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
) -> Answer<(StatusCode, Json<ErasureOut>)> {
    let begun = erase::begin(&app, id, Some(who.user.id), None).await?;
    let it = begun.ok_or_else(|| Problem::not_found("contact"))?;
    Ok((StatusCode::ACCEPTED, Json(view(it))))
}

/// The progress of the erasure of a contact.
#[utoipa::path(get, path = "/contacts/{id}/erasure", tag = "contacts", params(("id" = String, Path)),
    responses((status = 200, body = ErasureOut)))]
async fn state(State(app): State<App>, Path(id): Path<ContactId>) -> Answer<Json<ErasureOut>> {
    let it = erasure::of_contact(&app.store, id).await?.ok_or_else(|| Problem::not_found("erasure"))?;
    Ok(Json(view(it)))
}

/// Exports everything that is stored about a contact, as a ZIP file.
#[utoipa::path(get, path = "/contacts/{id}/export", tag = "contacts", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/zip"), (status = 507, body = ProblemShape)))]
async fn export_contact(State(app): State<App>, who: Principal, Path(id): Path<ContactId>) -> Answer<Response> {
    let made = export::contact(&app, id).await.map_err(download::failed)?;
    let export = made.ok_or_else(|| Problem::not_found("contact"))?;
    audit::record(&app, who.user.id, "contact.export", &format!("contact {id}"), AuditDetail::Nothing {}).await?;
    download::zip(export, &format!("contact-{id}.zip")).await
}
