//! What a Facebook account shows: its permissions and the Pages it manages, and how they are stored.

use channels::meta::graph::{self, AccessToken, Debugged, Grant, Listed, Page, Person, Portfolio, TokenFacts};
use channels::meta::oauth::SCOPES;
use domain::channel::Channel;
use domain::id::UserId;
use domain::page_trouble::PageProblem;
use domain::secret::Secret;
use domain::time::Micros;
use store::table::account::{self, Access, NewAccount};
use store::table::account_access::{self, NewAccess};
use store::table::connection::{self, NewConnection};
use store::{Batch, Signal};

use crate::clients::graph::Refused;
use crate::directory::{GatewayEntry, token_purpose};
use crate::engine::Engine;

/// Parts of a list that are read at most: twenty thousand pages.
const MOST_PARTS: usize = 200;
/// Names are for reading.
const LONGEST_NAME: usize = 200;

/// What an account shows.
#[derive(Debug, Clone)]
pub struct Found {
    pub person: Person,
    /// The permissions that it granted.
    pub scopes: Vec<String>,
    pub pages: Vec<Page>,
    /// Whether the list is complete: a permission that is missing from it is no longer granted.
    pub whole: bool,
}

impl Found {
    /// The permissions we need that it did not grant.
    pub fn missing_scopes(&self) -> Vec<&'static str> {
        SCOPES.into_iter().filter(|wanted| !self.scopes.iter().any(|scope| scope == wanted)).collect()
    }
}

/// Exchanges the code of a login for a long-lived token.
pub async fn exchange(
    app: &Engine,
    known: &GatewayEntry,
    redirect_uri: &str,
    code: &str,
) -> Result<Secret, Refused> {
    let secret = known.secret.as_ref().map(|secret| secret.0.as_str()).unwrap_or_default();
    let id = &known.row.app_id;
    let call = graph::exchange_code(id, secret, redirect_uri, code);
    let short: AccessToken = app.graph.read(known, None, call).await?;
    // A system user's token does not expire: there is nothing to prolong.
    let call = graph::exchange_long_lived(id, secret, &short.access_token.0);
    match app.graph.read::<AccessToken>(known, None, call).await {
        Ok(long) if !long.access_token.is_empty() => Ok(long.access_token),
        Ok(_) => Ok(short.access_token),
        Err(_) if short.expires_in.is_none() && !short.access_token.is_empty() => Ok(short.access_token),
        Err(refused) => Err(refused),
    }
}

/// Reads who a token belongs to, what was granted, and every page of every part of the list.
pub async fn look(app: &Engine, known: &GatewayEntry, token: &str) -> Result<Found, Refused> {
    let person: Person = app.graph.read(known, Some(token), graph::me()).await?;
    let facts = inspect(app, known, token).await;
    let granted = app.graph.read::<Listed<Grant>>(known, Some(token), graph::permissions()).await;
    let scopes = match (granted, &facts) {
        (Ok(grants), _) if !grants.items.is_empty() => {
            grants.items.into_iter().filter(Grant::is_granted).map(|grant| grant.permission).collect()
        }
        (_, Some(facts)) => facts.scopes.clone(),
        (Err(refused), None) => return Err(refused),
        (Ok(_), None) => Vec::new(),
    };
    let mut found = Found { person, scopes, pages: Vec::new(), whole: facts.is_some() };
    if !found.scopes.iter().any(|scope| scope == "pages_show_list") {
        return Ok(found);
    }
    let (pages, whole) = every::<Page>(app, known, token, graph::accounts).await?;
    found.whole &= whole;
    for page in pages {
        if !page.id.is_empty() && !found.pages.iter().any(|known| known.id == page.id) {
            found.pages.push(page);
        }
    }
    // That list silently leaves out Pages of a business portfolio; the token's details name those that were selected.
    for id in facts.iter().flat_map(TokenFacts::pages_picked) {
        if found.pages.iter().any(|page| page.id == id) {
            continue;
        }
        match app.graph.read::<Page>(known, Some(token), graph::page_node(&id)).await {
            Ok(page) if page.id == id => found.pages.push(page),
            Ok(_) => {}
            Err(refused) => found.whole &= !refused.is_passing(),
        }
    }
    // If all portfolios were selected, the token names none of them; only the list of portfolios does.
    if found.scopes.iter().any(|scope| scope == "business_management") {
        portfolios(app, known, token, &mut found).await;
    }
    Ok(found)
}

/// Adds the pages of the person's business portfolios (meta-platform.md §1.7). What cannot be read is missing, and no
/// reason to lose the others.
async fn portfolios(app: &Engine, known: &GatewayEntry, token: &str, found: &mut Found) {
    let businesses = match every::<Person>(app, known, token, graph::businesses).await {
        Ok((businesses, whole)) => {
            found.whole &= whole;
            businesses
        }
        Err(_) => {
            found.whole = false;
            return;
        }
    };
    for business in businesses {
        for which in [Portfolio::Owned, Portfolio::Client] {
            let call = |after: Option<&str>| graph::business_pages(&business.id, which, after);
            match every::<Page>(app, known, token, call).await {
                Ok((pages, whole)) => {
                    found.whole &= whole;
                    for page in pages {
                        // A portfolio also names pages that were not granted: those have no token and are not ours to show.
                        let new = !page.id.is_empty() && found.pages.iter().all(|known| known.id != page.id);
                        if new && page.access_token.is_some() {
                            found.pages.push(page);
                        }
                    }
                }
                Err(_) => found.whole = false,
            }
        }
    }
}

/// Every part of a list, and whether that is all of it.
async fn every<T: serde::de::DeserializeOwned>(
    app: &Engine,
    known: &GatewayEntry,
    token: &str,
    call: impl Fn(Option<&str>) -> graph::Call,
) -> Result<(Vec<T>, bool), Refused> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    for _ in 0..=MOST_PARTS {
        let part: Listed<T> = app.graph.read(known, Some(token), call(after.as_deref())).await?;
        all.extend(part.items);
        after = part.after;
        if after.is_none() {
            return Ok((all, true));
        }
    }
    Ok((all, false))
}

/// What Meta knows about a token; None if it does not say.
pub async fn inspect(app: &Engine, known: &GatewayEntry, token: &str) -> Option<TokenFacts> {
    let answer = app.graph.as_app::<Debugged>(known, graph::debug_token(token)).await;
    answer.ok()?.data.filter(|facts| facts.app_id.is_empty() || facts.app_id == known.row.app_id)
}

/// What became of an account's pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Connected {
    /// How many there are.
    pub pages: usize,
    /// How many of them can be used.
    pub usable: usize,
    /// How many this account no longer grants.
    pub dropped: usize,
}

/// A login that was just gone through.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// The user who began it.
    pub user: UserId,
    pub token: &'a str,
}

/// Stores what an account shows, after a login or after another look without one. Pages that another account
/// connected stay as they are. A guest's login touches only its own data: None if the account belongs to another
/// user.
pub async fn keep(
    app: &Engine,
    known: &GatewayEntry,
    found: &Found,
    login: Option<Login<'_>>,
    batch: &mut Batch,
    at: Micros,
) -> Result<Option<Connected>, store::Error> {
    let gateway = known.row.id;
    let seal = |text: &str| app.cipher.seal(text, &token_purpose(gateway));
    let account = connection::by_person(&app.store, gateway, &found.person.id).await?;
    let user = login.map(|login| login.user).or_else(|| account.as_ref().and_then(|account| account.user));
    let guest = user.filter(|user| app.roster().is_guest(*user));
    if guest.is_some() && account.as_ref().is_some_and(|account| account.user != guest) {
        return Ok(None);
    }
    let ways: Vec<Access> = account_access::of_gateway(&app.store, gateway).await?;
    let name = shortened(found.person.name.as_deref().unwrap_or(&found.person.id));
    match (login, &account) {
        (Some(Login { token, .. }), _) => {
            let id = app.ids.next();
            let (person, scopes) = (found.person.id.as_str(), found.scopes.as_slice());
            let new = NewConnection { id, gateway, person, name: &name, token: &seal(token), scopes, user };
            connection::upsert(batch, &new, at);
        }
        (None, Some(account)) => {
            connection::set_scopes(batch, gateway, account.id, &found.scopes);
        }
        (None, None) => {}
    }
    let mut connected = Connected { pages: found.pages.len(), ..Connected::default() };
    for page in &found.pages {
        let others = ways.iter().any(|way| {
            way.account_id == page.id && Some(way.connection) != account.as_ref().map(|it| it.id) && is_enough(way)
        });
        let problem = problem(page, &found.scopes, &name).filter(|_| !others);
        connected.usable += usize::from(problem.is_none());
        // Pages that others connected keep the name and state that those gave them.
        let theirs = guest.is_some() && ways.iter().any(|way| way.account_id == page.id && way.user != guest);
        let title = shortened(page.name.as_deref().unwrap_or(&page.id));
        if !theirs {
            let new = NewAccount {
                picture_url: page.picture_url.as_deref(),
                problem: problem.as_ref(),
                ..NewAccount::named(app.ids.next(), gateway, Channel::MESSENGER, &page.id, &title)
            };
            account::upsert(batch, &new, at);
        }
        let sealed = page.access_token.as_ref().map(|token| seal(&token.0)).unwrap_or_default();
        let (person, tasks) = (found.person.id.as_str(), page.tasks.as_slice());
        let new = NewAccess { gateway, account_id: &page.id, person, token: &sealed, tasks };
        account_access::upsert(batch, &new);
        account::wake_sends(batch, gateway, &page.id, at);
    }
    let own = ways.iter().filter(|way| way.person == found.person.id && way.alive);
    for lost in own.filter(|way| found.whole && !found.pages.iter().any(|page| page.id == way.account_id)) {
        connected.dropped += 1;
        account_access::revoke(batch, gateway, &lost.account_id, lost.connection);
        let others = ways
            .iter()
            .any(|way| way.account_id == lost.account_id && way.connection != lost.connection && is_enough(way));
        if !others {
            let why = PageProblem::NotGranted { account: name.clone() };
            account::set_problem(batch, gateway, &lost.account_id, Some(&why));
        }
    }
    batch.notify(Signal::Outbox).notify(Signal::Fetch);
    Ok(Some(connected))
}

fn shortened(name: &str) -> String {
    name.trim().chars().take(LONGEST_NAME).collect()
}

/// Whether this way alone is enough to use a page.
fn is_enough(way: &Access) -> bool {
    let page = Page { tasks: way.tasks.clone(), ..Page::default() };
    way.alive && !way.token.is_empty() && page.can_message() && page.can_moderate()
}

/// Why a page cannot be used through an account, and what to do about it.
fn problem(page: &Page, scopes: &[String], account: &str) -> Option<PageProblem> {
    let account = account.to_owned();
    let lacks = |scope: &str| !scopes.iter().any(|granted| granted == scope);
    let needed = ["pages_messaging", "pages_manage_metadata"].into_iter();
    let missing: Vec<_> = needed.filter(|scope| lacks(scope)).map(str::to_owned).collect();
    if !missing.is_empty() {
        return Some(PageProblem::ScopesMissing { account, scopes: missing });
    }
    if !page.can_message() {
        return Some(PageProblem::TaskMissing { account, task: "MESSAGING".into() });
    }
    if !page.can_moderate() {
        return Some(PageProblem::TaskMissing { account, task: "MODERATE".into() });
    }
    page.access_token.is_none().then_some(PageProblem::NoToken { account })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wording;

    #[test]
    fn a_page_that_cannot_be_used_says_why() {
        let scopes: Vec<String> = SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        let token = Some(graph::Secret("t".into()));
        let page = |tasks: &[&str], token: Option<graph::Secret>| Page {
            tasks: tasks.iter().map(|task| (*task).to_owned()).collect(),
            access_token: token,
            ..Page::default()
        };
        let full = page(&["MESSAGING", "MODERATE"], token.clone());
        assert_eq!(problem(&full, &scopes, "Ann"), None);
        assert_eq!(problem(&page(&["PROFILE_PLUS_FULL_CONTROL"], token.clone()), &scopes, "Ann"), None);
        let why = |page: &Page, scopes: &[String]| wording::page_problem(&problem(page, scopes, "Ann").unwrap());
        assert!(why(&page(&["MODERATE"], token.clone()), &scopes).contains("MESSAGING"));
        assert!(why(&page(&["MESSAGING"], token), &scopes).contains("MODERATE"));
        assert!(why(&page(&["MANAGE"], None), &scopes).contains("no access token"));
        assert!(why(&full, &scopes[..1]).contains("pages_messaging and pages_manage_metadata"));
    }
}
