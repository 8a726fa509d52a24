//! The schema: one list of migrations for both engines, applied in order, each once.

use rusqlite::Connection;
use tokio_postgres::Client;

use crate::sqlite::configure;
use crate::table::search;
use crate::{Error, Sql};

/// Number and text of each migration. A released text is never edited: add another one.
const MIGRATIONS: &[(i64, &str)] = &[(1, include_str!("../migrations/0001_initial.sql"))];

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (number {int} PRIMARY KEY, checksum {int} NOT NULL)";
const APPLIED: Sql = Sql("SELECT number, checksum FROM migration ORDER BY number");
/// Any number that nothing else in the database uses.
const POSTGRES_LOCK: i64 = 0x6465_736b_6265_6c6c;

/// The parts of a migration that differ between the engines.
#[derive(Clone, Copy)]
enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    fn spell(self, text: &str) -> String {
        let words = match self {
            Dialect::Sqlite => [
                ("{int}", "INTEGER"),
                ("{blob}", "BLOB"),
                ("{strict}", "STRICT"),
                ("{by_key}", "STRICT, WITHOUT ROWID"),
                ("{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
                ("{xact}", "xact INTEGER NOT NULL DEFAULT 0"),
                ("{message_search}", search::MESSAGE_INDEX_SQLITE),
                ("{contact_search}", search::CONTACT_INDEX_SQLITE),
            ],
            Dialect::Postgres => [
                ("{int}", "BIGINT"),
                ("{blob}", "BYTEA"),
                ("{strict}", ""),
                ("{by_key}", ""),
                ("{serial}", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
                ("{xact}", "xact XID8 NOT NULL DEFAULT pg_current_xact_id()"),
                ("{message_search}", search::MESSAGE_INDEX_POSTGRES),
                ("{contact_search}", search::CONTACT_INDEX_POSTGRES),
            ],
        };
        words.iter().fold(text.to_owned(), |text, (word, to)| text.replace(word, to))
    }
}

/// Updates the schema of a SQLite file.
pub(crate) fn sqlite(connection: &Connection) -> Result<(), Error> {
    configure(connection)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let result = (|| {
        connection.execute_batch(&Dialect::Sqlite.spell(TABLE))?;
        let applied = connection
            .prepare(APPLIED.0)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<Vec<(i64, i64)>>>()?;
        for (number, text) in missing(&applied)? {
            connection.execute_batch(&Dialect::Sqlite.spell(text))?;
            connection.execute("INSERT INTO migration VALUES (?1, ?2)", (number, checksum(text)))?;
        }
        Ok(())
    })();
    connection.execute_batch(if result.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    result
}

/// Updates the schema of a PostgreSQL database, on a connection without a time limit. Processes that start together
/// take turns.
pub(crate) async fn postgres(client: &Client) -> Result<(), Error> {
    client.batch_execute(&format!("SELECT pg_advisory_lock({POSTGRES_LOCK})")).await?;
    client.batch_execute(&Dialect::Postgres.spell(TABLE)).await?;
    let applied: Vec<(i64, i64)> =
        client.query(APPLIED.0, &[]).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    for (number, text) in missing(&applied)? {
        let sum = checksum(text);
        let body = Dialect::Postgres.spell(text);
        let script = format!("BEGIN; {body} INSERT INTO migration VALUES ({number}, {sum}); COMMIT;");
        client.batch_execute(&script).await?;
    }
    client.batch_execute(&format!("SELECT pg_advisory_unlock({POSTGRES_LOCK})")).await?;
    Ok(())
}

/// Whether this program can read the schema of a saved store.
pub(crate) fn readable(connection: &Connection) -> Result<(), Error> {
    let applied = connection
        .prepare(APPLIED.0)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(i64, i64)>>>()?;
    missing(&applied).map(|_| ())
}

fn missing(applied: &[(i64, i64)]) -> Result<impl Iterator<Item = (i64, &'static str)> + use<>, Error> {
    let known = MIGRATIONS.last().map_or(0, |last| last.0);
    if let Some((found, _)) = applied.last().filter(|(number, _)| *number > known) {
        return Err(Error::Newer { found: *found, known });
    }
    for (number, sum) in applied {
        if MIGRATIONS.iter().any(|(n, text)| n == number && checksum(text) != *sum) {
            return Err(Error::Altered(*number));
        }
    }
    // Checked by number, not only the last one: two branches may have added migrations in another order.
    let applied: Vec<i64> = applied.iter().map(|row| row.0).collect();
    Ok(MIGRATIONS.iter().copied().filter(move |(number, _)| !applied.contains(number)))
}

/// FNV-1a: enough to notice that a text was edited.
fn checksum(text: &str) -> i64 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 1).cast_signed()
}
