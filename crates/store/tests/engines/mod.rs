//! Runs a test on SQLite and on PostgreSQL.
//!
//! PostgreSQL is tested when `DESKBELL_TEST_POSTGRES` names a server (`cargo xtask test` starts one).

/// Runs a test on SQLite and, where there is one, on PostgreSQL.
macro_rules! on_both_engines {
    ($($name:ident)*) => {$(
        mod $name {
            #[tokio::test]
            async fn on_sqlite() {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite:{}", folder.path().join("test.db").display());
                super::$name(store::Store::open(&url).await.unwrap()).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                let Some(url) = crate::engines::postgres_database(stringify!($name)).await else { return };
                super::$name(store::Store::open(&url).await.unwrap()).await;
            }
        }
    )*};
}

pub(crate) use on_both_engines;

/// A fresh database on the test server.
pub async fn postgres_database(name: &str) -> Option<String> {
    let server = store::testing::postgres_server()?;
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let name = format!("store_{name}_{}", std::process::id());
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (base, query) = server.split_once('?').map_or((server.as_str(), ""), |(base, query)| (base, query));
    let (base, _) = base.rsplit_once('/').unwrap();
    Some(if query.is_empty() { format!("{base}/{name}") } else { format!("{base}/{name}?{query}") })
}
