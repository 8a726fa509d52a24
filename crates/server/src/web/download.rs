//! Archives that are created for a single download.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::io::AsyncReadExt as _;

use crate::web::problem::{Answer, Problem};
use engine::retention::zip::{Export, ExportError};

/// An archive could not be created.
pub fn failed(error: ExportError) -> Problem {
    match error {
        ExportError::Store(error) => error.into(),
        error => {
            tracing::error!(%error, "an archive could not be written");
            Problem::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "The archive could not be written: the server's disk may be full. Tell your administrator.",
            )
        }
    }
}

/// Returns a ZIP with this name. Its file is removed when the last chunk was sent, or the client disconnected.
pub async fn zip(export: Export, name: &str) -> Answer<Response> {
    let gone = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The archive was lost: make it again.");
    let file = tokio::fs::File::open(export.path()).await.map_err(gone)?;
    let length = file.metadata().await.map_err(gone)?.len();
    let stream = futures_util::stream::unfold((file, export), async |(mut file, export)| {
        let mut piece = vec![0; 64 * 1024];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(count) => {
                piece.truncate(count);
                Some((Ok(bytes::Bytes::from(piece)), (file, export)))
            }
            Err(error) => Some((Err(error), (file, export))),
        }
    });
    let mut response = Response::new(Body::from_stream(stream));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
