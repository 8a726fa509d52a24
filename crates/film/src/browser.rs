//! A Chromium of our own: without a screen, with a profile that lives as long as it does, and confined to named hosts.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::child;
use crate::page::Page;
use crate::wire::Wire;
use crate::{Error, Size};

/// How long Chromium may take to start on a busy machine.
const START: Duration = Duration::from_secs(60);

/// The maximum number of concurrent browsers: each takes some hundred megabytes.
const MOST: usize = 2;

/// The places for them.
static PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(MOST)));

/// A place for a browser, which is free again when this is dropped. For one that another process of ours starts.
#[derive(Debug)]
pub struct Place(#[expect(dead_code, reason = "held as long as the browser runs")] OwnedSemaphorePermit);

impl Place {
    /// A place, or None if two browsers run already.
    #[must_use]
    pub fn take() -> Option<Self> {
        Arc::clone(&PLACES).try_acquire_owned().ok().map(Self)
    }

    async fn wait() -> Option<Self> {
        Arc::clone(&PLACES).acquire_owned().await.ok().map(Self)
    }
}

/// A running Chromium. Dropping it ends it and removes its profile.
pub struct Browser {
    wire: Wire,
    process: Option<Process>,
    hosts: Vec<String>,
}

/// What one person is signed in to: cookies and storage of their own, as in a private window. A context begins signed
/// out everywhere.
#[derive(Debug, Clone)]
pub struct Context(String);

impl Browser {
    /// Starts Chromium, as soon as there is a place for it; it reaches the named hosts and nothing else.
    ///
    /// # Errors
    /// [`Error::Start`] with Chromium's own words.
    pub async fn start(chromium: &Path, hosts: &[&str]) -> Result<Self, Error> {
        let place = Place::wait().await;
        let folder = tempfile::Builder::new().prefix("deskbell-film-").tempdir();
        let folder = folder.map_err(Error::file(std::env::temp_dir()))?;
        let log = folder.path().join("chromium.log");
        let mut child = spawn(chromium, folder.path(), &log, hosts)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Gone);
        };
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        let process = Some(Process { child, folder, place });
        let browser = Self { wire: Wire::new(input, output), process, hosts };
        let version = browser.wire.call(None, "Browser.getVersion", json!({}));
        match tokio::time::timeout(START, version).await {
            Ok(Ok(_)) => Ok(browser),
            _ => Err(Error::Start { program: chromium.to_owned(), reason: last_words(&log) }),
        }
    }

    /// Someone who is signed out everywhere.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn context(&self) -> Result<Context, Error> {
        let answer = self.wire.call(None, "Target.createBrowserContext", json!({"disposeOnDetach": true})).await?;
        Ok(Context(text(&answer, "browserContextId")))
    }

    /// Opens an empty window of this size.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn window(&self, context: &Context, size: Size) -> Result<Page, Error> {
        let asked = json!({
            "url": "about:blank", "browserContextId": context.0, "newWindow": true,
            "width": size.width, "height": size.height,
        });
        let answer = self.wire.call(None, "Target.createTarget", asked).await?;
        Page::attach(self.wire.clone(), text(&answer, "targetId"), size, self.hosts.clone()).await
    }

    /// The window that a page has opened, once it is there.
    ///
    /// # Errors
    /// [`Error::Late`] if none is opened.
    pub async fn popup(&self, opener: &Page, size: Size) -> Result<Page, Error> {
        const PATIENCE: Duration = Duration::from_secs(15);
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let all = self.wire.call(None, "Target.getTargets", json!({})).await?;
            let all = all["targetInfos"].as_array().cloned().unwrap_or_default();
            let popup = all.iter().find(|it| it["openerId"] == opener.target() && it["attached"] == json!(false));
            if let Some(popup) = popup {
                return Page::attach(self.wire.clone(), text(popup, "targetId"), size, self.hosts.clone()).await;
            }
            if tokio::time::Instant::now() > until {
                return Err(Error::Late {
                    what: "a window to open".into(),
                    seconds: PATIENCE.as_secs(),
                    at: String::new(),
                });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The process of a browser and the folder that it writes to. Dropping it ends the one and removes the other.
struct Process {
    child: Child,
    folder: TempDir,
    /// A slot among the browsers that may run at the same time.
    place: Option<Place>,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let Some(process) = self.process.take() else { return };
        // It takes up to a second, which would block everything else on this thread. A runtime that shuts down waits
        // for it.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(process))),
            Err(_) => drop(process),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Its helper processes end with it, but not immediately: files that they still write would keep the folder
        // from being removed.
        for _ in 0..40 {
            match std::fs::remove_dir_all(self.folder.path()) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {}
                _ => break,
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        drop(self.place.take());
    }
}

/// Standard Rust can only hand over descriptors 0 to 2: a shell moves them to 3 and 4, where Chromium wants the pipe.
const MOVE_PIPES: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#;

fn spawn(chromium: &Path, folder: &Path, log: &Path, hosts: &[&str]) -> Result<Child, Error> {
    let errors = std::fs::File::create(log).map_err(Error::file(log))?;
    let mut command = Command::new("/bin/sh");
    command.args(["-c", MOVE_PIPES]).arg(chromium).args([
        "--headless",
        "--remote-debugging-pipe",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-extensions",
        "--disable-sync",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-popup-blocking",
        // Both windows are looked at, whichever has the focus.
        "--disable-background-timer-throttling",
        "--disable-backgrounding-occluded-windows",
        "--disable-renderer-backgrounding",
        "--disable-features=Translate,MediaRouter,OptimizationHints,PasswordManagerOnboarding,AutofillServerCommunication",
        // Assume a mouse, regardless of the machine: hover styles apply only below it.
        "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
        "--hide-scrollbars",
        "--mute-audio",
        "--lang=en-US",
        "--accept-lang=en-US",
        "--force-color-profile=srgb",
        "--font-render-hinting=none",
        "--password-store=basic",
        "--use-mock-keychain",
    ]);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    let allowed: String = hosts.iter().map(|host| format!(", EXCLUDE {host}")).collect();
    command.arg(format!("--host-resolver-rules=MAP * ~NOTFOUND{allowed}"));
    command.arg("--no-proxy-server");
    if is_root() {
        // Chromium's own sandbox refuses to work for root; the pages are ours.
        command.arg("--no-sandbox");
    }
    // Files that it would write to the home folder are removed with this folder.
    child::bare(&mut command).env("HOME", folder).env("TMPDIR", folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
    command.spawn().map_err(|error| Error::Start { program: chromium.to_owned(), reason: error.to_string() })
}

/// The user of this process; systems without /proc are taken to run no server as root.
#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn last_words(log: &Path) -> String {
    let words = std::fs::read_to_string(log).unwrap_or_default();
    let last: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).collect();
    match last.last() {
        Some(last) => last.chars().take(300).collect::<String>().trim_end_matches('.').to_owned(),
        None => "it said nothing and did not answer".into(),
    }
}

/// A string in a response of Chromium.
pub(crate) fn text(answer: &Value, key: &str) -> String {
    answer[key].as_str().unwrap_or_default().to_owned()
}
