//! The user interface, built into `ui/dist`, which the binary embeds: packages only when their lock changed, the
//! build only when a source is newer than the last one.

use crate::root::at;
use crate::{packages, step};
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

/// What the build reads. Not project.inlang: its tool writes there at every new start, and a new language comes with a
/// new file of messages anyway.
const SOURCES: &[&str] = &[
    "openapi.json",
    "ui/scripts",
    "ui/src",
    "ui/public",
    "ui/messages",
    "ui/index.html",
    "ui/package.json",
    "ui/package-lock.json",
    "ui/svelte.config.js",
    "ui/tsconfig.json",
    "ui/vite.config.ts",
    "xtask/compress.mjs",
];
/// What the build writes among its sources.
const GENERATED: &[&str] = &["paraglide", "schema.d.ts"];

/// Packages, build, and compressed siblings of every asset.
pub fn build() -> Result<(), String> {
    install()?;
    let stamp = at("ui/node_modules/.deskbell-built");
    let built = modified(&stamp).filter(|_| at("ui/dist/index.html").is_file());
    let newest = SOURCES.iter().filter_map(|path| newest(&at(path))).max();
    if built.is_some() && built >= newest {
        eprintln!("✓ ui: dist is up to date");
        return Ok(());
    }
    let started = SystemTime::now();
    step::quiet("ui: build", npm().args(["run", "--silent", "build"]))?;
    step::quiet("ui: compress", Command::new("node").arg(at("xtask/compress.mjs")).arg(at("ui/dist")))?;
    // The stamp carries the time before the build: what was saved in the meantime is built next time.
    let file = std::fs::File::create(&stamp).and_then(|file| file.set_modified(started));
    file.map_err(|error| format!("ui/node_modules could not be written to: {error}."))
}

/// Installs what the lock file names, if it is not the one that was installed last.
pub fn install() -> Result<(), String> {
    packages::node()?;
    let lock = std::fs::read(at("ui/package-lock.json"))
        .map_err(|error| format!("ui/package-lock.json could not be read: {error}."))?;
    let stamp = at("ui/node_modules/.deskbell-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    step::quiet("ui: packages", npm().args(["ci", "--no-audit", "--no-fund", "--prefer-offline"]))?;
    std::fs::write(&stamp, lock).map_err(|error| format!("ui/node_modules could not be written to: {error}."))
}

/// npm in the UI's folder.
pub fn npm() -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(at("ui"));
    npm
}

/// When the newest thing in a folder was changed. Folders count, for a removed file changes only them; but not one
/// that the build writes into.
fn newest(path: &Path) -> Option<SystemTime> {
    let generated = |name: &std::ffi::OsStr| GENERATED.iter().any(|generated| name == *generated);
    let inside: Vec<_> = std::fs::read_dir(path).into_iter().flatten().flatten().collect();
    let own = if inside.iter().any(|entry| generated(&entry.file_name())) { None } else { modified(path) };
    let inside = inside.iter().filter(|entry| !generated(&entry.file_name()));
    inside.filter_map(|entry| newest(&entry.path())).chain(own).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
