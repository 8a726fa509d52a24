//! `cargo xtask bench`: builds the release binary and the load generator, and lets the latter measure the former.

use crate::root;
use std::process::Command;

/// Hands everything to the bench crate.
pub fn run(args: &[String]) -> Result<(), String> {
    let mut build = root::cargo();
    build.args([
        "build",
        "--release",
        "--package",
        "server",
        "--bin",
        "deskbell",
        "--package",
        "bench",
        "--bin",
        "bench",
    ]);
    crate::step::shown("build deskbell and bench (release)", &mut build)?;
    let folder = root::target()?.join("release");
    let status =
        Command::new(folder.join("bench")).args(args).env("DESKBELL_BINARY", folder.join("deskbell")).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("The measurement failed: see above.".to_owned()),
        Err(error) => Err(format!("The load generator could not be started: {error}.")),
    }
}
