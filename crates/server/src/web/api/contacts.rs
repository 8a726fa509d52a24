//! Contacts: who a customer is, what is noted about them, and their earlier conversations.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::ContactId;
use engine::contacts::{self, ContactChange, ContactDetails};
use engine::conversation_start::{self, Continuation};
use engine::csv_table::Imported;
use engine::fields;
use engine::view::{self, ConversationView};
use serde::Deserialize;
use store::table::contact::{self, Person};
use store::table::conversation;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversation_list::of_contact;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path, Query};

use crate::web::problem::{Answer, Problem, ProblemShape};
use crate::web::search;
use crate::web::table::{self, Importing, Table, largest_table};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one, update))
        .routes(routes!(conversations, continue_on))
        .routes(routes!(refresh))
}

/// For users who may import and export contacts.
pub fn exchange_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(export))
        .merge(OpenApiRouter::new().routes(routes!(import)).layer(largest_table()))
}

/// A contact that the user may see, or 404: users who see one of their conversations may see the contact.
pub async fn visible(app: &App, who: &Principal, id: ContactId) -> Answer<Person> {
    let is_visible = contact::is_visible(&app.store, id, &who.viewer(app)).await?;
    contact::find(&app.store, id).await?.filter(|_| is_visible).ok_or_else(|| Problem::not_found("contact"))
}

/// The filters of contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Part of the name, phone number or e-mail address, or a complete PSID.
    q: Option<String>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// The cursor of the page to continue with.
    cursor: Option<String>,
}

/// Contacts that you may see, newest first.
#[utoipa::path(get, path = "/contacts", tag = "contacts", params(Filter),
    responses((status = 200, body = Items<ContactDetails>), (status = 429, body = ProblemShape)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Query(filter): Query<Filter>,
) -> Answer<Json<Items<ContactDetails>>> {
    let paging = Paging { limit: filter.limit, cursor: filter.cursor };
    let (limit, below) = (paging.limit()?, paging.number()?.unwrap_or(i64::MAX));
    let words = filter.q.unwrap_or_default();
    let _turn = search::turn(&app, &who, &words).await?;
    let mut found = contact::search(&app.store, &words, below, limit + 1, &who.viewer(&app)).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = found.get(wanted).and_then(|_| found.get(wanted - 1)).map(|last| last.id.to_string());
    found.truncate(wanted);
    Ok(Json(Items { items: contacts::details(&app, found).await?, next }))
}

/// The options of the export.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Exporting {
    /// Begins the file with a byte order mark, from which Excel recognises UTF-8.
    #[serde(default)]
    excel: bool,
}

/// The contacts that you may see, as a CSV file that can be imported again. Cells that begin like a formula get a
/// leading apostrophe.
#[utoipa::path(get, path = "/contacts/export", tag = "contacts", params(Exporting),
    responses((status = 200, body = String, content_type = "text/csv")))]
async fn export(State(app): State<App>, who: Principal, Query(asked): Query<Exporting>) -> Answer<Response> {
    let file = contacts::export(&app, who.user.id, &who.viewer(&app), asked.excel).await?;
    Ok(table::answer(file, "contacts.csv"))
}

/// Imports contacts. The first line contains the field names: `name`, `phone`, `email`, `note`, `id`, and
/// `attributes.KEY` for each attribute; empty cells change nothing. A row changes the contact with its `id`, or else
/// the one with its phone number or e-mail address; any other row adds a new contact. If a row is refused, none is
/// imported: 422 with `rows` and `refused`.
#[utoipa::path(post, path = "/contacts/import", tag = "contacts", params(Importing),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = Imported)))]
async fn import(
    State(app): State<App>,
    who: Principal,
    Query(asked): Query<Importing>,
    Table(file): Table,
) -> Answer<Json<Imported>> {
    let dry_run = asked.dry_run();
    table::imported(contacts::import(&app, &who.viewer(&app), &file, dry_run).await?, dry_run)
}

/// One contact.
#[utoipa::path(get, path = "/contacts/{id}", tag = "contacts", params(("id" = String, Path)),
    responses((status = 200, body = ContactDetails)))]
async fn one(State(app): State<App>, who: Principal, Path(id): Path<ContactId>) -> Answer<Json<ContactDetails>> {
    let person = visible(&app, &who, id).await?;
    Ok(Json(contacts::shown(&app, person).await?))
}

/// Changes a contact. Users who may see a contact may change it.
#[utoipa::path(patch, path = "/contacts/{id}", tag = "contacts", params(("id" = String, Path)), request_body = ContactChange,
    responses((status = 200, body = ContactDetails)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
    Body(change): Body<ContactChange>,
) -> Answer<Json<ContactDetails>> {
    let person = visible(&app, &who, id).await?;
    Ok(Json(contacts::update(&app, who.user.id, person, change).await?))
}

/// The conversations of a contact that you may see, newest activity first.
#[utoipa::path(get, path = "/contacts/{id}/conversations", tag = "contacts",
    params(("id" = String, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<ConversationView>)))]
async fn conversations(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Items<ConversationView>>> {
    of_contact(&app, &who, id, paging).await.map(Json)
}

/// Continues with a contact on another of their channels: starts a conversation on one of their identities, or sends
/// the message in the one that the same agent holds there. While the identity's window is closed, only a template can
/// be sent.
#[utoipa::path(post, path = "/contacts/{id}/conversations", tag = "contacts",
    params(("id" = String, Path)), request_body = Continuation,
    responses((status = 201, body = ConversationView)))]
async fn continue_on(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
    Body(new): Body<Continuation>,
) -> Answer<(StatusCode, Json<ConversationView>)> {
    fields::check_client_id(new.client_id.as_deref())?;
    visible(&app, &who, id).await?;
    let begun = conversation_start::continue_on(&app, who.actor(), &who.viewer(&app), id, &new).await?;
    let it = conversation::by_id(&app.store, begun).await?.ok_or_else(|| Problem::not_found("conversation"))?;
    Ok((StatusCode::CREATED, Json(view::conversation(&app, &it).await?)))
}

/// Asks Meta for the name and picture again. The result arrives on the event stream.
#[utoipa::path(post, path = "/contacts/{id}/refresh", tag = "contacts", params(("id" = String, Path)),
    responses((status = 202, body = ContactDetails)))]
async fn refresh(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
) -> Answer<(StatusCode, Json<ContactDetails>)> {
    let person = visible(&app, &who, id).await?;
    Ok((StatusCode::ACCEPTED, Json(contacts::refresh(&app, person).await?)))
}
