//! The few pages that people see at a gateway's address. They load nothing, and contain no text from Meta.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Environment, Value, context};

use crate::app::App;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;\
background:#f4f5f7;color:#1c2430}main{max-width:30rem;margin:1rem;padding:2rem;background:#fff;border-radius:12px;\
box-shadow:0 2px 12px #0002}h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:.5rem 0}small{color:#5b6675}\
main.text{max-width:44rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:1.5rem 0 .25rem}h3{font-size:1rem;margin:1rem 0 .25rem}\
a{color:#0b5fcc}button{font:inherit;margin-top:.5rem;padding:.4rem 1rem;border:1px solid #8a94a3;border-radius:6px;background:none;\
color:inherit;cursor:pointer}@media(prefers-color-scheme:dark){body{background:#12161c;color:#e6eaf0}main{background:#1c222b}small{color:#9aa6b5}a{color:#7db3ff}}";

/// Passes the outcome to the window that opened this one, to our own origin only. Meta's pages often break that
/// connection; then the event stream has already reported it. Closes the popup, after a while if there is an error to
/// read.
const SCRIPT: &str = "(()=>{const d=document.body.dataset;try{if(window.opener)window.opener.postMessage(\
{type:'deskbell.connect',gateway_id:d.gateway,attempt_id:d.attempt,state:d.state,message:d.message},d.origin)}catch{}\
history.replaceState(null,'',location.pathname);const b=document.querySelector('button');if(b)b.onclick=()=>window.close();\
setTimeout(()=>window.close(),d.state==='done'?1200:4000)})()";

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    HeaderValue::from_str(&policy).expect("base64 fits into a header")
});

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.add_template("page.html", include_str!("html/page.html")).expect("the template is well formed");
    templates
});

/// How an attempt to connect ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome<'a> {
    pub gateway: &'a str,
    /// The attempt, if it is known.
    pub attempt: &'a str,
    /// Whether it succeeded.
    pub done: bool,
    /// The sentence to show.
    pub message: &'a str,
}

/// The page at the end of Meta's login.
pub(super) fn outcome(app: &App, status: StatusCode, outcome: Outcome) -> Response {
    let (title, state) = if outcome.done { ("Connected", "done") } else { ("Not connected", "failed") };
    let Outcome { gateway, attempt, message, .. } = outcome;
    let origin = origin(&app.config.public_url);
    page(status, context! { page => "outcome", title, state, origin, gateway, attempt, message, script => SCRIPT })
}

/// The page for a person who opens a gateway's address in a browser.
pub(super) fn bare() -> Response {
    page(StatusCode::OK, context! { page => "bare", title => "Nothing to see here" })
}

/// The status of a person's request to delete their data. `held` is what was stored about them.
pub(super) fn deletion(code: &str, requested: &str, done: Option<&str>, held: &str) -> Response {
    page(
        StatusCode::OK,
        context! { page => "deletion", title => "Deletion of your data", code, requested, done, held },
    )
}

pub(super) fn no_deletion() -> Response {
    page(StatusCode::NOT_FOUND, context! { page => "no_deletion", title => "Deletion of your data" })
}

/// A page of the business about people's data; `text` is HTML already.
pub(in crate::web) fn legal(title: &str, text: &str) -> Response {
    page(StatusCode::OK, context! { page => "legal", title, text })
}

pub(in crate::web) fn no_legal() -> Response {
    page(StatusCode::NOT_FOUND, context! { page => "no_legal", title => "Not found" })
}

fn page(status: StatusCode, values: Value) -> Response {
    let template = TEMPLATES.get_template("page.html").expect("it was added");
    let body = match template.render(context! { style => STYLE, ..values }) {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
    ];
    (status, headers, body).into_response()
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> String {
    reqwest::Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(response: Response) -> String {
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn nothing_from_outside_becomes_markup() {
        let message = "<a href=\"x\">&'";
        let values = context! { page => "outcome", title => "T", state => "failed", gateway => "7", message };
        let shown = text(page(StatusCode::OK, values)).await;
        assert!(shown.contains("data-gateway=\"7\""), "{shown}");
        assert_eq!(shown.matches("&lt;a href=&quot;x&quot;&gt;&amp;&#x27;").count(), 2, "{shown}");
        assert!(!shown.contains("<a"), "{shown}");
        let deleted = text(deletion("<b>", "<i>", Some("<u>"), "contact")).await;
        assert!(
            deleted.contains("&lt;b&gt;") && !deleted.contains("<i>") && !deleted.contains("<u>"),
            "{deleted}"
        );
        assert_eq!(origin("https://desk.example/sub"), "https://desk.example");
        assert!(POLICY.to_str().unwrap().starts_with("default-src 'none'; style-src 'sha256-"));
    }

    #[tokio::test]
    async fn style_and_script_are_those_that_the_policy_names() {
        let shown =
            text(page(StatusCode::OK, context! { page => "outcome", title => "T", script => SCRIPT })).await;
        assert!(
            shown.contains(&format!("<style>{STYLE}</style>"))
                && shown.contains(&format!("<script>{SCRIPT}</script>"))
        );
    }
}
