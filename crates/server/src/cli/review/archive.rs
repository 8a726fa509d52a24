//! `deskbell review archive`: the whole submission as one file, with or without a running server.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::id::GatewayId;

use crate::app::App;
use crate::cli::{Failure, Outcome, StoreArgs, print};
use ::review::archive;
use engine::config::Config;
use engine::retention::zip::Export;

/// `deskbell review archive`
#[derive(Debug, Args)]
pub(in crate::cli) struct ArchiveArgs {
    /// The id of the gateway; `deskbell gateway list` shows them.
    #[arg(long, value_name = "ID")]
    gateway: i64,
    /// The path of the ZIP file.
    #[arg(long, value_name = "FILE.zip")]
    out: PathBuf,
    #[command(flatten)]
    pub(super) store: StoreArgs,
}

/// Writes the archive. An existing file stays intact until the new one is complete.
pub(super) async fn archive(config: &Config, args: &ArchiveArgs) -> Outcome {
    let (out, id) = (&args.out, GatewayId(args.gateway));
    let beside = beside(out)?;
    let app = App::open(config.clone()).await?;
    let known = app.directory().gateways.get(&id).cloned();
    let known =
        known.ok_or_else(|| Failure(format!("There is no gateway {id}: deskbell gateway list names them.")))?;
    let export = Export::at(beside);
    let failed = |error: &dyn std::error::Error| Failure(format!("{} was not written: {error}.", out.display()));
    archive::write(&app, &known, export.path()).await.map_err(|error| failed(&error))?;
    std::fs::rename(export.path(), out).map_err(|error| failed(&error))?;
    print(&format!(
        "The submission is in {}. It contains the reviewer's password: share it with Meta only.",
        out.display()
    ))
}

/// The temporary name while writing, in the same folder. Fails early if the folder is not writable.
fn beside(out: &Path) -> Result<PathBuf, Failure> {
    let shown = out.display();
    if out.is_dir() {
        return Err(Failure(format!("{shown} is a folder: name a file in it, such as app-review.zip.")));
    }
    if out.metadata().is_ok_and(|there| there.permissions().readonly()) {
        return Err(Failure(format!("{shown} is there and write-protected: remove it, or choose another name.")));
    }
    let name = out.file_name().ok_or_else(|| Failure(format!("{shown} is no name of a file.")))?;
    let folder = match out.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(Failure(format!("There is no folder {}: make it first.", folder.display())));
    }
    Ok(folder.join(format!(".{}-{}.part", name.to_string_lossy(), engine::secrets::letters(8))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_cannot_be_written_is_refused_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("review.zip");
        let beside_it = beside(&file).unwrap();
        assert_eq!(beside_it.parent(), file.parent());
        assert!(beside(folder.path()).unwrap_err().0.contains("is a folder"));
        assert!(beside(&folder.path().join("no/review.zip")).unwrap_err().0.contains("There is no folder"));
        std::fs::write(&file, b"old").unwrap();
        let mut rights = file.metadata().unwrap().permissions();
        rights.set_readonly(true);
        std::fs::set_permissions(&file, rights).unwrap();
        assert!(beside(&file).unwrap_err().0.contains("write-protected"));
        assert!(beside(Path::new("review.zip")).is_ok());
    }
}
