//! Calls in an account's name, with any valid token that its administrators granted. A token that turns out to be
//! invalid is recorded, and the next one is tried.

use bytes::Bytes;
use channels::meta::error::{Class, GraphError};
use channels::meta::graph::{self, Call, Listed, Platform, Thread};
use domain::channel::Channel;
use domain::id::GatewayId;
use domain::page_trouble::PageTrouble;
use serde::de::DeserializeOwned;
use store::table::account_access;
use store::table::{account, event};
use store::{Batch, CommitError, Error, Signal};

use crate::check_requests::request_check;
use crate::clients::graph::{AccountToken, File, Refused};
use crate::directory::{GatewayEntry, token_purpose};
use crate::engine::Engine;
use domain::secret::Secret;

/// A valid token of an account, or None if no one has access to it.
pub async fn account_token(app: &Engine, gateway: GatewayId, id: &str) -> Result<Option<AccountToken>, Error> {
    let round = *app.store.signals().subscribe(Signal::Config).borrow();
    let at = app.clock.now();
    if let Some(token) = app.graph.tokens.get(round, gateway, id, at) {
        return Ok(token);
    }
    let token = living(app, gateway, id).await?;
    app.graph.tokens.put(round, gateway, id, token.clone(), at);
    Ok(token)
}

async fn living(app: &Engine, gateway: GatewayId, id: &str) -> Result<Option<AccountToken>, Error> {
    let Some((account, ways)) = account::with_access(&app.store, gateway, id).await? else { return Ok(None) };
    // A token is valid at the host of the login that issued it.
    let mut usable = ways.into_iter().filter(|way| way.is_alive() && way.login == account.login);
    Ok(usable.find_map(|way| {
        let secret = Secret(app.cipher.open(&way.token, &token_purpose(gateway))?);
        let (account_id, node) = (way.account_id, account.node.clone());
        let (login, connection, stored) = (account.login, way.connection, way.token);
        Some(AccountToken { secret, stored, gateway, account_id, node, login, connection })
    }))
}

/// Records that a token is invalid and returns the next one: another person's, or the one that the same person has connected again with.
async fn next(app: &Engine, token: &AccountToken, error: &GraphError) -> Result<Option<AccountToken>, Error> {
    died(app, token, error).await?;
    let next = living(app, token.gateway, &token.account_id).await?;
    Ok(next.filter(|next| next.stored != token.stored))
}

/// Records that a token is invalid. If it was the last one, the trouble is recorded on the account.
pub async fn died(app: &Engine, token: &AccountToken, error: &GraphError) -> Result<(), Error> {
    let (gateway, id) = (token.gateway, &token.account_id);
    let ways = account_access::of_account(&app.store, gateway, id).await?;
    let mut others = ways.iter();
    let others = others.any(|way| way.is_alive() && way.connection != token.connection);
    let mut batch = Batch::new();
    account_access::set_dead(&mut batch, gateway, id, token.connection, &token.stored);
    if !others {
        let why = PageTrouble::Refused { failure: error.into() };
        account::set_trouble(&mut batch, gateway, id, Some(&why));
    }
    request_check(&mut batch, gateway, id, "token", app.clock.now());
    event::gateway_changed(&mut batch, gateway, app.clock.now());
    batch.notify(Signal::Config);
    match app.store.commit(batch).await {
        Ok(_) => {}
        // It is recorded already, or the account has got another token since.
        Err(CommitError::Conflict | CommitError::Duplicate) => return Ok(()),
        Err(CommitError::Store(error)) => return Err(error),
    }
    tracing::warn!(%gateway, account = id, code = error.code, subcode = error.subcode, "an account's token is dead");
    // One invalid token may mean that the whole grant is.
    app.check_requests.account(gateway, token.connection);
    app.notify(Signal::Config);
    Ok(())
}

/// Makes a call on behalf of an account and returns Meta's answer. If the token turns out to be invalid, that is
/// recorded and the next person's is tried: a call with an invalid token has no effect.
pub async fn send(
    app: &Engine,
    known: &GatewayEntry,
    token: &AccountToken,
    call: Call,
    file: Option<File>,
) -> Result<Bytes, Refused> {
    let mut token = token.clone();
    loop {
        let answer = app.graph.ask_as_account(known, &token, call.clone(), file.as_ref()).await;
        let refused = match answer {
            Err(refused) if refused.error.class() == Class::TokenDead => refused,
            Err(refused) => return Err(refused),
            Ok(answer) => return Ok(answer.body),
        };
        match next(app, &token, &refused.error).await {
            Ok(Some(other)) => token = other,
            Ok(None) => return Err(refused),
            Err(error) => {
                tracing::warn!(%error, "that a token is dead could not be written down");
                return Err(refused);
            }
        }
    }
}

/// Like [`send`], with the answer parsed.
pub async fn read<T: DeserializeOwned>(
    app: &Engine,
    known: &GatewayEntry,
    token: &AccountToken,
    call: Call,
) -> Result<T, Refused> {
    let body = send(app, known, token, call, None).await?;
    Ok(graph::read(200, &body)?)
}

/// Calls the Conversations API on behalf of an account, within its rate limit.
pub async fn conversations(
    app: &Engine,
    known: &GatewayEntry,
    token: &AccountToken,
    platform: Platform,
    customer: Option<&str>,
    after: Option<&str>,
) -> Result<Listed<Thread>, Refused> {
    app.graph.turn(&token.account_id).await;
    read(app, known, token, graph::conversations(&token.node, platform, customer, after)).await
}

/// The name of an account's channel in the Conversations API; None if it has none there.
pub fn platform(app: &Engine, channel: Channel) -> Option<Platform> {
    app.channels.get(channel)?.platform()
}
