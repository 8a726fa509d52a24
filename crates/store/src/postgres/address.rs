//! The address of a PostgreSQL database: hosts, encryption and time limits, and how to connect to it.
//!
//! Stricter than libpq where libpq silently falls back: a host that is not this machine is reached by TLS with a checked
//! certificate, unless the address says otherwise.

use std::path::PathBuf;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod};
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{CancelToken, Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{self, Check};
use crate::Error;

/// How long the kernel waits for an acknowledgement before it drops a connection. Without it a vanished host is
/// noticed after a quarter of an hour.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(12);
/// An idle connection is probed after this.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_RETRIES: u32 = 3;
/// The default of tokio-postgres; another value in the address is kept.
const UNSET_KEEPALIVE_IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// Where a database is, and how to connect to it.
#[derive(Clone)]
pub(crate) struct Address {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

/// A connection outside the pool; dropping it closes it.
pub(crate) struct Dedicated {
    pub(crate) client: Client,
    connection: JoinHandle<()>,
}

impl Dedicated {
    /// Ends when the connection does. Must not be called again after that.
    pub(crate) async fn closed(&mut self) {
        let _ = (&mut self.connection).await;
    }
}

impl Drop for Dedicated {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let (url, own) = split_tls_settings(url);
        let mut config: Config = url.parse()?;
        let check = encryption(&config, &own)?;
        let tls = match check {
            None => {
                config.ssl_mode(SslMode::Disable);
                None
            }
            Some(check) => {
                config.ssl_mode(SslMode::Require);
                Some(MakeRustlsConnect::new(tls::client_config(check)?))
            }
        };
        if config.get_application_name().is_none() {
            config.application_name("deskbell");
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(TCP_USER_TIMEOUT);
        }
        if config.get_keepalives_idle() == UNSET_KEEPALIVE_IDLE {
            config.keepalives_idle(KEEPALIVE_IDLE);
            config.keepalives_interval(KEEPALIVE_INTERVAL);
            config.keepalives_retries(KEEPALIVE_RETRIES);
        }
        Ok(Self { config, tls })
    }

    /// Creates the connections of the pool.
    pub(crate) fn manager(&self) -> Manager {
        // `Fast` asks nothing of the server: a connection returns to the pool only after its work finished cleanly.
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        match &self.tls {
            Some(tls) => Manager::from_config(self.config.clone(), tls.clone(), recycling),
            None => Manager::from_config(self.config.clone(), NoTls, recycling),
        }
    }

    /// Asks the server to cancel what a connection is running. If the request is lost, the time limit of the
    /// statement ends it.
    pub(crate) async fn cancel(&self, asked: CancelToken, limit: Duration) {
        let cancelling = async {
            match &self.tls {
                Some(tls) => asked.cancel_query(tls.clone()).await,
                None => asked.cancel_query(NoTls).await,
            }
        };
        if let Ok(Err(error)) = tokio::time::timeout(limit, cancelling).await {
            tracing::debug!(%error, "PostgreSQL did not hear that it should stop a question");
        }
    }

    /// Opens a connection outside the pool, within a time limit.
    pub(crate) async fn connect(&self, name: Option<&str>, limit: Duration) -> Result<Dedicated, Error> {
        let mut config = self.config.clone();
        if let Some(name) = name {
            config.application_name(name);
        }
        let connecting = async {
            Ok::<_, tokio_postgres::Error>(match &self.tls {
                Some(tls) => {
                    let (client, connection) = config.connect(tls.clone()).await?;
                    (client, tokio::spawn(log_end(connection)))
                }
                None => {
                    let (client, connection) = config.connect(NoTls).await?;
                    (client, tokio::spawn(log_end(connection)))
                }
            })
        };
        let connected = tokio::time::timeout(limit, connecting).await.map_err(|_| Error::Connect(limit))?;
        let (client, connection) = connected?;
        Ok(Dedicated { client, connection })
    }
}

async fn log_end(connection: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    if let Err(error) = connection.await {
        tracing::warn!(%error, "a connection to PostgreSQL ended");
    }
}

/// What the address says about TLS: tokio-postgres supports neither `verify-full` nor `sslrootcert`.
#[derive(Debug, Default)]
struct TlsSettings {
    mode: Option<String>,
    root_certificates: Option<PathBuf>,
}

/// Takes `sslmode` and `sslrootcert` out of an address.
fn split_tls_settings(url: &str) -> (String, TlsSettings) {
    let mut own = TlsSettings::default();
    let credentials = url.rfind('@').unwrap_or(0);
    let Some(at) = url[credentials..].find('?').map(|at| at + credentials) else {
        return (url.to_owned(), own);
    };
    let mut rest = Vec::new();
    for pair in url[at + 1..].split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
        match name {
            "sslmode" => own.mode = Some(value),
            "sslrootcert" => own.root_certificates = Some(PathBuf::from(value)),
            _ => rest.push(pair),
        }
    }
    let base = &url[..at];
    (if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) }, own)
}

/// Whether and how a connection is encrypted: the certificate's check, or None for plain text.
fn encryption(config: &Config, own: &TlsSettings) -> Result<Option<Check>, Error> {
    let check = || match &own.root_certificates {
        Some(file) => Check::Roots(file.clone()),
        None => Check::System,
    };
    let remote = remote_host(config);
    match (own.mode.as_deref(), remote) {
        (Some("disable"), _) => Ok(None),
        (Some("verify-full"), _) => Ok(Some(check())),
        // As in libpq, `require` alone encrypts without a check, and checks if certificates are given.
        (Some("require"), _) if own.root_certificates.is_none() => Ok(Some(Check::Nothing)),
        (Some("require"), _) => Ok(Some(check())),
        (Some("allow" | "prefer"), None) => Ok(None),
        (None, None) if own.root_certificates.is_none() => Ok(None),
        (None, _) => Ok(Some(check())),
        (Some(mode @ ("allow" | "prefer")), Some(host)) => Err(Error::Tls(format!(
            "sslmode={mode} could send messages and passwords to {host} unencrypted: write sslmode=verify-full, \
             or sslmode=disable to accept that"
        ))),
        (Some(mode), _) => Err(Error::Tls(format!(
            "sslmode={mode} is not supported: write sslmode=verify-full, require or disable"
        ))),
    }
}

/// The first host that is not this machine.
fn remote_host(config: &Config) -> Option<String> {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().find(|ip| !ip.to_canonical().is_loopback()).map(ToString::to_string);
    }
    config.get_hosts().iter().find_map(|host| match host {
        Host::Unix(_) => None,
        Host::Tcp(name) => {
            let bare = name.trim_start_matches('[').trim_end_matches(']');
            let local = match bare.parse::<std::net::IpAddr>() {
                Ok(ip) => ip.to_canonical().is_loopback(),
                Err(_) => bare.eq_ignore_ascii_case("localhost"),
            };
            (!local).then(|| name.clone())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(url: &str) -> Result<Option<Check>, String> {
        let (url, own) = split_tls_settings(url);
        encryption(&url.parse().unwrap(), &own).map_err(|error| error.to_string())
    }

    #[test]
    fn only_this_machine_is_reached_without_tls() {
        for local in [
            "postgres://u@localhost/d",
            "postgres://u@127.0.0.1/d",
            "postgres://u@[::1]/d",
            "postgres:///d?host=/run/postgresql",
            "postgres://u@localhost/d?sslmode=prefer",
        ] {
            assert_eq!(decided(local), Ok(None), "{local}");
        }
        assert_eq!(decided("postgres://u:p@db.example.org/d"), Ok(Some(Check::System)));
        assert_eq!(decided("postgres://u@localhost,db.example.org/d"), Ok(Some(Check::System)));
        assert_eq!(decided("postgres://u@db/d?hostaddr=10.0.0.5"), Ok(Some(Check::System)));
    }

    #[test]
    fn plain_text_to_another_host_must_be_written() {
        assert_eq!(decided("postgres://u@db.example.org/d?sslmode=disable"), Ok(None));
        for weak in ["allow", "prefer"] {
            let refused = decided(&format!("postgres://u:p%40ss@db.example.org/d?sslmode={weak}")).unwrap_err();
            assert!(refused.contains("db.example.org") && refused.contains("verify-full"), "{refused}");
            assert!(!refused.contains("p%40ss"), "{refused}");
        }
        assert!(decided("postgres://u@db/d?sslmode=verify-ca").unwrap_err().contains("verify-ca"));
    }

    #[test]
    fn what_is_written_about_certificates_is_obeyed() {
        let file = || Check::Roots(PathBuf::from("/etc/my ca.pem"));
        assert_eq!(decided("postgres://u@h/d?sslmode=require"), Ok(Some(Check::Nothing)));
        assert_eq!(decided("postgres://u@h/d?sslmode=verify-full"), Ok(Some(Check::System)));
        assert_eq!(decided("postgres://u@h/d?sslrootcert=%2Fetc%2Fmy%20ca.pem"), Ok(Some(file())));
        assert_eq!(
            decided("postgres://u@h/d?connect_timeout=3&sslmode=require&sslrootcert=/etc/my%20ca.pem"),
            Ok(Some(file()))
        );
        let (rest, _) = split_tls_settings("postgres://u:a?b@h/d?sslmode=require&connect_timeout=3");
        assert_eq!(rest, "postgres://u:a?b@h/d?connect_timeout=3");
    }
}
