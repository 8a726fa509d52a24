//! The user interface: files of `ui/dist`, embedded (read from disk in debug builds), and the page for every other
//! address.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use domain::user_settings::Language;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::app::App;
use crate::web::problem::Problem;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../ui/dist"]
#[allow_missing = true]
struct Dist;

/// The page if the binary was built without the user interface.
const NOTICE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>Deskbell</title>\
    <body style=\"font: 1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem\">\
    <h1>Deskbell is up, without its screens</h1>\
    <p>The API is up, but this binary was built without the user interface. \
    Run <code>cargo xtask ui</code> and build again.</p>\
    <p><a href=\"/api/v1/openapi.json\">What the API can do</a></p></body></html>";

/// First path segments that belong to programs: an unknown address there is a problem, never a page.
const FOR_PROGRAMS: &[&str] = &["api", "chat", "assets", "healthz", "readyz", "metrics"];

/// Files with hashed names never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Everything else is revalidated each time, and rarely resent.
const ASK_AGAIN: &str = "no-cache";

/// Serves every address without another route.
pub async fn serve(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    page(app.urls.base(), &method, &uri, &headers)
}

fn page(base: &str, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let known = file(path);
    let first = path.split('/').next().unwrap_or_default();
    if known.is_none() && FOR_PROGRAMS.contains(&first) {
        return Problem::not_found("page").into_response();
    }
    if *method != Method::GET && *method != Method::HEAD {
        let mut response =
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This page can only be read.").into_response();
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let is_page = known.is_none();
    let name = if is_page { page_for(headers) } else { path };
    // Under a path the page is modified, so there is no compressed version.
    let is_moved = (is_page || name == "index.html") && !base.is_empty();
    let best = if is_moved { file(name).map(|file| (moved(file, base), None)) } else { best(name, headers) };
    match best {
        Some((file, encoding)) => {
            let mut response = answer(name, file, encoding, headers, method);
            if is_page {
                let vary = HeaderValue::from_static("accept-encoding, accept-language, cookie");
                response.headers_mut().insert(header::VARY, vary);
            }
            response
        }
        None => notice(base, method),
    }
}

/// The page in the user's language: the one from their settings, stored in a cookie, else the first supported one
/// that the browser asks for, else English.
fn page_for(headers: &HeaderMap) -> &'static str {
    let text = |name| headers.get_all(name).iter().filter_map(|value: &HeaderValue| value.to_str().ok());
    let chosen = text(header::COOKIE)
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix("deskbell-language="))
        .and_then(language);
    let ours = chosen.or_else(|| text(header::ACCEPT_LANGUAGE).find_map(preferred)).unwrap_or(Language::En);
    match ours {
        Language::Uk if Dist::get("index.uk.html").is_some() => "index.uk.html",
        Language::Uk | Language::En => "index.html",
    }
}

/// A supported language by the first part of its tag.
fn language(tag: &str) -> Option<Language> {
    match tag.trim().split('-').next()?.to_ascii_lowercase().as_str() {
        "en" => Some(Language::En),
        "uk" => Some(Language::Uk),
        _ => None,
    }
}

/// The supported language that `Accept-Language` prefers; the first of equals.
fn preferred(header: &str) -> Option<Language> {
    let weighed = header.split(',').filter_map(|one| {
        let (tag, rest) = one.split_once(';').unwrap_or((one, ""));
        let weight = rest.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
        Some((language(tag)?, weight)).filter(|(_, weight)| *weight > 0.0)
    });
    weighed.reduce(|best, one| if one.1 > best.1 { one } else { best }).map(|(language, _)| language)
}

/// A file of the user interface. Files of the build tool (`.vite`) and precompressed versions do not count.
fn file(path: &str) -> Option<EmbeddedFile> {
    let hidden = path.is_empty() || path.split('/').any(|part| part.is_empty() || part.starts_with('.'));
    if hidden || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    Dist::get(path)
}

/// The page for an installation under a path: everything that it loads is relative to its `<base>`.
fn moved(mut page: EmbeddedFile, base: &str) -> EmbeddedFile {
    let text =
        String::from_utf8_lossy(&page.data).replacen("<base href=\"/\"", &format!("<base href=\"{base}/\""), 1);
    page.data = text.into_bytes().into();
    page
}

/// The file in the best encoding that the browser accepts.
fn best(name: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let plain = file(name)?;
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (encoding, end) in [("br", "br"), ("gzip", "gz")] {
        if accepts(accepted, encoding)
            && let Some(small) = Dist::get(&format!("{name}.{end}"))
        {
            return Some((small, Some(encoding)));
        }
    }
    Some((plain, None))
}

/// Whether `Accept-Encoding` lists an encoding and does not forbid it.
pub fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding))
            && !parts.any(|part| {
                part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|weight| weight == 0.0))
            })
    })
}

fn answer(
    name: &str,
    file: EmbeddedFile,
    encoding: Option<&'static str>,
    headers: &HeaderMap,
    method: &Method,
) -> Response {
    let tag: String = file.metadata.sha256_hash()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let same = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let builder = Response::builder()
        .header(header::ETAG, tag)
        .header(header::VARY, "accept-encoding")
        .header(header::CACHE_CONTROL, if name.starts_with("assets/") { FOR_EVER } else { ASK_AGAIN });
    let response = if same {
        builder.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        let mut builder = builder
            .header(header::CONTENT_TYPE, content_type(name))
            .header(header::CONTENT_LENGTH, file.data.len());
        if let Some(encoding) = encoding {
            builder = builder.header(header::CONTENT_ENCODING, encoding);
        }
        builder.body(if method == Method::HEAD { Body::empty() } else { Body::from(file.data) })
    };
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn notice(base: &str, method: &Method) -> Response {
    let body = if method == Method::HEAD {
        String::new()
    } else {
        NOTICE.replace("href=\"/", &format!("href=\"{base}/"))
    };
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, body).into_response()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_speaks_the_language_of_the_settings_else_that_of_the_browser() {
        for (header, expected) in [
            ("uk", Some(Language::Uk)),
            ("uk-UA,uk;q=0.9,en;q=0.8", Some(Language::Uk)),
            ("de,en-GB;q=0.7,uk;q=0.8", Some(Language::Uk)),
            ("en-US,uk;q=0.9", Some(Language::En)),
            ("de,uk;q=0", None),
            ("en;q=x, *", None),
        ] {
            assert_eq!(preferred(header), expected, "{header}");
        }
        if Dist::get("index.uk.html").is_none() {
            return;
        }
        let page = |cookie: &str, accepted: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            page_for(&headers)
        };
        assert_eq!(page("session=1; deskbell-language=uk", "en"), "index.uk.html");
        assert_eq!(page("deskbell-language=en", "uk"), "index.html");
        assert_eq!(page("deskbell-language=tlh", "uk"), "index.uk.html");
    }

    fn ask(method: Method, path: &str) -> Response {
        page("", &method, &path.parse().unwrap(), &HeaderMap::new())
    }

    #[test]
    fn encodings_are_taken_unless_they_are_forbidden() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("br;q=0.5", "br"));
        assert!(!accepts("br;q=0, gzip", "br"));
        assert!(!accepts("brotli", "br"));
    }

    #[test]
    fn under_a_path_the_page_loads_everything_from_there() {
        if let Some(page) = file("index.html") {
            let moved = moved(page, "/desk");
            let text = String::from_utf8_lossy(&moved.data);
            assert!(text.contains("<base href=\"/desk/\""), "{text}");
            assert!(!text.contains("=\"/assets"), "{text}");
        }
    }

    #[test]
    fn every_address_of_people_shows_the_page_and_those_of_programs_do_not() {
        for path in ["/", "/workspace", "/admin/flows/17", "/setup"] {
            let response = ask(Method::GET, path);
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert!(response.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"), "{path}");
        }
        for path in ["/api", "/api/v2/x", "/chat", "/assets/none.js", "/assets/../index.html"] {
            assert_eq!(ask(Method::GET, path).status(), StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(ask(Method::POST, "/workspace").status(), StatusCode::METHOD_NOT_ALLOWED);
        assert!(file(".vite/manifest.json").is_none());
    }
}
