//! `deskbell review …`: tools for an app's App Review at Meta.

mod archive;
mod installation;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::id::GatewayId;
use domain::secret::Secret;
use sandbox::seed::{DEMO_APP_ID, DEMO_APP_SECRET};
use serde_json::{Value, json};
use store::table::user;

use self::installation::Installation;
use super::demo::{self, Demo, Filling};
use super::{Failure, Outcome, StoreArgs, failure, print};
use ::review::film::script::{self, HUMAN_AGENT_FILM};
use ::review::film::studio::Doing;
use ::review::film::{self, FilmSetup, Operator, Sandbox, Tools, storyboard};
use engine::config::Config;
use engine::tokens;

/// The name of the demo's gateway.
const GATEWAY: &str = "Messenger";

/// `deskbell review …`
#[derive(Debug, Subcommand)]
pub(super) enum ReviewCommand {
    /// Records the videos that Meta's reviewers want to see, with Debian's Chromium and ffmpeg.
    Record(RecordArgs),
    /// Writes the whole submission as one ZIP: texts, instructions, answers, evidence, recordings.
    Archive(archive::ArchiveArgs),
}

#[derive(Debug, Args)]
pub(super) struct RecordArgs {
    #[command(flatten)]
    place: Place,
    /// The folder for the videos; created if it does not exist.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only these: story, pages_show_list, pages_messaging, …
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Stops when the standard input closes: for the server that started it.
    #[arg(long, hide = true)]
    tied: bool,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// Records on a fresh demo, which is deleted afterwards.
    #[arg(long)]
    demo: bool,
    /// Records on this installation, which must be running, with the reviewer's access to this gateway.
    #[arg(long, value_name = "ID")]
    gateway: Option<i64>,
}

/// `deskbell review …`
pub(super) async fn review(file: Option<&Path>, command: ReviewCommand) -> Outcome {
    match command {
        ReviewCommand::Record(args) => record(&Config::load(file, &args.store.flags())?, args).await,
        ReviewCommand::Archive(args) => archive::archive(&Config::load(file, &args.store.flags())?, &args).await,
    }
}

async fn record(config: &Config, args: RecordArgs) -> Outcome {
    let tools = Tools::find(config)?;
    let installation = match args.place.gateway {
        Some(id) => Some(Installation::of(config, GatewayId(id)).await?),
        None => None,
    };
    std::fs::create_dir_all(&args.out)
        .map_err(|error| Failure(format!("{} cannot be written: {error}.", args.out.display())))?;
    let scripts = match &installation {
        Some(it) => script::all(&it.setup),
        None => in_the_demo(),
    };
    if let Some(unknown) = args.only.iter().find(|name| !scripts.iter().any(|it| it.name == name.as_str())) {
        let known: Vec<&str> = scripts.iter().map(|it| it.name).collect();
        return Err(Failure(format!("There is no video {unknown}. There are: {}.", known.join(", "))));
    }
    let board = args.out.join("storyboard.html");
    std::fs::write(&board, storyboard::html(&scripts))
        .map_err(|error| Failure(format!("{} cannot be written: {error}.", board.display())))?;
    let wanted = |it: &&script::Script| args.only.is_empty() || args.only.iter().any(|name| name == it.name);
    if let Some(real) = installation.as_ref().filter(|it| it.is_real()) {
        return Err(Failure(format!(
            "Nothing was filmed, because programs are not allowed to operate Facebook's own pages. Film them \
            yourself in the browser, at {}. {} lists every shot with this installation's addresses; use the videos \
            of --demo as a template.",
            real.screen(),
            board.display()
        )));
    }
    let recordings = async {
        for name in scripts.iter().filter(wanted).map(|it| it.name) {
            match &installation {
                None => on_a_fresh_demo(&tools, name, &args.out).await?,
                Some(it) => it.record(&tools, name, &args.out).await?,
            }
        }
        Ok::<(), Failure>(())
    };
    tokio::select! {
        done = recordings => done?,
        () = stopped(args.tied) => return Err(Failure("Stopped. What was recorded before is complete.".into())),
    }
    print(&format!("The videos and storyboard.html are in {}.", args.out.display()))
}

/// Returns when the recording should stop.
async fn stopped(tied: bool) {
    let (gone, is_gone) = tokio::sync::oneshot::channel();
    if tied {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            let _ = gone.send(());
        });
    }
    let untied = async {
        match is_gone.await {
            Ok(()) => (),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = super::serve::told_to_end() => {}
        () = untied => {}
    }
}

/// Each video begins with an installation in which no permission was granted yet.
async fn on_a_fresh_demo(tools: &Tools, name: &str, out: &Path) -> Outcome {
    let folder = tempfile::Builder::new().prefix("deskbell-review-").tempdir()?;
    let any = ([127, 0, 0, 1], 0).into();
    let demo = Demo::start(folder.path(), any, any, Filling::Empty).await?;
    let done = record_on(&demo, tools, name, out).await;
    demo.stop().await;
    done
}

async fn record_on(demo: &Demo, tools: &Tools, name: &str, out: &Path) -> Outcome {
    let deskbell_url = demo.server.app.config.public_url.clone();
    let prepared = Prepared::of(demo, &deskbell_url).await?;
    let setup = if name == HUMAN_AGENT_FILM { staff() } else { prepared.reviewer().await? };
    let sandbox = Sandbox { url: demo.sandbox.url().to_owned(), ..setup.sandbox };
    record_one(&FilmSetup { deskbell_url, sandbox, ..setup }, tools, name, out).await
}

/// Records one film to a file with its name.
pub(super) async fn record_one(setup: &FilmSetup, tools: &Tools, name: &str, out: &Path) -> Outcome {
    let scripts = script::all(setup);
    let Some(script) = scripts.iter().find(|it| it.name == name) else { return Ok(()) };
    let path = out.join(format!("{name}.mp4"));
    let say = |doing: Doing| eprintln!("{}", doing.line());
    let recorded = film::record(tools, setup, script, &path, say).await.map_err(Failure)?;
    eprintln!("{name}: {} lasts {:.0} s.", path.display(), recorded.seconds);
    Ok(())
}

/// The films of a demo: from the reviewer's point of view, and Human Agent's, which needs a conversation of yesterday
/// that no reviewer has, from the staff's.
fn in_the_demo() -> Vec<script::Script> {
    let reviewer = FilmSetup { operator: Operator::Reviewer("and the review's code word".into()), ..staff() };
    let late = script::all(&staff()).into_iter().filter(|it| it.name == HUMAN_AGENT_FILM);
    script::all(&reviewer).into_iter().chain(late).collect()
}

/// The demo's administrator, with its people and names; its addresses are known only when it runs.
fn staff() -> FilmSetup {
    FilmSetup {
        deskbell_url: "http://127.0.0.1:8080".into(),
        operator: Operator::Administrator(GATEWAY.into()),
        email: "anna@demo.example".into(),
        password: demo::PASSWORD.into(),
        page: "Lavka".into(),
        sandbox: Sandbox {
            url: "http://localhost:8090".into(),
            person: "Anna Admin".into(),
            page_id: "105500000000000001".into(),
            customer_id: "olena".into(),
            customer: "Olena Kovalenko".into(),
        },
    }
}

/// What an administrator does before the reviewer comes: it shows the App Secret, so it isn't filmed.
struct Prepared {
    client: reqwest::Client,
    token: Secret,
    /// The address of the gateway.
    gateway: String,
}

impl Prepared {
    async fn of(demo: &Demo, deskbell_url: &str) -> Result<Self, Failure> {
        let app = &demo.server.app;
        let Some(anna) = user::by_email(&app.store, &staff().email).await? else {
            return Err(Failure("The demo has no one to sign in as.".into()));
        };
        let token = tokens::make(&app.store, &app.ids, anna.id, "recording").await.map_err(failure)?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let gateways = format!("{deskbell_url}/api/v1/gateways");
        let gateway = json!({
            "kind": "meta", "name": GATEWAY, "app_id": DEMO_APP_ID, "app_secret": DEMO_APP_SECRET, "human_agent": true,
        });
        let made = client.post(&gateways).bearer_auth(&*token).json(&gateway).send().await?.error_for_status()?;
        let made: Value = made.json().await?;
        let gateway = format!("{gateways}/{}", made["id"].as_str().unwrap_or_default());
        Ok(Self { client, token, gateway })
    }

    /// Gives a reviewer access, as the button does.
    async fn reviewer(&self) -> Result<FilmSetup, Failure> {
        let access = self.client.post(format!("{}/review/access", self.gateway)).bearer_auth(&*self.token);
        let access: Value = access.send().await?.error_for_status()?.json().await?;
        let word = |name: &str| access[name].as_str().unwrap_or_default().to_owned();
        let operator = Operator::Reviewer(word("code_word"));
        Ok(FilmSetup { operator, email: word("email"), password: word("password").into(), ..staff() })
    }
}
