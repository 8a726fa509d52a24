//! Downloads a customer's file. Most channels send its address with the event; where it has to be requested, it is
//! requested before each attempt, because it is only valid for minutes (meta-platform.md §3.8).

use channels::meta::error::Class;
use domain::file_error::FileError;
use store::table::conversation;
use store::table::medium::Medium;

use crate::clients::media::{Fetched, MediaError, Source};
use crate::engine::Engine;

/// Fetches a file into the media folder. An error of the store means that it was not tried.
pub(super) async fn fetch(app: &Engine, medium: &Medium) -> Result<Result<Fetched, MediaError>, store::Error> {
    let sha256 = medium.sha256.as_deref();
    if let Some(url) = &medium.source_url {
        let from = Source { url, token: None, sha256 };
        return Ok(app.media.fetch(&from, &app.blobs, medium.id, medium.kind).await);
    }
    let passing = |why| Ok(Err(MediaError { why, permanent: false }));
    let gone = || Ok(Err(MediaError { why: FileError::NoAddress {}, permanent: true }));
    let (Some(id), Some(conversation)) = (&medium.source_id, medium.conversation) else { return gone() };
    let Some(conversation) = conversation::by_id(&app.store, conversation).await? else { return gone() };
    let directory = app.directory();
    let Some(gateway) = directory.gateways.get(&conversation.gateway) else { return gone() };
    let account = &conversation.account;
    let Some(token) = crate::account_tokens::account_token(app, conversation.gateway, &account.id).await? else {
        return passing(FileError::Disconnected {});
    };
    let Some((channel, call)) =
        app.channels.get(account.channel).and_then(|it| Some((it, it.file_address(&token.node, id)?)))
    else {
        return gone();
    };
    let answer = crate::account_tokens::send(app, gateway, &token, call, None).await;
    let address = match answer.and_then(|answer| Ok(channel.read_file_address(&answer)?)) {
        Ok(address) => address,
        Err(refused) => {
            let status = refused.error.status;
            return match refused.error.class() {
                Class::TokenDead => passing(FileError::Disconnected {}),
                _ if refused.is_passing() => passing(FileError::Busy { status }),
                _ => Ok(Err(MediaError { why: FileError::Expired { status }, permanent: true })),
            };
        }
    };
    let Some(url) = address.url else { return gone() };
    // The event's value has priority; the answer's may be the only one.
    let sha256 = sha256.or(address.sha256.as_deref());
    let from = Source { url: &url, token: Some(&token.secret), sha256 };
    let fetched = app.media.fetch(&from, &app.blobs, medium.id, medium.kind).await;
    // An expired address is requested again.
    Ok(fetched.map_err(|error| match error.why {
        FileError::Expired { .. } => MediaError { permanent: false, ..error },
        _ => error,
    }))
}
