//! Settings: from a file, the environment (`DESKBELL_…`) and flags. Later ones win.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use domain::secret::Secret;
use domain::user_settings::Language;

use crate::proxies::{Network, TrustedProxies};

/// A setting.
struct Setting {
    /// Its name in `deskbell.toml`; in the environment, `DESKBELL_` and the name in upper case.
    name: &'static str,
    /// The default; empty if there is none, or if other settings decide it.
    default: &'static str,
    /// Whether it is never shown.
    secret: bool,
    /// What it is for, for `deskbell.default.toml`.
    text: &'static str,
}

const fn setting(name: &'static str, default: &'static str, text: &'static str) -> Setting {
    Setting { name, default, secret: false, text }
}

const fn secret(name: &'static str, text: &'static str) -> Setting {
    Setting { name, default: "", secret: true, text }
}

/// Every setting, in a sensible order for reading.
const SETTINGS: &[Setting] = &[
    setting(
        "listen",
        "127.0.0.1:8080",
        "Address and port to serve on. 0.0.0.0:8080 serves on every address of this machine.",
    ),
    setting(
        "public_url",
        "",
        "How browsers and Meta reach this installation, such as https://chat.example.org. It may hold a path, under which \
         everything then lives. If it is left out: http:// and `listen`.",
    ),
    setting("data_dir", "./deskbell-data", "The folder of the SQLite file, of media and of the generated key."),
    secret(
        "database_url",
        "Where the data is: sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE. If it is left out: the SQLite file \
         deskbell.db in `data_dir`.",
    ),
    secret(
        "events_url",
        "Reserved for several servers on one database, which this version does not support: leave it out.",
    ),
    secret(
        "secret_key",
        "The key that encrypts secrets in the database: 32 bytes as base64 (openssl rand -base64 32). With SQLite one is \
         generated in `data_dir`; with PostgreSQL it must be set. Keep it with your backups: without it every gateway asks \
         for its App Secret again.",
    ),
    setting("secret_key_file", "", "A file that holds the key, instead of `secret_key`."),
    setting(
        "trusted_proxies",
        "",
        "Addresses and networks (172.16.0.0/12) of the proxies in front of Deskbell, separated by commas. Only their \
         X-Forwarded-For, X-Forwarded-Proto, Forwarded and X-Request-Id count.",
    ),
    secret(
        "https_proxy",
        "The proxy through which Meta's Graph API and files, programs that flows and webhooks call, the language model and push \
         services are reached, such as http://proxy.example.org:3128, if there is no other way out. It may hold a user and a \
         password. Names that only the proxy can resolve must be listed in webhook_hosts.",
    ),
    setting(
        "meta_graph_url",
        "https://graph.facebook.com",
        "Meta's Graph API. Change it only to work with a stand-in.",
    ),
    setting(
        "meta_dialog_url",
        "https://www.facebook.com",
        "Meta's login dialog. Change it only to work with a stand-in.",
    ),
    setting(
        "meta_instagram_graph_url",
        "https://graph.instagram.com",
        "Instagram's Graph API, for accounts that were connected with Instagram Login. Change it only to work with a stand-in.",
    ),
    setting(
        "meta_instagram_dialog_url",
        "https://www.instagram.com",
        "Instagram's login dialog. Change it only to work with a stand-in.",
    ),
    setting(
        "meta_media_hosts",
        "",
        "Hosts besides Meta's own from which attachments and profile pictures may be fetched: host or host:port, separated \
         by commas. http works for this machine only.",
    ),
    setting(
        "webhook_hosts",
        "",
        "Hosts of your own network that outgoing webhooks, requests of flows, the AI endpoint and push notifications may reach, \
         also by http: host or host:port, separated by commas. Others must have a public address.",
    ),
    setting(
        "metrics_listen",
        "",
        "An address and port of its own for /metrics, such as 127.0.0.1:9090. If it is left out, /metrics is served on \
         `listen`: to administrators and, if there is no proxy in front of the server, to programs on this machine.",
    ),
    setting(
        "chromium",
        "",
        "The Chromium that records films and prints PDF files, if it is not the one on the path.",
    ),
    setting("ffmpeg", "", "The ffmpeg that encodes films, if it is not the one on the path."),
    setting(
        "language",
        "en",
        "The language of what a new installation begins with, en or uk: the first flow, queue and quick replies, and the texts of \
         new gateways. Users choose the language of their screens themselves.",
    ),
    setting(
        "log",
        "info",
        "What is logged: error, warn, info, debug or trace; by part as in info,store=debug. Texts of messages are never logged.",
    ),
];

/// The longest line of `deskbell.default.toml`.
const WIDTH: usize = 100;

/// Every setting with its default and what it is for: the text of `deskbell.default.toml`.
pub fn explained() -> String {
    let mut text = "# Every setting of Deskbell, with its default. Copy what you change into deskbell.toml, or set it in the\n\
                    # environment: DESKBELL_LISTEN for `listen`, and so on. The environment wins over the file, flags over both.\n\
                    # Written by `deskbell config --default`.\n"
        .to_owned();
    for setting in SETTINGS {
        let mut line = "#".to_owned();
        text.push('\n');
        for word in setting.text.split(' ') {
            if line.len() + 1 + word.len() > WIDTH {
                text.push_str(&line);
                text.push('\n');
                "#".clone_into(&mut line);
            }
            line.push(' ');
            line.push_str(word);
        }
        text.push_str(&format!("{line}\n#{} = \"{}\"\n", setting.name, setting.default));
    }
    text
}

/// Where a setting's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// It is not set.
    Default,
    /// `deskbell.toml`, or the file that `--config` names.
    File,
    /// `DESKBELL_…`.
    Environment,
    /// The command line.
    Flag,
}

impl Source {
    fn word(self) -> &'static str {
        match self {
            Source::Default => "default",
            Source::File => "file",
            Source::Environment => "environment",
            Source::Flag => "flag",
        }
    }
}

/// The settings of this process.
#[derive(Clone)]
pub struct Config {
    /// Address and port to serve on.
    pub listen: SocketAddr,
    /// The address at which browsers and Meta reach this installation, without a trailing slash.
    pub public_url: String,
    /// The folder of the SQLite file, media and generated key.
    pub data_dir: PathBuf,
    /// The address of the store.
    pub database_url: String,
    /// Base64 of 32 bytes, if it was given directly.
    pub secret_key: Option<Secret>,
    /// A file that contains it.
    pub secret_key_file: Option<PathBuf>,
    /// The proxies whose `X-Forwarded-For`, `-Proto` and `Forwarded` headers are trusted.
    pub trusted_proxies: TrustedProxies,
    /// The proxy for addresses outside our network. It may contain a password.
    pub https_proxy: Option<String>,
    /// The address of the Graph API.
    pub meta_graph_url: String,
    /// The address of the login dialog.
    pub meta_dialog_url: String,
    /// The address of the Graph API for accounts connected with Instagram Login.
    pub meta_instagram_graph_url: String,
    /// The address of Instagram Login's dialog; its codes are exchanged there too, unless it is Instagram's own.
    pub meta_instagram_dialog_url: String,
    /// Further hosts (`host` or `host:port`) that media may be fetched from.
    pub meta_media_hosts: Vec<String>,
    /// Hosts (`host` or `host:port`) of our own network that outgoing webhooks may reach, also by http.
    pub webhook_hosts: Vec<String>,
    /// A separate address for `/metrics`.
    pub metrics_listen: Option<SocketAddr>,
    /// The browser for films and PDF, if it isn't the one on the path.
    pub chromium: Option<PathBuf>,
    /// The ffmpeg for films, if it isn't the one on the path.
    pub ffmpeg: Option<PathBuf>,
    /// The language of the initial content of a new installation.
    pub language: Language,
    /// The filter of the log.
    pub log: String,
    values: BTreeMap<&'static str, (String, Source)>,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.listing().into_iter().map(|(name, value, _)| (name, value))).finish()
    }
}

/// A setting is wrong; nothing was started.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadConfig(String);

impl Config {
    /// Reads file, environment and flags. `file` None means `./deskbell.toml`, if it exists.
    pub fn load(file: Option<&Path>, flags: &[(&'static str, String)]) -> Result<Self, BadConfig> {
        let mut values: BTreeMap<&'static str, (String, Source)> =
            SETTINGS.iter().map(|it| (it.name, (it.default.to_owned(), Source::Default))).collect();
        let path = file.map_or_else(|| PathBuf::from("deskbell.toml"), Path::to_path_buf);
        if file.is_some() || path.exists() {
            let text = std::fs::read_to_string(&path).map_err(|error| {
                BadConfig(format!("The settings file {} cannot be read: {error}", path.display()))
            })?;
            read_file(&text, &path, &mut values)?;
        }
        for Setting { name, .. } in SETTINGS {
            if let Ok(value) = std::env::var(format!("DESKBELL_{}", name.to_uppercase())) {
                values.insert(name, (value, Source::Environment));
            }
        }
        for (name, value) in flags {
            values.insert(name, (value.clone(), Source::Flag));
        }
        Self::from_values(values)
    }

    fn from_values(values: BTreeMap<&'static str, (String, Source)>) -> Result<Self, BadConfig> {
        let get = |name: &str| values[name].0.trim().to_owned();
        let some = |name: &str| Some(get(name)).filter(|value| !value.is_empty());
        let bad = |name: &str, what: &str| {
            BadConfig(format!("The setting {name} is \"{}\", but it must be {what}.", get(name)))
        };
        let listen: SocketAddr =
            get("listen").parse().map_err(|_| bad("listen", "an address and port, such as 127.0.0.1:8080"))?;
        let url = |name: &str, fallback: String| {
            let value = some(name).unwrap_or(fallback).trim_end_matches('/').to_owned();
            let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
            match rest {
                Some(host) if !host.is_empty() && !host.contains([' ', '?', '#']) => Ok(value),
                _ => Err(bad(name, "an address that begins with https:// or http://")),
            }
        };
        let data_dir = PathBuf::from(get("data_dir"));
        let database_url =
            some("database_url").unwrap_or_else(|| format!("sqlite:{}", data_dir.join("deskbell.db").display()));
        let trusted_proxies = list(&get("trusted_proxies"))
            .map(|one| {
                let what = "a list of IP addresses and networks, such as 127.0.0.1 and 172.16.0.0/12";
                one.parse::<Network>().map_err(|()| bad("trusted_proxies", what))
            })
            .collect::<Result<_, _>>()?;
        let metrics_listen = some("metrics_listen")
            .map(|value| value.parse().map_err(|_| bad("metrics_listen", "an address and port")))
            .transpose()?;
        if let Some(events) = some("events_url") {
            return Err(BadConfig(format!(
                "The setting events_url is set ({}…), but this version rings its own signals only: leave it out.",
                events.split(':').next().unwrap_or_default()
            )));
        }
        Ok(Self {
            listen,
            public_url: url("public_url", format!("http://{listen}"))?,
            database_url,
            secret_key: some("secret_key").map(Secret),
            secret_key_file: some("secret_key_file").map(PathBuf::from),
            trusted_proxies,
            https_proxy: match some("https_proxy") {
                Some(_) => Some(url("https_proxy", String::new())?),
                None => None,
            },
            meta_graph_url: url("meta_graph_url", String::new())?,
            meta_dialog_url: url("meta_dialog_url", String::new())?,
            meta_instagram_graph_url: url("meta_instagram_graph_url", String::new())?,
            meta_instagram_dialog_url: url("meta_instagram_dialog_url", String::new())?,
            meta_media_hosts: list(&get("meta_media_hosts")).map(str::to_lowercase).collect(),
            webhook_hosts: list(&get("webhook_hosts")).map(str::to_lowercase).collect(),
            metrics_listen,
            chromium: some("chromium").map(PathBuf::from),
            ffmpeg: some("ffmpeg").map(PathBuf::from),
            language: match get("language").as_str() {
                "en" => Language::En,
                "uk" => Language::Uk,
                _ => return Err(bad("language", "en or uk")),
            },
            log: get("log"),
            data_dir,
            values,
        })
    }

    /// Where codes of Instagram Login are exchanged: Instagram has a separate host for it, a replacement such as the
    /// sandbox does not.
    pub fn instagram_codes_url(&self) -> &str {
        match self.meta_instagram_dialog_url.trim_end_matches('/') {
            "https://www.instagram.com" => "https://api.instagram.com",
            other => other,
        }
    }

    /// A warning for the start: reachable from everywhere, but without a public address.
    pub fn warning(&self) -> Option<String> {
        let nobody_said = self.values["public_url"].1 == Source::Default;
        (self.listen.ip().is_unspecified() && nobody_said).then(|| {
            "Listening on every address without DESKBELL_PUBLIC_URL: set it to how browsers and Meta reach this installation."
                .to_owned()
        })
    }

    /// Every setting with its source, secrets masked: what `deskbell config` prints.
    pub fn listing(&self) -> Vec<(String, String, &'static str)> {
        SETTINGS
            .iter()
            .map(|Setting { name, secret, .. }| {
                let (value, source) = &self.values[name];
                let shown = match *name {
                    "public_url" => self.public_url.clone(),
                    "database_url" => mask_url(&self.database_url),
                    "https_proxy" => mask_url(value),
                    _ if *secret && !value.is_empty() => "••••".to_owned(),
                    _ => value.clone(),
                };
                ((*name).to_owned(), shown, source.word())
            })
            .collect()
    }

    /// Whether browsers use https: cookies are then `Secure`.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Whether browsers can only connect through a proxy: one is trusted, or terminates https, or the server listens
    /// only for this machine but has another public name.
    pub fn is_behind_proxy(&self) -> bool {
        let is_of_this_machine = |host: &str| {
            let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
            address.map_or(host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback())
        };
        let public = reqwest::Url::parse(&self.public_url).ok();
        let is_local = public.as_ref().and_then(reqwest::Url::host_str).is_none_or(is_of_this_machine);
        !self.trusted_proxies.is_empty() || self.is_https() || (self.listen.ip().is_loopback() && !is_local)
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty())
}

/// A database address without the part between `//` and `@`.
fn mask_url(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(start), Some(end)) if end > start => format!("{}••••{}", &url[..start + 3], &url[end..]),
        _ => url.to_owned(),
    }
}

fn read_file(
    text: &str,
    path: &Path,
    values: &mut BTreeMap<&'static str, (String, Source)>,
) -> Result<(), BadConfig> {
    let table: toml::Table = text
        .parse()
        .map_err(|error| BadConfig(format!("The settings file {} is not TOML: {error}", path.display())))?;
    for (key, value) in table {
        let Some(Setting { name, .. }) = SETTINGS.iter().find(|it| it.name == key) else {
            let known: Vec<_> = SETTINGS.iter().map(|it| it.name).collect();
            return Err(BadConfig(format!(
                "The settings file {} holds \"{key}\", which is not a setting. The settings are: {}.",
                path.display(),
                known.join(", ")
            )));
        };
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Array(items) => {
                items.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(",")
            }
            other => other.to_string(),
        };
        values.insert(name, (text, Source::File));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&'static str, &str)]) -> Result<Config, BadConfig> {
        let mut values: BTreeMap<_, _> =
            SETTINGS.iter().map(|it| (it.name, (it.default.to_owned(), Source::Default))).collect();
        for (name, value) in pairs {
            values.insert(name, ((*value).to_owned(), Source::Environment));
        }
        Config::from_values(values)
    }

    #[test]
    fn the_committed_defaults_are_those_of_the_settings() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deskbell.default.toml");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(committed, explained(), "write it again: deskbell config --default > deskbell.default.toml");
        // Loading it as a settings file changes nothing.
        let lines =
            committed.lines().filter_map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ')));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let mut values: BTreeMap<&'static str, (String, Source)> = BTreeMap::new();
        read_file(&text, Path::new("deskbell.default.toml"), &mut values).unwrap();
        assert_eq!(values.len(), SETTINGS.len());
        assert!(SETTINGS.iter().all(|it| values[it.name].0 == it.default));
    }

    #[test]
    fn defaults_are_those_of_the_contract() {
        let config = with(&[]).unwrap();
        assert_eq!(config.public_url, "http://127.0.0.1:8080");
        assert_eq!(config.database_url, "sqlite:./deskbell-data/deskbell.db");
        assert_eq!(config.warning(), None);
    }

    #[test]
    fn secrets_are_masked_and_mistakes_name_the_setting() {
        let proxy = ("https_proxy", "http://me:pass@proxy:3128");
        let config =
            with(&[("database_url", "postgres://me:pass@host/db"), ("secret_key", "abc"), proxy]).unwrap();
        let shown = format!("{:?} {config:?}", config.listing());
        assert!(!shown.contains("pass") && !shown.contains("abc") && shown.contains("@proxy:3128"), "{shown}");
        assert!(with(&[("https_proxy", "proxy:3128")]).unwrap_err().to_string().contains("https_proxy"));
        assert!(with(&[("listen", "nowhere")]).unwrap_err().to_string().contains("listen"));
        assert!(with(&[("trusted_proxies", "10.0.0.0/99")]).unwrap_err().to_string().contains("172.16.0.0/12"));
        assert!(with(&[("trusted_proxies", "172.16.0.0/12, ::1")]).is_ok());
        assert!(with(&[("public_url", "example.org")]).unwrap_err().to_string().contains("public_url"));
        assert!(with(&[("listen", "0.0.0.0:80")]).unwrap().warning().is_some());
    }
}
