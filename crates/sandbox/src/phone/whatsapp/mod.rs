//! The customer's side of WhatsApp: what people send, tap and change, and the webhooks that follow (§2.8).

mod acts;
mod status;

pub use acts::{change_number, echo, edit, marketing, played, react, read, revoke, tap};
pub use status::{Begun, Fate, begin, fail, status_of};

use crate::clock::now_ms;
use crate::thread::{Attachment, Direction, Message};
use crate::world::{Change, World};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

/// One message of a customer.
#[derive(Default)]
pub struct Inbound {
    /// `text`, `image`, `interactive`, …: the key of `object`.
    pub kind: String,
    pub object: Value,
    /// The message that it replies to.
    pub reply_to: Option<String>,
    /// More of `context`, such as `forwarded`.
    pub context: Map<String, Value>,
    /// More of the message, such as `referral` or `group_id`.
    pub extras: Map<String, Value>,
    /// For the phone.
    pub text: Option<String>,
    pub attachments: Vec<Attachment>,
    /// How old the message claims to be; the window ages with it.
    pub age_ms: i64,
}

/// `messaging_product` and `metadata`, which every value of `messages` has.
pub fn value(world: &World, phone_id: &str) -> Value {
    let digits = world.numbers.get(phone_id).map(|number| number.digits()).unwrap_or_default();
    json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": digits, "phone_number_id": phone_id},
    })
}

/// The customer sends a message; returns its id and its time.
pub fn say(
    world: &mut World,
    phone_id: &str,
    customer_id: &str,
    inbound: Inbound,
    done: Option<oneshot::Sender<bool>>,
) -> (String, i64) {
    let mut message = Message::new(world.next_wamid(), Direction::In);
    message.timestamp = now_ms() - inbound.age_ms;
    let (id, timestamp) = (message.mid.clone(), message.timestamp);
    let identity = world.identity(phone_id, customer_id);
    let mut body = json!({
        "from_user_id": identity.user_id, "id": id, "timestamp": (timestamp / 1_000).to_string(),
        "type": inbound.kind,
    });
    if identity.shows_phone {
        body["from"] = json!(identity.phone);
    }
    body[&inbound.kind] = inbound.object.clone();
    let mut context = inbound.context;
    if let Some(reply_to) = &inbound.reply_to {
        let ours = world.numbers.get(phone_id).map(|number| number.digits()).unwrap_or_default();
        let out = world.thread(phone_id, customer_id).find(reply_to).map(|old| old.direction);
        let from = if out == Some(Direction::In) { identity.phone.clone() } else { ours };
        context.insert("from".to_owned(), json!(from));
        context.insert("id".to_owned(), json!(reply_to));
    }
    if !context.is_empty() {
        body["context"] = Value::Object(context);
    }
    for (name, extra) in inbound.extras {
        body[name] = extra;
    }
    let in_group = !body["group_id"].is_null();
    message.text = inbound.text;
    message.attachments = inbound.attachments;
    message.reply_to = inbound.reply_to;
    message.content = json!({"type": inbound.kind, inbound.kind.clone(): inbound.object});
    let thread = world.thread(phone_id, customer_id);
    // What people write in a group does not open the window of their own chat.
    if !in_group {
        thread.acted(inbound.age_ms);
        thread.push(message);
        world.remember_writer(phone_id, &id, customer_id);
    }
    let mut value = value(world, phone_id);
    value["contacts"] = json!([identity.contact()]);
    value["messages"] = json!([body]);
    emit(world, phone_id, customer_id, Some(&id), value, done);
    world.touch(phone_id, customer_id);
    (id, timestamp)
}

/// Queues a value of the field `messages`.
fn emit(
    world: &mut World,
    phone_id: &str,
    customer_id: &str,
    id: Option<&str>,
    value: Value,
    done: Option<oneshot::Sender<bool>>,
) {
    let change = Change {
        field: "messages",
        account_id: phone_id.to_owned(),
        customer_id: customer_id.to_owned(),
        mid: id.map(str::to_owned),
        value,
    };
    world.emit_change(change, done);
}
