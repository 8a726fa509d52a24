//! Maintenance: `migrate`, `doctor`, `config`, `backup`, `restore`, `openapi`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::json;
use store::table::{gateway, setting, user};
use store::{Store, backup as saved};

use super::{Failure, Outcome, StoreArgs, open, print, print_json, print_table};
use crate::app::App;
use crate::web::router;
use engine::clients::blob::room::{Low, Room};
use engine::clock::Clock;
use engine::config::{self, Config};
use engine::directory::secret_purpose;
use engine::health::report;
use engine::secrets::{self, Cipher};

/// `deskbell doctor`
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Prints JSON.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) store: StoreArgs,
}

/// `deskbell config`
#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    /// Prints JSON.
    #[arg(long)]
    pub(super) json: bool,
    /// Prints all settings with their defaults and descriptions, in the format of `deskbell.toml`.
    #[arg(long, conflicts_with = "json")]
    pub(super) default: bool,
    #[command(flatten)]
    pub(super) store: StoreArgs,
}

/// `deskbell backup FILE`, `deskbell restore FILE`
#[derive(Debug, Args)]
pub(super) struct FileArgs {
    /// The file.
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) store: StoreArgs,
}

/// `deskbell migrate`
pub(super) async fn migrate(config: &Config) -> Outcome {
    open(config).await?;
    print("The store has the newest schema.")
}

/// `deskbell config --default`
pub(super) fn default_config() -> Outcome {
    print(config::explained().trim_end())
}

/// `deskbell config`
pub(super) fn config(config: &Config, json: bool) -> Outcome {
    let listing = config.listing();
    if json {
        let list: Vec<_> = listing
            .iter()
            .map(|(name, value, source)| json!({"name": name, "value": value, "source": source}))
            .collect();
        return print_json(&list);
    }
    let line = |(name, value, source): (String, String, &'static str)| vec![name, source.to_owned(), value];
    print_table(&["SETTING", "SOURCE", "VALUE"], &listing.into_iter().map(line).collect::<Vec<_>>())
}

/// The result of one check of the doctor.
struct Finding {
    what: &'static str,
    /// `ok`, `warning`, `failed`.
    state: &'static str,
    message: String,
}

/// `deskbell doctor`
pub(super) async fn doctor(config: &Config, json: bool) -> Outcome {
    let mut findings = Vec::new();
    let mut say = |what, state, message: String| findings.push(Finding { what, state, message });
    say("settings", "ok", "They can be read.".into());
    if let Some(warning) = config.warning() {
        say("public_url", "warning", warning);
    } else if !config.is_https() && config.meta_graph_url.starts_with("https://graph.facebook.com") {
        let message = format!("{} is not https: Meta delivers to https addresses only.", config.public_url);
        say("public_url", "warning", message);
    } else {
        say("public_url", "ok", config.public_url.clone());
    }
    match writes(config).await {
        Ok(store) => {
            say("store", "ok", "It opens, has the newest schema and takes writes.".into());
            let (state, message) = key(config, &store).await;
            say("secret_key", state, message);
            let users = user::count(&store).await?;
            let (state, message) = match users {
                0 => ("warning", "There is no user yet: open the set-up link, or use `deskbell user add`.".into()),
                many => ("ok", format!("There are {many}.")),
            };
            say("users", state, message);
            let (state, message) = gateways(config).await;
            say("gateways", state, message);
        }
        Err(failure) => say("store", "failed", failure.0),
    }
    let open: Vec<_> = ["", "deskbell.db", "secret.key", "media"]
        .iter()
        .map(|name| config.data_dir.join(name))
        .filter(|path| store::private::is_open(path))
        .map(|path| path.display().to_string())
        .collect();
    match std::fs::create_dir_all(config.data_dir.join("media")) {
        Ok(()) if !open.is_empty() => {
            let message = format!(
                "Other users of this machine may read {}: take the right from them (chmod go-rwx).",
                open.join(", ")
            );
            say("data_dir", "warning", message);
        }
        Ok(()) => say("data_dir", "ok", config.data_dir.display().to_string()),
        Err(error) => {
            say("data_dir", "failed", format!("{} cannot be written: {error}.", config.data_dir.display()));
        }
    }
    if let Some((state, message)) = disk(config) {
        say("disk", state, message);
    }
    let (state, message) = graph(config).await;
    say("graph", state, message);
    if let Some((state, message)) = proxy(config).await {
        say("https_proxy", state, message);
    }
    // Only needed for submissions to Meta, so a missing program is not a problem.
    say("recording", "ok", recording(config));

    let failed = findings.iter().filter(|finding| finding.state == "failed").count();
    if json {
        let list: Vec<_> = findings
            .iter()
            .map(|finding| json!({"what": finding.what, "state": finding.state, "message": finding.message}))
            .collect();
        print_json(&list)?;
    } else {
        let line = |it: &Finding| vec![it.state.to_owned(), it.what.to_owned(), it.message.clone()];
        print_table(&["STATE", "WHAT", "FINDING"], &findings.iter().map(line).collect::<Vec<_>>())?;
    }
    if failed == 0 { Ok(()) } else { Err(Failure(format!("{failed} of {} looks failed.", findings.len()))) }
}

async fn writes(config: &Config) -> Result<Store, Failure> {
    let (store, _) = open(config).await?;
    setting::write(&store, "doctor", &Clock::default().now().0.to_string()).await?;
    Ok(store)
}

/// Whether the key exists and decrypts what was encrypted.
async fn key(config: &Config, store: &Store) -> (&'static str, String) {
    let cipher = match Cipher::load(config) {
        Ok(cipher) => cipher,
        Err(error) => return ("failed", error.to_string()),
    };
    let gateways = match gateway::list(store).await {
        Ok(gateways) => gateways,
        Err(error) => return ("failed", error.to_string()),
    };
    let lost: Vec<_> = gateways
        .iter()
        .filter(|it| cipher.open(&it.app_secret, &secret_purpose(it.id)).is_none())
        .map(|it| it.name.clone())
        .collect();
    if lost.is_empty() {
        return ("ok", "It fits.".into());
    }
    ("warning", format!("It is another key: type the App Secret again for {}.", lost.join(", ")))
}

/// Whether a gateway has problems, as far as is known without asking Meta.
async fn gateways(config: &Config) -> (&'static str, String) {
    let app = match App::open(config.clone()).await {
        Ok(app) => app,
        Err(error) => return ("failed", error.to_string()),
    };
    let (mut count, mut troubled) = (0, Vec::new());
    for known in app.directory().gateways.values() {
        count += 1;
        match report::of(&app, known).await {
            Ok(health) if health.ok => {}
            Ok(_) => troubled.push(known.row.name.clone()),
            Err(error) => return ("failed", error.to_string()),
        }
    }
    match (count, troubled.is_empty()) {
        (0, _) => ("ok", "There is none yet.".into()),
        (_, true) => ("ok", "None is known to be in trouble.".into()),
        (_, false) => {
            let names = troubled.join(", ");
            ("warning", format!("In trouble: {names}. `deskbell gateway check` says why and what to do."))
        }
    }
}

/// Whether the Graph API answers at all; what it answers does not matter.
async fn graph(config: &Config) -> (&'static str, String) {
    let client = reqwest::Client::builder().no_proxy();
    let client = match engine::clients::proxy(config) {
        Ok(Some(proxy)) => client.proxy(proxy),
        Ok(None) => client,
        Err(_) => return ("failed", "https_proxy is no address of a proxy.".into()),
    };
    let client = client.redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(5)).build();
    let Ok(client) = client else { return ("failed", "No HTTP client can be made.".into()) };
    match client.get(&config.meta_graph_url).send().await {
        Ok(_) => ("ok", format!("{} answers.", config.meta_graph_url)),
        Err(_) => ("warning", format!("{} cannot be reached from here.", config.meta_graph_url)),
    }
}

/// Whether the disk has enough space for files. None if it is unknown.
fn disk(config: &Config) -> Option<(&'static str, String)> {
    let folder = config.data_dir.exists().then(|| config.data_dir.clone())?;
    Some(match Room::of(folder).low() {
        None => ("ok", "There is space for messages and files.".into()),
        Some(Low { free_mb, reserve_mb }) => (
            "failed",
            format!(
                "It is nearly full: {free_mb} MB are free where {} is, and {reserve_mb} MB are reserved for messages. Files that do \
                 not fit are not stored until there is space.",
                config.data_dir.display()
            ),
        ),
    })
}

/// Whether the configured proxy works. None if there is none.
async fn proxy(config: &Config) -> Option<(&'static str, String)> {
    let url = reqwest::Url::parse(config.https_proxy.as_deref()?).ok()?;
    let (host, port) = (url.host_str()?.to_owned(), url.port_or_known_default()?);
    let connecting = tokio::net::TcpStream::connect((host.as_str(), port));
    Some(match tokio::time::timeout(Duration::from_secs(5), connecting).await {
        Ok(Ok(_)) if config.meta_graph_url.starts_with("https://") => {
            ("ok", format!("{host}:{port} answers. Meta's Graph API and files are reached through it."))
        }
        Ok(Ok(_)) => ("ok", format!("{host}:{port} answers. It is not used for {}.", config.meta_graph_url)),
        _ => ("failed", format!("{host}:{port} does not answer: nothing of Meta's can be reached without it.")),
    })
}

/// Whether films and PDF can be made here.
fn recording(config: &Config) -> String {
    let chromium = ::review::film::tools::chromium(config.chromium.as_deref());
    match chromium.and_then(|it| Ok((it, ::review::film::tools::ffmpeg(config.ffmpeg.as_deref())?))) {
        Ok((chromium, ffmpeg)) => format!("Possible, with {} and {}.", chromium.display(), ffmpeg.display()),
        Err(missing) => format!("Not possible. {missing}"),
    }
}

fn sqlite_file(config: &Config, command: &str) -> Result<PathBuf, Failure> {
    saved::sqlite_file(&config.database_url).ok_or_else(|| {
        Failure(format!("This store is PostgreSQL: use {command} for it, and copy the folder of media beside it."))
    })
}

/// `deskbell backup FILE`
pub(super) async fn backup(config: &Config, file: &Path) -> Outcome {
    let database = sqlite_file(config, "pg_dump")?;
    if !database.exists() {
        return Err(Failure(format!("There is no store at {}.", database.display())));
    }
    let (media, to) = (config.data_dir.join("media"), file.to_path_buf());
    let count = tokio::task::spawn_blocking(move || {
        let needed = saved::size(&database, &media)?;
        // A server that runs on the same disk must be able to store what customers write.
        let folder = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if Room::of(folder.to_path_buf()).check(needed).is_err() {
            return Err(Failure(format!(
                "There is not enough space for the backup in {}: it takes about {} MB, and the disk's reserve must stay free. Free \
                 some space, or choose another disk.",
                folder.display(),
                needed.div_ceil(1_000_000)
            )));
        }
        Ok(saved::save(&database, &media, &to)?)
    })
    .await??;
    print(&format!(
        "Saved the store and {count} files of media as {}. It does not contain the secret key: store that elsewhere.",
        file.display()
    ))
}

/// `deskbell restore FILE`
pub(super) async fn restore(config: &Config, file: &Path) -> Outcome {
    let database = sqlite_file(config, "pg_restore")?;
    let (media, from) = (config.data_dir.join("media"), file.to_path_buf());
    let previous =
        tokio::task::spawn_blocking(move || saved::restore(&from, &database, &media, Clock::default().now()))
            .await??;
    open(config).await?;
    match previous {
        Some(previous) => {
            print(&format!("{} is restored. What was there before is now {}.", file.display(), previous.display()))
        }
        None => print(&format!("{} is back.", file.display())),
    }
}

/// `deskbell openapi`: the document as it would be served, from a temporary installation.
pub(super) async fn openapi() -> Outcome {
    let folder = std::env::temp_dir().join(format!("deskbell-openapi-{}", secrets::letters(12)));
    let text = document(&folder).await;
    let _ = std::fs::remove_dir_all(&folder);
    print(&text?)
}

async fn document(folder: &Path) -> Result<String, Failure> {
    let flags = [
        ("data_dir", folder.display().to_string()),
        ("database_url", format!("sqlite:{}", folder.join("deskbell.db").display())),
        ("secret_key", String::new()),
        ("secret_key_file", String::new()),
    ];
    let app = App::open(Config::load(None, &flags)?).await?;
    let (_, document) = router::api(&app);
    Ok(document.to_pretty_json()?)
}
