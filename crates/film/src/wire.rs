//! The DevTools protocol over Chromium's pipe: JSON ended by NUL on descriptors 3 and 4.
//!
//! A pipe, not a port: no other program on the machine can drive the browser, no port has to be found, and Chromium
//! ends on its own when our end of the pipe closes, even if we were killed. The two ends are read and written by threads,
//! because standard pipes block.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc as channel, oneshot};

use crate::Error;

/// How long Chromium may take for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to one Chromium; cheap to clone.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Inner>);

struct Inner {
    out: mpsc::Sender<Vec<u8>>,
    state: Mutex<State>,
    next: AtomicU64,
}

#[derive(Default)]
struct State {
    /// None once Chromium is gone.
    waiting: HashMap<u64, oneshot::Sender<Result<Value, String>>>,
    /// The listeners for the events of sessions.
    ears: HashMap<String, channel::UnboundedSender<Event>>,
    gone: bool,
}

/// Something that happened in a page.
#[derive(Debug)]
pub(crate) struct Event {
    /// As the protocol calls it.
    pub method: String,
    /// The parameters of the event.
    pub params: Value,
}

/// Everything that comes through the pipe: an answer has an id, an event a method.
#[derive(Deserialize)]
struct Incoming {
    id: Option<u64>,
    result: Option<Value>,
    error: Option<Refusal>,
    method: Option<String>,
    params: Option<Value>,
    #[serde(rename = "sessionId")]
    session: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

impl Wire {
    /// Takes both ends of the pipe.
    pub(crate) fn new(input: impl Write + Send + 'static, output: impl Read + Send + 'static) -> Self {
        let (out, mouth) = mpsc::channel();
        let wire = Self(Arc::new(Inner { out, state: Mutex::default(), next: AtomicU64::new(1) }));
        std::thread::spawn(move || speak(input, &mouth));
        // The listener holds no strong end: when the last user is gone, the pipe closes and Chromium ends.
        let inner = Arc::downgrade(&wire.0);
        std::thread::spawn(move || {
            let mut output = BufReader::with_capacity(1 << 16, output);
            let mut message = Vec::new();
            while matches!(output.read_until(0, &mut message), Ok(read) if read > 0) {
                let Some(inner) = inner.upgrade() else { return };
                inner.hear(message.strip_suffix(&[0]).unwrap_or(&message));
                message.clear();
            }
            if let Some(inner) = inner.upgrade() {
                let mut state = inner.state();
                state.gone = true;
                state.waiting.clear();
                state.ears.clear();
            }
        });
        wire
    }

    /// Calls a method of the browser, or of a page if a session is given, and waits for the answer.
    pub(crate) async fn call(
        &self,
        session: Option<&str>,
        method: &'static str,
        params: Value,
    ) -> Result<Value, Error> {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        {
            let mut state = self.0.state();
            if state.gone {
                return Err(Error::Gone);
            }
            state.waiting.insert(id, answer);
        }
        self.send(id, session, method, params);
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(Ok(result))) => Ok(result),
            Ok(Ok(Err(reason))) => Err(Error::Refused { method, reason: reason.trim_end_matches('.').to_owned() }),
            Ok(Err(_)) => Err(Error::Gone),
            Err(_) => {
                self.0.state().waiting.remove(&id);
                Err(Error::Late { what: method.to_owned(), seconds: PATIENCE.as_secs(), at: String::new() })
            }
        }
    }

    /// Calls a method without caring for the answer.
    pub(crate) fn tell(&self, session: &str, method: &'static str, params: Value) {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.send(id, Some(session), method, params);
    }

    /// Subscribes to the events of a session; it has one listener.
    pub(crate) fn listen(&self, session: &str) -> channel::UnboundedReceiver<Event> {
        let (ear, heard) = channel::unbounded_channel();
        self.0.state().ears.insert(session.to_owned(), ear);
        heard
    }

    fn send(&self, id: u64, session: Option<&str>, method: &str, params: Value) {
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let mut message = message.to_string().into_bytes();
        message.push(0);
        // If the writer has ended, Chromium has ended: the caller learns of it from the listener.
        let _ = self.0.out.send(message);
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, message: &[u8]) {
        let Ok(message) = serde_json::from_slice::<Incoming>(message) else { return };
        let mut state = self.state();
        if let Some(id) = message.id {
            if let Some(caller) = state.waiting.remove(&id) {
                let answer = match message.error {
                    Some(refusal) => Err(refusal.message),
                    None => Ok(message.result.unwrap_or_default()),
                };
                let _ = caller.send(answer);
            }
        } else if let (Some(method), Some(session)) = (message.method, message.session) {
            let params = message.params.unwrap_or_default();
            if state.ears.get(&session).is_some_and(|ear| ear.send(Event { method, params }).is_err()) {
                state.ears.remove(&session);
            }
        }
    }
}

fn speak(mut input: impl Write, mouth: &mpsc::Receiver<Vec<u8>>) {
    while let Ok(message) = mouth.recv() {
        if input.write_all(&message).and_then(|()| input.flush()).is_err() {
            return;
        }
    }
}
