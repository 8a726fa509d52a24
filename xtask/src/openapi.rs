//! `openapi.json`, written from the routes. The UI generates its types from it in its own build.

use crate::root::{self, at};
use std::path::Path;
use std::process::Command;

const DOCUMENT: &str = "openapi.json";

/// Writes it; with `--check` says instead whether it is what would be written.
pub fn run(args: &[String]) -> Result<(), String> {
    let check = match args {
        [] => false,
        [only] if only == "--check" => true,
        _ => return Err("`openapi` knows only `--check`.".to_owned()),
    };
    refresh(&root::binary()?, check)
}

/// The same with a binary that is there already.
pub fn refresh(binary: &Path, check: bool) -> Result<(), String> {
    let output = Command::new(binary).arg("openapi").output();
    let output = output.map_err(|error| format!("{} could not be started: {error}.", binary.display()))?;
    if !output.status.success() {
        return Err(format!("`deskbell openapi` failed. It said:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let fresh = String::from_utf8(output.stdout).map_err(|_| "`deskbell openapi` printed no UTF-8.".to_owned())?;
    let fresh = format!("{}\n", fresh.trim_end());
    if check { compare(DOCUMENT, &fresh) } else { write(DOCUMENT, &fresh) }
}

fn compare(path: &str, fresh: &str) -> Result<(), String> {
    let committed = std::fs::read_to_string(at(path)).unwrap_or_default();
    if committed == fresh { Ok(()) } else { Err(stale(path, &committed, fresh)) }
}

fn stale(path: &str, committed: &str, fresh: &str) -> String {
    let line = committed.lines().zip(fresh.lines()).position(|(one, other)| one != other);
    let line = line.unwrap_or_else(|| committed.lines().count().min(fresh.lines().count()));
    let is = committed.lines().nth(line).unwrap_or("(the end)");
    let should = fresh.lines().nth(line).unwrap_or("(the end)");
    format!(
        "{path} is stale: run `cargo xtask openapi` and commit what it writes. The first difference is in line {}:\n    \
         committed: {is}\n    routes:    {should}",
        line + 1
    )
}

fn write(path: &str, text: &str) -> Result<(), String> {
    if std::fs::read_to_string(at(path)).is_ok_and(|present| present == text) {
        return Ok(());
    }
    std::fs::write(at(path), text).map_err(|error| format!("{path} could not be written: {error}."))
}

#[cfg(test)]
mod tests {
    use super::stale;

    #[test]
    fn a_stale_document_names_the_first_difference() {
        let text = stale("openapi.json", "{\n  \"a\": 1\n}\n", "{\n  \"a\": 2\n}\n");
        assert!(text.contains("line 2") && text.contains("\"a\": 1") && text.contains("\"a\": 2"));
        assert!(stale("openapi.json", "", "{}").contains("line 1"));
    }
}
