//! The recordings that Meta's reviewers want to see (meta-platform.md §9.3): the real product, operated by a visible
//! pointer, with Messenger on the left and Deskbell on the right.
//!
//! [`script`] describes the shots, as data; this module plays them, and [`storyboard`] prints them for filming
//! manually. Both use the same shots, so they never differ.

pub mod real;
pub mod script;
pub mod storyboard;
pub mod studio;

use domain::secret::Secret;
use std::path::{Path, PathBuf};

/// Where Chromium and ffmpeg are.
pub use film::tools;
use film::{Browser, Caption, Card, Film, POPUP, Seat, Thing, WINDOW};
use serde_json::Value;

use self::script::{Script, Shot, Step};
use self::studio::Doing;

/// The place and the people of the film.
#[derive(Debug, Clone)]
pub struct FilmSetup {
    /// Deskbell's public address.
    pub deskbell_url: String,
    /// The role of the user who signs in.
    pub operator: Operator,
    /// The e-mail address to sign in with.
    pub email: String,
    /// The password to sign in with.
    pub password: Secret,
    /// The Page that is connected.
    pub page: String,
    /// The sandbox that replaces Facebook and Messenger.
    pub sandbox: Sandbox,
}

/// The user who is filmed in Deskbell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operator {
    /// An administrator, who finds the gateway of this name.
    Administrator(String),
    /// Meta's reviewer, with the code word that starts their conversations.
    Reviewer(String),
}

/// The sandbox that plays Meta.
#[derive(Debug, Clone)]
pub struct Sandbox {
    pub url: String,
    /// The person who logs in at its dialog.
    pub person: String,
    pub page_id: String,
    pub customer_id: String,
    pub customer: String,
}

/// The programs that are needed.
#[derive(Debug, Clone)]
pub struct Tools {
    chromium: PathBuf,
    ffmpeg: PathBuf,
}

impl Tools {
    /// Finds the programs.
    ///
    /// # Errors
    /// [`film::Error::Missing`] with what to install.
    pub fn find(config: &engine::config::Config) -> Result<Self, film::Error> {
        let chromium = film::tools::chromium(config.chromium.as_deref())?;
        Ok(Self { chromium, ffmpeg: film::tools::ffmpeg(config.ffmpeg.as_deref())? })
    }
}

/// A finished film.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub path: PathBuf,
    /// Its duration.
    pub seconds: f64,
}

/// Plays a script and films it. The file appears when it is complete.
///
/// # Errors
/// A sentence that names the shot.
pub async fn record(
    tools: &Tools,
    setup: &FilmSetup,
    script: &Script,
    path: &Path,
    progress: impl Fn(Doing),
) -> Result<Recorded, String> {
    let hosts: Vec<&str> =
        [&setup.deskbell_url, &setup.sandbox.url].into_iter().filter_map(|url| host(url)).collect();
    let plain = |error: film::Error| error.to_string();
    let browser = Browser::start(&tools.chromium, &hosts).await.map_err(plain)?;
    let mut stage = Playing { film: Film::begin(&browser).await.map_err(plain)?, browser: &browser, setup };
    stage.open(script).await.map_err(plain)?;
    let shots = script.shots.len();
    let doing = |shot, caption: &str| Doing { film: script.name.into(), shot, shots, caption: caption.into() };
    for (number, shot) in script.shots.iter().enumerate() {
        progress(doing(number + 1, &shot.caption));
        let step = format!("{} / {shots}", number + 1);
        if let Err(error) = stage.play(shot, step).await {
            let saved = stage.save_screens(path).await;
            return Err(format!("At “{}”: {error}{saved}", shot.caption));
        }
    }
    progress(doing(shots, "Writing the video."));
    let unfinished = path.with_extension("part");
    let cut = stage.film.finish(&tools.ffmpeg, &unfinished, &script.title, |_| {}).await.map_err(plain)?;
    std::fs::rename(&unfinished, path)
        .map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    Ok(Recorded { path: path.to_owned(), seconds: cut.seconds })
}

struct Playing<'b> {
    film: Film,
    browser: &'b Browser,
    setup: &'b FilmSetup,
}

impl Playing<'_> {
    /// Opens both windows, signed out, behind the first card.
    async fn open(&mut self, script: &Script) -> Result<(), film::Error> {
        let sandbox = &self.setup.sandbox;
        let left = self.browser.window(&self.browser.context().await?, WINDOW).await?;
        left.go(&format!("{}/phone?page={}&signed_out", sandbox.url, sandbox.page_id)).await?;
        left.sees(&Thing::named("button", &sandbox.customer)).await?;
        let right = self.browser.window(&self.browser.context().await?, WINDOW).await?;
        right.go(&format!("{}/sign-in", self.setup.deskbell_url)).await?;
        right.sees(&Thing::named("input", "E-mail")).await?;
        self.film.seat(Seat::Left, left, "Messenger (sandbox)").await?;
        self.film.seat(Seat::Right, right, "Deskbell").await?;
        let card = Card {
            over: script.over.clone(),
            title: script.title.clone(),
            lines: script.lines.clone(),
            notice: Some(script::SANDBOX_NOTICE.to_owned()),
        };
        self.film.card(&card, 6.0).await
    }

    /// Saves what the windows show, and returns a sentence with the path, for a film that failed.
    async fn save_screens(&self, path: &Path) -> String {
        let mut saved = Vec::new();
        for (seat, picture) in self.film.pictures().await {
            // In a separate folder, because these are not recordings.
            let folder = path.with_file_name("failed");
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let file = folder.join(format!("{name}-{seat:?}.png").to_lowercase());
            if std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, picture)).is_ok() {
                saved.push(file.display().to_string());
            }
        }
        if saved.is_empty() {
            String::new()
        } else {
            format!(" What was on screen is saved as {}.", saved.join(" and "))
        }
    }

    async fn play(&mut self, shot: &Shot, step: String) -> Result<(), film::Error> {
        let caption = Caption { text: shot.caption.clone(), tag: shot.tag.map(str::to_owned), step };
        self.film.caption(caption).await?;
        let begun = self.film.now();
        for step in &shot.steps {
            self.step(step).await?;
        }
        // A slow reader needs time, even on a fast machine.
        let read = begun + 1.5 + shot.caption.chars().count() as f64 / 18.0;
        self.film.hold((read - self.film.now()).max(0.0)).await;
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<(), film::Error> {
        match step {
            Step::Hold(seconds) => self.film.hold(*seconds).await,
            Step::Point(seat, thing) => {
                self.film.point(*seat, thing).await?;
            }
            Step::Click(seat, thing) => self.film.click(*seat, thing).await?,
            Step::Write(seat, thing, text) => self.film.write(*seat, thing, text).await?,
            Step::Enter(seat) => self.film.enter(*seat).await?,
            Step::Sees(seat, thing) => self.film.sees(*seat, thing).await?,
            Step::Popup(title, thing) => {
                let popup = self.browser.popup(self.film.page(Seat::Right)?, POPUP).await?;
                popup.sees(thing).await?;
                self.film.seat(Seat::Popup, popup, title).await?;
                self.film.again().await?;
            }
            Step::Closed => self.film.closed(Seat::Popup).await?,
            Step::Behind(request) => {
                self.behind(request).await?;
            }
        }
        Ok(())
    }

    /// Something that happens on Meta's side, without the pointer.
    async fn behind(&self, request: &script::Request) -> Result<Value, film::Error> {
        let sandbox = &self.setup.sandbox;
        let path =
            format!("/control/pages/{}/customers/{}/{}", sandbox.page_id, sandbox.customer_id, request.path);
        let call = format!(
            "fetch({path:?}, {{ method: 'POST', headers: {{ 'content-type': 'application/json' }}, body: {:?} }})\
             .then((answer) => answer.ok)",
            request.body.to_string()
        );
        self.film.page(Seat::Left)?.value(&call).await
    }
}

fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map(|(_, rest)| rest)?;
    let authority = rest.split('/').next()?;
    Some(
        authority
            .rsplit_once(':')
            .filter(|(_, port)| port.parse::<u16>().is_ok())
            .map_or(authority, |(host, _)| host),
    )
}
