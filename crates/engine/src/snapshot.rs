//! [`Snapshot`]: data that every request needs, read and replaced as a whole.

use std::sync::{Arc, RwLock};

/// A value that many read and few replace.
#[derive(Debug, Default)]
pub struct Snapshot<T> {
    current: RwLock<Arc<T>>,
    /// One read at a time: an earlier read must not replace the result of a later one.
    reading: tokio::sync::Mutex<()>,
}

impl<T> Snapshot<T> {
    /// Creates one with a first value.
    pub fn new(first: T) -> Self {
        Self { current: RwLock::new(Arc::new(first)), reading: tokio::sync::Mutex::default() }
    }

    /// The current one.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.current.read().expect("nothing panics while it is held"))
    }

    /// Replaces it with the result of `read`; on an error it stays unchanged.
    pub async fn refresh<E>(&self, read: impl Future<Output = Result<T, E>>) -> Result<(), E> {
        let _order = self.reading.lock().await;
        let fresh = Arc::new(read.await?);
        *self.current.write().expect("nothing panics while it is held") = fresh;
        Ok(())
    }
}
