//! Fetches names, pictures and files after the message is stored, and retries. A failure never costs a message.

mod download;

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use channels::meta::error::Class;
use channels::meta::graph;
use domain::file_error::FileError;
use domain::id::{ContactId, GatewayId, MediumId};
use domain::inbound::FileKind;
use domain::time::{DAY, HOUR, Micros, SECOND};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use store::table::contact::{self, Identity};
use store::table::medium::{self, Fetched, Measures, Medium};
use store::table::message::json;
use store::table::{conversation, event, health, identity};
use store::{Batch, CommitError, Signal};

use crate::account_tokens::{conversations, platform};
use crate::clients::graph::AccountToken;
use crate::clients::media::MediaError;
use crate::clients::{picture, recording};
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::health::FILE_REFUSED;
use crate::optimistic::commit_if_first;
use crate::worker::guarded;
use crate::worker::{Context, Next, Schedule, Worker};

/// Fetches in progress at the same time.
const ABREAST: usize = 8;
/// The same while messages wait: each fetch writes to the disk several times, which delays them.
const ABREAST_BUSY: usize = 1;
/// Pauses between attempts for a file, in seconds; after the last one it counts as unavailable.
const FILE_TRIES: [i64; 9] = [2, 5, 15, 60, 300, 900, 3_600, 4 * 3_600, 12 * 3_600];
/// While our disk is full, files are tried again this often.
const NO_SPACE: i64 = 10 * SECOND;
/// How long until a name is fetched again, because it may change, if the customer is active.
const FRESH: i64 = DAY;
/// A customer who wrote within this time counts as active.
const ABOUT: i64 = 7 * DAY;

/// Whether Meta returned customers' names at the last request; stored only when that changes.
#[derive(Debug, Default)]
struct Profiles(Mutex<HashMap<GatewayId, bool>>);

impl Profiles {
    /// Records whether a name was returned or refused.
    fn note(&self, batch: &mut Batch, gateway: GatewayId, is_given: bool, at: Micros) {
        let mut map = self.0.lock().expect("nothing panics while it is held");
        if map.insert(gateway, is_given) != Some(is_given) {
            health::note(batch, gateway, "", if is_given { "profile_ok" } else { "profile_refused" }, at, "");
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
        Schedule { patience: Duration::from_secs(600), ..Schedule::new("fetch", Some(Signal::Fetch)) };

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), profiles: Profiles::default() }
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        round(&self.app, &self.profiles).await.map(Next::At)
    }
}

async fn round(app: &Engine, profiles: &Profiles) -> Result<Option<Micros>, store::Error> {
    let identities = identity::profile_due(&app.store, app.clock.now()).await?;
    let files = medium::due(&app.store, app.clock.now()).await?;
    let mut under_way = FuturesUnordered::new();
    let mut waiting = identities.into_iter().map(Job::Profile).chain(files.into_iter().map(Job::File));
    loop {
        let abreast = if app.pressure.is_busy() { ABREAST_BUSY } else { ABREAST };
        while under_way.len() < abreast
            && let Some(job) = waiting.next()
        {
            under_way.push(done(app, profiles, job));
        }
        if under_way.next().await.is_none() {
            break;
        }
    }
    medium::next_due(&app.store).await
}

enum Job {
    Profile(Identity),
    File(Medium),
}

/// Fetches one thing. What fails stays due and is tried again.
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

/// Requests from Meta a customer's name and picture (meta-platform.md §4.1).
async fn name_and_picture(app: &Engine, profiles: &Profiles, identity: Identity) -> Result<(), store::Error> {
    let at = app.clock.now();
    let mut batch = Batch::new();
    let directory = app.directory();
    let token = crate::account_tokens::account_token(app, identity.gateway, &identity.address.account.id).await?;
    let about = identity.last_user_at.is_none_or(|last| at.since(last) < ABOUT);
    if !about && identity.profile_tries > 0 {
        identity::retry_profile(&mut batch, identity.id, at.plus(FRESH));
        return commit(app, batch).await;
    }
    let channel = app.channels.get(identity.address.account.channel);
    let Some((channel, call)) = channel.and_then(|it| Some((it, it.profile(&identity.address.user)?))) else {
        // The channel has no profiles.
        identity::stop_profile(&mut batch, identity.id);
        return commit(app, batch).await;
    };
    let (Some(known), Some(token)) = (directory.gateways.get(&identity.gateway), token) else {
        identity::retry_profile(&mut batch, identity.id, at.plus(HOUR));
        return commit(app, batch).await;
    };
    // Whether the app has the feature is known only from answers that need it (§4.1).
    let needs_feature = call.permissions.contains(&graph::PROFILE_ACCESS);
    let answer = crate::account_tokens::send(app, known, &token, call, None).await;
    match answer.and_then(|answer| Ok(channel.read_profile(&answer)?)) {
        Ok(profile) if !profile.is_empty() => {
            if needs_feature {
                profiles.note(&mut batch, identity.gateway, true, at);
            }
            if let Some(name) = profile.display_name() {
                contact::set_channel_name(&mut batch, identity.contact, &name);
            }
            if let Some(url) = &profile.profile_pic {
                let picture = MediumId(app.ids.next());
                // Must: a contact that was erased in the meantime gets no picture.
                contact::want_picture(&mut batch, identity.contact, picture);
                medium::push_picture(&mut batch, picture, url, at);
            }
            identity::retry_profile(&mut batch, identity.id, at.plus(FRESH));
            tell_conversations(app, &mut batch, identity.contact, at).await?;
        }
        // An empty answer means that we may not see it (yet): not an error, and no reason to retry every minute.
        Ok(_) => {
            if needs_feature && identity.profile_tries >= 3 {
                profiles.note(&mut batch, identity.gateway, false, at);
            }
            let asked = name_of_conversation(app, &mut batch, known, &token, &identity, at).await?;
            let pause = if !asked || identity.profile_tries < 3 {
                (4 * SECOND) << identity.profile_tries.clamp(0, 3)
            } else {
                6 * HOUR
            };
            identity::retry_profile(&mut batch, identity.id, at.plus(pause));
        }
        Err(refused) => {
            let passing = matches!(refused.error.class(), Class::Retry | Class::Throttled | Class::Uncertain);
            if needs_feature && refused.error.class() == Class::Permission {
                profiles.note(&mut batch, identity.gateway, false, at);
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
            identity::retry_profile(&mut batch, identity.id, at.plus(pause));
        }
    }
    commit(app, batch).await
}

/// The second source of a name: the Conversations API often has it if the profile is not accessible (§4.3). Meta
/// allows two such calls a second for each Page. False if too many calls are waiting.
async fn name_of_conversation(
    app: &Engine,
    batch: &mut Batch,
    known: &GatewayEntry,
    token: &AccountToken,
    identity: &Identity,
    at: Micros,
) -> Result<bool, store::Error> {
    if identity.name.is_some() {
        return Ok(true);
    }
    let Some(platform) = platform(app, identity.address.account.channel) else { return Ok(true) };
    if app.graph.is_in_line(&identity.address.account.id) {
        return Ok(false);
    }
    let answer = conversations(app, known, token, platform, Some(&identity.address.user), None).await;
    let name = answer.ok().and_then(|list| {
        let customer = list.items.into_iter().find_map(|thread| {
            thread.participants.into_iter().find(|participant| participant.id == identity.address.user)
        });
        customer?.display_name()
    });
    if let Some(name) = name {
        contact::set_channel_name(batch, identity.contact, name.trim());
        tell_conversations(app, batch, identity.contact, at).await?;
    }
    Ok(true)
}

/// Fetches a file that a customer sent, or a contact's picture.
async fn file(app: &Engine, medium: Medium) -> Result<(), store::Error> {
    let at = app.clock.now();
    let mut batch = Batch::new();
    let mut stored = false;
    let fetched = download::fetch(app, &medium).await?;
    match fetched {
        Ok(fetched) => {
            let is_picture = fetched.mime.starts_with("image/");
            let mut measures = Measures::default();
            let mut thumb = false;
            if (is_picture || fetched.mime.starts_with("audio/")) && !medium.was_opened {
                // Recorded first: if decoding it crashes this process, it is not decoded again.
                let mut opened = Batch::new();
                medium::set_opened(&mut opened, medium.id);
                commit(app, opened).await?;
                measures = measure(app, medium.id, fetched.mime).await;
                // Threads show thumbnails of pictures. A sticker is already small, and may be transparent.
                if is_picture && medium.message.is_some() && medium.kind != FileKind::Sticker {
                    thumb = make_thumb(app, medium.id).await;
                }
            }
            let name = if medium.name.is_empty() { fetched.name.clone() } else { medium.name.clone() };
            let size = i64::try_from(fetched.size).unwrap_or(i64::MAX);
            let known = Fetched { mime: fetched.mime, size, name: &name, thumb, measures };
            medium::set_stored(&mut batch, medium.id, &known);
            contact::show_picture(&mut batch, medium.id);
            stored = true;
        }
        // Our own disk is the problem: that says nothing about the file, and does not count as an attempt.
        Err(MediaError {
            why: why @ (FileError::DiskLow {} | FileError::FolderUnwritable {} | FileError::Disconnected {}),
            ..
        }) => {
            medium::wait(&mut batch, medium.id, at.plus(NO_SPACE), &why);
            if medium.error == Some(why) {
                return commit(app, batch).await;
            }
        }
        Err(error) => {
            let pause = usize::try_from(medium.tries).ok().and_then(|tries| FILE_TRIES.get(tries));
            match pause.filter(|_| !error.permanent) {
                Some(seconds) => {
                    medium::retry(&mut batch, medium.id, at.plus(seconds * SECOND), &error.why);
                }
                None => {
                    if let Some(id) = medium.conversation
                        && let Some(it) = conversation::by_id(&app.store, id).await?
                    {
                        health::note(&mut batch, it.gateway, &it.account.id, FILE_REFUSED, at, &json(&error.why));
                    }
                    medium::set_failed(&mut batch, medium.id, &error.why);
                }
            }
        }
    }
    match (medium.conversation, medium.message) {
        (Some(conversation), Some(message)) => {
            event::add(&mut batch, &event::Event::MessageChanged(conversation, message), at);
        }
        _ => {
            if let Some(contact) = contact::by_wanted_picture(&app.store, medium.id).await? {
                tell_conversations(app, &mut batch, contact, at).await?;
            }
        }
    }
    match app.store.commit(batch).await {
        Err(CommitError::Store(error)) => Err(error),
        // Its customer was erased while it was fetched: it must be deleted.
        Err(CommitError::Conflict | CommitError::Duplicate) if stored => {
            if let Err(error) = app.blobs.remove(medium.id).await {
                tracing::error!(%error, "a file of an erased contact could not be removed from the media folder");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Measures a stored file: the dimensions of a picture, the duration of a recording.
pub async fn measure(app: &Engine, id: MediumId, mime: &str) -> Measures {
    let path = app.blobs.path(id);
    match mime.split('/').next() {
        Some("image") => Measures { dimensions: picture::size(path).await, ..Measures::default() },
        Some("audio") => Measures { seconds: recording::seconds(path).await, ..Measures::default() },
        _ => Measures::default(),
    }
}

/// Creates and stores the thumbnail of a large picture. True if there is one.
pub async fn make_thumb(app: &Engine, id: MediumId) -> bool {
    match picture::small(app.blobs.path(id)).await {
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

/// Adds events, so that every open conversation of a contact shows a new name or picture.
async fn tell_conversations(
    app: &Engine,
    batch: &mut Batch,
    contact: ContactId,
    at: Micros,
) -> Result<(), store::Error> {
    let open = contact::open_conversations(&app.store, contact).await?;
    event::conversations_changed(batch, &open, at);
    Ok(())
}

async fn commit(app: &Engine, batch: Batch) -> Result<(), store::Error> {
    commit_if_first(&app.store, batch).await.map(|_| ())
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
