//! A crate enters with its first use and leaves with its last: every dependency is named in code.

use super::Finding;
use super::files::File;
use super::metadata::{Dependency, Metadata, Package};
use super::purity::words;

/// Dependencies that no code names, with the reason: (crate of ours, dependency, reason).
const QUIET: &[(&str, &str, &str)] = &[];

/// Every dependency of ours is named in the sources that may use it, and every offered one is used by a crate.
pub fn check(metadata: &Metadata, files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in metadata.ours() {
        for dependency in &package.dependencies {
            let quiet = QUIET.iter().any(|(ours, name, _)| *ours == package.name && *name == dependency.name);
            if !quiet && !is_used(package, dependency, files) {
                let (place, name) = (format!("{}/Cargo.toml", package.folder), &dependency.name);
                findings.push(Finding::new(
                    place,
                    format!("depends on {name}, which its code never names: remove it"),
                ));
            }
        }
    }
    for offered in &metadata.offered {
        let taken = metadata.ours().flat_map(|package| &package.dependencies);
        if !taken.into_iter().any(|dependency| dependency.name == *offered) {
            findings
                .push(Finding::new("Cargo.toml", format!("offers {offered}, which no crate takes: remove it")));
        }
    }
    findings
}

fn is_used(package: &Package, dependency: &Dependency, files: &[File]) -> bool {
    let folders: &[&str] = match dependency.kind.as_deref() {
        Some("build") => &["build.rs"],
        Some("dev") => &["src/", "tests/", "benches/", "examples/"],
        _ => &["src/"],
    };
    let name = dependency.in_code();
    files.iter().filter(|file| file.path.ends_with(".rs")).any(|file| {
        let inside = file.path.strip_prefix(&format!("{}/", package.folder));
        inside.is_some_and(|inside| folders.iter().any(|folder| inside.starts_with(folder)))
            && names(&file.text, &name)
    })
}

/// Whether code says `name::…`, `use name…` or `extern crate name`; comments don't count.
fn names(code: &str, name: &str) -> bool {
    code.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        words(line).any(|(at, word)| {
            word == name && {
                let (before, after) = (line[..at].trim_end(), &line[at + word.len()..]);
                after.starts_with("::") || before.ends_with("use") || before.ends_with("crate")
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_only_in_code() {
        assert!(names("let x = serde_json::json!(1);", "serde_json"));
        assert!(names("use tokio;", "tokio"));
        assert!(names("use {bytes::Bytes, http};", "bytes"));
        assert!(!names("// serde_json::json!", "serde_json"));
        assert!(!names("let my_tokio::x = 1; tokios::y();", "tokio"));
        assert!(!names("let toml = 1;", "toml"));
    }

    #[test]
    fn unnamed_and_unused_dependencies_are_found() {
        let dependency = |name: &str, kind: Option<&str>| Dependency {
            name: name.to_owned(),
            rename: None,
            kind: kind.map(str::to_owned),
            ..Dependency::default()
        };
        let package = Package {
            name: "a".to_owned(),
            ours: true,
            folder: "crates/a".to_owned(),
            dependencies: vec![
                dependency("used", None),
                dependency("idle", None),
                dependency("only-in-tests", Some("dev")),
                dependency("in-tests-but-normal", None),
            ],
            ..Package::default()
        };
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let files = [
            file("crates/a/src/lib.rs", "used::f();"),
            file("crates/a/tests/t.rs", "use only_in_tests::f; in_tests_but_normal::g();"),
            file("crates/b/src/lib.rs", "idle::f();"),
        ];
        let offered = vec!["used".to_owned(), "forgotten".to_owned()];
        let found = check(&Metadata { packages: vec![package], offered }, &files);
        let found: Vec<&str> = found.iter().map(|finding| finding.text.split(',').next().unwrap_or("")).collect();
        assert_eq!(found, ["depends on idle", "depends on in-tests-but-normal", "offers forgotten"]);
    }
}
