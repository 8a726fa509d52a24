//! The id of the request that a task serves: in responses to internal errors, and in the log.

use tower_http::request_id::RequestId;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// Runs the work of a request with its id.
pub async fn scope<T>(id: RequestId, work: impl Future<Output = T>) -> T {
    CURRENT.scope(id, work).await
}

/// The id of the request that this task serves.
pub fn current() -> Option<String> {
    CURRENT.try_with(|id| id.header_value().to_str().unwrap_or_default().to_owned()).ok()
}

/// Runs work in another task with the id of this task's request.
pub fn with_current<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    let id = CURRENT.try_with(RequestId::clone).ok();
    async {
        match id {
            Some(id) => scope(id, work).await,
            None => work.await,
        }
    }
}
