//! The floor: what no receiver of webhooks can leave out. Verify the HMAC, take the event's id, keep the row durably,
//! answer. SQLite in WAL with `synchronous=FULL`; one writer thread, which commits together what arrived together.

use crate::body::APP_SECRET;
use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::Deserialize;
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;

/// The most rows in one commit.
const GROUP: usize = 512;

#[derive(Deserialize)]
struct Webhook<'a> {
    #[serde(borrow)]
    entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    messaging: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    message: Message<'a>,
}

#[derive(Deserialize)]
struct Message<'a> {
    mid: &'a str,
}

struct Row {
    id: String,
    body: Bytes,
    done: oneshot::Sender<bool>,
}

struct Floor {
    key: hmac::Key,
    rows: mpsc::Sender<Row>,
}

/// Serves on a free port, which the first line on stdout names, until it is ended.
pub async fn serve(file: &str) -> Result<(), String> {
    let database = open(file).map_err(|error| format!("{file} could not be opened: {error}."))?;
    let (rows, arrived) = mpsc::channel();
    std::thread::spawn(move || write(&database, &arrived));
    let floor = Arc::new(Floor { key: hmac::Key::new(hmac::HMAC_SHA256, APP_SECRET.as_bytes()), rows });
    let app = Router::new().route("/chat/{uri}", post(receive)).with_state(floor);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(|error| format!("{error}"))?;
    let address = listener.local_addr().map_err(|error| format!("{error}"))?;
    println!("{address}");
    axum::serve(listener, app).await.map_err(|error| format!("The floor's listener failed: {error}."))
}

async fn receive(State(floor): State<Arc<Floor>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    let signature = signature.and_then(|value| unhex(value.strip_prefix("sha256=")?));
    if signature.is_none_or(|signature| hmac::verify(&floor.key, &body, &signature).is_err()) {
        return StatusCode::UNAUTHORIZED;
    }
    let id = match serde_json::from_slice::<Webhook>(&body) {
        Ok(webhook) => {
            webhook.entry.first().and_then(|entry| Some(entry.messaging.first()?.message.mid.to_owned()))
        }
        Err(_) => None,
    };
    let Some(id) = id else { return StatusCode::BAD_REQUEST };
    let (done, kept) = oneshot::channel();
    if floor.rows.send(Row { id, body, done }).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    if kept.await.unwrap_or(false) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

fn open(file: &str) -> rusqlite::Result<rusqlite::Connection> {
    let database = rusqlite::Connection::open(file)?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database
        .execute_batch("CREATE TABLE arrival (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID")?;
    Ok(database)
}

fn write(database: &rusqlite::Connection, arrived: &mpsc::Receiver<Row>) {
    while let Ok(first) = arrived.recv() {
        let group: Vec<Row> = std::iter::once(first).chain(arrived.try_iter().take(GROUP - 1)).collect();
        let kept = keep(database, &group).is_ok();
        for row in group {
            let _ = row.done.send(kept);
        }
    }
}

fn keep(database: &rusqlite::Connection, group: &[Row]) -> rusqlite::Result<()> {
    let transaction = database.unchecked_transaction()?;
    let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO arrival (id, body) VALUES (?1, ?2)")?;
    for row in group {
        insert.execute((&row.id, &row.body[..]))?;
    }
    drop(insert);
    transaction.commit()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_kept_once_however_often_it_comes() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let database = open(&folder.path().join("floor.db").to_string_lossy()).expect("a new database opens");
        let group =
            || ["a", "b", "a"].map(|id| Row { id: id.into(), body: Bytes::new(), done: oneshot::channel().0 });
        keep(&database, &group()).expect("rows are kept");
        keep(&database, &group()).expect("and again");
        let count: i64 =
            database.query_row("SELECT count(*) FROM arrival", [], |row| row.get(0)).expect("they count");
        assert_eq!(count, 2);
    }

    #[test]
    fn hexadecimal_digits_of_either_case_are_read() {
        assert_eq!(unhex("00fFA9"), Some(vec![0x00, 0xff, 0xa9]));
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("zz"), None);
    }
}
