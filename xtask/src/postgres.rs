//! A PostgreSQL of our own for one run: in a temporary folder, on a free port, gone afterwards however we end.
//!
//! PostgreSQL refuses to run as root, so as root it is started as user `postgres`. A small shell watches over it: it
//! reads from a pipe that we hold, so it sees our end even if we were killed, stops the server and removes the folder.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

const WATCH: &str = r#"
trap '' INT TERM HUP
folder=$1; shift
"$@" &
server=$!
cat >/dev/null
kill -INT "$server" 2>/dev/null
wait "$server" 2>/dev/null
rm -rf "$folder"
"#;

/// How often another port is tried after ours was taken.
const TRIES: u32 = 5;

/// A running server. Dropping it stops it.
pub struct Postgres {
    watcher: Child,
    lifeline: Option<ChildStdin>,
    /// Where it answers, as superuser and without a password.
    pub url: String,
}

impl Postgres {
    /// Starts one and waits until it answers.
    pub fn start() -> Result<Self, String> {
        let programs = programs().ok_or("PostgreSQL's programs `initdb` and `postgres` were not found.")?;
        let mut last = String::new();
        for attempt in 0..TRIES {
            match Self::try_start(&programs, attempt) {
                Ok(server) => return Ok(server),
                Err(Failed::Final(reason)) => return Err(reason),
                Err(Failed::PortTaken(reason)) => last = reason,
            }
        }
        Err(format!("PostgreSQL did not start at any of {TRIES} ports. It said: {last}"))
    }

    fn try_start(programs: &Path, attempt: u32) -> Result<Self, Failed> {
        let folder = std::env::temp_dir().join(format!("deskbell-pg-{}-{attempt}", std::process::id()));
        let data = folder.join("data");
        std::fs::create_dir_all(&folder)
            .map_err(|error| Failed::Final(format!("{} could not be made: {error}.", folder.display())))?;
        if crate::packages::is_root() {
            run(Command::new("chown").arg("postgres").arg(&folder))?;
        }
        let mut initdb = as_postgres(&programs.join("initdb"));
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "-D",
        ]);
        run(initdb.arg(&data).current_dir(&folder))?;

        let port = free_port().ok_or_else(|| Failed::Final("No free port was found below 32768.".to_owned()))?;
        let server = as_postgres(&programs.join("postgres"));
        let log = std::fs::File::create(folder.join("log"))
            .map_err(|error| Failed::Final(format!("PostgreSQL's log could not be made: {error}.")))?;
        let errors = log.try_clone().map_err(|error| Failed::Final(error.to_string()))?;
        let mut watcher = Command::new("sh");
        watcher.args(["-c", WATCH, "sh"]).arg(&folder).arg(server.get_program()).args(server.get_args());
        watcher.arg("-D").arg(&data);
        for setting in [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            format!("unix_socket_directories={}", folder.display()),
            "max_connections=200".to_owned(),
            // The data live as long as the tests, so they need not survive a power cut.
            "fsync=off".to_owned(),
            "full_page_writes=off".to_owned(),
        ] {
            watcher.arg("-c").arg(setting);
        }
        watcher.current_dir(&folder).stdin(Stdio::piped()).stdout(log).stderr(errors);
        let mut watcher =
            watcher.spawn().map_err(|error| Failed::Final(format!("sh could not be started: {error}.")))?;
        let lifeline = watcher.stdin.take();
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let server = Self { watcher, lifeline, url };
        server.wait_until_ready(programs, port, &folder)?;
        Ok(server)
    }

    fn wait_until_ready(&self, programs: &Path, port: u16, folder: &Path) -> Result<(), Failed> {
        let started = Instant::now();
        loop {
            let mut ask = Command::new(programs.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-U", "postgres", "-d", "postgres", "-p", &port.to_string()]);
            // A stranger on our port would answer too; in that case our own server's log says that it gave up.
            let ready = ask.status().is_ok_and(|status| status.success());
            let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            if log.contains("FATAL") {
                let reason =
                    log.lines().rfind(|line| line.contains("LOG") || line.contains("FATAL")).unwrap_or("");
                let taken = log.contains("could not bind") || log.contains("could not create any TCP/IP sockets");
                return Err(if taken { Failed::PortTaken(reason.to_owned()) } else { Failed::Final(log) });
            }
            if ready && log.contains("ready to accept connections") {
                return Ok(());
            }
            if started.elapsed() > Duration::from_secs(30) {
                return Err(Failed::Final(format!("PostgreSQL was not ready after 30 s. Its log:\n{log}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.watcher.wait();
    }
}

enum Failed {
    PortTaken(String),
    Final(String),
}

impl From<String> for Failed {
    fn from(reason: String) -> Self {
        Self::Final(reason)
    }
}

/// The folder with the server's own programs, of the newest version installed. What is called `postgres` on the
/// path may be a wrapper, so it is not looked at.
pub fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        let folder = entry.path().join("bin");
        let version = entry.file_name().to_string_lossy().parse().unwrap_or(0);
        if folder.join("initdb").exists() && folder.join("postgres").exists() {
            found.push((version, folder));
        }
    }
    found.sort();
    found.pop().map(|(_, folder)| folder).or_else(|| {
        let output = Command::new("pg_config").arg("--bindir").output().ok()?;
        let folder = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        (folder.join("initdb").exists() && folder.join("postgres").exists()).then_some(folder)
    })
}

/// A command that runs as user `postgres` if we are root, and as ourselves otherwise.
fn as_postgres(program: &Path) -> Command {
    if !crate::packages::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

/// A port that is free now, below the range from which outgoing connections take theirs.
fn free_port() -> Option<u16> {
    let seed = std::process::id().wrapping_mul(2_654_435_761) ^ now_nanos();
    (0..200_u32)
        .map(|n| 20_000 + u16::try_from(seed.wrapping_add(n * 37) % 12_000).unwrap_or(0))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}

fn now_nanos() -> u32 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.subsec_nanos())
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{name} could not be started: {error}."))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{name} failed. It said:\n{}", String::from_utf8_lossy(&output.stderr)))
    }
}
