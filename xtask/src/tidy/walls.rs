//! Imports go one way. A crate exists only where its wall forbids something, so the walls are listed here.

use super::Finding;
use super::metadata::Metadata;

/// Who may use whom. `None`: whomever it likes, and nobody uses it.
const WALLS: &[(&str, Option<&[&str]>)] = &[
    ("domain", Some(&[])),
    ("store", Some(&["domain"])),
    ("channels", Some(&["domain"])),
    ("sandbox", Some(&[])),
    ("film", Some(&[])),
    ("engine", Some(&["domain", "store", "channels"])),
    ("review", Some(&["domain", "store", "channels", "engine", "film"])),
    ("server", Some(&["domain", "store", "channels", "engine", "review", "sandbox", "film"])),
    ("xtask", None),
    ("bench", None),
];

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
            if !ours.contains(&name) {
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

#[cfg(test)]
mod tests {
    use super::super::metadata::{Dependency, Package};
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
            ("sandbox", &[]),
            ("film", &[]),
            ("engine", &["domain", "store", "channels"]),
            ("review", &["domain", "store", "channels", "engine", "film"]),
            ("server", &["domain", "store", "channels", "engine", "review", "sandbox", "film"]),
            ("bench", &["domain"]),
        ]);
        assert_eq!(check(&house), []);
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
    fn nobody_uses_the_tools() {
        assert_eq!(check(&workspace(&[("server", &["xtask"]), ("xtask", &[])])).len(), 1);
    }
}
