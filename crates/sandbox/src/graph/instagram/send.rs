//! Sending to someone on Instagram: who may write to whom and when, and the echo that follows (§3.7, §6.3).

use super::access::{Need, account_of, with};
use super::content;
use crate::clock::now_ms;
use crate::graph::auth::Caller;
use crate::graph::error::GraphError;
use crate::graph::request::Call;
use crate::graph::send::{Author, post_with};
use crate::graph::{Outcome, attachments};
use crate::shared::Shared;
use crate::thread::{Attachment, Window};
use crate::world::World;
use serde_json::{Value, json};

/// How long typing dots stay without a message (§3.2).
const TYPING_MS: i64 = 20_000;

/// `POST /{page}/messages` on Facebook's host, `POST /{igid}/messages` on Instagram's.
pub async fn messages(shared: &Shared, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let (account_id, customer_id, igsid, comment) = {
        let mut world = shared.world();
        let account_id = account_of(&world, id)?;
        with(&world, caller, "POST", &account_id, Need::Messages)?;
        let (customer, igsid, comment) = recipient(&mut world, call, &account_id)?;
        (account_id, customer, igsid, comment)
    };
    let message = match (call.json("message")?, call.text("sender_action")) {
        (Some(_), Some(_)) => {
            let text = "(#100) Sender action and message cannot be sent together";
            return Err(GraphError::new(100, text).subcode(2_018_014));
        }
        (None, None) => return Err(GraphError::required("message")),
        (None, Some(_)) if comment.is_some() => {
            return Err(GraphError::parameter("A private reply holds a message"));
        }
        (None, Some(action)) => {
            check_access(&mut shared.world(), &account_id, &customer_id)?;
            return sender_action(shared, call, &account_id, &customer_id, &igsid, &action);
        }
        (Some(message), None) => message,
    };
    let tag = check_tag(call)?;
    let checked = content::check(&message, &call.files)?;
    {
        let mut world = shared.world();
        check_access(&mut world, &account_id, &customer_id)?;
        check_window(&mut world, caller.app_id(), &account_id, &customer_id, tag.as_deref(), comment.is_some())?;
    }
    let reply_to = call.json("reply_to")?.and_then(|value| value["mid"].as_str().map(str::to_owned));
    if let Some(mid) = &reply_to
        && shared.world().thread(&account_id, &customer_id).find(mid).is_none()
    {
        return Err(GraphError::parameter("The message that reply_to names does not exist in this conversation"));
    }
    let mut files = Vec::new();
    for piece in &checked.content.pieces {
        let file = attachments::resolve(shared, id, piece).await?;
        content::check_file(piece, &file)?;
        files.push(file);
    }
    let reusable = files.first().filter(|file| file.reusable).map(|file| file.id.clone());
    if let Some(comment) = &comment {
        let mut world = shared.world();
        world.private_reply(&account_id, comment, false)?;
        world.mark_replied(comment);
    }
    let author = Author { app_id: caller.app_id(), tag, reply_to, persona: None };
    let special = checked.special.map(|(kind, post)| special(kind, post));
    let mid = post_with(shared, &account_id, &customer_id, author, checked.content, &files, special);
    let mut answer = json!({"message_id": mid});
    if comment.is_none() {
        answer["recipient_id"] = json!(igsid);
    }
    if let Some(id) = reusable {
        answer["attachment_id"] = json!(id);
    }
    Ok(answer)
}

fn special(kind: &str, post: Option<String>) -> Attachment {
    let url = post.as_ref().map(|id| format!("https://www.instagram.com/p/{id}/"));
    Attachment {
        kind: if kind == "like_heart" { "like_heart" } else { "ig_post" }.to_owned(),
        url: url.clone(),
        name: None,
        mime: None,
        attachment_id: None,
        payload: post.map_or_else(|| json!({}), |id| json!({"url": url, "id": id})),
    }
}

/// The customer, their id, and the comment that is replied to.
fn recipient(
    world: &mut World,
    call: &Call,
    account_id: &str,
) -> Result<(String, String, Option<String>), GraphError> {
    let recipient = call.json("recipient")?.ok_or_else(|| GraphError::required("recipient"))?;
    let text = |name: &str| {
        recipient[name].as_str().map(str::to_owned).or(recipient[name].as_u64().map(|id| id.to_string()))
    };
    match (text("id"), text("comment_id")) {
        (Some(id), None) => match world.psids.get(&id) {
            Some((account, customer)) if account == account_id => Ok((customer.clone(), id, None)),
            _ => Err(GraphError::new(100, "(#100) The requested user cannot be found").subcode(2_534_014)),
        },
        (None, Some(comment)) => {
            let customer = world.private_reply(account_id, &comment, false)?;
            let igsid = world.psid(account_id, &customer);
            Ok((customer, igsid, Some(comment)))
        }
        _ => Err(GraphError::parameter("Param recipient must hold one of {comment_id, id}.")),
    }
}

/// `HUMAN_AGENT` is the only tag (§3.7).
fn check_tag(call: &Call) -> Result<Option<String>, GraphError> {
    if call.text("persona_id").is_some() {
        return Err(GraphError::parameter("Instagram has no personas"));
    }
    let tag = call.text("tag").filter(|tag| !tag.is_empty());
    match (call.text("messaging_type").as_deref(), tag.as_deref()) {
        (None | Some("RESPONSE" | "UPDATE"), None) | (_, Some("HUMAN_AGENT")) => Ok(tag),
        (Some("MESSAGE_TAG"), None) => Err(GraphError::required("tag")),
        (_, Some(other)) => Err(GraphError::parameter(format_args!("The message tag {other} is not supported"))),
        (Some(other), None) => Err(GraphError::parameter(format_args!(
            "Param messaging_type must be one of {{MESSAGE_TAG, RESPONSE, UPDATE}} - got \"{other}\"."
        ))),
    }
}

/// The account's owner lets apps read and write, and the person has not blocked the account.
fn check_access(world: &mut World, account_id: &str, customer_id: &str) -> Result<(), GraphError> {
    let open = world.instagram.get(account_id).is_some_and(|account| account.seed.allows_access);
    if !open || !world.instagram_person(customer_id).allows_access {
        let text = "(#200) The account owner has disabled access to instagram direct messages.";
        return Err(GraphError::new(200, text).status(403).subcode(2_534_041));
    }
    if world.thread(account_id, customer_id).blocked {
        return Err(GraphError::new(551, "(#551) This person isn't available right now.").subcode(1_545_041));
    }
    Ok(())
}

fn check_window(
    world: &mut World,
    app_id: &str,
    account_id: &str,
    customer_id: &str,
    tag: Option<&str>,
    private_reply: bool,
) -> Result<(), GraphError> {
    let human_agent = world.apps.get(app_id).is_some_and(|app| app.settings.human_agent);
    if tag.is_some() && !human_agent {
        return Err(GraphError::new(3, "(#3) Application does not have the capability to make this API call."));
    }
    let allowed = match world.thread(account_id, customer_id).window() {
        _ if private_reply => true,
        Window::Standard => true,
        Window::HumanAgent => tag.is_some(),
        Window::Closed => false,
    };
    if allowed {
        return Ok(());
    }
    let text = "(#10) This message is sent outside of allowed window.";
    Err(GraphError::new(10, text).status(403).subcode(2_534_022))
}

/// `typing_on`, `typing_off`, `mark_seen`, `react` with `love`, `unreact` (§3.2).
fn sender_action(
    shared: &Shared,
    call: &Call,
    account_id: &str,
    customer_id: &str,
    igsid: &str,
    action: &str,
) -> Outcome {
    let payload = call.json("payload")?.unwrap_or_default();
    let mut world = shared.world();
    let thread = world.thread(account_id, customer_id);
    match action.to_ascii_lowercase().as_str() {
        "typing_on" => thread.typing_until = now_ms() + TYPING_MS,
        "typing_off" => thread.typing_until = 0,
        "mark_seen" => thread.page_seen_ms = now_ms(),
        kind @ ("react" | "unreact") => {
            let mid = payload["message_id"].as_str().ok_or_else(|| GraphError::required("payload[message_id]"))?;
            let message = thread.find(mid);
            let message =
                message.ok_or_else(|| GraphError::parameter("The message to react to does not exist"))?;
            match (kind, &payload["reaction"]) {
                ("unreact", _) => drop(message.reactions.remove("page")),
                (_, Value::String(reaction)) if reaction == "love" => {
                    message.reactions.insert("page".to_owned(), "❤️".to_owned());
                }
                _ => return Err(GraphError::parameter("Param payload[reaction] must be one of {LOVE}")),
            }
        }
        other => {
            return Err(GraphError::parameter(format_args!(
                "Param sender_action must be one of {{MARK_SEEN, REACT, TYPING_OFF, TYPING_ON, UNREACT}} - got \"{other}\"."
            )));
        }
    }
    world.touch(account_id, customer_id);
    Ok(json!({"recipient_id": igsid}))
}
