//! What a person may ask for: everything that is held of them, or that all of it goes.

use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::id::ContactId;
use serde::Serialize;
use store::Batch;
use store::table::erasure::{self, Erasure};
use store::table::setting;
use tokio::io::AsyncReadExt as _;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::clock::{now, rfc3339};
use crate::web::auth::Who;
use crate::web::extract::Path;
use crate::web::problem::{Answer, Problem, ProblemShape};
use crate::work::keep::{erase, export};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(erase_contact)).routes(routes!(state)).routes(routes!(export_contact))
}

/// How far the erasing of a contact is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
struct ErasureOut {
    /// The contact that was.
    contact_id: String,
    /// `conversations`, `deliveries`, `files` or `done`: what goes at the moment.
    state: String,
    /// Conversations that went.
    conversations: i64,
    /// Messages that went.
    messages: i64,
    /// Deliveries of Meta that they were taken out of.
    deliveries: i64,
    /// When it was asked for.
    requested_at: String,
    /// When nothing was left.
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

/// Erases a contact with everything that is held of them. It is out of sight at once; the rest goes in the background.
/// Asking again answers how far it is.
#[utoipa::path(delete, path = "/contacts/{id}", tag = "contacts", params(("id" = String, Path)),
    responses((status = 202, body = ErasureOut), (status = "4XX", body = ProblemShape)))]
async fn erase_contact(
    State(app): State<App>,
    who: Who,
    Path(id): Path<ContactId>,
) -> Answer<(StatusCode, Json<ErasureOut>)> {
    let begun = erase::begin(&app, id, Some(who.user.id), None, &Batch::new()).await?;
    let it = begun.ok_or_else(|| Problem::not_found("contact"))?;
    Ok((StatusCode::ACCEPTED, Json(view(it))))
}

/// How far the erasing of a contact is.
#[utoipa::path(get, path = "/contacts/{id}/erasure", tag = "contacts", params(("id" = String, Path)),
    responses((status = 200, body = ErasureOut), (status = 404, body = ProblemShape)))]
async fn state(State(app): State<App>, Path(id): Path<ContactId>) -> Answer<Json<ErasureOut>> {
    let it = erasure::of_contact(&app.store, id).await?.ok_or_else(|| Problem::not_found("erasure"))?;
    Ok(Json(view(it)))
}

/// Everything that is held of a contact, as a ZIP.
#[utoipa::path(get, path = "/contacts/{id}/export", tag = "contacts", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/zip"), (status = "4XX", body = ProblemShape)))]
async fn export_contact(State(app): State<App>, who: Who, Path(id): Path<ContactId>) -> Answer<Response> {
    let made = export::contact(&app, id).await.map_err(|error| match error {
        export::ExportError::Store(error) => error.into(),
        error => {
            tracing::error!(%error, "an export could not be written");
            Problem::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "The export could not be written: the disk of this installation may be full. Tell whoever runs it.",
            )
        }
    })?;
    let export = made.ok_or_else(|| Problem::not_found("contact"))?;
    let (mut batch, object) = (Batch::new(), format!("contact {id}"));
    setting::audit(&mut batch, &mut app.id_source(), now(), Some(who.user.id), "contact.export", &object, "");
    app.store.commit(batch).await?;
    let gone = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The export was lost: make it again.");
    let file = tokio::fs::File::open(export.path()).await.map_err(gone)?;
    let length = file.metadata().await.map_err(gone)?.len();
    // The file is removed when the last piece was sent, or nobody wants it any more.
    let stream = futures_util::stream::unfold((file, export), async |(mut file, export)| {
        let mut piece = vec![0; 64 * 1024];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(count) => {
                piece.truncate(count);
                Some((Ok(bytes::Bytes::from(piece)), (file, export)))
            }
            Err(error) => Some((Err(error), (file, export))),
        }
    });
    let mut response = Response::new(HttpBody::from_stream(stream));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"contact-{id}.zip\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
