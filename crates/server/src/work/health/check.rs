//! Asks Meta whether what we believe about a gateway still holds, and mends what can be mended without anybody.

use channels::meta::error::{Class, GraphError};
use channels::meta::graph::{self, Listed, SubscribedApp, Subscription, TokenFacts};
use channels::meta::oauth::PAGE_FIELDS;
use domain::id::GatewayId;
use store::table::page::{self, Access, Connection, Page};
use store::table::{event, gateway, message::json, outbox, setting};
use store::{Batch, Bell, CommitError, values};

use super::report::{Finding, LastCheck, key};
use crate::app::App;
use crate::clock::now;
use crate::directory::{KnownGateway, token_purpose};
use crate::outside::graph::{Checked, page_token};
use crate::web::gateway::{accounts, webhook_url};
use crate::work::catch_up;

/// The most pages that are asked about in one check: each costs a call.
const MOST_PAGES: usize = 200;

/// Checks a gateway: secret, accounts, subscriptions. What was found is kept for Health.
pub async fn check(app: &App, id: GatewayId) {
    let Some(known) = app.directory().gateways.get(&id).cloned() else { return };
    if let Err(error) = look(app, &known).await {
        tracing::warn!(gateway = %id, %error, "a gateway could not be checked");
    }
}

async fn look(app: &App, known: &KnownGateway) -> Result<(), CommitError> {
    let row = &known.row;
    let mut findings = Vec::new();
    if let Some(secret) = &known.secret {
        let state = match app.graph.check_app(&row.api_version, &row.app_id, &secret.0).await {
            Checked::Good => Some("ok"),
            Checked::Refused(_) => Some("refused"),
            Checked::Unknown => None,
        };
        if let Some(state) = state.filter(|state| *state != row.secret_state) {
            let mut batch = Batch::new();
            batch.push(gateway::SET_SECRET_STATE, values![row.id, state]);
            changed(app, batch, row.id).await?;
        }
        match state {
            None => findings.push(
                Finding::warning(
                    "graph_unreachable",
                    "Meta could not be reached for this check: what is known may be old.",
                )
                .mended_by("check", "Check now"),
            ),
            Some("ok") => {
                let rows = app.store.rows(page::CONNECTIONS, values![row.id]).await?;
                for account in rows.iter().map(page::connection).filter(|account| account.alive) {
                    inspect_account(app, known, &account).await?;
                }
                revive(app, known).await?;
                subscriptions(app, known, &mut findings).await?;
            }
            Some(_) => {}
        }
    }
    let last = LastCheck { at: now(), findings };
    let mut batch = Batch::new();
    batch.push(setting::PUT, values![key(row.id), json(&last)]);
    event::insert(&mut batch, "gateway", None, Some(row.id.0), "", last.at);
    app.store.commit(batch).await?;
    Ok(())
}

async fn changed(app: &App, mut batch: Batch, gateway: GatewayId) -> Result<(), CommitError> {
    event::insert(&mut batch, "gateway", None, Some(gateway.0), "", now());
    batch.ring(Bell::Config);
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

/// Something failed with an account's token: asks Meta whether the whole grant is dead.
pub async fn check_account(app: &App, gateway: GatewayId, connection: i64) {
    let Some(known) = app.directory().gateways.get(&gateway).cloned() else { return };
    let done = async {
        let rows = app.store.rows(page::CONNECTIONS, values![gateway]).await?;
        match rows.iter().map(page::connection).find(|account| account.id == connection && account.alive) {
            Some(account) => inspect_account(app, &known, &account).await,
            None => Ok(()),
        }
    };
    if let Err(error) = done.await {
        tracing::warn!(%gateway, %error, "an account could not be checked");
    }
}

async fn inspect_account(app: &App, known: &KnownGateway, account: &Connection) -> Result<(), CommitError> {
    let Some(token) = app.cipher.open(&account.token, &token_purpose(known.row.id)) else { return Ok(()) };
    match accounts::inspect(app, known, &token).await {
        Some(TokenFacts { is_valid: false, error, .. }) => {
            let error = error.unwrap_or(GraphError { code: 190, ..GraphError::default() });
            account_died(app, known.row.id, account, &error).await
        }
        Some(facts) if !facts.scopes.is_empty() && facts.scopes != account.scopes => {
            let mut batch = Batch::new();
            batch.push(page::SET_SCOPES, values![known.row.id, account.id, json(&facts.scopes)]);
            app.store.commit(batch).await.map(|_| ())
        }
        _ => Ok(()),
    }
}

/// An account's grant is dead: what is reached through it alone is in trouble, and says so.
pub async fn account_died(
    app: &App,
    gateway: GatewayId,
    account: &Connection,
    error: &GraphError,
) -> Result<(), CommitError> {
    let ways: Vec<Access> =
        app.store.rows(page::ACCESS, values![gateway]).await?.iter().map(page::access).collect();
    let living = |way: &&Access| way.alive && !way.token.is_empty();
    let why = error.explain();
    let mut batch = Batch::new();
    batch.push(page::KILL_CONNECTION, values![gateway, account.id]);
    batch.push(page::KILL_ACCESS_OF, values![gateway, account.id]);
    for lost in ways.iter().filter(living).filter(|way| way.connection == account.id) {
        if !ways.iter().filter(living).any(|way| way.page == lost.page && way.connection != account.id) {
            batch.push(page::TROUBLE, values![gateway, &lost.page, format!("{} {}", why.reason, why.action)]);
        }
    }
    tracing::warn!(%gateway, account = account.id, code = error.code, subcode = error.subcode, "an account's grant is dead");
    changed(app, batch, gateway).await
}

/// Page tokens that were refused once but are valid again, as after a security check that was passed.
async fn revive(app: &App, known: &KnownGateway) -> Result<(), CommitError> {
    let (id, at) = (known.row.id, now());
    let rows = app.store.rows(page::ACCESS, values![id]).await?;
    let dead = rows.iter().map(page::access).filter(|way| !way.alive && !way.token.is_empty());
    let mut batch = Batch::new();
    for way in dead.take(MOST_PAGES) {
        let Some(token) = app.cipher.open(&way.token, &token_purpose(id)) else { continue };
        if accounts::inspect(app, known, &token).await.is_some_and(|facts| facts.is_valid) {
            batch.push(page::REVIVE_ACCESS, values![id, &way.page, way.connection]);
            batch.push(page::TROUBLE, values![id, &way.page, None::<String>]);
            batch.push(outbox::WAKE_PAGE, values![id, &way.page, at]);
            batch.ring(Bell::Outbox);
        }
    }
    if batch.is_empty() { Ok(()) } else { changed(app, batch, id).await }
}

/// Both levels of subscription: the app's to our address, and each page's to the app.
async fn subscriptions(app: &App, known: &KnownGateway, findings: &mut Vec<Finding>) -> Result<(), CommitError> {
    let id = known.row.id;
    let rows = app.store.rows(page::OF_GATEWAY, values![id, "", "", 1_000_i64]).await?;
    let pages: Vec<Page> = rows.iter().map(page::from_row).filter(|page| page.subscribed).collect();
    if pages.is_empty() {
        return Ok(());
    }
    let call = graph::subscriptions(&known.row.app_id);
    if let Ok(list) = app.graph.as_app::<Listed<Subscription>>(app, known, call).await {
        let ours = list.items.iter().find(|it| it.object == "page");
        findings.extend(app_subscription(&webhook_url(app, &known.row.uri), &known.row.uri, ours));
    }
    for page in pages.iter().take(MOST_PAGES) {
        let Some(token) = page_token(app, id, &page.page).await? else { continue };
        let call = graph::subscribed_apps(&page.page);
        let listed = app.graph.read_as_page::<Listed<SubscribedApp>>(app, known, &token, call).await;
        let Ok(listed) = listed else { continue };
        let ours = listed.items.iter().find(|it| it.id == known.row.app_id);
        let missing =
            ours.map_or(PAGE_FIELDS.to_vec(), |it| graph::missing_fields(&it.subscribed_fields, &PAGE_FIELDS));
        if missing.is_empty() {
            continue;
        }
        // After an hour of trouble Meta unsubscribes an app from a page by itself: it is subscribed anew.
        let call = graph::subscribe_page(&page.page, &PAGE_FIELDS);
        let mended = app.graph.read_as_page::<graph::Done>(app, known, &token, call).await;
        match mended {
            Ok(done) if done.success => {
                tracing::info!(gateway = %id, page = page.page, "a page was subscribed anew");
                catch_up::after_renewal(app, id, &page.page).await?;
            }
            Err(refused) if refused.error.class() == Class::TokenDead => {}
            _ => findings.push(
                Finding::error(
                    "page_not_subscribed",
                    format!(
                        "{}: Meta does not deliver {}, and Deskbell could not switch it on again: an administrator switches \
                         message retrieval off and on.",
                        page.name,
                        if ours.is_none() { "anything of this Page".to_owned() } else { missing.join(", ") }
                    ),
                )
                .of(&page.page)
                .mended_by("resubscribe", "Switch on again"),
            ),
        }
    }
    Ok(())
}

/// What is wrong with the app's own subscription to pages.
fn app_subscription(url: &str, uri: &str, found: Option<&Subscription>) -> Option<Finding> {
    let mended = |finding: Finding| finding.mended_by("resubscribe", "Subscribe again");
    let Some(found) = found else {
        let message = "Meta's app is subscribed to nothing for Pages, so no message arrives: switch message retrieval of a Page \
                       off and on.";
        return Some(mended(Finding::error("subscription_missing", message)));
    };
    if found.callback_url != url {
        if found.callback_url.ends_with(&format!("/chat/{uri}")) {
            return Some(mended(Finding::error(
                "public_url_changed",
                format!(
                    "Meta still delivers to {}. In its dashboard, enter {url} under Webhooks (Callback URL), Facebook Login \
                     (Valid OAuth Redirect URIs, Deauthorize callback URL) and, with /data-deletion behind it, Data deletion.",
                    found.callback_url
                ),
            )));
        }
        return Some(mended(Finding::error(
            "subscription_elsewhere",
            format!(
                "Meta delivers this app's messages to {} and not to Deskbell: switch message retrieval of a Page off and on, \
                 and confirm that it is replaced.",
                found.callback_url
            ),
        )));
    }
    if !found.active {
        let message = "Meta has switched the app's webhook off: switch message retrieval of a Page off and on.";
        return Some(mended(Finding::error("subscription_inactive", message)));
    }
    let missing = graph::missing_fields(&found.fields, &PAGE_FIELDS);
    if missing.is_empty() {
        return None;
    }
    let message = format!(
        "The app's webhook lacks the fields {}: tick them in Meta's dashboard, or switch message retrieval of a Page off and on.",
        missing.join(", ")
    );
    let finding = if missing.contains(&"messages") {
        Finding::error("subscription_fields", message)
    } else {
        Finding::warning("subscription_fields", message)
    };
    Some(mended(finding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_apps_subscription_is_compared_with_ours() {
        let url = "https://desk.example/chat/abc";
        let fields: Vec<String> = PAGE_FIELDS.iter().map(|field| (*field).to_owned()).collect();
        let with = |callback_url: &str, active, fields: Vec<String>| Subscription {
            object: "page".into(),
            callback_url: callback_url.into(),
            active,
            fields,
        };
        let code = |found: Option<Subscription>| app_subscription(url, "abc", found.as_ref()).map(|it| it.code);
        assert_eq!(code(Some(with(url, true, fields.clone()))), None);
        assert_eq!(code(None).as_deref(), Some("subscription_missing"));
        let elsewhere = with("https://other.example/hook", true, fields.clone());
        assert_eq!(code(Some(elsewhere)).as_deref(), Some("subscription_elsewhere"));
        let moved = with("https://old.example/chat/abc", true, fields.clone());
        assert_eq!(code(Some(moved)).as_deref(), Some("public_url_changed"));
        assert_eq!(code(Some(with(url, false, fields.clone()))).as_deref(), Some("subscription_inactive"));
        assert_eq!(code(Some(with(url, true, vec!["messages".into()]))).as_deref(), Some("subscription_fields"));
    }
}
