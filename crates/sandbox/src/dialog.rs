//! The login dialogs: choose a person, tick Pages and WhatsApp accounts, grant or deny permissions, go back with a code
//! (§1.1, §1.2). Instagram's own dialog shares the steps (§1.10).

mod agree;
mod instagram;
mod signup;

pub use agree::agree;

use crate::clock::now_s;
use crate::crypto::random_string;
use crate::dialog_view as view;
use crate::graph::{PERMISSIONS, form_pairs};
use crate::seed::{Mode, TokenType};
use crate::shared::Shared;
use crate::world::{Code, Grant, Live, Session, World};
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Codes live ten minutes (§1.3).
const CODE_S: i64 = 600;
/// A dialog that stays open for longer is deleted.
const SESSION_S: i64 = 3_600;
const SESSION_LIMIT: usize = 1_000;

pub fn router() -> Router<Shared> {
    Router::new()
        .route("/dialog/oauth", get(open))
        .route("/{version}/dialog/oauth", get(open))
        .route("/dialog/step", post(step))
        .merge(instagram::router())
}

fn page(shared: &Shared, status: StatusCode, html: String) -> Response {
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if shared.world().settings.dialog_coop {
        headers.insert(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        );
    }
    response
}

/// `GET /dialog/oauth`: mistakes are shown here and never redirected (§1.2).
async fn open(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let params: HashMap<String, String> = form_pairs(&query.unwrap_or_default()).into_iter().collect();
    let checked = check(&shared.world(), &params);
    show(&shared, checked)
}

/// Shows the first step, or why there is none.
fn show(shared: &Shared, checked: Result<Session, String>) -> Response {
    let opened = {
        let mut world = shared.world();
        checked.map(|session| {
            let now = now_s();
            world.dialogs.retain(|_, old| old.created_at + SESSION_S > now);
            if world.dialogs.len() >= SESSION_LIMIT {
                world.dialogs.clear();
            }
            let id = random_string(32);
            let html = view::people(&world, &id, &session);
            world.dialogs.insert(id, session);
            html
        })
    };
    match opened {
        Ok(html) => page(shared, StatusCode::OK, html),
        Err(reason) => page(shared, StatusCode::BAD_REQUEST, view::error(&reason)),
    }
}

fn check(world: &World, params: &HashMap<String, String>) -> Result<Session, String> {
    let get = |name: &str| params.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let app_id = get("client_id").ok_or("The parameter client_id is required.")?;
    let app = world.apps.get(app_id).ok_or_else(|| format!("Invalid App ID: there is no app {app_id}."))?;
    let settings = &app.settings;
    let redirect_uri = get("redirect_uri").ok_or("The parameter redirect_uri is required.")?;
    let known = settings.redirect_uris.iter().any(|uri| uri == redirect_uri);
    if !known && !settings.accept_any_redirect_uri {
        return Err(format!(
            "URL blocked: the redirect URI {redirect_uri} is not one of the app's Valid OAuth Redirect URIs. They are compared byte for byte."
        ));
    }
    let mut words = get("response_type").unwrap_or("code").split([' ', ',']).filter(|word| !word.is_empty());
    let (mut code, mut tell_scopes) = (false, false);
    if let Some(unknown) = words.find(|word| {
        code |= *word == "code";
        tell_scopes |= *word == "granted_scopes";
        !matches!(*word, "code" | "granted_scopes")
    }) {
        return Err(format!("The sandbox knows response_type code, alone or with granted_scopes; got {unknown}."));
    }
    if !code {
        return Err("The response_type must contain code.".to_owned());
    }
    let state = get("state").ok_or("The parameter state is required.")?.to_owned();
    let (scopes, config) = match (get("config_id"), get("scope")) {
        (Some(id), scope) => {
            let config = settings.login_configs.iter().find(|config| config.id == id);
            let config = config.ok_or_else(|| format!("There is no login configuration {id} in this app."))?;
            if config.token_type == TokenType::SystemUser {
                if scope.is_some() {
                    return Err("A login configuration for system users takes no scope.".to_owned());
                }
                if get("response_type").is_none() || get("override_default_response_type") != Some("true") {
                    return Err("Invalid response_type: a login configuration for system users needs response_type=code and override_default_response_type=true.".to_owned());
                }
            }
            (config.permissions.clone(), Some(config.clone()))
        }
        (None, Some(scope)) => {
            let words = scope.split([',', ' ']).filter(|word| !word.is_empty());
            (words.map(str::to_owned).collect(), None)
        }
        (None, None) => (Vec::new(), None),
    };
    let owned = |scope: &str| match &settings.permissions {
        Some(own) => own.iter().any(|name| name == scope) || matches!(scope, "public_profile" | "email"),
        None => PERMISSIONS.contains(&scope),
    };
    if let Some(unknown) = scopes.iter().find(|scope| !owned(scope)) {
        return Err(format!("Invalid Scopes: {unknown}. This message is only shown to developers."));
    }
    if get("extras").is_some_and(|text| !serde_json::from_str(text).is_ok_and(|extras: Value| extras.is_object()))
    {
        return Err("Invalid extras: the parameter must be a JSON object.".to_owned());
    }
    Ok(Session {
        app_id: app_id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        state,
        scopes,
        config,
        rerequest: get("auth_type").is_some_and(|kinds| kinds.split(',').any(|kind| kind == "rerequest")),
        tell_scopes,
        person_id: None,
        pages: Some(BTreeSet::new()),
        whatsapp: Some(BTreeSet::new()),
        instagram: false,
        created_at: now_s(),
    })
}

/// `POST /dialog/step`: one step of the form.
async fn step(State(shared): State<Shared>, body: String) -> Response {
    let form = form_pairs(&body);
    let first = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let all = |name: &str| {
        form.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect::<BTreeSet<_>>()
    };
    let id = first("session").unwrap_or_default().to_owned();
    let session = shared.world().dialogs.get(&id).cloned();
    let Some(mut session) = session else {
        return page(
            &shared,
            StatusCode::BAD_REQUEST,
            view::error("This login was finished already, or took too long. Begin again."),
        );
    };
    let html = match first("step") {
        Some("cancel") => return cancel(&shared, &id, &session),
        Some("people") => view::people(&shared.world(), &id, &session),
        Some("person") => {
            let world = shared.world();
            match choose_person(&world, &mut session, first("person").unwrap_or_default()) {
                Err(reason) => {
                    drop(world);
                    return page(&shared, StatusCode::FORBIDDEN, view::error(&reason));
                }
                Ok(()) if asks_for_pages(&session) => view::pages(&world, &id, &session, None),
                Ok(()) => after_pages(&world, &id, &session),
            }
        }
        Some("pages") if session.person_id.is_some() => {
            let world = shared.world();
            let managed = view::managed(&world, &session);
            session.pages = match (first("future"), first("all")) {
                (Some(_), _) => None,
                (None, Some(_)) => Some(managed.iter().map(|page| page.seed.id.clone()).collect()),
                (None, None) => {
                    let ticked = all("page");
                    Some(
                        managed.iter().map(|page| page.seed.id.clone()).filter(|id| ticked.contains(id)).collect(),
                    )
                }
            };
            let none = session.pages.as_ref().is_some_and(BTreeSet::is_empty);
            if none && !managed.is_empty() {
                view::pages(&world, &id, &session, Some("Choose at least one Page."))
            } else {
                after_pages(&world, &id, &session)
            }
        }
        Some("whatsapp") if session.person_id.is_some() => {
            let mut world = shared.world();
            match signup::choose(&mut world, &mut session, &form) {
                Ok(()) => view::permissions(&world, &id, &session),
                Err(problem) => signup::view(&world, &id, &session, Some(&problem)),
            }
        }
        Some("permissions") if session.person_id.is_some() => {
            return finish(&shared, &id, &session, &all("permission"));
        }
        _ => {
            return page(&shared, StatusCode::BAD_REQUEST, view::error("The form cannot be read."));
        }
    };
    shared.world().dialogs.insert(id, session);
    page(&shared, StatusCode::OK, html)
}

fn asks_for_pages(session: &Session) -> bool {
    let of_page = |scope: &String| scope.starts_with("pages_") || scope.starts_with("instagram_");
    !session.instagram && session.scopes.iter().any(of_page)
}

/// WhatsApp's accounts, if they are asked for, or the permissions.
fn after_pages(world: &World, id: &str, session: &Session) -> String {
    if session.scopes.iter().any(|scope| scope.starts_with("whatsapp_")) {
        signup::view(world, id, session, None)
    } else {
        view::permissions(world, id, session)
    }
}

fn choose_person(world: &World, session: &mut Session, person_id: &str) -> Result<(), String> {
    if session.instagram {
        return instagram::choose(world, session, person_id);
    }
    let person = world.people.get(person_id).filter(|person| !person.seed.system_user);
    let person = person.ok_or("There is no such person.")?;
    let app = world.apps.get(&session.app_id).ok_or("The app is gone.")?;
    if app.settings.mode == Mode::Development && !app.settings.roles.iter().any(|id| id == person_id) {
        return Err(format!(
            "App not active: {} is in development, and {} has no role in it.",
            app.settings.name, person.seed.name
        ));
    }
    let before = person.grants.get(&session.app_id);
    session.pages = before.map_or_else(|| Some(BTreeSet::new()), |grant| grant.pages.clone());
    session.whatsapp = before.map_or_else(|| Some(BTreeSet::new()), |grant| grant.whatsapp.clone());
    session.person_id = Some(person_id.to_owned());
    Ok(())
}

fn redirect(shared: &Shared, session: &Session, pairs: &[(&str, &str)]) -> Response {
    let mut query = reqwest::Url::parse("http://form/").expect("a constant address parses");
    for (name, value) in pairs {
        query.query_pairs_mut().append_pair(name, value);
    }
    let separator = if session.redirect_uri.contains('?') { '&' } else { '?' };
    let mark = if session.instagram { "#_" } else { "#_=_" };
    let location = format!("{}{separator}{}{mark}", session.redirect_uri, query.query().unwrap_or_default());
    let mut response = page(shared, StatusCode::FOUND, String::new());
    if let Ok(value) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

fn cancel(shared: &Shared, id: &str, session: &Session) -> Response {
    shared.world().dialogs.remove(id);
    let pairs = [
        ("error", "access_denied"),
        ("error_code", "200"),
        ("error_description", "Permissions error"),
        ("error_reason", "user_denied"),
        ("state", &session.state),
    ];
    redirect(shared, session, &pairs)
}

/// Keeps the grant and goes back with a code.
fn finish(shared: &Shared, id: &str, session: &Session, ticked: &BTreeSet<String>) -> Response {
    let code = format!("AQ{}", random_string(180));
    let (mut granted, mut denied) = (Vec::new(), Vec::new());
    {
        let mut world = shared.world();
        world.dialogs.remove(id);
        let asked = view::asked(&world, session);
        let person_id = session.person_id.clone().unwrap_or_default();
        if session.instagram {
            instagram::grant(&mut world, session, ticked);
        }
        let mut none = Grant::default();
        let grant = match world.people.get_mut(&person_id) {
            _ if session.instagram => &mut none,
            Some(person) => person
                .grants
                .entry(session.app_id.clone())
                .or_insert_with(|| Grant { whatsapp: Some(BTreeSet::new()), ..Grant::default() }),
            None => {
                drop(world);
                return page(shared, StatusCode::BAD_REQUEST, view::error("There is no such person."));
            }
        };
        grant.permissions.insert("public_profile".to_owned(), true);
        for scope in asked {
            let yes = session.config.is_some()
                || matches!(scope.as_str(), "public_profile" | "email")
                || ticked.contains(&scope);
            grant.permissions.insert(scope, yes);
        }
        grant.pages = session.pages.clone();
        grant.whatsapp = session.whatsapp.clone();
        for (scope, yes) in &grant.permissions {
            if *yes { granted.push(scope.clone()) } else { denied.push(scope.clone()) }
        }
        let now = now_s();
        world.codes.retain(|_, old| old.expires_at + 3_600 > now);
        world.codes.insert(
            code.clone(),
            Code {
                app_id: session.app_id.clone(),
                person_id,
                redirect_uri: session.redirect_uri.clone(),
                token_type: session.config.as_ref().map(|config| config.token_type).unwrap_or_default(),
                instagram: session.instagram,
                expires_at: now + CODE_S,
                used: false,
            },
        );
        let _ = world.live.send(Live::Dashboard);
    }
    let (granted, denied) = (granted.join(","), denied.join(","));
    let mut pairs = vec![("code", code.as_str())];
    if session.tell_scopes {
        pairs.extend([("granted_scopes", granted.as_str()), ("denied_scopes", denied.as_str())]);
    }
    if !session.state.is_empty() {
        pairs.push(("state", &session.state));
    }
    redirect(shared, session, &pairs)
}
