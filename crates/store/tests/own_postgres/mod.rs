//! A PostgreSQL server for one test, with TLS: in a temporary folder, on a free port, removed afterwards.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// Stops the server and removes the folder when our end of the pipe closes, also if we were killed.
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

pub struct OwnPostgres {
    pub port: u16,
    watcher: Child,
    lifeline: Option<ChildStdin>,
}

impl OwnPostgres {
    /// Starts a server with this certificate and key. None, on machines where the other tests skip PostgreSQL too.
    pub fn start(certificate: &Path, key: &Path) -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var("DESKBELL_TEST_POSTGRES").is_err(),
                "PostgreSQL's programs `initdb` and `postgres` were not found: install them (Debian: postgresql)"
            );
            eprintln!("SKIPPED on PostgreSQL: its programs are not installed");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("deskbell-tls-").tempdir().unwrap().keep();
        give(&folder);
        for (from, name) in [(certificate, "server.pem"), (key, "server.key")] {
            let path = folder.join(name);
            std::fs::copy(from, &path).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            give(&path);
        }
        let data = folder.join("data");
        let mut initdb = as_postgres(&programs.join("initdb"));
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        let made = initdb.arg("-D").arg(&data).current_dir(&folder).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        (0..5)
            .find_map(|_| Self::try_start(&programs, &folder, &data))
            .or_else(|| panic!("PostgreSQL did not start:\n{}", log(&folder)))
    }

    fn try_start(programs: &Path, folder: &Path, data: &Path) -> Option<Self> {
        let port = free_port();
        let server = as_postgres(&programs.join("postgres"));
        let out = std::fs::File::create(folder.join("log")).unwrap();
        let mut watcher = Command::new("sh");
        watcher.args(["-c", WATCH, "sh"]).arg(folder).arg(server.get_program()).args(server.get_args());
        watcher.arg("-D").arg(data);
        let file = |name: &str| folder.join(name).display().to_string();
        for setting in [
            "listen_addresses=localhost,127.0.0.1".to_owned(),
            format!("port={port}"),
            format!("unix_socket_directories={}", folder.display()),
            "fsync=off".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", file("server.pem")),
            format!("ssl_key_file={}", file("server.key")),
        ] {
            watcher.arg("-c").arg(setting);
        }
        watcher.current_dir(folder).stdin(Stdio::piped()).stdout(out.try_clone().unwrap()).stderr(out);
        #[expect(
            clippy::zombie_processes,
            reason = "waited for when the server is dropped; before that, only a panic leaves"
        )]
        let mut watcher = watcher.spawn().unwrap();
        let lifeline = watcher.stdin.take();
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(30) {
            if log(folder).contains("ready to accept connections") {
                return Some(Self { port, watcher, lifeline });
            }
            if log(folder).contains("FATAL") {
                // The port was taken in the meantime; the watcher must not remove the folder yet.
                watcher.kill().unwrap();
                watcher.wait().unwrap();
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("PostgreSQL was not ready after 30 s:\n{}", log(folder));
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.watcher.wait();
    }
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// The folder with the server's own programs, of the newest version installed.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| (entry.file_name().to_string_lossy().parse().unwrap_or(0), entry.path().join("bin")))
        .filter(|(_, folder)| folder.join("initdb").exists() && folder.join("postgres").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, folder)| folder).or_else(|| {
        let output = Command::new("pg_config").arg("--bindir").output().ok()?;
        let folder = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        (folder.join("initdb").exists() && folder.join("postgres").exists()).then_some(folder)
    })
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// PostgreSQL refuses to run as root: then it runs as user `postgres`.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

fn give(path: &Path) {
    if is_root() {
        assert!(Command::new("chown").arg("postgres:postgres").arg(path).status().unwrap().success());
    }
}

/// A free port below the range that outgoing connections use.
fn free_port() -> u16 {
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos();
    let seed = std::process::id().wrapping_mul(2_654_435_761) ^ nanos;
    (0..200_u32)
        .map(|n| 20_000 + u16::try_from(seed.wrapping_add(n * 37) % 12_000).unwrap())
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a port below 32768 is free")
}
