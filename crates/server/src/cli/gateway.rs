//! `deskbell gateway …`: lists gateways and checks them.

use clap::{Args, Subcommand};
use domain::id::GatewayId;
use serde_json::json;
use store::table::gateway as gateways;

use super::{Failure, Outcome, StoreArgs, open, print, print_json, print_table};
use crate::app::App;
use engine::config::Config;
use engine::health;
use engine::health::finding::FindingView;
use engine::health::report::{self, Health};

/// `deskbell gateway …`
#[derive(Debug, Subcommand)]
pub(super) enum GatewayCommand {
    /// Lists the gateways.
    List(ListArgs),
    /// Checks the gateways with Meta and prints what is wrong; fails if something does not work.
    Check(CheckArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
}

/// `deskbell gateway check`
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Only this one.
    #[arg(long, value_name = "ID")]
    gateway: Option<i64>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
}

impl GatewayCommand {
    pub(super) fn store(&self) -> &StoreArgs {
        match self {
            Self::List(args) => &args.store,
            Self::Check(args) => &args.store,
        }
    }
}

/// `deskbell gateway …`
pub(super) async fn gateway(config: &Config, command: GatewayCommand) -> Outcome {
    match command {
        GatewayCommand::List(args) => list(config, args.json).await,
        GatewayCommand::Check(args) => check(config, args.gateway.map(GatewayId), args.json).await,
    }
}

async fn list(config: &Config, for_programs: bool) -> Outcome {
    let (store, _) = open(config).await?;
    let found = gateways::list(&store).await?;
    let address = |uri: &str| format!("{}/chat/{uri}", config.public_url);
    if for_programs {
        let list: Vec<_> = found
            .iter()
            .map(|it| {
                json!({
                    "id": it.id, "kind": it.kind, "name": it.name, "app_id": it.app_id, "uri": it.uri,
                    "webhook_url": address(&it.uri), "enabled": it.enabled, "secret": it.secret_state.word(),
                })
            })
            .collect();
        return print_json(&list);
    }
    let line = |it: &gateways::Gateway| {
        let enabled = if it.enabled { "yes" } else { "no" }.to_owned();
        vec![it.id.to_string(), it.name.clone(), it.app_id.clone(), enabled, address(&it.uri)]
    };
    print_table(&["ID", "NAME", "APP ID", "ENABLED", "ADDRESS"], &found.iter().map(line).collect::<Vec<_>>())
}

async fn check(config: &Config, only: Option<GatewayId>, for_programs: bool) -> Outcome {
    let app = App::open(config.clone()).await?;
    let mut checked = Vec::new();
    for row in gateways::list(&app.store).await?.into_iter().filter(|row| only.is_none_or(|id| id == row.id)) {
        health::check(&app, row.id).await;
        let directory = app.directory();
        let Some(known) = directory.gateways.get(&row.id) else { continue };
        checked.push((row, report::of(&app, known).await?));
    }
    if let Some(id) = only.filter(|_| checked.is_empty()) {
        return Err(Failure(format!("There is no gateway {id}: deskbell gateway list names them.")));
    }
    if for_programs {
        let list: Vec<_> = checked
            .iter()
            .map(|(row, health)| json!({"id": row.id, "name": row.name, "health": health}))
            .collect();
        print_json(&list)?;
    } else if checked.is_empty() {
        print("There is no gateway yet.")?;
    } else {
        let texts: Vec<String> = checked.iter().map(|(row, health)| sentences(&row.name, health)).collect();
        print(&texts.join("\n\n"))?;
    }
    let errors = checked.iter().flat_map(|(_, health)| &health.findings).filter(|it| it.is_error()).count();
    match errors {
        0 => Ok(()),
        1 => Err(Failure("1 thing does not work.".into())),
        many => Err(Failure(format!("{many} things do not work."))),
    }
}

/// What is wrong with a gateway, as sentences under its name.
fn sentences(name: &str, health: &Health) -> String {
    if health.findings.is_empty() {
        return format!("{name}: everything works.");
    }
    let line = |it: &FindingView| {
        let word = if it.is_error() { "error  " } else { "warning" };
        format!("  {word}  {}  ({})", it.message, it.issue.code())
    };
    let lines: Vec<String> = health.findings.iter().map(line).collect();
    format!("{name}:\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use engine::health::finding::{Finding, Issue};

    use super::*;

    #[test]
    fn findings_are_printed_as_sentences_under_their_gateway() {
        let mut health = Health {
            ok: true,
            checked_at: None,
            signature_failures: 0,
            unseen: 0,
            findings: Vec::new(),
            pages: Vec::new(),
        };
        assert_eq!(sentences("Shop", &health), "Shop: everything works.");
        let found = [Finding::error(Issue::SecretRefused {}), Finding::warning(Issue::Disabled {})];
        health.findings = found.into_iter().map(|finding| finding.view(None)).collect();
        let (refused, off) = (Issue::SecretRefused {}.english("Page"), Issue::Disabled {}.english("Page"));
        assert_eq!(
            sentences("Shop", &health),
            format!("Shop:\n  error    {refused}  (secret_refused)\n  warning  {off}  (disabled)")
        );
    }
}
