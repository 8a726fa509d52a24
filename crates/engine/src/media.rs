//! Files that agents upload for a conversation or a quick reply. They are written to the disk as they arrive.

use domain::capabilities::Capabilities;
use domain::file_name;
use domain::id::{ConversationId, MediumId, UserId};
use domain::inbound::FileKind;
use store::Batch;
use store::table::medium::{self, Measures, Medium};

use crate::clients::blob::Writer;
use crate::clients::media::{Claims, identify, is_drawn};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fetch::{make_thumb, measure};

/// A file that is arriving. If this is dropped, the file is removed.
#[derive(Debug)]
pub struct Upload<'a> {
    app: &'a Engine,
    id: MediumId,
    name: String,
    content_type: Option<String>,
    writer: Writer<'a>,
}

impl<'a> Upload<'a> {
    /// Begins an upload, with the sender's name and type for it.
    pub async fn begin(app: &'a Engine, name: &str, content_type: Option<&str>) -> Result<Self> {
        let id = MediumId(app.ids.next());
        let writer = app.blobs.writer(id, 0).await.map_err(unwritten)?;
        let name = file_name::clean(name).unwrap_or_else(|| "file".to_owned());
        Ok(Self { app, id, name, content_type: content_type.map(str::to_owned), writer })
    }

    /// Adds to it.
    pub async fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.writer.write(piece).await.map_err(unwritten)
    }

    /// How many bytes have arrived.
    pub fn size(&self) -> u64 {
        self.writer.written()
    }

    /// Whether it is a program or a web page, by its name or first bytes: a customer's computer would run it.
    pub fn is_program(&self) -> bool {
        let head = self.writer.head();
        file_name::is_program(&self.name) || head.starts_with(b"MZ") || head.starts_with(b"\x7fELF")
    }

    /// Stores it, for a message of a conversation that is yet to be written, or for a quick reply.
    ///
    /// # Errors
    /// If the conversation's channel would not take it, or it cannot be stored.
    pub async fn finish(
        self,
        by: UserId,
        conversation: Option<(ConversationId, &Capabilities)>,
    ) -> Result<Medium> {
        let Self { app, id, name, content_type, writer } = self;
        let (size, head) = (writer.written(), writer.head().to_vec());
        writer.finish().await.map_err(unwritten)?;
        let path = app.blobs.path(id);
        let identified = tokio::task::spawn_blocking(move || {
            let claims = Claims { kind: None, name: &name, content_type: content_type.as_deref() };
            (identify(&head, &path, &claims), name)
        });
        let (mime, name) = identified.await.map_err(|error| unwritten(std::io::Error::other(error)))?;
        if let Some(Err(refused)) = conversation.map(|(_, channel)| channel.file(kind(mime), mime, size)) {
            let _ = app.blobs.remove(id).await;
            return Err(Error::Refused { field: Some("/file".into()), detail: refused.to_string() });
        }
        let mut medium = Medium {
            id,
            conversation: conversation.map(|(id, _)| id),
            quick_reply: None,
            message: None,
            kind: kind(mime),
            name,
            mime: mime.to_owned(),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            state: medium::State::Stored,
            source_url: None,
            source_id: None,
            sha256: None,
            error: None,
            tries: 0,
            created_by: Some(by),
            thumb: false,
            was_opened: false,
            measures: Measures::default(),
        };
        let mut batch = Batch::new();
        medium::push_upload(&mut batch, &medium, app.clock.now());
        if let Err(error) = app.store.commit(batch).await {
            let _ = app.blobs.remove(id).await;
            return Err(error.into());
        }
        // Only now: if measuring the file crashes this process, the upload is safe.
        if matches!(medium.kind, FileKind::Image | FileKind::Audio) {
            medium.measures = measure(app, id, mime).await;
            medium.thumb = medium.kind == FileKind::Image && make_thumb(app, id).await;
            let mut batch = Batch::new();
            medium::set_measured(&mut batch, id, medium.thumb, medium.measures);
            app.store.commit(batch).await?;
        }
        Ok(medium)
    }
}

pub(crate) fn unwritten(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return Error::DiskFull(
            "The file was not stored: the disk of this installation is nearly full. Tell your administrator.",
        );
    }
    tracing::error!(%error, "an upload could not be written into the media folder");
    Error::DiskFull(
        "The file was not stored: the media folder of this installation cannot be written. Tell your administrator.",
    )
}

/// The kind that it is sent as: a picture that not every browser can show is sent as a file.
fn kind(mime: &str) -> FileKind {
    match mime.split('/').next() {
        Some("image") if is_drawn(mime) => FileKind::Image,
        Some("video") => FileKind::Video,
        Some("audio") => FileKind::Audio,
        _ => FileKind::File,
    }
}
