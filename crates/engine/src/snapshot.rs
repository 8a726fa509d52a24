//! [`Snapshot`]: what every request needs, read from the store as a whole and replaced as a whole.

use std::sync::{Arc, RwLock};

/// A value that many read and few replace.
#[derive(Debug, Default)]
pub struct Snapshot<T> {
    current: RwLock<Arc<T>>,
    /// One reading at a time: one that began earlier must not replace what a later one found.
    reading: tokio::sync::Mutex<()>,
}

impl<T> Snapshot<T> {
    /// The first one.
    pub fn new(first: T) -> Self {
        Self { current: RwLock::new(Arc::new(first)), reading: tokio::sync::Mutex::default() }
    }

    /// The current one.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.current.read().expect("nothing panics while it is held"))
    }

    /// Replaces it by what `read` finds; on an error it stays as it is.
    pub async fn refresh<E>(&self, read: impl Future<Output = Result<T, E>>) -> Result<(), E> {
        let _order = self.reading.lock().await;
        let fresh = Arc::new(read.await?);
        *self.current.write().expect("nothing panics while it is held") = fresh;
        Ok(())
    }
}
