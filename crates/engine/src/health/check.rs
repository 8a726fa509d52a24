//! Asks Meta whether the stored state of a gateway is still right, and repairs what can be repaired automatically.

use channels::meta::error::GraphError;
use domain::id::GatewayId;
use domain::page_trouble::PageTrouble;
use store::table::account::{self, Access, Connection};
use store::table::gateway::SecretState;
use store::table::message::json;
use store::table::{account_access, connection, event, gateway, setting};
use store::{Batch, CommitError, Signal};

use super::finding::{Finding, Issue};
use super::report::{LastCheck, key};
use super::{subscriptions, tokens};
use crate::accounts;
use crate::clients::graph::Checked;
use crate::directory::{GatewayEntry, token_purpose};
use crate::engine::Engine;
use crate::message_templates;

/// The maximum number of pages per check: each costs a call.
pub(super) const MOST_PAGES: usize = 200;

/// Checks a gateway: secret, accounts, Pages, subscriptions. What was found is stored for Health, and raises alarms.
pub async fn check(app: &Engine, id: GatewayId) {
    let Some(known) = app.directory().gateways.get(&id).cloned() else { return };
    if let Err(error) = look(app, &known).await {
        tracing::warn!(gateway = %id, %error, "a gateway could not be checked");
    }
    super::alarm::update(app, id).await;
}

async fn look(app: &Engine, known: &GatewayEntry) -> Result<(), CommitError> {
    let row = &known.row;
    let mut findings = Vec::new();
    if let Some(secret) = &known.secret {
        let state = match app.graph.check_app(&row.api_version, &row.app_id, &secret.0).await {
            Checked::Good => Some(SecretState::Ok),
            Checked::Refused(_) => Some(SecretState::Refused),
            Checked::Unknown => None,
        };
        if let Some(state) = state.filter(|state| *state != row.secret_state) {
            let mut batch = Batch::new();
            gateway::set_secret_state(&mut batch, row.id, state);
            changed(app, batch, row.id).await?;
        }
        match state {
            None => findings.push(Finding::warning(Issue::GraphUnreachable {})),
            Some(SecretState::Ok) => findings.extend(ask(app, known).await?),
            Some(_) => {}
        }
    }
    let last = LastCheck { at: app.clock.now(), findings };
    let mut batch = Batch::new();
    setting::put(&mut batch, &key(row.id), &json(&last));
    event::gateway_changed(&mut batch, row.id, last.at);
    app.store.commit(batch).await?;
    Ok(())
}

/// All checks that need a valid app at Meta.
async fn ask(app: &Engine, known: &GatewayEntry) -> Result<Vec<Finding>, CommitError> {
    let id = known.row.id;
    let mut pages = account::of_gateway(&app.store, id).await?;
    pages.retain(|page| page.subscribed);
    let mut findings = Vec::new();
    let accounts = connection::of_gateway(&app.store, id).await?;
    for account in accounts.into_iter().filter(|account| account.alive) {
        findings.extend(tokens::inspect_account(app, known, &account, &pages).await?);
    }
    revive(app, known).await?;
    findings.extend(tokens::inspect_pages(app, known, &pages).await?);
    // A gateway that is switched off here is not subscribed there.
    if known.row.enabled {
        findings.extend(subscriptions::renew(app, known, &pages).await?.findings);
        list_templates(app, id, &pages).await;
    }
    Ok(findings)
}

/// Lists the message templates of the business accounts again: Meta does not report each of their changes.
async fn list_templates(app: &Engine, id: GatewayId, accounts: &[account::Account]) {
    let has_templates = |it: &account::Account| app.channels.capabilities(it.channel).message_templates;
    if accounts.iter().any(has_templates)
        && let Err(error) = message_templates::sync(app, id).await
    {
        tracing::warn!(gateway = %id, ?error, "the message templates could not be listed");
    }
}

async fn changed(app: &Engine, mut batch: Batch, gateway: GatewayId) -> Result<(), CommitError> {
    event::gateway_changed(&mut batch, gateway, app.clock.now());
    batch.notify(Signal::Config);
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

/// Something failed with an account's token: asks Meta whether the whole grant is invalid.
pub async fn check_account(app: &Engine, gateway: GatewayId, connection: i64) {
    let Some(known) = app.directory().gateways.get(&gateway).cloned() else { return };
    let done = async {
        let accounts = connection::of_gateway(&app.store, gateway).await?;
        match accounts.into_iter().find(|account| account.id == connection && account.alive) {
            Some(account) => tokens::inspect_account(app, &known, &account, &[]).await.map(|_| ()),
            None => Ok(()),
        }
    };
    if let Err(error) = done.await {
        tracing::warn!(%gateway, %error, "an account could not be checked");
    }
}

/// An account's grant is invalid: records the trouble of everything that depends on it alone.
pub async fn account_died(
    app: &Engine,
    gateway: GatewayId,
    account: &Connection,
    error: &GraphError,
) -> Result<(), CommitError> {
    let ways: Vec<Access> = account_access::of_gateway(&app.store, gateway).await?;
    let living = |way: &&Access| way.alive && !way.token.is_empty();
    let why = PageTrouble::Refused { failure: error.into() };
    let mut batch = Batch::new();
    connection::set_dead(&mut batch, gateway, account);
    for lost in ways.iter().filter(living).filter(|way| way.connection == account.id) {
        if !ways.iter().filter(living).any(|way| way.account_id == lost.account_id && way.connection != account.id)
        {
            account::set_trouble(&mut batch, gateway, &lost.account_id, Some(&why));
        }
    }
    match changed(app, batch, gateway).await {
        // Its person has connected again since Meta was asked: that token is not this one.
        Err(CommitError::Conflict | CommitError::Duplicate) => Ok(()),
        done => {
            tracing::warn!(%gateway, account = account.id, code = error.code, subcode = error.subcode, "an account's grant is dead");
            done
        }
    }
}

/// Page tokens that were refused once but are valid again, as after a security check that was passed.
async fn revive(app: &Engine, known: &GatewayEntry) -> Result<(), CommitError> {
    let (id, at) = (known.row.id, app.clock.now());
    let ways = account_access::of_gateway(&app.store, id).await?;
    let dead = ways.into_iter().filter(|way| !way.alive && !way.token.is_empty());
    let mut batch = Batch::new();
    for way in dead.take(MOST_PAGES) {
        let Some(token) = app.cipher.open(&way.token, &token_purpose(id)) else { continue };
        if accounts::inspect(app, known, way.login, &token).await.is_some_and(|facts| facts.is_valid) {
            account_access::revive(&mut batch, id, &way.account_id, way.connection);
            account::set_trouble(&mut batch, id, &way.account_id, None);
            account::wake_sends(&mut batch, id, &way.account_id, at);
            batch.notify(Signal::Outbox);
        }
    }
    if batch.is_empty() { Ok(()) } else { changed(app, batch, id).await }
}
