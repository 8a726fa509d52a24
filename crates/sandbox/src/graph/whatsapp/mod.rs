//! WhatsApp Cloud API: business accounts, numbers, messages, media, templates (§3.8, §5.5).

mod account;
mod content;
mod interactive;
mod media;
mod messages;
mod number;
mod recipient;
mod registration;
mod template;
mod templates;

pub use media::{checksum, download, store};

use super::Outcome;
use super::auth::{self, Caller};
use super::error::GraphError;
use super::request::Call;
use crate::shared::Shared;
use crate::world::World;

/// What an id of WhatsApp's names.
enum Node {
    Waba,
    Number,
    Template,
    Media,
}

fn node(world: &World, id: &str) -> Option<Node> {
    if world.wabas.contains_key(id) {
        Some(Node::Waba)
    } else if world.numbers.contains_key(id) {
        Some(Node::Number)
    } else if world.template(id).is_some() {
        Some(Node::Template)
    } else {
        world.media.get(id).filter(|medium| world.numbers.contains_key(&medium.page_id)).map(|_| Node::Media)
    }
}

/// Handles a call about WhatsApp; `None` if the id is not one of WhatsApp's.
pub async fn answer(shared: &Shared, call: &Call, caller: &Caller, id: &str, edge: &[&str]) -> Option<Outcome> {
    let method = call.method.as_str();
    let node = match edge {
        [accounts @ ("owned_whatsapp_business_accounts" | "client_whatsapp_business_accounts")] => {
            return Some(account::of_business(&shared.world(), call, caller, id, accounts));
        }
        _ => node(&shared.world(), id)?,
    };
    Some(match (node, method, edge) {
        (Node::Waba, "GET", []) => account::node(&shared.world(), call, caller, id),
        (Node::Waba, "GET", ["phone_numbers"]) => number::list(&mut shared.world(), call, caller, id),
        (Node::Waba, "GET", ["subscribed_apps"]) => account::subscribed(&shared.world(), caller, id),
        (Node::Waba, "POST", ["subscribed_apps"]) => account::subscribe(shared, call, caller, id).await,
        (Node::Waba, "DELETE", ["subscribed_apps"]) => account::unsubscribe(&mut shared.world(), caller, id),
        (Node::Waba, "GET", ["message_templates"]) => templates::list(&mut shared.world(), call, caller, id),
        (Node::Waba, "POST", ["message_templates"]) => templates::create(&mut shared.world(), call, caller, id),
        (Node::Waba, "DELETE", ["message_templates"]) => templates::remove(&mut shared.world(), call, caller, id),
        (Node::Template, "GET", []) => templates::node(&shared.world(), call, caller, id),
        (Node::Template, "POST", []) => templates::edit(&mut shared.world(), call, caller, id),
        (Node::Number, "GET", []) => number::node(&shared.world(), call, caller, id),
        (Node::Number, "POST", []) => number::configure(shared, call, caller, id).await,
        (Node::Number, "POST", ["register"]) => registration::register(&mut shared.world(), call, caller, id),
        (Node::Number, "POST", ["deregister"]) => registration::deregister(&mut shared.world(), caller, id),
        (Node::Number, "POST", ["request_code"]) => {
            registration::request_code(&mut shared.world(), call, caller, id)
        }
        (Node::Number, "POST", ["verify_code"]) => {
            registration::verify_code(&mut shared.world(), call, caller, id)
        }
        (Node::Number, "GET" | "POST", ["whatsapp_business_profile"]) => {
            number::profile(&mut shared.world(), call, caller, id)
        }
        (Node::Number, "POST", ["messages"]) => messages::send(shared, call, caller, id).await,
        (Node::Number, "POST", ["media"]) => media::upload(shared, call, caller, id),
        (Node::Media, "GET", []) => media::node(&mut shared.world(), call, caller, id),
        (Node::Media, "DELETE", []) => media::remove(&mut shared.world(), call, caller, id),
        (_, _, [_, rest @ ..]) if !rest.is_empty() => {
            Err(GraphError::new(2500, format!("Unknown path components: /{}", rest.join("/"))))
        }
        _ => Err(GraphError::unknown_object(method, id)),
    })
}

/// Requires a token that may do this with the business account: from a person who shared it, or from a system user.
fn waba_with(
    world: &World,
    caller: &Caller,
    waba_id: &str,
    method: &str,
    permission: &str,
) -> Result<(), GraphError> {
    let Caller::Person(token) = caller else {
        return Err(GraphError::unknown_object(method, waba_id));
    };
    let grant = auth::grant(world, token)?;
    let waba = world.wabas.get(waba_id).ok_or_else(|| GraphError::unknown_object(method, waba_id))?;
    let assigned = waba.seed.people.contains(&token.person_id)
        || world.people.get(&token.person_id).is_some_and(|person| person.seed.system_user);
    if !grant.covers_waba(waba_id) || !assigned {
        return Err(GraphError::unknown_object(method, waba_id));
    }
    if grant.has(permission) { Ok(()) } else { Err(GraphError::not_granted(permission)) }
}

/// The same for a number of the account.
fn number_with(
    world: &World,
    caller: &Caller,
    phone_id: &str,
    method: &str,
    permission: &str,
) -> Result<(), GraphError> {
    let number = world.numbers.get(phone_id).ok_or_else(|| GraphError::unknown_object(method, phone_id))?;
    waba_with(world, caller, &number.waba_id, method, permission).map_err(|error| {
        // It is the number that cannot be seen.
        if error.subcode == Some(33) { GraphError::unknown_object(method, phone_id) } else { error }
    })
}

/// The conversation that a message belongs to, if its recipient is known.
pub fn conversation(world: &mut World, call: &Call, phone_id: &str) -> Option<(String, String)> {
    let customer = recipient::read(world, call, phone_id).ok()?.customer_id?;
    Some((phone_id.to_owned(), customer))
}

/// Every body names the product (§3.8).
fn check_product(call: &Call) -> Result<(), GraphError> {
    match call.text("messaging_product").as_deref() {
        Some("whatsapp") => Ok(()),
        None => Err(GraphError::new(100, "(#100) The parameter messaging_product is required.")),
        Some(other) => Err(GraphError::parameter(format_args!(
            "Param messaging_product must be one of {{WHATSAPP}} - got \"{other}\"."
        ))),
    }
}

const MANAGE: &str = "whatsapp_business_management";
const MESSAGE: &str = "whatsapp_business_messaging";
