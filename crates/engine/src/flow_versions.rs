//! Published flow versions that runs use, cached in memory: a version never changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::conversation::FlowRef;
use domain::flow::FlowBody;
use store::table::flow;
use store::{Error, Store};

/// The size of the cache. More versions are rarely in use at once; then all are read again.
const MOST: usize = 200;

/// The cache.
#[derive(Debug, Default)]
pub struct FlowVersions(Mutex<HashMap<FlowRef, Arc<FlowBody>>>);

impl FlowVersions {
    /// A version; None if there is none, or it cannot be read.
    pub async fn get(&self, store: &Store, reference: FlowRef) -> Result<Option<Arc<FlowBody>>, Error> {
        if let Some(body) = self.0.lock().expect("nothing panics while it is held").get(&reference) {
            return Ok(Some(Arc::clone(body)));
        }
        let text = flow::body(store, reference.flow, reference.version).await?;
        let body = text.and_then(|text| domain::flow::parse(&text).ok()).map(Arc::new);
        if let Some(body) = &body {
            let mut known = self.0.lock().expect("nothing panics while it is held");
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(reference, Arc::clone(body));
        }
        Ok(body)
    }
}
