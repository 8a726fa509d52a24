//! The Send API: who may write to whom and when, and what follows: the message, its echo, its delivery (§3).

use super::Outcome;
use super::attachments;
use super::auth::{self, Caller};
use super::content::{self, Content};
use super::error::GraphError;
use super::personas;
use super::request::Call;
use crate::clock::now_ms;
use crate::media::Medium;
use crate::phone;
use crate::shared::Shared;
use crate::thread::{Attachment, Direction, Message, Window};
use crate::world::World;
use serde_json::{Value, json};

/// How long typing dots stay without a message (§3.2).
const TYPING_MS: i64 = 20_000;

/// `POST /{page}/messages`.
pub async fn messages(shared: &Shared, call: &Call, caller: &Caller, page_id: &str) -> Outcome {
    let Recipient { psid, customer_id, comment } = {
        let mut world = shared.world();
        auth::page_with(&world, caller, page_id, "POST", "pages_messaging", "MESSAGING")?;
        recipient(&mut world, call, page_id)?
    };
    let message = call.json("message")?;
    let action = call.text("sender_action");
    let message = match (message, action) {
        (Some(_), Some(_)) => {
            let text = "(#100) Sender action and message cannot be sent together";
            return Err(GraphError::new(100, text).subcode(2018014));
        }
        (None, None) => return Err(GraphError::required("message")),
        (None, Some(_)) if comment.is_some() => {
            return Err(GraphError::parameter("A private reply holds a message"));
        }
        (None, Some(action)) => {
            return sender_action(shared, call, page_id, &customer_id, &psid, &action);
        }
        (Some(message), None) => message,
    };
    let tag = check_tag(call)?;
    let content = content::check(&message, &call.files)?;
    if let Some(kind) = call.text("notification_type")
        && !matches!(kind.as_str(), "REGULAR" | "SILENT_PUSH" | "NO_PUSH")
    {
        return Err(GraphError::parameter(
            "Param notification_type must be one of {NO_PUSH, REGULAR, SILENT_PUSH}",
        ));
    }
    check_window(&mut shared.world(), caller.app_id(), page_id, &customer_id, tag.as_deref(), comment.is_some())?;
    let reply_to = call.json("reply_to")?.and_then(|value| value["mid"].as_str().map(str::to_owned));
    if let Some(mid) = &reply_to
        && shared.world().thread(page_id, &customer_id).find(mid).is_none()
    {
        return Err(GraphError::parameter("The message that reply_to names does not exist in this conversation"));
    }
    let persona = personas::of_message(&shared.world(), page_id, call.text("persona_id").as_deref())?;
    let mut content = content;
    if let Some(template) = &mut content.template {
        name_media(&shared.world(), page_id, template)?;
    }
    let mut files = Vec::new();
    for piece in &content.pieces {
        files.push(attachments::resolve(shared, page_id, piece).await?);
    }
    let reusable = files.first().filter(|file| file.reusable).map(|file| file.id.clone());
    let author = Author { app_id: caller.app_id(), tag, reply_to, persona };
    if let Some((id, is_post)) = &comment {
        let mut world = shared.world();
        world.private_reply(page_id, id, *is_post)?;
        world.mark_replied(id);
    }
    let mid = post(shared, page_id, &customer_id, author, content, &files);
    let mut answer = json!({"message_id": mid});
    // Only the echo names the recipient of a private reply (§3.1).
    if comment.is_none() {
        answer["recipient_id"] = json!(psid);
    }
    if let Some(id) = reusable {
        answer["attachment_id"] = json!(id);
    }
    Ok(answer)
}

/// The recipient of a message.
struct Recipient {
    psid: String,
    customer_id: String,
    /// The comment or post (then true) to which it is the private reply.
    comment: Option<(String, bool)>,
}

fn recipient(world: &mut World, call: &Call, page_id: &str) -> Result<Recipient, GraphError> {
    let recipient = call.json("recipient")?.ok_or_else(|| GraphError::required("recipient"))?;
    let known: Vec<&str> =
        ["id", "comment_id", "post_id"].into_iter().filter(|key| !recipient[*key].is_null()).collect();
    if known.len() != 1 {
        return Err(GraphError::parameter(
            "Param recipient must hold one of {comment_id, id, post_id}; the sandbox knows no other recipients.",
        ));
    }
    let id = match &recipient[known[0]] {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return Err(GraphError::parameter(format_args!("Param recipient[{}] must be an id", known[0]))),
    };
    if known[0] != "id" {
        let is_post = known[0] == "post_id";
        let customer_id = world.private_reply(page_id, &id, is_post)?;
        let psid = world.psid(page_id, &customer_id);
        return Ok(Recipient { psid, customer_id, comment: Some((id, is_post)) });
    }
    match world.psids.get(&id) {
        Some((page, customer)) if page == page_id => {
            let customer_id = customer.clone();
            Ok(Recipient { psid: id, customer_id, comment: None })
        }
        _ => Err(GraphError::new(100, "(#100) No matching user found").subcode(2018001)),
    }
}

/// `messaging_type` and `tag`; three tags are rejected since 2026-04-27 (§3.5).
fn check_tag(call: &Call) -> Result<Option<String>, GraphError> {
    let tag = call.text("tag").filter(|tag| !tag.is_empty());
    match call.text("messaging_type").as_deref() {
        None | Some("RESPONSE" | "UPDATE" | "UTILITY") => {}
        Some("MESSAGE_TAG") if tag.is_none() => return Err(GraphError::required("tag")),
        Some("MESSAGE_TAG") => {}
        Some(other) => {
            return Err(GraphError::parameter(format_args!(
                "Param messaging_type must be one of {{MESSAGE_TAG, RESPONSE, UPDATE, UTILITY}} - got \"{other}\"."
            )));
        }
    }
    match tag.as_deref() {
        None | Some("HUMAN_AGENT" | "CUSTOMER_FEEDBACK") => Ok(tag),
        Some(other) => Err(GraphError::parameter(format_args!("The message tag {other} is no longer supported"))),
    }
}

/// The 24-hour window, `HUMAN_AGENT` up to seven days, and customers who blocked the Page (§3.5, §6.3). A private reply
/// needs no window.
fn check_window(
    world: &mut World,
    app_id: &str,
    page_id: &str,
    customer_id: &str,
    tag: Option<&str>,
    private_reply: bool,
) -> Result<(), GraphError> {
    let human_agent = world.apps.get(app_id).is_some_and(|app| app.settings.human_agent);
    let thread = world.thread(page_id, customer_id);
    if thread.blocked {
        return Err(GraphError::new(551, "(#551) This person isn't available right now.").subcode(1545041));
    }
    if tag == Some("HUMAN_AGENT") && !human_agent {
        return Err(GraphError::new(3, "(#3) Application does not have the capability to make this API call."));
    }
    let allowed = match thread.window() {
        _ if private_reply => true,
        Window::Standard => true,
        Window::HumanAgent => matches!(tag, Some("HUMAN_AGENT" | "CUSTOMER_FEEDBACK")),
        Window::Closed => false,
    };
    if allowed {
        return Ok(());
    }
    let text = "(#10) This message is sent outside of allowed window. Learn more about the new policy here: \
                https://developers.facebook.com/docs/messenger-platform/policy-overview";
    Err(GraphError::new(10, text).status(403).subcode(2018278))
}

/// `typing_on`, `typing_off`, `mark_seen`, `react`, `unreact` (§3.2).
fn sender_action(
    shared: &Shared,
    call: &Call,
    page_id: &str,
    customer_id: &str,
    psid: &str,
    action: &str,
) -> Outcome {
    let mut world = shared.world();
    let payload = call.json("payload")?.unwrap_or_default();
    let thread = world.thread(page_id, customer_id);
    match action.to_ascii_lowercase().as_str() {
        "typing_on" => thread.typing_until = now_ms() + TYPING_MS,
        "typing_off" => thread.typing_until = 0,
        "mark_seen" => thread.page_seen_ms = now_ms(),
        kind @ ("react" | "unreact") => {
            let mid = payload["message_id"].as_str().ok_or_else(|| GraphError::required("payload[message_id]"))?;
            let message =
                thread.find(mid).ok_or_else(|| GraphError::parameter("The message to react to does not exist"))?;
            match payload["reaction"].as_str() {
                Some(reaction) if kind == "react" && !reaction.trim().is_empty() => {
                    drop(message.reactions.insert("page".to_owned(), reaction.to_owned()))
                }
                _ if kind == "react" => return Err(GraphError::required("payload[reaction]")),
                _ => drop(message.reactions.remove("page")),
            }
        }
        other => {
            return Err(GraphError::parameter(format_args!(
                "Param sender_action must be one of {{MARK_SEEN, REACT, TYPING_OFF, TYPING_ON, UNREACT}} - got \"{other}\"."
            )));
        }
    }
    world.touch(page_id, customer_id);
    Ok(json!({"recipient_id": psid}))
}

/// Who writes for the Page, and how.
pub struct Author<'a> {
    /// The app; Meta's own inbox has one too.
    pub app_id: &'a str,
    /// Message tag.
    pub tag: Option<String>,
    pub reply_to: Option<String>,
    /// The persona it speaks as.
    pub persona: Option<Value>,
}

/// A media template names a file by its id; echo and phone want its address.
fn name_media(world: &World, page_id: &str, template: &mut Value) -> Result<(), GraphError> {
    let Some(element) = template.get_mut("elements").and_then(|list| list.get_mut(0)) else { return Ok(()) };
    let id = match element.get("attachment_id").unwrap_or(&Value::Null) {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return Ok(()),
    };
    let medium = attachments::stored(world, page_id, &id)?;
    if element["media_type"] != medium.kind.as_str() {
        return Err(GraphError::new(100, "(#100) The attachment is of another media type").subcode(2018182));
    }
    element["url"] = json!(format!("{}{}", world.base_url, medium.path()));
    Ok(())
}

/// Puts the Page's message into the thread, echoes it, and lets the phone receive it a moment later.
pub fn post(
    shared: &Shared,
    page_id: &str,
    customer_id: &str,
    author: Author<'_>,
    content: Content,
    files: &[Medium],
) -> String {
    post_with(shared, page_id, customer_id, author, content, files, None)
}

/// The same with one more attachment, which is not a file.
pub fn post_with(
    shared: &Shared,
    page_id: &str,
    customer_id: &str,
    author: Author<'_>,
    content: Content,
    files: &[Medium],
    special: Option<Attachment>,
) -> String {
    let (mid, delay) = {
        let mut world = shared.world();
        let mut message = Message::new(phone::new_mid(&mut world, page_id), Direction::Out);
        message.attachments = files.iter().map(|file| as_attachment(&world, file)).collect();
        message.attachments.extend(special);
        if let Some(sticker) = &content.sticker_id {
            message.attachments.push(phone::sticker(&world, sticker));
        }
        message.text = content.text;
        message.template = content.template;
        message.quick_replies = content.quick_replies;
        message.metadata = content.metadata;
        message.app_id = Some(author.app_id.to_owned());
        message.tag = author.tag;
        message.reply_to = author.reply_to;
        message.persona = author.persona;
        let (mid, delay) = (message.mid.clone(), world.settings.delivery_ms);
        let echo = phone::echo_event(&mut world, page_id, customer_id, &message);
        world.thread(page_id, customer_id).push(message);
        world.emit(echo, None);
        world.touch(page_id, customer_id);
        (mid, delay)
    };
    phone::receive_later(shared, page_id, customer_id, &mid, delay);
    mid
}

/// A file as part of a message.
pub fn as_attachment(world: &World, file: &Medium) -> Attachment {
    let url = format!("{}{}", world.base_url, file.path());
    let mut payload = json!({"url": url});
    if file.reusable {
        // In echoes attachment ids are numbers (§2.5).
        payload["attachment_id"] = json!(file.id.parse::<u64>().unwrap_or_default());
    }
    Attachment {
        kind: file.kind.clone(),
        url: Some(url),
        name: Some(file.name.clone()),
        mime: Some(file.mime.clone()),
        attachment_id: file.reusable.then(|| file.id.clone()),
        payload,
    }
}
