//! Films of the real Messenger, performed by a person and recorded by the browser: Facebook's own pages may not be
//! operated by a program (meta-platform.md §9.3). They follow the same scripts, and are stored next to the automatic
//! films.

use domain::secret::Secret;
use std::io;
use std::path::Path;

use super::script::{self, HUMAN_AGENT_FILM, STORY, Script};
use super::{FilmSetup, Operator, Sandbox};
use crate::facts::Facts;
use crate::permission::Permission;
use crate::way::Way;
use engine::retention::zip::Export;

/// The largest film that is stored, in bytes: an hour in more than sufficient quality.
pub const LARGEST: u64 = 1024 * 1024 * 1024;
/// How many bytes of a film are read to detect its format; a shorter file is not a film.
pub const HEAD: usize = 64;
/// The marker between a film's name and its extension, if a person filmed it.
const MARK: &str = ".real";

/// Whether the address of Meta's dialog is Facebook itself, and not a sandbox.
#[must_use]
pub fn is_meta(dialog: &str) -> bool {
    let host = dialog.split_once("://").map_or(dialog, |(_, rest)| rest);
    host.split(['/', ':']).next().is_some_and(|host| host == "facebook.com" || host.ends_with(".facebook.com"))
}

/// A recording, parsed from its file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Video<'n> {
    /// The film's name, such as `pages_messaging`.
    pub film: &'n str,
    /// Whether a person filmed it.
    pub is_filmed: bool,
    /// The container format.
    pub container: Container,
}

impl<'n> Video<'n> {
    /// Parses a file name; None for everything that is not a video.
    #[must_use]
    pub fn of(name: &'n str) -> Option<Self> {
        let (stem, ending) = name.rsplit_once('.')?;
        let container = Container::ALL.into_iter().find(|it| it.ending() == ending)?;
        let film = stem.strip_suffix(MARK);
        Some(Self { film: film.unwrap_or(stem), is_filmed: film.is_some(), container })
    }
}

/// The formats that browsers record and Meta's form accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    Mp4,
    /// WebM, the variant of Matroska for the web.
    WebM,
}

impl Container {
    const ALL: [Self; 2] = [Self::Mp4, Self::WebM];

    /// Detects the format from the first [`HEAD`] bytes; None if it is something else.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        if head.get(4..8) == Some(b"ftyp") {
            return Some(Self::Mp4);
        }
        // The header of EBML, with `webm` as its document type; plain Matroska has another.
        let is_webm = || head.windows(4).any(|four| four == b"webm");
        (head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) && is_webm()).then_some(Self::WebM)
    }

    /// As a media type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::WebM => "video/webm",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::WebM => "webm",
        }
    }
}

/// The file name of a film that a person made.
#[must_use]
pub fn file_name(film: &str, container: Container) -> String {
    format!("{film}{MARK}.{}", container.ending())
}

/// A file being written next to the recordings, under a name that is not listed. It is removed when this is dropped.
#[must_use]
pub fn unfinished(folder: &Path, film: &str) -> Export {
    Export::at(folder.join(format!(".{film}-{}.part", engine::secrets::letters(8))))
}

/// Moves a complete film to its place; the earlier one is removed, whatever its format. Returns its name.
///
/// # Errors
/// Errors of the file system; then the earlier film is kept.
pub fn store(whole: &Export, folder: &Path, film: &str, container: Container) -> io::Result<String> {
    let name = file_name(film, container);
    std::fs::rename(whole.path(), folder.join(&name))?;
    for other in Container::ALL.into_iter().filter(|other| *other != container) {
        match std::fs::remove_file(folder.join(file_name(film, other))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(name)
}

/// The films of a gateway: from the reviewer's point of view if they have access, else from an administrator's.
#[must_use]
pub fn films(facts: &Facts) -> Vec<Script> {
    let administrator = setup(facts, Operator::Administrator(facts.name.clone()), "yourself".into());
    let staff = script::all(&administrator);
    let Some(reviewer) = &facts.reviewer else { return used(facts, staff) };
    let operator = Operator::Reviewer(reviewer.code_word.clone());
    let mut films = script::all(&setup(facts, operator, reviewer.email.clone()));
    // A reviewer cannot see a conversation of yesterday: its film is made with a staff user.
    films.extend(staff.into_iter().filter(|it| it.name == HUMAN_AGENT_FILM));
    used(facts, films)
}

fn used(facts: &Facts, mut films: Vec<Script>) -> Vec<Script> {
    films.retain(|film| is_used(facts, film.name));
    films.extend(script::channels::films(facts));
    // Where a sentence begins with a person without a name.
    for shot in films.iter_mut().flat_map(|film| &mut film.shots) {
        capitalise(&mut shot.caption);
        capitalise(&mut shot.instruction);
    }
    films
}

/// Whether a film is about something that the gateway uses.
#[must_use]
pub fn is_used(facts: &Facts, film: &str) -> bool {
    match film {
        STORY => facts.has(Way::Messenger),
        permission => Permission::used(facts).any(|used| used.key() == permission),
    }
}

fn capitalise(text: &mut str) {
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
}

fn setup(facts: &Facts, operator: Operator, email: String) -> FilmSetup {
    let page = facts.main_page();
    FilmSetup {
        deskbell_url: facts.public_url.clone(),
        operator,
        email,
        // It is never shown.
        password: Secret::default(),
        page: page.map_or_else(|| "your test Page".into(), |page| page.name.clone()),
        sandbox: Sandbox {
            url: String::new(),
            person: "the owner of the Page".into(),
            page_id: page.map_or_else(String::new, |page| page.id.clone()),
            customer_id: String::new(),
            customer: "the customer".into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facebook_is_told_from_a_stand_in() {
        assert!(is_meta("https://www.facebook.com") && is_meta("https://facebook.com/"));
        assert!(!is_meta("http://localhost:8090") && !is_meta("https://facebook.com.example"));
    }

    #[test]
    fn names_tell_which_film_it_is_and_who_made_it() {
        let made = Video { film: "story", is_filmed: true, container: Container::WebM };
        assert_eq!(Video::of(&file_name("story", Container::WebM)), Some(made));
        let automatic = Video { film: "human_agent", is_filmed: false, container: Container::Mp4 };
        assert_eq!(Video::of("human_agent.mp4"), Some(automatic));
        assert_eq!((Video::of("storyboard.html"), Video::of("story")), (None, None));
    }

    #[test]
    fn a_film_is_known_by_its_first_bytes_and_matroska_is_none() {
        assert_eq!(Container::of(b"\0\0\0\x1cftypisom"), Some(Container::Mp4));
        let ebml = |kind: &[u8]| [&[0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x82, 0x84], kind].concat();
        assert_eq!(Container::of(&ebml(b"webm")), Some(Container::WebM));
        assert_eq!(
            (Container::of(&ebml(b"matroska")), Container::of(b"<html>"), Container::of(b"")),
            (None, None, None)
        );
    }
}
