//! Pages of a gateway: switching message retrieval on and off, giving up access, removing a Page.

pub mod guest;
pub mod refresh;
pub mod register;
pub mod subscribe;

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::thread_event::SystemClose;
use serde::Deserialize;
use store::Batch;
use store::table::account::{self, Access, Account};
use store::table::user::User;
use store::table::{account_access, event};
use utoipa::ToSchema;

use crate::audit::{act_by, object_of};
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::Result;
use crate::{health, release};

/// Changes of a Page.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageChange {
    /// Whether its events are to be processed.
    pub subscribed: bool,
    /// Continue although the app currently sends its events elsewhere.
    #[serde(default)]
    pub replace: bool,
}

/// Switches message retrieval of an account, if the user may. Afterwards the gateway is checked with Meta.
pub async fn switch(
    app: &Engine,
    known: &GatewayEntry,
    page: &Account,
    user: &User,
    change: &PageChange,
) -> Result<()> {
    let by = Some(user.id);
    if guest::of(user).is_some() {
        guest::switch(app, known, page, user.id, change).await?;
    } else if change.subscribed {
        subscribe::on(app, known, page, by, change.replace).await?;
    } else {
        subscribe::off(app, known, page, by).await?;
    }
    let (checked, gateway) = (app.clone(), known.row.id);
    tokio::spawn(async move { health::check(&checked, gateway).await });
    Ok(())
}

/// Removes an account; a guest gives up their own access to it.
pub async fn remove(app: &Engine, known: &GatewayEntry, page: &Account, user: &User) -> Result<()> {
    match guest::of(user) {
        Some(guest) => give_up(app, known, page, guest, Some(guest)).await,
        None => take_away(app, known, page, Some(user.id)).await,
    }
}

/// Every access to a page.
pub async fn ways_to(app: &Engine, page: &Account) -> Result<Vec<Access>> {
    Ok(account_access::of_account(&app.store, page.gateway, &page.account_id).await?)
}

/// Removes a page from Deskbell, with every access to it. If repeated, it does what is left to do.
pub async fn take_away(app: &Engine, known: &GatewayEntry, page: &Account, by: Option<UserId>) -> Result<()> {
    let (id, name) = (known.row.id, &page.account_id);
    subscribe::off(app, known, page, by).await?;
    release::close_all_of(app, id, Some(name), SystemClose::PageRemoved).await?;
    let mut batch = Batch::new();
    account::delete(&mut batch, id, name);
    act_by(app, &mut batch, by, "account.delete", object_of(id, name), AuditDetail::Nothing {});
    event::gateway_changed(&mut batch, id, app.clock.now());
    app.store.commit(batch).await?;
    Ok(app.reload().await?)
}

/// Gives up a guest's access to a Page. The Page itself is removed if no other account connected it.
pub async fn give_up(
    app: &Engine,
    known: &GatewayEntry,
    page: &Account,
    user: UserId,
    by: Option<UserId>,
) -> Result<()> {
    if ways_to(app, page).await?.iter().all(|way| way.user == Some(user)) {
        return take_away(app, known, page, by).await;
    }
    let (id, name) = (known.row.id, &page.account_id);
    let mut batch = Batch::new();
    account_access::delete_of_login(&mut batch, id, name, user);
    act_by(app, &mut batch, by, "account.disconnect", object_of(id, name), AuditDetail::Nothing {});
    event::gateway_changed(&mut batch, id, app.clock.now());
    app.store.commit(batch).await?;
    Ok(())
}
