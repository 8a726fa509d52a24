//! Films of the real Messenger: what to do and say in each, and the finished videos, one by one.

use std::io;

use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::Response;
use domain::audit_detail::AuditDetail;
use domain::id::GatewayId;
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::io::AsyncWriteExt as _;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::recordings::POLICY;
use engine::audit;
use engine::clients::blob::room::Room;

use crate::app::App;
use crate::web::api::gateways::known;
use crate::web::auth::Principal;
use crate::web::extract::Path;
use crate::web::file;
use crate::web::problem::{Answer, Problem, ProblemShape};
use crate::web::slow_body;
use ::review::archive;
use ::review::facts::Facts;
use ::review::film::real::{self, Container, HEAD, LARGEST, Video};
use ::review::film::script;

/// The routes. A video's body is streamed, with a separate limit.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(one, put, remove)).layer(from_fn(slow_body::file)).routes(routes!(films))
}

/// What a gateway's films show.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewFilms)]
struct FilmsOut {
    /// The notice at the beginning of every film; null where Facebook itself is filmed.
    notice: Option<&'static str>,
    /// The films, the complete story first.
    films: Vec<FilmOut>,
}

/// The script of a film that a person records.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewFilm)]
struct FilmOut {
    /// Its name, for storing its recording.
    film: &'static str,
    /// The permission or feature that it shows; null for the whole story.
    about: Option<&'static str>,
    /// Shown above the title of the first card.
    over: String,
    /// The title.
    title: String,
    /// What to know before recording.
    lines: Vec<String>,
    /// What happens.
    shots: Vec<ShotOut>,
}

/// What happens while one caption is shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewShot)]
struct ShotOut {
    /// In English, for Meta's reviewer.
    caption: String,
    /// The permission or feature that is used.
    tag: Option<&'static str>,
    /// What to do and to show.
    #[serde(rename = "by_hand")]
    instruction: String,
}

/// A film that was stored.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FilmKept)]
struct StoredFilm {
    /// The file's name among the recordings.
    name: String,
    /// Its size in bytes.
    bytes: u64,
}

/// The films of this gateway, shot by shot, for recordings with the real Messenger: from Meta's reviewer's point
/// of view once
/// they have access, otherwise from an administrator's.
#[utoipa::path(get, path = "/gateways/{id}/review/films", tag = "review", params(("id" = String, Path)),
    responses((status = 200, body = FilmsOut)))]
async fn films(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<FilmsOut>> {
    let facts = Facts::read(&app, &*known(&app, id)?).await?;
    let shot = |it: script::Shot| ShotOut { caption: it.caption, tag: it.tag, instruction: it.instruction };
    let film = |it: script::Script| FilmOut {
        film: it.name,
        about: it.about,
        over: it.over,
        title: it.title,
        lines: it.lines,
        shots: it.shots.into_iter().map(shot).collect(),
    };
    Ok(Json(FilmsOut {
        notice: (!real::is_meta(&app.config.meta_dialog_url)).then_some(script::SANDBOX_NOTICE),
        films: real::films(&facts).into_iter().map(film).collect(),
    }))
}

/// Stores the video that was recorded for a film, WebM or MP4, and replaces an earlier one. `name` is the
/// film's name. An upload that breaks off changes nothing.
#[utoipa::path(put, path = "/gateways/{id}/review/recordings/{name}", tag = "review",
    params(("id" = String, Path), ("name" = String, Path)),
    request_body(content(("video/mp4"), ("video/webm"))),
    responses((status = 200, body = StoredFilm), (status = 507, body = ProblemShape)))]
async fn put(
    State(app): State<App>,
    who: Principal,
    Path((id, film)): Path<(GatewayId, String)>,
    headers: HeaderMap,
    body: HttpBody,
) -> Answer<Json<StoredFilm>> {
    let facts = Facts::in_public(&app, &*known(&app, id)?).await?;
    let films = real::films(&facts);
    let film = films.iter().map(|known| known.name).find(|known| *known == film);
    let film = film.ok_or_else(|| Problem::not_found("film"))?;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > LARGEST) {
        return Err(too_large());
    }
    app.blobs.room.check(length.unwrap_or(0)).map_err(unwritten)?;
    let folder = archive::folder(&app, id);
    tokio::fs::create_dir_all(&folder).await.map_err(unwritten)?;
    let whole = real::unfinished(&folder, film);
    let mut file = tokio::fs::File::create(whole.path()).await.map_err(unwritten)?;
    let (container, bytes) = received(body, &mut file, &app.blobs.room).await?;
    file.flush().await.map_err(unwritten)?;
    file.sync_all().await.map_err(unwritten)?;
    drop(file);
    let stored = tokio::task::spawn_blocking(move || real::store(&whole, &folder, film, container)).await;
    let name = stored.map_err(|error| unwritten(io::Error::other(error)))?.map_err(unwritten)?;
    audit::record(&app, who.user.id, "review.film", &format!("gateway {id}"), AuditDetail::named(&name)).await?;
    Ok(Json(StoredFilm { name, bytes }))
}

/// The free disk space is checked again after this many bytes.
const STEP: u64 = 4 * 1024 * 1024;

/// Writes a body to a file as it arrives. Returns its type and length.
async fn received(body: HttpBody, file: &mut tokio::fs::File, room: &Room) -> Answer<(Container, u64)> {
    let (mut stream, mut head, mut container, mut bytes) = (body.into_data_stream(), Vec::new(), None, 0_u64);
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| Problem::unreadable("The film broke off half-way: upload it again."))?;
        let before = bytes / STEP;
        bytes += piece.len() as u64;
        if bytes / STEP > before {
            room.check(STEP).map_err(unwritten)?;
        }
        if bytes > LARGEST {
            return Err(too_large());
        }
        if container.is_none() {
            head.extend(piece.iter().take(HEAD - head.len()));
            container = Container::of(&head);
            if container.is_none() && head.len() == HEAD {
                return Err(no_film());
            }
        }
        file.write_all(&piece).await.map_err(unwritten)?;
    }
    Ok((container.ok_or_else(no_film)?, bytes))
}

fn no_film() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "This is neither an MP4 nor a WebM video by its first bytes: send the finished film itself.",
    )
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!(
            "A film has at most 1 GiB ({LARGEST} bytes): film it shorter, Meta wants less than three minutes."
        ),
    )
}

fn unwritten(error: io::Error) -> Problem {
    tracing::error!(%error, "a film could not be written into the data folder");
    let full = error.kind() == io::ErrorKind::StorageFull;
    let detail = if full {
        "The film could not be saved: the server's disk is full. Free some space, then upload it again."
    } else {
        "The film could not be saved: the data folder could not be written. Upload it again; if it keeps happening, \
        tell your server administrator."
    };
    Problem::new(StatusCode::INSUFFICIENT_STORAGE, detail)
}

/// A video or the storyboard; or a part of it, if a `Range` asks for one.
#[utoipa::path(get, path = "/gateways/{id}/review/recordings/{name}", tag = "review",
    params(("id" = String, Path), ("name" = String, Path)),
    responses((status = 200, content(("video/mp4"), ("video/webm"), ("text/html"))),
        (status = 206, content(("video/mp4"), ("video/webm"), ("text/html"))), (status = 416, body = ProblemShape)))]
async fn one(
    State(app): State<App>,
    Path((id, name)): Path<(GatewayId, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    listed(&app, id, &name).await?;
    let missing = |_| Problem::not_found("recording");
    let kind = match (Video::of(&name), name.rsplit_once('.')) {
        (Some(video), _) => video.container.mime(),
        (None, Some((_, "html"))) => "text/html; charset=utf-8",
        _ => "application/octet-stream",
    };
    let path = archive::folder(&app, id).join(&name);
    let mut response = file::serve(&path, kind, &headers).await.map_err(missing)?;
    let set = response.headers_mut();
    set.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    set.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Removes one recording.
#[utoipa::path(delete, path = "/gateways/{id}/review/recordings/{name}", tag = "review",
    params(("id" = String, Path), ("name" = String, Path)),
    responses((status = 204)))]
async fn remove(
    State(app): State<App>,
    who: Principal,
    Path((id, name)): Path<(GatewayId, String)>,
) -> Answer<StatusCode> {
    listed(&app, id, &name).await?;
    match tokio::fs::remove_file(archive::folder(&app, id).join(&name)).await {
        // Another request was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Problem::not_found("recording")),
        Err(error) => {
            return Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("The recording could not be removed: {error}. Tell your server administrator."),
            ));
        }
        Ok(()) => {}
    }
    audit::record(&app, who.user.id, "review.record.remove", &format!("gateway {id}"), AuditDetail::named(&name))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Only listed files are returned: a name cannot refer to any other file.
async fn listed(app: &App, id: GatewayId, name: &str) -> Answer<()> {
    known(app, id)?;
    let is_there = archive::recordings(app, id).await.iter().any(|it| it == name);
    is_there.then_some(()).ok_or_else(|| Problem::not_found("recording"))
}
