//! What the phone shows: the account, the customer, the thread.

use crate::clock::now_ms;
use crate::world::{Channel, World};
use serde_json::{Value, json};

/// A thread as the phone and the tests see it.
pub fn view(world: &mut World, page_id: &str, customer_id: &str) -> Value {
    let channel = world.channel(page_id).unwrap_or(Channel::Messenger);
    let page = account(world, page_id);
    let psid = (channel != Channel::WhatsApp).then(|| world.psid(page_id, customer_id));
    let mut customer = json!(world.customers.get(customer_id).map(|customer| {
        json!({"id": customer_id, "psid": psid, "first_name": customer.first_name, "last_name": customer.last_name,
            "name": format!("{} {}", customer.first_name, customer.last_name).trim(),
            "picture_url": world.customer_picture(customer_id)})
    }));
    match channel {
        Channel::Messenger => {}
        Channel::Instagram => customer["instagram"] = json!(world.instagram_person(customer_id)),
        Channel::WhatsApp => {
            let identity = world.identity(page_id, customer_id);
            customer["whatsapp"] = json!({
                "phone": format!("+{}", identity.phone), "user_id": identity.user_id, "username": identity.username,
                "profile_name": identity.profile_name, "shows_phone": identity.shows_phone,
            });
        }
    }
    let thread = world.thread(page_id, customer_id);
    let (page_seen, customer_read) = (thread.page_seen_ms, thread.customer_read_ms);
    let messages: Vec<Value> = thread
        .messages
        .iter()
        .map(|message| {
            let mut value = json!(message);
            value["seen"] = json!(match message.direction {
                crate::thread::Direction::In => message.timestamp <= page_seen,
                crate::thread::Direction::Out => match message.status.as_deref() {
                    Some(status) => matches!(status, "read" | "played"),
                    None => message.timestamp <= customer_read,
                },
            });
            value
        })
        .collect();
    json!({
        "channel": channel.name(),
        "page": page,
        "customer": customer,
        "messages": messages,
        "typing": thread.typing_until > now_ms(),
        "typing_until": thread.typing_until,
        "page_seen_ms": page_seen,
        "customer_read_ms": customer_read,
        "blocked": thread.blocked,
        "marketing_stopped": thread.marketing_stopped,
        "window_closes_ms": thread.window_closes_ms(),
    })
}

/// The account at the top of the phone.
fn account(world: &World, id: &str) -> Value {
    let subscribed_by = world.attached(id, None);
    if let Some(page) = world.pages.get(id) {
        return json!({"id": id, "name": page.seed.name, "category": page.seed.category,
            "picture_url": world.page_picture(id), "profile": page.profile, "subscribed_by": subscribed_by});
    }
    if let Some(account) = world.instagram.get(id) {
        return json!({"id": id, "name": account.seed.name, "username": account.seed.username,
            "category": format!("@{}", account.seed.username), "picture_url": world.instagram_picture(id),
            "profile": account.profile, "subscribed_by": subscribed_by});
    }
    match world.numbers.get(id) {
        Some(number) => json!({"id": id, "name": number.seed.verified_name, "category": number.seed.display_phone,
            "phone": number.seed.display_phone, "picture_url": world.page_picture(id), "profile": number.profile,
            "registered": number.seed.registered, "subscribed_by": subscribed_by}),
        None => Value::Null,
    }
}
