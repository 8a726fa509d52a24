//! TLS to PostgreSQL, against a server of our own with TLS.

mod own_postgres;

use std::path::{Path, PathBuf};

use own_postgres::OwnPostgres;
use store::{Store, testing};

const ENCRYPTED: &str = "SELECT CAST(ssl AS TEXT) FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// A PEM file of `tests/certificates`.
fn pem(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates").join(name)
}

async fn encrypted(url: &str) -> Result<String, String> {
    let store = Store::open(url).await.map_err(|error| error.to_string())?;
    let row = testing::query(&store, ENCRYPTED, vec![]).await.map_err(|error| error.to_string())?;
    Ok(row[0].text(0))
}

#[tokio::test]
async fn the_certificate_is_checked_against_the_file_and_the_name() {
    let Some(server) = OwnPostgres::start(&pem("server.pem"), &pem("server.key")) else { return };
    let (right, wrong) = (pem("authority.pem"), pem("other-authority.pem"));
    let url = |host: &str, query: String| format!("postgres://postgres@{host}:{}/postgres{query}", server.port);
    let roots = |file: &Path| format!("?sslmode=verify-full&sslrootcert={}", file.display());

    assert_eq!(encrypted(&url("localhost", roots(&right))).await.as_deref(), Ok("true"));
    // With only the authority's file, TLS is implied.
    let file_only = format!("?sslrootcert={}", right.display());
    assert_eq!(encrypted(&url("localhost", file_only)).await.as_deref(), Ok("true"));
    assert_eq!(encrypted(&url("localhost", "?sslmode=require".into())).await.as_deref(), Ok("true"));
    assert_eq!(encrypted(&url("127.0.0.1", "?sslmode=disable".into())).await.as_deref(), Ok("false"));
    assert_eq!(encrypted(&url("127.0.0.1", String::new())).await.as_deref(), Ok("false"), "this machine");

    for (host, query, words) in [
        ("localhost", roots(&wrong), "UnknownIssuer"),
        ("localhost", format!("?sslmode=require&sslrootcert={}", wrong.display()), "UnknownIssuer"),
        ("localhost", "?sslmode=verify-full".to_owned(), "UnknownIssuer"),
        ("127.0.0.1", roots(&right), "not valid for name"),
        ("localhost", roots(&pem("README.md")), "holds no certificate"),
        ("localhost", roots(Path::new("/nowhere.pem")), "cannot be read"),
    ] {
        let error = encrypted(&url(host, query.clone())).await.unwrap_err();
        assert!(error.contains(words), "{host} {query}: {error}");
        if !error.contains("sslrootcert names") {
            assert!(error.contains("write sslrootcert=FILE"), "it says what to do: {error}");
        }
    }
}

/// `openssl req -x509` makes a certificate that is its own authority; webpki alone refuses it as a server's.
#[tokio::test]
async fn a_self_signed_certificate_can_be_trusted_itself() {
    let file = pem("self-signed.pem");
    let Some(server) = OwnPostgres::start(&file, &pem("self-signed.key")) else { return };
    let query = format!("sslmode=verify-full&sslrootcert={}", file.display());
    let url = |host: &str| format!("postgres://postgres@{host}:{}/postgres?{query}", server.port);
    assert_eq!(encrypted(&url("localhost")).await.as_deref(), Ok("true"));
    let error = encrypted(&url("127.0.0.1")).await.unwrap_err();
    assert!(error.contains("not valid for name"), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_with_what_to_do() {
    let Some(server) = store::testing::postgres_server() else { return };
    let error = encrypted(&format!("{server}?sslmode=require")).await.unwrap_err();
    assert!(error.contains("does not support TLS") && error.contains("sslmode=disable"), "{error}");
}
