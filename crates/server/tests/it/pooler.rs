//! A pooler before PostgreSQL, as PgBouncer is one: in session mode it is not noticed, in transaction mode nothing of ours would
//! hold, and it is refused.

use std::collections::HashMap;

use store::{Claim, Store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::app::{TestApp, fresh_database};

/// A message of PostgreSQL's protocol: its type, and all of it. The first one of a connection has no type.
async fn message(socket: &mut TcpStream, first: bool) -> std::io::Result<(u8, Vec<u8>)> {
    let kind = if first { 0 } else { socket.read_u8().await? };
    let length = socket.read_u32().await?;
    let mut whole = if first { Vec::new() } else { vec![kind] };
    whole.extend(length.to_be_bytes());
    let begins = whole.len();
    whole.resize(begins + length as usize - 4, 0);
    socket.read_exact(&mut whole[begins..]).await?;
    Ok((kind, whole))
}

/// Passes the server's messages on until it is ready, and returns whether a transaction is open then.
async fn answered(server: &mut TcpStream, client: Option<&mut TcpStream>) -> std::io::Result<bool> {
    let mut passed = Vec::new();
    loop {
        let (kind, whole) = message(server, false).await?;
        passed.extend(&whole);
        if kind == b'Z' {
            if let Some(client) = client {
                client.write_all(&passed).await?;
            }
            return Ok(whole.last() != Some(&b'I'));
        }
    }
}

/// One client of the pooler. By transactions it gives the next one to the other of two connections.
async fn serve(mut client: TcpStream, server: &str, by_transactions: bool) -> std::io::Result<()> {
    let (_, hello) = message(&mut client, true).await?;
    let mut servers = Vec::new();
    for n in 0..2 {
        let mut connection = TcpStream::connect(server).await?;
        connection.write_all(&hello).await?;
        answered(&mut connection, (n == 0).then_some(&mut client)).await?;
        servers.push(connection);
    }
    let mut at = 0;
    loop {
        let (kind, whole) = message(&mut client, false).await?;
        servers[at].write_all(&whole).await?;
        // A question, or the end of several.
        if matches!(kind, b'Q' | b'S') {
            let open = answered(&mut servers[at], Some(&mut client)).await?;
            if by_transactions && !open {
                at = 1 - at;
            }
        }
    }
}

/// A pooler before the database at an address: its own address.
async fn pooler(database: &str, by_transactions: bool) -> String {
    let (credentials, rest) = database.split_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = server.to_owned();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = server.clone();
            tokio::spawn(async move { serve(client, &server, by_transactions).await });
        }
    });
    format!("{credentials}@{address}/{name}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_in_transaction_mode_is_refused_with_what_to_do() {
    let Some(database) = fresh_database().await else { return };
    let url = pooler(&database, true).await;
    let it = TestApp::start().await;
    let refusals = HashMap::from([
        ("store", Store::open(&url).await.unwrap_err().to_string()),
        ("claim", Claim::take(&url, std::time::Duration::ZERO).await.unwrap_err().to_string()),
        (
            "serve",
            it.command(&["serve"], &[("DESKBELL_DATABASE_URL", &url), ("DESKBELL_LISTEN", "127.0.0.1:0")]).await.2,
        ),
        ("migrate", it.command(&["migrate"], &[("DESKBELL_DATABASE_URL", &url)]).await.2),
        ("doctor", it.command(&["doctor"], &[("DESKBELL_DATABASE_URL", &url)]).await.1),
    ]);
    for (by, refusal) in refusals {
        assert!(
            refusal.contains("transaction mode") && refusal.contains("pool_mode = session"),
            "{by}: {refusal}"
        );
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_in_session_mode_works() {
    let Some(database) = fresh_database().await else { return };
    let url = pooler(&database, false).await;
    let _claim = Claim::take(&url, std::time::Duration::ZERO).await.unwrap();
    let store = Store::open(&url).await.unwrap();
    assert_eq!(store::table::user::count(&store).await.unwrap(), 0);
}
