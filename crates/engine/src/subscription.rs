//! The second level of subscription (meta-platform.md §5.1, §5.5): of an account, or of what it belongs to, to the app. Accounts that share it are subscribed to
//! what all of them need, and unsubscribed with the last of them.

use channels::connecting::{Connecting, Subscribed};
use channels::meta::graph::{self, Call, Done};
use domain::channel::Login;
use store::table::account::Account;

use crate::account_tokens;
use crate::clients::graph::{AccountToken, Refused};
use crate::directory::GatewayEntry;
use crate::engine::Engine;

/// Where events go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// To the address of the app's own subscription.
    ToApp,
    /// To a callback of the account, because the app's belongs to another product.
    ToOwnCallback,
}

/// What is subscribed so that an account's events come; None if nothing has to be.
pub fn node_of<'a>(connecting: &Connecting, account: &'a Account) -> Option<&'a str> {
    match connecting.subscribed {
        Subscribed::Nothing => None,
        Subscribed::Node => Some(&account.node),
        Subscribed::Parent => account.parent_id.as_deref(),
    }
}

/// The accounts of a gateway that are switched on and share a node with one, and it itself.
fn sharing(app: &Engine, connecting: &Connecting, account: &Account) -> Vec<Account> {
    let node = node_of(connecting, account);
    let directory = app.directory();
    let others = directory.accounts.values().filter(|other| {
        let same = node_of(app.channels.connecting(other.channel), other) == node && other.login == account.login;
        same && other.subscribed && other.gateway == account.gateway && other.account_id != account.account_id
    });
    others.cloned().collect()
}

/// The fields that a node is subscribed to for these accounts.
pub fn fields_of<'a>(app: &Engine, accounts: impl Iterator<Item = &'a Account>) -> Vec<&'static str> {
    let mut fields = Vec::new();
    for account in accounts {
        let connecting = app.channels.connecting(account.channel);
        // Instagram wants the list and delivers what the app is subscribed to (§5.1).
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

/// Subscribes an account. Answers whether Meta did it.
pub async fn subscribe(
    app: &Engine,
    known: &GatewayEntry,
    account: &Account,
    token: &AccountToken,
    delivery: Delivery,
) -> Result<bool, Refused> {
    let connecting = app.channels.connecting(account.channel);
    let Some(node) = node_of(connecting, account) else { return Ok(true) };
    let url = app.urls.webhook(&known.row.uri);
    let call = match connecting.subscribed {
        Subscribed::Parent => {
            let own = (delivery == Delivery::ToOwnCallback).then_some((url.as_str(), &*known.row.verify_token));
            graph::subscribe_whatsapp_account(node, own)
        }
        Subscribed::Node | Subscribed::Nothing => {
            let others = sharing(app, connecting, account);
            let fields = fields_of(app, others.iter().chain([account]));
            evidence(connecting, account, graph::subscribe_page(node, &fields))
        }
    };
    Ok(account_tokens::read::<Done>(app, known, token, call).await?.success)
}

/// Unsubscribes an account, unless others need the subscription too: then it is cut down to what they need.
pub async fn unsubscribe(
    app: &Engine,
    known: &GatewayEntry,
    account: &Account,
    token: &AccountToken,
) -> Result<(), Refused> {
    let connecting = app.channels.connecting(account.channel);
    let Some(node) = node_of(connecting, account) else { return Ok(()) };
    let others = sharing(app, connecting, account);
    let fields = fields_of(app, others.iter());
    let call = match (others.is_empty(), fields.is_empty()) {
        (true, _) => evidence(connecting, account, graph::unsubscribe_page(node)),
        (false, true) => return Ok(()),
        (false, false) => evidence(connecting, account, graph::subscribe_page(node, &fields)),
    };
    account_tokens::read::<Done>(app, known, token, call).await.map(|_| ())
}

/// The permission that a subscription is evidence for: that of the Page, of the business account, or of the account's own login.
fn evidence(connecting: &Connecting, account: &Account, call: Call) -> Call {
    match (account.login, connecting.subscribed) {
        (Login::Instagram, _) => call.evidence("instagram_business_manage_messages"),
        (Login::Facebook, Subscribed::Parent) => call.evidence(graph::WHATSAPP_MANAGEMENT),
        (Login::Facebook, _) => call,
    }
}
