//! Requests of people that Meta passes on, after checking its signature: they revoke what they granted, or want their
//! data deleted.

use channels::meta::signature::SignedRequest;
use domain::audit_detail::AuditDetail;
use domain::id::GatewayId;
use domain::page_trouble::PageTrouble;
use domain::time::{Micros, SECOND};
use store::table::account::{self, Access, Connection};
use store::table::deletion_request::{self, StoredData};
use store::table::{account_access, connection, event, identity, setting};
use store::{Batch, Signal};

use crate::audit::object_of;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::retention::erase;
use crate::secrets::{hash, letters};

/// A Page was detached from the app: revokes every access to it.
pub async fn detach(app: &Engine, gateway: GatewayId, page: &str, request: &SignedRequest) -> Result<()> {
    let Some(row) = account::one(&app.store, gateway, page).await? else { return Ok(()) };
    let at = app.clock.now();
    // Meta reports our own unsubscribing in the same form.
    if row.leaving_until.is_some_and(|until| until > at) || is_late(request, row.connected_at) {
        return Ok(());
    }
    let mut batch = Batch::new();
    // Accounts that depend on the Page are revoked too: they use the same token.
    let accounts = account::of_gateway(&app.store, gateway).await?;
    for lost in accounts.iter().filter(|account| account.node == row.node && account.login == row.login) {
        account_access::revoke_all(&mut batch, gateway, &lost.account_id);
        account::set_trouble(&mut batch, gateway, &lost.account_id, Some(&PageTrouble::Withdrawn {}));
    }
    finish(app, batch, gateway, "account.deauthorize", &object_of(gateway, page)).await
}

/// A person removed the app: revokes their grant.
pub async fn withdraw(app: &Engine, gateway: GatewayId, person: &str, request: &SignedRequest) -> Result<()> {
    let Some(account) = account(app, gateway, person).await? else { return Ok(()) };
    if is_late(request, account.connected_at) {
        return Ok(());
    }
    let mut batch = Batch::new();
    kill(app, &mut batch, gateway, &account).await?;
    finish(app, batch, gateway, "login.deauthorize", &format!("login {}", account.id)).await
}

/// Handles a person's deletion request: their grant is deleted, and, if a Page knows them by this id, everything
/// stored about them is erased. A person who asks twice, even at the same moment, gets the first code again.
pub async fn forget(app: &Engine, gateway: GatewayId, person: &str, request: &SignedRequest) -> Result<String> {
    // Only a hash is stored to recognise them: the request must not be what remains of them.
    let (key, at) = (hash(&format!("{gateway} {person}")), app.clock.now());
    let mut batch = Batch::new();
    deletion_request::insert(&mut batch, &letters(24), gateway, &key, at);
    app.store.commit(batch).await?;
    let code = deletion_request::code_of(&app.store, gateway, &key).await?;
    let code = code.ok_or_else(|| Error::NotFound("request"))?;
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
            deletion_request::set_held(&mut batch, &code, StoredData::Contact, None);
        }
        (true, Some(_)) => {
            deletion_request::set_held(&mut batch, &code, StoredData::Account, Some(at));
        }
        // A repeated request must not hide what was done the first time.
        (true, None) => {
            deletion_request::set_nothing_held(&mut batch, &code);
        }
    }
    finish(app, batch, gateway, "login.forget", "login").await?;
    for contact in held {
        erase::begin(app, contact, None, Some(&code)).await?;
    }
    Ok(code)
}

/// Whether a request was made before something that happened at `at`: it is late, and changes nothing.
fn is_late(request: &SignedRequest, at: Micros) -> bool {
    request.issued_at != 0 && request.issued_at < at.0.div_euclid(SECOND)
}

async fn account(app: &Engine, gateway: GatewayId, person: &str) -> Result<Option<Connection>> {
    Ok(connection::by_person(&app.store, gateway, person).await?)
}

/// Revokes an account's grant, and with it every access to pages through it.
async fn kill(app: &Engine, batch: &mut Batch, gateway: GatewayId, account: &Connection) -> Result<()> {
    connection::revoke(batch, gateway, account.id);
    let ways: Vec<Access> = account_access::of_gateway(&app.store, gateway).await?;
    let living = |way: &&Access| way.alive && !way.token.is_empty();
    for lost in ways.iter().filter(living).filter(|way| way.connection == account.id) {
        let others = ways
            .iter()
            .filter(living)
            .any(|way| way.account_id == lost.account_id && way.connection != account.id);
        if !others {
            account::set_trouble(batch, gateway, &lost.account_id, Some(&PageTrouble::Withdrawn {}));
        }
    }
    Ok(())
}

async fn finish(app: &Engine, mut batch: Batch, gateway: GatewayId, action: &str, object: &str) -> Result<()> {
    let at = app.clock.now();
    setting::audit(&mut batch, &mut app.id_source(), at, None, action, object, AuditDetail::ByChannel { gateway });
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
