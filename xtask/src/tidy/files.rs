//! The files of the repository: what each is for, how long it is, and what must not stand in one.

use super::Finding;
use crate::root;
use std::process::Command;

/// A file longer than this is to be split.
const TOO_LONG: usize = 500;
/// A file longer than this is mentioned.
const LONG: usize = 400;
/// Text of ours: these may not end a line in space.
const TEXT: &[&str] =
    &["rs", "ts", "svelte", "mjs", "js", "css", "html", "sql", "toml", "json", "md", "yml", "yaml", "run"];
/// Written by programs, or brought along as they are.
const NOT_OURS: &[&str] =
    &["openapi.json", "Cargo.lock", "ui/package-lock.json", "crates/sandbox/tests/clients/node/package-lock.json"];

/// A text file of the repository.
#[derive(Debug)]
pub struct File {
    /// Relative to the workspace, with `/`.
    pub path: String,
    pub text: String,
}

/// All text files that git knows or would take.
pub fn read_all() -> Result<Vec<File>, String> {
    let mut ask = Command::new("git");
    ask.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root::root());
    let output = ask.output().map_err(|error| format!("git could not be started: {error}."))?;
    if !output.status.success() {
        return Err(format!("git could not list the files: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let paths = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut files = Vec::new();
    for path in paths.split('\0').filter(|path| !path.is_empty()) {
        // Removed but not yet in git, or not text.
        if let Ok(text) = std::fs::read_to_string(root::at(path)) {
            files.push(File { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

/// Everything about files that is not as it should be.
pub fn check(files: &[File]) -> Vec<Finding> {
    files.iter().flat_map(look_at).collect()
}

/// Files that will soon be too long.
pub fn nearly_too_long(files: &[File]) -> Vec<Finding> {
    let long = files.iter().filter(|file| is_code(&file.path));
    let long = long
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| (LONG + 1..=TOO_LONG).contains(lines));
    long.map(|(file, lines)| Finding::new(&file.path, format!("{lines} lines; over {TOO_LONG} it must be split")))
        .collect()
}

fn look_at(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |place: String, text: &str| findings.push(Finding::new(place, text));
    let (path, text) = (file.path.as_str(), file.text.as_str());
    let ending = path.rsplit(['.', '/']).next().unwrap_or_default();

    if let Some(what) = lock_address(path, text) {
        found(
            path.to_owned(),
            &format!("holds a registry's address ({what}): npm and Cargo find theirs by themselves"),
        );
    }
    if NOT_OURS.contains(&path) {
        return findings;
    }
    if ending == "rs" && !text.starts_with("//! ") {
        found(path.to_owned(), "does not begin with `//!`: say what it is for, and what it isn't");
    }
    let lines = text.lines().count();
    if is_code(path) && lines > TOO_LONG {
        found(path.to_owned(), &format!("has {lines} lines: split it by what its parts are for"));
    }
    if TEXT.contains(&ending) {
        for (number, line) in text.lines().enumerate() {
            let place = || format!("{path}:{}", number + 1);
            if line.ends_with([' ', '\t']) {
                found(place(), "ends in space");
            }
            if let Some(folder) = machine_path(line) {
                found(place(), &format!("names `{folder}`, a folder of one machine"));
            }
        }
        if !text.is_empty() && !text.ends_with('\n') {
            found(path.to_owned(), "does not end in a line break");
        }
    }
    findings
}

fn is_code(path: &str) -> bool {
    let code = [".rs", ".ts", ".svelte", ".mjs"].iter().any(|ending| path.ends_with(ending));
    code && !NOT_OURS.contains(&path)
}

/// An address in a lock file other than the name that Cargo gives to the public registry.
fn lock_address(path: &str, text: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let line = match name {
        "Cargo.lock" => text.lines().find(|line| {
            line.starts_with("source = ")
                && !line.contains("registry+https://github.com/rust-lang/crates.io-index")
        }),
        "package-lock.json" => text.lines().find(|line| line.trim_start().starts_with("\"resolved\": \"http")),
        _ => None,
    };
    line.map(|line| line.trim().to_owned())
}

/// A folder that exists on one machine only. Written in pieces, for this file is looked at too.
fn machine_path(line: &str) -> Option<&'static str> {
    const FOLDERS: &[&str] = &[
        concat!("/wo", "rk/main"),
        concat!("/wo", "rk/shared"),
        concat!("/wo", "rk/.library"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
    ];
    FOLDERS.iter().find(|folder| line.contains(*folder)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&[File { path: path.to_owned(), text: text.to_owned() }]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_file_passes() {
        assert!(found("crates/a/src/lib.rs", "//! What it is for.\n\nfn f() {}\n").is_empty());
    }

    #[test]
    fn a_module_says_what_it_is_for() {
        assert_eq!(found("a/src/b.rs", "fn f() {}\n").len(), 1);
        assert!(found("a.ts", "export {};\n").is_empty());
    }

    #[test]
    fn length_is_counted_in_lines() {
        let text = |lines: usize| "let a = 1;\n".repeat(lines);
        assert!(found("a.ts", &text(TOO_LONG)).is_empty());
        assert_eq!(found("a.svelte", &text(TOO_LONG + 1)).len(), 1);
        assert!(found("a.css", &text(TOO_LONG + 1)).is_empty());
        assert_eq!(nearly_too_long(&[File { path: "a.ts".to_owned(), text: text(LONG + 1) }]).len(), 1);
    }

    #[test]
    fn space_at_the_end_of_a_line_and_machine_paths_are_found() {
        assert_eq!(found("a.md", "one \ntwo\n"), ["a.md:1: ends in space"]);
        assert_eq!(found("a.md", concat!("see /wo", "rk/shared/design.md\n")).len(), 1);
        assert_eq!(found("a.toml", "no = \"break\"").len(), 1);
    }

    #[test]
    fn lock_files_name_no_registry() {
        let npm = "      \"resolved\": \"https://registry.example/a.tgz\",\n";
        assert_eq!(found("ui/package-lock.json", npm).len(), 1);
        assert!(found("ui/package-lock.json", "      \"version\": \"1.0.0\",\n").is_empty());
        assert_eq!(found("Cargo.lock", "source = \"registry+https://mirror.example/index\"\n").len(), 1);
    }
}
