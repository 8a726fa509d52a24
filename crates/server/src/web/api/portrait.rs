//! Pictures of users. Customers see one with an agent's message if the gateway uses personas: Meta fetches it from a
//! public address that cannot be guessed.

use axum::Json;
use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::get;
use serde::Serialize;
use store::table::persona;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Form, Path};
use crate::web::problem::{Answer, Problem, ProblemShape};
use crate::web::slow_body;
use engine::clients::media::sniff;
use engine::portraits;

/// Meta accepts 8 MB (meta-platform.md §3.6); a portrait needs less.
const LARGEST: usize = 4 * 1024 * 1024;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show, put, remove))
        .layer(DefaultBodyLimit::max(LARGEST + 64 * 1024))
        .layer(from_fn(slow_body::file))
}

/// The public address, outside of the API.
pub fn public_routes() -> Router<App> {
    Router::new().route("/portraits/{key}", get(read))
}

/// A user's picture.
#[derive(Debug, Serialize, ToSchema)]
struct PictureOut {
    /// Its address, or null. Everyone who knows the address can read it.
    picture_url: Option<String>,
}

/// Your own picture.
#[utoipa::path(get, path = "/me/picture", tag = "me", responses((status = 200, body = PictureOut)))]
async fn show(State(app): State<App>, who: Principal) -> Answer<Json<PictureOut>> {
    Ok(Json(PictureOut { picture_url: portraits::url_of(&app, who.user.id).await? }))
}

/// A picture, as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form, is never built")]
struct PictureForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Sets your own picture (multipart: `file`): PNG or JPEG, up to 4 MB.
#[utoipa::path(put, path = "/me/picture", tag = "me", request_body(content = PictureForm, content_type = "multipart/form-data"),
    responses((status = 200, body = PictureOut), (status = 507, body = ProblemShape)))]
async fn put(State(app): State<App>, who: Principal, Form(mut form): Form) -> Answer<Json<PictureOut>> {
    let too_large = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "A picture has at most 4 MB: make it smaller.");
    let unreadable = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Problem::unreadable("The form cannot be read: send multipart/form-data with file."),
    };
    let mut bytes = None;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("file") => bytes = Some(field.bytes().await.map_err(unreadable)?),
            other => {
                let name = other.unwrap_or_default();
                return Err(Problem::field(format!("/{name}"), "The form holds file only."));
            }
        }
    }
    let bytes = bytes.ok_or_else(|| Problem::field("/file", "Add a picture."))?;
    if bytes.len() > LARGEST {
        return Err(too_large());
    }
    let mime = sniff(&bytes);
    if !matches!(mime, "image/png" | "image/jpeg") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "A picture is a PNG or a JPEG: choose another.",
        ));
    }
    let url = portraits::set(&app, who.user.id, mime, &bytes).await?;
    Ok(Json(PictureOut { picture_url: Some(url) }))
}

/// Removes your own picture. From then on you answer as the Page.
#[utoipa::path(delete, path = "/me/picture", tag = "me", responses((status = 204)))]
async fn remove(State(app): State<App>, who: Principal) -> Answer<StatusCode> {
    portraits::remove(&app, who.user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read(State(app): State<App>, Path(key): Path<String>) -> Answer<Response> {
    let gone = || Problem::not_found("picture");
    let portrait = persona::portrait_by_key(&app.store, &key).await?.ok_or_else(gone)?;
    let bytes = app.blobs.read(portrait.medium).await.map_err(|_| gone())?;
    let mut response = Response::new(HttpBody::from(bytes));
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, &portrait.mime);
    set(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'");
    set(header::CACHE_CONTROL, "public, max-age=86400");
    Ok(response)
}
