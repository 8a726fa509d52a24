//! Words that the project no longer uses: retired names in code, and quaint words in comments and in texts that people
//! read. Each is counted in `xtask/words.txt`, and a count may only fall.

use super::Finding;
use super::code;
use super::files::File;
use super::purity::words;
use super::ui;
use crate::root;
use serde_json::Value;
use std::collections::BTreeMap;

/// The file of the counts, relative to the workspace.
const COUNTS: &str = "xtask/words.txt";

const HEADER: &str = "\
# How often each retired word is left: in code (as an identifier), in comments, and in text (docs, messages and strings
# of programs).
# The lists of words are in xtask/src/tidy/words.rs. A count may only fall; `cargo xtask tidy --count` writes what is there now.
";

/// Identifiers that have a standard term, and the term.
const NAMES: &[(&str, &str)] = &[
    ("Bell", "Signal"),
    ("bell", "signal"),
    ("ear", "subscription"),
    ("ring", "notify"),
    ("woken", "notified"),
    ("desk", "turns"),
    ("Scene", "TurnContext"),
    ("Stage", "TurnContext"),
    ("Lanes", "SendScheduler"),
    ("lanes", "scheduler"),
    ("Lane", "ThreadBatch"),
    ("lane", "batch"),
    ("Passing", "FastPath"),
    ("Held", "BlockedKeys"),
    ("gather", "coalesce"),
    ("GATHER", "COALESCE"),
    ("early", "pending_update"),
    ("ripe", "ready"),
    ("ripen", "apply_ready"),
    ("keep", "retention, or store"),
    ("kept", "stored"),
    ("Kept", "Stored"),
    ("Keeping", "Retention"),
    ("settle", "the verb of the thing, such as finish_send"),
    ("told", "notified"),
    ("said", "CustomerMessage, or operator_answer"),
    ("heard", "meta_status"),
    ("worry", "request_check"),
    ("heirs", "recover_abandoned"),
    ("errand", "SendAttempt"),
    ("by_hand", "manual_checks"),
    ("ByHand", "ManualChecks"),
    ("forged", "signature_failures"),
    ("Forged", "SignatureFailures"),
    ("Happening", "InboundEvent"),
    ("Measure", "PolicyAction"),
    ("Referred", "Referral"),
    ("More", "ConversationData"),
    ("Extra", "MessageData"),
    ("Words", "OutgoingContent"),
    ("Who", "Principal"),
    ("Act", "Permission"),
    ("Sight", "Visibility"),
    ("commenter", "comment_identity"),
    ("meet", "link"),
    ("unmet", "pending"),
    ("become_them", "promote"),
    ("outside", "clients"),
    ("KnownGateway", "Gateway"),
];

/// Where retired names are counted. `film` and the tools speak of other things.
const CODE: &[&str] = &[
    "crates/domain/",
    "crates/store/",
    "crates/channels/",
    "crates/engine/",
    "crates/review/",
    "crates/server/",
    "crates/sandbox/",
];

/// The ones of them that have no other meaning in the user interface.
const UI_NAMES: &[&str] = &["keep", "kept", "settle", "told", "said", "heard", "Words"];

/// The sources of the user interface.
const UI: &str = "ui/src/";

/// Words and turns that no support team would write.
const QUAINT: &[&str] = &[
    "shall",
    "anew",
    "mend",
    "mends",
    "mended",
    "nobody",
    "somebody",
    "whoever",
    "whomever",
    "so long as",
    "for it was",
    "for ever",
    "goes on",
    "stands in",
    "told",
    "tells",
    "in vain",
    "by itself",
    "any more",
    "everybody",
    "so many",
    "as it is told",
    "how it stands",
    "where it stands",
    "what stands",
    "stands below",
    "stands above",
    "stands under",
    "it is answered with",
    "the same again",
    "came to nothing",
    "keep it well",
    "looks whether",
    "what leads",
    "comes back unseen",
    "is no image",
    "is no currency",
    "is no setting",
    "meanwhile",
];

/// The API's document.
const DOCUMENT: &str = "openapi.json";
/// The command line.
const COMMANDS: &str = "crates/server/src/cli";

/// The reference of Meta's platform quotes Meta.
const NOT_OURS: &[&str] = &["docs/meta-platform.md"];

/// How often a word is left, by place and word, such as `code Bell`.
pub type Counts = BTreeMap<String, usize>;

/// What there is more of than the file of counts allows.
pub fn check(files: &[File]) -> Result<Vec<Finding>, String> {
    Ok(compare(&count(files), &recorded()?))
}

/// What there is less of: the file of counts can be lowered.
pub fn fallen(files: &[File]) -> Result<Vec<Finding>, String> {
    let now = count(files);
    let lower = recorded()?.into_iter().filter(|(word, most)| now.get(word).copied().unwrap_or(0) < *most).count();
    let note = format!("{lower} counts have fallen: `cargo xtask tidy --count` writes them down");
    Ok(if lower == 0 { Vec::new() } else { vec![Finding::new(COUNTS, note)] })
}

/// Writes what is there now.
pub fn write(files: &[File]) -> Result<(), String> {
    let lines: String = count(files).iter().map(|(word, count)| format!("{word} {count}\n")).collect();
    let written = std::fs::write(root::at(COUNTS), format!("{HEADER}{lines}"));
    written.map_err(|error| format!("{COUNTS} could not be written: {error}."))
}

fn recorded() -> Result<Counts, String> {
    let text = std::fs::read_to_string(root::at(COUNTS));
    Ok(parse(&text.map_err(|error| format!("{COUNTS} could not be read: {error}."))?))
}

fn parse(text: &str) -> Counts {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(word, n)| (word.to_owned(), n.parse().unwrap_or(0)))
        .collect()
}

fn compare(now: &Counts, allowed: &Counts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (word, count) in now {
        let most = allowed.get(word).copied().unwrap_or(0);
        if *count > most {
            let (place, word) = word.split_once(' ').unwrap_or_default();
            let instead = NAMES.iter().find(|(name, _)| place == "code" && *name == word);
            let instead = instead.map_or("use plain English".to_owned(), |(_, term)| format!("use {term}"));
            let text = format!("`{word}` occurs {count} times, but only {most} were left: {instead}");
            findings.push(Finding::new(if place == "code" { "names in code" } else { "words in texts" }, text));
        }
    }
    findings
}

fn count(files: &[File]) -> Counts {
    let mut counts = Counts::new();
    for file in files {
        if file.path.ends_with(".rs") && CODE.iter().any(|folder| file.path.starts_with(folder)) {
            for (_, word) in words(&code::only(&file.text)) {
                if NAMES.iter().any(|(name, _)| *name == word) {
                    *counts.entry(format!("code {word}")).or_default() += 1;
                }
            }
        }
        if is_ui(&file.path) {
            let (code, _) = ui::split(&ui::scripts(&file.path, &file.text));
            for (_, word) in words(&code).filter(|(_, word)| UI_NAMES.contains(word)) {
                *counts.entry(format!("code {word}")).or_default() += 1;
            }
        }
        for (place, text) in [("comment", comments(file)), ("text", read_by_people(file))] {
            let Some(text) = text.map(|text| plain(&text)) else { continue };
            for word in QUAINT {
                let found = occurrences(&text, word);
                if found > 0 {
                    *counts.entry(format!("{place} {word}")).or_default() += found;
                }
            }
        }
    }
    counts
}

fn is_ui(path: &str) -> bool {
    path.starts_with(UI) && (path.ends_with(".ts") || path.ends_with(".svelte"))
}

/// The comments of a program or of the user interface.
fn comments(file: &File) -> Option<String> {
    let path = file.path.as_str();
    if path.ends_with(".rs") && (path.starts_with("crates/") || path.starts_with("xtask/")) {
        Some(code::comments(&file.text))
    } else {
        is_ui(path).then(|| ui::split(&file.text).1)
    }
}

/// In lower case with single spaces.
fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of a document, all messages of the user interface, or the strings of a program.
fn read_by_people(file: &File) -> Option<String> {
    let path = file.path.as_str();
    let text = if path.starts_with("ui/messages/") && path.ends_with("en.json") {
        let mut all = String::new();
        collect(&serde_json::from_str(&file.text).ok()?, &mut all);
        all
    } else if path == DOCUMENT {
        // Written from the doc comments of the API's types and operations.
        let mut all = String::new();
        descriptions(&serde_json::from_str(&file.text).ok()?, &mut all);
        all
    } else if path.ends_with(".rs") && path.starts_with(COMMANDS) && !is_test(path) {
        // Doc comments of commands and flags are what `--help` prints.
        format!("{}\n{}", code::strings(&file.text), doc_comments(&file.text))
    } else if path.ends_with(".rs") && path.starts_with("crates/") && !is_test(path) {
        code::strings(&file.text)
    } else if path.ends_with(".md")
        && (path.starts_with("docs/") || !path.contains('/'))
        && !NOT_OURS.contains(&path)
    {
        file.text.clone()
    } else {
        return None;
    };
    Some(text)
}

/// Every description and summary of the API's document.
fn descriptions(value: &Value, all: &mut String) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| descriptions(item, all)),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == "description" || name == "summary" => {
                        all.push_str(text);
                        all.push('\n');
                    }
                    other => descriptions(other, all),
                }
            }
        }
        _ => {}
    }
}

fn doc_comments(source: &str) -> String {
    let lines = source.lines().filter_map(|line| line.trim_start().strip_prefix("/// "));
    lines.collect::<Vec<_>>().join("\n")
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.contains("/testing") || path.ends_with("tests.rs")
}

/// Every string of a JSON document. Keys that hold words too, such as the plural forms, are no texts.
fn collect(value: &Value, all: &mut String) {
    match value {
        Value::String(text) => {
            all.push_str(text);
            all.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, all)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, all)),
        _ => {}
    }
}

/// How often a word or turn occurs between word boundaries.
fn occurrences(text: &str, turn: &str) -> usize {
    let is_word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let found = text.match_indices(turn);
    found
        .filter(|(at, _)| {
            !is_word(text[..*at].chars().next_back()) && !is_word(text[at + turn.len()..].chars().next())
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(path: &str, text: &str) -> Counts {
        count(&[File { path: path.to_owned(), text: text.to_owned() }])
    }

    #[test]
    fn retired_names_count_as_identifiers_only() {
        let code = "//! The Bell.\nuse store::Bell;\nlet ear = \"ring\"; // ripen\nlet year = Bells::new();\n";
        let expected = Counts::from([("code Bell".to_owned(), 1), ("code ear".to_owned(), 1)]);
        assert_eq!(counted("crates/server/src/a.rs", code), expected);
        assert_eq!(counted("crates/film/src/a.rs", code), Counts::new());
    }

    #[test]
    fn quaint_words_count_in_documents_messages_and_strings() {
        let text = "Nobody shall\nmarshal it. So long\n  as nobody's here.";
        let expected = [("text nobody", 2), ("text shall", 1), ("text so long as", 1)];
        let expected: Counts = expected.into_iter().map(|(word, n)| (word.to_owned(), n)).collect();
        assert_eq!(counted("docs/a.md", text), expected);
        assert_eq!(counted("docs/meta-platform.md", text), Counts::new());
        let program =
            "// Nobody.\nlet told = \"Somebody {shall}\";\n#[cfg(test)]\nmod tests {\n    \"anew\";\n}\n";
        let comment = ("comment nobody".to_owned(), 1);
        let expected = Counts::from([comment.clone(), ("text somebody".to_owned(), 1)]);
        assert_eq!(counted("crates/film/src/a.rs", program), expected);
        assert_eq!(counted("crates/film/tests/a.rs", program), Counts::from([comment]));
        // What `--help` prints, and what the API says of itself.
        let help = "/// Looks whether\n    /// all is well, so long as it is.\nfn f() {}";
        let of = |place: &str| {
            Counts::from([(format!("{place} looks whether"), 1), (format!("{place} so long as"), 1)])
        };
        let both: Counts = of("comment").into_iter().chain(of("text")).collect();
        assert_eq!(counted("crates/server/src/cli/maintenance.rs", help), both);
        assert_eq!(counted("crates/server/src/app.rs", help), of("comment"));
        let api = r#"{"paths":{"/a":{"get":{"summary":"What stands below.","operationId":"told"}}}}"#;
        let expected = Counts::from([("text stands below".to_owned(), 1), ("text what stands".to_owned(), 1)]);
        assert_eq!(counted("openapi.json", api), expected);
        let messages = r#"{"shall": "Do it anew", "b": [{"match": {"n=one": "Mend it"}}]}"#;
        let expected = [("text anew", 1), ("text mend", 1)].map(|(word, n)| (word.to_owned(), n));
        assert_eq!(counted("ui/messages/en.json", messages), Counts::from(expected));
    }

    #[test]
    fn the_user_interface_counts_names_of_scripts_and_words_of_comments() {
        let page = "<!-- Whoever\n  keeps it. -->\n<script>\n  // So many.\n  let told = `said`; /* Nobody */\n</script>\n<p>kept</p>\n";
        let expected = ["code told", "comment nobody", "comment so many", "comment whoever"];
        let expected: Counts = expected.map(|word| (word.to_owned(), 1)).into();
        assert_eq!(counted("ui/src/a.svelte", page), expected);
        assert_eq!(counted("ui/src/a.css", page), Counts::new());
        assert_eq!(counted("ui/tests/a.ts", page), Counts::new());
        let script = "// Meanwhile.\nexport const Words = 1;\n";
        let expected = Counts::from([("code Words".to_owned(), 1), ("comment meanwhile".to_owned(), 1)]);
        assert_eq!(counted("ui/src/a.ts", script), expected);
    }

    #[test]
    fn a_count_may_fall_but_not_rise() {
        let allowed = parse("# Words.\ncode Bell 2\ntext shall 1\n");
        let now =
            |bells, shalls| Counts::from([("code Bell".to_owned(), bells), ("text shall".to_owned(), shalls)]);
        assert_eq!(compare(&now(2, 1), &allowed), []);
        assert_eq!(compare(&now(1, 0), &allowed), []);
        let found = compare(&now(3, 1), &allowed);
        assert_eq!(found.len(), 1);
        assert!(found[0].text.contains("only 2 were left: use Signal"), "{found:?}");
        assert_eq!(compare(&Counts::from([("text anew".to_owned(), 1)]), &allowed).len(), 1);
    }
}
