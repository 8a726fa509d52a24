//! `deskbell flow check`: whether a flow in a file can be published.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use domain::flow::Problem;

use super::{Failure, Outcome, print, print_json};

/// `deskbell flow …`
#[derive(Debug, Subcommand)]
pub(super) enum FlowCommand {
    /// Checks a flow in a JSON file and prints every problem with its place.
    Check {
        /// The file.
        file: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
}

/// `deskbell flow …`
pub(super) fn flow(command: FlowCommand) -> Outcome {
    let FlowCommand::Check { file, json } = command;
    let problems = check(&file)?;
    if json {
        print_json(&problems)?;
    } else {
        for problem in &problems {
            let place = if problem.pointer.is_empty() { "/" } else { &problem.pointer };
            let weight = if problem.is_error() { "" } else { "warning: " };
            print(&format!("{place}: {weight}{}", problem.detail))?;
        }
    }
    match problems.iter().filter(|problem| problem.is_error()).count() {
        0 if json => Ok(()),
        0 => print("The flow is fit for customers."),
        1 => Err(Failure(format!("{} has a problem.", file.display()))),
        many => Err(Failure(format!("{} has {many} problems.", file.display()))),
    }
}

fn check(file: &Path) -> Result<Vec<Problem>, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure(format!("{} cannot be read: {error}.", file.display())))?;
    // An export has the flow as its body.
    let text = match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(file) if file.get("body").is_some() => file["body"].to_string(),
        _ => text,
    };
    Ok(match domain::flow::parse(&text) {
        Ok(body) => domain::flow::validate(&body, channels::Channels::default().for_flows()),
        Err(problems) => problems,
    })
}
