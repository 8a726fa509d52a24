//! Switching message retrieval on takes two subscriptions: the app's to our address, and one of the account, or of
//! its parent, to the app (meta-platform.md §5.1, §5.5). Accounts share both: several numbers share one business
//! account, an Instagram account shares its Page's.

use bytes::Bytes;
use channels::connecting::Connecting;
use channels::meta::error::Class;
use channels::meta::graph::{self, Done, Listed, Subscription};
use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::page_trouble::PageProblem;
use domain::time::{HOUR, Micros};
use serde_json::json;
use store::table::{account, event, gateway};
use store::{Batch, CommitError};

use crate::account_tokens::account_token;
use crate::audit::{act_by, object_of};
use crate::check_requests::request_check;
use crate::clients::graph::Refused;
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::subscription::{Delivery, update};
use crate::wording;

/// How long after our own unsubscribing a report of it by Meta is ignored.
const ECHO: i64 = HOUR;

/// Switches an account on.
pub async fn on(
    app: &Engine,
    known: &GatewayEntry,
    account: &account::Account,
    by: Option<UserId>,
    replace: bool,
) -> Result<()> {
    let id = known.row.id;
    let connecting = app.channels.connecting(account.channel);
    if !known.row.enabled {
        return Err(Error::conflict("The gateway is switched off: switch it on first."));
    }
    if known.secret.is_none() {
        return Err(Error::conflict("The gateway has lost its App Secret: type it again first."));
    }
    // The other gateway may have given it up since then.
    if let Some(problem) =
        account.problem.as_ref().filter(|problem| !matches!(problem, PageProblem::OtherGateway { .. }))
    {
        return Err(Error::conflict(wording::page_problem(problem, connecting.noun)));
    }
    claim(app, known, account, connecting).await?;
    let token = account_token(app, id, &account.account_id).await?.ok_or_else(|| {
        Error::conflict(format!(
            "No connected account has access to this {} any longer. Press Reconnect, then switch it on.",
            connecting.noun
        ))
    })?;
    let delivery = point_app_here(app, known, connecting, replace).await?;
    // Before Meta is asked: what it delivers from then on is for us.
    match set(app, known, account, by, true, account.leaving_until).await {
        Err(Error::Taken(_)) => {
            claim(app, known, account, connecting).await?;
            return Err(Error::conflict("This account was switched on elsewhere at the same moment. Try again."));
        }
        other => other?,
    }
    let failed = match update(app, known, account, &token, Some(delivery)).await {
        Ok(true) => return Ok(()),
        Ok(false) => {
            Error::conflict(format!("Meta answered that the {} was not switched on: try again.", connecting.noun))
        }
        Err(refused) if refused.error.class() == Class::Permission => not_allowed(connecting, account, &refused),
        Err(refused) if refused.error.code == 2200 => unverified(&app.urls.webhook(&known.row.uri), &Bytes::new()),
        Err(refused) => refusal(&refused),
    };
    if !account.subscribed {
        set(app, known, account, by, false, account.leaving_until).await?;
    }
    Err(failed)
}

fn not_allowed(connecting: &Connecting, account: &account::Account, refused: &Refused) -> Error {
    let mut needed: Vec<&str> = connecting.scopes(account.login).to_vec();
    needed.retain(|scope| *scope != "pages_show_list");
    let task = if connecting.needs_tasks(account.login) { " or the task MODERATE" } else { "" };
    Error::conflict(format!(
        "Meta does not let the app receive this {}'s messages: the account that connected it lacks {}{task}. Press Add or remove \
         pages, leave every permission on, and try again (code {}).",
        connecting.noun,
        needed.join(", "),
        refused.error.code
    ))
}

/// An exclusive account must not be switched on for another gateway. If it no longer is, clears the problem that
/// reports this.
async fn claim(
    app: &Engine,
    known: &GatewayEntry,
    account: &account::Account,
    connecting: &Connecting,
) -> Result<()> {
    if !connecting.exclusive {
        return Ok(());
    }
    let id = known.row.id;
    if let Some(gateway) = account::of_other_gateway(&app.store, id, account.channel, &account.account_id).await? {
        let problem = PageProblem::OtherGateway { gateway };
        return Err(Error::conflict(wording::page_problem(&problem, connecting.noun)));
    }
    if account.problem.is_some() {
        let mut batch = Batch::new();
        account::set_problem(&mut batch, id, &account.account_id, None);
        app.store.commit(batch).await?;
    }
    Ok(())
}

/// Switches an account off. From then on none of its events is processed, whatever Meta does.
pub async fn off(
    app: &Engine,
    known: &GatewayEntry,
    account: &account::Account,
    by: Option<UserId>,
) -> Result<()> {
    let id = known.row.id;
    let until = app.clock.now().plus(ECHO);
    if account.subscribed {
        // In one write: Meta reports our own unsubscribing as if access to the account had been revoked.
        set(app, known, account, by, false, Some(until)).await?;
    }
    let mut batch = Batch::new();
    for one in app.directory().accounts.values().filter(|one| one.gateway == id && one.node == account.node) {
        account::set_leaving(&mut batch, id, &one.account_id, until);
    }
    account::set_leaving(&mut batch, id, &account.account_id, until);
    app.store.commit(batch).await?;
    if let Some(token) = account_token(app, id, &account.account_id).await?
        && let Err(refused) = update(app, known, account, &token, None).await
    {
        tracing::warn!(
            gateway = %id, account = account.account_id, code = refused.error.code, "Meta did not unsubscribe an account"
        );
    }
    Ok(())
}

async fn set(
    app: &Engine,
    known: &GatewayEntry,
    account: &account::Account,
    by: Option<UserId>,
    subscribed: bool,
    leaving_until: Option<Micros>,
) -> Result<()> {
    let id = known.row.id;
    let mut batch = Batch::new();
    account::set_subscribed(&mut batch, id, &account.account_id, subscribed, leaving_until);
    let action = if subscribed { "account.subscribe" } else { "account.unsubscribe" };
    act_by(app, &mut batch, by, action, object_of(id, &account.account_id), AuditDetail::Nothing {});
    // The check lists the account's templates.
    if subscribed && app.channels.capabilities(account.channel).message_templates {
        request_check(&mut batch, id, &account.account_id, "subscribed", app.clock.now());
    }
    event::gateway_changed(&mut batch, id, app.clock.now());
    match app.store.commit(batch).await {
        Err(CommitError::Duplicate) => return Err(Error::taken("/subscribed", "It is switched on elsewhere.")),
        other => other?,
    };
    app.reload().await?;
    Ok(())
}

/// Makes sure that the app's events of the channel are sent to us. Checks first: another product's address is not
/// silently replaced. Where an account can have its own callback, that is used instead.
async fn point_app_here(
    app: &Engine,
    known: &GatewayEntry,
    connecting: &Connecting,
    replace: bool,
) -> Result<Delivery> {
    if connecting.object.is_empty() {
        return Ok(Delivery::ToApp);
    }
    let url = app.urls.webhook(&known.row.uri);
    let call = graph::subscriptions(&known.row.app_id);
    let found = match app.graph.as_app::<Listed<Subscription>>(known, call).await {
        Ok(list) => {
            list.items.into_iter().find(|it| it.object == connecting.object && !it.callback_url.is_empty())
        }
        Err((refused, _)) if refused.is_passing() => return Err(refusal(&refused)),
        Err((refused, _)) if refused.error.class() == Class::TokenDead => return Err(secret_refused()),
        // Even reading is not allowed.
        Err(_) if connecting.own_callback => return Ok(Delivery::ToOwnCallback),
        // If Meta has verified our address, it was entered manually.
        Err(_) if verified(app, known).await? => return Ok(Delivery::ToApp),
        Err(_) => return Err(paste(known, &url, connecting)),
    };
    let wanted = connecting.fields;
    let fields = match &found {
        Some(found) if found.callback_url != url && !replace && connecting.own_callback => {
            return Ok(Delivery::ToOwnCallback);
        }
        Some(found) if found.callback_url != url && !replace => {
            return Err(Error::conflict(format!(
                "Meta currently delivers this app's messages to {}, which will then receive nothing. Confirm that \
                Deskbell replaces it, or use another Meta app.",
                found.callback_url
            ))
            .with("callback_url", &found.callback_url));
        }
        Some(found) if found.callback_url == url && found.active => {
            if graph::missing_fields(&found.fields, wanted).is_empty() {
                return Ok(Delivery::ToApp);
            }
            graph::merge_fields(&found.fields, wanted)
        }
        Some(found) => graph::merge_fields(&found.fields, wanted),
        None => graph::merge_fields(&[], wanted),
    };
    let call = graph::subscribe_app(&known.row.app_id, connecting.object, &url, &known.row.verify_token, &fields);
    let (refused, body) = match app.graph.as_app::<Done>(known, call).await {
        Ok(done) if done.success => return Ok(Delivery::ToApp),
        Ok(_) => return Err(paste(known, &url, connecting)),
        Err(refused) => refused,
    };
    let enough =
        found.is_some_and(|it| it.callback_url == url && it.active && it.fields.iter().any(|f| f == "messages"));
    match refused.error.class() {
        _ if refused.error.code == 2200 => Err(unverified(&url, &body)),
        _ if refused.is_passing() => Err(refusal(&refused)),
        Class::TokenDead => Err(secret_refused()),
        // It was entered with fewer fields than we need; Health lists the missing ones.
        _ if enough => Ok(Delivery::ToApp),
        Class::Rejected if refused.error.code == 100 => Err(refusal(&refused)),
        _ => Err(paste(known, &url, connecting)),
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

fn paste(known: &GatewayEntry, url: &str, connecting: &Connecting) -> Error {
    Error::conflict(format!(
        "Meta does not let Deskbell set up the webhook. Either switch on \"Allow API Access to App Settings\" (App \
        settings, Advanced) and try again, or paste callback URL and verify token into Webhooks, {}, in Meta's \
        dashboard, select the field messages and all other messaging fields there, and then switch the {} on \
        again.",
        connecting.object_title(),
        connecting.noun
    ))
    .with("paste", json!({"callback_url": url, "verify_token": known.row.verify_token}))
}

/// A refusal of Meta as an error: unavailable if it is temporary, a conflict if not.
pub fn refusal(refused: &Refused) -> Error {
    let error = &refused.error;
    let why = error.explain();
    if refused.is_passing() {
        let advice = match error.class() {
            Class::Throttled => "Meta asks us to slow down: wait a minute, then try again.",
            _ => "Meta cannot be reached at the moment, or is out of order: try again soon.",
        };
        return Error::Unavailable(advice.to_owned());
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
