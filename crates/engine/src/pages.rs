//! Pages of a gateway: switching message retrieval on and off, giving one up, removing one.

pub mod refresh;
pub mod register;
pub mod subscribe;

use domain::id::UserId;
use domain::thread_event::SystemClose;
use store::Batch;
use store::table::account::{self, Access, Account};
use store::table::{account_access, event};

use crate::audit::{act_by, object_of};
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::Result;
use crate::release;

/// Every way to a page.
pub async fn ways_to(app: &Engine, page: &Account) -> Result<Vec<Access>> {
    Ok(account_access::of_account(&app.store, page.gateway, &page.account_id).await?)
}

/// Takes a page out of Deskbell, with every way to it. Asked for again, it does what is left to do.
pub async fn take_away(app: &Engine, known: &GatewayEntry, page: &Account, by: Option<UserId>) -> Result<()> {
    let (id, name) = (known.row.id, &page.account_id);
    subscribe::off(app, known, page, by).await?;
    release::close_all_of(app, id, Some(name), SystemClose::PageRemoved).await?;
    let mut batch = Batch::new();
    account::delete(&mut batch, id, name);
    act_by(app, &mut batch, by, "account.delete", object_of(id, name), "");
    event::gateway_changed(&mut batch, id, app.clock.now());
    app.store.commit(batch).await?;
    Ok(app.reload().await?)
}

/// Gives up a guest's access to a Page. The Page itself goes if no other account connected it.
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
    act_by(app, &mut batch, by, "account.disconnect", object_of(id, name), "");
    event::gateway_changed(&mut batch, id, app.clock.now());
    app.store.commit(batch).await?;
    Ok(())
}
