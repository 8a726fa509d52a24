//! `openapi.json` and the UI's types, both written from the routes as they are.

use crate::root::{self, at};
use crate::{step, ui};
use std::path::Path;
use std::process::Command;

const DOCUMENT: &str = "openapi.json";
const TYPES: &str = "ui/src/api/schema.d.ts";

/// Writes both; with `--check` says instead whether they are what would be written.
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
    if check {
        compare(DOCUMENT, &fresh)?;
    } else {
        write(DOCUMENT, &fresh)?;
    }
    ui::install()?;
    let before = std::fs::read_to_string(at(TYPES)).unwrap_or_default();
    let written = at(TYPES).metadata().and_then(|metadata| metadata.modified());
    step::quiet("ui: types from openapi.json", ui::npm().args(["run", "--silent", "api"]))?;
    let after = std::fs::read_to_string(at(TYPES)).unwrap_or_default();
    if check && before != after {
        write(TYPES, &before)?;
    }
    // Rewriting the same content would make it newer than the UI's build, and the binary older than that.
    if let Ok(written) = written
        && (check || before == after)
    {
        let file = std::fs::File::options().append(true).open(at(TYPES));
        file.and_then(|file| file.set_modified(written))
            .map_err(|error| format!("{TYPES} could not be written: {error}."))?;
    }
    if check && before != after { Err(stale(TYPES, &before, &after)) } else { Ok(()) }
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
