//! `deskbell flow …`: checks flows in files, runs their tests, and imports and exports flows.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::flow::Problem;
use domain::id::FlowId;
use engine::config::Config;
use engine::flows::dialogues::{self, TestOrder, TestResult};
use engine::flows::exchange::{self, ImportQuery, Source};
use serde_json::{Value, json};

use super::{Failure, Outcome, StoreArgs, failure, print, print_json};
use crate::app::App;

/// `deskbell flow …`
#[derive(Debug, Subcommand)]
pub(super) enum FlowCommand {
    /// Checks a flow in a JSON file and prints every problem with its place.
    Check(CheckArgs),
    /// Runs tests of flows and prints how they went; fails if one fails.
    Test(TestArgs),
    /// Creates a flow from a file and prints its id, then what could not be converted.
    Import(ImportArgs),
    /// Prints a flow with its tests as JSON.
    Export(ExportArgs),
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The file: a flow, or an export.
    file: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Exports with their tests; without any, the tests of all flows in the store, against their drafts.
    files: Vec<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The file.
    file: PathBuf,
    /// The file is the JSON array of a Webitel chat flow.
    #[arg(long)]
    webitel: bool,
    /// The name of the flow; as in the file if left out.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The id of the flow.
    id: i64,
    #[command(flatten)]
    store: StoreArgs,
}

impl FlowCommand {
    /// The store that it needs; None if it needs none.
    pub(super) fn store(&self) -> Option<&StoreArgs> {
        match self {
            Self::Check(_) => None,
            Self::Test(args) => Some(&args.store),
            Self::Import(args) => Some(&args.store),
            Self::Export(args) => Some(&args.store),
        }
    }
}

/// `deskbell flow …`
pub(super) async fn flow(config: Option<Config>, command: FlowCommand) -> Outcome {
    match (command, config) {
        (FlowCommand::Check(args), _) => check(&args),
        (FlowCommand::Test(args), Some(config)) => test(&config, &args).await,
        (FlowCommand::Import(args), Some(config)) => import(&config, args).await,
        (FlowCommand::Export(args), Some(config)) => export(&config, args.id).await,
        (_, None) => Err(Failure("The settings can't be read.".into())),
    }
}

fn check(args: &CheckArgs) -> Outcome {
    let problems = problems(&args.file)?;
    if args.json {
        print_json(&problems)?;
    } else {
        for problem in &problems {
            let place = if problem.pointer.is_empty() { "/" } else { &problem.pointer };
            let weight = if problem.is_error() { "" } else { "warning: " };
            print(&format!("{place}: {weight}{}", problem.detail))?;
        }
    }
    match problems.iter().filter(|problem| problem.is_error()).count() {
        0 if args.json => Ok(()),
        0 => print("The flow is fit for customers."),
        1 => Err(Failure(format!("{} has a problem.", args.file.display()))),
        many => Err(Failure(format!("{} has {many} problems.", args.file.display()))),
    }
}

fn problems(file: &Path) -> Result<Vec<Problem>, Failure> {
    let text = read(file)?;
    // An export contains the flow in `body`.
    let text = match serde_json::from_str::<Value>(&text) {
        Ok(file) if file.get("body").is_some() => file["body"].to_string(),
        _ => text,
    };
    Ok(match domain::flow::parse(&text) {
        Ok(body) => domain::flow::validate(&body, channels::Channels::default().for_flows()),
        Err(problems) => problems,
    })
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure(format!("{} cannot be read: {error}.", file.display())))
}

fn read_json(file: &Path) -> Result<Value, Failure> {
    serde_json::from_str(&read(file)?)
        .map_err(|error| Failure(format!("{} is not JSON: {error}.", file.display())))
}

async fn test(config: &Config, args: &TestArgs) -> Outcome {
    let app = App::open(config.clone()).await?;
    let mut all: Vec<(String, TestResult)> = Vec::new();
    for file in &args.files {
        let content = read_json(file)?;
        let (_, results) = dialogues::run_file(&app, &content).await.map_err(failure)?;
        all.extend(results.into_iter().map(|result| (file.display().to_string(), result)));
    }
    if args.files.is_empty() {
        for flow in engine::flows::all(&app).await.map_err(failure)? {
            if dialogues::all(&app, flow.id).await.map_err(failure)?.is_empty() {
                continue;
            }
            let run = dialogues::run(&app, flow.id, TestOrder::default()).await.map_err(failure)?;
            all.extend(run.results.into_iter().map(|result| (flow.name.clone(), result)));
        }
    }
    let failed = all.iter().filter(|(_, result)| !result.passed).count();
    if args.json {
        let shown = all
            .iter()
            .map(|(flow, it)| json!({ "flow": flow, "name": it.name, "passed": it.passed, "detail": it.detail }));
        print_json(&shown.collect::<Vec<_>>())?;
    } else {
        for (flow, it) in &all {
            let outcome = if it.passed { "passed".to_owned() } else { format!("FAILED: {}", it.detail) };
            print(&format!("{flow}: {}: {outcome}", it.name))?;
        }
    }
    match (failed, all.len()) {
        (0, _) if args.json => Ok(()),
        (0, 0) => print("There are no tests."),
        (0, count) => print(&format!("{count} passed.")),
        (failed, count) => Err(Failure(format!("{failed} of {count} tests failed."))),
    }
}

async fn import(config: &Config, args: ImportArgs) -> Outcome {
    let file = read_json(&args.file)?;
    let app = App::open(config.clone()).await?;
    let from = if args.webitel { Source::Webitel } else { Source::Deskbell };
    let query = ImportQuery { from: Some(from), name: args.name };
    let taken = exchange::import(&app, None, query, file).await.map_err(failure)?;
    print(&taken.flow.item.id.to_string())?;
    taken.left_out.iter().try_for_each(|detail| print(detail))
}

async fn export(config: &Config, id: i64) -> Outcome {
    let app = App::open(config.clone()).await?;
    let (_, file) = exchange::export(&app, FlowId(id)).await.map_err(failure)?;
    print_json(&file)
}
