//! Files of quick replies: uploaded once, and put into each conversation in which the reply is used.

use domain::conversation::Conversation;
use domain::id::MediumId;
use domain::visibility::Viewer;
use serde::Deserialize;
use store::Batch;
use store::table::medium::{self, Medium};
use utoipa::ToSchema;

use super::{find, visible};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::media::unwritten;

/// Whether a user may read a file that is for quick replies: their own upload, or a file of one that they see.
pub async fn is_visible(app: &Engine, by: &Viewer, file: &Medium) -> Result<bool> {
    let Some(reply) = file.quick_reply else { return Ok(file.created_by == Some(by.user)) };
    Ok(visible(app, by).await?.iter().any(|known| known.id == reply))
}

/// Which files of a quick reply to put into a conversation.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuickReplyFiles {
    /// Ids of the reply's files, in the order in which they are wanted; all of them if it is left out.
    #[schema(value_type = Option<Vec<String>>)]
    pub file_ids: Option<Vec<MediumId>>,
}

/// Puts files of a quick reply into a conversation, as if the user had uploaded them there. All of them or none.
///
/// # Errors
/// If the channel does not accept one of them, or one is not a file of the reply.
pub async fn put_into(
    app: &Engine,
    by: &Viewer,
    it: &Conversation,
    id: i64,
    wanted: &QuickReplyFiles,
) -> Result<Vec<Medium>> {
    let reply = find(app, by, id).await?;
    let files = match &wanted.file_ids {
        None => reply.files,
        Some(ids) => chosen(&reply.files, ids)?,
    };
    let channel = app.channels.capabilities(it.account.channel);
    for file in &files {
        channel
            .file(file.kind, &file.mime, file.size.unsigned_abs())
            .map_err(|refused| Error::Refused { field: None, detail: refused.to_string() })?;
    }
    let mut batch = Batch::new();
    let mut copies = Vec::new();
    for file in files {
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

fn chosen(files: &[Medium], ids: &[MediumId]) -> Result<Vec<Medium>> {
    let mut fields = Fields::default();
    let mut chosen = Vec::new();
    // One more than there are is wrong in any case.
    for (index, id) in ids.iter().enumerate().take(files.len() + 1) {
        match files.iter().find(|file| file.id == *id) {
            Some(file) if !ids[..index].contains(id) => chosen.push(file.clone()),
            _ => fields
                .bad(&format!("/file_ids/{index}"), "The quick reply has no such file, or it is named twice."),
        }
    }
    fields.done()?;
    Ok(chosen)
}
