//! Removes the content of unsent messages from their deliveries, as Meta requires (meta-platform.md §2.7).

use channels::redact;
use domain::id::DeliveryId;
use store::Batch;
use store::table::{delivery, erasure};

use super::body;
use crate::engine::Engine;

/// Adds to a batch that these deliveries are stored without the content of a message.
pub async fn remove(
    app: &Engine,
    batch: &mut Batch,
    deliveries: &[DeliveryId],
    mid: &str,
) -> Result<(), store::Error> {
    for id in deliveries {
        let found = erasure::deliveries(&app.store, DeliveryId(id.0 - 1), *id, 1).await?.pop();
        if let Some(body) = found.and_then(|found| redact::without_message(&body::decoded(found.body), mid)) {
            delivery::redact(batch, *id, body);
        }
    }
    Ok(())
}
