//! Both levels of subscription (meta-platform.md §5.1, §5.5): the app's to our address, and that of each account, or
//! of its parent, to the app. After an hour of failed deliveries Meta removes Pages without notice (§2.3); they are
//! renewed here.

use channels::connecting::{Connecting, Subscribed};
use channels::meta::error::Class;
use channels::meta::graph::{self, Done, Listed, ListeningApp, SubscribedApp, Subscription};
use domain::audit_detail::AuditDetail;
use domain::channel::Login;
use domain::failure::Failure;
use store::table::account::Account;
use store::table::{health, setting};
use store::{Batch, CommitError};

use super::check::MOST_PAGES;
use super::finding::{Finding, Issue};
use crate::account_tokens::{self, account_token};
use crate::audit::object_of;
use crate::catch_up;
use crate::clients::graph::AccountToken;
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::subscription::{Delivery, fields_of, node_of, update};

/// The result of checking the subscriptions.
#[derive(Debug, Default)]
pub struct Renewed {
    /// The accounts that were subscribed again: messages missed in between have to be searched for.
    pub pages: Vec<String>,
    /// What could not be repaired.
    pub findings: Vec<Finding>,
}

/// Compares the subscriptions at Meta with ours and renews missing ones, without replacing those of other products.
pub async fn renew(app: &Engine, known: &GatewayEntry, accounts: &[Account]) -> Result<Renewed, CommitError> {
    let mut renewed = Renewed::default();
    let mut objects: Vec<(&'static Connecting, Delivery)> = Vec::new();
    for account in accounts {
        let connecting = app.channels.connecting(account.channel);
        if !connecting.object.is_empty() && objects.iter().all(|(seen, _)| seen.object != connecting.object) {
            let (delivery, finding) = renew_app(app, known, connecting).await?;
            renewed.findings.extend(finding.map(|finding| finding.about(connecting.object)));
            objects.push((connecting, delivery));
        }
    }
    // Accounts that share a subscription are checked once, with the fields that all of them need.
    let mut seen: Vec<(&str, Login)> = Vec::new();
    for account in accounts.iter().take(MOST_PAGES) {
        let connecting = app.channels.connecting(account.channel);
        let Some(node) = node_of(connecting, account) else { continue };
        if seen.contains(&(node, account.login)) {
            continue;
        }
        seen.push((node, account.login));
        let shares = |other: &&Account| {
            node_of(app.channels.connecting(other.channel), other) == Some(node) && other.login == account.login
        };
        let sharing: Vec<&Account> = accounts.iter().filter(shares).collect();
        let delivery =
            objects.iter().find(|(it, _)| it.object == connecting.object).map(|(_, delivery)| *delivery);
        match renew_node(app, known, account, &sharing, delivery.unwrap_or(Delivery::ToApp)).await? {
            Some(Ok(())) => renewed.pages.extend(sharing.iter().map(|account| account.account_id.clone())),
            Some(Err(finding)) => renewed.findings.push(finding),
            None => {}
        }
    }
    Ok(renewed)
}

/// The app's own subscription. If it points elsewhere, it belongs to another product: reported, never replaced. Where
/// accounts can have their own callbacks, that is not a finding.
async fn renew_app(
    app: &Engine,
    known: &GatewayEntry,
    connecting: &'static Connecting,
) -> Result<(Delivery, Option<Finding>), CommitError> {
    let row = &known.row;
    let call = graph::subscriptions(&row.app_id);
    let Ok(list) = app.graph.as_app::<Listed<Subscription>>(known, call).await else {
        return Ok((if connecting.own_callback { Delivery::ToOwnCallback } else { Delivery::ToApp }, None));
    };
    let url = app.urls.webhook(&row.uri);
    let found = list.items.iter().find(|it| it.object == connecting.object);
    let Some(finding) = app_subscription(&url, &row.uri, connecting, found) else {
        return Ok((Delivery::ToApp, None));
    };
    let ours = found.is_none_or(|found| found.callback_url == url || found.callback_url.is_empty());
    if !ours && connecting.own_callback {
        return Ok((Delivery::ToOwnCallback, None));
    }
    if !ours {
        return Ok((Delivery::ToApp, Some(finding)));
    }
    let fields = graph::merge_fields(found.map_or(&[], |found| &found.fields), connecting.fields);
    let call = graph::subscribe_app(&row.app_id, connecting.object, &url, &row.verify_token, &fields);
    match app.graph.as_app::<Done>(known, call).await {
        Ok(done) if done.success => {
            written_down(app, known, "", "app.renew").await?;
            Ok((Delivery::ToApp, None))
        }
        _ => Ok((Delivery::ToApp, Some(finding))),
    }
}

/// What is missing from a subscription: fields, or (None) all of it. The outer None: nothing is missing, or it is not
/// known.
async fn missing(
    app: &Engine,
    known: &GatewayEntry,
    token: &AccountToken,
    account: &Account,
    fields: &[&'static str],
    delivery: Delivery,
) -> Option<Option<Vec<&'static str>>> {
    let connecting = app.channels.connecting(account.channel);
    let node = node_of(connecting, account)?;
    if connecting.subscribed == Subscribed::Parent {
        let call = graph::whatsapp_subscriptions(node);
        let listed = account_tokens::read::<Listed<ListeningApp>>(app, known, token, call).await.ok()?;
        let ours = listed.items.into_iter().find(|it| it.id == known.row.app_id);
        let url = app.urls.webhook(&known.row.uri);
        let arrives = ours.is_some_and(|ours| match delivery {
            Delivery::ToApp => ours.callback.is_none_or(|callback| callback == url),
            Delivery::ToOwnCallback => ours.callback.is_some_and(|callback| callback == url),
        });
        return (!arrives).then_some(None);
    }
    let call = graph::subscribed_apps(node);
    let listed = account_tokens::read::<Listed<SubscribedApp>>(app, known, token, call).await.ok()?;
    let own = [Some(known.row.app_id.as_str()), known.row.instagram_app_id.as_deref()];
    let Some(ours) = listed.items.into_iter().find(|it| own.contains(&Some(it.id.as_str()))) else {
        return Some(None);
    };
    // For an account of Instagram Login, the fields are the app's.
    let missing = match account.login {
        Login::Facebook => graph::missing_fields(&ours.subscribed_fields, fields),
        Login::Instagram => Vec::new(),
    };
    (!missing.is_empty()).then_some(Some(missing))
}

/// One subscription. None if nothing was missing, or it is not known.
async fn renew_node(
    app: &Engine,
    known: &GatewayEntry,
    account: &Account,
    sharing: &[&Account],
    delivery: Delivery,
) -> Result<Option<Result<(), Finding>>, CommitError> {
    let id = known.row.id;
    let Some(token) = account_token(app, id, &account.account_id).await? else { return Ok(None) };
    let fields = fields_of(app, sharing.iter().copied());
    let Some(missing) = missing(app, known, &token, account, &fields, delivery).await else { return Ok(None) };
    let failure = match update(app, known, account, &token, Some(delivery)).await {
        Ok(true) => {
            tracing::info!(gateway = %id, account = account.account_id, "an account was subscribed again");
            for account in sharing {
                written_down(app, known, &account.account_id, "account.renew").await?;
                catch_up::after_renewal(app, id, &account.account_id).await?;
            }
            return Ok(Some(Ok(())));
        }
        Err(refused) if refused.error.class() == Class::TokenDead => return Ok(None),
        Err(refused) => Some(Failure::from(&refused.error)),
        Ok(false) => None,
    };
    let fields = missing.unwrap_or_default().into_iter().map(str::to_owned).collect();
    let issue = Issue::PageNotSubscribed { page: account.name.clone(), fields, failure };
    Ok(Some(Err(Finding::error(issue).of(&account.account_id))))
}

async fn written_down(app: &Engine, known: &GatewayEntry, page: &str, action: &str) -> Result<(), CommitError> {
    let (mut batch, at, id) = (Batch::new(), app.clock.now(), known.row.id);
    health::note(&mut batch, id, page, "renewed", at, "");
    let object = if page.is_empty() { format!("gateway {id}") } else { object_of(id, page) };
    setting::audit(&mut batch, &mut app.id_source(), at, None, action, &object, AuditDetail::Renewed {});
    app.store.commit(batch).await.map(|_| ())
}

/// What is wrong with the app's own subscription to one kind of object.
fn app_subscription(
    url: &str,
    uri: &str,
    connecting: &Connecting,
    found: Option<&Subscription>,
) -> Option<Finding> {
    let object = || connecting.object_title().to_owned();
    let Some(found) = found else {
        return Some(Finding::error(Issue::SubscriptionMissing { object: object() }));
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
    let missing = graph::missing_fields(&found.fields, connecting.fields);
    if missing.is_empty() {
        return None;
    }
    let is_deaf = missing.contains(&"messages");
    let object = object();
    let issue = Issue::SubscriptionFields { object, fields: missing.into_iter().map(str::to_owned).collect() };
    Some(if is_deaf { Finding::error(issue) } else { Finding::warning(issue) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_apps_subscription_is_compared_with_ours() {
        let url = "https://desk.example/chat/abc";
        let fields: Vec<String> = Connecting::PAGE.fields.iter().map(|field| (*field).to_owned()).collect();
        let with = |callback_url: &str, active, fields: Vec<String>| Subscription {
            object: "page".into(),
            callback_url: callback_url.into(),
            active,
            fields,
        };
        let code = |found: Option<Subscription>| {
            app_subscription(url, "abc", &Connecting::PAGE, found.as_ref()).map(|it| it.code())
        };
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
