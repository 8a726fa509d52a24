//! Playing a customer on WhatsApp, over the control API.

use super::customer::{check, done};
use super::files::FileIn;
use super::{Answer, Refusal, bad, read};
use crate::avatar::{Motif, png};
use crate::graph::whatsapp::{checksum, store};
use crate::media::{kind_of, sniff};
use crate::phone::whatsapp::{self as phone, Inbound};
use crate::shared::Shared;
use crate::thread::Attachment;
use crate::world::World;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

type Key = Path<(String, String)>;
/// Name, content type and bytes of a form's file.
type UploadedFile = (String, Option<String>, Bytes);

/// A message from the phone that is to be sent.
pub(super) struct CustomerMessage {
    pub text: Option<String>,
    pub reply_to: Option<String>,
    pub referral: Option<Value>,
    pub files: Vec<FileIn>,
    pub uploads: Vec<UploadedFile>,
    pub like: bool,
    pub raw: Option<Value>,
    pub age_ms: i64,
}

/// `POST …/messages`: each file is a separate message; the text is the caption of the first.
pub(super) fn say(world: &mut World, number: &str, customer: &str, message: CustomerMessage) -> Answer {
    if !world.numbers.get(number).is_some_and(|number| number.seed.registered) {
        return Err(bad("The number is not registered, so WhatsApp does not know it."));
    }
    let mut parts = Vec::new();
    if let Some(raw) = message.raw {
        parts.push(of_raw(raw)?);
    }
    let mut caption = message.text;
    for (name, mime, bytes) in message.uploads {
        let file = FileIn { name: Some(name), mime, caption: caption.take(), ..FileIn::default() };
        parts.push(of_file(world, number, file, Some(bytes))?);
    }
    for mut file in message.files {
        file.caption = file.caption.or_else(|| caption.take());
        parts.push(of_file(world, number, file, None)?);
    }
    let text = caption.or_else(|| message.like.then(|| "👍".to_owned()));
    if let Some(text) = text {
        let object = json!({"body": text});
        parts.push(Inbound { kind: "text".to_owned(), object, text: Some(text), ..Inbound::default() });
    }
    if parts.is_empty() {
        return Err(bad("A message needs a text, an attachment or whatsapp:{type,…}."));
    }
    let (mut mids, mut timestamp) = (Vec::new(), 0);
    for (index, mut part) in parts.into_iter().enumerate() {
        part.age_ms = message.age_ms;
        part.reply_to = part.reply_to.or_else(|| message.reply_to.clone());
        if let Some(referral) = message.referral.clone().filter(|_| index == 0) {
            part.extras.insert("referral".to_owned(), referral);
        }
        let (mid, at) = phone::say(world, number, customer, part, None);
        timestamp = at;
        mids.push(mid);
    }
    let identity = world.identity(number, customer);
    Ok(Json(json!({
        "mid": mids.last(), "mids": mids, "timestamp": timestamp, "user_id": identity.user_id, "phone": identity.phone,
    })))
}

/// Any message as the webhook has it.
fn of_raw(raw: Value) -> Result<Inbound, Refusal> {
    let Value::Object(mut fields) = raw else { return Err(bad("whatsapp is an object with a type.")) };
    let kind = fields.remove("type").and_then(|kind| kind.as_str().map(str::to_owned));
    let kind = kind.ok_or_else(|| bad("whatsapp is an object with a type."))?;
    let object = fields.remove(&kind).unwrap_or_else(|| json!({}));
    let context = match fields.remove("context") {
        Some(Value::Object(context)) => context,
        _ => Map::new(),
    };
    let text = object["body"].as_str().or(object["text"].as_str()).map(str::to_owned);
    Ok(Inbound { kind, object, context, extras: fields, text, ..Inbound::default() })
}

fn of_file(world: &mut World, number: &str, file: FileIn, upload: Option<Bytes>) -> Result<Inbound, Refusal> {
    let given = match (upload, &file.data) {
        (Some(bytes), _) => Some(bytes),
        (None, Some(data)) => Some(STANDARD.decode(data).map_err(|_| bad("data is not base64."))?.into()),
        (None, None) => None,
    };
    let kind = file.kind.clone().unwrap_or_else(|| {
        let mime = given.as_ref().and_then(|bytes| sniff(bytes)).map(str::to_owned).or(file.mime.clone());
        mime.as_deref().map_or("image", kind_of).to_owned()
    });
    let kind = if kind == "file" { "document" } else { kind.as_str() };
    if kind == "location" {
        let (lat, long) = (file.lat.unwrap_or(50.4501), file.long.unwrap_or(30.5234));
        let mut object = json!({"latitude": lat, "longitude": long});
        if let Some(name) = &file.title {
            object["name"] = json!(name);
        }
        return Ok(Inbound { kind: kind.to_owned(), object, ..Inbound::default() });
    }
    let (name, mime, bytes) = match given {
        Some(bytes) => {
            let sniffed = sniff(&bytes).map(str::to_owned);
            let mime = file.mime.or(sniffed).unwrap_or_else(|| "application/octet-stream".to_owned());
            (file.name.unwrap_or_else(|| "file".to_owned()), mime, bytes)
        }
        None => sample(world, kind)?,
    };
    let medium = store(world, number, kind, name.clone(), &mime, bytes);
    let sum = file.sha256.unwrap_or_else(|| checksum(&medium.bytes));
    let mut object = json!({"id": medium.id, "mime_type": mime, "sha256": sum});
    match kind {
        "audio" => object["voice"] = json!(file.voice.unwrap_or(mime.starts_with("audio/ogg"))),
        "sticker" => object["animated"] = json!(false),
        "document" => object["filename"] = json!(name),
        _ => {}
    }
    if let Some(caption) = &file.caption {
        object["caption"] = json!(caption);
    }
    let shown = Attachment {
        kind: if kind == "document" { "file" } else { kind }.to_owned(),
        url: Some(format!("{}{}", world.base_url, medium.path())),
        name: Some(name),
        mime: Some(mime),
        attachment_id: Some(medium.id),
        payload: Value::Null,
    };
    Ok(Inbound {
        kind: kind.to_owned(),
        object,
        text: file.caption,
        attachments: vec![shown],
        ..Inbound::default()
    })
}

/// A small file of this kind.
fn sample(world: &mut World, kind: &str) -> Result<(String, String, Bytes), Refusal> {
    let number = world.next();
    let picture = || Bytes::from(png(Motif::Placeholder, &number.to_string()));
    let (name, mime, bytes): (&str, &str, Bytes) = match kind {
        "image" => ("picture.png", "image/png", picture()),
        // A second of a tone in Opus, as phones record it.
        "audio" => ("voice.ogg", "audio/ogg; codecs=opus", Bytes::from_static(include_bytes!("../voice.ogg"))),
        "video" => {
            ("clip.mp4", "video/mp4", Bytes::from_static(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08mdat"))
        }
        "document" => (
            "document.pdf",
            "application/pdf",
            Bytes::from_static(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"),
        ),
        "sticker" => ("sticker.webp", "image/webp", Bytes::from_static(include_bytes!("../sticker.webp"))),
        other => {
            return Err(bad(format!("WhatsApp has no attachment of type {other}; give whatsapp:{{type,…}}.")));
        }
    };
    Ok((name.to_owned(), mime.to_owned(), bytes))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TapIn {
    mid: String,
    choice: String,
}

/// `POST …/tap`: a button or row of an interactive message, or a button of a template.
pub async fn tap(State(shared): State<Shared>, Path((number, customer)): Key, body: Bytes) -> Answer {
    let order: TapIn = read(&body)?;
    let mut world = shared.world();
    check(&world, &number, &customer)?;
    let mid = phone::tap(&mut world, &number, &customer, &order.mid, &order.choice).map_err(bad)?;
    Ok(Json(json!({"mid": mid})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MidIn {
    mid: String,
}

/// `POST …/played`: the customer listened to a voice message.
pub async fn played(State(shared): State<Shared>, Path((number, customer)): Key, body: Bytes) -> Answer {
    let order: MidIn = read(&body)?;
    let mut world = shared.world();
    check(&world, &number, &customer)?;
    done(phone::played(&mut world, &number, &customer, &order.mid), &order.mid)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberIn {
    phone: String,
}

/// `POST …/number`: the customer moves to another phone number (§2.8).
pub async fn number(State(shared): State<Shared>, Path((number, customer)): Key, body: Bytes) -> Answer {
    let order: NumberIn = read(&body)?;
    let mut world = shared.world();
    check(&world, &number, &customer)?;
    phone::change_number(&mut world, &number, &customer, &order.phone).map_err(bad)?;
    let identity = world.identity(&number, &customer);
    Ok(Json(json!({"phone": identity.phone, "user_id": identity.user_id})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketingIn {
    wanted: bool,
}

/// `POST …/marketing`: the customer stops or resumes promotions (`user_preferences`).
pub async fn marketing(State(shared): State<Shared>, Path((number, customer)): Key, body: Bytes) -> Answer {
    let order: MarketingIn = read(&body)?;
    let mut world = shared.world();
    check(&world, &number, &customer)?;
    phone::marketing(&mut world, &number, &customer, order.wanted);
    Ok(Json(json!({"wanted": order.wanted})))
}
