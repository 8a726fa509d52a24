//! `cargo xtask bench`: how fast the product is, beside a bare floor that does only what cannot be left out, in the
//! same run on the same machine. Ratios travel between machines, absolute figures do not; both are printed. No test
//! asserts on time, so nothing here fails because it is slow.

mod agents;
mod body;
mod channels;
mod figures;
mod floor;
mod flow;
mod graph;
mod load;
mod mixed;
mod process;
mod product;
mod reports;
mod routing;
mod search;
mod stream;
mod traffic;
mod webhooks;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask bench webhooks [OPTIONS]   acknowledging, through to the thread, to the stream; beside a bare floor
cargo xtask bench mixed [--quick]      mixed traffic of 10,000 customers; a line of 100,000 events
cargo xtask bench channels [OPTIONS]   mixed traffic of three channels, beside Messenger's alone
cargo xtask bench reports [OPTIONS]    reports over a year of conversations (--count, else 1,000,000)
cargo xtask bench agents [OPTIONS]     agents at work, each with an open screen (--count, else 10,000)
cargo xtask bench flow [--quick]       the interpreter beside bare templates; customers in a flow; 100,000 runs asleep
cargo xtask bench search [OPTIONS]     search over messages (--count, else 1,000,000)
cargo xtask bench routing [--quick]    one decision with 5,000 waiting customers and 500 agents

  --count N        events in each run for throughput            (default 20000)
  --rounds N       runs of both sides, taking turns             (default 3)
  --connections N  keep-alive connections for throughput        (default 64)
  --quick          a tenth of everything: to see that it works
";

/// The options of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Webhooks in each throughput run.
    pub count: usize,
    /// How often floor and product take turns.
    pub rounds: usize,
    /// Connections at once for throughput.
    pub connections: usize,
    /// Divides all other counts and times.
    pub divisor: usize,
}

type Measure = fn(Options) -> Result<(), String>;

/// Each command: its name, the count without `--count`, and what it does.
const COMMANDS: [(&str, usize, Measure); 8] = [
    ("webhooks", EVENTS, |options| run(webhooks::measure(options))),
    ("mixed", EVENTS, |options| run(mixed::measure(options))),
    ("channels", EVENTS, |options| run(channels::measure(options))),
    ("reports", reports::YEAR, |options| run(reports::measure(options))),
    ("agents", agents::AGENTS, |options| run(agents::measure(options))),
    ("flow", EVENTS, |options| run(flow::measure(options))),
    ("search", search::MESSAGES, |options| run(search::measure(options))),
    ("routing", EVENTS, |options| routing::measure(&options)),
];
const EVENTS: usize = 20_000;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let command = |what: &str| COMMANDS.iter().find(|(name, ..)| *name == what);
    let result = match &words[..] {
        ["floor", file] => run(floor::serve(file)),
        [what, options @ ..] if let Some((_, count, measure)) = command(what) => match parse(options, *count) {
            Ok(Some(options)) => measure(options),
            Ok(None) => {
                print!("{HELP}");
                return ExitCode::SUCCESS;
            }
            Err(reason) => {
                eprint!("{reason}\n\n{HELP}");
                return ExitCode::from(2);
            }
        },
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("bench: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| format!("The runtime could not be made: {error}."))?.block_on(work)
}

/// `None` asks for help.
fn parse(words: &[&str], count: usize) -> Result<Option<Options>, String> {
    let mut options = Options { count, rounds: 3, connections: 64, divisor: 1 };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut number = |most: usize| {
            let given = words.next().and_then(|number| number.parse().ok());
            given
                .filter(|number| (1..=most).contains(number))
                .ok_or(format!("{word} takes a number up to {most}."))
        };
        match *word {
            "--count" => options.count = number(1_000_000)?,
            "--rounds" => options.rounds = number(20)?,
            "--connections" => options.connections = number(512)?,
            "--quick" => options.divisor = 10,
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("`bench` does not know `{other}`.")),
        }
    }
    Ok(Some(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_each_command_and_no_others() {
        let lines = HELP.lines().filter_map(|line| line.strip_prefix("cargo xtask bench "));
        let mut helped: Vec<_> = lines.filter_map(|line| line.split_whitespace().next()).collect();
        let mut known = COMMANDS.map(|(name, ..)| name);
        helped.sort_unstable();
        known.sort_unstable();
        assert_eq!(helped, known);
    }
}
