//! The redirect from Meta's login: only the browser that started the login may finish it. Every failure ends in a
//! sentence that explains what to do.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use channels::meta::oauth::Redirect;
use domain::role::Permission;
use engine::connect;
use engine::directory::GatewayEntry;
use store::table::gateway::Attempt;
use store::table::user;

use super::html;
use crate::app::App;
use crate::web::auth::{self, Via};

/// A browser has returned.
pub(super) async fn came_back(
    app: &App,
    known: &GatewayEntry,
    headers: &HeaderMap,
    redirect: Redirect,
) -> Response {
    let gateway = known.row.id.to_string();
    let (state, code) = match redirect {
        Redirect::Code { code, state } => (Some(state), Some(code)),
        Redirect::Denied { state } => (state, None),
        Redirect::Other => (None, None),
    };
    let page = |status, attempt: &str, done, message: &str| {
        html::outcome(app, status, html::Outcome { gateway: &gateway, attempt, done, message })
    };
    let Some(state) = state else {
        return page(StatusCode::BAD_REQUEST, "", false, &connect::unnamed());
    };
    let attempt = match claim(app, known, headers, &state).await {
        Ok(attempt) => attempt,
        Err(message) => return page(StatusCode::BAD_REQUEST, "", false, &message),
    };
    let ended = connect::finish(app, known, &attempt, code.as_deref()).await;
    let done = ended.is_ok();
    page(StatusCode::OK, &attempt.id.to_string(), done, &ended.unwrap_or_else(|message| message))
}

/// Finds the attempt that a state belongs to, if this browser may finish it, and uses it up.
async fn claim(app: &App, known: &GatewayEntry, headers: &HeaderMap, state: &str) -> Result<Attempt, String> {
    let attempt = connect::attempt(app, known, state).await?;
    let allowed = match &attempt.session_hash {
        Some(session) => auth::identify(app, headers)
            .await
            .is_ok_and(|who| who.via == Via::Session(session.clone()) && who.must(Permission::Connect).is_ok()),
        None => {
            let user = user::by_id(&app.store, attempt.user).await.unwrap_or_default();
            user.is_some_and(|user| auth::may_enter(app, &user) && user.role.may(Permission::Connect))
        }
    };
    if !allowed {
        return Err(connect::other_browser());
    }
    connect::take(app, &attempt).await?;
    Ok(attempt)
}
