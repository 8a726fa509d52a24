//! Where things are: the workspace, Cargo's target folder, the binary.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The profile that the demo, the tests and the journeys share, so that dependencies are compiled once.
pub const PROFILE: &str = "demo";

/// The workspace's folder: the nearest one upwards that holds `Cargo.lock`.
pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let start = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let start = start.or_else(|| std::env::current_dir().ok()).unwrap_or_default();
        let found = start.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
        found.map_or_else(|| start.clone(), Path::to_path_buf)
    });
    &ROOT
}

/// A path inside the workspace.
pub fn at(path: &str) -> PathBuf {
    root().join(path)
}

/// Cargo itself, in the workspace.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // What `cargo run` sets for us must not reach other commands: it would change their fingerprints.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name == "CARGO_MANIFEST_DIR" || name == "CARGO_MANIFEST_PATH" || name.starts_with("CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    command
}

/// Cargo's target folder, where `CARGO_TARGET_DIR` and the configuration put it.
pub fn target() -> Result<PathBuf, String> {
    let output = cargo().args(["metadata", "--format-version", "1", "--no-deps"]).output();
    let output = output.map_err(|error| format!("cargo could not be started: {error}."))?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| "`cargo metadata` gave no readable answer.".to_owned())?;
    metadata["target_directory"]
        .as_str()
        .map(PathBuf::from)
        .ok_or_else(|| "`cargo metadata` named no target folder.".to_owned())
}

/// Builds the binary alone and says where it is. Cargo's own progress is shown.
pub fn binary() -> Result<PathBuf, String> {
    let mut build = cargo();
    build.args(["build", "--package", "server", "--bin", "deskbell", "--profile", PROFILE]);
    crate::step::shown("build deskbell", &mut build)?;
    Ok(target()?.join(PROFILE).join("deskbell"))
}

/// Builds the binary together with all tests. Alone it would come out with a few features of dependencies less (those
/// that only tests ask for), and so would everything between them and it: minutes of compiling for nothing.
pub fn binary_with_tests() -> Result<PathBuf, String> {
    let mut build = cargo();
    build.args(["test", "--workspace", "--no-run", "--profile", PROFILE]);
    crate::step::shown("build deskbell and the tests", &mut build)?;
    Ok(target()?.join(PROFILE).join("deskbell"))
}
