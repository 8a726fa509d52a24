//! Facebook Login: the Pages of a person, the Instagram accounts that belong to them, and the WhatsApp numbers that were granted
//! with them (meta-platform.md §1.3–§1.7).

use channels::connecting::Connecting;
use channels::meta::graph::{
    self, AccessToken, Grant, InstagramAccount, Listed, Page, PageFields, Person, Portfolio, TokenFacts,
};
use channels::meta::oauth::{self, dialog_url};
use domain::account_details::AccountDetails;
use domain::channel::{Channel, Login};
use domain::page_trouble::PageProblem;

use super::{Found, FoundAccount, Granted, every, inspect, shortened, whatsapp};
use crate::clients::graph::Refused;
use crate::directory::GatewayEntry;
use crate::engine::Engine;

/// The address of the dialog that requests what a channel needs.
pub fn dialog(app: &Engine, known: &GatewayEntry, connecting: &Connecting, state: &str) -> String {
    let asked = connecting.asked();
    let login = match known.row.login_config_id.as_deref() {
        Some(config) => oauth::Login::Config(config),
        None => oauth::Login::Scopes(&asked),
    };
    dialog_with(app, known, login, state)
}

/// The address of the dialog with a given configuration.
pub(super) fn dialog_with(app: &Engine, known: &GatewayEntry, login: oauth::Login<'_>, state: &str) -> String {
    dialog_url(
        &app.config.meta_dialog_url,
        &known.row.api_version,
        &known.row.app_id,
        &app.urls.webhook(&known.row.uri),
        state,
        login,
        // Without it, Facebook silently does not ask again for permissions that were once declined.
        true,
    )
}

/// Exchanges the code of a login for a long-lived token.
pub async fn exchange(
    app: &Engine,
    known: &GatewayEntry,
    redirect_uri: &str,
    code: &str,
) -> Result<Granted, Refused> {
    let secret = known.secret.as_ref().map(|secret| secret.0.as_str()).unwrap_or_default();
    let id = &known.row.app_id;
    let call = graph::exchange_code(id, secret, redirect_uri, code);
    let short: AccessToken = app.graph.read(known, None, call).await?;
    // A system user's token does not expire, so there is nothing to extend.
    let call = graph::exchange_long_lived(id, secret, &short.access_token.0);
    let given = |token: AccessToken| Granted {
        token: token.access_token,
        expires_in: token.expires_in,
        scopes: Vec::new(),
    };
    match app.graph.read::<AccessToken>(known, None, call).await {
        Ok(long) if !long.access_token.is_empty() => Ok(given(long)),
        Ok(_) => Ok(given(short)),
        Err(_) if short.expires_in.is_none() && !short.access_token.is_empty() => Ok(given(short)),
        Err(refused) => Err(refused),
    }
}

/// Reads who a token belongs to, what was granted, and every account that it gives access to.
pub async fn look(app: &Engine, known: &GatewayEntry, token: &str) -> Result<Found, Refused> {
    let person: Person = app.graph.read(known, Some(token), graph::me()).await?;
    let facts = inspect(app, known, Login::Facebook, token).await;
    let granted = app.graph.read::<Listed<Grant>>(known, Some(token), graph::permissions()).await;
    let scopes = match (granted, &facts) {
        (Ok(grants), _) if !grants.items.is_empty() => {
            grants.items.into_iter().filter(Grant::is_granted).map(|grant| grant.permission).collect()
        }
        (_, Some(facts)) => facts.scopes.clone(),
        (Err(refused), None) => return Err(refused),
        (Ok(_), None) => Vec::new(),
    };
    let (login, whole) = (Login::Facebook, facts.is_some());
    let (channels, accounts) = (Vec::new(), Vec::new());
    let mut found = Found { person, scoped_id: None, login, scopes, channels, accounts, whole };
    if found.has("pages_show_list") {
        let with_instagram = found.has(graph::INSTAGRAM_BASIC);
        let pages = pages(app, known, token, facts.as_ref(), with_instagram, &mut found).await?;
        found.channels.push(Channel::MESSENGER);
        if with_instagram {
            found.channels.push(Channel::INSTAGRAM);
        }
        let (name, scopes) = (found.name(), found.scopes.clone());
        let problem = |channel, page: &Page| problem(app.channels.connecting(channel), page, &scopes, &name);
        for page in &pages {
            found.accounts.push(of_page(page, problem(Channel::MESSENGER, page)));
        }
        for (page, account) in pages.iter().filter_map(|page| Some((page, page.instagram()?))) {
            if found.accounts.iter().all(|known| known.account_id != account.id) {
                found.accounts.push(of_instagram(page, account, problem(Channel::INSTAGRAM, page)));
            }
        }
    }
    if found.has(graph::WHATSAPP_MANAGEMENT) {
        whatsapp::numbers(app, known, token, facts.as_ref(), &mut found).await?;
    }
    Ok(found)
}

fn of_page(page: &Page, problem: Option<PageProblem>) -> FoundAccount {
    FoundAccount {
        channel: Channel::MESSENGER,
        account_id: page.id.clone(),
        name: shortened(page.name.as_deref().unwrap_or(&page.id)),
        username: None,
        phone: None,
        picture_url: page.picture_url.clone(),
        node: page.id.clone(),
        parent_id: None,
        details: AccountDetails::default(),
        token: page.access_token.clone(),
        tasks: page.tasks.clone(),
        problem,
    }
}

/// An Instagram account is used through its Page: with the Page's token, at the Page's node (§3.7).
fn of_instagram(page: &Page, account: &InstagramAccount, problem: Option<PageProblem>) -> FoundAccount {
    let name = account.name.as_deref().or(account.username.as_deref());
    FoundAccount {
        channel: Channel::INSTAGRAM,
        account_id: account.id.clone(),
        name: shortened(name.unwrap_or(&account.id)),
        username: account.username.clone(),
        picture_url: account.profile_picture_url.clone(),
        parent_id: Some(page.id.clone()),
        ..of_page(page, problem)
    }
}

/// Every Page of every part of the list, and those that the list leaves out.
async fn pages(
    app: &Engine,
    known: &GatewayEntry,
    token: &str,
    facts: Option<&TokenFacts>,
    with_instagram: bool,
    found: &mut Found,
) -> Result<Vec<Page>, Refused> {
    let fields = if with_instagram { PageFields::WithInstagram } else { PageFields::Page };
    let reads_pages = found.has(graph::READ_ENGAGEMENT);
    let list = |after: Option<&str>| {
        let call = graph::accounts(fields, after);
        if reads_pages { call.evidence(graph::READ_ENGAGEMENT) } else { call }
    };
    let (mut pages, whole) = every::<Page>(app, known, token, list).await?;
    found.whole &= whole;
    pages.retain(|page| !page.id.is_empty());
    let mut seen = std::collections::HashSet::new();
    pages.retain(|page| seen.insert(page.id.clone()));
    // That list silently leaves out Pages of a business portfolio; the token's details name those that were selected.
    for id in facts.into_iter().flat_map(TokenFacts::pages_picked) {
        if pages.iter().any(|page| page.id == id) {
            continue;
        }
        match app.graph.read::<Page>(known, Some(token), graph::page_node(&id, fields)).await {
            Ok(page) if page.id == id => pages.push(page),
            Ok(_) => {}
            Err(refused) => found.whole &= !refused.is_passing(),
        }
    }
    // If all portfolios were selected, the token names none of them; only the list of portfolios does.
    if found.has("business_management") {
        portfolios(app, known, token, fields, &mut pages, &mut found.whole).await;
    }
    Ok(pages)
}

/// Adds the pages of the person's business portfolios (meta-platform.md §1.7). What cannot be read is left out, so
/// that the others are not lost.
async fn portfolios(
    app: &Engine,
    known: &GatewayEntry,
    token: &str,
    fields: PageFields,
    pages: &mut Vec<Page>,
    whole: &mut bool,
) {
    let Ok((businesses, all)) = every::<Person>(app, known, token, graph::businesses).await else {
        *whole = false;
        return;
    };
    *whole &= all;
    for business in businesses {
        for which in [Portfolio::Owned, Portfolio::Client] {
            let call = |after: Option<&str>| graph::business_pages(&business.id, which, fields, after);
            match every::<Page>(app, known, token, call).await {
                Ok((of_business, all)) => {
                    *whole &= all;
                    for page in of_business {
                        // A portfolio also names pages that were not granted: those have no token and are not ours to show.
                        let new = !page.id.is_empty() && pages.iter().all(|known| known.id != page.id);
                        if new && page.access_token.is_some() {
                            pages.push(page);
                        }
                    }
                }
                Err(_) => *whole = false,
            }
        }
    }
}

/// Why an account cannot be used through a person's Page.
fn problem(connecting: &Connecting, page: &Page, scopes: &[String], account: &str) -> Option<PageProblem> {
    let account = account.to_owned();
    let mut missing = connecting.missing(Login::Facebook, scopes);
    // Without it there would be no list at all.
    missing.retain(|scope| scope != "pages_show_list");
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
        let scopes: Vec<String> = oauth::SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        let token = Some(graph::Secret("t".into()));
        let page = |tasks: &[&str], token: Option<graph::Secret>| Page {
            tasks: tasks.iter().map(|task| (*task).to_owned()).collect(),
            access_token: token,
            ..Page::default()
        };
        let problem = |page: &Page, scopes: &[String]| problem(&Connecting::PAGE, page, scopes, "Ann");
        let full = page(&["MESSAGING", "MODERATE"], token.clone());
        assert_eq!(problem(&full, &scopes), None);
        assert_eq!(problem(&page(&["PROFILE_PLUS_FULL_CONTROL"], token.clone()), &scopes), None);
        let why = |page: &Page, scopes: &[String]| wording::page_problem(&problem(page, scopes).unwrap(), "Page");
        assert!(why(&page(&["MODERATE"], token.clone()), &scopes).contains("MESSAGING"));
        assert!(why(&page(&["MESSAGING"], token), &scopes).contains("MODERATE"));
        assert!(why(&page(&["MANAGE"], None), &scopes).contains("no access token"));
        assert!(why(&full, &scopes[..1]).contains("pages_messaging and pages_manage_metadata"));
    }

    #[test]
    fn an_instagram_account_has_the_node_and_the_token_of_its_page() {
        let body = br#"{"id":"200","name":"Shop","access_token":"EAAP","tasks":["MANAGE"],
            "connected_instagram_account":{"id":"17841400000000001","username":"shop"}}"#;
        let page: Page = graph::read(200, body).unwrap();
        let found = of_instagram(&page, page.instagram().unwrap(), None);
        assert_eq!((found.account_id.as_str(), found.node.as_str()), ("17841400000000001", "200"));
        assert_eq!((found.name.as_str(), found.parent_id.as_deref()), ("shop", Some("200")));
        assert_eq!(found.token, page.access_token);
        let private: Page =
            graph::read(200, br#"{"id":"200","connected_instagram_account":{"id":"1784"}}"#).unwrap();
        assert_eq!(private.instagram(), None, "a private account has no user name to read");
    }
}
