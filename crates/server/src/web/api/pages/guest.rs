//! A guest's access to the Pages of their gateway: those that their own login reaches, never those that others
//! connected.

use domain::id::{GatewayId, UserId};
use domain::role::Role;
use domain::time::Micros;
use store::table::account::{Access, Account};
use store::table::account_access;

use super::{PageChange, PageOut};
use crate::app::App;
use crate::web::auth::Principal;
use crate::web::problem::{Answer, Problem};
use engine::directory::GatewayEntry;
use engine::error::Error;
use engine::pages::{subscribe, ways_to};

/// The user, if they are a guest.
pub fn of(who: &Principal) -> Option<UserId> {
    (who.user.role == Role::Guest).then_some(who.user.id)
}

/// Whether a guest's own login reaches a Page; other accounts do not count.
pub async fn reaches(app: &App, who: &Principal, gateway: GatewayId, page: &str) -> Answer<bool> {
    let Some(user) = of(who) else { return Ok(false) };
    let ways = account_access::of_account(&app.store, gateway, page).await?;
    Ok(ways.iter().any(|way| way.user == Some(user)))
}

/// The page, unless a guest asks whose login does not reach it: then there is none.
pub async fn own(app: &App, who: &Principal, page: Account) -> Answer<Account> {
    if of(who).is_some() && !reaches(app, who, page.gateway, &page.account_id).await? {
        return Err(Problem::not_found("Page"));
    }
    Ok(page)
}

/// A page as a guest sees it: through their own login. What others have to do with it stays theirs.
pub fn view(app: &App, page: &Account, ways: &[Access], last_event: Option<Micros>, user: UserId) -> PageOut {
    let of_page = || ways.iter().filter(|way| way.account_id == page.account_id);
    let own: Vec<Access> = of_page().filter(|way| way.user == Some(user)).cloned().collect();
    let shared = of_page().any(|way| way.user != Some(user));
    let mut seen = page.clone();
    if shared {
        (seen.problem, seen.trouble, seen.policy) = (None, None, None);
    }
    super::view(app, &seen, &own, last_event.filter(|_| !shared))
}

/// Switches message retrieval of a guest's page. What others connected is theirs to switch; where the app's events go
/// is the administrators' to decide, and theirs to read about.
pub async fn switch(
    app: &App,
    known: &GatewayEntry,
    page: &Account,
    who: &Principal,
    change: &PageChange,
) -> Answer<()> {
    if change.replace {
        return Err(Problem::forbidden("Where the app's messages go is for administrators: ask one of them."));
    }
    if change.subscribed == page.subscribed {
        return Ok(());
    }
    if ways_to(app, page).await?.iter().any(|way| way.user != of(who)) {
        return Err(Problem::conflict(
            "This Page was connected by the business as well, and is in use: only its administrators switch it. Connect a test \
             Page of your own.",
        ));
    }
    let by = Some(who.user.id);
    if !change.subscribed {
        return Ok(subscribe::off(app, known, page, by).await?);
    }
    // The sentence helps; what comes with it (addresses of other products, the verify token) is not for them.
    subscribe::on(app, known, page, by, false).await.map_err(|error| match error {
        Error::Conflict { facts, .. } if !facts.is_empty() => Problem::conflict(
            "The app's webhook does not lead here yet, so no Page can be switched on: an administrator of this installation \
             sets it up first.",
        ),
        error => error.into(),
    })
}
