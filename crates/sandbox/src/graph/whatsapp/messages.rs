//! `POST /{phone-number-id}/messages`: what is accepted, and what becomes of it (§3.8, §6.4, §7.4).

use super::content::{self, Content, invalid};
use super::recipient::{self, Recipient};
use super::registration::not_registered;
use super::template::{self, Filled};
use super::{MESSAGE, check_product, media, number_with};
use crate::clock::now_ms;
use crate::graph::auth::Caller;
use crate::graph::error::GraphError;
use crate::graph::request::Call;
use crate::graph::{Outcome, attachments};
use crate::media::Medium;
use crate::phone::whatsapp::{Begun, Fate, begin, fail};
use crate::seed::Category;
use crate::shared::Shared;
use crate::thread::{Attachment, Direction, Message, Sending, Window};
use crate::world::{Kind, World};
use serde_json::{Value, json};

/// Typing shows this long (§3.8).
const TYPING_MS: i64 = 25_000;
/// The number of messages to one person without a pause; after them one in six seconds (§7.4).
const PAIR_BURST: f64 = 45.0;
const PAIR_MS: f64 = 6_000.0;
const DAY_MS: i64 = 24 * 3_600_000;

/// Accepts a message, or marks one as read.
pub async fn send(shared: &Shared, call: &Call, caller: &Caller, phone_id: &str) -> Outcome {
    {
        let world = shared.world();
        number_with(&world, caller, phone_id, "POST", MESSAGE)?;
        let locked = world.waba_of(phone_id).is_some_and(|waba| waba.seed.locked);
        if locked {
            let details = "Business account is restricted from messaging users.";
            return Err(GraphError::whatsapp(131_031, "Business Account locked", details));
        }
        if !world.numbers.get(phone_id).is_some_and(|number| number.seed.registered) {
            return Err(not_registered());
        }
        if world.numbers.get(phone_id).is_some_and(|number| number.seed.name_status == "DECLINED") {
            let details = "The display name of the phone number was declined; choose another one.";
            return Err(GraphError::whatsapp(131_037, "Display name not approved", details));
        }
    }
    if call.params.contains_key("status") {
        return read(&mut shared.world(), call, phone_id);
    }
    let content = content::check(call)?;
    let opaque = call.text("biz_opaque_callback_data");
    if opaque.as_ref().is_some_and(|text| text.chars().count() > 512) {
        return Err(content::too_long("biz_opaque_callback_data", 512));
    }
    let (accepted, link) = accept(&mut shared.world(), call, phone_id, content, opaque)?;
    let Accepted { answer, mut begun } = accepted;
    if let (Some((kind, link)), Fate::Arrives) = (link, &begun.fate) {
        let (shared, customer) = (shared.clone(), begun.customer_id.clone());
        // Meta fetches the file after it has responded: a bad address leads to a `failed` status (131052, 131053).
        tokio::spawn(async move {
            begun.fate = fetch(&shared, &begun.phone_id, customer.as_deref(), &begun.id, &kind, &link).await;
            begin(&shared, begun);
        });
    } else {
        begin(shared, begun);
    }
    Ok(answer)
}

struct Accepted {
    answer: Value,
    begun: Begun,
}

/// `{"status":"read","message_id","typing_indicator"?}`: everything up to that message has been seen.
fn read(world: &mut World, call: &Call, phone_id: &str) -> Outcome {
    check_product(call)?;
    if call.text("status").as_deref() != Some("read") {
        return Err(GraphError::parameter("Param status must be one of {READ}."));
    }
    let id = call.text("message_id").ok_or_else(|| content::missing("Parameter 'message_id' is mandatory"))?;
    let typing = call.json("typing_indicator")?;
    if typing.as_ref().is_some_and(|typing| typing["type"] != "text") {
        return Err(GraphError::parameter("Param typing_indicator['type'] must be one of {TEXT}."));
    }
    let found = world.writer(phone_id, &id);
    let customer = found.ok_or_else(|| invalid("The message_id is not one that was received."))?;
    let thread = world.thread(phone_id, &customer);
    let at = thread.find(&id).map_or(0, |message| message.timestamp);
    thread.page_seen_ms = thread.page_seen_ms.max(at);
    if typing.is_some() {
        thread.typing_until = now_ms() + TYPING_MS;
    }
    world.touch(phone_id, &customer);
    Ok(json!({"success": true}))
}

/// Throughput of the number and of the pair (§7.4). A refused call counts too.
fn check_rate(world: &mut World, phone_id: &str, customer_id: Option<&str>) -> Result<(), GraphError> {
    let now = world.now_ms();
    let most = world.settings.whatsapp_messages_per_second.max(1) as usize;
    if let Some(number) = world.numbers.get_mut(phone_id) {
        number.sent_ms.retain(|at| now - at < 1_000);
        if number.sent_ms.len() >= most {
            let details = "Message failed to send because there were too many messages sent from this phone number in a short period of time";
            return Err(GraphError::whatsapp(130_429, "Rate limit hit", details));
        }
        number.sent_ms.push_back(now);
    }
    let limited = world.settings.whatsapp_pair_limit;
    if let Some(customer) = customer_id.filter(|_| limited) {
        let thread = world.thread(phone_id, customer);
        let (left, since) = thread.pair.unwrap_or((PAIR_BURST, now));
        let left = (left + (now - since).max(0) as f64 / PAIR_MS).min(PAIR_BURST);
        if left < 1.0 {
            thread.pair = Some((left, now));
            let details = "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time";
            return Err(GraphError::whatsapp(
                131_056,
                "(Business Account, Consumer Account) pair rate limit hit",
                details,
            ));
        }
        thread.pair = Some((left - 1.0, now));
    }
    Ok(())
}

fn check_recipient(world: &World, phone_id: &str, to: &Recipient) -> Result<(), GraphError> {
    let Some(number) = world.numbers.get(phone_id) else { return Ok(()) };
    if number.digits() == to.phone {
        let details = "Recipient and sender phone number is the same.";
        return Err(GraphError::whatsapp(131_021, "Recipient cannot be sender", details));
    }
    if let Some(allowed) = &number.seed.allowed_recipients
        && !allowed.iter().any(|phone| crate::world::digits(phone) == to.phone)
    {
        let details = "Recipient phone number not in allowed list: add it to the recipients of the test number.";
        return Err(GraphError::whatsapp(131_030, "Recipient phone number not in allowed list", details));
    }
    Ok(())
}

/// A file that Meta still has to fetch: its kind and address.
type Link = Option<(String, String)>;

fn accept(
    world: &mut World,
    call: &Call,
    phone_id: &str,
    content: Content,
    opaque: Option<String>,
) -> Result<(Accepted, Link), GraphError> {
    let to = recipient::read(world, call, phone_id)?;
    check_recipient(world, phone_id, &to)?;
    let Content { kind, object, text } = content;
    let template = match (kind.as_str(), world.waba_of(phone_id)) {
        ("template", Some(waba)) => Some(template::fill(waba, &object)?),
        _ => None,
    };
    if template.as_ref().is_some_and(|it| it.needs_phone) && to.phone.is_empty() {
        let details = "Authentication templates with a code need the phone number, not a user id.";
        return Err(GraphError::whatsapp(
            131_062,
            "Business-scoped User ID recipients are not supported",
            details,
        ));
    }
    let file = file_of(&kind, &object, template.as_ref());
    let (medium, link) = match &file {
        Some((_, Value::Object(file))) if file.contains_key("id") => {
            (Some(by_id(world, phone_id, &kind, &file["id"])?), None)
        }
        Some((kind, file)) => (None, file["link"].as_str().map(|link| (kind.clone(), link.to_owned()))),
        None => (None, None),
    };
    let reply_to = call.json("context")?.and_then(|context| context["message_id"].as_str().map(str::to_owned));
    if kind == "reaction" {
        let id = object["message_id"].as_str().unwrap_or_default();
        let known =
            to.customer_id.as_deref().is_some_and(|customer| world.thread(phone_id, customer).find(id).is_some());
        if !known {
            return Err(invalid("The message to react to does not exist in this chat."));
        }
    }
    check_rate(world, phone_id, to.customer_id.as_deref())?;
    let mut fate = fate(world, phone_id, &to, template.as_ref());
    if let (Some(medium), Some((kind, _)), Fate::Arrives) = (&medium, &file, &fate)
        && let Some(problem) = media::problem(kind, &medium.mime, &medium.bytes)
    {
        fate = fail(131_053, "Media upload error", &problem);
    }
    let id = world.next_wamid();
    let open = to.customer_id.as_deref().is_some_and(|id| world.thread(phone_id, id).window() == Window::Standard);
    let category = template.as_ref().map(|it| it.category);
    let sending = Sending {
        phone: to.phone.clone(),
        user_id: to.user_id.clone(),
        opaque,
        category: category.map_or("service", Category::price).to_owned(),
        billable: category.is_some_and(|it| it != Category::Utility || !open),
    };
    if let Some(customer) = &to.customer_id {
        let mut message = Message::new(id.clone(), Direction::Out);
        message.text =
            text.or_else(|| template.as_ref().and_then(|it| it.rendered["body"].as_str().map(str::to_owned)));
        message.content = content::stored(&kind, &object);
        message.template = template.map(|it| it.rendered);
        message.reply_to = reply_to;
        message.status = Some("accepted".to_owned());
        message.sending = Some(sending.clone());
        message.attachments = medium.iter().map(|medium| attachment(world, medium)).collect();
        put(world, phone_id, customer, message, &kind, &object, &fate);
    }
    let answer = json!({
        "messaging_product": "whatsapp", "contacts": [to.contact],
        "messages": [{"id": id, "message_status": "accepted"}],
    });
    let begun = Begun { phone_id: phone_id.to_owned(), customer_id: to.customer_id, id, sending, fate };
    Ok((Accepted { answer, begun }, link))
}

/// Puts a message into the thread; a reaction becomes a mark on another one.
fn put(
    world: &mut World,
    phone_id: &str,
    customer: &str,
    message: Message,
    kind: &str,
    object: &Value,
    fate: &Fate,
) {
    let by_phone = message.sending.as_ref().is_some_and(|sending| !sending.phone.is_empty());
    let thread = world.thread(phone_id, customer);
    thread.phone_known |= by_phone;
    if kind != "reaction" {
        thread.push(message);
    } else if matches!(fate, Fate::Arrives) {
        let emoji = object["emoji"].as_str().unwrap_or_default().to_owned();
        if let Some(target) = thread.find(object["message_id"].as_str().unwrap_or_default()) {
            if emoji.is_empty() {
                target.reactions.remove("page");
            } else {
                target.reactions.insert("page".to_owned(), emoji);
            }
        }
    }
    world.touch(phone_id, customer);
}

/// The file of a message, of an interactive header or of a template's header.
fn file_of(kind: &str, object: &Value, template: Option<&Filled>) -> Option<(String, Value)> {
    match kind {
        "image" | "video" | "audio" | "document" | "sticker" => Some((kind.to_owned(), object.clone())),
        "interactive" => {
            let header = &object["header"];
            let kind = header["type"].as_str().filter(|kind| *kind != "text")?;
            Some((kind.to_owned(), header[kind].clone()))
        }
        _ => template?.media.clone(),
    }
}

fn by_id(world: &World, phone_id: &str, kind: &str, id: &Value) -> Result<Medium, GraphError> {
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    media::find(world, phone_id, &id).ok_or_else(|| {
        GraphError::parameter(format_args!(
            "Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
        ))
    })
}

/// A file as the phone shows it.
fn attachment(world: &World, medium: &Medium) -> Attachment {
    let kind = if medium.kind == "document" { "file" } else { &medium.kind };
    Attachment {
        kind: kind.to_owned(),
        url: Some(format!("{}{}", world.base_url, medium.path())),
        name: Some(medium.name.clone()),
        mime: Some(medium.mime.clone()),
        attachment_id: Some(medium.id.clone()),
        payload: Value::Null,
    }
}

/// What becomes of the message once it is accepted.
fn fate(world: &mut World, phone_id: &str, to: &Recipient, template: Option<&Filled>) -> Fate {
    let Some(customer) = to.customer_id.clone() else {
        return fail(131_026, "Message undeliverable", "Message Undeliverable.");
    };
    if let Some(fault) = world.take_conversation_fault(Kind::WhatsappStatus, phone_id, &customer) {
        let title = fault.message.as_deref().unwrap_or("An error switched on in the sandbox");
        return fail(fault.code.unwrap_or(131_000), title, fault.body.as_deref().unwrap_or(title));
    }
    let thread = world.thread(phone_id, &customer);
    let (open, blocked, stopped) = (thread.window() == Window::Standard, thread.blocked, thread.marketing_stopped);
    if blocked {
        return fail(131_026, "Message undeliverable", "Message Undeliverable.");
    }
    let Some(template) = template else {
        let details = "Message failed to send because more than 24 hours have passed since the customer last replied to this number.";
        return if open { Fate::Arrives } else { fail(131_047, "Re-engagement message", details) };
    };
    if template.category == Category::Marketing && stopped {
        return fail(
            131_050,
            "Unable to deliver the message",
            "The user has stopped marketing messages from this business.",
        );
    }
    if !world.waba_of(phone_id).is_some_and(|waba| waba.seed.payment_ok) {
        let details =
            "Message failed to send because there were one or more errors related to your payment method.";
        return fail(131_042, "Business eligibility payment issue", details);
    }
    if !open && !counted(world, phone_id, &customer) {
        let details = "Message failed to send because the portfolio has reached its messaging limit of 24 hours.";
        return fail(131_048, "Spam rate limit hit", details);
    }
    Fate::Arrives
}

/// Counts a person to whom the portfolio writes first; `false` over the limit of 24 hours (§7.4).
fn counted(world: &mut World, phone_id: &str, customer: &str) -> bool {
    let now = world.now_ms();
    let limit = world.numbers.get(phone_id).map_or(0, |number| number.seed.limit.people());
    let Some(business) = world.waba_of(phone_id).map(|waba| waba.seed.business_id.clone()) else { return true };
    let people = world.first_written.entry(business).or_default();
    people.retain(|_, at| now - *at < DAY_MS);
    if people.len() >= limit && !people.contains_key(customer) {
        return false;
    }
    people.insert(customer.to_owned(), now);
    true
}

/// Fetches a file by its address and puts it into the stored message.
async fn fetch(shared: &Shared, phone_id: &str, customer: Option<&str>, id: &str, kind: &str, link: &str) -> Fate {
    let (name, mime, bytes) = match attachments::fetch(shared, link, kind, 100 * 1024 * 1024).await {
        Ok(found) => found,
        Err(error) => {
            let reason = error.message.trim_start_matches("(#100) ");
            return fail(
                131_052,
                "Media download error",
                &format!("Downloading media from weblink failed. {reason}"),
            );
        }
    };
    let sniffed = crate::media::sniff(&bytes).map(str::to_owned);
    let declared = mime.filter(|mime| mime != "application/octet-stream");
    let mime = declared.or(sniffed).unwrap_or_else(|| "application/octet-stream".to_owned());
    if let Some(problem) = media::problem(kind, &mime, &bytes) {
        return fail(131_053, "Media upload error", &problem);
    }
    let mut world = shared.world();
    let medium = media::store(&mut world, phone_id, kind, name, &mime, bytes);
    let attachment = attachment(&world, &medium);
    if let Some(customer) = customer
        && let Some(message) = world.thread(phone_id, customer).find(id)
    {
        message.attachments.push(attachment);
        world.touch(phone_id, customer);
    }
    Fate::Arrives
}
