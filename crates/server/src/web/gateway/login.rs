//! The way back from Meta's login. A state belongs to one gateway and one attempt, works once, and only in the
//! browser where it was begun. Whatever goes wrong ends in a sentence that says what to do.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use channels::meta::oauth::Redirect;
use domain::role::{Permission, Role};
use serde_json::json;
use store::table::event::{self, Event};
use store::table::gateway::{self, Attempt, SecretState};
use store::table::login_attempt::{self, Outcome};
use store::table::{health, setting, user};
use store::{Batch, CommitError, Signal};

use super::html;
use crate::app::App;
use crate::web::auth::{self, Via};
use engine::accounts::{self, Found, Kept, Login};
use engine::clients::graph::{Checked, Refused};
use engine::directory::GatewayEntry;
use engine::secrets;

const AGAIN: &str = "Go back to Deskbell and press Add or remove pages again.";
const STORE: &str = "The store cannot be reached, so nothing was connected. Try again in a moment.";

/// How an attempt ended: the sentence, good or bad.
type Ended = Result<String, String>;

/// A browser is back.
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
        let message = format!("Facebook came back without saying which attempt it means. {}", denied());
        return page(StatusCode::BAD_REQUEST, "", false, &message);
    };
    let attempt = match claim(app, known, headers, &state).await {
        Ok(attempt) => attempt,
        Err(message) => return page(StatusCode::BAD_REQUEST, "", false, &message),
    };
    let is_denied = code.is_none();
    let ended = match code {
        None => Err(denied()),
        Some(_) if !known.row.enabled => {
            Err("This gateway is switched off, so nothing was connected: switch it on and try again.".to_owned())
        }
        Some(code) => connect(app, known, &attempt, &code).await,
    };
    let (done, message) = words(&ended);
    end(app, known, &attempt, &ended, is_denied).await;
    page(StatusCode::OK, &attempt.id.to_string(), done, message)
}

/// Whether it ended well, and the sentence.
fn words(ended: &Ended) -> (bool, &str) {
    match ended {
        Ok(message) => (true, message),
        Err(message) => (false, message),
    }
}

/// The same answer comes for "cancelled" and for "not allowed", so the sentence names both.
fn denied() -> String {
    format!(
        "Facebook gave no access. Either the login was cancelled there, or the app may not ask for it: it is not live, lacks \
         access to a permission, or this person has no role in it. Nothing was changed. {AGAIN}"
    )
}

/// Finds the attempt that a state belongs to and uses the state up.
async fn claim(app: &App, known: &GatewayEntry, headers: &HeaderMap, state: &str) -> Result<Attempt, String> {
    let store = |error: store::Error| {
        tracing::error!(%error, "a login attempt could not be read");
        STORE.to_owned()
    };
    let attempt = login_attempt::by_state(&app.store, &secrets::hash(state)).await.map_err(store)?;
    let attempt = attempt.filter(|attempt| attempt.gateway == known.row.id);
    let unknown = || format!("This login is not one that was begun here, or it was begun long ago. {AGAIN}");
    let attempt = attempt.ok_or_else(unknown)?;
    if attempt.outcome != Outcome::Pending {
        return Err(format!("This answer of Facebook's was used already; it works once. {AGAIN}"));
    }
    if attempt.expires_at < app.clock.now() {
        return Err(format!("The login took longer than ten minutes, so it does not count any more. {AGAIN}"));
    }
    let allowed = match &attempt.session_hash {
        Some(session) => auth::identify(app, headers)
            .await
            .is_ok_and(|who| who.via == Via::Session(session.clone()) && who.must(Permission::Connect).is_ok()),
        None => {
            let user = user::by_id(&app.store, attempt.user).await.map_err(store)?;
            user.is_some_and(|user| auth::may_enter(app, &user) && user.role.may(Permission::Connect))
        }
    };
    if !allowed {
        // The attempt stays open for the browser that it belongs to.
        return Err(format!(
            "This login was begun in another browser, or its sign-in has ended: finish it there, or sign in to Deskbell \
             here. {AGAIN}"
        ));
    }
    let mut batch = Batch::new();
    login_attempt::take(&mut batch, attempt.id);
    match app.store.commit(batch).await {
        Ok(_) => Ok(attempt),
        Err(CommitError::Store(error)) => Err(store(error)),
        Err(_) => Err(format!("This answer of Facebook's was used already; it works once. {AGAIN}")),
    }
}

async fn connect(app: &App, known: &GatewayEntry, attempt: &Attempt, code: &str) -> Ended {
    if known.secret.is_none() {
        return Err(
            "This gateway has lost its App Secret: type it again in the Meta tab, then connect.".to_owned()
        );
    }
    let address = app.urls.webhook(&known.row.uri);
    let token = match accounts::exchange(app, known, &address, code).await {
        Ok(token) => token,
        Err(refused) => return Err(not_exchanged(app, known, &address, &refused).await),
    };
    let found = accounts::look(app, known, &token).await.map_err(|refused| {
        format!(
            "Facebook's login went well, but the Pages could not be read: {} {AGAIN}",
            refused.error.explain().reason
        )
    })?;
    let at = app.clock.now();
    let mut batch = Batch::new();
    let store = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a connection could not be stored");
        STORE.to_owned()
    };
    let user = user::by_id(&app.store, attempt.user).await.map_err(|error| store(&error))?;
    let is_guest = user.is_some_and(|user| user.role == Role::Guest);
    if is_guest {
        // Revoked while Meta was asked: then nothing of it is kept.
        user::must_be_active(&mut batch, attempt.user);
    }
    let login = Some(Login { user: attempt.user, token: &token });
    let kept = accounts::keep(app, known, &found, login, &mut batch, at).await.map_err(|error| store(&error))?;
    let Some(kept) = kept else {
        return Err(format!(
            "This Facebook account connected Pages here before, for somebody else, and what is theirs is left as it is. Sign in \
             to Facebook with another account. {AGAIN}"
        ));
    };
    let ended = told(&found, kept);
    if ended.is_ok() {
        gateway::set_logged_in(&mut batch, known.row.id, at);
    }
    let (by, object) = (Some(attempt.user), format!("gateway {}", known.row.id));
    let detail = format!("{} pages, {} usable", kept.pages, kept.usable);
    setting::audit(&mut batch, &mut app.id_source(), at, by, "gateway.connect", &object, &detail);
    batch.notify(Signal::Config);
    match app.store.commit(batch).await {
        Ok(_) => ended,
        Err(CommitError::Conflict) if is_guest => {
            Err("Your access has ended, so nothing was connected: ask whoever gave it to you.".to_owned())
        }
        Err(error) => Err(store(&error)),
    }
}

/// The outcome as a sentence.
fn told(found: &Found, kept: Kept) -> Ended {
    let name = found.person.name.as_deref().unwrap_or("This account");
    let missing = found.missing_scopes();
    if !missing.is_empty() {
        return Err(format!(
            "{name} did not grant {}, so Pages cannot be used. {AGAIN} Leave every permission switched on; if one is not \
             offered, the app lacks access to it.",
            missing.join(", ")
        ));
    }
    let count = |number: usize| if number == 1 { "1 Page".to_owned() } else { format!("{number} Pages") };
    match kept {
        Kept { pages: 0, dropped: 0, .. } => Err(format!(
            "Facebook named no Page of {name}. {AGAIN} Tick at least one Page; Pages of a business portfolio must be ticked \
             one by one, not by \"all\"."
        )),
        Kept { pages: 0, dropped, .. } => Ok(format!("{name} does not grant {} any more.", count(dropped))),
        Kept { pages, usable, .. } if usable == pages => Ok(format!(
            "{} of {name} connected. Now switch message retrieval on for the Pages that Deskbell shall answer.",
            count(pages)
        )),
        Kept { pages, usable, .. } => Ok(format!(
            "{} of {name} connected; {} of them can be used. The list of Pages says what the others lack.",
            count(pages),
            usable
        )),
    }
}

/// Why a code was not exchanged, and which field to correct. Meta's own message may hold parts of a secret.
async fn not_exchanged(app: &App, known: &GatewayEntry, address: &str, refused: &Refused) -> String {
    let error = &refused.error;
    match (error.code, error.subcode) {
        (100, 36_009) => format!("Facebook's answer was used already; it works once. {AGAIN}"),
        (100, 36_007) => format!("Facebook's answer has expired. {AGAIN}"),
        (100, 36_008) | (191, _) => format!(
            "Meta says that the redirect URI is not the registered one. In Meta's dashboard, under Facebook Login, Settings, \
             enter exactly {address} into \"Valid OAuth Redirect URIs\", and check the public URL of this installation. {AGAIN}"
        ),
        (1 | 101 | 190, _) => {
            let row = &known.row;
            let secret = known.secret.as_ref().map(|secret| secret.0.as_str()).unwrap_or_default();
            let checked = app.graph.check_app(&row.api_version, &row.app_id, secret).await;
            if let Checked::Refused(_) = checked {
                let mut batch = Batch::new();
                gateway::set_secret_state(&mut batch, row.id, SecretState::Refused);
                batch.notify(Signal::Config);
                let _ = app.store.commit(batch).await;
                return format!(
                    "Meta does not accept the App Secret: type it again in the gateway's Meta tab. {AGAIN}"
                );
            }
            format!(
                "Meta refused to exchange its answer (code {}). Check App ID and App Secret. {AGAIN}",
                error.code
            )
        }
        (100, _) => {
            format!("Meta does not know its own answer any more: it was made for another app or address. {AGAIN}")
        }
        _ if refused.is_passing() => {
            format!("Meta cannot be reached at the moment, so nothing was connected. {AGAIN}")
        }
        (code, subcode) => {
            format!("Meta refused the login: {} (code {code}, subcode {subcode}). {AGAIN}", error.explain().reason)
        }
    }
}

/// Records how it ended, and reports it to those who wait.
async fn end(app: &App, known: &GatewayEntry, attempt: &Attempt, ended: &Ended, denied: bool) {
    let (done, message) = words(ended);
    let (id, at) = (known.row.id, app.clock.now());
    let state = if done { "done" } else { "failed" };
    let detail = json!({
        "gateway_id": id, "attempt_id": attempt.id.to_string(), "state": state, "message": message,
    });
    let mut batch = Batch::new();
    let outcome = if done { Outcome::Done } else { Outcome::Failed };
    login_attempt::end(&mut batch, attempt.id, outcome, message);
    if denied {
        health::note(&mut batch, id, "", "login_denied", at, "");
    }
    event::add(&mut batch, &Event::Connect(attempt.id, detail.to_string()), at);
    event::gateway_changed(&mut batch, id, at);
    batch.notify(Signal::Config);
    if let Err(error) = app.store.commit(batch).await {
        tracing::error!(%error, "the end of a login attempt could not be written down");
    }
    if let Err(error) = app.reload().await {
        tracing::warn!(%error, "gateways could not be read anew");
    }
    if done {
        let app = app.clone();
        tokio::spawn(async move { engine::health::check(&app, id).await });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use channels::meta::graph::Person;

    fn found(scopes: &[&str]) -> Found {
        Found {
            person: Person { id: "1".into(), name: Some("Ann".into()) },
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            pages: Vec::new(),
            whole: true,
        }
    }

    #[test]
    fn every_end_of_a_login_is_a_sentence() {
        let all = found(&channels::meta::oauth::SCOPES);
        let kept = |pages, usable, dropped| Kept { pages, usable, dropped };
        assert!(told(&all, kept(3, 3, 0)).unwrap().starts_with("3 Pages of Ann connected."));
        assert!(told(&all, kept(1, 0, 0)).unwrap().contains("0 of them"));
        assert!(told(&all, kept(0, 0, 2)).unwrap().contains("2 Pages"));
        assert!(told(&all, kept(0, 0, 0)).unwrap_err().contains("Tick at least one"));
        let partly = told(&found(&["pages_show_list"]), kept(1, 0, 0)).unwrap_err();
        assert!(partly.contains("pages_messaging, pages_manage_metadata"), "{partly}");
        assert!(denied().contains("cancelled") && denied().contains("not live"));
    }
}
