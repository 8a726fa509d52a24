//! A guest's access to the Pages of their gateway: those that their own login has access to, never those that others
//! connected.

use domain::id::{GatewayId, UserId};
use domain::role::Role;
use store::table::account::{Access, Account};
use store::table::account_access;
use store::table::user::User;

use super::{PageChange, subscribe, ways_to};
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::{Error, Result};

/// The user's id, if they are a guest.
pub fn of(user: &User) -> Option<UserId> {
    (user.role == Role::Guest).then_some(user.id)
}

/// Whether a guest's own login has access to a Page; other accounts do not count.
pub async fn reaches(app: &Engine, user: &User, gateway: GatewayId, page: &str) -> Result<bool> {
    let Some(user) = of(user) else { return Ok(false) };
    let ways = account_access::of_account(&app.store, gateway, page).await?;
    Ok(ways.iter().any(|way| way.user == Some(user)))
}

/// The Page; not found for a guest whose login has no access to it.
pub async fn own(app: &Engine, user: &User, page: Account) -> Result<Account> {
    if of(user).is_some() && !reaches(app, user, page.gateway, &page.account_id).await? {
        return Err(Error::NotFound("account"));
    }
    Ok(page)
}

/// What a guest may see of a Page.
#[derive(Debug)]
pub struct Seen {
    /// The Page; without what is wrong with it, if others connected it as well.
    pub page: Account,
    /// The access through their own login.
    pub ways: Vec<Access>,
    /// Whether others connected it as well. Then the guest may not see its events.
    pub is_shared: bool,
}

/// A Page as a guest sees it: through their own login. Other users' access is hidden.
pub fn seen(page: &Account, ways: &[Access], user: UserId) -> Seen {
    let of_page = || ways.iter().filter(|way| way.account_id == page.account_id);
    let own = of_page().filter(|way| way.user == Some(user)).cloned().collect();
    let is_shared = of_page().any(|way| way.user != Some(user));
    let mut page = page.clone();
    if is_shared {
        (page.problem, page.trouble, page.policy) = (None, None, None);
    }
    Seen { page, ways: own, is_shared }
}

/// Switches message retrieval of a guest's Page. Pages that others connected are switched by them; only
/// administrators decide, and may read, where the app's events go.
pub(super) async fn switch(
    app: &Engine,
    known: &GatewayEntry,
    page: &Account,
    user: UserId,
    change: &PageChange,
) -> Result<()> {
    if change.replace {
        return Err(Error::Forbidden(
            "Where the app's messages go is for administrators: ask one of them.".to_owned(),
        ));
    }
    if change.subscribed == page.subscribed {
        return Ok(());
    }
    if ways_to(app, page).await?.iter().any(|way| way.user != Some(user)) {
        return Err(Error::conflict(
            "This Page was connected by the business as well, and is in use: only its administrators switch it. Connect a test \
             Page of your own.",
        ));
    }
    if !change.subscribed {
        return subscribe::off(app, known, page, Some(user)).await;
    }
    // The guest gets the sentence, but not its details (addresses of other products, the verify token).
    subscribe::on(app, known, page, Some(user), false).await.map_err(|error| match error {
        Error::Conflict { facts, .. } if !facts.is_empty() => Error::conflict(
            "The app's webhook does not lead here yet, so no Page can be switched on: an administrator of this installation \
             sets it up first.",
        ),
        error => error,
    })
}
