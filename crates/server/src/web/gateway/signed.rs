//! What Meta signs and posts on behalf of people: they revoke what they granted, or want their data deleted. Nothing
//! is trusted or changed before the signature was checked.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use channels::meta::signature::{SignedRequest, signed_request};
use domain::id::GatewayId;
use domain::page_trouble::PageTrouble;
use domain::time::{Micros, SECOND};
use serde_json::json;
use store::table::deletion_request::{self, Held};
use store::table::page::{self, Access, Connection};
use store::table::{connection, event, identity, page_access, setting};
use store::{Batch, Signal};

use super::{html, sentence};
use crate::app::App;
use crate::web::problem::{Answer, Problem};
use engine::directory::GatewayEntry;
use engine::retention::erase;
use engine::secrets::{hash, letters};

/// Somebody removed the app, or a page was detached from it: exactly that dies.
pub(super) async fn deauthorize(app: &App, known: &GatewayEntry, field: &str) -> Response {
    let done = async {
        let request = read(known, Some(field))?;
        match (&request.profile_id, &request.user_id) {
            (Some(page), _) => detach(app, known.row.id, page, &request).await,
            (None, Some(person)) => withdraw(app, known.row.id, person, &request).await,
            (None, None) => Err(Problem::unreadable("The signed request names neither a person nor a Page.")),
        }
    };
    match done.await {
        Ok(()) => {
            metrics::counter!("deskbell_webhooks_total", "result" => "deauthorize").increment(1);
            StatusCode::OK.into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

/// A person wants their data deleted. The id is that of an administrator who connected Pages. A customer's request
/// comes through the business, but if the id is one of our customers' anyway, it is carried out (§8.2).
pub(super) async fn delete_data(app: &App, known: &GatewayEntry, field: Option<&str>) -> Response {
    let done = async {
        let request = read(known, field)?;
        let person =
            request.user_id.clone().ok_or_else(|| Problem::unreadable("The signed request names no person."))?;
        forget(app, known.row.id, &person, &request).await
    };
    match done.await {
        Ok(code) => {
            metrics::counter!("deskbell_webhooks_total", "result" => "data_deletion").increment(1);
            let url = app.urls.data_deletion(&code);
            Json(json!({"url": url, "confirmation_code": code})).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

/// The public page that shows the status of such a request.
pub(super) async fn status(State(app): State<App>, Path(code): Path<String>) -> Response {
    match deletion_request::by_code(&app.store, &code).await {
        Ok(Some(request)) => {
            let (requested, done) = (day(request.requested_at), request.done_at.map(day));
            html::deletion(&code, &requested, done.as_deref(), request.held.word())
        }
        Ok(None) => html::no_deletion(),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// `2026-11-22 16:09 UTC`.
fn day(at: Micros) -> String {
    let text = engine::clock::rfc3339(at);
    format!("{} {} UTC", text.get(..10).unwrap_or_default(), text.get(11..16).unwrap_or_default())
}

fn read(known: &GatewayEntry, field: Option<&str>) -> Answer<SignedRequest> {
    let field = field.ok_or_else(|| Problem::unreadable("The form field signed_request is missing."))?;
    let Some(secret) = &known.secret else {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "This gateway has lost its App Secret: an administrator types it again.",
        ));
    };
    signed_request(&secret.0, field).map_err(|error| Problem::unreadable(sentence(&error.to_string())))
}

/// Whether a request was made before something that happened at `at`: it is late, and changes nothing.
fn is_late(request: &SignedRequest, at: Micros) -> bool {
    request.issued_at != 0 && request.issued_at < at.0.div_euclid(SECOND)
}

async fn detach(app: &App, gateway: GatewayId, page: &str, request: &SignedRequest) -> Answer<()> {
    let Some(row) = page::one(&app.store, gateway, page).await? else { return Ok(()) };
    let at = app.clock.now();
    // Meta reports our own unsubscribing in the same form.
    if row.leaving_until.is_some_and(|until| until > at) || is_late(request, row.connected_at) {
        return Ok(());
    }
    let mut batch = Batch::new();
    page_access::revoke_all(&mut batch, gateway, page);
    page::set_trouble(&mut batch, gateway, page, Some(&PageTrouble::Withdrawn {}));
    finish(app, batch, gateway, "page.deauthorize", &format!("page {page}")).await
}

async fn withdraw(app: &App, gateway: GatewayId, person: &str, request: &SignedRequest) -> Answer<()> {
    let Some(account) = account(app, gateway, person).await? else { return Ok(()) };
    if is_late(request, account.connected_at) {
        return Ok(());
    }
    let mut batch = Batch::new();
    kill(app, &mut batch, gateway, &account).await?;
    finish(app, batch, gateway, "account.deauthorize", &format!("account {}", account.id)).await
}

/// What a person's request came to: their grant is forgotten, and, where the id is one that a Page knows them by, all
/// that is held of them is erased. Whoever asks twice, even at the same moment, gets the code of the first time.
async fn forget(app: &App, gateway: GatewayId, person: &str, request: &SignedRequest) -> Answer<String> {
    // Only a hash is stored to recognise them: the request must not be what remains of them.
    let (key, at) = (hash(&format!("{gateway} {person}")), app.clock.now());
    let mut batch = Batch::new();
    deletion_request::insert(&mut batch, &letters(24), gateway, &key, at);
    app.store.commit(batch).await?;
    let code = deletion_request::code_of(&app.store, gateway, &key).await?;
    let code = code.ok_or_else(|| Problem::not_found("request"))?;
    let known = account(app, gateway, person).await?.filter(|account| !is_late(request, account.connected_at));
    let identities = identity::of_gateway(&app.store, gateway, person).await?;
    let held = identities.into_iter().filter(|one| !is_late(request, one.created_at));
    let held: Vec<_> = held.map(|one| one.contact).collect();
    let mut batch = Batch::new();
    if let Some(account) = &known {
        kill(app, &mut batch, gateway, account).await?;
        connection::forget(&mut batch, gateway, account.id);
    }
    match (held.is_empty(), &known) {
        (false, _) => {
            deletion_request::set_held(&mut batch, &code, Held::Contact, None);
        }
        (true, Some(_)) => {
            deletion_request::set_held(&mut batch, &code, Held::Account, Some(at));
        }
        // A request that is repeated must not make less of what was done the first time.
        (true, None) => {
            deletion_request::set_nothing_held(&mut batch, &code);
        }
    }
    finish(app, batch, gateway, "account.forget", "account").await?;
    for contact in held {
        erase::begin(app, contact, None, Some(&code), &Batch::new()).await?;
    }
    Ok(code)
}

async fn account(app: &App, gateway: GatewayId, person: &str) -> Answer<Option<Connection>> {
    Ok(connection::by_person(&app.store, gateway, person).await?)
}

/// An account's grant is dead, and with it every way to a page that led through it.
async fn kill(app: &App, batch: &mut Batch, gateway: GatewayId, account: &Connection) -> Answer<()> {
    connection::revoke(batch, gateway, account.id);
    let ways: Vec<Access> = page_access::of_gateway(&app.store, gateway).await?;
    let living = |way: &&Access| way.alive && !way.token.is_empty();
    for lost in ways.iter().filter(living).filter(|way| way.connection == account.id) {
        let others = ways.iter().filter(living).any(|way| way.page == lost.page && way.connection != account.id);
        if !others {
            page::set_trouble(batch, gateway, &lost.page, Some(&PageTrouble::Withdrawn {}));
        }
    }
    Ok(())
}

async fn finish(app: &App, mut batch: Batch, gateway: GatewayId, action: &str, object: &str) -> Answer<()> {
    let at = app.clock.now();
    setting::audit(
        &mut batch,
        &mut app.id_source(),
        at,
        None,
        action,
        object,
        &format!("gateway {gateway}, by Meta"),
    );
    event::gateway_changed(&mut batch, gateway, at);
    batch.notify(Signal::Config);
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_before_the_last_connect_is_late_by_whole_seconds() {
        let request = |issued_at| SignedRequest { user_id: None, profile_id: None, issued_at };
        let connected = Micros(1_000 * SECOND + 900_000);
        assert!(is_late(&request(999), connected));
        assert!(!is_late(&request(1_000), connected));
        assert!(!is_late(&request(0), connected));
    }
}
