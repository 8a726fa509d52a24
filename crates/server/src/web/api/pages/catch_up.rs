//! The search for messages that no webhook delivered: an administrator starts it, and it runs in the background.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::GatewayId;
use serde::Serialize;
use store::table::catch_up::{Search, State as SearchState};
use utoipa::ToSchema;

use super::{PageOut, of_page, row};
use crate::app::App;
use crate::web::api::gateways::known;
use crate::web::auth::Principal;
use crate::web::extract::Path;
use crate::web::problem::Answer;
use engine::catch_up;
use engine::clock::rfc3339;
use engine::wording;

/// The search for messages that no webhook delivered.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatchUp {
    /// Its progress.
    state: SearchState,
    /// The number of conversations that were read.
    checked: i64,
    /// Messages found that were missing here.
    found: i64,
    /// When it last made progress.
    at: String,
    /// Its result, or why it is waiting.
    message: String,
}

impl From<&Search> for CatchUp {
    fn from(it: &Search) -> Self {
        Self {
            state: it.state,
            checked: it.checked,
            found: it.found,
            at: rfc3339(it.at),
            message: wording::search(it),
        }
    }
}

/// Searches the Page's conversations at Meta for messages that never arrived here. It runs in the background; the
/// Page's
/// `catch_up` shows its progress.
#[utoipa::path(post, path = "/gateways/{id}/pages/{page_id}/catch-up", tag = "gateways",
    params(("id" = String, Path), ("page_id" = String, Path)),
    responses((status = 202, body = PageOut)))]
pub async fn begin(
    State(app): State<App>,
    who: Principal,
    Path((id, page)): Path<(GatewayId, String)>,
) -> Answer<(StatusCode, Json<PageOut>)> {
    let known = known(&app, id)?;
    let page = row(&app, id, &page).await?;
    catch_up::begin(&app, who.user.id, &known, &page).await?;
    Ok((StatusCode::ACCEPTED, Json(of_page(&app, &who, &page).await?)))
}
