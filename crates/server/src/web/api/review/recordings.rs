//! Recordings for Meta's reviewers, made with one click.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::audit_detail::AuditDetail;
use domain::id::GatewayId;
use domain::time::Micros;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::gateways::known;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Path};
use crate::web::problem::{Answer, FieldError, Problem, ProblemShape};
use ::review::archive;
use ::review::facts::Facts;
use ::review::film::Tools;
use ::review::film::real::{self, Video};
use ::review::film::script;
use ::review::film::studio::{self, NotBegun};
use engine::audit;
use engine::clock::rfc3339;

/// A storyboard is self-contained: it loads nothing and runs nothing.
pub(super) const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, record, remove))
}

/// The recordings of a gateway.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recordings)]
struct RecordingsOut {
    /// Whether recordings can be made here.
    possible: bool,
    /// Why not, and what to install.
    problem: Option<String>,
    /// The recording in progress.
    running: Option<RunningOut>,
    /// Why the last recording stopped.
    failed: Option<String>,
    /// The recordings.
    items: Vec<RecordingOut>,
    /// The names that `only` accepts.
    films: Vec<&'static str>,
}

/// A recording in progress.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordingUnderWay)]
struct RunningOut {
    /// The film; empty during preparation.
    film: String,
    /// The number of the shot, from 1.
    shot: usize,
    /// Their total number.
    shots: usize,
    /// Its caption.
    caption: String,
}

/// The kind of a recording.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RecordingKind {
    /// A video.
    Video,
    /// A page of pictures with their captions.
    Storyboard,
}

/// How a recording was made.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RecordingSource {
    /// By a person in the browser.
    Filmed,
    /// With the sandbox: an example, not to be submitted.
    Sandbox,
}

/// A video, or the storyboard.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recording)]
struct RecordingOut {
    /// The file's name.
    name: String,
    kind: RecordingKind,
    /// The permission or feature that it shows; null for the whole story and the storyboard.
    about: Option<&'static str>,
    source: RecordingSource,
    /// Its size in bytes.
    bytes: u64,
    /// When it was made.
    made_at: String,
}

/// What to record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRecording {
    /// Names of films; all that the gateway needs if left out.
    only: Option<Vec<String>>,
}

/// The films that can be made for a gateway with the sandbox.
async fn films(app: &App, id: GatewayId) -> Answer<Vec<&'static str>> {
    let facts = Facts::in_public(app, &*known(app, id)?).await?;
    let films = script::FILMS.iter().map(|(name, _)| *name);
    Ok(films.filter(|name| real::is_used(&facts, name)).collect())
}

async fn view(app: &App, id: GatewayId) -> Answer<RecordingsOut> {
    let folder = archive::folder(app, id);
    let mut items = Vec::new();
    for name in archive::recordings(app, id).await {
        let Ok(file) = tokio::fs::metadata(folder.join(&name)).await else { continue };
        let made = file.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let video = Video::of(&name);
        items.push(RecordingOut {
            kind: if video.is_some() { RecordingKind::Video } else { RecordingKind::Storyboard },
            about: video.and_then(|it| script::about(it.film)),
            source: if video.is_some_and(|it| it.is_filmed) {
                RecordingSource::Filmed
            } else {
                RecordingSource::Sandbox
            },
            bytes: file.len(),
            made_at: rfc3339(Micros(made.map_or(0, |it| it.as_micros() as i64))),
            name,
        });
    }
    let problem = Tools::find(&app.config).err().map(|error| error.to_string());
    let running = app.studio.doing(id).map(|studio::Doing { film, shot, shots, caption }| RunningOut {
        film,
        shot,
        shots,
        caption,
    });
    Ok(RecordingsOut {
        possible: problem.is_none(),
        problem,
        running,
        failed: app.studio.failed(id),
        items,
        films: films(app, id).await?,
    })
}

/// The recordings of a gateway, and whether one is in progress.
#[utoipa::path(get, path = "/gateways/{id}/review/recordings", tag = "review", params(("id" = String, Path)),
    responses((status = 200, body = RecordingsOut)))]
async fn list(State(app): State<App>, Path(id): Path<GatewayId>) -> Answer<Json<RecordingsOut>> {
    Ok(Json(view(&app, id).await?))
}

/// Records the films on a new demo of this Deskbell, with the sandbox instead of Facebook. They are examples for
/// those recorded with the real one. Only one recording runs at a time.
#[utoipa::path(post, path = "/gateways/{id}/review/recordings", tag = "review", params(("id" = String, Path)),
    request_body = NewRecording,
    responses((status = 202, body = RecordingsOut), (status = 507, body = ProblemShape)))]
async fn record(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<GatewayId>,
    Body(new): Body<NewRecording>,
) -> Answer<(StatusCode, Json<RecordingsOut>)> {
    let films = chosen(films(&app, id).await?, new.only.as_deref())?;
    app.studio.begin(id, &films, &archive::folder(&app, id), &app.config, &app.blobs.room).map_err(|error| {
        match error {
            NotBegun::DiskFull => Problem::new(StatusCode::INSUFFICIENT_STORAGE, error.to_string()),
            other => Problem::conflict(other.to_string()),
        }
    })?;
    audit::record(&app, who.user.id, "review.record", &format!("gateway {id}"), AuditDetail::fields(films))
        .await?;
    Ok((StatusCode::ACCEPTED, Json(view(&app, id).await?)))
}

fn chosen(films: Vec<&'static str>, only: Option<&[String]>) -> Answer<Vec<&'static str>> {
    if films.is_empty() {
        return Err(Problem::conflict(
            "The sandbox only plays the films of Messenger, which this gateway does not use. Film its permissions in the browser.",
        ));
    }
    let Some(only) = only else { return Ok(films) };
    if only.is_empty() {
        return Err(Problem::field("/only", "Name at least one film, or leave this out for all."));
    }
    let mut chosen = Vec::new();
    for (n, name) in only.iter().enumerate() {
        let Some(known) = films.iter().find(|known| *known == name) else {
            let detail = format!("There is no such film. There are: {}.", films.join(", "));
            return Err(Problem::fields(vec![FieldError { pointer: format!("/only/{n}"), detail }]));
        };
        if !chosen.contains(known) {
            chosen.push(*known);
        }
    }
    Ok(chosen)
}

/// Stops a recording in progress and deletes those that were made.
#[utoipa::path(delete, path = "/gateways/{id}/review/recordings", tag = "review", params(("id" = String, Path)),
    responses((status = 204)))]
async fn remove(State(app): State<App>, who: Principal, Path(id): Path<GatewayId>) -> Answer<StatusCode> {
    known(&app, id)?;
    app.studio.stop(id).await;
    match tokio::fs::remove_dir_all(archive::folder(&app, id)).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("The recordings could not be removed: {error}. Tell your server administrator."),
            ));
        }
        _ => {}
    }
    audit::record(&app, who.user.id, "review.record.remove", &format!("gateway {id}"), AuditDetail::Nothing {})
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
