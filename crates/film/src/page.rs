//! One window: where it is, what it shows, and what a hand does in it.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::browser::text;
use crate::wire::{Event, Wire};
use crate::{Error, Point, Size};

/// How long a page may take for what is waited for.
const PATIENCE: Duration = Duration::from_secs(45);
const FIND: &str = include_str!("find.js");

/// A window of Chromium.
#[derive(Clone)]
pub struct Page {
    wire: Wire,
    target: String,
    session: String,
    size: Size,
    hosts: Vec<String>,
}

/// Something on a page: what a CSS selector finds, narrowed by the name that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// A CSS selector.
    pub selector: String,
    /// Its label or its text, whole or a part.
    pub name: Option<String>,
}

impl Thing {
    /// By selector alone.
    #[must_use]
    pub fn new(selector: &str) -> Self {
        Self { selector: selector.into(), name: None }
    }

    /// By selector and name.
    #[must_use]
    pub fn named(selector: &str, name: &str) -> Self {
        Self { selector: selector.into(), name: Some(name.into()) }
    }

    fn find(&self) -> String {
        format!("({FIND})({}, {})", json!(self.selector), json!(self.name))
    }
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => write!(f, "“{name}” ({})", self.selector),
            None => write!(f, "{}", self.selector),
        }
    }
}

impl Page {
    pub(crate) async fn attach(wire: Wire, target: String, size: Size, hosts: Vec<String>) -> Result<Self, Error> {
        let answer =
            wire.call(None, "Target.attachToTarget", json!({"targetId": target, "flatten": true})).await?;
        let page = Self { wire, target, session: text(&answer, "sessionId"), size, hosts };
        let metrics = json!({"width": size.width, "height": size.height, "deviceScaleFactor": 1, "mobile": false});
        page.call("Page.enable", json!({})).await?;
        page.call("Emulation.setDeviceMetricsOverride", metrics).await?;
        // Two people use two windows at the same time: each window believes that it has the focus.
        page.call("Emulation.setFocusEmulationEnabled", json!({"enabled": true})).await?;
        Ok(page)
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// How large it is.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Calls a method of the DevTools protocol on this window.
    pub(crate) async fn call(&self, method: &'static str, params: Value) -> Result<Value, Error> {
        self.wire.call(Some(&self.session), method, params).await
    }

    pub(crate) fn tell(&self, method: &'static str, params: Value) {
        self.wire.tell(&self.session, method, params);
    }

    pub(crate) fn listen(&self) -> UnboundedReceiver<Event> {
        self.wire.listen(&self.session)
    }

    /// Goes to an address of one of the allowed hosts, and waits until the page is there.
    ///
    /// # Errors
    /// [`Error::Elsewhere`]; [`Error::Refused`] if there is no answer.
    pub async fn go(&self, url: &str) -> Result<(), Error> {
        if !host(url).is_some_and(|host| self.hosts.iter().any(|allowed| allowed == host)) {
            return Err(Error::Elsewhere(url.to_owned()));
        }
        let answer = self.call("Page.navigate", json!({"url": url})).await?;
        if let Some(reason) = answer["errorText"].as_str() {
            return Err(Error::Refused { method: "Page.navigate", reason: format!("{reason} at {url}") });
        }
        self.until("the page to load", "document.readyState === 'complete'").await.map(|_| ())
    }

    /// Shows a page made here; it can load nothing.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn show(&self, html: &str) -> Result<(), Error> {
        let tree = self.call("Page.getFrameTree", json!({})).await?;
        let frame = text(&tree["frameTree"]["frame"], "id");
        self.call("Page.setDocumentContent", json!({"frameId": frame, "html": html})).await?;
        self.until("the page to load", "document.readyState === 'complete'").await?;
        Ok(())
    }

    /// The value of an expression on the page; a promise is waited for.
    ///
    /// # Errors
    /// [`Error::Refused`] with what was thrown.
    pub async fn value(&self, expression: &str) -> Result<Value, Error> {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", asked).await?;
        match answer.get("exceptionDetails") {
            Some(thrown) => {
                let reason = thrown["exception"]["description"].as_str().or(thrown["text"].as_str());
                Err(Error::Refused {
                    method: "Runtime.evaluate",
                    reason: reason.unwrap_or("an exception").to_owned(),
                })
            }
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// Waits until an expression is true, and returns its value.
    ///
    /// # Errors
    /// [`Error::Late`] with the page's address.
    pub async fn until(&self, what: &str, expression: &str) -> Result<Value, Error> {
        let end = Instant::now() + PATIENCE;
        loop {
            // A page that is just being replaced refuses: it is asked again.
            match self.value(expression).await {
                Ok(value) if !matches!(value, Value::Null | Value::Bool(false)) => return Ok(value),
                Err(Error::Gone) => return Err(Error::Gone),
                _ if Instant::now() > end => {
                    let at = self.address().await.map(|url| format!(" at {url}")).unwrap_or_default();
                    return Err(Error::Late { what: what.to_owned(), seconds: PATIENCE.as_secs(), at });
                }
                _ => tokio::time::sleep(Duration::from_millis(40)).await,
            }
        }
    }

    /// Waits until a thing is seen.
    ///
    /// # Errors
    /// [`Error::Late`] with its name.
    pub async fn sees(&self, thing: &Thing) -> Result<(), Error> {
        self.until(&thing.to_string(), &format!("!!{}", thing.find())).await.map(|_| ())
    }

    /// Whether a thing is seen now.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn has(&self, thing: &Thing) -> Result<bool, Error> {
        Ok(self.value(&format!("!!{}", thing.find())).await? == json!(true))
    }

    /// The middle of a thing, once it is seen, scrolled to and at rest.
    ///
    /// # Errors
    /// [`Error::Late`] with its name.
    pub async fn middle(&self, thing: &Thing) -> Result<Point, Error> {
        let look = format!(
            "(() => {{ const it = {}; if (!it) return null; it.scrollIntoView({{ block: 'nearest', inline: 'nearest' }}); \
             const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            thing.find()
        );
        let mut last = Value::Null;
        loop {
            let now = self.until(&thing.to_string(), &look).await?;
            if now == last {
                return Ok(Point {
                    x: now[0].as_f64().unwrap_or_default(),
                    y: now[1].as_f64().unwrap_or_default(),
                });
            }
            last = now;
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// The address that it shows.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn address(&self) -> Result<String, Error> {
        Ok(self.value("location.href").await?.as_str().unwrap_or_default().to_owned())
    }

    /// Whether the window is still open; one that a page opened may close itself.
    pub async fn is_open(&self) -> bool {
        self.value("1").await.is_ok()
    }

    /// Moves the mouse.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn move_to(&self, at: Point) -> Result<(), Error> {
        self.mouse("mouseMoved", at, 0).await
    }

    /// Presses and releases the left button.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn press(&self, at: Point) -> Result<(), Error> {
        self.mouse("mousePressed", at, 1).await?;
        tokio::time::sleep(Duration::from_millis(60)).await;
        self.mouse("mouseReleased", at, 1).await
    }

    async fn mouse(&self, kind: &str, at: Point, clicks: u8) -> Result<(), Error> {
        let button = if clicks > 0 { "left" } else { "none" };
        let event = json!({"type": kind, "x": at.x, "y": at.y, "button": button, "clickCount": clicks});
        match self.call("Input.dispatchMouseEvent", event).await {
            // A window that the click closes takes its answer with it.
            Err(Error::Refused { .. }) if kind == "mouseReleased" => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// Types one character into what has the focus.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn key(&self, letter: char) -> Result<(), Error> {
        let mut typed = [0; 4];
        self.call("Input.insertText", json!({"text": letter.encode_utf8(&mut typed)})).await.map(|_| ())
    }

    /// Presses Enter.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn enter(&self) -> Result<(), Error> {
        let key = |kind: &str| json!({"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"});
        self.call("Input.dispatchKeyEvent", key("keyDown")).await?;
        self.call("Input.dispatchKeyEvent", key("keyUp")).await.map(|_| ())
    }

    /// A picture of it, as PNG.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn picture(&self) -> Result<Vec<u8>, Error> {
        let answer =
            self.call("Page.captureScreenshot", json!({"format": "png", "optimizeForSpeed": true})).await?;
        bytes(&answer["data"])
    }
}

/// What Chromium sends as base64.
pub(crate) fn bytes(data: &Value) -> Result<Vec<u8>, Error> {
    let data = data.as_str().unwrap_or_default();
    BASE64_STANDARD.decode(data).map_err(|error| Error::Picture(error.to_string()))
}

/// The host of an address, without its port.
fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.contains('@') {
        return None;
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(host),
        _ => Some(authority),
    }
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn the_host_of_an_address_is_read_as_a_browser_reads_it() {
        assert_eq!(host("http://127.0.0.1:8080/admin"), Some("127.0.0.1"));
        assert_eq!(host("https://desk.example?x=a:1"), Some("desk.example"));
        assert_eq!(host("http://[::1]:80/"), Some("[::1]"));
        assert_eq!(host("https://desk.example@evil.example/"), None);
        assert_eq!(host("file:///etc/passwd"), None);
    }
}
