//! Fetches names, pictures and files after the message is safe, and retries. A failure never costs a message.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use channels::meta::error::Class;
use channels::meta::graph::{Profile, profile};
use domain::id::{GatewayId, MediumId};
use domain::inbound::FileKind;
use domain::time::{DAY, HOUR, Micros, SECOND};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use store::table::contact::{self, Identity};
use store::table::medium::{self, Medium};
use store::table::{conversation, event, health, message};
use store::{Batch, Bell, CommitError, values};

use crate::clients::graph::PageToken;
use crate::clients::thumb;
use crate::directory::KnownGateway;
use crate::engine::Engine;
use crate::health::FILE_REFUSED;
use crate::worker::guarded;
use crate::worker::{Context, Next, Schedule, Worker};

/// Fetches in progress at the same time.
const ABREAST: usize = 8;
/// Pauses between tries of a file, in seconds; after the last it counts as gone.
const FILE_TRIES: [i64; 9] = [2, 5, 15, 60, 300, 900, 3_600, 4 * 3_600, 12 * 3_600];
/// A name may change: it is fetched again after this long if the customer is active …
const FRESH: i64 = DAY;
/// … which means that they wrote within this time.
const ABOUT: i64 = 7 * DAY;

/// Whether Meta returned customers' names at the last request; stored only when that changes.
#[derive(Debug, Default)]
struct Profiles(Mutex<HashMap<GatewayId, bool>>);

impl Profiles {
    /// Notes whether a name was returned or refused.
    fn told(&self, batch: &mut Batch, gateway: GatewayId, told: bool, at: Micros) {
        let mut map = self.0.lock().expect("nothing panics while it is held");
        if map.insert(gateway, told) != Some(told) {
            health::note(batch, gateway, "", if told { "profile_ok" } else { "profile_refused" }, at, "");
        }
    }
}

/// Fetches names, pictures and files.
#[derive(Debug)]
pub struct Fetch {
    app: Engine,
    profiles: Profiles,
}

impl Worker for Fetch {
    const SCHEDULE: Schedule =
        Schedule { patience: Duration::from_secs(600), ..Schedule::new("fetch", Some(Bell::Fetch)) };

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), profiles: Profiles::default() }
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        round(&self.app, &self.profiles).await.map(Next::At)
    }
}

async fn round(app: &Engine, profiles: &Profiles) -> Result<Option<Micros>, store::Error> {
    let rows = app.store.rows(contact::PROFILE_DUE, values![app.clock.now()]).await?;
    let identities: Vec<Identity> = rows.iter().map(contact::from_row).collect();
    let rows = app.store.rows(medium::DUE, values![app.clock.now()]).await?;
    let files: Vec<Medium> = rows.iter().map(medium::from_row).collect();
    let mut under_way = FuturesUnordered::new();
    let mut waiting = identities.into_iter().map(Job::Profile).chain(files.into_iter().map(Job::File));
    loop {
        while under_way.len() < ABREAST
            && let Some(job) = waiting.next()
        {
            under_way.push(done(app, profiles, job));
        }
        if under_way.next().await.is_none() {
            break;
        }
    }
    let row = app.store.row(medium::NEXT_DUE, values![]).await?;
    Ok(row.and_then(|row| row.opt_int(0)).map(Micros))
}

enum Job {
    Profile(Identity),
    File(Medium),
}

/// Fetches one thing. What fails stays due and comes again.
async fn done(app: &Engine, profiles: &Profiles, job: Job) {
    let result = match job {
        Job::Profile(identity) => guarded(name_and_picture(app, profiles, identity)).await,
        Job::File(medium) => guarded(file(app, medium)).await,
    };
    match result {
        Some(Ok(())) => {}
        Some(Err(error)) => {
            tracing::warn!(%error, "what was fetched could not be written down; it is fetched again")
        }
        None => tracing::error!("fetching panicked; it is tried again"),
    }
}

/// Asks Meta for a customer's name and picture (meta-platform.md §4.1).
async fn name_and_picture(app: &Engine, profiles: &Profiles, identity: Identity) -> Result<(), store::Error> {
    let at = app.clock.now();
    let mut batch = Batch::new();
    let directory = app.directory();
    let token = crate::page_tokens::page_token(app, identity.gateway, &identity.page).await?;
    let about = identity.last_user_at.is_none_or(|last| at.since(last) < ABOUT);
    if !about && identity.profile_tries > 0 {
        batch.push(contact::PROFILE_LATER, values![identity.id, at.plus(FRESH)]);
        return commit(app, batch).await;
    }
    let (Some(known), Some(token)) = (directory.gateways.get(&identity.gateway), token) else {
        batch.push(contact::PROFILE_LATER, values![identity.id, at.plus(HOUR)]);
        return commit(app, batch).await;
    };
    let answer = crate::page_tokens::read::<Profile>(app, known, &token, profile(&identity.external));
    match answer.await {
        Ok(profile) if !profile.is_empty() => {
            profiles.told(&mut batch, identity.gateway, true, at);
            if let Some(name) = profile.display_name() {
                batch.push(contact::SET_NAME, values![identity.contact, &name, message::fold(&name)]);
            }
            if let Some(url) = &profile.profile_pic {
                let picture = MediumId(app.ids.next());
                // Must: a contact that was erased meanwhile gets no picture.
                batch.must(contact::WANT_PICTURE, values![identity.contact, picture]);
                medium::push_picture(&mut batch, picture, url, at);
            }
            batch.push(contact::PROFILE_LATER, values![identity.id, at.plus(FRESH)]);
            tell_conversations(app, &mut batch, identity.contact.0, at).await?;
        }
        // An empty answer means that we may not see it (yet): no error, and no reason to ask every minute.
        Ok(_) => {
            if identity.profile_tries >= 3 {
                profiles.told(&mut batch, identity.gateway, false, at);
            }
            let asked = name_of_conversation(app, &mut batch, known, &token, &identity, at).await?;
            let pause = if !asked || identity.profile_tries < 3 {
                (4 * SECOND) << identity.profile_tries.clamp(0, 3)
            } else {
                6 * HOUR
            };
            batch.push(contact::PROFILE_LATER, values![identity.id, at.plus(pause)]);
        }
        Err(refused) => {
            let passing = matches!(refused.error.class(), Class::Retry | Class::Throttled | Class::Uncertain);
            if refused.error.class() == Class::Permission {
                profiles.told(&mut batch, identity.gateway, false, at);
            }
            let mut asked = true;
            if !passing && refused.error.class() != Class::TokenDead {
                asked = name_of_conversation(app, &mut batch, known, &token, &identity, at).await?;
            }
            let pause = match (passing, identity.profile_tries) {
                _ if !asked => 30 * SECOND,
                (true, tries) => ((2 * SECOND) << tries.clamp(0, 12)).min(6 * HOUR),
                (false, _) => 6 * HOUR,
            };
            batch.push(contact::PROFILE_LATER, values![identity.id, at.plus(pause)]);
        }
    }
    commit(app, batch).await
}

/// The second source of a name: the Conversations API often has it if the profile is closed (§4.3). Meta allows two
/// such calls a second for each Page. False if too many calls are waiting.
async fn name_of_conversation(
    app: &Engine,
    batch: &mut Batch,
    known: &KnownGateway,
    token: &PageToken,
    identity: &Identity,
    at: Micros,
) -> Result<bool, store::Error> {
    if identity.name.is_some() {
        return Ok(true);
    }
    if app.graph.is_in_line(&identity.page) {
        return Ok(false);
    }
    let answer = crate::page_tokens::conversations(app, known, token, Some(&identity.external), None).await;
    let name = answer.ok().and_then(|list| {
        let customer = list.items.into_iter().find_map(|thread| {
            thread.participants.into_iter().find(|participant| participant.id == identity.external)
        });
        customer?.name.filter(|name| !name.trim().is_empty())
    });
    if let Some(name) = name {
        batch.push(contact::SET_NAME, values![identity.contact, name.trim(), message::fold(name.trim())]);
        tell_conversations(app, batch, identity.contact.0, at).await?;
    }
    Ok(true)
}

/// Fetches a file that a customer sent, or a contact's picture.
async fn file(app: &Engine, medium: Medium) -> Result<(), store::Error> {
    let at = app.clock.now();
    let mut batch = Batch::new();
    let mut stored = false;
    let fetched = match &medium.source_url {
        Some(url) => app.media.fetch(url).await,
        None => return Ok(()),
    };
    match fetched {
        Ok(fetched) => {
            if let Err(error) = app.blobs.write(medium.id, &fetched.bytes).await {
                tracing::error!(%error, "a file could not be written into the media folder");
                batch.push(
                    medium::FAILED,
                    values![
                        medium.id,
                        "pending",
                        at.plus(30 * SECOND),
                        "The media folder cannot be written: the disk may be full."
                    ],
                );
                return commit(app, batch).await;
            }
            // Pictures in threads are shown small. A sticker is small already, and one may see through it.
            let mut thumb = false;
            if medium.message.is_some() && medium.kind != FileKind::Sticker && fetched.mime.starts_with("image/") {
                thumb = make_thumb(app, medium.id, fetched.bytes.clone().into()).await;
            }
            let name = if medium.name.is_empty() { fetched.name } else { medium.name.clone() };
            let size = i64::try_from(fetched.bytes.len()).unwrap_or(i64::MAX);
            batch.must(medium::STORED, values![medium.id, fetched.mime, size, name, thumb]);
            batch.push(contact::HAVE_PICTURE, values![medium.id]);
            stored = true;
        }
        Err(error) => {
            let pause = usize::try_from(medium.tries).ok().and_then(|tries| FILE_TRIES.get(tries));
            match pause.filter(|_| !error.permanent) {
                Some(seconds) => {
                    batch.push(
                        medium::FAILED,
                        values![medium.id, "pending", at.plus(seconds * SECOND), error.sentence],
                    );
                }
                None => {
                    if let Some(id) = medium.conversation
                        && let Some(it) = conversation::by_id(&app.store, id).await?
                    {
                        health::note(&mut batch, it.gateway, &it.page, FILE_REFUSED, at, &error.sentence);
                    }
                    let never: Option<i64> = None;
                    batch.push(medium::FAILED, values![medium.id, "failed", never, error.sentence]);
                }
            }
        }
    }
    match (medium.conversation, medium.message) {
        (Some(conversation), Some(message)) => {
            event::insert(&mut batch, "message", Some(conversation.0), Some(message.0), "", at);
        }
        _ => {
            if let Some(row) = app.store.row(contact::BY_WANTED_PICTURE, values![medium.id]).await? {
                tell_conversations(app, &mut batch, row.int(0), at).await?;
            }
        }
    }
    match app.store.commit(batch).await {
        Err(CommitError::Store(error)) => Err(error),
        // Its customer was erased while it came: it must not stay.
        Err(CommitError::Conflict | CommitError::Duplicate) if stored => {
            if let Err(error) = app.blobs.remove(medium.id).await {
                tracing::error!(%error, "a file of an erased contact could not be removed from the media folder");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Makes and stores the small picture of a large one. True if there is one.
pub async fn make_thumb(app: &Engine, id: MediumId, bytes: bytes::Bytes) -> bool {
    match thumb::small(bytes).await {
        Some(small) => match app.blobs.write_thumb(id, &small).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "a small picture could not be written: the large one is shown");
                false
            }
        },
        None => false,
    }
}

/// Every open conversation of a contact shows a new name or picture.
async fn tell_conversations(
    app: &Engine,
    batch: &mut Batch,
    contact: i64,
    at: Micros,
) -> Result<(), store::Error> {
    for row in app.store.rows(contact::OPEN_CONVERSATIONS, values![contact]).await? {
        event::insert(batch, "conversation", Some(row.int(0)), None, "", at);
    }
    Ok(())
}

async fn commit(app: &Engine, batch: Batch) -> Result<(), store::Error> {
    match app.store.commit(batch).await {
        Err(CommitError::Store(error)) => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_tries_come_soon_and_the_last_within_a_day() {
        assert!(FILE_TRIES[0] <= 5);
        assert!(FILE_TRIES.iter().sum::<i64>() < 24 * 3_600);
    }
}
