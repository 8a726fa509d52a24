//! What some crates may not even name: a pure one no clock, chance, task or socket, and those above the store no SQL.
//! `cargo metadata` cannot see it.

use super::Finding;
use super::files::File;

/// A folder, words that its code may not hold, and why.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    (
        "crates/domain/src/",
        &["SystemTime", "Instant", "tokio", "rand", "getrandom", "async", "await", "fs", "TcpStream"],
        "domain asks for time and chance as arguments and does no input or output",
    ),
    (
        "crates/channels/src/",
        &["SystemTime", "Instant", "tokio", "rand", "getrandom", "async", "await", "reqwest", "TcpStream"],
        "channels turns data into data: no sockets, no clock",
    ),
    ("crates/engine/src/", SQL, ASK_THE_STORE),
    ("crates/review/src/", SQL, ASK_THE_STORE),
    ("crates/server/src/", SQL, ASK_THE_STORE),
    ("crates/server/src/", &["Batch"], "a write is a use case, and use cases belong to engine and review"),
];

/// What SQL text and its columns are reached by.
const SQL: &[&str] = &["Sql", "Row", "from_row", "opt_int", "opt_text", "testing"];
const ASK_THE_STORE: &str =
    "SQL and its columns are private to store, which answers in types; `store::testing` is for tests";

/// No file of a pure crate names what would make it impure. Comments may.
pub fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, forbidden, why) in FORBIDDEN {
        for file in files.iter().filter(|file| file.path.starts_with(folder) && file.path.ends_with(".rs")) {
            for (number, line) in file.text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                // Words between quotes are data: a step of a flow may well be called `await`.
                let code: String = code.split('"').step_by(2).collect::<Vec<_>>().join(" ");
                for (_, word) in words(&code).filter(|(_, word)| forbidden.contains(word)) {
                    findings.push(Finding::new(
                        format!("{}:{}", file.path, number + 1),
                        format!("names `{word}`: {why}"),
                    ));
                }
            }
        }
    }
    findings
}

/// The identifiers of a line and where each begins.
pub fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.split(move |letter| !is_word(letter))
        .map(move |word| (word.as_ptr() as usize - line.as_ptr() as usize, word))
        .filter(|(_, word)| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        check(&[file]).iter().map(|finding| finding.place.clone()).collect()
    }

    #[test]
    fn a_clock_in_the_domain_is_found() {
        let code =
            "//! No Instant here.\nuse std::time::Instant;\nlet brand = \"rand\"; // rand\nasync fn f() {}\n";
        let place = "crates/domain/src/a.rs";
        assert_eq!(found(place, code), [format!("{place}:2"), format!("{place}:4")]);
        assert!(found("crates/server/src/a.rs", code).is_empty());
    }

    #[test]
    fn sql_above_the_store_is_found() {
        let code = "message::from_row(&row)";
        assert_eq!(found("crates/engine/src/a.rs", code), ["crates/engine/src/a.rs:1"]);
        assert!(found("crates/store/src/a.rs", code).is_empty());
    }

    #[test]
    fn a_write_in_the_server_is_found() {
        let code = "let mut batch = store::Batch::new();";
        assert_eq!(found("crates/server/src/a.rs", code), ["crates/server/src/a.rs:1"]);
        assert!(found("crates/engine/src/a.rs", code).is_empty());
    }

    #[test]
    fn words_know_their_place() {
        assert_eq!(words("a::bc_d(é)").collect::<Vec<_>>(), [(0, "a"), (3, "bc_d"), (8, "é")]);
    }
}
