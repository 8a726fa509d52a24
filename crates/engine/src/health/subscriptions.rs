//! Both levels of subscription (meta-platform.md §5.1): the app's to our address, and each Page's to the app. After
//! an hour of failed deliveries Meta removes Pages without notice (§2.3); they are renewed here.

use channels::meta::error::Class;
use channels::meta::graph::{self, Done, Listed, SubscribedApp, Subscription};
use channels::meta::oauth::PAGE_FIELDS;
use domain::failure::Failure;
use store::table::account::Account;
use store::table::{health, setting};
use store::{Batch, CommitError};

use super::check::MOST_PAGES;
use super::finding::{Finding, Issue};
use crate::account_tokens::account_token;
use crate::catch_up;
use crate::directory::GatewayEntry;
use crate::engine::Engine;

/// What came of a look at the subscriptions.
#[derive(Debug, Default)]
pub struct Renewed {
    /// The Pages that were subscribed again: what was missed in between has to be caught up with.
    pub pages: Vec<String>,
    /// What could not be repaired.
    pub findings: Vec<Finding>,
}

/// Compares the subscriptions at Meta with ours and renews what is gone, without replacing those of other products.
pub async fn renew(app: &Engine, known: &GatewayEntry, pages: &[Account]) -> Result<Renewed, CommitError> {
    let mut renewed = Renewed::default();
    if pages.is_empty() {
        return Ok(renewed);
    }
    renewed.findings.extend(renew_app(app, known).await?);
    for page in pages.iter().take(MOST_PAGES) {
        match renew_page(app, known, page).await? {
            Some(Ok(())) => renewed.pages.push(page.account_id.clone()),
            Some(Err(finding)) => renewed.findings.push(finding),
            None => {}
        }
    }
    Ok(renewed)
}

/// The app's own subscription. If it points elsewhere it is another product's: reported, never replaced.
async fn renew_app(app: &Engine, known: &GatewayEntry) -> Result<Option<Finding>, CommitError> {
    let row = &known.row;
    let call = graph::subscriptions(&row.app_id);
    let Ok(list) = app.graph.as_app::<Listed<Subscription>>(known, call).await else { return Ok(None) };
    let url = app.urls.webhook(&row.uri);
    let found = list.items.iter().find(|it| it.object == "page");
    let Some(finding) = app_subscription(&url, &row.uri, found) else { return Ok(None) };
    let ours = found.is_none_or(|found| found.callback_url == url || found.callback_url.is_empty());
    if !ours {
        return Ok(Some(finding));
    }
    let fields = graph::merge_fields(found.map_or(&[], |found| &found.fields), &PAGE_FIELDS);
    let call = graph::subscribe_app(&row.app_id, &url, &row.verify_token, &fields);
    match app.graph.as_app::<Done>(known, call).await {
        Ok(done) if done.success => {
            written_down(app, known, "", "app.renew").await?;
            Ok(None)
        }
        _ => Ok(Some(finding)),
    }
}

/// One page. None if nothing was missing, or nothing can be said.
async fn renew_page(
    app: &Engine,
    known: &GatewayEntry,
    page: &Account,
) -> Result<Option<Result<(), Finding>>, CommitError> {
    let id = known.row.id;
    let fields = app.channels.get(page.channel).map_or(&[][..], |channel| channel.webhook_fields());
    if fields.is_empty() {
        return Ok(None);
    }
    let Some(token) = account_token(app, id, &page.account_id).await? else { return Ok(None) };
    let call = graph::subscribed_apps(&page.node);
    let Ok(listed) = crate::account_tokens::read::<Listed<SubscribedApp>>(app, known, &token, call).await else {
        return Ok(None);
    };
    let ours = listed.items.iter().find(|it| it.id == known.row.app_id);
    let missing = ours.map_or(fields.to_vec(), |it| graph::missing_fields(&it.subscribed_fields, fields));
    if missing.is_empty() {
        return Ok(None);
    }
    let call = graph::subscribe_page(&page.node, fields);
    let failure = match crate::account_tokens::read::<Done>(app, known, &token, call).await {
        Ok(done) if done.success => {
            tracing::info!(gateway = %id, page = page.account_id, "a page was subscribed again");
            written_down(app, known, &page.account_id, "page.renew").await?;
            catch_up::after_renewal(app, id, &page.account_id).await?;
            return Ok(Some(Ok(())));
        }
        Err(refused) if refused.error.class() == Class::TokenDead => return Ok(None),
        Err(refused) => Some(Failure::from(&refused.error)),
        Ok(_) => None,
    };
    let fields = if ours.is_none() { Vec::new() } else { missing.into_iter().map(str::to_owned).collect() };
    let issue = Issue::PageNotSubscribed { page: page.name.clone(), fields, failure };
    Ok(Some(Err(Finding::error(issue).of(&page.account_id))))
}

async fn written_down(app: &Engine, known: &GatewayEntry, page: &str, action: &str) -> Result<(), CommitError> {
    let (mut batch, at, id) = (Batch::new(), app.clock.now(), known.row.id);
    health::note(&mut batch, id, page, "renewed", at, "");
    let object = if page.is_empty() { format!("gateway {id}") } else { format!("page {page} of gateway {id}") };
    setting::audit(
        &mut batch,
        &mut app.id_source(),
        at,
        None,
        action,
        &object,
        "lost at Meta, renewed by Deskbell",
    );
    app.store.commit(batch).await.map(|_| ())
}

/// What is wrong with the app's own subscription to pages.
fn app_subscription(url: &str, uri: &str, found: Option<&Subscription>) -> Option<Finding> {
    let Some(found) = found else {
        return Some(Finding::error(Issue::SubscriptionMissing {}));
    };
    let theirs = || found.callback_url.clone();
    if found.callback_url != url {
        if found.callback_url.ends_with(&format!("/chat/{uri}")) {
            return Some(Finding::error(Issue::PublicUrlChanged { old: theirs(), url: url.to_owned() }));
        }
        return Some(Finding::error(Issue::SubscriptionElsewhere { url: theirs() }));
    }
    if !found.active {
        return Some(Finding::error(Issue::SubscriptionInactive {}));
    }
    let missing = graph::missing_fields(&found.fields, &PAGE_FIELDS);
    if missing.is_empty() {
        return None;
    }
    let is_deaf = missing.contains(&"messages");
    let issue = Issue::SubscriptionFields { fields: missing.into_iter().map(str::to_owned).collect() };
    Some(if is_deaf { Finding::error(issue) } else { Finding::warning(issue) })
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
        let code = |found: Option<Subscription>| app_subscription(url, "abc", found.as_ref()).map(|it| it.code());
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
