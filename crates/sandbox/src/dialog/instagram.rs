//! Instagram Login: its own dialog and code exchange (§1.10).

use super::show;
use crate::ascii;
use crate::clock::now_s;
use crate::graph::{form_pairs, instagram};
use crate::seed::Mode;
use crate::shared::Shared;
use crate::world::{Session, World};
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::collections::{BTreeSet, HashMap};

/// Permissions of Instagram Login; the older `business_*` names ended on 2025-01-27.
const SCOPES: &[&str] = &[
    "instagram_business_basic",
    "instagram_business_manage_messages",
    "instagram_business_manage_comments",
    "instagram_business_content_publish",
    "instagram_business_manage_insights",
];

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/instagram/oauth/authorize", get(open))
        .route("/instagram/oauth/access_token", post(exchange))
}

/// `GET /oauth/authorize` of www.instagram.com.
async fn open(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let params: HashMap<String, String> = form_pairs(&query.unwrap_or_default()).into_iter().collect();
    let checked = check(&shared.world(), &params);
    show(&shared, checked)
}

fn check(world: &World, params: &HashMap<String, String>) -> Result<Session, String> {
    let get = |name: &str| params.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let client = get("client_id").ok_or("The parameter client_id is required.")?;
    let app = world.apps.values().find(|app| app.settings.instagram_app_id.as_deref() == Some(client));
    let app = app.ok_or_else(|| {
        let other = if world.apps.contains_key(client) {
            " It is the id of the Meta app; Instagram Login has its own."
        } else {
            ""
        };
        format!("Invalid platform app: there is no Instagram app {client}.{other}")
    })?;
    let redirect_uri = get("redirect_uri").ok_or("The parameter redirect_uri is required.")?;
    let known = app.settings.redirect_uris.iter().any(|uri| uri == redirect_uri);
    if !known && !app.settings.accept_any_redirect_uri {
        return Err(format!(
            "Invalid redirect_uri: {redirect_uri} is not one of the app's. They are compared byte for byte."
        ));
    }
    if get("response_type") != Some("code") {
        return Err("The parameter response_type must be code.".to_owned());
    }
    let scopes: Vec<String> = get("scope")
        .ok_or("The parameter scope is required.")?
        .split([',', ' '])
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect();
    if let Some(unknown) = scopes.iter().find(|scope| !SCOPES.contains(&scope.as_str())) {
        return Err(format!("Invalid Scopes: {unknown}."));
    }
    if !scopes.iter().any(|scope| scope == SCOPES[0]) {
        return Err(format!("Invalid Scopes: {} is always needed.", SCOPES[0]));
    }
    Ok(Session {
        app_id: app.settings.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        state: get("state").unwrap_or_default().to_owned(),
        scopes,
        config: None,
        rerequest: true,
        tell_scopes: false,
        person_id: None,
        pages: Some(BTreeSet::new()),
        whatsapp: Some(BTreeSet::new()),
        instagram: true,
        created_at: now_s(),
    })
}

/// The account that logs in. While the app is in development, only accounts of people with a role can.
pub(super) fn choose(world: &World, session: &mut Session, account_id: &str) -> Result<(), String> {
    let account = world.instagram.get(account_id).ok_or("There is no such account.")?;
    let app = world.apps.get(&session.app_id).ok_or("The app is gone.")?;
    let page = account.seed.page_id.as_ref().and_then(|id| world.pages.get(id));
    let has_role = page.is_some_and(|page| app.settings.roles.iter().any(|person| !page.tasks(person).is_empty()));
    if app.settings.mode == Mode::Development && !has_role {
        return Err(format!(
            "Insufficient developer role: {} is in development, and @{} has no role in it.",
            app.settings.name, account.seed.username
        ));
    }
    session.person_id = Some(account_id.to_owned());
    Ok(())
}

/// Stores what the account's owner granted.
pub(super) fn grant(world: &mut World, session: &Session, ticked: &BTreeSet<String>) {
    let Some(account) = session.person_id.as_ref().and_then(|id| world.instagram.get_mut(id)) else { return };
    let granted = session.scopes.iter().filter(|scope| ticked.contains(*scope) || *scope == SCOPES[0]);
    account.grants.insert(session.app_id.clone(), granted.cloned().collect());
}

/// `POST /oauth/access_token` of api.instagram.com.
async fn exchange(State(shared): State<Shared>, body: String) -> Response {
    let form = form_pairs(&body);
    let (status, answer) = match instagram::exchange_code(&mut shared.world(), &form) {
        Ok(answer) => (StatusCode::OK, answer),
        Err(error) => (StatusCode::BAD_REQUEST, error),
    };
    let mut response = (status, ascii::to_bytes(&answer)).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}
