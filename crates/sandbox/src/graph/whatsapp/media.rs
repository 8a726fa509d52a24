//! Files of WhatsApp: uploaded and received ones, found by id and fetched in a second step with the token (§3.8).

use super::{MESSAGE, check_product, number_with};
use crate::ascii;
use crate::crypto::random_string;
use crate::graph::Outcome;
use crate::graph::auth::{self, Caller};
use crate::graph::error::GraphError;
use crate::graph::request::Call;
use crate::media::{Medium, sniff};
use crate::shared::Shared;
use crate::world::{GraphCall, Kind, World};
use aws_lc_rs::digest;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Uploaded files live 30 days (§3.8).
const LIFETIME_MS: i64 = 30 * 24 * 3_600_000;
/// An address lives five minutes (§3.8).
const ADDRESS_MS: i64 = 5 * 60_000;
const MB: usize = 1024 * 1024;

/// The kind of a content type and how large its files may be.
fn rule(mime: &str) -> Option<(&'static str, usize)> {
    Some(match mime.split(';').next().unwrap_or_default().trim() {
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" => ("audio", 16 * MB),
        "image/jpeg" | "image/png" => ("image", 5 * MB),
        "image/webp" => ("sticker", 500 * 1024),
        "video/mp4" | "video/3gpp" => ("video", 16 * MB),
        "application/pdf"
        | "text/plain"
        | "application/msword"
        | "application/vnd.ms-excel"
        | "application/vnd.ms-powerpoint" => ("document", 100 * MB),
        other if other.starts_with("application/vnd.openxmlformats-officedocument.") => ("document", 100 * MB),
        _ => return None,
    })
}

/// Why a file cannot be sent as this kind; the details of 131053.
pub fn problem(kind: &str, mime: &str, bytes: &[u8]) -> Option<String> {
    let (own, limit) = match rule(mime) {
        // Any file may be a document.
        _ if kind == "document" => ("document", 100 * MB),
        Some(known) => known,
        None => return Some(format!("Unsupported {kind} mime type {mime}.")),
    };
    if own != kind {
        return Some(format!("The file is {mime}, which cannot be sent as {kind}."));
    }
    if bytes.len() > limit {
        return Some(format!("The file has {} bytes; {kind} may have {limit}.", bytes.len()));
    }
    let sniffed = sniff(bytes);
    let differs = match kind {
        "image" | "sticker" => sniffed != Some(mime.split(';').next().unwrap_or_default().trim()),
        // Of Ogg only Opus is taken.
        "audio" if mime.starts_with("audio/ogg") => !bytes.windows(8).take(512).any(|part| part == b"OpusHead"),
        "video" => !matches!(sniffed, Some("video/mp4")),
        _ => false,
    };
    differs.then(|| format!("The content of the file is not {mime}."))
}

/// Stores a file of a number and returns its id.
pub fn store(world: &mut World, phone_id: &str, kind: &str, name: String, mime: &str, bytes: Bytes) -> Medium {
    let id = format!("15{:013}", world.next());
    let medium = Medium {
        id,
        kind: kind.to_owned(),
        mime: mime.to_owned(),
        name,
        page_id: phone_id.to_owned(),
        reusable: true,
        expires_ms: world.now_ms() + LIFETIME_MS,
        bytes,
    };
    world.media.insert(medium.clone());
    medium
}

/// `POST /{phone-number-id}/media`, multipart.
pub fn upload(shared: &Shared, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let mut world = shared.world();
    number_with(&world, caller, id, "POST", MESSAGE)?;
    check_product(call)?;
    let file = call.files.iter().find(|file| file.field == "file").ok_or_else(|| GraphError::required("file"))?;
    let mime = call.text("type").or_else(|| file.mime.clone()).ok_or_else(|| GraphError::required("type"))?;
    let Some((kind, limit)) = rule(&mime) else {
        return Err(GraphError::parameter(format_args!(
            "Param file must be a file with one of the following types: audio/aac, audio/mp4, audio/mpeg, audio/amr, \
             audio/ogg, image/jpeg, image/png, image/webp, video/mp4, video/3gpp, application/pdf, text/plain, Office \
             documents. Received file of type '{mime}'."
        )));
    };
    if file.bytes.is_empty() || file.bytes.len() > limit {
        let details = format!("The file has {} bytes; {mime} may have 1 to {limit}.", file.bytes.len());
        return Err(GraphError::whatsapp(131_053, "Media upload error", details));
    }
    let medium = store(&mut world, id, kind, file.name.clone(), &mime, file.bytes.clone());
    Ok(json!({"id": medium.id}))
}

/// The file with this id, while it lives and if it is the number's.
pub fn find(world: &World, phone_id: &str, id: &str) -> Option<Medium> {
    let known = world.media.get(id)?;
    (known.page_id == phone_id && known.expires_ms > world.now_ms()).then(|| known.clone())
}

fn visible(world: &World, call: &Call, caller: &Caller, id: &str) -> Result<Medium, GraphError> {
    let unknown = || GraphError::unknown_object(&call.method, id);
    let phone_id = world.media.get(id).map(|medium| medium.page_id.clone()).ok_or_else(unknown)?;
    number_with(world, caller, &phone_id, &call.method, MESSAGE)
        .map_err(|error| if error.subcode == Some(33) { unknown() } else { error })?;
    if call.text("phone_number_id").is_some_and(|wanted| wanted != phone_id) {
        return Err(unknown());
    }
    find(world, &phone_id, id).ok_or_else(unknown)
}

/// `GET /{media-id}`: the checksum is in hex here, in base64 in webhooks; the size is a string (§3.8).
pub fn node(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let medium = visible(world, call, caller, id)?;
    let now = world.now_ms();
    world.addresses.retain(|_, (_, expires_ms)| *expires_ms > now);
    let hash = random_string(24);
    world.addresses.insert(hash.clone(), (id.to_owned(), now + ADDRESS_MS));
    Ok(json!({
        "messaging_product": "whatsapp", "id": id, "mime_type": medium.mime, "file_size": medium.bytes.len().to_string(),
        "sha256": hex(digest::digest(&digest::SHA256, &medium.bytes).as_ref()),
        "url": format!("{}/whatsapp_business/attachments/?mid={id}&ext=1&hash={hash}", world.base_url),
    }))
}

/// `DELETE /{media-id}`.
pub fn remove(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    visible(world, call, caller, id)?;
    world.media.remove(id);
    Ok(json!({"success": true}))
}

/// The checksum of a file as webhooks write it.
pub fn checksum(bytes: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The second step: the token once more, and the name of a program (§3.8).
pub async fn download(
    State(shared): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fault = {
        let call = GraphCall { method: "GET", path: "/whatsapp_business/attachments", ..GraphCall::default() };
        shared.world().take_call_fault(Kind::Cdn, None, &call)
    };
    if let Some(fault) = fault {
        tokio::time::sleep(std::time::Duration::from_millis(fault.delay_ms)).await;
        if let Some(status) = fault.status {
            return refuse(StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE), "fault");
        }
    }
    if header(header::USER_AGENT).trim().is_empty() {
        return refuse(StatusCode::BAD_REQUEST, "A User-Agent is needed");
    }
    let world = shared.world();
    let token = header(header::AUTHORIZATION).strip_prefix("Bearer ").unwrap_or_default().trim();
    let Ok(caller) = auth::resolve(&world, token) else {
        return refuse(StatusCode::UNAUTHORIZED, "Authentication Error");
    };
    let address = query.get("hash").and_then(|hash| world.addresses.get(hash));
    let medium = address
        .filter(|(id, expires_ms)| query.get("mid") == Some(id) && *expires_ms > world.now_ms())
        .and_then(|(id, _)| world.media.get(id));
    let Some(medium) = medium else {
        return refuse(StatusCode::NOT_FOUND, "URL signature expired");
    };
    if number_with(&world, &caller, &medium.page_id, "GET", MESSAGE).is_err() {
        return refuse(StatusCode::UNAUTHORIZED, "Authentication Error");
    }
    let mut response = Response::new(Body::from(medium.bytes.clone()));
    if let Ok(mime) = medium.mime.parse() {
        response.headers_mut().insert(header::CONTENT_TYPE, mime);
    }
    response
}

fn refuse(status: StatusCode, reason: &str) -> Response<Body> {
    let body: Value = json!({"error": {"message": reason}});
    let mut response = Response::new(Body::from(ascii::to_bytes(&body)));
    *response.status_mut() = status;
    response
}
