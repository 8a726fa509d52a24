//! Connecting by a pasted token, without a login.

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::secret::Secret;
use store::table::{event, gateway, setting, user};
use store::{Batch, CommitError, Signal};

use super::{Wanted, ready};
use crate::accounts::{self, NewLogin, facebook, whatsapp};
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::health;
use crate::pages::subscribe::refusal;

/// Stores the accounts that a pasted token gives access to. Returns their ids.
pub async fn paste(
    app: &Engine,
    by: UserId,
    known: &GatewayEntry,
    wanted: &Wanted,
    token: &Secret,
) -> Result<Vec<String>> {
    let (channel, _) = wanted.checked(app)?;
    ready(known)?;
    let token = token.trim();
    if token.is_empty() || token.len() > 1_000 || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::field("/token", "This is no access token: it is one word of letters and digits."));
    }
    let facts = whatsapp::check_pasted(app, known, token).await?;
    let found = facebook::look(app, known, token).await.map_err(|refused| refusal(&refused))?;
    let ids: Vec<String> = found
        .accounts
        .iter()
        .filter(|account| account.channel == channel)
        .map(|account| account.account_id.clone())
        .collect();
    if ids.is_empty() {
        return Err(Error::field(
            "/token",
            "This token leads to no WhatsApp number. In Meta's Business settings, assign the WhatsApp account to the system user, \
             then generate the token again.",
        ));
    }
    let (mut batch, at, id) = (Batch::new(), app.clock.now(), known.row.id);
    user::must_be_active(&mut batch, by);
    let ends = facts.expires_at.filter(|ends| *ends > 0);
    let expires_in = ends.map(|ends| ends - at.0.div_euclid(domain::time::SECOND));
    let login = Some(NewLogin { user: by, token, expires_in, channel });
    let Some(connected) = accounts::record(app, known, &found, login, &mut batch, at).await? else {
        return Err(Error::conflict("This token's account was connected here for someone else: use another one."));
    };
    gateway::set_logged_in(&mut batch, id, at);
    let detail = AuditDetail::Connected {
        name: app.channels.connecting(channel).noun.into(),
        accounts: connected.accounts,
        usable: connected.usable,
        by_token: true,
    };
    setting::audit(
        &mut batch,
        &mut app.id_source(),
        at,
        Some(by),
        "gateway.connect",
        &format!("gateway {id}"),
        detail,
    );
    event::gateway_changed(&mut batch, id, at);
    batch.notify(Signal::Config);
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => {
            return Err(Error::conflict("Your access has ended, so nothing was connected."));
        }
        Err(error) => return Err(error.into()),
    }
    app.reload().await?;
    let checked = app.clone();
    tokio::spawn(async move { health::check(&checked, id).await });
    Ok(ids)
}
