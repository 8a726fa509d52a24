//! What tests need from Debian: installed as root, asked for by name otherwise.

use crate::step;
use std::path::Path;
use std::process::Command;

/// Something a test needs, and the Debian packages that bring it.
pub struct Need {
    what: &'static str,
    there: fn() -> bool,
    packages: &'static [&'static str],
}

/// The database server that the Rust tests and one journey run on.
pub const POSTGRES: Need =
    Need { what: "PostgreSQL", there: || crate::postgres::programs().is_some(), packages: &["postgresql"] };

/// The browser of the journeys.
pub const CHROMIUM: Need =
    Need { what: "Chromium", there: || Path::new("/usr/bin/chromium").exists(), packages: &["chromium"] };

/// Makes a film of Chromium's pictures, and reads its properties.
pub const FFMPEG: Need = Need {
    what: "ffmpeg",
    there: || ["ffmpeg", "ffprobe"].iter().all(|it| Path::new("/usr/bin").join(it).exists()),
    packages: &["ffmpeg"],
};

/// Letters of every script that the journeys' people use, and emoji: boxes are no picture to be proud of.
pub const FONTS: Need = Need {
    what: "fonts",
    there: || {
        let fonts = Path::new("/usr/share/fonts/truetype");
        ["noto/NotoColorEmoji.ttf", "dejavu/DejaVuSans.ttf", "wqy/wqy-microhei.ttc"]
            .iter()
            .all(|font| fonts.join(font).exists())
    },
    packages: &["fonts-noto-color-emoji", "fonts-dejavu-core", "fonts-wqy-microhei"],
};

/// Makes sure that everything is there; installs it where we may.
pub fn ensure(needs: &[Need]) -> Result<(), String> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what = missing.iter().map(|need| need.what).collect::<Vec<_>>().join(", ");
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages.iter().copied()).collect();
    let by_hand = format!("Install them with: apt-get install {}", packages.join(" "));
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(format!(
            "Missing: {what}. This is no Debian; its packages are called {}.",
            packages.join(" ")
        ));
    }
    if !is_root() {
        return Err(format!("Missing: {what}. {by_hand} (as root)."));
    }
    step::quiet("apt-get update", apt().arg("update"))?;
    let mut install = apt();
    install.args(["install", "--yes", "--no-install-recommends"]).args(&packages);
    step::quiet(&format!("apt-get install {}", packages.join(" ")), &mut install)?;
    match missing.iter().find(|need| !(need.there)()) {
        None => Ok(()),
        Some(need) => Err(format!("{} is still missing after its packages were installed. {by_hand}.", need.what)),
    }
}

/// Node.js as the UI's tools need it. Debian 12's own is too old, so it is never installed here.
pub fn node() -> Result<(), String> {
    let output = Command::new("node").arg("--version").output();
    let version =
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if is_new_enough(&version) {
        return Ok(());
    }
    let found = if version.is_empty() { "There is none".to_owned() } else { format!("This is {version}") };
    Err(format!("The UI needs Node.js 20.19 or newer, with npm. {found}; install it and run this again."))
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (20, 19)
}

/// Whether this process may do everything on this machine.
pub fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn apt() -> Command {
    let mut apt = Command::new("apt-get");
    // Another apt may be at work: wait for it. No questions: there is no terminal.
    apt.args(["-q", "-o", "DPkg::Lock::Timeout=180", "-o", "Acquire::Retries=3"]);
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn an_old_node_is_refused_and_a_new_one_taken() {
        assert!(is_new_enough("v20.19.0") && is_new_enough("v22.1.0"));
        assert!(!is_new_enough("v18.20.4") && !is_new_enough("v20.9.0") && !is_new_enough(""));
    }
}
