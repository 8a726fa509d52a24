//! The load generator: whole requests written to keep-alive connections, answers read just far enough to know their
//! status and their end. An HTTP library would cost more than the floor that is measured.

use crate::figures::Times;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// No single answer takes longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    /// Requests answered 200 per second.
    pub rate: f64,
    /// From the first byte written to the last one read.
    pub times: Times,
}

/// Sends every request once over this many connections, each as fast as it is answered.
pub async fn run(host: &str, requests: Vec<Vec<u8>>, connections: usize) -> Result<Run, String> {
    let requests = Arc::new(requests);
    let next = Arc::new(AtomicUsize::new(0));
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(host).await?);
    }
    let started = Instant::now();
    let tasks: Vec<_> = open
        .into_iter()
        .map(|mut connection| {
            let (requests, next) = (requests.clone(), next.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let started = Instant::now();
                    connection.send(request).await?;
                    times.push(started.elapsed());
                }
                Ok::<_, String>(times)
            })
        })
        .collect();
    let mut times = Vec::with_capacity(requests.len());
    for task in tasks {
        times.extend(task.await.map_err(|error| format!("A connection's task failed: {error}."))??);
    }
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    Ok(Run { rate, times: Times::new(times) })
}

/// One keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects to `host:port`.
    pub async fn open(host: &str) -> Result<Self, String> {
        let stream =
            TcpStream::connect(host).await.map_err(|error| format!("{host} could not be reached: {error}."))?;
        stream.set_nodelay(true).map_err(|error| format!("A connection could not be set up: {error}."))?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request and waits for its 200.
    pub async fn send(&mut self, request: &[u8]) -> Result<(), String> {
        match tokio::time::timeout(PATIENCE, self.exchange(request)).await {
            Ok(Ok(200)) => Ok(()),
            Ok(Ok(status)) => Err(format!(
                "A webhook was answered {status} instead of 200: {}",
                String::from_utf8_lossy(&self.buffer).lines().last().unwrap_or_default()
            )),
            Ok(Err(error)) => Err(format!("A connection broke: {error}.")),
            Err(_) => Err(format!("A webhook was not answered within {} s.", PATIENCE.as_secs())),
        }
    }

    async fn exchange(&mut self, request: &[u8]) -> std::io::Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if let Some((status, length)) = answer(&self.buffer)
                && self.buffer.len() >= length
            {
                return Ok(status);
            }
        }
    }
}

/// Status and whole length of an answer, once its head is complete. Answers here always name their length.
fn answer(bytes: &[u8]) -> Option<(u16, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Some((status, end + length.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        assert_eq!(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"), None);
        assert_eq!(answer(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"), Some((200, 40)));
        assert_eq!(answer(b"HTTP/1.1 401 Unauthorized\r\n\r\n"), Some((401, 29)));
    }
}
