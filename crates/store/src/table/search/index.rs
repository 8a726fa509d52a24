//! The indexes of full-text search, which the schema makes.

/// An FTS5 table over columns of another one. `ascii`: this tokenizer leaves our words unchanged, because they are
/// separated by spaces. `secure-delete`: deleted data is overwritten at once.
macro_rules! fts5 {
    ($name:literal, $table:literal, $columns:literal, $new:literal, $old:literal, $differ:literal) => {
        concat!(
            "CREATE VIRTUAL TABLE ",
            $name,
            " USING fts5(",
            $columns,
            ", content='",
            $table,
            "', content_rowid='id',
               tokenize='ascii', detail='none');
             INSERT INTO ",
            $name,
            "(",
            $name,
            ", rank) VALUES ('secure-delete', 1);
             CREATE TRIGGER ",
            $name,
            "_insert AFTER INSERT ON ",
            $table,
            " BEGIN
               INSERT INTO ",
            $name,
            "(rowid, ",
            $columns,
            ") VALUES (new.id, ",
            $new,
            "); END;
             CREATE TRIGGER ",
            $name,
            "_delete AFTER DELETE ON ",
            $table,
            " BEGIN
               INSERT INTO ",
            $name,
            "(",
            $name,
            ", rowid, ",
            $columns,
            ") VALUES ('delete', old.id, ",
            $old,
            "); END;
             CREATE TRIGGER ",
            $name,
            "_update AFTER UPDATE OF ",
            $columns,
            " ON ",
            $table,
            " WHEN ",
            $differ,
            " BEGIN
               INSERT INTO ",
            $name,
            "(",
            $name,
            ", rowid, ",
            $columns,
            ") VALUES ('delete', old.id, ",
            $old,
            ");
               INSERT INTO ",
            $name,
            "(rowid, ",
            $columns,
            ") VALUES (new.id, ",
            $new,
            "); END;"
        )
    };
}

/// The words of message `m`, as PostgreSQL indexes them.
macro_rules! message_vector {
    ($of:literal) => {
        concat!("array_to_tsvector(string_to_array(", $of, "words, ' '))")
    };
}

/// The words of contact `p`, as PostgreSQL indexes them.
macro_rules! contact_vector {
    ($of:literal) => {
        concat!(
            "array_to_tsvector(string_to_array(",
            $of,
            "name_words, ' ') || string_to_array(",
            $of,
            "email_words, ' ') || string_to_array(",
            $of,
            "phone_words, ' '))"
        )
    };
}

pub(crate) const MESSAGE_INDEX_SQLITE: &str =
    fts5!("message_search", "message", "words", "new.words", "old.words", "new.words <> old.words");
pub(crate) const MESSAGE_INDEX_POSTGRES: &str =
    concat!("CREATE INDEX message_search ON message USING gin (", message_vector!(""), ");");
pub(crate) const CONTACT_INDEX_SQLITE: &str = fts5!(
    "contact_search",
    "contact",
    "name_words, email_words, phone_words",
    "new.name_words, new.email_words, new.phone_words",
    "old.name_words, old.email_words, old.phone_words",
    "new.name_words <> old.name_words OR new.email_words <> old.email_words OR new.phone_words <> old.phone_words"
);
pub(crate) const CONTACT_INDEX_POSTGRES: &str =
    concat!("CREATE INDEX contact_search ON contact USING gin (", contact_vector!(""), ");");

pub(super) use {contact_vector, message_vector};
