//! What a developer runs: `cargo xtask COMMAND`. It finds its way from the workspace alone and depends on next to
//! nothing, so that the first command on a fresh machine starts in seconds. `bench` is a crate of its own.

mod bench;
mod chaos;
mod ci;
mod clients;
mod demo;
mod openapi;
mod packages;
mod postgres;
mod root;
mod step;
mod test;
mod tidy;
mod ui;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  demo [-- ARGUMENTS]       builds everything and starts Deskbell with the sandbox and sample data
  ui                        builds the user interface into ui/dist, only where something changed
  test [PART] [FILTER]      all tests, with a PostgreSQL of their own; PART is rust, ui, browser or journeys
  tidy                      import directions, licences, unused dependencies, long files, retired words;
                            --count writes down how many of those words are left
  openapi [--check]         writes openapi.json; --check fails if it is stale
  ci                        what CI runs: format, clippy, tidy, openapi, UI checks, all tests
  chaos [OPTIONS]           the crash proof: kills a server again and again under load; --kills 100,
                            --engine sqlite|postgres|both, --customers 600, --seed N
  bench webhooks [OPTIONS]  measures the release build beside a bare floor; --help lists the options
";

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let command = if args.is_empty() { String::new() } else { args.remove(0) };
    // `demo -- --listen …` and `demo --listen …` are the same.
    if args.first().is_some_and(|arg| arg == "--") {
        args.remove(0);
    }
    let result = match command.as_str() {
        "demo" => demo::run(&args),
        "ui" => no_arguments(&command, &args).and_then(|()| ui::build()),
        "test" => test::run(&args),
        "tidy" => tidy::command(&args),
        "openapi" => openapi::run(&args),
        "ci" => no_arguments(&command, &args).and_then(|()| ci::run()),
        "chaos" => chaos::run(&args),
        "bench" => bench::run(&args),
        "" | "help" | "-h" | "--help" => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprint!("There is no command `{other}`.\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask {command}: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn no_arguments(command: &str, args: &[String]) -> Result<(), String> {
    if args.is_empty() { Ok(()) } else { Err(format!("`{command}` takes no arguments.")) }
}
