//! Asks Meta again which accounts the connected logins have access to.

use channels::meta::error::Class;
use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use store::Batch;
use store::table::account::Connection;
use store::table::{connection, event};

use super::subscribe;
use crate::audit::act_by;
use crate::directory::{GatewayEntry, token_purpose};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::{accounts, health};

/// Reads the accounts of every login of a gateway, on all channels. A failure is only an error if there is no other
/// login.
pub async fn refresh(app: &Engine, by: UserId, known: &GatewayEntry) -> Result<()> {
    let id = known.row.id;
    let mut accounts = connection::of_gateway(&app.store, id).await?;
    accounts.retain(|account| account.alive);
    if accounts.is_empty() {
        return Err(Error::conflict(
            "No login at Meta is connected any longer. Connect again; that reads the accounts too.",
        ));
    }
    let mut failed = None;
    for account in &accounts {
        match look_again(app, known, by, account).await {
            Ok(()) => {}
            Err(error) => failed = Some(error),
        }
    }
    app.reload().await?;
    // A single failure shows up as an invalid grant; if all fail, the request fails.
    if let Some(error) = failed.filter(|_| accounts.len() == 1) {
        return Err(error);
    }
    Ok(())
}

async fn look_again(app: &Engine, known: &GatewayEntry, by: UserId, account: &Connection) -> Result<()> {
    let id = known.row.id;
    let Some(token) = app.cipher.open(&account.token, &token_purpose(id)) else {
        return Err(Error::conflict("The tokens were encrypted with another key: press Reconnect."));
    };
    let found = match accounts::look_again(app, known, account, &token).await {
        Ok(found) => found,
        Err(refused) => {
            if refused.error.class() == Class::TokenDead {
                health::account_died(app, id, account, &refused.error).await?;
            }
            return Err(subscribe::refusal(&refused));
        }
    };
    let (mut batch, at) = (Batch::new(), app.clock.now());
    accounts::record(app, known, &found, None, &mut batch, at).await?;
    act_by(app, &mut batch, Some(by), "gateway.refresh", format_args!("gateway {id}"), AuditDetail::Nothing {});
    event::gateway_changed(&mut batch, id, at);
    app.store.commit(batch).await?;
    Ok(())
}
