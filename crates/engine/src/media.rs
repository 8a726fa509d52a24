//! Files that agents upload for a conversation.

use bytes::Bytes;
use domain::id::{ConversationId, MediumId, UserId};
use domain::inbound::FileKind;
use store::Batch;
use store::table::medium::{self, Medium};

use crate::clients::picture;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fetch::make_thumb;

/// Stores a file, for a message that is yet to be written.
pub async fn upload(
    app: &Engine,
    by: UserId,
    conversation: ConversationId,
    (name, mime): (String, &str),
    bytes: Bytes,
) -> Result<Medium> {
    let mut medium = Medium {
        id: MediumId(app.ids.next()),
        conversation: Some(conversation),
        message: None,
        kind: kind(mime),
        name,
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        mime: mime.to_owned(),
        state: medium::State::Stored,
        source_url: None,
        error: None,
        tries: 0,
        created_by: Some(by),
        thumb: false,
        was_opened: false,
        dimensions: None,
    };
    app.blobs.write(medium.id, &bytes).await.map_err(|error| {
        tracing::error!(%error, "an upload could not be written into the media folder");
        Error::DiskFull("The file could not be saved: the server's disk may be full. Tell your administrator.")
    })?;
    if medium.kind == FileKind::Image {
        medium.dimensions = picture::size(app.blobs.path(medium.id)).await;
    }
    let mut batch = Batch::new();
    medium::push_upload(&mut batch, &medium, app.clock.now());
    if let Err(error) = app.store.commit(batch).await {
        let _ = app.blobs.remove(medium.id).await;
        return Err(error.into());
    }
    // Only now: whatever opening the picture does to this process, the upload is safe.
    if medium.kind == FileKind::Image && make_thumb(app, medium.id).await {
        let mut batch = Batch::new();
        medium::set_thumb(&mut batch, medium.id);
        app.store.commit(batch).await?;
        medium.thumb = true;
    }
    Ok(medium)
}

fn kind(mime: &str) -> FileKind {
    match mime.split('/').next() {
        Some("image") => FileKind::Image,
        Some("video") => FileKind::Video,
        Some("audio") => FileKind::Audio,
        _ => FileKind::File,
    }
}
