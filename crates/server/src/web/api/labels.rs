//! Labels: names with a colour that people put on conversations.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::ConversationId;
use serde::{Deserialize, Serialize};
use store::table::label::{self, Label};
use store::table::{event, message};
use store::{Batch, CommitError};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::{Fields, act, fresh, page, taken};
use crate::web::problem::{Answer, FieldError, Problem};
use engine::turns::play_on;
use engine::view::words::LabelColour;
use engine::view::{self, ConversationView};

/// The colours, as the screens know them.
const COLOURS: [&str; 5] = ["grey", "violet", "green", "amber", "red"];
/// With more, labels no longer help to find anything.
const MOST: usize = 500;
/// The most labels of one request.
const AT_ONCE: usize = 50;

/// What everybody does.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(put_on))
}

/// What supervisors and administrators do.
pub fn supervise_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(update, delete))
}

/// A label.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Label)]
struct LabelOut {
    id: String,
    name: String,
    #[schema(value_type = LabelColour)]
    colour: String,
    /// How many conversations carry it.
    conversations: i64,
    version: i64,
}

impl From<Label> for LabelOut {
    fn from(it: Label) -> Self {
        let id = it.id.to_string();
        Self { id, name: it.name, colour: it.colour, conversations: it.carried, version: it.version }
    }
}

/// A label to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLabel)]
struct LabelIn {
    /// 1 to 40 characters.
    name: String,
    /// Grey if left out.
    #[schema(value_type = Option<LabelColour>)]
    colour: Option<String>,
}

/// What changes about a label.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LabelChange)]
struct LabelChange {
    name: Option<String>,
    #[schema(value_type = Option<LabelColour>)]
    colour: Option<String>,
    version: Option<i64>,
}

fn checked(name: &str, colour: &str) -> Answer<String> {
    let mut fields = Fields::default();
    let name = fields.name("/name", name, 40);
    if !COLOURS.contains(&colour) {
        fields.bad("/colour", format!("There is no such colour; there are {}.", COLOURS.join(", ")));
    }
    fields.done()?;
    Ok(name)
}

async fn one(app: &App, id: i64) -> Answer<Label> {
    label::by_id(&app.store, id).await?.ok_or_else(|| Problem::not_found("label"))
}

/// Every label, by name.
#[utoipa::path(get, path = "/labels", tag = "labels",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<LabelOut>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<LabelOut>>> {
    page(label::list(&app.store).await?.into_iter().map(LabelOut::from).collect(), &paging)
}

/// One label.
#[utoipa::path(get, path = "/labels/{id}", tag = "labels",
    params(("id" = String, Path)), responses((status = 200, body = LabelOut)))]
async fn get(State(app): State<App>, At(id): At<i64>) -> Answer<Json<LabelOut>> {
    Ok(Json(one(&app, id).await?.into()))
}

/// Makes a label.
#[utoipa::path(post, path = "/labels", tag = "labels", request_body = LabelIn,
    responses((status = 201, body = LabelOut)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<LabelIn>,
) -> Answer<(StatusCode, Json<LabelOut>)> {
    let colour = new.colour.unwrap_or_else(|| "grey".into());
    let name = checked(&new.name, &colour)?;
    if label::list(&app.store).await?.len() >= MOST {
        return Err(Problem::conflict(format!("There are {MOST} labels already: delete one first.")));
    }
    let id = app.ids.next();
    let mut batch = Batch::new();
    label::insert(&mut batch, id, &name, &colour);
    act(&app, &mut batch, &who, "label.create", format!("label {id}"), &name);
    app.store.commit(batch).await.map_err(duplicate)?;
    Ok((StatusCode::CREATED, Json(one(&app, id).await?.into())))
}

/// Changes a label, on every conversation that carries it.
#[utoipa::path(patch, path = "/labels/{id}", tag = "labels", params(("id" = String, Path)),
    request_body = LabelChange, responses((status = 200, body = LabelOut)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<i64>,
    Body(change): Body<LabelChange>,
) -> Answer<Json<LabelOut>> {
    let current = one(&app, id).await?;
    fresh(change.version, current.version, &LabelOut::from(current.clone()))?;
    let colour = change.colour.unwrap_or(current.colour);
    let name = checked(&change.name.unwrap_or(current.name), &colour)?;
    let mut batch = Batch::new();
    label::update(&mut batch, id, &name, &colour, change.version);
    tell_carriers(&app, &mut batch, id).await?;
    act(&app, &mut batch, &who, "label.update", format!("label {id}"), &name);
    match app.store.commit(batch).await {
        Ok(_) => Ok(Json(one(&app, id).await?.into())),
        Err(CommitError::Conflict) => Err(Problem::stale(&LabelOut::from(one(&app, id).await?))),
        Err(error) => Err(duplicate(error)),
    }
}

/// Whether a label that conversations carry may go too.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Removal {
    /// `true`: it is taken off the conversations that carry it.
    force: Option<bool>,
}

/// Removes a label. One that conversations carry answers 409 with their number, unless `force=true` takes it off them.
#[utoipa::path(delete, path = "/labels/{id}", tag = "labels", params(("id" = String, Path), Removal),
    responses((status = 204)))]
async fn delete(
    State(app): State<App>,
    who: Principal,
    At(id): At<i64>,
    Asked(removal): Asked<Removal>,
) -> Answer<StatusCode> {
    let current = one(&app, id).await?;
    let mut batch = Batch::new();
    if removal.force == Some(true) {
        tell_carriers(&app, &mut batch, id).await?;
        label::delete(&mut batch, id);
    } else {
        label::delete_unused(&mut batch, id);
    }
    act(&app, &mut batch, &who, "label.delete", format!("label {id}"), &current.name);
    match app.store.commit(batch).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(CommitError::Conflict) => {
            let carried = one(&app, id).await?.carried;
            let detail = if carried == 1 {
                "One conversation carries this label: take it off, or delete it there too.".to_owned()
            } else {
                format!("{carried} conversations carry this label: take it off, or delete it there too.")
            };
            Err(Problem::conflict(detail).with("conversations", carried))
        }
        Err(error) => Err(error.into()),
    }
}

/// Screens that show it learn of it; those of very many conversations with the next look.
async fn tell_carriers(app: &App, batch: &mut Batch, id: i64) -> Answer<()> {
    event::conversations_changed(batch, &label::carriers(&app.store, id).await?, app.clock.now());
    Ok(())
}

fn duplicate(error: CommitError) -> Problem {
    match error {
        CommitError::Duplicate => taken("/name", "There is a label with this name already."),
        error => error.into(),
    }
}

/// Which labels come and go.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct LabelsIn {
    /// Ids or names of labels to put on.
    add: Vec<String>,
    /// Ids or names of labels to take off.
    remove: Vec<String>,
}

/// Puts labels on a conversation and takes others off.
#[utoipa::path(post, path = "/conversations/{id}/labels", tag = "conversations", params(("id" = String, Path)), request_body = LabelsIn,
    responses((status = 200, body = ConversationView)))]
async fn put_on(
    State(app): State<App>,
    who: Principal,
    At(id): At<ConversationId>,
    Body(input): Body<LabelsIn>,
) -> Answer<Json<ConversationView>> {
    visible(&app, &who, id).await?;
    if input.add.len() + input.remove.len() > AT_ONCE {
        return Err(Problem::field("/add", format!("At most {AT_ONCE} labels are changed at once.")));
    }
    let known = label::list(&app.store).await?;
    let mut errors = Vec::new();
    let mut read = |list: &str, ids: &[String]| -> Vec<i64> {
        let mut found = Vec::new();
        for (index, text) in ids.iter().enumerate() {
            let folded = message::fold(text.trim());
            let named = |label: &&Label| label.id.to_string() == *text || message::fold(&label.name) == folded;
            match known.iter().find(named) {
                Some(label) => found.push(label.id),
                None => errors.push(FieldError {
                    pointer: format!("/{list}/{index}"),
                    detail: "There is no such label.".into(),
                }),
            }
        }
        found
    };
    let (add, remove) = (read("add", &input.add), read("remove", &input.remove));
    if !errors.is_empty() {
        return Err(Problem::fields(errors));
    }
    let labelled =
        play_on(&app, id.into(), |_, _| Ok(()), |batch, _| label::change(batch, id, &add, &remove)).await?;
    Ok(Json(view::conversation(&app, &labelled.conversation).await?))
}
