//! The agent's event stream: when did a text arrive on it?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;

/// What every measured text begins with; a number of six digits follows.
pub const MARK: &str = "bench-mark-";
const DIGITS: usize = 6;

/// The name of the event after which a screen loads its lists again.
const RESET: &str = "event: reset";
/// The most conversations that one page of the list holds.
pub const PAGE: usize = 200;

/// When which text arrived first.
pub type Seen = Arc<Mutex<HashMap<usize, Instant>>>;

/// A stream that is read in the background, as a browser reads it: after a `reset` the list of conversations is loaded.
pub struct Stream {
    seen: Seen,
    reader: tokio::task::JoinHandle<()>,
    loader: tokio::task::JoinHandle<()>,
}

impl Stream {
    /// Opens `/api/v1/events` and waits for its first bytes. The texts are numbered in such a way that number n comes
    /// from the same customer as number n minus `customers`, of whom the first [`PAGE`] fill the list.
    pub async fn open(http: &reqwest::Client, url: &str, token: &str, customers: usize) -> Result<Self, String> {
        let answer = http.get(format!("{url}/api/v1/events")).bearer_auth(token).send().await;
        let mut answer = answer
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| format!("The event stream did not open: {error}."))?;
        answer.chunk().await.map_err(|error| format!("The event stream broke: {error}."))?;
        let seen = Seen::default();
        let reset = Arc::new(Notify::new());
        let loader = {
            let list = http.get(format!("{url}/api/v1/conversations?limit={PAGE}")).bearer_auth(token);
            tokio::spawn(load_after(reset.clone(), list, seen.clone(), customers))
        };
        let found = seen.clone();
        let reader = tokio::spawn(async move {
            let mut rest = String::new();
            while let Ok(Some(chunk)) = answer.chunk().await {
                let now = Instant::now();
                rest.push_str(&String::from_utf8_lossy(&chunk));
                let lines = whole_lines(&mut rest);
                if lines.lines().any(|line| line == RESET) {
                    reset.notify_one();
                }
                arrive(&found, numbers(&lines), now);
            }
        });
        Ok(Self { seen, reader, loader })
    }

    /// How many texts have arrived.
    pub fn arrived(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// When a text arrived first, if it did.
    pub fn at(&self, number: usize) -> Option<Instant> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&number).copied()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reader.abort();
        self.loader.abort();
    }
}

/// The text with this number.
pub fn text(number: usize) -> String {
    format!("{MARK}{number:0DIGITS$}")
}

/// Loads the list after each `reset`. A conversation shows its last text; the customer's earlier ones are in its thread.
async fn load_after(reset: Arc<Notify>, list: reqwest::RequestBuilder, seen: Seen, customers: usize) {
    loop {
        reset.notified().await;
        let Some(list) = list.try_clone() else { return };
        let Ok(answer) = list.send().await else { continue };
        let Ok(body) = answer.text().await else { continue };
        let last = numbers(&body);
        arrive(&seen, last.into_iter().flat_map(|last| (0..=last).rev().step_by(customers)), Instant::now());
    }
}

/// Remembers texts that arrived.
pub fn arrive(seen: &Seen, numbers: impl IntoIterator<Item = usize>, now: Instant) {
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    for number in numbers {
        seen.entry(number).or_insert(now);
    }
}

/// Takes the whole lines out of what was read, and leaves the beginning of the next.
pub fn whole_lines(read: &mut String) -> String {
    let end = read.rfind('\n').map_or(0, |at| at + 1);
    read.drain(..end).collect()
}

/// The numbers of all marks in a text.
pub fn numbers(text: &str) -> Vec<usize> {
    let mark = |at: (usize, &str)| text.get(at.0 + MARK.len()..at.0 + MARK.len() + DIGITS)?.parse().ok();
    text.match_indices(MARK).filter_map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_and_a_reset_are_found_also_when_they_come_in_pieces() {
        let whole = format!("data: {{\"text\":\"{}\"}}\n\nevent: reset\ndata: {}\n", text(17), text(18));
        let (mut found, mut resets, mut read) = (Vec::new(), 0, String::new());
        for piece in whole.as_bytes().chunks(5) {
            read.push_str(std::str::from_utf8(piece).expect("only ASCII here"));
            let lines = whole_lines(&mut read);
            resets += lines.lines().filter(|line| *line == RESET).count();
            found.extend(numbers(&lines));
        }
        assert_eq!((found, resets), (vec![17, 18], 1));
    }
}
