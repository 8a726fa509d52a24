//! Notes that mention colleagues, and what a user was mentioned in and has not read.

use domain::agent::Agent;
use domain::conversation::Conversation;
use domain::id::{ConversationId, UserId};
use domain::turn::Actor;
use domain::visibility::Viewer;
use serde::Serialize;
use store::Batch;
use store::table::{conversation, mention, search};
use utoipa::ToSchema;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::turns::{Played, play};
use crate::view::{self, AgentView, ConversationView, MessageView};

/// The largest number of colleagues in one note. Our own limit.
const MOST: usize = 20;
/// Unread notes that are listed at once; the others follow when these have been read.
const LISTED: i64 = 100;

/// A note in which a user is mentioned.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mention {
    /// Where it is.
    pub conversation: ConversationView,
    /// The note.
    pub note: MessageView,
}

/// Adds a note. Only colleagues who may see the conversation can be mentioned: others could not read it.
pub async fn note(
    app: &Engine,
    by: Actor<'_>,
    it: &Conversation,
    text: &str,
    mentions: &[UserId],
) -> Result<Played<()>> {
    if mentions.len() > MOST {
        return Err(Error::field("/mentions", format!("A note mentions at most {MOST} colleagues.")));
    }
    for (index, user) in mentions.iter().enumerate() {
        let pointer = format!("/mentions/{index}");
        let roster = app.roster();
        let colleague = roster.get(*user).filter(|agent| agent.active);
        let colleague = colleague.ok_or_else(|| Error::field(&pointer, "There is no such agent."))?;
        if !sees(app, &app.directory().viewer(colleague), it).await? {
            let name = &colleague.name;
            return Err(Error::field(
                &pointer,
                format!("{name} has no access to this conversation. Invite them, or mention someone else."),
            ));
        }
    }
    Ok(play(app, it.id, |turn| {
        turn.note_mentioning(by, text.to_owned(), mentions);
        Ok(())
    })
    .await?)
}

/// The colleagues whom a note can mention, by name: those who may see the conversation without holding
/// another one with its customer.
pub fn colleagues(app: &Engine, by: UserId, it: &Conversation) -> Vec<AgentView> {
    let (directory, roster) = (app.directory(), app.roster());
    let sees = |agent: &&Agent| agent.active && agent.user != by && directory.viewer(agent).sees(it, false);
    roster.iter().filter(sees).map(|agent| view::agent(&directory, agent)).collect()
}

async fn sees(app: &Engine, viewer: &Viewer, it: &Conversation) -> Result<bool, store::Error> {
    if viewer.sees(it, false) {
        return Ok(true);
    }
    let held = conversation::held_contacts(&app.store, viewer.user).await?;
    Ok(viewer.sees(it, held.contains(&it.contact)))
}

/// What a user was mentioned in and has not read, the newest first. What they may no longer see is left out.
pub async fn unread(app: &Engine, viewer: &Viewer) -> Result<Vec<Mention>> {
    let places = mention::unread(&app.store, viewer.user, LISTED).await?;
    let parents = places.iter().map(|(conversation, _)| *conversation);
    let mut conversations = search::conversation_rows(&app.store, parents).await?;
    let held = conversation::held_contacts(&app.store, viewer.user).await?;
    conversations.retain(|it| viewer.sees(it, held.contains(&it.contact)));
    let rows = search::rows(&app.store, places.iter().map(|(_, note)| *note), []).await?;
    let notes = view::messages(app, rows.messages.into_values().collect()).await?;
    let conversations = view::conversations(app, &conversations).await?;
    let shown = places.iter().filter_map(|(conversation, note)| {
        let conversation = conversations.iter().find(|it| it.id == *conversation)?.clone();
        let note = notes.iter().find(|it| it.id == *note)?.clone();
        Some(Mention { conversation, note })
    });
    Ok(shown.collect())
}

/// A user has read the notes of a conversation.
pub async fn read(app: &Engine, user: UserId, conversation: ConversationId) -> Result<()> {
    let mut batch = Batch::new();
    mention::read(&mut batch, user, conversation);
    app.store.commit(batch).await?;
    Ok(())
}
