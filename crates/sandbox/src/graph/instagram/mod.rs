//! Instagram messaging: through the Page (Page token, Facebook's host) and through Instagram Login (its own token, its
//! own host) (§1.10, §3.7, §4.2).

mod access;
mod account;
mod content;
mod send;
mod tokens;

pub use access::{Need, account_of, with};
pub use account::{connected, customer, node};
pub use send::messages;
pub use tokens::exchange_code;

use super::auth::{self, Caller};
use super::error::GraphError;
use super::request::Call;
use super::{Outcome, attachments, conversations, profile};
use crate::shared::Shared;
use crate::world::World;

/// Whether a call to `/{page}/messages` is for someone on Instagram.
pub fn is_addressed(world: &World, call: &Call) -> bool {
    let recipient = call.json("recipient").ok().flatten().unwrap_or_default();
    let text = |name: &str| {
        recipient[name].as_str().map(str::to_owned).or(recipient[name].as_u64().map(|id| id.to_string()))
    };
    let account = match (text("id"), text("comment_id")) {
        (Some(id), _) => world.psids.get(&id).map(|(account, _)| account),
        (None, Some(id)) => world.comments.get(&id).map(|comment| &comment.page_id),
        (None, None) => None,
    };
    account.is_some_and(|id| world.instagram.contains_key(id)) || by_platform(call)
}

/// `platform=instagram`.
pub fn by_platform(call: &Call) -> bool {
    call.text("platform").is_some_and(|name| name.eq_ignore_ascii_case("instagram"))
}

/// Handles a call to Instagram's own host.
pub async fn answer(shared: &Shared, call: &Call) -> Outcome {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let method = call.method.as_str();
    match (method, segments.as_slice()) {
        ("GET", ["access_token"]) => return tokens::exchange_long(&mut shared.world(), call),
        ("GET", ["refresh_access_token"]) => return tokens::refresh(&mut shared.world(), call),
        _ => {}
    }
    let caller = auth::caller(&shared.world(), call)?;
    let Caller::Instagram(_, own) = caller.clone() else {
        return Err(GraphError::dead_token(None));
    };
    let first = segments.first().copied().unwrap_or_default();
    let scoped = shared.world().instagram.get(&own).map(|account| account.scoped_id(caller.app_id()));
    let id = if first == "me" || scoped.as_deref() == Some(first) { own.as_str() } else { first };
    let edge = segments.get(1..).unwrap_or_default();
    match (method, edge) {
        ("POST", ["messages"]) => return messages(shared, call, &caller, id).await,
        ("POST", ["message_attachments"]) => return attachments::upload(shared, call, &caller, id).await,
        _ => {}
    }
    let mut world = shared.world();
    match (method, edge) {
        ("GET", []) if world.instagram.contains_key(id) => account::me(&world, call, &caller, id),
        ("GET", []) if world.psids.contains_key(id) => customer(&mut world, call, &caller, id),
        ("GET", []) if conversations::is_node(id) => conversations::node(&world, call, &caller, id),
        ("GET", ["conversations"]) => conversations::list(&world, call, &caller, id),
        ("GET", ["messages"]) => conversations::messages(&world, call, &caller, id),
        ("GET", ["subscribed_apps"]) => account::subscribed(&world, &caller, id),
        ("POST", ["subscribed_apps"]) => account::subscribe(&mut world, call, &caller, id),
        ("DELETE", ["subscribed_apps"]) => account::unsubscribe(&mut world, &caller, id),
        (_, ["messenger_profile"]) => profile::messenger_profile(&mut world, call, &caller, id),
        (_, [_, rest @ ..]) if !rest.is_empty() => {
            Err(GraphError::new(2500, format!("Unknown path components: /{}", rest.join("/"))))
        }
        _ => Err(GraphError::unknown_object(method, id)),
    }
}
