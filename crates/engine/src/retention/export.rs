//! Everything stored about one contact, as one ZIP, for people who ask what we know about them.

use std::path::PathBuf;
use std::time::Duration;

use domain::id::{ContactId, ConversationId, DeliveryId, MediumId};
use domain::thread_event::close_reason;
use domain::time::Micros;
use serde_json::{Value, json};
use store::table::contact::{self, Person};
use store::table::erasure::{self, Subject};
use store::table::{label, medium, message};

use super::zip::{Archive, Export, ExportError};
use super::{body, subject};
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::view;

/// Rows that are read together.
const TOGETHER: i64 = 200;
/// An export that was not downloaded completely is removed after this long.
const STALE: Duration = Duration::from_secs(3_600);

fn folder(app: &Engine) -> PathBuf {
    app.config.data_dir.join("exports")
}

/// A temporary file for an archive to be downloaded.
pub fn scratch(app: &Engine, name: &str) -> Export {
    Export::at(folder(app).join(format!("{name}-{}.zip", crate::secrets::letters(12))))
}

/// Removes exports left behind by a crash or a broken download.
pub async fn clean(app: &Engine) {
    let folder = folder(app);
    let cleaned = tokio::task::spawn_blocking(move || {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let age = entry.metadata().and_then(|data| data.modified()).map(|at| at.elapsed());
            if matches!(age, Ok(Ok(age)) if age > STALE) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    });
    let _ = cleaned.await;
}

/// Writes everything that is stored about a contact. None if there is no such contact.
pub async fn contact(app: &Engine, id: ContactId) -> Result<Option<Export>, ExportError> {
    let Some((person, identities)) = contact::with_identities(&app.store, id).await? else { return Ok(None) };
    let export = scratch(app, &id.to_string());
    let mut archive = Archive::create(export.path(), &app.blobs.room).await?;
    archive.json("contact.json".into(), &who(&person, &identities)).await?;
    if let Some(picture) = person.picture
        && let Ok(bytes) = app.blobs.read(picture).await
    {
        archive.add(format!("picture.{}", ending(crate::clients::media::sniff(&bytes))), bytes).await?;
    }
    for id in erasure::conversations(&app.store, id, i64::MAX).await? {
        conversation(app, &mut archive, id).await?;
    }
    let subjects: Vec<Subject> = identities
        .iter()
        .flat_map(|one| one.addresses().into_iter().map(|address| Subject { gateway: one.gateway.0, address }))
        .collect();
    deliveries(app, &mut archive, &subjects).await?;
    archive.finish().await?;
    Ok(Some(export))
}

fn who(person: &Person, identities: &[contact::Identity]) -> Value {
    let time = |at: Option<Micros>| at.map(rfc3339);
    json!({
        "id": person.id, "name": person.name, "name_on_facebook": person.channel_name, "phone": person.phone,
        "email": person.email, "note": person.note, "attributes": person.attributes,
        "first_seen_at": rfc3339(person.created_at),
        "identities": identities.iter().map(|one| json!({
            "channel": one.address.account.channel, "account_id": one.address.account.id,
            "external_id": one.address.user,
            "first_seen_at": rfc3339(one.created_at), "last_wrote_at": time(one.last_user_at),
        })).collect::<Vec<_>>(),
    })
}

async fn conversation(app: &Engine, archive: &mut Archive<'_>, id: ConversationId) -> Result<(), ExportError> {
    let Some(it) = store::table::conversation::by_id(&app.store, id).await? else { return Ok(()) };
    let labels = label::of_conversation(&app.store, id).await?;
    let about = json!({
        "id": id, "channel": it.account.channel, "account_id": it.account.id, "state": it.state, "created_at": rfc3339(it.created_at),
        "closed_at": it.closed_at.map(rfc3339), "close_reason": it.data.close_reason.as_ref().map(close_reason),
        "form": it.data.form,
        "labels": labels.iter().map(|label| &label.name).collect::<Vec<_>>(),
        "variables": it.data.run.as_ref().or(it.data.ended_run.as_deref()).map(|run| &run.vars),
    });
    archive.begin(format!("conversations/{id}.json")).await?;
    // Page by page, so that a long conversation does not exhaust memory.
    let (mut text, mut place, mut separator) = (format!("{about:#}"), message::Place::START, "\n");
    text.pop();
    text.truncate(text.trim_end().len());
    text.push_str(",\n  \"messages\": [");
    loop {
        let page = message::after(&app.store, id, place, TOGETHER).await?;
        let Some(last) = page.last() else { break };
        place = last.place();
        for one in view::messages(app, page).await? {
            text.push_str(separator);
            text.push_str(&serde_json::to_string_pretty(&one).unwrap_or_default());
            separator = ",\n";
        }
        archive.append(std::mem::take(&mut text).into_bytes()).await?;
    }
    text.push_str("\n]\n}\n");
    archive.append(text.into_bytes()).await?;
    let mut after = MediumId(0);
    loop {
        let files = medium::of_conversation(&app.store, id, after, TOGETHER).await?;
        let Some(last) = files.last() else { return Ok(()) };
        after = last.id;
        for file in files.iter().filter(|file| file.state == medium::State::Stored) {
            let path = app.blobs.path(file.id);
            if path.exists() {
                let name = domain::file_name::clean(&file.name).unwrap_or_else(|| "file".to_owned());
                archive.add_file(format!("files/{}-{name}", file.id), path).await?;
            }
        }
    }
}

/// Meta's deliveries about them, without the parts about other customers.
async fn deliveries(app: &Engine, archive: &mut Archive<'_>, subjects: &[Subject]) -> Result<(), ExportError> {
    let mut place = DeliveryId(0);
    loop {
        let deliveries = erasure::deliveries(&app.store, place, DeliveryId(i64::MAX), 50).await?;
        let Some(last) = deliveries.last() else { return Ok(()) };
        place = last.id;
        for delivery in deliveries {
            let whole = body::decoded(delivery.body);
            if subject::names(&whole, subjects) {
                let items = Value::Array(subject::only(&whole, subjects));
                archive.json(format!("deliveries/{}.json", delivery.id), &items).await?;
            }
        }
    }
}

fn ending(mime: &str) -> &str {
    match mime {
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        _ => "jpg",
    }
}
