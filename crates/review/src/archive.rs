//! The whole submission as files: single documents, and everything as one ZIP.

use std::path::{Path, PathBuf};

use domain::id::GatewayId;
use minijinja::context;
use minijinja::value::Serde;

use super::document::render;
use super::facts::Facts;
use super::film::real::{self, Video};
use super::film::storyboard;
use super::markup::html;
use super::operator_answers::ReviewStage;
use super::permission::{self, PermissionOut};
use super::{audience, checklist, data, instructions, legal, print};
use engine::clock::rfc3339;
use engine::csv_table::Writer;
use engine::directory::GatewayEntry;
use engine::engine::Engine;
use engine::retention::zip::{Archive, ExportError};

/// The printed instructions.
pub const PDF: &str = "instructions.pdf";

/// The folder of a gateway's recordings and storyboard.
pub fn folder(app: &Engine, gateway: GatewayId) -> PathBuf {
    app.config.data_dir.join("review").join(gateway.to_string())
}

/// Names of the recordings, with their storyboard; empty if there are none. Those filmed by a person come first,
/// because they are the ones to submit.
pub async fn recordings(app: &Engine, gateway: GatewayId) -> Vec<String> {
    let folder = folder(app, gateway);
    let listed = tokio::task::spawn_blocking(move || {
        let known = |name: &str| {
            let ending = name.rsplit_once('.').map(|(_, ending)| ending);
            !name.starts_with('.')
                && matches!(ending, Some("mp4" | "webm" | "html" | "srt" | "vtt" | "png" | "jpg"))
        };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let mut names: Vec<String> =
            files.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| known(name)).collect();
        names.sort_by_key(|name| (!Video::of(name).is_some_and(|video| video.is_filmed), name.clone()));
        names
    });
    listed.await.unwrap_or_default()
}

/// Empties the folder of a gateway; it may not exist.
pub async fn discard(app: &Engine, gateway: GatewayId) -> std::io::Result<()> {
    match tokio::fs::remove_dir_all(folder(app, gateway)).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Removes folders of deleted gateways, left behind by a server that was killed during the removal.
pub async fn sweep(app: &Engine) {
    let Ok(mut entries) = tokio::fs::read_dir(app.config.data_dir.join("review")).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let id = entry.file_name().to_str().and_then(|name| name.parse().ok()).map(GatewayId);
        let Some(id) = id.filter(|id| !app.directory().gateways.contains_key(id)) else { continue };
        if let Err(error) = discard(app, id).await {
            tracing::warn!(%error, gateway = %id, "the recordings of a gateway that is gone could not be removed");
        }
    }
}

/// The documents, by name: everything but recordings and print.
pub fn documents(facts: &Facts) -> Vec<(String, String)> {
    let permissions = permission::all(facts);
    let mut files = vec![
        ("instructions.html".to_owned(), instructions::html(facts)),
        ("instructions.txt".to_owned(), instructions::text(facts)),
        ("permissions.html".to_owned(), permissions_page(&permissions)),
        ("data-handling.html".to_owned(), data_page(facts)),
        ("data-handling.txt".to_owned(), data_text(facts)),
        ("checklist.html".to_owned(), checklist_page(facts)),
        ("evidence.csv".to_owned(), evidence(facts, &permissions)),
        ("storyboard.html".to_owned(), storyboard(facts)),
    ];
    for one in permissions.iter().filter(|one| one.used) {
        files.push((format!("permissions/{}.txt", one.key), one.text.trim_end().to_owned() + "\n"));
    }
    for it in legal::Page::ALL {
        let page = render("legal.html", context! { title => it.title(), text => html(&it.text(facts)) });
        files.push((format!("{}.html", it.path()), page));
    }
    files
}

/// The instructions as a PDF; None if Chromium is missing or fails: then only the page is available.
pub async fn print(app: &Engine, facts: &Facts) -> Option<Vec<u8>> {
    let printed = print::pdf(app, &instructions::html(facts)).await;
    printed.inspect_err(|error| tracing::warn!(%error, "the instructions could not be printed")).ok()
}

/// Writes everything as one ZIP.
pub async fn write(app: &Engine, known: &GatewayEntry, to: &Path) -> Result<(), ExportError> {
    let facts = Facts::read(app, known).await?;
    let mut archive = Archive::create(to, &app.blobs.room).await?;
    let documents = documents(&facts);
    let pdf = print(app, &facts).await;
    let names = documents.iter().map(|(name, _)| name.as_str()).chain(pdf.as_ref().map(|_| PDF));
    archive.add("index.html".into(), index(&facts, &names.collect::<Vec<_>>()).into_bytes()).await?;
    if let Some(pdf) = pdf {
        archive.add(PDF.into(), pdf).await?;
    }
    for (name, text) in documents {
        archive.add(name, text.into_bytes()).await?;
    }
    let folder = folder(app, facts.gateway);
    for name in &facts.recordings {
        archive.add_file(format!("recordings/{name}"), folder.join(name)).await?;
    }
    archive.finish().await
}

fn index(facts: &Facts, names: &[&str]) -> String {
    let (done, all) = checklist::progress(&checklist::steps(facts));
    let parts = [
        (
            "App settings, business, mode: see the checklist",
            vec!["checklist.html", "privacy.html", "data-deletion.html"],
        ),
        ("Each permission and feature: text and recording", vec!["permissions.html", "storyboard.html"]),
        ("Data handling and data protection", vec!["data-handling.html", "data-handling.txt"]),
        ("Reviewer instructions, with the reviewer's sign-in", vec!["instructions.txt", "instructions.html", PDF]),
        ("Evidence of calls", vec!["evidence.csv"]),
    ];
    let parts = parts.map(|(part, mut files)| {
        files.retain(|file| names.contains(file));
        (part, files)
    });
    let texts: Vec<&&str> = names.iter().filter(|name| name.starts_with("permissions/")).collect();
    let is_filmed = |name: &&String| Video::of(name).is_some_and(|video| video.is_filmed);
    let (filmed, patterns): (Vec<_>, Vec<_>) = facts.recordings.iter().partition(is_filmed);
    render(
        "index.html",
        context! {
            title => "App Review",
            audience => audience::audience(facts).text,
            at => rfc3339(facts.at),
            gateway => facts.name.as_str(),
            app_id => facts.app_id.as_str(),
            has_pdf => names.contains(&PDF),
            done, all,
            filmed => Serde(filmed),
            patterns => Serde(patterns),
            parts => Serde(parts),
            texts => Serde(texts),
        },
    )
}

fn stage(stage: ReviewStage) -> &'static str {
    match stage {
        ReviewStage::NotYet => "not yet submitted",
        ReviewStage::Submitted => "submitted",
        ReviewStage::Question => "Meta has a question",
        ReviewStage::Refused => "refused",
        ReviewStage::Granted => "granted",
    }
}

fn permissions_page(permissions: &[PermissionOut]) -> String {
    let used = permissions.iter().filter(|one| one.used);
    let permissions: Vec<_> = used.map(|one| (one, permission_rows(one))).collect();
    render("permissions.html", context! { title => "Permissions and features", permissions => Serde(permissions) })
}

fn permission_rows(one: &PermissionOut) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("Screen", format!("{}\n{}", one.screen.label, one.screen.url)),
        ("The recording must show", one.recording.to_owned()),
        ("Recording", one.recorded.clone().unwrap_or_else(|| "none was made here".to_owned())),
        ("Evidence", one.evidence_text.clone()),
        ("Without it", one.without.to_owned()),
        ("Meta says", one.meta.text.clone()),
        ("Review", stage(one.status.state).to_owned()),
    ];
    if let Some(reason) = &one.status.reason {
        rows.push(("Meta's words", reason.clone()));
    }
    if let Some(advice) = &one.status.advice {
        rows.push(("What to change", advice.advice.to_owned()));
    }
    rows
}

/// The shots for filming the real Messenger manually, with the names of this installation.
fn storyboard(facts: &Facts) -> String {
    storyboard::html(&real::films(facts))
}

fn evidence(facts: &Facts, permissions: &[PermissionOut]) -> String {
    let rows: Vec<Vec<String>> = permissions
        .iter()
        .filter(|one| one.used)
        .map(|one| {
            let (endpoint, at, fresh) = match &one.evidence {
                Some(it) => (it.endpoint.clone(), it.at.clone(), if it.fresh { "yes" } else { "no" }),
                None => (String::new(), String::new(), "no"),
            };
            vec![one.name.into(), endpoint, at, fresh.into(), facts.app_id.clone()]
        })
        .collect();
    let mut table = Writer::new(["permission", "last good call", "at", "within 30 days", "app id"], false);
    for row in &rows {
        table.row(row.iter().map(String::as_str));
    }
    String::from_utf8(table.finish()).expect("what is written of text is text")
}

/// Meta's questions with the effective answers.
fn answers(facts: &Facts) -> impl Iterator<Item = (&'static data::Question, String)> {
    let asked = data::ALL
        .iter()
        .filter(|it| it.part != data::FormPart::Pages && (it.is_needed(facts) || it.answered(facts).is_some()));
    asked.map(|it| (it, it.in_words(facts).unwrap_or_else(|| "(not answered yet)".into())))
}

fn data_page(facts: &Facts) -> String {
    let answers: Vec<_> = answers(facts).map(|(question, answer)| (question.question, answer)).collect();
    render("data-handling.html", context! { title => "Data handling", answers => Serde(answers) })
}

fn data_text(facts: &Facts) -> String {
    let texts = answers(facts).map(|(question, answer)| format!("{}\n\n{answer}\n", question.question));
    texts.collect::<Vec<_>>().join("\n\n")
}

fn checklist_page(facts: &Facts) -> String {
    let steps = checklist::steps(facts);
    let steps: Vec<_> =
        steps.iter().map(|step| (step, step.checks.iter().map(check_row).collect::<Vec<_>>())).collect();
    render("checklist.html", context! { title => "Checklist", steps => Serde(steps) })
}

fn check_row(check: &checklist::Check) -> [String; 3] {
    let state = match check.state {
        checklist::State::Done => "done",
        checklist::State::Todo => "to do",
        checklist::State::Problem => "wrong",
        checklist::State::NotNeeded => "not needed",
    };
    let paste = check.paste.as_ref().map(|paste| format!("\n{}: {}", paste.field, paste.value));
    let what = format!("{}\n{}{}", check.title, check.text, paste.unwrap_or_default());
    [state.to_owned(), what, check.detail.clone().unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::super::facts::tests::sample;
    use super::*;

    #[test]
    fn the_index_leads_to_every_document() {
        let facts = sample();
        let documents = documents(&facts);
        let names: Vec<&str> = documents.iter().map(|(name, _)| name.as_str()).collect();
        let index = index(&facts, &names);
        for name in &names {
            assert!(index.contains(&format!("href=\"{name}\"")), "{name}");
        }
        assert!(index.contains("There is no PDF"));
        assert!(
            names.contains(&"permissions/pages_messaging.txt") && !names.contains(&"permissions/human_agent.txt")
        );
        let csv = &documents.iter().find(|(name, _)| name == "evidence.csv").unwrap().1;
        assert!(csv.contains("pages_show_list,,,no,100"));
    }
}
