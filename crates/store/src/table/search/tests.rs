//! What a search costs, and that the newest and the index find the same.

use rusqlite::{Connection, StatementStatus, ToSql};

use super::*;
use crate::sqlite::numbered;

/// A database whose messages and conversations have the word "often", five messages in each conversation; the first three
/// messages also have "seldom".
fn filled(messages: i64) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    crate::migrate::sqlite(&connection).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    for id in 1..=messages {
        if id % 5 == 1 {
            let conversation =
                "INSERT INTO conversation (id, identity_id, contact_id, gateway_id, channel, account_id, state,
                priority, created_at, last_activity_at, unread, data, version)
                VALUES (?1, ?1, ?1, 1, 'messenger', '200', 'closed', 0, ?1, ?1, 0, '{}', 1)";
            connection.execute(conversation, [id / 5 + 1]).unwrap();
        }
        let message = "INSERT INTO message (id, conversation_id, identity_id, kind, direction, sender_kind, sender_name,
            text, folded, words, data, status, at) VALUES (?1, ?2, ?2, 'text', 'in', 'contact', '', '', '', ?3, '{}', 'received', ?1)";
        let words = if id <= 3 { "often seldom" } else { "often" };
        connection.execute(message, rusqlite::params![id, (id - 1) / 5 + 1, words]).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    connection
}

/// What a text of a search finds for someone who sees everything, and its steps. `words`: as the text wants them.
fn search(connection: &Connection, sql: Sql, words: &str, limit: i64) -> (Vec<i64>, i32) {
    let mut prepared = connection.prepare(&numbered(sql.0)).unwrap();
    for parameter in 15..=prepared.parameter_count() {
        prepared.raw_bind_parameter(parameter, if words.contains('*') { words } else { "%" }).unwrap();
    }
    let asked: [&dyn ToSql; 14] =
        [&words, &i64::MAX, &0, &0, &0, &"", &1, &"all", &",", &i64::MIN, &i64::MAX, &limit, &"", &""];
    for (parameter, value) in (1..).zip(asked) {
        prepared.raw_bind_parameter(parameter, value).unwrap();
    }
    let mut rows = prepared.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        found.push(row.get(0).unwrap());
    }
    drop(rows);
    (found, prepared.get_status(StatementStatus::VmStep))
}

const TEXTS: [(Sql, &str); 3] =
    [(NEWEST_MESSAGES, "% often%"), (MESSAGES[0], "\"often\"*"), (NEWEST_CONVERSATIONS, "% often%")];

#[test]
fn a_page_of_what_many_messages_have_does_not_depend_on_how_many_they_are() {
    let (few, many) = (filled(6_000), filled(18_000));
    for (sql, words) in TEXTS {
        let ((found, steps), (found_of_many, steps_of_many)) =
            (search(&few, sql, words, 50), search(&many, sql, words, 50));
        assert_eq!((found.len(), found_of_many.len()), (50, 50), "{}", sql.0);
        assert!(found.is_sorted_by(|one, next| one > next), "{}", sql.0);
        // How the newest begin is counted, too: a fixed number of steps.
        assert!(steps_of_many < steps + steps / 5, "{steps} and {steps_of_many}: {}", sql.0);
    }
}

#[test]
fn the_newest_are_a_part_of_what_the_index_finds() {
    let connection = filled(6_000);
    let all = |sql, words| search(&connection, sql, words, 10_000).0;
    let (newest, indexed) = (all(NEWEST_MESSAGES, "% often%"), all(MESSAGES[0], "\"often\"*"));
    assert_eq!((newest.len(), indexed.len()), (5_000, 6_000));
    assert_eq!(newest, indexed[..5_000]);
    let (newest, indexed) = (all(NEWEST_CONVERSATIONS, "% often%"), all(CONVERSATIONS[0], "\"often\"*"));
    assert_eq!((newest.len(), indexed.len()), (1_000, 1_200));
    assert_eq!(newest, indexed[..1_000]);
    assert_eq!(all(NEWEST_MESSAGES, "% seldom%"), [0_i64; 0]);
    assert_eq!(all(MESSAGES[0], "\"seldom\"*"), [3, 2, 1]);
}
