//! The rules of the house that a compiler does not know. Each rule is a function from what it looks at to what it
//! found, so that it can be tested on made-up crates; this file only gathers the input and prints.

mod code;
mod cycles;
mod files;
mod licences;
mod metadata;
mod purity;
mod secrets;
mod ui;
mod unused;
mod walls;
mod words;

use crate::root;
use metadata::Metadata;
use std::fmt;

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// File, or crate.
    pub place: String,
    /// What is wrong and what to do.
    pub text: String,
}

impl Finding {
    fn new(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { place: place.into(), text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// `tidy`, and `tidy --count`, which writes down how often each retired word is left.
pub fn command(args: &[String]) -> Result<(), String> {
    match args {
        [] => run(),
        [option] if option == "--count" => words::write(&files::read_all()?),
        _ => Err("The only option is --count.".to_owned()),
    }
}

/// Applies every rule and lists what was found.
pub fn run() -> Result<(), String> {
    let started = std::time::Instant::now();
    let metadata = Metadata::read()?;
    let files = files::read_all()?;
    let list = std::fs::read_to_string(root::at("deny.toml"))
        .map_err(|error| format!("deny.toml, which lists the licences, could not be read: {error}."))?;

    let mut findings = walls::check(&metadata);
    findings.extend(licences::check(&metadata, &licences::Allowed::parse(&list)));
    findings.extend(unused::check(&metadata, &files));
    findings.extend(purity::check(&files));
    findings.extend(secrets::check(&files));
    findings.extend(cycles::check(&files));
    findings.extend(words::check(&files)?);
    findings.extend(files::check(&files));
    let notes = [files::nearly_too_long(&files), words::fallen(&files)?];
    for note in notes.iter().flatten() {
        eprintln!("  note: {note}");
    }
    if findings.is_empty() {
        let (crates, files) = (metadata.packages.len(), files.len());
        eprintln!("✓ tidy: {crates} crates, {files} files  {}", crate::step::seconds(started.elapsed()));
        return Ok(());
    }
    findings.sort_by(|one, other| one.place.cmp(&other.place));
    for finding in &findings {
        eprintln!("✗ {finding}");
    }
    Err(format!("{} thing{} to tidy.", findings.len(), if findings.len() == 1 { "" } else { "s" }))
}
