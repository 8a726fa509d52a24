//! The agent's event stream: when did a text arrive on it?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// What every measured text begins with; a number of six digits follows.
pub const MARK: &str = "bench-mark-";
const DIGITS: usize = 6;

/// A stream that is read in the background.
pub struct Stream {
    seen: Arc<Mutex<HashMap<usize, Instant>>>,
    reader: tokio::task::JoinHandle<()>,
}

impl Stream {
    /// Opens `/api/v1/events` and waits for its first bytes.
    pub async fn open(http: &reqwest::Client, url: &str, token: &str) -> Result<Self, String> {
        let answer = http.get(format!("{url}/api/v1/events")).bearer_auth(token).send().await;
        let mut answer = answer
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| format!("The event stream did not open: {error}."))?;
        answer.chunk().await.map_err(|error| format!("The event stream broke: {error}."))?;
        let seen = Arc::new(Mutex::new(HashMap::new()));
        let found = seen.clone();
        let reader = tokio::spawn(async move {
            let mut rest = String::new();
            while let Ok(Some(chunk)) = answer.chunk().await {
                let now = Instant::now();
                rest.push_str(&String::from_utf8_lossy(&chunk));
                let numbers = take(&mut rest);
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                for number in numbers {
                    found.entry(number).or_insert(now);
                }
            }
        });
        Ok(Self { seen, reader })
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
    }
}

/// The text with this number.
pub fn text(number: usize) -> String {
    format!("{MARK}{number:0DIGITS$}")
}

/// Takes the numbers of all whole marks out of what was read, and leaves what may be the beginning of one.
fn take(read: &mut String) -> Vec<usize> {
    let mut numbers = Vec::new();
    let mut from = 0;
    while let Some(at) = read[from..].find(MARK).map(|at| from + at + MARK.len()) {
        let Some(digits) = read.get(at..at + DIGITS) else { break };
        numbers.extend(digits.parse::<usize>().ok());
        from = at + DIGITS;
    }
    let mut keep = from.max(read.len().saturating_sub(MARK.len() + DIGITS));
    while !read.is_char_boundary(keep) {
        keep += 1;
    }
    read.drain(..keep);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_also_when_it_comes_in_pieces() {
        let whole = format!("data: {{\"text\":\"{}\"}}\n\ndata: {}", text(17), text(18));
        let mut found = Vec::new();
        let mut read = String::new();
        for piece in whole.as_bytes().chunks(5) {
            read.push_str(std::str::from_utf8(piece).expect("only ASCII here"));
            found.extend(take(&mut read));
        }
        assert_eq!(found, [17, 18]);
    }
}
