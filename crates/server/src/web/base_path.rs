//! An installation under a path, such as `https://firm.example/desk`: the path is removed before a request is routed.
//! A proxy that removes it itself, and probes that do not use it, find everything at the root as well.

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use tower_service::Service as _;

/// Serves routes under a path as well as at the root.
pub fn under(base: String, routes: Router) -> Router {
    if base.is_empty() {
        return routes;
    }
    Router::new().fallback(move |mut request: Request| {
        if let Some(inner) = inner(request.uri(), &base) {
            *request.uri_mut() = inner;
        }
        let mut routes = routes.clone();
        async move { routes.call(request).await }
    })
}

/// An address without the path; None if it is not below it.
fn inner(uri: &Uri, base: &str) -> Option<Uri> {
    let rest = uri.path().strip_prefix(base)?;
    // "/desktop" is not below "/desk".
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    let path = if rest.is_empty() { "/" } else { rest };
    let text = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_taken_away_once() {
        let inner = |uri: &str| inner(&uri.parse().unwrap(), "/desk").map(|uri| uri.to_string());
        assert_eq!(inner("/desk/api/v1/me?x=/desk").as_deref(), Some("/api/v1/me?x=/desk"));
        assert_eq!(inner("/desk").as_deref(), Some("/"));
        assert_eq!(inner("/desk?x=1").as_deref(), Some("/?x=1"));
        assert_eq!(inner("/desk/desk/x").as_deref(), Some("/desk/x"));
        assert_eq!(inner("/desktop"), None);
        assert_eq!(inner("/api/v1/me"), None);
    }
}
