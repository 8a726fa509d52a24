//! Files of a customer: given as bytes or address, or samples of each kind.

use super::{Refusal, bad};
use crate::avatar::{Motif, png};
use crate::graph::as_attachment;
use crate::media::{FILE_LIMIT, Medium, kind_of, sniff};
use crate::phone;
use crate::thread::Attachment;
use crate::world::World;
use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileIn {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub url: Option<String>,
    pub data: Option<String>,
    pub name: Option<String>,
    pub mime: Option<String>,
    pub sticker_id: Option<String>,
    pub title: Option<String>,
    pub lat: Option<f64>,
    pub long: Option<f64>,
    /// WhatsApp: a voice message, not a file with sound.
    pub voice: Option<bool>,
    /// WhatsApp: under the picture, video or document.
    pub caption: Option<String>,
    /// WhatsApp: a checksum in place of the right one.
    pub sha256: Option<String>,
}

/// Stores a file that a customer sends.
pub(super) fn store(
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

/// What a customer attaches, with a sample where nothing is given.
pub(super) fn attachment(world: &mut World, page: &str, file: FileIn) -> Result<Attachment, Refusal> {
    let kind = file.kind.unwrap_or_else(|| if file.sticker_id.is_some() { "sticker" } else { "image" }.to_owned());
    if let Some(data) = file.data {
        let bytes = STANDARD.decode(data).map_err(|_| bad("data is not base64."))?;
        return store(
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
    if kind == "ephemeral" {
        // View-once: nothing to fetch (§2.7).
        return Ok(bare(Value::Null));
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
    store(world, page, Some(kind), name.to_owned(), None, bytes.into())
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
