//! Recordings that a user requested in the browser: one at a time, in a separate process.
//!
//! It is a process because a demo with its workers is a second Deskbell, and because ending it also ends its browser.
//! It is tied to us by its standard input: when that closes, however we end, it stops and cleans up.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::id::GatewayId;

use engine::clients::blob::room::Room;
use engine::config::Config;

/// The disk space that a recording may need: the frames of a film and a separate demo.
const FILMED: u64 = 200 * 1024 * 1024;
/// How long a recording that is asked to stop may take to clean up.
const FAREWELL: Duration = Duration::from_secs(15);

/// The studio; there is one in a process.
#[derive(Clone, Default)]
pub struct Studio(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    running: Option<Running>,
    failed: HashMap<GatewayId, String>,
}

struct Running {
    gateway: GatewayId,
    child: Child,
    tie: Option<ChildStdin>,
    doing: Doing,
    told_to_stop: bool,
    /// The place of that process's browser.
    place: film::Place,
}

/// The recording in progress.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doing {
    pub film: String,
    /// The number of the shot, from 1.
    pub shot: usize,
    /// The number of shots.
    pub shots: usize,
    /// Its caption, or the current activity if not filming.
    pub caption: String,
}

impl Doing {
    /// The line that the process writes to stderr, readable for people.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}  {}/{}  {}", self.film, self.shot, self.shots, self.caption)
    }

    /// Parses such a line.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let mut parts = line.splitn(3, "  ");
        let (film, count, caption) = (parts.next()?, parts.next()?, parts.next()?);
        let (shot, shots) = count.split_once('/')?;
        Some(Self {
            film: film.into(),
            shot: shot.parse().ok()?,
            shots: shots.parse().ok()?,
            caption: caption.into(),
        })
    }
}

/// Why a recording could not be started.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    #[error("A recording is under way. One is made at a time: wait until it is done, or stop it.")]
    Busy,
    #[error("Two browsers are printing at the moment: try again in a few seconds.")]
    NoPlace,
    #[error(
        "The server's disk is almost full, and a film needs room while it is made. Free some space, then record again."
    )]
    DiskFull,
    /// A program is missing.
    #[error(transparent)]
    Missing(#[from] film::Error),
    /// The process could not be started.
    #[error("The recording could not be started: {0}.")]
    Start(#[from] std::io::Error),
}

impl Studio {
    /// Starts recording films into a folder, which is created if needed.
    ///
    /// # Errors
    /// See [`NotBegun`].
    pub fn begin(
        &self,
        gateway: GatewayId,
        films: &[&str],
        folder: &Path,
        config: &Config,
        room: &Room,
    ) -> Result<(), NotBegun> {
        room.check(FILMED).map_err(|_| NotBegun::DiskFull)?;
        let tools = super::Tools::find(config)?;
        let mut state = self.state();
        if state.running.is_some() {
            return Err(NotBegun::Busy);
        }
        let place = film::Place::take().ok_or(NotBegun::NoPlace)?;
        std::fs::create_dir_all(folder)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["review", "record", "--demo", "--tied", "--only", &films.join(","), "--out"]).arg(folder);
        // It starts its own demo, which needs none of our secrets.
        film::bare(&mut command);
        command.env("DESKBELL_CHROMIUM", &tools.chromium).env("DESKBELL_FFMPEG", &tools.ffmpeg);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let (tie, words) = (child.stdin.take(), child.stderr.take());
        state.failed.remove(&gateway);
        state.running = Some(Running { gateway, child, tie, doing: Doing::default(), told_to_stop: false, place });
        let studio = self.clone();
        std::thread::spawn(move || studio.follow(words));
        Ok(())
    }

    /// The recording in progress for a gateway.
    #[must_use]
    pub fn doing(&self, gateway: GatewayId) -> Option<Doing> {
        let state = self.state();
        state.running.as_ref().filter(|it| it.gateway == gateway).map(|it| it.doing.clone())
    }

    /// Why the last recording for a gateway failed, if it did.
    #[must_use]
    pub fn failed(&self, gateway: GatewayId) -> Option<String> {
        self.state().failed.get(&gateway).cloned()
    }

    /// Stops a gateway's recording, waits until it has cleaned up, and resets an earlier failure.
    pub async fn stop(&self, gateway: GatewayId) {
        let is_running = {
            let mut state = self.state();
            state.failed.remove(&gateway);
            match &mut state.running {
                Some(running) if running.gateway == gateway => {
                    running.told_to_stop = true;
                    running.tie = None;
                    true
                }
                _ => false,
            }
        };
        if !is_running {
            return;
        }
        let until = tokio::time::Instant::now() + FAREWELL;
        while self.doing(gateway).is_some() {
            if tokio::time::Instant::now() > until
                && let Some(running) = &mut self.state().running
            {
                let _ = running.child.kill();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Reads the process's output until it ends.
    fn follow(&self, words: Option<impl Read>) {
        let mut last = String::new();
        for line in words.into_iter().flat_map(|words| BufReader::new(words).lines()).map_while(Result::ok) {
            if let (Some(doing), Some(running)) = (Doing::read(&line), &mut self.state().running) {
                running.doing = doing;
            }
            if !line.trim().is_empty() {
                last = line;
            }
        }
        // There is no more output: it has ended, or is about to.
        let Some(running) = self.state().running.take() else { return };
        let Running { gateway, mut child, told_to_stop, place, .. } = running;
        let ended_well = child.wait().is_ok_and(|status| status.success());
        drop(place);
        if !ended_well && !told_to_stop {
            let reason = last.strip_prefix("deskbell: ").unwrap_or("The recording ended too early. Try again.");
            self.state().failed.insert(gateway, reason.to_owned());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Doing;

    #[test]
    fn what_a_recording_says_is_read_again() {
        let doing = Doing { film: "story".into(), shot: 3, shots: 15, caption: "We  answer.".into() };
        assert_eq!(Doing::read(&doing.line()), Some(doing));
        assert_eq!(Doing::read("deskbell: Something  else"), None);
    }
}
