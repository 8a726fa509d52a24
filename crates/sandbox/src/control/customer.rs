//! Playing the customer, and the Page's own inbox, over the control API.

use super::{Answer, Refusal, bad, missing, read};
use crate::avatar::{Motif, png};
use crate::graph::{Author, Content, PAGE_INBOX_APP_ID, as_attachment, post};
use crate::media::{FILE_LIMIT, Medium, kind_of, sniff};
use crate::phone::{self, LIKE_STICKER, Said};
use crate::shared::Shared;
use crate::thread::Attachment;
use crate::world::World;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

type Key = Path<(String, String)>;

/// 404 unless both exist.
pub(super) fn check(world: &World, page: &str, customer: &str) -> Result<(), Refusal> {
    if !world.pages.contains_key(page) {
        return Err(missing(format!("There is no Page {page}.")));
    }
    if !world.customers.contains_key(customer) {
        return Err(missing(format!("There is no customer {customer}; POST /control/customers makes one.")));
    }
    Ok(())
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
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct FileIn {
    #[serde(rename = "type")]
    kind: Option<String>,
    url: Option<String>,
    data: Option<String>,
    name: Option<String>,
    mime: Option<String>,
    sticker_id: Option<String>,
    title: Option<String>,
    lat: Option<f64>,
    long: Option<f64>,
}

/// `POST …/messages`, JSON or multipart.
pub async fn say(State(shared): State<Shared>, Path((page, customer)): Key, request: Request) -> Answer {
    let mime =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (mut order, mut files) = (SayIn::default(), Vec::new());
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
                files.push((name.unwrap_or_else(|| "file".to_owned()), mime, bytes));
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
    let mut attachments = Vec::new();
    for (name, mime, bytes) in files {
        attachments.push(keep(&mut world, &page, None, name, mime, bytes)?);
    }
    for file in order.attachment.into_iter().chain(order.attachments) {
        attachments.push(attachment(&mut world, &page, file)?);
    }
    if order.like {
        attachments.push(phone::sticker(&world, LIKE_STICKER));
    }
    if order.text.is_none() && attachments.is_empty() && order.referral.is_none() {
        return Err(bad("A message needs a text, an attachment or like:true."));
    }
    let said = Said {
        text: order.text,
        quick_reply_payload: order.quick_reply_payload,
        attachments,
        reply_to: order.reply_to,
        referral: order.referral,
        age_ms: order.age_seconds.clamp(0, 400 * 86_400) * 1000,
    };
    let (mid, timestamp) = phone::say(&mut world, &page, &customer, said, None);
    let psid = world.psid(&page, &customer);
    Ok(Json(json!({"mid": mid, "psid": psid, "timestamp": timestamp})))
}

fn keep(
    world: &mut World,
    page: &str,
    kind: Option<&str>,
    name: String,
    mime: Option<String>,
    bytes: Bytes,
) -> Result<Attachment, Refusal> {
    if bytes.len() > FILE_LIMIT {
        return Err(bad("A file has at most 25 MB."));
    }
    let mime = sniff(&bytes).map(str::to_owned).or(mime).unwrap_or_else(|| "application/octet-stream".to_owned());
    let id = format!("13{:014}", world.next());
    let kind = kind.unwrap_or_else(|| kind_of(&mime)).to_owned();
    let medium = Medium { id, kind, mime, name, page_id: page.to_owned(), reusable: false, expires_ms: 0, bytes };
    world.media.insert(medium.clone());
    Ok(as_attachment(world, &medium))
}

fn attachment(world: &mut World, page: &str, file: FileIn) -> Result<Attachment, Refusal> {
    let kind = file.kind.unwrap_or_else(|| if file.sticker_id.is_some() { "sticker" } else { "image" }.to_owned());
    if let Some(data) = file.data {
        let bytes = STANDARD.decode(data).map_err(|_| bad("data is not base64."))?;
        return keep(
            world,
            page,
            Some(&kind),
            file.name.unwrap_or_else(|| "file".to_owned()),
            file.mime,
            bytes.into(),
        );
    }
    let bare = |payload: Value| Attachment {
        kind: kind.clone(),
        url: file.url.clone(),
        name: file.name.clone(),
        mime: file.mime.clone(),
        attachment_id: None,
        payload,
    };
    if let Some(sticker_id) = &file.sticker_id {
        return Ok(phone::sticker(world, sticker_id));
    }
    if kind == "location" {
        return Ok(bare(json!({"title": file.title, "coordinates": {"lat": file.lat, "long": file.long}})));
    }
    if let Some(url) = &file.url {
        let mut payload = json!({"url": url});
        if let Some(title) = &file.title {
            payload["title"] = json!(title);
        }
        return Ok(bare(payload));
    }
    // Nothing given: a sample of that kind.
    sample(world, page, &kind)
}

/// A small file of this kind that can be fetched.
pub(super) fn sample(world: &mut World, page: &str, kind: &str) -> Result<Attachment, Refusal> {
    let number = world.next();
    let (name, bytes): (&str, Vec<u8>) = match kind {
        "image" => ("picture.png", png(Motif::Placeholder, &number.to_string())),
        "audio" => ("voice.wav", sample_wav()),
        "file" => {
            ("document.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec())
        }
        "video" => ("clip.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08mdat".to_vec()),
        other => return Err(bad(format!("An attachment of type {other} needs a url."))),
    };
    keep(world, page, Some(kind), name.to_owned(), None, bytes.into())
}

/// Half a second of a falling tone: 8-bit mono WAV.
fn sample_wav() -> Vec<u8> {
    let samples: Vec<u8> =
        (0..4_000_u32).map(|n| if (n * (600 - n / 20) / 8_000) % 2 == 0 { 144 } else { 112 }).collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + samples.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(8_000_u32.to_le_bytes());
    file.extend(8_000_u32.to_le_bytes());
    file.extend(b"\x01\0\x08\0data");
    file.extend((samples.len() as u32).to_le_bytes());
    file.extend(samples);
    file
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
    Ok(Json(json!({"read": phone::read(&mut world, &page, &customer)})))
}

/// `POST …/typing`: Messenger has no such event for Pages, so nothing leaves the sandbox.
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
    let app_id = order.app_id.as_deref().unwrap_or(PAGE_INBOX_APP_ID);
    let content = Content { text: Some(order.text), metadata: order.metadata, ..Content::default() };
    let mid =
        post(&shared, &page, &customer, Author { app_id, tag: None, reply_to: None, persona: None }, content, &[]);
    Ok(Json(json!({"mid": mid})))
}
