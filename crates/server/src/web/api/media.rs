//! Media: uploads of agents, and reading what is stored. Nothing that is read can run as a page of ours.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::id::{ConversationId, MediumId};
use serde::{Deserialize, Serialize};
use store::table::contact;
use store::table::medium;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Form, Path, Query};
use crate::web::file;
use crate::web::problem::{Answer, Problem, ProblemShape};
use engine::clients::media::sniff;
use engine::media;
use engine::view::medium_url;

/// The form around a file may be a little larger than the file.
const FORM: usize = 26 * 1024 * 1024;
/// Kinds that are refused: what a computer would run when a customer opens it.
const REFUSED: [&str; 14] =
    ["exe", "bat", "cmd", "com", "msi", "scr", "js", "vbs", "ps1", "sh", "html", "htm", "svg", "jar"];

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(FORM)).routes(routes!(read))
}

/// A stored file.
#[derive(Debug, Serialize, ToSchema)]
struct MediumOut {
    /// Its id, for `attachment_ids`.
    #[schema(value_type = String)]
    id: MediumId,
    /// Its name.
    name: String,
    /// Its type, as sniffed.
    mime: String,
    /// Bytes.
    size: i64,
    /// Its address.
    url: String,
}

/// A file for a conversation, as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form, is never built")]
struct UploadForm {
    conversation_id: String,
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Uploads a file for a conversation (multipart: `conversation_id`, `file`).
#[utoipa::path(post, path = "/media", tag = "media", request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = MediumOut), (status = 404, body = ProblemShape), (status = 507, body = ProblemShape)))]
async fn upload(
    State(app): State<App>,
    who: Principal,
    Form(mut form): Form,
) -> Answer<(StatusCode, Json<MediumOut>)> {
    let (mut conversation, mut file) = (None, None);
    while let Some(field) = form.next_field().await.map_err(|error| too_large(&error))? {
        match field.name() {
            Some("conversation_id") => {
                let text = field.text().await.map_err(|error| too_large(&error))?;
                let id: ConversationId = text
                    .trim()
                    .parse()
                    .map_err(|_| Problem::field("/conversation_id", "conversation_id must be an id."))?;
                conversation = Some(id);
            }
            Some("file") => {
                let name = field.file_name().unwrap_or("file").to_owned();
                file = Some((name, field.bytes().await.map_err(|error| too_large(&error))?));
            }
            other => {
                let name = other.unwrap_or_default();
                return Err(Problem::field(format!("/{name}"), "The form holds conversation_id and file only."));
            }
        }
    }
    let conversation =
        conversation.ok_or_else(|| Problem::field("/conversation_id", "Name the conversation that it is for."))?;
    let (name, bytes) = file.ok_or_else(|| Problem::field("/file", "Add a file."))?;
    let to = visible(&app, &who, conversation).await?;
    if bytes.is_empty() {
        return Err(Problem::field("/file", "The file is empty."));
    }
    if app.channels.capabilities(to.account.channel).file(bytes.len() as u64).is_err() {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "A file has at most 25 MB: make it smaller or send a link.",
        ));
    }
    let name = clean_name(&name);
    let mime = sniff(&bytes);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    if REFUSED.contains(&ending.as_str()) || bytes.starts_with(b"MZ") || bytes.starts_with(b"\x7fELF") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Programs and web pages are not sent to customers: put it into a ZIP or send a link.",
        ));
    }
    let medium = media::upload(&app, who.user.id, conversation, (name, mime), bytes).await?;
    let out = MediumOut {
        id: medium.id,
        url: medium_url(medium.id),
        name: medium.name,
        mime: medium.mime,
        size: medium.size,
    };
    Ok((StatusCode::CREATED, Json(out)))
}

fn too_large(error: &axum::extract::multipart::MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "A file has at most 25 MB: make it smaller or send a link.",
        );
    }
    Problem::unreadable("The form cannot be read: send multipart/form-data with conversation_id and file.")
}

/// The last part of a name, without what file systems and headers trip over.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control() && *c != '"').take(150).collect();
    if clean.trim().is_empty() { "file".into() } else { clean }
}

/// The sizes of a picture.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a parameter, is never built")]
enum PictureSize {
    Thumb,
    Full,
}

/// How large a picture is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Size {
    /// `thumb` for a small picture (480 points at most) where there is one; else the file itself.
    #[param(value_type = Option<PictureSize>, inline)]
    size: Option<String>,
}

/// Reads a file. Pictures, sound and films are shown in place, everything else is offered to be kept.
#[utoipa::path(get, path = "/media/{id}", tag = "media", params(("id" = String, Path), Size),
    responses((status = 200, content(("image/*"), ("audio/*"), ("video/*"), ("application/octet-stream"))),
        (status = 304, description = "The browser has it."),
        (status = 206, content(("image/*"), ("audio/*"), ("video/*"), ("application/octet-stream"))),
        (status = 416, body = ProblemShape)))]
async fn read(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<MediumId>,
    Query(Size { size }): Query<Size>,
    headers: HeaderMap,
) -> Answer<Response> {
    if size.as_deref().is_some_and(|size| size != "thumb" && size != "full") {
        return Err(Problem::unreadable("size is \"thumb\" or \"full\"."));
    }
    let known = medium::by_id(&app.store, id).await?.filter(|known| known.state == medium::State::Stored);
    let known = known.ok_or_else(|| Problem::not_found("file"))?;
    if let Some(conversation) = known.conversation {
        visible(&app, &who, conversation).await.map_err(|_| Problem::not_found("file"))?;
    } else if !may_see_picture(&app, &who, id).await? {
        return Err(Problem::not_found("file"));
    }
    let thumb =
        if known.thumb && size.as_deref() == Some("thumb") { app.blobs.read_thumb(id).await.ok() } else { None };
    let mime = thumb.as_deref().map_or(known.mime.clone(), |small| sniff(small).to_owned());
    let inline = matches!(mime.as_str(), "image/png" | "image/jpeg" | "image/gif" | "image/webp")
        || mime.starts_with("audio/")
        || mime.starts_with("video/");
    // The bytes of an id never change, so a browser may keep them as long as it asks each time whether its user still sees them.
    let tag = format!("\"{id}{}\"", if thumb.is_some() { "-thumb" } else { "" });
    if file::has(&headers, &tag) {
        return Ok(file::not_modified(&tag));
    }
    let path = if thumb.is_some() { app.blobs.thumb_path(id) } else { app.blobs.path(id) };
    let kind = if inline { &mime } else { "application/octet-stream" };
    let missing = |_| Problem::new(StatusCode::NOT_FOUND, "The file is no longer in the media folder.");
    let mut response = file::serve(&path, kind, &headers).await.map_err(missing)?;
    let place = if inline { "inline" } else { "attachment" };
    set(&mut response, header::CONTENT_DISPOSITION, disposition(place, &known.name));
    set(&mut response, header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".into());
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff".into());
    set(&mut response, header::CACHE_CONTROL, file::REVALIDATE.into());
    set(&mut response, header::ETAG, tag);
    Ok(response)
}

/// A contact's picture may be seen by who may see a conversation with them.
async fn may_see_picture(app: &App, who: &Principal, id: MediumId) -> Answer<bool> {
    let Some(contact) = medium::pictured_contact(&app.store, id).await? else { return Ok(false) };
    Ok(contact::is_visible(&app.store, contact, &who.viewer(app)).await?)
}

fn set(response: &mut Response, name: header::HeaderName, value: String) {
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(name, value);
    }
}

/// `inline` or `attachment` with a name that every browser reads.
fn disposition(place: &str, name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_ ".contains(c) { c } else { '_' }).collect();
    format!("{place}; filename=\"{plain}\"; filename*=UTF-8''{}", channels::meta::oauth::percent_encoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_place() {
        assert_eq!(clean_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_name("C:\\a\\b\"c.png"), "bc.png");
        assert_eq!(clean_name("\u{0}"), "file");
    }
}
