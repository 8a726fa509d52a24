//! The command line. Each command exits with 0, or 1 and one clear line on stderr; wrong usage is 2.

mod demo;
mod flow;
mod gateway;
mod maintenance;
mod people;
mod review;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use domain::secret::Secret;
use store::Store;

use engine::clock::{Clock, IdMaker};
use engine::config::Config;

#[derive(Debug, Parser)]
#[command(
    name = "deskbell",
    version,
    about = "A self-hosted contact centre for Messenger, Instagram and WhatsApp."
)]
struct Cli {
    /// The settings file [default: ./deskbell.toml, if it exists].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts the server; updates the schema of the store first.
    Serve(serve::ServeArgs),
    /// Starts a server with a sandbox and sample data: try everything without a Facebook account.
    Demo(demo::DemoArgs),
    /// Starts only the sandbox, a stand-in for Meta.
    Sandbox(serve::SandboxArgs),
    /// Manages users.
    #[command(subcommand)]
    User(people::UserCommand),
    /// Manages API tokens.
    #[command(subcommand)]
    Token(people::TokenCommand),
    /// Manages chat gateways.
    #[command(subcommand)]
    Gateway(gateway::GatewayCommand),
    /// Checks flows, runs their tests, and imports and exports them.
    #[command(subcommand)]
    Flow(flow::FlowCommand),
    /// Prepares Meta's App Review of an app.
    #[command(subcommand)]
    Review(review::ReviewCommand),
    /// Updates the store to the newest schema, and creates it if it does not exist.
    Migrate(StoreArgs),
    /// Checks the installation and reports problems.
    Doctor(maintenance::DoctorArgs),
    /// Prints the settings and where they come from; secrets are masked.
    Config(maintenance::ConfigArgs),
    /// Saves a SQLite store and its media to one file; the server may be running.
    Backup(maintenance::FileArgs),
    /// Restores a saved store; the current one is renamed, not deleted.
    Restore(maintenance::FileArgs),
    /// Prints the OpenAPI document.
    #[command(hide = true)]
    Openapi,
}

/// The location of the store: flags of every command that needs it.
#[derive(Debug, Clone, Default, Args)]
struct StoreArgs {
    /// The folder of the SQLite file, media and key.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// `sqlite:FILE` or `postgres://…`.
    #[arg(long, value_name = "URL")]
    database_url: Option<Secret>,
}

impl StoreArgs {
    fn flags(&self) -> Vec<(&'static str, String)> {
        let folder = self.data_dir.as_ref().map(|folder| ("data_dir", folder.display().to_string()));
        let url = self.database_url.clone().map(|url| ("database_url", url.0.clone()));
        folder.into_iter().chain(url).collect()
    }
}

/// A command failed: the line for stderr.
#[derive(Debug)]
struct Failure(String);

/// The result of a command.
type Outcome = Result<(), Failure>;

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The line of an error that the API would answer as a problem.
fn failure(error: engine::error::Error) -> Failure {
    let problem = crate::web::problem::Problem::from(error);
    let fields: Vec<_> = problem.errors.into_iter().map(|field| field.detail).collect();
    Failure(if fields.is_empty() { problem.detail } else { fields.join(" ") })
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // All written files (store, media, exports, backups) contain messages, names and password hashes.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return say(&Failure(format!("The system gives no threads: {error}."))),
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => say(&failure),
    }
}

fn say(failure: &Failure) -> ExitCode {
    eprintln!("deskbell: {}", failure.0.replace('\n', " "));
    ExitCode::FAILURE
}

async fn run(cli: Cli) -> Outcome {
    let file = cli.config.as_deref();
    let load = |store: &StoreArgs| Config::load(file, &store.flags());
    match cli.command {
        Command::Serve(args) => serve::serve(file, args).await,
        Command::Demo(args) => demo::demo(args).await,
        Command::Sandbox(args) => serve::sandbox(args).await,
        Command::User(command) => people::user(&load(command.store())?, command).await,
        Command::Token(command) => people::token(&load(command.store())?, command).await,
        Command::Gateway(command) => gateway::gateway(&load(command.store())?, command).await,
        Command::Flow(command) => {
            let config = command.store().map(&load).transpose()?;
            flow::flow(config, command).await
        }
        Command::Review(command) => review::review(file, command).await,
        Command::Migrate(args) => maintenance::migrate(&load(&args)?).await,
        Command::Doctor(args) => maintenance::doctor(&load(&args.store)?, args.json).await,
        Command::Config(args) if args.default => maintenance::default_config(),
        Command::Config(args) => maintenance::config(&load(&args.store)?, args.json),
        Command::Backup(args) => maintenance::backup(&load(&args.store)?, &args.file).await,
        Command::Restore(args) => maintenance::restore(&load(&args.store)?, &args.file).await,
        Command::Openapi => maintenance::openapi().await,
    }
}

/// The store, created and filled if needed, and a source of ids: for commands that run alongside a server.
async fn open(config: &Config) -> Result<(Store, IdMaker), Failure> {
    let store = Store::open(&config.database_url).await?;
    let (_, ids) = engine::engine::id_maker(&store, Clock::default()).await?;
    engine::seed::first_rows(&store, &ids, ids.now(), config.language).await?;
    Ok((store, ids))
}

/// Prints JSON for programs.
fn print_json(value: &impl serde::Serialize) -> Outcome {
    print(&serde_json::to_string_pretty(value)?)
}

/// Prints a line. A closed pipe (`| head`) is not a failure.
fn print(text: &str) -> Outcome {
    use std::io::Write as _;
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints rows as a table with fitting column widths.
fn print_table(head: &[&str], rows: &[Vec<String>]) -> Outcome {
    print(&table(head, rows))
}

fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    let lines = || std::iter::once(&head).chain(rows);
    let width = |column: usize| {
        lines().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let shown = lines().map(|line| {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        cells.join("  ").trim_end().to_owned()
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
        for good in [
            "deskbell serve --config x.toml",
            "deskbell --config x.toml serve",
            "deskbell demo --data-dir d --listen 127.0.0.1:1 --sandbox-listen 127.0.0.1:2",
            "deskbell sandbox --listen 127.0.0.1:8090 --seed s.json --state w.json",
            "deskbell user add --email a@b.c --name N --role supervisor --password-stdin",
            "deskbell user passwd --email a@b.c --password-stdin",
            "deskbell user list --json",
            "deskbell token create --user a@b.c --name N",
            "deskbell gateway list --json",
            "deskbell gateway check --gateway 7 --json",
            "deskbell review archive --gateway 7 --out review.zip",
            "deskbell review record --demo --out videos --only story,pages_messaging",
            "deskbell review record --gateway 7 --out videos --data-dir d",
            "deskbell flow check f.json",
            "deskbell backup f",
            "deskbell config --default",
            "deskbell openapi",
        ] {
            assert!(Cli::try_parse_from(good.split(' ')).is_ok(), "{good}");
        }
        for bad in ["deskbell", "deskbell nothing", "deskbell user add --email a@b.c", "deskbell token create"] {
            assert_eq!(Cli::try_parse_from(bad.split(' ')).unwrap_err().exit_code(), 2, "{bad}");
        }
    }

    #[test]
    fn tables_are_as_wide_as_they_need() {
        let text = table(&["name", "x"], &[vec!["Олена".into(), "1".into()], vec!["B".into(), "22".into()]]);
        assert_eq!(text, "name   x\nОлена  1\nB      22");
    }
}
