//! Processes that are measured: started by us, ended with us.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A process that ends when this is dropped.
pub struct Process(Child);

impl Process {
    /// Starts one; its errors stay on the screen.
    pub fn start(command: &mut Command) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.stdin(Stdio::null()).spawn();
        child.map(Self).map_err(|error| format!("{name} could not be started: {error}."))
    }

    /// Starts the floor on a database file and says where it listens.
    pub fn floor(file: &Path) -> Result<(Self, String), String> {
        let own = std::env::current_exe().map_err(|error| format!("The own program was not found: {error}."))?;
        let mut process = Self::start(Command::new(own).arg("floor").arg(file).stdout(Stdio::piped()))?;
        let mut line = String::new();
        if let Some(stdout) = process.0.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut line)
                .map_err(|error| format!("The floor said nothing: {error}."))?;
        }
        let host = line.trim().to_owned();
        if host.is_empty() { Err("The floor did not start.".to_owned()) } else { Ok((process, host)) }
    }

    /// Memory that it holds now, in MB.
    pub fn memory(&self) -> Option<f64> {
        self.status("VmRSS:")
    }

    /// The most memory that it ever held, in MB.
    pub fn peak(&self) -> Option<f64> {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
    }

    /// The status with which it ended, if it did.
    pub fn ended(&mut self) -> Option<String> {
        self.0.try_wait().ok().flatten().map(|status| status.to_string())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
