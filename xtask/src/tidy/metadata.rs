//! What `cargo metadata` says about the workspace and everything it depends on.

use crate::root;
use serde_json::Value;
use std::process::Command;

/// All packages that a build on this machine takes part of.
#[derive(Debug, Default)]
pub struct Metadata {
    /// Ours and others'.
    pub packages: Vec<Package>,
    /// Names under `[workspace.dependencies]`.
    pub offered: Vec<String>,
}

/// One package.
#[derive(Debug, Default, Clone)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// An SPDX expression, if it states one.
    pub licence: Option<String>,
    /// Whether it is one of ours.
    pub ours: bool,
    /// Its folder, relative to the workspace, if it is ours.
    pub folder: String,
    pub dependencies: Vec<Dependency>,
}

/// One line under `[dependencies]` or its siblings.
#[derive(Debug, Default, Clone)]
pub struct Dependency {
    pub name: String,
    /// The name it goes by in code, where that is another.
    pub rename: Option<String>,
    /// `None`, `dev` or `build`.
    pub kind: Option<String>,
    /// The features that it switches on.
    pub features: Vec<String>,
}

impl Dependency {
    /// How code calls it.
    pub fn in_code(&self) -> String {
        self.rename.as_ref().unwrap_or(&self.name).replace('-', "_")
    }
}

impl Metadata {
    /// Asks Cargo.
    pub fn read() -> Result<Self, String> {
        let mut ask = root::cargo();
        ask.args(["metadata", "--format-version", "1", "--filter-platform", &host()?]);
        let output = ask.output().map_err(|error| format!("cargo could not be started: {error}."))?;
        if !output.status.success() {
            return Err(format!("`cargo metadata` failed. It said:\n{}", String::from_utf8_lossy(&output.stderr)));
        }
        let json: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("`cargo metadata` gave no readable JSON: {error}."))?;
        let manifest = std::fs::read_to_string(root::at("Cargo.toml"))
            .map_err(|error| format!("Cargo.toml could not be read: {error}."))?;
        Ok(Self { offered: offered(&manifest), ..Self::parse(&json, &root::root().to_string_lossy()) })
    }

    fn parse(json: &Value, root: &str) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let members: Vec<&str> = items(&json["workspace_members"]).filter_map(Value::as_str).collect();
        let used: Vec<&str> = items(&json["resolve"]["nodes"]).filter_map(|node| node["id"].as_str()).collect();
        let packages = items(&json["packages"]).filter(|package| {
            // Without a resolution (in tests) all of them count.
            used.is_empty() || package["id"].as_str().is_some_and(|id| used.contains(&id))
        });
        let packages = packages.map(|package| Package {
            name: text(&package["name"]).unwrap_or_default(),
            version: text(&package["version"]).unwrap_or_default(),
            licence: text(&package["license"]),
            ours: package["id"].as_str().is_some_and(|id| members.contains(&id)),
            folder: package["manifest_path"]
                .as_str()
                .and_then(|path| path.strip_prefix(root)?.strip_suffix("/Cargo.toml"))
                .map(|path| path.trim_start_matches('/').to_owned())
                .unwrap_or_default(),
            dependencies: items(&package["dependencies"])
                .map(|dependency| Dependency {
                    name: text(&dependency["name"]).unwrap_or_default(),
                    rename: text(&dependency["rename"]),
                    kind: text(&dependency["kind"]),
                    features: items(&dependency["features"]).filter_map(text).collect(),
                })
                .collect(),
        });
        Self { packages: packages.collect(), offered: Vec::new() }
    }

    /// The packages of this workspace.
    pub fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.ours)
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The keys of `[workspace.dependencies]`; each stands on a line of its own.
fn offered(manifest: &str) -> Vec<String> {
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap_or_default();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    lines
        .filter_map(|line| Some(line.split_once(" = ")?.0.to_owned()))
        .filter(|name| !name.starts_with('#'))
        .collect()
}

fn host() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.map_err(|error| format!("rustc could not be started: {error}."))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| "`rustc -vV` named no host.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ours_are_distinguished_from_others() {
        let json = json!({
            "workspace_members": ["path#store"],
            "packages": [
                {"id": "path#store", "name": "store", "version": "0.1.0", "license": "MIT", "manifest_path": "/w/crates/store/Cargo.toml",
                 "dependencies": [{"name": "tokio-postgres", "rename": null, "kind": "dev"}]},
                {"id": "r#x", "name": "x", "version": "1.0.0", "license": null, "manifest_path": "/r/x/Cargo.toml", "dependencies": []},
            ],
        });
        let metadata = Metadata::parse(&json, "/w");
        let ours: Vec<_> = metadata.ours().collect();
        assert_eq!((ours.len(), ours[0].folder.as_str()), (1, "crates/store"));
        assert_eq!(ours[0].dependencies[0].in_code(), "tokio_postgres");
        assert_eq!(metadata.packages[1].licence, None);
    }

    #[test]
    fn offered_dependencies_are_read_from_the_manifest() {
        let manifest =
            "[workspace.dependencies]\na = \"1\"\n# why b\nb = { path = \"b\" }\n\n[profile.dev]\nc = 1\n";
        assert_eq!(offered(manifest), ["a", "b"]);
    }
}
