//! Which token reaches a page: any living one of those that its administrators granted.

use std::collections::HashMap;
use std::sync::Mutex;

use channels::meta::error::GraphError;
use domain::id::GatewayId;
use domain::time::{Micros, SECOND};
use store::table::page_access::Access;
use store::table::{event, page, page_access};
use store::{Batch, Bell, CommitError, Error};

use crate::clock::now;
use crate::directory::{Secret, token_purpose};
use crate::engine::Engine;

/// How long a token is believed without looking: another node may have learned that it died.
const FRESH: i64 = 5 * SECOND;

/// A page's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageToken {
    /// The token.
    pub secret: Secret,
    /// The gateway.
    pub gateway: GatewayId,
    /// Meta's Page id.
    pub page: String,
    /// The row of the account that it came through.
    pub connection: i64,
}

/// Tokens in memory, forgotten whenever something about gateways changes.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    round: u64,
    tokens: HashMap<(GatewayId, String), (Option<PageToken>, Micros)>,
}

/// A living token of a page, or None when no account reaches it.
pub async fn page_token(app: &Engine, gateway: GatewayId, page: &str) -> Result<Option<PageToken>, Error> {
    let round = *app.store.bells().ear(Bell::Config).borrow();
    let (key, at) = ((gateway, page.to_owned()), now());
    {
        let mut kept = app.graph.tokens.0.lock().expect("nothing panics while it is held");
        if kept.round != round {
            *kept = Kept { round, ..Kept::default() };
        }
        if let Some((token, since)) = kept.tokens.get(&key)
            && at.since(*since) < FRESH
        {
            return Ok(token.clone());
        }
    }
    let token = living(app, gateway, page).await?;
    let mut kept = app.graph.tokens.0.lock().expect("nothing panics while it is held");
    if kept.round == round {
        kept.tokens.insert(key, (token.clone(), at));
    }
    Ok(token)
}

async fn living(app: &Engine, gateway: GatewayId, page: &str) -> Result<Option<PageToken>, Error> {
    let ways = page_access::of_page(&app.store, gateway, page).await?;
    Ok(ways.into_iter().filter(Access::is_alive).find_map(|way| {
        let secret = app.cipher.open(&way.token, &token_purpose(gateway))?;
        Some(PageToken { secret: Secret(secret), gateway, page: way.page, connection: way.connection })
    }))
}

/// Writes down that a token is dead and answers the next account's.
pub(super) async fn next(app: &Engine, token: &PageToken, error: &GraphError) -> Result<Option<PageToken>, Error> {
    died(app, token, error).await?;
    let next = living(app, token.gateway, &token.page).await?;
    Ok(next.filter(|next| next.connection != token.connection))
}

/// Writes down that a token is dead. If it was the last one, the page is in trouble, and says so.
pub async fn died(app: &Engine, token: &PageToken, error: &GraphError) -> Result<(), Error> {
    let (gateway, page) = (token.gateway, &token.page);
    let ways = page_access::of_page(&app.store, gateway, page).await?;
    let mut others = ways.iter();
    let others = others.any(|way| way.is_alive() && way.connection != token.connection);
    let mut batch = Batch::new();
    page_access::set_dead(&mut batch, gateway, page, token.connection);
    if !others {
        let why = error.explain();
        page::set_trouble(&mut batch, gateway, page, Some(&format!("{} {}", why.reason, why.action)));
    }
    crate::health::worry(&mut batch, gateway, page, "token");
    event::gateway_changed(&mut batch, gateway, now());
    batch.ring(Bell::Config);
    match app.store.commit(batch).await {
        Ok(_) => {}
        // Somebody wrote it down already.
        Err(CommitError::Conflict | CommitError::Duplicate) => return Ok(()),
        Err(CommitError::Store(error)) => return Err(error),
    }
    tracing::warn!(%gateway, page, code = error.code, subcode = error.subcode, "a page token is dead");
    // One dead page token raises the question whether the whole grant is.
    let (app, connection) = (app.clone(), token.connection);
    tokio::spawn(async move { crate::health::check_account(&app, gateway, connection).await });
    Ok(())
}
