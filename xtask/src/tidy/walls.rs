//! Imports go one way. A crate exists only where its wall forbids something, so the walls are listed here.

use super::Finding;
use super::metadata::{Dependency, Metadata};

/// Which crate may use which. `None`: any, and no crate may use it.
const WALLS: &[(&str, Option<&[&str]>)] = &[
    ("domain", Some(&[])),
    ("store", Some(&["domain"])),
    ("channels", Some(&["domain"])),
    ("engine", Some(&["domain", "store", "channels"])),
    ("review", Some(&["engine", "film", "domain", "store", "channels"])),
    ("server", Some(&["engine", "review", "sandbox", "domain", "store", "channels"])),
    ("sandbox", Some(&[])),
    ("film", Some(&[])),
    ("xtask", None),
    ("bench", None),
];

/// Crates of others that only these crates of ours may build on, and why. Tests may use them.
const RESERVED: &[(&[&str], &[&str], &str)] = &[
    (&["axum", "tower-http"], &["server", "sandbox", "bench"], "HTTP is served by `server` and the sandbox alone"),
    (&["clap"], &["server"], "the command line belongs to `server`"),
    (&["rusqlite", "tokio-postgres"], &["store", "bench"], "SQL belongs to `store`"),
];

/// What the pure crates must not use, not even in their tests.
const IMPURE: (&[&str], &[&str]) = (
    &["domain", "channels"],
    &["tokio", "rusqlite", "tokio-postgres", "reqwest", "hyper", "http", "axum", "async-trait", "futures-util"],
);

/// Every edge between crates of ours, of whatever kind, is one that is listed.
pub fn check(metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ours: Vec<&str> = metadata.ours().map(|package| package.name.as_str()).collect();
    for package in metadata.ours() {
        let Some((_, allowed)) = WALLS.iter().find(|(name, _)| *name == package.name) else {
            findings.push(Finding::new(
                &package.name,
                "is a new crate: say in xtask/src/tidy/walls.rs what its wall forbids",
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let in_tests = dependency.kind.as_deref() == Some("dev");
            if ours.contains(&name) && !in_tests && dependency.features.iter().any(|it| it == "testing") {
                let text = format!("switches on `testing` of {name}: only dev-dependencies may");
                findings.push(Finding::new(&package.name, text));
            }
            // Its own tests, with other features.
            if name == package.name && in_tests {
                continue;
            }
            if !ours.contains(&name) {
                findings.extend(foreign(&package.name, dependency));
                continue;
            }
            let is_free = WALLS.iter().any(|(other, allowed)| *other == name && allowed.is_none());
            if is_free {
                findings.push(Finding::new(&package.name, format!("uses {name}, which is for developers only")));
            } else if allowed.is_some_and(|allowed| !allowed.contains(&name)) {
                let may = allowed.unwrap_or_default().join(", ");
                let may = if may.is_empty() { "no other crate of ours".to_owned() } else { format!("only {may}") };
                findings.push(Finding::new(&package.name, format!("uses {name}, but may use {may}")));
            }
        }
    }
    findings
}

/// Why a crate of ours must not use this crate of others, if it must not.
fn foreign(ours: &str, dependency: &Dependency) -> Option<Finding> {
    let name = dependency.name.as_str();
    if IMPURE.0.contains(&ours) && IMPURE.1.contains(&name) {
        let text = format!("uses {name}, but it is pure: no runtime, no SQL, no HTTP");
        return Some(Finding::new(ours, text));
    }
    let (_, may, why) = RESERVED.iter().find(|(names, _, _)| names.contains(&name))?;
    let text = format!("uses {name}, but only {} may: {why}", may.join(", "));
    let in_tests = dependency.kind.as_deref() == Some("dev");
    (!in_tests && !may.contains(&ours)).then(|| Finding::new(ours, text))
}

#[cfg(test)]
mod tests {
    use super::super::metadata::Package;
    use super::*;

    fn workspace(edges: &[(&str, &[&str])]) -> Metadata {
        let package = |(name, uses): &(&str, &[&str])| Package {
            name: (*name).to_owned(),
            ours: true,
            dependencies: uses
                .iter()
                .map(|name| Dependency { name: (*name).to_owned(), ..Dependency::default() })
                .collect(),
            ..Package::default()
        };
        Metadata { packages: edges.iter().map(package).collect(), ..Metadata::default() }
    }

    #[test]
    fn the_house_as_designed_stands() {
        let house = workspace(&[
            ("domain", &["serde"]),
            ("store", &["domain"]),
            ("channels", &["domain"]),
            ("engine", &["domain", "store", "channels", "reqwest"]),
            ("review", &["engine", "film", "domain", "store", "channels"]),
            ("sandbox", &["axum"]),
            ("film", &[]),
            ("server", &["engine", "review", "sandbox", "domain", "store", "channels", "axum", "clap"]),
            ("bench", &["domain"]),
        ]);
        assert_eq!(check(&house), []);
    }

    #[test]
    fn http_and_the_command_line_stay_in_the_server() {
        let house = workspace(&[
            ("engine", &["axum", "clap", "tokio"]),
            ("server", &["axum", "clap", "tokio"]),
            ("store", &["tokio-postgres"]),
            ("review", &["rusqlite"]),
        ]);
        let found: Vec<String> = check(&house).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("engine: uses axum, but only server, sandbox, bench may"));
        assert!(found[1].starts_with("engine: uses clap, but only server may"));
        assert!(found[2].starts_with("review: uses rusqlite, but only store"));
    }

    #[test]
    fn tests_may_reach_further_than_the_crate() {
        let mut house = workspace(&[("engine", &["tokio-postgres"])]);
        house.packages[0].dependencies[0].kind = Some("dev".to_owned());
        assert_eq!(check(&house), []);
    }

    #[test]
    fn only_tests_may_ask_for_what_is_made_for_tests() {
        let mut house = workspace(&[("store", &["store"]), ("server", &["store"])]);
        for package in &mut house.packages {
            package.dependencies[0].kind = Some("dev".to_owned());
            package.dependencies[0].features = vec!["testing".to_owned()];
        }
        assert_eq!(check(&house), []);
        house.packages[1].dependencies[0].kind = None;
        let found = check(&house);
        assert_eq!((found.len(), found[0].place.as_str()), (1, "server"), "{found:?}");
    }

    #[test]
    fn the_domain_is_pure_in_its_tests_too() {
        let house = workspace(&[("domain", &["serde", "tokio", "tokio-postgres", "reqwest"])]);
        assert_eq!(check(&house).len(), 3);
    }

    #[test]
    fn a_door_through_a_wall_is_found() {
        let house = workspace(&[("domain", &["store"]), ("store", &[]), ("channels", &["store"]), ("attic", &[])]);
        let places: Vec<String> = check(&house).iter().map(ToString::to_string).collect();
        assert_eq!(places.len(), 3);
        assert_eq!(places[0], "domain: uses store, but may use no other crate of ours");
        assert_eq!(places[1], "channels: uses store, but may use only domain");
        assert!(places[2].starts_with("attic: is a new crate"));
    }

    #[test]
    fn no_crate_uses_the_tools() {
        assert_eq!(check(&workspace(&[("server", &["xtask"]), ("xtask", &[])])).len(), 1);
    }
}
