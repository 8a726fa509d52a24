//! Files of quick replies: uploaded once, and put into each conversation in which the reply is used.

use domain::conversation::Conversation;
use domain::id::MediumId;
use domain::visibility::Viewer;
use store::Batch;
use store::table::medium::{self, Medium};

use super::{find, visible};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::media::unwritten;

/// Whether a user may read a file that is for quick replies: their own upload, or a file of one that they see.
pub async fn is_visible(app: &Engine, by: &Viewer, file: &Medium) -> Result<bool> {
    let Some(reply) = file.quick_reply else { return Ok(file.created_by == Some(by.user)) };
    Ok(visible(app, by).await?.iter().any(|known| known.id == reply))
}

/// Puts the files of a quick reply into a conversation, as if the user had uploaded them there.
///
/// # Errors
/// If the channel takes one of them not.
pub async fn put_into(app: &Engine, by: &Viewer, it: &Conversation, id: i64) -> Result<Vec<Medium>> {
    let reply = find(app, by, id).await?;
    let channel = app.channels.capabilities(it.account.channel);
    for file in &reply.files {
        channel
            .file(file.kind, &file.mime, file.size.unsigned_abs())
            .map_err(|refused| Error::Refused { field: None, detail: refused.to_string() })?;
    }
    let mut batch = Batch::new();
    let mut copies = Vec::new();
    for file in reply.files {
        let copy = MediumId(app.ids.next());
        app.blobs.link(file.id, copy, file.thumb).await.map_err(unwritten)?;
        let copy =
            Medium { id: copy, conversation: Some(it.id), quick_reply: None, created_by: Some(by.user), ..file };
        medium::push_upload(&mut batch, &copy, app.clock.now());
        medium::set_measured(&mut batch, copy.id, copy.thumb, copy.measures);
        copies.push(copy);
    }
    app.store.commit(batch).await?;
    Ok(copies)
}
