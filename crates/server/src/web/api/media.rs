//! Media: uploads of agents, and reading stored files. No file can run as one of our pages.

use std::time::Duration;

use axum::Json;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::Response;
use domain::id::{ConversationId, MediumId};
use domain::role::Permission;
use serde::{Deserialize, Serialize};
use store::table::contact;
use store::table::medium::{self, Medium};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Form, Path, Query};
use crate::web::file;
use crate::web::problem::{Answer, Problem, ProblemShape};
use crate::web::slow_body;
use engine::clients::media::{is_drawn, sniff};
use engine::media::Upload;
use engine::quick_replies;

/// The largest form: a little larger than the largest file.
const FORM: usize = 26 * 1024 * 1024;
/// The largest file.
const LARGEST: u64 = 25 * 1024 * 1024;
/// A refused client that sends nothing for this long gets its response.
const PAUSE: Duration = Duration::from_secs(1);
/// The same for a client whose next field does not arrive.
const READ_ON: Duration = Duration::from_secs(3);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .layer(DefaultBodyLimit::max(FORM))
        .layer(from_fn(slow_body::file))
        .routes(routes!(read))
}

/// A stored file.
#[derive(Debug, Serialize, ToSchema)]
pub struct MediumOut {
    /// Its id, for `attachment_ids`.
    #[schema(value_type = String)]
    id: MediumId,
    /// Its name.
    name: String,
    /// Its detected type.
    mime: String,
    /// Its size in bytes.
    size: i64,
    /// Its address.
    url: String,
}

impl MediumOut {
    pub fn of(app: &App, it: Medium) -> Self {
        Self { id: it.id, url: app.urls.medium(it.id), name: it.name, mime: it.mime, size: it.size }
    }
}

/// A file for a conversation or a quick reply, as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form, is never built")]
struct UploadForm {
    /// Left out for a file of a quick reply.
    conversation_id: Option<String>,
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Uploads a file for a conversation (multipart: `conversation_id`, `file`), or for a quick reply (`file` alone).
#[utoipa::path(post, path = "/media", tag = "media", request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = MediumOut), (status = 404, body = ProblemShape), (status = 507, body = ProblemShape)))]
async fn upload(
    State(app): State<App>,
    who: Principal,
    Form(mut form): Form,
) -> Answer<(StatusCode, Json<MediumOut>)> {
    let medium = match received(&app, &who, &mut form).await {
        Ok(medium) => medium,
        Err(problem) => {
            read_on(&mut form).await;
            return Err(problem);
        }
    };
    Ok((StatusCode::CREATED, Json(MediumOut::of(&app, medium))))
}

/// Reads the form. The conversation decides whether the file is accepted: if it comes first, as browsers send it, a
/// file for a conversation that the user may not see is not read.
async fn received(app: &App, who: &Principal, form: &mut Multipart) -> Answer<Medium> {
    let (mut conversation, mut upload) = (None, None);
    while let Some(mut field) = form.next_field().await.map_err(unread)? {
        match field.name() {
            Some("conversation_id") => {
                let text = field.text().await.map_err(unread)?;
                let id: ConversationId = text
                    .trim()
                    .parse()
                    .map_err(|_| Problem::field("/conversation_id", "conversation_id must be an id."))?;
                conversation = Some((id, visible(app, who, id).await?));
            }
            Some("file") => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let mut file = Upload::begin(app, &name, field.content_type()).await?;
                if file.is_program() {
                    drop(file);
                    skip(&mut field).await;
                    return Err(program());
                }
                while let Some(piece) = field.chunk().await.map_err(unread)? {
                    file.write(&piece).await?;
                }
                upload = Some(file);
            }
            other => {
                let name = other.unwrap_or_default();
                return Err(Problem::field(format!("/{name}"), "The form holds conversation_id and file only."));
            }
        }
    }
    // Only those who may have quick replies of their own upload files for them.
    if conversation.is_none() && !who.user.role.may(Permission::Answer) {
        return Err(Problem::field("/conversation_id", "Name the conversation that it is for."));
    }
    let upload = upload.ok_or_else(|| Problem::field("/file", "Add a file."))?;
    if upload.size() == 0 {
        return Err(Problem::field("/file", "The file is empty."));
    }
    let place = conversation.map(|(id, to)| (id, app.channels.capabilities(to.account.channel)));
    let limit = place.map_or(LARGEST, |(_, channel)| channel.files.largest());
    if upload.size() > limit {
        return Err(too_large(limit));
    }
    if upload.is_program() {
        return Err(program());
    }
    Ok(upload.finish(who.user.id, place).await?)
}

fn program() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "Programs and web pages are not sent to customers: put it into a ZIP or send a link.",
    )
}

/// Reads and drops what a client is still sending: a client that is cut off in the middle of a file may never read
/// the response.
async fn read_on(form: &mut Multipart) {
    while let Ok(Ok(Some(mut field))) = tokio::time::timeout(READ_ON, form.next_field()).await {
        skip(&mut field).await;
    }
}

/// The same for one field, while it arrives without a pause.
async fn skip(field: &mut Field<'_>) {
    while let Ok(Ok(Some(_))) = tokio::time::timeout(PAUSE, field.chunk()).await {}
}

fn unread(error: MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large(LARGEST);
    }
    Problem::unreadable("The form cannot be read: send multipart/form-data with conversation_id and file.")
}

fn too_large(limit: u64) -> Problem {
    let limit = limit / (1024 * 1024);
    let detail = format!("A file has at most {limit} MB: make it smaller or send a link.");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

/// The sizes of a picture.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a parameter, is never built")]
enum PictureSize {
    Thumb,
    Full,
}

/// The requested size of a picture.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Size {
    /// `thumb` for a thumbnail (at most 480 pixels) if there is one; the file itself otherwise.
    #[param(value_type = Option<PictureSize>, inline)]
    size: Option<String>,
}

/// Returns a file. Pictures, audio and video are shown in the browser; everything else is a download.
#[utoipa::path(get, path = "/media/{id}", tag = "media", params(("id" = String, Path), Size),
    responses((status = 200, content(("image/*"), ("audio/*"), ("video/*"), ("application/octet-stream"))),
        (status = 304, description = "The copy in the browser is current."),
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
    } else if !(may_see_picture(&app, &who, id).await?
        || known.created_by.is_some() && quick_replies::is_visible(&app, &who.viewer(&app), &known).await?)
    {
        return Err(Problem::not_found("file"));
    }
    let thumb =
        if known.thumb && size.as_deref() == Some("thumb") { app.blobs.read_thumb(id).await.ok() } else { None };
    let mime = thumb.as_deref().map_or(known.mime.clone(), |small| sniff(small).to_owned());
    let inline = is_drawn(&mime) || mime.starts_with("audio/") || mime.starts_with("video/");
    // The bytes of an id never change, so a browser may cache them if it asks each time whether its user may still
    // see them.
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

/// Users may see a contact's picture if they may see a conversation with them.
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
