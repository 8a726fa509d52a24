//! Writes audit rows for administrative acts, in the batch that carries them out.

use std::fmt::Display;

use domain::id::UserId;
use store::table::setting;
use store::{Batch, Signal};

use crate::engine::Engine;
use crate::error::Result;

/// Writes an act into its batch, and signals every process that its copy of the configuration is stale. `by` is None
/// for what Deskbell does by itself.
pub fn act_by(
    app: &Engine,
    batch: &mut Batch,
    by: Option<UserId>,
    action: &str,
    object: impl Display,
    detail: &str,
) {
    let object = object.to_string();
    setting::audit(batch, &mut app.id_source(), app.clock.now(), by, action, &object, detail);
    batch.notify(Signal::Config);
}

/// Records an act that changes nothing in the store itself, such as an export.
pub async fn record(app: &Engine, by: UserId, action: &str, object: &str, detail: &str) -> Result<()> {
    let mut batch = Batch::new();
    setting::audit(&mut batch, &mut app.id_source(), app.clock.now(), Some(by), action, object, detail);
    app.store.commit(batch).await?;
    Ok(())
}
