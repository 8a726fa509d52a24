//! The Conversations API: threads, their newest messages, single messages (§4.3).

use super::Outcome;
use super::auth::{self, Caller};
use super::error::GraphError;
use super::fields::{self, Field, Lookup};
use super::instagram::{self, Need};
use super::request::Call;
use crate::clock::iso;
use crate::thread::{Direction, Message};
use crate::world::World;
use serde_json::{Value, json};

/// Only this many messages of a thread can be read; older ones answer "deleted" (§4.3).
const READABLE: usize = 20;

/// A thread with the names of both sides.
struct Conversation {
    id: String,
    page_id: String,
    customer_id: String,
    psid: String,
    /// Then the names are usernames.
    instagram: bool,
    page_name: String,
    customer_name: String,
}

/// Whether an id can be a conversation's or a message's.
pub fn is_node(id: &str) -> bool {
    ["t_", "m_", "aWd"].iter().any(|start| id.starts_with(start))
}

fn check(world: &World, caller: &Caller, page_id: &str) -> Result<(), GraphError> {
    if world.instagram.contains_key(page_id) {
        instagram::with(world, caller, "GET", page_id, Need::Basic)?;
        instagram::with(world, caller, "GET", page_id, Need::Messages)?;
        return match caller {
            Caller::Page(token, _) if !auth::grant(world, token)?.has("pages_manage_metadata") => {
                Err(GraphError::not_granted("pages_manage_metadata"))
            }
            _ => Ok(()),
        };
    }
    let (page, token) = auth::page_with(world, caller, page_id, "GET", "pages_messaging", "MESSAGING")?;
    let grant = auth::grant(world, &token)?;
    let mut needed = vec!["pages_manage_metadata"];
    if world.settings.conversations_need_read_engagement {
        needed.push("pages_read_engagement");
    }
    match needed.into_iter().find(|permission| !grant.has(permission) || !grant.covers(&page.seed.id)) {
        Some(missing) => Err(GraphError::not_granted(missing)),
        None => Ok(()),
    }
}

fn conversation(world: &World, psid: &str) -> Option<Conversation> {
    let (page_id, customer_id) = world.psids.get(psid)?;
    let customer = world.customers.get(customer_id)?;
    Some(Conversation {
        id: format!("t_{psid}"),
        page_id: page_id.clone(),
        customer_id: customer_id.clone(),
        psid: psid.to_owned(),
        instagram: world.instagram.contains_key(page_id),
        page_name: match world.instagram.get(page_id) {
            Some(account) => account.seed.username.clone(),
            None => world.pages.get(page_id)?.seed.name.clone(),
        },
        customer_name: if world.instagram.contains_key(page_id) {
            world.instagram_person(customer_id).username
        } else {
            format!("{} {}", customer.first_name, customer.last_name).trim().to_owned()
        },
    })
}

/// `GET /{page}/conversations?platform=messenger[&user_id=]`.
pub fn list(world: &World, call: &Call, caller: &Caller, page_id: &str) -> Outcome {
    let account;
    let page_id = if call.instagram || instagram::by_platform(call) {
        account = instagram::account_of(world, page_id)?;
        account.as_str()
    } else {
        page_id
    };
    check(world, caller, page_id)?;
    if matches!(call.text("platform").as_deref(), Some(other) if !matches!(other.to_ascii_lowercase().as_str(), "messenger" | "instagram"))
    {
        return Ok(json!({"data": []}));
    }
    let asked = fields::asked(call.text("fields"), "id,link,updated_time")?;
    let wanted = call.text("user_id");
    let limit = call.text("limit").and_then(|text| text.parse::<usize>().ok()).unwrap_or(25).clamp(1, 100);
    let mut found: Vec<(i64, Conversation)> = world
        .psids
        .iter()
        .filter(|(psid, (page, _))| page == page_id && wanted.as_ref().is_none_or(|wanted| wanted == *psid))
        .filter_map(|(psid, key)| {
            let last = world.threads.get(key)?.messages.last()?.timestamp;
            Some((last, conversation(world, psid)?))
        })
        .collect();
    found.sort_by_key(|(last, _)| -last);
    let start = match call.text("after").filter(|after| !after.is_empty()) {
        None => 0,
        Some(after) => {
            let position = found.iter().position(|(_, conversation)| conversation.id == after);
            position.ok_or_else(|| GraphError::parameter("Invalid cursors values"))? + 1
        }
    };
    let slice = found.iter().skip(start).take(limit);
    let data =
        slice.map(|(_, conversation)| render(world, conversation, &asked)).collect::<Result<Vec<_>, _>>()?;
    let mut answer = json!({"data": data});
    if let (Some(first), Some(last)) =
        (answer["data"][0]["id"].as_str(), found.get((start + limit).min(found.len()).wrapping_sub(1)))
    {
        let mut paging = json!({"cursors": {"before": first, "after": last.1.id}});
        if start + limit < found.len() {
            paging["next"] = json!(format!("{}?after={}&limit={limit}", call.address(&world.base_url), last.1.id));
        }
        answer["paging"] = paging;
    }
    Ok(answer)
}

/// `GET /{conversation}` and `GET /{message}`.
pub fn node(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let unknown = || GraphError::unknown_object("GET", id);
    if let Some(psid) = id.strip_prefix("t_") {
        let conversation = conversation(world, psid).ok_or_else(unknown)?;
        check(world, caller, &conversation.page_id)?;
        return render(world, &conversation, &fields::asked(call.text("fields"), "id,link,updated_time")?);
    }
    let own = caller.page_id().ok_or_else(unknown)?;
    let linked = world.instagram_of_page(own).map(|account| account.seed.id.clone());
    let page_id = if id.starts_with("aWd") { linked.unwrap_or_else(|| own.to_owned()) } else { own.to_owned() };
    check(world, caller, &page_id)?;
    let mut threads = world.threads.iter().filter(|((page, _), _)| *page == page_id);
    let found = threads.find_map(|(key, thread)| {
        let index = thread.messages.iter().position(|message| message.mid == id)?;
        Some((key, thread, index))
    });
    let (key, thread, index) = found.ok_or_else(unknown)?;
    if thread.messages[index].unsent || index + READABLE < thread.messages.len() {
        return Err(GraphError::new(9_000_001, "(#9000001) This message has been deleted."));
    }
    let psid = world.psids.iter().find(|(_, known)| *known == key).map(|(psid, _)| psid.as_str());
    let conversation = psid.and_then(|psid| conversation(world, psid)).ok_or_else(unknown)?;
    render_message(&conversation, &thread.messages[index], &fields::asked(call.text("fields"), "id,created_time")?)
}

/// `GET /{conversation}/messages`.
pub fn messages(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let unknown = || GraphError::unknown_object("GET", id);
    let conversation = id.strip_prefix("t_").and_then(|psid| conversation(world, psid)).ok_or_else(unknown)?;
    check(world, caller, &conversation.page_id)?;
    let mut field = Field { name: "messages".to_owned(), alias: None, args: Default::default(), sub: Vec::new() };
    field.sub = fields::asked(call.text("fields"), "id,created_time")?;
    if let Some(limit) = call.text("limit") {
        field.args.insert("limit".to_owned(), limit);
    }
    Ok(render_messages(world, &conversation, &field))
}

fn render(world: &World, conversation: &Conversation, asked: &[Field]) -> Outcome {
    let thread = world.threads.get(&(conversation.page_id.clone(), conversation.customer_id.clone()));
    let messages = thread.map_or(&[][..], |thread| &thread.messages);
    fields::project(asked, "UnifiedThread", &conversation.id, |field| match field.name.as_str() {
        "id" => Lookup::Empty,
        "link" => Lookup::Value(json!(format!("/{}/inbox/{}", conversation.page_id, conversation.psid))),
        "updated_time" => messages.last().map(|message| json!(iso(message.timestamp))).into(),
        "message_count" => Lookup::Value(json!(messages.len())),
        "unread_count" => Lookup::Value(json!(0)),
        "snippet" => messages.last().and_then(|message| message.text.clone()).into(),
        "can_reply" | "is_owner" => Lookup::Value(json!(true)),
        "participants" | "senders" => {
            Lookup::Value(json!({"data": [side(conversation, Direction::In), side(conversation, Direction::Out)]}))
        }
        "messages" => Lookup::Value(render_messages(world, conversation, field)),
        _ => Lookup::Unknown,
    })
}

fn render_messages(world: &World, conversation: &Conversation, field: &Field) -> Value {
    let thread = world.threads.get(&(conversation.page_id.clone(), conversation.customer_id.clone()));
    let limit = field.args.get("limit").and_then(|text| text.parse::<usize>().ok()).unwrap_or(25).clamp(1, 100);
    let default = fields::parse("id,created_time").unwrap_or_default();
    let asked = if field.sub.is_empty() { &default } else { &field.sub };
    let listed = thread.map_or(&[][..], |thread| &thread.messages).iter().filter(|message| !message.unsent);
    let newest = listed.rev().take(limit);
    let data: Vec<Value> = newest
        .enumerate()
        .map(|(age, message)| {
            if age < READABLE {
                render_message(conversation, message, asked).unwrap_or_else(|error| error.envelope())
            } else {
                json!({"id": message.mid, "created_time": iso(message.timestamp)})
            }
        })
        .collect();
    json!({"data": data})
}

fn side(conversation: &Conversation, direction: Direction) -> Value {
    let (id, name) = match direction {
        Direction::In => (&conversation.psid, &conversation.customer_name),
        Direction::Out => (&conversation.page_id, &conversation.page_name),
    };
    if conversation.instagram {
        return json!({"username": name, "id": id});
    }
    json!({"name": name, "email": format!("{id}@facebook.com"), "id": id})
}

fn render_message(conversation: &Conversation, message: &Message, asked: &[Field]) -> Outcome {
    let (from, to) = match message.direction {
        Direction::In => (Direction::In, Direction::Out),
        Direction::Out => (Direction::Out, Direction::In),
    };
    fields::project(asked, "Message", &message.mid, |field| match field.name.as_str() {
        "id" => Lookup::Empty,
        "created_time" => Lookup::Value(json!(iso(message.timestamp))),
        "from" => Lookup::Value(side(conversation, from)),
        "to" => Lookup::Value(json!({"data": [side(conversation, to)]})),
        "message" => Lookup::Value(json!(message.text.clone().unwrap_or_default())),
        "sticker" => {
            let sticker = message.attachments.iter().find(|file| file.kind == "sticker");
            sticker.and_then(|file| file.url.clone()).into()
        }
        "attachments" if message.attachments.is_empty() => Lookup::Empty,
        "attachments" => Lookup::Value(json!({"data": message.attachments.iter().map(|file| {
            let kind = match file.kind.as_str() { "image" | "sticker" => "image_data", "video" => "video_data", _ => "" };
            let mut entry = json!({"id": file.attachment_id, "mime_type": file.mime, "name": file.name});
            if kind.is_empty() { entry["file_url"] = json!(file.url) } else { entry[kind] = json!({"url": file.url, "width": 128, "height": 128}) }
            entry
        }).collect::<Vec<_>>()})),
        "reactions" => {
            let list: Vec<Value> = message
                .reactions
                .iter()
                .map(|(who, emoji)| {
                    let id = if who == "page" { &conversation.page_id } else { &conversation.psid };
                    json!({"reaction": emoji, "users": [{"id": id}]})
                })
                .collect();
            (!list.is_empty()).then(|| json!({"data": list})).into()
        }
        "reply_to" => message.reply_to.as_ref().map(|mid| json!({"mid": mid, "is_self_reply": false})).into(),
        "tags" => Lookup::Value(json!({"data": [{"name": "inbox"}, {"name": "source:chat"}]})),
        "story" => match (message.story["kind"].as_str(), &message.story["url"], &message.story["id"]) {
            (Some("mention"), url, id) => Lookup::Value(json!({"mention": {"link": url, "id": id}})),
            (Some(_), url, id) => Lookup::Value(json!({"reply_to": {"link": url, "id": id}})),
            (None, ..) => Lookup::Empty,
        },
        "shares" | "is_unsupported" => Lookup::Empty,
        _ => Lookup::Unknown,
    })
}
