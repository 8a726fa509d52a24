//! The few pages that people see at Meta's door. They load nothing, and hold nothing that Meta wrote.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::app::App;
use ::review::markup::escaped;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;\
background:#f4f5f7;color:#1c2430}main{max-width:30rem;margin:1rem;padding:2rem;background:#fff;border-radius:12px;\
box-shadow:0 2px 12px #0002}h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:.5rem 0}small{color:#5b6675}\
main.text{max-width:44rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:1.5rem 0 .25rem}h3{font-size:1rem;margin:1rem 0 .25rem}\
a{color:#0b5fcc}@media(prefers-color-scheme:dark){body{background:#12161c;color:#e6eaf0}main{background:#1c222b}small{color:#9aa6b5}a{color:#7db3ff}}";

/// Hurries the outcome to the window that opened this one, to our own origin only. Meta's pages often cut the
/// way back; then the event stream has told it already.
const SCRIPT: &str = "(()=>{const d=document.body.dataset;try{if(window.opener)window.opener.postMessage(\
{type:'deskbell.connect',gateway_id:d.gateway,attempt_id:d.attempt,state:d.state,message:d.message},d.origin)}catch{}\
history.replaceState(null,'',location.pathname);if(d.state==='done')setTimeout(()=>window.close(),1200)})()";

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    HeaderValue::from_str(&policy).expect("base64 fits into a header")
});

/// How an attempt to connect ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome<'a> {
    /// Which gateway.
    pub gateway: &'a str,
    /// Which attempt, where it is known.
    pub attempt: &'a str,
    /// Whether it went well.
    pub done: bool,
    /// What to tell.
    pub message: &'a str,
}

/// The page at the end of Meta's login.
pub(super) fn outcome(app: &App, status: StatusCode, outcome: Outcome) -> Response {
    let title = if outcome.done { "Connected" } else { "Not connected" };
    let state = if outcome.done { "done" } else { "failed" };
    let data = format!(
        " data-origin=\"{}\" data-gateway=\"{}\" data-attempt=\"{}\" data-state=\"{state}\" data-message=\"{}\"",
        escaped(&origin(&app.config.public_url)),
        escaped(outcome.gateway),
        escaped(outcome.attempt),
        escaped(outcome.message)
    );
    let text = format!(
        "<p>{}</p><p><small>You can close this window and go back to Deskbell.</small></p><script>{SCRIPT}</script>",
        escaped(outcome.message)
    );
    page(status, title, &data, &text)
}

/// What somebody sees who opens a gateway's address by hand.
pub(super) fn bare() -> Response {
    let text = "<p>This is the address of a Deskbell gateway. It is meant for Meta: copy it into the app's dashboard.</p>\
                <p>If you came here from Facebook's login, it ended without a word: go back to Deskbell and try again. \
                Facebook does that when the app is not live, or lacks access to what was asked for.</p>";
    page(StatusCode::OK, "Nothing to see here", "", text)
}

/// What became of a person's request to delete their data. `held` is what there was of them.
pub(super) fn deletion(code: &str, requested: &str, done: Option<&str>, held: &str) -> Response {
    let done = done.map(escaped);
    let state = match (done, held) {
        (None, _) => "<p>It was received and is being carried out.</p>".to_owned(),
        (Some(at), "contact") => format!(
            "<p>It was carried out by {at}: the messages, files and names that were held of this person were erased.</p>"
        ),
        (Some(at), "nothing") => {
            format!(
                "<p>It was answered on {at}: nothing was held of this person, so there was nothing to delete.</p>\
                 <p>Did you write to a Page as its customer? Messenger knows you there by another id, which Facebook does not \
                 tell us. Write to that Page and ask for your conversation to be deleted.</p>"
            )
        }
        (Some(at), _) => format!(
            "<p>It was carried out on {at}: the access that this person had given to Deskbell was deleted, and so was their name.</p>"
        ),
    };
    let text = format!("<p>Request <b>{}</b> was received on {}.</p>{state}", escaped(code), escaped(requested));
    page(StatusCode::OK, "Deletion of your data", "", &text)
}

/// There is no such request.
pub(super) fn no_deletion() -> Response {
    let text = "<p>There is no request with this code. Copy the whole code from Facebook, or look there for a newer one.</p>";
    page(StatusCode::NOT_FOUND, "Deletion of your data", "", text)
}

/// A page of the business's own about people's data; `text` is HTML already.
pub(in crate::web) fn legal(title: &str, text: &str) -> Response {
    whole(StatusCode::OK, title, "", text, true)
}

/// There is no such page.
pub(in crate::web) fn no_legal() -> Response {
    page(StatusCode::NOT_FOUND, "Not found", "", "<p>There is no such page here: look for another link to it.</p>")
}

fn page(status: StatusCode, title: &str, data: &str, text: &str) -> Response {
    whole(status, title, data, text, false)
}

fn whole(status: StatusCode, title: &str, data: &str, text: &str, long: bool) -> Response {
    let class = if long { " class=\"text\"" } else { "" };
    let body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title} · Deskbell</title><style>{STYLE}</style></head>\
         <body{data}><main{class}><h1>{title}</h1>{text}</main></body></html>"
    );
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    (status, headers, body).into_response()
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> String {
    reqwest::Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let outcome = Outcome { gateway: "7", attempt: "8", done: false, message: "<a href=\"x\">&'" };
        assert_eq!(escaped(outcome.message), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
        assert_eq!(origin("https://desk.example/sub"), "https://desk.example");
        assert!(POLICY.to_str().unwrap().starts_with("default-src 'none'; style-src 'sha256-"));
    }
}
