//! Pages of a gateway: switching message retrieval on and off, giving one up, removing one.

pub mod refresh;
pub mod subscribe;

use domain::id::UserId;
use domain::thread_event::SystemClose;
use store::Batch;
use store::table::page::{self, Access, Page};
use store::table::{event, page_access};

use crate::audit::act_by;
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::Result;
use crate::release;

/// Every way to a page.
pub async fn ways_to(app: &Engine, page: &Page) -> Result<Vec<Access>> {
    Ok(page_access::of_page(&app.store, page.gateway, &page.page).await?)
}

/// Takes a page out of Deskbell, with every way to it. Asked for again, it does what is left to do.
pub async fn take_away(app: &Engine, known: &GatewayEntry, page: &Page, by: Option<UserId>) -> Result<()> {
    let (id, name) = (known.row.id, &page.page);
    subscribe::off(app, known, page, by).await?;
    release::close_all_of(app, id, Some(name), SystemClose::PageRemoved).await?;
    let mut batch = Batch::new();
    page::delete(&mut batch, id, name);
    act_by(app, &mut batch, by, "page.delete", format_args!("page {name} of gateway {id}"), "");
    event::gateway_changed(&mut batch, id, app.clock.now());
    app.store.commit(batch).await?;
    Ok(app.reload().await?)
}

/// Gives up a guest's access to a Page. The Page itself goes if no other account connected it.
pub async fn give_up(
    app: &Engine,
    known: &GatewayEntry,
    page: &Page,
    user: UserId,
    by: Option<UserId>,
) -> Result<()> {
    if ways_to(app, page).await?.iter().all(|way| way.user == Some(user)) {
        return take_away(app, known, page, by).await;
    }
    let (id, name) = (known.row.id, &page.page);
    let mut batch = Batch::new();
    page_access::delete_of_login(&mut batch, id, name, user);
    act_by(app, &mut batch, by, "page.disconnect", format_args!("page {name} of gateway {id}"), "");
    event::gateway_changed(&mut batch, id, app.clock.now());
    app.store.commit(batch).await?;
    Ok(())
}
