//! What would print a secret: a struct that derives `Debug` and holds one as plain text. `domain::secret::Secret` prints dots.

use super::Finding;
use super::code;
use super::files::File;

/// Fields that hold secrets, by their names.
const SECRETS: &[&str] = &[
    "password",
    "secret",
    "token",
    "access_token",
    "app_secret",
    "secret_key",
    "verify_token",
    "database_url",
    "pin",
];
/// Types that print what they hold.
const PLAIN: &[&str] = &["String", "Option<String>", "&str", "Option<&str>"];

/// No struct of the program prints a secret. The sandbox knows none that is worth anything.
pub fn check(files: &[File]) -> Vec<Finding> {
    let ours = |file: &&File| {
        file.path.starts_with("crates/")
            && file.path.contains("/src/")
            && file.path.ends_with(".rs")
            && !file.path.starts_with("crates/sandbox/")
    };
    files.iter().filter(ours).flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let (mut findings, mut derives, mut prints) = (Vec::new(), false, false);
    for (number, line) in code::only(&file.text).lines().enumerate() {
        let line = line.trim();
        if line.starts_with("#[derive(") {
            derives = line.contains("Debug");
        } else if line.split_whitespace().any(|word| matches!(word, "struct" | "enum" | "union")) {
            prints = derives && line.ends_with('{');
            derives = false;
        } else if line.starts_with('}') {
            prints = false;
        } else if prints && let Some((name, kind)) = line.trim_end_matches(',').split_once(": ") {
            let name = name.split_whitespace().last().unwrap_or_default();
            let kind = kind.replace("&'a ", "&").replace("&'static ", "&");
            if SECRETS.contains(&name) && PLAIN.contains(&kind.as_str()) {
                findings.push(Finding::new(
                    format!("{}:{}", file.path, number + 1),
                    format!("`{name}` would be printed by the derived Debug: use domain::secret::Secret"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let file = File { path: "crates/server/src/x.rs".into(), text: text.into() };
        check(&[file]).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn a_secret_that_would_be_printed_is_found() {
        let plain =
            "#[derive(Debug, Clone)]\npub struct SignIn {\n    /// It.\n    pub password: Option<String>,\n}\n";
        assert_eq!(found(plain), ["crates/server/src/x.rs:4"]);
        assert_eq!(
            found("#[derive(Debug)]\nstruct New<'a> {\n    token: &'a str,\n}\n"),
            ["crates/server/src/x.rs:3"]
        );
    }

    #[test]
    fn hidden_secrets_and_structs_that_print_nothing_are_fine() {
        for text in [
            "#[derive(Debug)]\nstruct A {\n    password: Secret,\n    name: String,\n}\n",
            "#[derive(Clone)]\nstruct A {\n    password: String,\n}\n",
            "#[derive(Debug)]\nstruct A {\n    name: String,\n}\nfn b(\n    token: &str,\n) {}\n",
        ] {
            assert_eq!(found(text), [] as [&str; 0], "{text}");
        }
    }
}
