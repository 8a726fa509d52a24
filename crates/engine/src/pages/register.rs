//! Registering a WhatsApp number for the Cloud API, with its PIN for two-step verification (meta-platform.md §3.8).

use channels::meta::graph::{self, Done};
use domain::account_details::AccountDetails;
use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::page_trouble::PageProblem;
use store::Batch;
use store::table::account::{self, Account};
use store::table::event;

use super::subscribe::refusal;
use crate::account_tokens::{self, account_token};
use crate::audit::{act_by, object_of};
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::{Error, Result};

/// Registers a number. The PIN is not stored.
pub async fn register(app: &Engine, by: UserId, known: &GatewayEntry, account: &Account, pin: &str) -> Result<()> {
    let connecting = app.channels.connecting(account.channel);
    if !connecting.registered {
        return Err(Error::conflict(format!(
            "Only WhatsApp numbers are registered; this is {} {}.",
            if connecting.noun.starts_with(['A', 'E', 'I', 'O', 'a']) { "an" } else { "a" },
            connecting.noun
        )));
    }
    let pin = pin.trim();
    if pin.len() != 6 || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::field("/pin", "A PIN has six digits."));
    }
    let id = known.row.id;
    let token = account_token(app, id, &account.account_id).await?;
    let token =
        token.ok_or_else(|| Error::conflict("No connected account reaches this number: press Reconnect."))?;
    let call = graph::register_number(&account.node, pin);
    match account_tokens::read::<Done>(app, known, &token, call).await {
        Ok(done) if done.success => {}
        Ok(_) => return Err(Error::conflict("Meta answered that the number was not registered: try again.")),
        Err(refused) => return Err(refusal(&refused)),
    }
    let mut batch = Batch::new();
    if account.problem == Some(PageProblem::NotRegistered {}) {
        account::set_problem(&mut batch, id, &account.account_id, None);
    }
    let (status, platform) = (Some("CONNECTED".to_owned()), Some("CLOUD_API".to_owned()));
    let details = AccountDetails { status, platform, ..account.details.clone() };
    account::set_details(&mut batch, id, &account.account_id, &details);
    act_by(
        app,
        &mut batch,
        Some(by),
        "account.register",
        object_of(id, &account.account_id),
        AuditDetail::Nothing {},
    );
    event::gateway_changed(&mut batch, id, app.clock.now());
    app.store.commit(batch).await?;
    Ok(app.reload().await?)
}
