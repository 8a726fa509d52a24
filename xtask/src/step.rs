//! Running other programs: one line per step with its time, and the end of the log where a step fails.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How many lines of a failed step's output are shown: some tools say what is wrong first, others last.
const HEAD: usize = 12;
const TAIL: usize = 30;

/// Runs a step quietly and gives back what it printed; a failure shows the end of that.
pub fn quiet(name: &str, command: &mut Command) -> Result<String, String> {
    let started = Instant::now();
    let terminal = std::io::stderr().is_terminal();
    if terminal {
        eprint!("  {name} …");
    }
    // Colours would be shown as the letters they are made of.
    let output = command.stdin(Stdio::null()).env("NO_COLOR", "1").env("FORCE_COLOR", "0").output();
    let start_of_line = if terminal { "\r" } else { "" };
    let failed = |what: String| {
        eprintln!("{start_of_line}✗ {name}  {}", seconds(started.elapsed()));
        what
    };
    let output =
        output.map_err(|error| failed(format!("{name}: {} could not be started: {error}.", tool(command))))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        return Err(failed(format!("{name} failed ({}). It printed:\n{}", ended(output.status), ends(&text))));
    }
    eprintln!("{start_of_line}✓ {name}  {}", seconds(started.elapsed()));
    Ok(text)
}

/// Runs a step with its output on the screen.
pub fn shown(name: &str, command: &mut Command) -> Result<(), String> {
    let started = Instant::now();
    eprintln!("▸ {name}");
    let status = command.stdin(Stdio::null()).status();
    let status = status.map_err(|error| format!("{name}: {} could not be started: {error}.", tool(command)))?;
    close(name, status, started)
}

/// Runs a step with its output on the screen and gives back what it printed, failed or not.
pub fn listened(name: &str, command: &mut Command) -> (String, Result<(), String>) {
    let started = Instant::now();
    eprintln!("▸ {name}");
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            return (String::new(), Err(format!("{name}: {} could not be started: {error}.", tool(command))));
        }
    };
    let (sender, lines) = mpsc::channel();
    let readers: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
        child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
    ];
    for pipe in readers.into_iter().flatten() {
        let sender = sender.clone();
        std::thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
                line.clear();
            }
        });
    }
    drop(sender);
    let mut text = String::new();
    for line in lines {
        let _ = std::io::stderr().write_all(line.as_bytes());
        text.push_str(&line);
    }
    let result = match child.wait() {
        Ok(status) => close(name, status, started),
        Err(error) => Err(format!("{name}: its end could not be seen: {error}.")),
    };
    (text, result)
}

fn close(name: &str, status: ExitStatus, started: Instant) -> Result<(), String> {
    if status.success() {
        eprintln!("✓ {name}  {}", seconds(started.elapsed()));
        Ok(())
    } else {
        eprintln!("✗ {name}  {}", seconds(started.elapsed()));
        Err(format!("{name} failed ({}).", ended(status)))
    }
}

/// A time for people: `0.4 s`, `2 min 5 s`.
pub fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {:.0} s", seconds as u64 / 60, seconds % 60.0)
    }
}

fn ended(status: ExitStatus) -> String {
    status.code().map_or_else(|| "ended by a signal".to_owned(), |code| format!("exit status {code}"))
}

fn tool(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

/// The beginning and the end of a text; the characters in between are counted.
fn ends(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let cut = if lines.len() > HEAD + TAIL + 1 { HEAD..lines.len() - TAIL } else { 0..0 };
    let mut ends = String::new();
    for (number, line) in lines.iter().enumerate() {
        if number == cut.start && !cut.is_empty() {
            let _ = writeln!(ends, "    … {} lines …", cut.len());
        }
        if !cut.contains(&number) {
            let _ = writeln!(ends, "    {line}");
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_printed_in_the_unit_that_fits() {
        assert_eq!(seconds(Duration::from_millis(420)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 5 s");
    }

    #[test]
    fn a_failed_step_shows_both_ends_of_its_output() {
        let text: String = (0..100).map(|n| format!("line {n}\n")).collect();
        let shown = ends(&text);
        assert_eq!(shown.lines().count(), HEAD + 1 + TAIL);
        assert!(shown.starts_with("    line 0\n") && shown.ends_with("    line 99\n"));
        assert!(shown.contains("    … 58 lines …\n"));
        assert_eq!(ends("one\ntwo\n"), "    one\n    two\n");
    }

    #[test]
    fn both_streams_of_a_step_are_heard() {
        let (text, result) = listened("speak", Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]));
        assert!(text.contains("out\n") && text.contains("err\n"));
        assert_eq!(result, Err("speak failed (exit status 3).".to_owned()));
    }
}
