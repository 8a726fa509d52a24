//! What Meta says about tokens: whether and how long they are valid, and whether they have the needed permissions
//! (meta-platform.md §1.5–1.7).

use channels::Channels;
use channels::meta::error::{Class, GraphError};
use channels::meta::graph::{self, Listed, PageFields, PageSetting, TokenFacts};
use domain::channel::Login;
use domain::time::{DAY, Micros, SECOND};
use store::table::account::{self, Account, Connection};
use store::table::account_access::{self, Access};
use store::table::connection;
use store::{Batch, CommitError, Signal};

use super::check::{MOST_PAGES, account_died};
use super::finding::{Finding, Issue, TokenOf};
use crate::account_tokens::{account_token, died};
use crate::accounts;
use crate::clients::graph::AccountToken;
use crate::clock::rfc3339;
use crate::directory::{GatewayEntry, token_purpose};
use crate::engine::Engine;
use crate::optimistic::commit_if_first;

/// How long before its end a renewable token is renewed.
const PROLONGED: i64 = 30 * DAY;
/// How long before its end a token is reported.
const ENDS_SOON: i64 = 14 * DAY;

/// Checks an account's token: its permissions are stored, findings are returned.
pub(super) async fn inspect_account(
    app: &Engine,
    known: &GatewayEntry,
    account: &Connection,
    pages: &[Account],
) -> Result<Vec<Finding>, CommitError> {
    let Some(token) = app.cipher.open(&account.token, &token_purpose(known.row.id)) else { return Ok(Vec::new()) };
    let Some(facts) = accounts::inspect(app, known, account.login, &token).await else { return Ok(Vec::new()) };
    if !facts.is_valid {
        let error = facts.error.unwrap_or(GraphError { code: 190, ..GraphError::default() });
        account_died(app, known.row.id, account, &error).await?;
        return Ok(Vec::new());
    }
    if account.login == Login::Instagram {
        return prolong(app, known, account, &token).await;
    }
    if !facts.scopes.is_empty() && facts.scopes != account.scopes {
        let mut batch = Batch::new();
        connection::set_scopes(&mut batch, known.row.id, account.id, &facts.scopes);
        app.store.commit(batch).await?;
    }
    let ways = account_access::of_gateway(&app.store, known.row.id).await?;
    let reached: Vec<&Account> = pages
        .iter()
        .filter(|page| {
            let through =
                |way: &Access| way.account_id == page.account_id && way.connection == account.id && way.alive;
            ways.iter().any(through)
        })
        .collect();
    tasks(app, known, account, &token, &reached).await?;
    details(app, known, &token, &reached).await?;
    Ok(account_findings(&app.channels, account, &facts, &reached, app.clock.now()))
}

/// Renews the token of Instagram Login for 60 days, in time and at most once a day (meta-platform.md §1.10).
async fn prolong(
    app: &Engine,
    known: &GatewayEntry,
    account: &Connection,
    token: &str,
) -> Result<Vec<Finding>, CommitError> {
    let at = app.clock.now();
    let left = account.expires_at.map(|ends| ends.since(at));
    if at.since(account.token_at) < DAY || left.is_some_and(|left| left > PROLONGED) {
        return Ok(Vec::new());
    }
    let refused = match accounts::instagram::prolong(app, known, token).await {
        Ok(new) if !new.access_token.is_empty() => {
            let sealed = app.cipher.seal(&new.access_token, &token_purpose(known.row.id));
            let ends = new.expires_in.map(|seconds| at.plus(seconds.saturating_mul(SECOND)));
            let mut batch = Batch::new();
            connection::renew(&mut batch, known.row.id, account, &sealed, at, ends);
            batch.notify(Signal::Config);
            commit_if_first(&app.store, batch).await?;
            return Ok(Vec::new());
        }
        Ok(_) => None,
        Err(refused) => Some(refused.error),
    };
    if let Some(error) = refused.filter(|error| error.class() == Class::TokenDead) {
        account_died(app, known.row.id, account, &error).await?;
        return Ok(Vec::new());
    }
    let seconds = account.expires_at.map(|ends| ends.0.div_euclid(SECOND));
    let on = ends_soon(seconds, at);
    let issue = on.map(|on| Issue::TokenNotProlonged { page: account.name.clone(), on });
    Ok(issue.map(|issue| Finding::error(issue).about(account.id)).into_iter().collect())
}

/// Reads the tasks of the account on its pages. A person who lost a task notices it nowhere else.
async fn tasks(
    app: &Engine,
    known: &GatewayEntry,
    account: &Connection,
    token: &str,
    pages: &[&Account],
) -> Result<(), CommitError> {
    let mut batch = Batch::new();
    let with_tasks = pages.iter().filter(|page| app.channels.connecting(page.channel).needs_tasks(page.login));
    for page in with_tasks.take(MOST_PAGES) {
        let call = graph::page_node(&page.node, PageFields::Page);
        let seen = app.graph.read::<graph::Page>(known, Some(token), call).await;
        if let Ok(seen) = seen
            && !seen.tasks.is_empty()
        {
            account_access::set_tasks(&mut batch, known.row.id, &page.account_id, account.id, &seen.tasks);
        }
    }
    if !batch.is_empty() {
        app.store.commit(batch).await?;
    }
    Ok(())
}

/// Reads Meta's current details of numbers: webhooks do not report everything, and one may be missed.
async fn details(
    app: &Engine,
    known: &GatewayEntry,
    token: &str,
    accounts: &[&Account],
) -> Result<(), CommitError> {
    let mut batch = Batch::new();
    let numbers = accounts.iter().filter(|account| app.channels.connecting(account.channel).registered);
    for number in numbers.take(MOST_PAGES) {
        let read = accounts::whatsapp::read_details(app, known, token, &number.node, &number.details).await;
        if let Some(details) = read.filter(|details| *details != number.details) {
            account::set_details(&mut batch, known.row.id, &number.account_id, &details);
        }
    }
    if !batch.is_empty() {
        app.store.commit(batch).await?;
    }
    Ok(())
}

/// Findings about a valid grant.
fn account_findings(
    channels: &Channels,
    account: &Connection,
    facts: &TokenFacts,
    pages: &[&Account],
    at: Micros,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut push = |finding: Finding| found.push(finding.about(account.id));
    let name = || account.name.clone();
    let mut missing: Vec<String> = Vec::new();
    for page in pages.iter().filter(|_| !facts.scopes.is_empty()) {
        for scope in channels.connecting(page.channel).missing(account.login, &facts.scopes) {
            if !missing.contains(&scope) {
                missing.push(scope);
            }
        }
    }
    if !missing.is_empty() && !pages.is_empty() {
        push(Finding::error(Issue::ScopeMissing { account: name(), scopes: missing }));
    }
    for page in pages {
        let scopes = channels.connecting(page.channel).scopes(account.login);
        // Some permissions refer to the account, others to its Page or business account (§1.6).
        let own = [Some(&page.account_id), Some(&page.node), page.parent_id.as_ref()];
        let left_out = facts.granular_scopes.iter().find(|granular| {
            let targets = granular.target_ids.as_ref();
            scopes.contains(&granular.scope.as_str())
                && targets.is_some_and(|targets| !own.iter().flatten().any(|id| targets.contains(id)))
        });
        if let Some(granular) = left_out {
            let (account, scope) = (name(), granular.scope.clone());
            let issue = Issue::PageNotGranted { page: page.name.clone(), account, scope };
            push(Finding::error(issue).of(&page.account_id));
        }
    }
    if let Some(on) = ends_soon(facts.expires_at, at) {
        push(Finding::warning(Issue::TokenExpires { of: TokenOf::Account, name: name(), on }));
    }
    if let Some(on) = ends_soon(facts.data_access_expires_at, at) {
        push(Finding::warning(Issue::DataAccessExpires { account: name(), on }));
    }
    found
}

/// The day on which something ends, if that is soon; 0 and None mean never.
fn ends_soon(seconds: Option<i64>, at: Micros) -> Option<String> {
    let end = Micros(seconds.filter(|seconds| *seconds > 0)?.saturating_mul(SECOND));
    (end.since(at) < ENDS_SOON).then(|| rfc3339(end).chars().take(10).collect())
}

/// Checks the tokens of the pages that are on. An invalid one is recorded, and the next account's is used.
pub(super) async fn inspect_pages(
    app: &Engine,
    known: &GatewayEntry,
    pages: &[Account],
) -> Result<Vec<Finding>, CommitError> {
    let mut found = Vec::new();
    for page in pages.iter().take(MOST_PAGES) {
        // As many attempts as there are accounts: each invalid token is dropped.
        while let Some(token) = account_token(app, known.row.id, &page.account_id).await? {
            let Some(facts) = accounts::inspect(app, known, token.login, &token.secret.0).await else { break };
            if facts.is_valid {
                if let Some(on) = ends_soon(facts.expires_at, app.clock.now()) {
                    let issue = Issue::TokenExpires { of: TokenOf::Page, name: page.name.clone(), on };
                    found.push(Finding::warning(issue).of(&page.account_id));
                }
                let is_page =
                    page.node == page.account_id && app.channels.connecting(page.channel).needs_tasks(page.login);
                if is_page && refuses_messages(app, known, page, &token).await {
                    let issue = Issue::MessagesOff { page: page.name.clone() };
                    found.push(Finding::warning(issue).of(&page.account_id));
                }
                break;
            }
            let error = facts.error.unwrap_or(GraphError { code: 190, ..GraphError::default() });
            died(app, &token, &error).await?;
        }
    }
    Ok(found)
}

/// Whether a Page's own settings refuse messages.
async fn refuses_messages(app: &Engine, known: &GatewayEntry, page: &Account, token: &AccountToken) -> bool {
    let call = graph::page_settings(&page.node);
    let settings = crate::account_tokens::read::<Listed<PageSetting>>(app, known, token, call).await;
    settings.is_ok_and(|settings| graph::refuses_messages(&settings.items))
}

#[cfg(test)]
mod tests {
    use super::*;
    use channels::meta::graph::GranularScope;
    use domain::channel::Channel;
    use domain::id::GatewayId;

    fn account() -> Connection {
        Connection {
            id: 7,
            person: "9".into(),
            name: "Ann".into(),
            token: String::new().into(),
            alive: true,
            scopes: Vec::new(),
            connected_at: Micros(0),
            user: None,
            login: Login::Facebook,
            token_at: Micros(0),
            expires_at: None,
        }
    }

    fn page() -> Account {
        let named = Account::named(GatewayId(2), Channel::MESSENGER, "200", "Shop");
        Account { subscribed: true, ..named }
    }

    fn codes(facts: &TokenFacts) -> Vec<String> {
        let page = page();
        account_findings(&Channels::default(), &account(), facts, &[&page], Micros(0))
            .into_iter()
            .map(|it| it.code())
            .collect()
    }

    #[test]
    fn a_living_grant_may_lack_scopes_pages_and_time() {
        let scopes: Vec<String> = channels::meta::oauth::SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        let good = TokenFacts { is_valid: true, scopes: scopes.clone(), ..TokenFacts::default() };
        assert!(codes(&good).is_empty());
        let less = TokenFacts { scopes: scopes[..1].to_vec(), ..good.clone() };
        assert_eq!(codes(&less), ["scope_missing"]);
        let granular = |targets: &[&str]| GranularScope {
            scope: "pages_messaging".into(),
            target_ids: Some(targets.iter().map(|id| (*id).to_owned()).collect()),
        };
        let other = TokenFacts { granular_scopes: vec![granular(&["300"])], ..good.clone() };
        assert_eq!(codes(&other), ["page_not_granted"]);
        let ours = TokenFacts { granular_scopes: vec![granular(&["300", "200"])], ..good.clone() };
        assert!(codes(&ours).is_empty());
        let soon = TokenFacts { expires_at: Some(86_400), data_access_expires_at: Some(86_400), ..good.clone() };
        assert_eq!(codes(&soon), ["token_expires", "data_access_expires"]);
        let later = TokenFacts { expires_at: Some(0), data_access_expires_at: Some(90 * 86_400), ..good };
        assert!(codes(&later).is_empty());
    }
}
