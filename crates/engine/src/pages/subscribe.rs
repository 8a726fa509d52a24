//! Switching message retrieval on takes two subscriptions: the app's to our address, and the Page's to the app.

use bytes::Bytes;
use channels::meta::error::Class;
use channels::meta::graph::{self, Done, Listed, Subscription};
use channels::meta::oauth::PAGE_FIELDS;
use domain::id::UserId;
use domain::time::{HOUR, Micros};
use serde_json::json;
use store::Batch;
use store::table::{account, event, gateway};

use crate::account_tokens::account_token;
use crate::audit::act_by;
use crate::clients::graph::Refused;
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::wording;

/// So long after our own unsubscribing Meta's report of it is known as its echo.
const ECHO: i64 = HOUR;

/// Switches a page on.
pub async fn on(
    app: &Engine,
    known: &GatewayEntry,
    page: &account::Account,
    by: Option<UserId>,
    replace: bool,
) -> Result<()> {
    let id = known.row.id;
    if !known.row.enabled {
        return Err(Error::conflict("The gateway is switched off: switch it on first."));
    }
    if known.secret.is_none() {
        return Err(Error::conflict("The gateway has lost its App Secret: type it again first."));
    }
    if let Some(problem) = &page.problem {
        return Err(Error::conflict(wording::page_problem(problem)));
    }
    let token = account_token(app, id, &page.account_id).await?.ok_or_else(|| {
        Error::conflict(
            "No connected account has access to this Page any longer. Press Reconnect, then switch it \
            on.",
        )
    })?;
    point_app_here(app, known, replace).await?;
    // Before Meta is asked: what it delivers from that moment on is for us.
    set(app, known, page, by, true, page.leaving_until).await?;
    let call = graph::subscribe_page(&page.node, &PAGE_FIELDS);
    let failed = match crate::account_tokens::read::<Done>(app, known, &token, call).await {
        Ok(done) if done.success => return Ok(()),
        Ok(_) => Error::conflict("Meta answered that the Page was not switched on: try again."),
        Err(refused) if refused.error.class() == Class::Permission => Error::conflict(format!(
            "Meta does not let the app receive this Page's messages: the account that connected it lacks pages_messaging, \
             pages_manage_metadata or the task MODERATE. Press Add or remove pages, leave every permission on, and try again \
             (code {}).",
            refused.error.code
        )),
        Err(refused) => refusal(&refused),
    };
    if !page.subscribed {
        set(app, known, page, by, false, page.leaving_until).await?;
    }
    Err(failed)
}

/// Switches a page off. From here on no event of it is processed, whatever Meta does.
pub async fn off(app: &Engine, known: &GatewayEntry, page: &account::Account, by: Option<UserId>) -> Result<()> {
    let id = known.row.id;
    if page.subscribed {
        // In one write: Meta reports our own unsubscribing as if the Page had been taken away from us.
        set(app, known, page, by, false, Some(app.clock.now().plus(ECHO))).await?;
    } else {
        let mut batch = Batch::new();
        account::set_leaving(&mut batch, id, &page.account_id, app.clock.now().plus(ECHO));
        app.store.commit(batch).await?;
    }
    if let Some(token) = account_token(app, id, &page.account_id).await? {
        let call = graph::unsubscribe_page(&page.node);
        if let Err(refused) = crate::account_tokens::read::<Done>(app, known, &token, call).await {
            tracing::warn!(gateway = %id, page = page.account_id, code = refused.error.code, "Meta did not unsubscribe a page");
        }
    }
    Ok(())
}

async fn set(
    app: &Engine,
    known: &GatewayEntry,
    page: &account::Account,
    by: Option<UserId>,
    subscribed: bool,
    leaving_until: Option<Micros>,
) -> Result<()> {
    let id = known.row.id;
    let mut batch = Batch::new();
    account::set_subscribed(&mut batch, id, &page.account_id, subscribed, leaving_until);
    let action = if subscribed { "page.subscribe" } else { "page.unsubscribe" };
    act_by(app, &mut batch, by, action, format_args!("page {} of gateway {id}", page.account_id), "");
    event::gateway_changed(&mut batch, id, app.clock.now());
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

/// Sees to it that the app's Page events come to us. Looks first: another product's address is not replaced
/// without a word.
async fn point_app_here(app: &Engine, known: &GatewayEntry, replace: bool) -> Result<()> {
    let url = app.urls.webhook(&known.row.uri);
    let call = graph::subscriptions(&known.row.app_id);
    let found = match app.graph.as_app::<Listed<Subscription>>(known, call).await {
        Ok(list) => list.items.into_iter().find(|it| it.object == "page" && !it.callback_url.is_empty()),
        Err((refused, _)) if refused.is_passing() => return Err(refusal(&refused)),
        Err((refused, _)) if refused.error.class() == Class::TokenDead => return Err(secret_refused()),
        // Even reading is not allowed. If Meta has verified our address, it was pasted in by hand.
        Err(_) if verified(app, known).await? => return Ok(()),
        Err(_) => return Err(paste(known, &url)),
    };
    let fields = match &found {
        Some(found) if found.callback_url != url && !replace => {
            return Err(Error::conflict(format!(
                "Meta currently delivers this app's messages to {}, which will then receive nothing. Confirm that \
                Deskbell replaces it, or use another Meta app.",
                found.callback_url
            ))
            .with("callback_url", &found.callback_url));
        }
        Some(found) if found.callback_url == url && found.active => {
            if graph::missing_fields(&found.fields, &PAGE_FIELDS).is_empty() {
                return Ok(());
            }
            graph::merge_fields(&found.fields, &PAGE_FIELDS)
        }
        Some(found) => graph::merge_fields(&found.fields, &PAGE_FIELDS),
        None => graph::merge_fields(&[], &PAGE_FIELDS),
    };
    let call = graph::subscribe_app(&known.row.app_id, &url, &known.row.verify_token, &fields);
    let (refused, body) = match app.graph.as_app::<Done>(known, call).await {
        Ok(done) if done.success => return Ok(()),
        Ok(_) => return Err(paste(known, &url)),
        Err(refused) => refused,
    };
    let enough =
        found.is_some_and(|it| it.callback_url == url && it.active && it.fields.iter().any(|f| f == "messages"));
    match refused.error.class() {
        _ if refused.error.code == 2200 => Err(unverified(&url, &body)),
        _ if refused.is_passing() => Err(refusal(&refused)),
        Class::TokenDead => Err(secret_refused()),
        // It was pasted in with fewer fields than we would like; Health names the missing ones.
        _ if enough => Ok(()),
        Class::Rejected if refused.error.code == 100 => Err(refusal(&refused)),
        _ => Err(paste(known, &url)),
    }
}

async fn verified(app: &Engine, known: &GatewayEntry) -> Result<bool> {
    let row = gateway::by_id(&app.store, known.row.id).await?;
    Ok(row.is_some_and(|row| row.webhook_verified_at.is_some()))
}

fn secret_refused() -> Error {
    Error::conflict("Meta does not accept the App Secret: type it again in the Meta tab, then switch the Page on.")
}

fn unverified(url: &str, body: &Bytes) -> Error {
    let saw = match graph::callback_status(body) {
        Some(status) => format!("it got HTTP status {status}"),
        None => "it got no answer, or a wrong one".to_owned(),
    };
    Error::conflict(format!(
        "Meta could not verify {url}: {saw}. The public URL must be reachable from the internet, by https with a certificate \
         of a public authority, and lead to this installation."
    ))
}

fn paste(known: &GatewayEntry, url: &str) -> Error {
    Error::conflict(
        "Meta does not let Deskbell set up the webhook. Either switch on \"Allow API Access to App Settings\" (App \
        settings, Advanced) and try again, or paste callback URL and verify token into Webhooks, Page, in Meta's \
        dashboard, select the field messages and all other messaging fields there, and then switch the Page on \
        again.",
    )
    .with("paste", json!({"callback_url": url, "verify_token": known.row.verify_token}))
}

/// A refusal of Meta's as an error: unavailable if it will pass, a conflict if not.
pub fn refusal(refused: &Refused) -> Error {
    let error = &refused.error;
    let why = error.explain();
    if refused.is_passing() {
        let told = match error.class() {
            Class::Throttled => "Meta asks us to slow down: wait a minute, then try again.",
            _ => "Meta cannot be reached at the moment, or is out of order: try again soon.",
        };
        return Error::Unavailable(told.to_owned());
    }
    Error::conflict(format!("{} {} (code {}, subcode {})", why.reason, why.action, error.code, error.subcode))
}

#[cfg(test)]
mod tests {
    use super::*;
    use channels::meta::error::GraphError;

    #[test]
    fn refusals_say_whether_to_wait_or_to_mend() {
        let refused =
            |status, code, subcode| refusal(&GraphError { status, code, subcode, ..Default::default() }.into());
        assert!(matches!(refused(0, 0, 0), Error::Unavailable(_)));
        assert!(refused(400, 4, 0).to_string().contains("slow down"));
        let dead = refused(401, 190, 460);
        assert!(matches!(dead, Error::Conflict { .. }));
        assert!(dead.to_string().contains("password") && dead.to_string().contains("190"), "{dead}");
    }

    #[test]
    fn a_failed_verification_tells_what_meta_saw() {
        let body = |status: &str| {
            Bytes::from(format!(
                r##"{{"error":{{"message":"(#2200) Callback verification failed with the following errors: HTTP Status Code = {status}; HTTP Message = Not Found","code":2200}}}}"##
            ))
        };
        assert!(unverified("https://a/chat/b", &body("404")).to_string().contains("HTTP status 404"));
        assert!(unverified("https://a/chat/b", &Bytes::new()).to_string().contains("no answer"));
    }
}
