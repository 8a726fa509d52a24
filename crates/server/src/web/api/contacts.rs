//! Contacts: who a customer is, and their earlier conversations.

use axum::Json;
use axum::extract::State;
use domain::id::ContactId;
use serde::Serialize;
use store::table::{contact, conversation};
use store::values;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::clock::rfc3339;
use crate::web::api::conversations::{Asked, of_contact, page};
use crate::web::api::view::{self, ContactView, ConversationView};
use crate::web::auth::Who;
use crate::web::extract::{Items, Paging, Path, Query};
use crate::web::problem::{Answer, Problem, ProblemShape};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(one)).routes(routes!(conversations))
}

/// A contact with what is known of them.
#[derive(Debug, Serialize, ToSchema)]
struct ContactOut {
    /// Name, picture, identities.
    #[serde(flatten)]
    contact: ContactView,
    /// When they first wrote.
    created_at: String,
    /// How many conversations there have been.
    conversations: i64,
}

/// One contact.
#[utoipa::path(get, path = "/contacts/{id}", tag = "contacts", params(("id" = String, Path)),
    responses((status = 200, body = ContactOut), (status = 404, body = ProblemShape)))]
async fn one(State(app): State<App>, who: Who, Path(id): Path<ContactId>) -> Answer<Json<ContactOut>> {
    // Whoever may see one of their conversations may see who they are.
    let asked = Asked { contact: id.0, paging: Paging { limit: Some(1), cursor: None }, ..Asked::default() };
    if page(&app, &who, asked).await?.items.is_empty() {
        return Err(Problem::not_found("contact"));
    }
    let answers = app
        .store
        .ask(vec![
            (contact::CONTACT, values![id]),
            (contact::OF_CONTACT, values![id]),
            (conversation::COUNT_OF_CONTACT, values![id]),
        ])
        .await?;
    let row = answers[0].first().ok_or_else(|| Problem::not_found("contact"))?;
    let identities: Vec<_> = answers[1].iter().map(contact::from_row).collect();
    Ok(Json(ContactOut {
        contact: view::contact_view(&app, id, &identities),
        created_at: rfc3339(domain::time::Micros(row.int(3))),
        conversations: answers[2].first().map_or(0, |row| row.int(0)),
    }))
}

/// A contact's conversations that one may see, newest activity first.
#[utoipa::path(get, path = "/contacts/{id}/conversations", tag = "contacts", params(("id" = String, Path)),
    responses((status = 200, body = Items<ConversationView>)))]
async fn conversations(
    State(app): State<App>,
    who: Who,
    Path(id): Path<ContactId>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Items<ConversationView>>> {
    of_contact(&app, &who, id, paging).await.map(Json)
}
