//! The frames of a window with their times: Chromium sends a picture for each change, which is stored in a folder.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::page::bytes;
use crate::{Error, Page};

/// A picture of a window or of the stage.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// From when on it is seen, in seconds of the film.
    pub at: f64,
    /// Where it is stored.
    pub file: PathBuf,
}

/// Films one window until dropped.
pub(crate) struct Camera {
    frames: Arc<Mutex<Vec<Frame>>>,
    task: JoinHandle<()>,
}

impl Camera {
    /// Begins; returns when there is a first picture.
    pub(crate) async fn start(page: &Page, clock: Arc<Clock>, folder: &Path, name: &str) -> Result<Self, Error> {
        let frames = Arc::<Mutex<Vec<Frame>>>::default();
        let mut heard = page.listen();
        let task = tokio::spawn({
            let (page, frames, folder, name) = (page.clone(), frames.clone(), folder.to_owned(), name.to_owned());
            async move {
                while let Some(event) = heard.recv().await {
                    if event.method != "Page.screencastFrame" {
                        continue;
                    }
                    let at = clock.now();
                    page.tell("Page.screencastFrameAck", json!({"sessionId": event.params["sessionId"]}));
                    let Ok(picture) = bytes(&event.params["data"]) else { continue };
                    let number = frames.lock().unwrap_or_else(PoisonError::into_inner).len();
                    let file = folder.join(format!("{name}-{number:06}.jpg"));
                    if tokio::fs::write(&file, picture).await.is_ok() {
                        frames.lock().unwrap_or_else(PoisonError::into_inner).push(Frame { at, file });
                    }
                }
            }
        });
        let camera = Self { frames, task };
        let size = page.size();
        let asked = json!({"format": "jpeg", "quality": 95, "maxWidth": size.width, "maxHeight": size.height});
        page.call("Page.startScreencast", asked).await?;
        for _ in 0..250 {
            if !camera.frames().is_empty() {
                return Ok(camera);
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        Err(Error::Late { what: "the first picture of a window".into(), seconds: 10, at: String::new() })
    }

    /// What it has filmed so far, oldest first.
    pub(crate) fn frames(&self) -> Vec<Frame> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.task.abort();
    }
}
