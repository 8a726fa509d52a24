//! Files as responses: complete, or the part that a `Range` asks for. The caller checks who may read them.

use std::io;
use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use http_range_header::{EndPosition, StartPosition, SyntacticallyCorrectRange, parse_range_header};
use tower_http::services::ServeFile;

use crate::web::problem::Problem;

/// For files that only some users may see: a browser asks each time whether its copy may still be shown.
pub const REVALIDATE: &str = "private, no-cache";

/// Whether the browser has the version with this tag.
pub fn has(headers: &HeaderMap, tag: &str) -> bool {
    let sent = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    sent.flat_map(|value| value.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.trim_start_matches("W/") == tag
    })
}

/// 304: the browser's copy is current.
pub fn not_modified(tag: &str) -> Response {
    let headers = [(header::ETAG, tag), (header::CACHE_CONTROL, REVALIDATE)];
    (StatusCode::NOT_MODIFIED, headers).into_response()
}

/// A file with this type. It is sent in chunks, however large it is.
///
/// # Errors
/// Errors of the file system.
pub async fn serve(path: &Path, mime: &str, headers: &HeaderMap) -> io::Result<Response> {
    // Only the range of the request counts: caching is decided by our own headers.
    let mut request = Request::new(Body::empty());
    if let Some(range) = headers.get(header::RANGE).filter(|range| is_one_range(range)) {
        request.headers_mut().insert(header::RANGE, range.clone());
    }
    let response = ServeFile::new(path).try_call(request).await?;
    let mut response = match response.status() {
        StatusCode::NOT_FOUND => return Err(io::ErrorKind::NotFound.into()),
        StatusCode::RANGE_NOT_SATISFIABLE => {
            let mut problem = Problem::new(response.status(), "This range is outside the file.").into_response();
            if let Some(range) = response.headers().get(header::CONTENT_RANGE) {
                problem.headers_mut().insert(header::CONTENT_RANGE, range.clone());
            }
            return Ok(problem);
        }
        _ => response.map(Body::new),
    };
    if let Ok(mime) = HeaderValue::from_str(mime) {
        response.headers_mut().insert(header::CONTENT_TYPE, mime);
    }
    Ok(response)
}

/// Whether a `Range` asks for one part. The complete file is sent for any other: one that can't be read counts as
/// absent (RFC 9110, 14.2), and no browser asks for several parts at once.
fn is_one_range(range: &HeaderValue) -> bool {
    let ranges = range.to_str().ok().and_then(|text| parse_range_header(text).ok());
    ranges.is_some_and(|parsed| match parsed.ranges.as_slice() {
        [SyntacticallyCorrectRange { start: StartPosition::Index(start), end: EndPosition::Index(end) }] => {
            start <= end
        }
        [_] => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(path: &Path, range: &str) -> (StatusCode, String, String) {
        let headers = HeaderMap::from_iter([(header::RANGE, range.parse().unwrap())]);
        let response = serve(path, "text/plain", &headers).await.unwrap();
        let status = response.status();
        let range = response.headers().get(header::CONTENT_RANGE);
        let range = range.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, range, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn ranges_are_read_as_browsers_write_them() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789").unwrap();
        for (range, part, words) in [
            ("bytes=0-3", "bytes 0-3/10", "0123"),
            ("bytes=4-", "bytes 4-9/10", "456789"),
            ("bytes=-3", "bytes 7-9/10", "789"),
            ("bytes=8-99", "bytes 8-9/10", "89"),
        ] {
            let answer = ask(file.path(), range).await;
            assert_eq!(answer, (StatusCode::PARTIAL_CONTENT, part.into(), words.into()), "{range}");
        }
        for range in ["bytes=10-", "bytes=99-120"] {
            let (status, part, _) = ask(file.path(), range).await;
            assert_eq!((status, part.as_str()), (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */10"), "{range}");
        }
        for range in
            ["bytes=5-2", "lines=1-2", "bytes=", "bytes=a-b", "0-3", "bytes=0-1,4-5", "bytes=-", "bytes=-0"]
        {
            let answer = ask(file.path(), range).await;
            assert_eq!(answer, (StatusCode::OK, String::new(), "0123456789".into()), "{range}");
        }
    }

    #[test]
    fn a_tag_is_found_in_what_browsers_send() {
        let sent =
            |value: &str| has(&HeaderMap::from_iter([(header::IF_NONE_MATCH, value.parse().unwrap())]), "\"7\"");
        assert!(sent("\"7\"") && sent("W/\"7\"") && sent("\"1\", \"7\"") && sent("*"));
        assert!(!sent("\"8\"") && !sent("7") && !has(&HeaderMap::new(), "\"7\""));
    }

    #[tokio::test]
    async fn a_file_that_is_gone_is_an_error() {
        let gone = serve(Path::new("/nothing/here"), "text/plain", &HeaderMap::new()).await;
        assert_eq!(gone.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
