//! Everything that must hold before a change lands. A failed check does not hide the next one.

use crate::{openapi, root, step, test, tidy, ui};
use std::time::{Duration, Instant};

/// Runs every check and every test, then says which failed.
pub fn run() -> Result<(), String> {
    let mut checks = Checks::default();
    checks.check("format", || {
        step::quiet("cargo fmt", root::cargo().args(["fmt", "--all", "--check", "--", "-l"])).map(drop)
    });
    checks.check("tidy", tidy::run);
    // The binary embeds the UI's build, so this comes before anything is compiled.
    checks.check("ui build", ui::build);
    checks.check("ui check", || step::quiet("ui: check", ui::npm().args(["run", "--silent", "check"])).map(drop));
    checks.check("ui lint", || step::quiet("ui: lint", ui::npm().args(["run", "--silent", "lint"])).map(drop));
    checks.check("ui format", || {
        step::quiet("ui: format", ui::npm().args(["run", "--silent", "format:check"])).map(drop)
    });
    checks
        .check("ui budget", || step::quiet("ui: budget", ui::npm().args(["run", "--silent", "budget"])).map(drop));
    checks.check("clippy", || {
        let mut clippy = root::cargo();
        clippy.args(["clippy", "--workspace", "--all-targets", "--locked", "--profile", root::PROFILE]);
        step::shown("cargo clippy", clippy.args(["--", "--deny", "warnings"]))
    });
    checks.check("openapi", || openapi::refresh(&root::binary_with_tests()?, true));
    let tests = test::all();

    eprintln!();
    for (name, result, time) in &checks.done {
        eprintln!("{name:<24} {:<8} {:>14}", if result.is_ok() { "ok" } else { "FAILED" }, step::seconds(*time));
    }
    for (name, result, _) in &checks.done {
        if let Err(reason) = result {
            eprintln!("\n{name}: {reason}");
        }
    }
    let tests = tests.close();
    let failed = checks.done.iter().filter(|(_, result, _)| result.is_err()).count();
    match (failed, tests) {
        (0, Ok(())) => Ok(()),
        (0, Err(reason)) => Err(reason),
        (failed, _) => Err(format!("{failed} of {} checks failed: see above.", checks.done.len())),
    }
}

#[derive(Default)]
struct Checks {
    done: Vec<(&'static str, Result<(), String>, Duration)>,
}

impl Checks {
    fn check(&mut self, name: &'static str, check: impl FnOnce() -> Result<(), String>) {
        let started = Instant::now();
        let result = check();
        self.done.push((name, result, started.elapsed()));
    }
}
