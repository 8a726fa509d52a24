//! Playing the customer, and the business's own inbox, over the control API. Messenger and Instagram are here, WhatsApp
//! is in `whatsapp.rs`.

use super::files::{self, FileIn};
use super::{Answer, Refusal, bad, missing, read, whatsapp};
use crate::graph::{Author, Content, PAGE_INBOX_APP_ID, post};
use crate::phone::{self, LIKE_STICKER, Said};
use crate::shared::Shared;
use crate::world::{Channel, World};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::header;
use serde::Deserialize;
use serde_json::{Value, json};

type Key = Path<(String, String)>;

/// 404 unless both exist.
pub(super) fn check(world: &World, page: &str, customer: &str) -> Result<(), Refusal> {
    if world.channel(page).is_none() || world.wabas.contains_key(page) {
        return Err(missing(format!("There is no Page, Instagram account or WhatsApp number {page}.")));
    }
    if !world.customers.contains_key(customer) {
        return Err(missing(format!("There is no customer {customer}; POST /control/customers makes one.")));
    }
    Ok(())
}

fn is_whatsapp(world: &World, account: &str) -> bool {
    world.channel(account) == Some(Channel::WhatsApp)
}

/// The answer of an act on a message.
pub(super) fn done(found: bool, mid: &str) -> Answer {
    if found {
        Ok(Json(json!({})))
    } else {
        Err(missing(format!("There is no message {mid} of that kind in this thread.")))
    }
}

/// `GET …/messages`.
pub async fn thread(State(shared): State<Shared>, Path((page, customer)): Key) -> Answer {
    let mut world = shared.world();
    check(&world, &page, &customer)?;
    Ok(Json(phone::view(&mut world, &page, &customer)))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SayIn {
    text: Option<String>,
    quick_reply_payload: Option<String>,
    attachment: Option<FileIn>,
    attachments: Vec<FileIn>,
    like: bool,
    reply_to: Option<String>,
    referral: Option<Value>,
    age_seconds: i64,
    /// Instagram: the story that is mentioned or replied to.
    story: Option<StoryIn>,
    /// Instagram: content that the API cannot show.
    unsupported: bool,
    /// WhatsApp: any message, `{"type":"order","order":{…},"context"?,"referral"?,"group_id"?}`.
    whatsapp: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoryIn {
    kind: StoryKind,
    #[serde(default)]
    url: Option<String>,
}

#[derive(Deserialize, serde::Serialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum StoryKind {
    Mention,
    Reply,
}

impl SayIn {
    fn age_ms(&self) -> i64 {
        self.age_seconds.clamp(0, 400 * 86_400) * 1000
    }
}

/// `POST …/messages`, JSON or multipart.
pub async fn say(State(shared): State<Shared>, Path((page, customer)): Key, request: Request) -> Answer {
    let mime =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (mut order, mut uploads) = (SayIn::default(), Vec::new());
    if mime.starts_with("multipart/form-data") {
        let unreadable = |error: &dyn std::fmt::Display| bad(format!("The form cannot be read: {error}."));
        let mut form = Multipart::from_request(request, &shared).await.map_err(|error| unreadable(&error))?;
        while let Some(field) = form.next_field().await.map_err(|error| unreadable(&error))? {
            let name = field.file_name().map(str::to_owned);
            let mime = field.content_type().map(str::to_owned);
            let is_text = field.name() == Some("text");
            let bytes = field.bytes().await.map_err(|error| unreadable(&error))?;
            if is_text {
                order.text = Some(String::from_utf8_lossy(&bytes).into_owned()).filter(|text| !text.is_empty());
            } else {
                uploads.push((name.unwrap_or_else(|| "file".to_owned()), mime, bytes));
            }
        }
    } else {
        let body = Bytes::from_request(request, &shared)
            .await
            .map_err(|error| bad(format!("The body cannot be read: {error}.")))?;
        order = read(&body)?;
    }
    let mut world = shared.world();
    check(&world, &page, &customer)?;
    let channel = world.channel(&page);
    if channel == Some(Channel::WhatsApp) {
        let age_ms = order.age_ms();
        let message = whatsapp::CustomerMessage {
            text: order.text,
            reply_to: order.reply_to,
            referral: order.referral,
            files: order.attachment.into_iter().chain(order.attachments).collect(),
            uploads,
            like: order.like,
            raw: order.whatsapp,
            age_ms,
        };
        return whatsapp::say(&mut world, &page, &customer, message);
    }
    let age_ms = order.age_ms();
    let mut attachments = Vec::new();
    for (name, mime, bytes) in uploads {
        attachments.push(files::store(&mut world, &page, None, name, mime, bytes)?);
    }
    for file in order.attachment.into_iter().chain(order.attachments) {
        attachments.push(files::attachment(&mut world, &page, file)?);
    }
    let instagram = channel == Some(Channel::Instagram);
    if order.like && instagram {
        // Stickers cause no webhook on Instagram; its like is a heart (§2.7).
        order.text = order.text.or(Some("❤️".to_owned()));
    } else if order.like {
        attachments.push(phone::sticker(&world, LIKE_STICKER));
    }
    let story = match order.story {
        Some(story) => {
            let url = match story.url {
                Some(url) => url,
                None => files::sample(&mut world, &page, "image")?.url.unwrap_or_default(),
            };
            let id = format!("1799{:013}", world.next());
            json!({"kind": story.kind, "url": url, "id": id})
        }
        None => Value::Null,
    };
    let empty = order.text.is_none() && attachments.is_empty() && order.referral.is_none();
    if empty && story.is_null() && !order.unsupported {
        return Err(bad("A message needs a text, an attachment or like:true."));
    }
    let message = Said {
        text: order.text,
        quick_reply_payload: order.quick_reply_payload,
        attachments,
        reply_to: order.reply_to,
        referral: order.referral,
        story,
        unsupported: order.unsupported,
        age_ms,
    };
    let (mid, timestamp) = phone::say(&mut world, &page, &customer, message, None);
    let psid = world.psid(&page, &customer);
    Ok(Json(json!({"mid": mid, "psid": psid, "timestamp": timestamp})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostbackIn {
    title: String,
    payload: String,
    #[serde(default)]
    referral: Option<Value>,
}

/// `POST …/postback`.
pub async fn postback(State(shared): State<Shared>, Path((page, customer)): Key, body: Bytes) -> Answer {
    let order: PostbackIn = read(&body)?;
    let mut world = shared.world();
    check(&world, &page, &customer)?;
    if is_whatsapp(&world, &page) {
        return Err(bad("WhatsApp has no postbacks; POST …/tap chooses a button or row of a message."));
    }
    let mid = phone::postback(&mut world, &page, &customer, &order.title, &order.payload, order.referral);
    Ok(Json(json!({"mid": mid})))
}

/// `POST …/referral`.
pub async fn referral(State(shared): State<Shared>, Path((page, customer)): Key, body: Bytes) -> Answer {
    let mut order: Value = read(&body)?;
    for (name, value) in [("source", "SHORTLINK"), ("type", "OPEN_THREAD")] {
        if order[name].is_null() {
            order[name] = json!(value);
        }
    }
    let mut world = shared.world();
    check(&world, &page, &customer)?;
    if is_whatsapp(&world, &page) {
        return Err(bad("On WhatsApp a referral is part of a message."));
    }
    phone::referral(&mut world, &page, &customer, order);
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MidIn {
    mid: String,
    #[serde(default)]
    emoji: Option<String>,
    #[serde(default)]
    text: Option<String>,
}

/// `POST …/reaction`.
pub async fn reaction(State(shared): State<Shared>, Path((page, customer)): Key, body: Bytes) -> Answer {
    let order: MidIn = read(&body)?;
    let mut world = shared.world();
    check(&world, &page, &customer)?;
    if is_whatsapp(&world, &page) {
        let emoji = order.emoji.as_deref();
        return done(phone::whatsapp::react(&mut world, &page, &customer, &order.mid, emoji), &order.mid);
    }
    if phone::react(&mut world, &page, &customer, &order.mid, order.emoji.as_deref()) {
        Ok(Json(json!({})))
    } else {
        Err(missing(format!("There is no message {} in this thread.", order.mid)))
    }
}

/// `POST …/edit`.
pub async fn edit(State(shared): State<Shared>, Path((page, customer)): Key, body: Bytes) -> Answer {
    let order: MidIn = read(&body)?;
    let text = order.text.ok_or_else(|| bad("An edit needs a text."))?;
    let mut world = shared.world();
    check(&world, &page, &customer)?;
    if is_whatsapp(&world, &page) {
        return done(phone::whatsapp::edit(&mut world, &page, &customer, &order.mid, &text), &order.mid);
    }
    if phone::edit(&mut world, &page, &customer, &order.mid, &text) {
        Ok(Json(json!({})))
    } else {
        Err(missing(format!("The customer has no message {} in this thread.", order.mid)))
    }
}

/// `POST …/unsend`.
pub async fn unsend(State(shared): State<Shared>, Path((page, customer)): Key, body: Bytes) -> Answer {
    let order: MidIn = read(&body)?;
    let mut world = shared.world();
    check(&world, &page, &customer)?;
    if is_whatsapp(&world, &page) {
        return done(phone::whatsapp::revoke(&mut world, &page, &customer, &order.mid), &order.mid);
    }
    if phone::unsend(&mut world, &page, &customer, &order.mid) {
        Ok(Json(json!({})))
    } else {
        Err(missing(format!("The customer has no message {} in this thread.", order.mid)))
    }
}

/// `POST …/read`.
pub async fn read_all(State(shared): State<Shared>, Path((page, customer)): Key) -> Answer {
    let mut world = shared.world();
    check(&world, &page, &customer)?;
    let read = if is_whatsapp(&world, &page) {
        phone::whatsapp::read(&mut world, &page, &customer)
    } else {
        phone::read(&mut world, &page, &customer)
    };
    Ok(Json(json!({"read": read})))
}

/// `POST …/typing`: Messenger has no such event for Pages, so the sandbox sends nothing.
pub async fn typing(State(shared): State<Shared>, Path((page, customer)): Key) -> Answer {
    check(&shared.world(), &page, &customer)?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockIn {
    blocked: bool,
}

/// `POST …/block`.
pub async fn block(State(shared): State<Shared>, Path((page, customer)): Key, body: Bytes) -> Answer {
    let order: BlockIn = read(&body)?;
    let mut world = shared.world();
    check(&world, &page, &customer)?;
    world.thread(&page, &customer).blocked = order.blocked;
    world.touch(&page, &customer);
    Ok(Json(json!({"blocked": order.blocked})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InboxIn {
    text: String,
    #[serde(default)]
    app_id: Option<String>,
    #[serde(default)]
    metadata: Option<String>,
}

/// `POST …/page-inbox`: an echo of another sender comes to the apps (§2.5).
pub async fn page_inbox(State(shared): State<Shared>, Path((page, customer)): Key, body: Bytes) -> Answer {
    let order: InboxIn = read(&body)?;
    check(&shared.world(), &page, &customer)?;
    if is_whatsapp(&shared.world(), &page) {
        return Ok(Json(
            json!({"mid": phone::whatsapp::echo(&mut shared.world(), &page, &customer, &order.text)}),
        ));
    }
    let app_id = order.app_id.as_deref().unwrap_or(PAGE_INBOX_APP_ID);
    let content = Content { text: Some(order.text), metadata: order.metadata, ..Content::default() };
    let mid =
        post(&shared, &page, &customer, Author { app_id, tag: None, reply_to: None, persona: None }, content, &[]);
    Ok(Json(json!({"mid": mid})))
}
