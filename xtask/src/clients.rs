//! Programs that others wrote, for tests: clients of Meta's for the sandbox, Schemathesis for the API. Pinned beside the
//! tests by version and hash, installed below the target folder, never shipped. Where Node, Python or the network are missing, their tests are
//! skipped with a line that says so; in CI they fail.

use crate::{root, step};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the pinned lists and the scripts of Meta's clients are.
const SOURCE: &str = "crates/sandbox/tests/clients";
/// Where the pinned list of Schemathesis is.
const FUZZ: &str = "crates/server/tests/fuzz";

/// Installs what can be installed. Answers the variables that name the folders to the tests.
pub fn ensure() -> Vec<(&'static str, PathBuf)> {
    let node = || {
        let folder =
            copied("node", &["package.json", "package-lock.json", "client.js", "instagram.js", "whatsapp.mjs"])?;
        copy(&root::at(SOURCE).join("node/bot"), &folder.join("bot"), &["bottender.config.js", "index.js"])?;
        installed(&folder, "package-lock.json", |folder| {
            let mut npm = Command::new("npm");
            npm.args(["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]).current_dir(folder);
            step::quiet("install npm clients for the sandbox's tests", &mut npm)
        })
    };
    let python = || {
        let folder = copied("python", &["requirements.txt", "client.py", "whatsapp.py"])?;
        python_packages(&folder, "install Python clients for the sandbox's tests")
    };
    let fuzz = || {
        let folder = root::target()?.join("clients/fuzz");
        copy(&root::at(FUZZ), &folder, &["requirements.txt"])?;
        python_packages(&folder, "install Schemathesis for the API's tests")
    };
    let mut found = Vec::new();
    for (name, result) in [
        ("DESKBELL_TEST_NODE_CLIENTS", node()),
        ("DESKBELL_TEST_PYTHON_CLIENTS", python()),
        ("DESKBELL_TEST_SCHEMATHESIS", fuzz()),
    ] {
        match result {
            Ok(folder) => found.push((name, folder)),
            Err(reason) => eprintln!("SKIPPED: the tests with {name} need programs of others. {reason}"),
        }
    }
    found
}

/// Installs the folder's `requirements.txt` into its `site`.
fn python_packages(folder: &Path, name: &str) -> Result<PathBuf, String> {
    installed(folder, "requirements.txt", |folder| {
        let mut pip = Command::new("python3");
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
        ]);
        pip.args(["--target", "site", "--upgrade", "--requirement", "requirements.txt"]).current_dir(folder);
        step::quiet(name, &mut pip)
    })
}

/// Copies the files of one language below the target folder.
fn copied(language: &str, files: &[&str]) -> Result<PathBuf, String> {
    let folder = root::target()?.join("clients").join(language);
    copy(&root::at(SOURCE).join(language), &folder, files)?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path, files: &[&str]) -> Result<(), String> {
    let failed = |error| format!("{} could not be written: {error}.", to.display());
    std::fs::create_dir_all(to).map_err(failed)?;
    files.iter().try_for_each(|file| std::fs::copy(from.join(file), to.join(file)).map(drop)).map_err(failed)
}

/// Installs, unless this very list was installed before.
fn installed(
    folder: &Path,
    list: &str,
    install: impl FnOnce(&Path) -> Result<String, String>,
) -> Result<PathBuf, String> {
    let (list, mark) = (folder.join(list), folder.join("installed"));
    let wanted =
        std::fs::read(&list).map_err(|error| format!("{} could not be read: {error}.", list.display()))?;
    if std::fs::read(&mark).ok().as_ref() != Some(&wanted) {
        install(folder)?;
        std::fs::write(&mark, wanted)
            .map_err(|error| format!("{} could not be written: {error}.", mark.display()))?;
    }
    Ok(folder.to_owned())
}
