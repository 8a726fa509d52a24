//! All tests on a machine that has nothing but Rust and Node: packages, a PostgreSQL of our own, Rust tests on both
//! engines, the UI's unit tests, the UI in a real browser against a stand-in for the server, and journeys of a real browser
//! through the real binary.

use crate::clients;
use crate::packages::{self, CHROMIUM, FFMPEG, FONTS, POSTGRES};
use crate::postgres::Postgres;
use crate::{root, step, ui};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// Names the server on which tests make their databases.
pub const POSTGRES_VARIABLE: &str = "DESKBELL_TEST_POSTGRES";

/// `test`, `test rust|ui|browser|journeys`, each with a filter; a filter alone means the Rust tests.
pub fn run(args: &[String]) -> Result<(), String> {
    let (part, filter) = match args.split_first() {
        None => return all().close(),
        Some((part, filter)) if ["rust", "ui", "browser", "journeys"].contains(&part.as_str()) => {
            (part.as_str(), filter)
        }
        Some(_) => ("rust", args),
    };
    let mut report = Report::default();
    match part {
        "rust" => report.with_postgres(|report, url| report.rust(url, filter)),
        "ui" => report.ui(filter),
        "browser" => report.browser(filter),
        _ => report.with_postgres(|report, url| report.journeys(url, filter, root::binary)),
    }
    report.close()
}

/// Every part; the report still has to be closed.
pub fn all() -> Report {
    let mut report = Report::default();
    report.with_postgres(|report, url| {
        report.rust(url, &[]);
        report.ui(&[]);
        report.journeys(url, &[], root::binary_with_tests);
    });
    report
}

/// What was run and how it went.
#[derive(Default)]
pub struct Report {
    lines: Vec<Line>,
}

struct Line {
    name: &'static str,
    counts: Counts,
    problem: Option<String>,
    time: Duration,
}

impl Report {
    fn with_postgres(&mut self, tests: impl FnOnce(&mut Self, &str)) {
        let mut server = None;
        self.step("PostgreSQL", || {
            packages::ensure(&[POSTGRES])?;
            server = Some(Postgres::start()?);
            Ok(Counts::default())
        });
        if let Some(server) = &server {
            tests(self, &server.url);
        }
    }

    fn rust(&mut self, postgres: &str, filter: &[String]) {
        self.step("Rust", || {
            // Without them the tests that film say that they test nothing; in CI they fail.
            if let Err(problem) = packages::ensure(&[CHROMIUM, FFMPEG, FONTS]) {
                eprintln!("{problem}");
            }
            // What is filmed are the screens; for one test among all they need not be built.
            if filter.is_empty() {
                ui::build()?;
            }
            let has_nextest = root::cargo().args(["nextest", "--version"]).output();
            let mut tests = root::cargo();
            if has_nextest.is_ok_and(|output| output.status.success()) {
                tests.args(["nextest", "run", "--workspace", "--no-fail-fast", "--status-level", "slow"]);
                tests.args(["--cargo-profile", root::PROFILE]).args(filter);
            } else {
                tests.args(["test", "--workspace", "--no-fail-fast", "--profile", root::PROFILE]).args(filter);
            }
            counted("Rust tests", tests.env(POSTGRES_VARIABLE, postgres).envs(clients::ensure()))
        });
    }

    fn ui(&mut self, filter: &[String]) {
        self.step("UI units", || {
            ui::install()?;
            counted("UI unit tests", ui::npm().args(["test", "--silent", "--"]).args(filter))
        });
    }

    fn browser(&mut self, filter: &[String]) {
        self.step("UI in a browser", || {
            packages::ensure(&[CHROMIUM, FONTS])?;
            ui::build()?;
            counted("UI browser tests", ui::npm().args(["run", "browser", "--silent", "--"]).args(filter))
        });
    }

    fn journeys(&mut self, postgres: &str, filter: &[String], binary: fn() -> Result<PathBuf, String>) {
        self.step("Journeys", || {
            packages::ensure(&[CHROMIUM, FONTS])?;
            ui::build()?;
            let binary = binary()?;
            let mut journeys = Command::new("node");
            journeys.arg("tests/journeys/run.mjs").args(filter).current_dir(root::at("ui"));
            counted("Journeys", journeys.env("DESKBELL_BINARY", binary).env(POSTGRES_VARIABLE, postgres))
        });
    }

    fn step(&mut self, name: &'static str, step: impl FnOnce() -> Result<Counts, Broken>) {
        let started = Instant::now();
        let (counts, problem) = match step() {
            Ok(counts) => (counts, None),
            Err(Broken(counts, problem)) => (counts, Some(problem)),
        };
        self.lines.push(Line { name, counts, problem, time: started.elapsed() });
    }

    /// Prints the table and the closing line.
    pub fn close(self) -> Result<(), String> {
        eprintln!();
        let mut sum = Counts::default();
        for line in &self.lines {
            let result = if line.problem.is_none() { "ok" } else { "FAILED" };
            let Counts { passed, failed } = line.counts;
            let tests = match passed + failed {
                0 => String::new(),
                _ => format!("{passed} passed, {failed} failed"),
            };
            eprintln!("{:<24} {result:<8} {:>14}  {tests}", line.name, step::seconds(line.time));
            sum.passed += passed;
            // A part that could not run at all counts as one.
            sum.failed += if line.problem.is_some() { failed.max(1) } else { failed };
        }
        for line in &self.lines {
            if let Some(problem) = &line.problem {
                eprintln!("\n{}: {problem}", line.name);
            }
        }
        println!("\n{} passed, {} failed", sum.passed, sum.failed);
        match (sum.failed, sum.passed) {
            (0, 0) => Err("No test ran.".to_owned()),
            (0, _) => Ok(()),
            _ => Err("Not all tests passed.".to_owned()),
        }
    }
}

/// How many tests passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    passed: usize,
    failed: usize,
}

/// A part that failed: what it got done, and the reason.
struct Broken(Counts, String);

impl From<String> for Broken {
    fn from(reason: String) -> Self {
        Self(Counts::default(), reason)
    }
}

fn counted(name: &str, command: &mut Command) -> Result<Counts, Broken> {
    let (text, result) = step::listened(name, command);
    let counts = count(&text);
    result.map(|()| counts).map_err(|reason| Broken(counts, reason))
}

/// Reads the closing lines of nextest, cargo test, vitest and the journeys.
fn count(output: &str) -> Counts {
    let mut counts = Counts::default();
    for line in output.lines() {
        let line = plain(line);
        let line = line.trim();
        let closes = (line.starts_with("Summary [") && (line.contains("tests run") || line.contains("test run")))
            || line.starts_with("test result:")
            || (line.starts_with("Tests ") && line.ends_with(')'))
            || is_plain_closing_line(line);
        if closes {
            counts.passed += number_before(line, "passed");
            counts.failed += number_before(line, "failed");
        }
    }
    counts
}

fn is_plain_closing_line(line: &str) -> bool {
    line.split(", ").all(|part| {
        let mut words = part.split(' ');
        words.next().is_some_and(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
            && words.next().is_some_and(|word| ["passed", "failed", "skipped"].contains(&word))
            && words.next().is_none()
    })
}

fn number_before(line: &str, word: &str) -> usize {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|found| found.trim_matches([',', ';']) == word);
    at.and_then(|at| words.get(at.checked_sub(1)?)?.parse().ok()).unwrap_or(0)
}

/// A line without the colours that terminals understand.
fn plain(line: &str) -> String {
    let mut rest = line;
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        text.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_all_runners_are_counted() {
        let counts = |passed, failed| Counts { passed, failed };
        assert_eq!(
            count("     Summary [   1.268s] 123 tests run: 121 passed (1 slow), 2 failed, 4 skipped\n"),
            counts(121, 2)
        );
        assert_eq!(count("     Summary [   0.1s] 3 tests run: 3 passed, 0 skipped\n"), counts(3, 0));
        assert_eq!(count("     Summary [   0.1s] 1 test run: 1 passed, 710 skipped\n"), counts(1, 0));
        assert_eq!(
            count("test result: ok. 7 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out"),
            counts(7, 1)
        );
        assert_eq!(count(" Test Files  2 passed (2)\n      Tests  1 failed | 12 passed (13)\n"), counts(12, 1));
        assert_eq!(
            count("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m8 passed\u{1b}[39m (8)"),
            counts(8, 0)
        );
        assert_eq!(count("story: 1 passed of 2\n5 passed, 0 failed\n"), counts(5, 0));
    }
}
