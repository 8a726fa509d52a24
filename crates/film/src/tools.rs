//! Finds the programs that do the work: Chromium and ffmpeg, as Debian brings them.

use std::path::{Path, PathBuf};

use crate::Error;

/// Names under which Chromium is installed, best first.
const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Where Chromium is: the one that is named, else the first that is on the path.
///
/// # Errors
/// [`Error::Missing`] with what to install.
pub fn chromium(named: Option<&Path>) -> Result<PathBuf, Error> {
    find("Chromium", CHROMIUM, named)
}

/// Where ffmpeg is: the one that is named, else the first that is on the path.
///
/// # Errors
/// [`Error::Missing`] with what to install.
pub fn ffmpeg(named: Option<&Path>) -> Result<PathBuf, Error> {
    find("ffmpeg", &["ffmpeg"], named)
}

fn find(what: &'static str, names: &[&str], named: Option<&Path>) -> Result<PathBuf, Error> {
    if let Some(named) = named {
        let missing =
            || Error::Missing { what, named: format!(", or correct the setting: {} is no file", named.display()) };
        return named.is_file().then(|| named.to_owned()).ok_or_else(missing);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Services often run with a short path.
    let folders = std::env::split_paths(&path).chain(["/usr/bin".into(), "/usr/local/bin".into()]);
    let folders: Vec<PathBuf> = folders.collect();
    let all = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|file| file.is_file()).ok_or(Error::Missing { what, named: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_with_what_to_install() {
        let error = find("Chromium", &["no-such-browser"], None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Chromium is not installed here. Install Debian's packages chromium and ffmpeg."
        );
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let error = chromium(Some(Path::new("/nowhere/chromium"))).unwrap_err();
        assert!(error.to_string().contains("correct the setting: /nowhere/chromium is no file"), "{error}");
    }
}
