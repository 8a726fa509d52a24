//! The second level of subscription (meta-platform.md §5.1, §5.5): of an account, or of its parent, to the app.
//! Accounts that share it are subscribed to the fields that all of them need, and unsubscribed with the last of them.

use channels::connecting::{Connecting, Subscribed};
use channels::meta::graph::{self, Call, Done};
use domain::channel::Login;
use store::table::account::Account;

use crate::account_tokens;
use crate::clients::graph::{AccountToken, Refused};
use crate::directory::GatewayEntry;
use crate::engine::Engine;

/// Where events are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// To the address of the app's own subscription.
    ToApp,
    /// To a callback of the account, because the app's belongs to another product.
    ToOwnCallback,
}

/// The node that is subscribed for an account's events; None if none has to be.
pub fn node_of<'a>(connecting: &Connecting, account: &'a Account) -> Option<&'a str> {
    match connecting.subscribed {
        Subscribed::Nothing => None,
        Subscribed::Node => Some(&account.node),
        Subscribed::Parent => account.parent_id.as_deref(),
    }
}

/// The accounts that are switched on and need the subscription of a node, according to the current directory.
fn needing(app: &Engine, account: &Account, node: &str) -> Vec<Account> {
    let directory = app.directory();
    let accounts = directory.accounts.values().filter(|other| {
        other.subscribed
            && (other.gateway, other.login) == (account.gateway, account.login)
            && node_of(app.channels.connecting(other.channel), other) == Some(node)
    });
    accounts.cloned().collect()
}

/// The fields that a node is subscribed to for these accounts.
pub fn fields_of<'a>(app: &Engine, accounts: impl Iterator<Item = &'a Account>) -> Vec<&'static str> {
    let mut fields = Vec::new();
    for account in accounts {
        let connecting = app.channels.connecting(account.channel);
        // Instagram requires the list, but delivers what the app is subscribed to (§5.1).
        let own = match account.login {
            Login::Facebook => connecting.node_fields,
            Login::Instagram => connecting.fields,
        };
        for field in own {
            if !fields.contains(field) {
                fields.push(*field);
            }
        }
    }
    fields
}

/// How often Meta is asked again because an account was switched on or off in between.
const TRIES: usize = 4;

/// Subscribes the node of an account to all fields that its accounts need, according to the directory; unsubscribes
/// it if none of them is switched on. A caller first stores that an account is on or off. If another caller does so
/// while Meta is being asked, Meta is asked again, so that it ends up with the latest state. Returns whether Meta did
/// it.
///
/// Without a `delivery`, the account's own callback is not changed.
pub async fn update(
    app: &Engine,
    known: &GatewayEntry,
    account: &Account,
    token: &AccountToken,
    delivery: Option<Delivery>,
) -> Result<bool, Refused> {
    let connecting = app.channels.connecting(account.channel);
    let Some(node) = node_of(connecting, account) else { return Ok(true) };
    let wanted = || {
        let accounts = needing(app, account, node);
        (!accounts.is_empty()).then(|| fields_of(app, accounts.iter()))
    };
    let mut done = false;
    for _ in 0..TRIES {
        let fields = wanted();
        let call = match (connecting.subscribed, &fields) {
            (_, None) => graph::unsubscribe_page(node),
            (Subscribed::Parent, Some(_)) => {
                let Some(delivery) = delivery else { return Ok(true) };
                let url = app.urls.webhook(&known.row.uri);
                let own =
                    (delivery == Delivery::ToOwnCallback).then_some((url.as_str(), &*known.row.verify_token));
                graph::subscribe_whatsapp_account(node, own)
            }
            (_, Some(fields)) => graph::subscribe_page(node, fields),
        };
        done = account_tokens::read::<Done>(app, known, token, evidence(connecting, account, call)).await?.success;
        if wanted() == fields {
            break;
        }
    }
    Ok(done)
}

/// The permission that a subscription is evidence for: that of the Page, of the business account, or of the account's own login.
fn evidence(connecting: &Connecting, account: &Account, call: Call) -> Call {
    match (account.login, connecting.subscribed) {
        (Login::Instagram, _) => call.evidence("instagram_business_manage_messages"),
        (Login::Facebook, Subscribed::Parent) => call.evidence(graph::WHATSAPP_MANAGEMENT),
        (Login::Facebook, _) => call,
    }
}
