//! From a fresh clone to a running Deskbell with sandbox and sample data: one command.

use crate::{root, ui};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Builds what is missing and becomes `deskbell demo`.
pub fn run(args: &[String]) -> Result<(), String> {
    ui::build()?;
    let binary = root::binary()?;
    let error = Command::new(&binary).arg("demo").args(args).exec();
    Err(format!("{} could not be started: {error}.", binary.display()))
}
