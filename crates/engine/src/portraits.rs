//! Pictures of users, shown with their messages if the gateway uses personas.

use domain::id::{MediumId, UserId};
use store::Batch;
use store::table::persona::{self, Portrait};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::secrets;

/// The public address of a user's picture, if they have one.
pub async fn url_of(app: &Engine, user: UserId) -> Result<Option<String>> {
    let portrait = persona::portrait_of(&app.store, user).await?;
    Ok(portrait.map(|it| app.urls.portrait(&it.key)))
}

/// Sets a user's picture; returns its public address.
pub async fn set(app: &Engine, user: UserId, mime: &str, bytes: &[u8]) -> Result<String> {
    let before = persona::portrait_of(&app.store, user).await?;
    let (medium, key) = (MediumId(app.ids.next()), secrets::letters(32));
    app.blobs.write(medium, bytes).await.map_err(|error| {
        tracing::error!(%error, "a picture could not be written into the media folder");
        Error::DiskFull("The picture could not be saved: the disk may be full.")
    })?;
    let mut batch = Batch::new();
    let portrait = Portrait { key: key.clone(), medium, mime: mime.to_owned() };
    persona::set_portrait(&mut batch, user, &portrait);
    app.store.commit(batch).await?;
    forget(app, before).await;
    Ok(app.urls.portrait(&key))
}

/// Removes a user's picture: from then on they answer as the Page.
pub async fn remove(app: &Engine, user: UserId) -> Result<()> {
    let before = persona::portrait_of(&app.store, user).await?;
    let mut batch = Batch::new();
    persona::delete_portrait(&mut batch, user);
    app.store.commit(batch).await?;
    forget(app, before).await;
    Ok(())
}

/// Deletes the file of a picture that is no longer used. If this fails, it does no harm.
async fn forget(app: &Engine, before: Option<Portrait>) {
    if let Some(before) = before
        && let Err(error) = app.blobs.remove(before.medium).await
    {
        tracing::warn!(%error, "an old picture could not be removed");
    }
}
