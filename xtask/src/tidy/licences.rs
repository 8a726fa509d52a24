//! Licences of everything that we depend on, against the list in `deny.toml`: one list for both tools.

use super::Finding;
use super::metadata::Metadata;

/// What `deny.toml` allows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    licences: Vec<String>,
    /// Crate and the licence that is allowed for it alone.
    exceptions: Vec<(String, String)>,
    /// Lines of the list that give no reason.
    unexplained: Vec<String>,
}

impl Allowed {
    /// Reads our own way of writing the file: one entry per line, each with its reason behind `#`.
    pub fn parse(deny: &str) -> Self {
        let mut allowed = Self::default();
        let licences = deny.split("[licenses]").nth(1).unwrap_or_default();
        let licences = licences.split("\n[").next().unwrap_or_default();
        for line in licences.lines().map(str::trim) {
            let (entry, reason) = line.split_once('#').unwrap_or((line, ""));
            let quoted: Vec<&str> = entry.split('"').skip(1).step_by(2).collect();
            match quoted.as_slice() {
                [licence] if entry.starts_with('"') => allowed.licences.push((*licence).to_owned()),
                [name, licence] if entry.starts_with('{') => {
                    allowed.exceptions.push(((*name).to_owned(), (*licence).to_owned()));
                }
                _ => continue,
            }
            if reason.trim().is_empty() {
                allowed.unexplained.push(quoted.join(" "));
            }
        }
        allowed
    }

    fn allows(&self, name: &str, licence: &str) -> bool {
        self.licences.iter().any(|allowed| allowed == licence)
            || self.exceptions.iter().any(|(only, allowed)| only == name && allowed == licence)
    }
}

/// Every package states a licence that the list allows.
pub fn check(metadata: &Metadata, allowed: &Allowed) -> Vec<Finding> {
    let mut findings: Vec<Finding> = allowed
        .unexplained
        .iter()
        .map(|entry| Finding::new("deny.toml", format!("allows {entry} without a reason: write one behind `#`")))
        .collect();
    for package in &metadata.packages {
        let place = format!("{} {}", package.name, package.version);
        match &package.licence {
            None => findings.push(Finding::new(place, "states no licence")),
            Some(licence) if !satisfied(licence, &|licence| allowed.allows(&package.name, licence)) => {
                findings.push(Finding::new(
                    place,
                    format!("is under `{licence}`, which deny.toml does not allow: drop it, or allow it with the reason"),
                ));
            }
            Some(_) => {}
        }
    }
    findings
}

/// Whether a choice within an SPDX expression is allowed. A slash is the old way to write OR.
fn satisfied(expression: &str, allows: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let result = any(&mut rest, allows);
    result && rest.is_empty()
}

fn any(words: &mut &[&str], allows: &dyn Fn(&str) -> bool) -> bool {
    let mut result = all(words, allows);
    while words.first() == Some(&"OR") {
        *words = &words[1..];
        result |= all(words, allows);
    }
    result
}

fn all(words: &mut &[&str], allows: &dyn Fn(&str) -> bool) -> bool {
    let mut result = one(words, allows);
    while words.first() == Some(&"AND") {
        *words = &words[1..];
        result &= one(words, allows);
    }
    result
}

fn one(words: &mut &[&str], allows: &dyn Fn(&str) -> bool) -> bool {
    let Some((first, rest)) = words.split_first() else { return false };
    *words = rest;
    if *first == "(" {
        let result = any(words, allows);
        let closed = words.first() == Some(&")");
        *words = words.get(1..).unwrap_or_default();
        return result && closed;
    }
    if let [with, exception, rest @ ..] = rest
        && *with == "WITH"
    {
        *words = rest;
        return allows(&format!("{first} WITH {exception}"));
    }
    allows(first)
}

#[cfg(test)]
mod tests {
    use super::super::metadata::Package;
    use super::*;

    #[test]
    fn expressions_are_read_as_spdx_means_them() {
        let allows = |licence: &str| ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&licence);
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/Apache-2.0",
            "(MIT OR GPL-3.0) AND ISC",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
            "ISC AND (GPL-3.0 OR ISC) AND MIT",
        ] {
            assert!(satisfied(good, &allows), "{good}");
        }
        for bad in
            ["GPL-3.0", "MIT AND GPL-3.0", "GPL-3.0 OR MIT AND GPL-2.0", "Apache-2.0", "(MIT", "MIT ISC", ""]
        {
            assert!(!satisfied(bad, &allows), "{bad}");
        }
    }

    #[test]
    fn the_list_is_read_with_exceptions_and_reasons() {
        let allowed = Allowed::parse(
            "[licenses]\nallow = [\n  \"MIT\",  # ours\n  \"X\",\n]\nexceptions = [\n  { crate = \"y\", allow = [\"MPL-2.0\"] },  # why\n]\n[bans]\n\"Z\",\n",
        );
        assert_eq!(allowed.licences, ["MIT", "X"]);
        assert_eq!(allowed.exceptions, [("y".to_owned(), "MPL-2.0".to_owned())]);
        assert_eq!(allowed.unexplained, ["X"]);
        assert!(allowed.allows("y", "MPL-2.0") && !allowed.allows("other", "MPL-2.0"));
    }

    #[test]
    fn a_package_without_a_good_licence_is_found() {
        let package = |name: &str, licence: Option<&str>| Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.map(str::to_owned),
            ..Package::default()
        };
        let packages = vec![package("good", Some("MIT")), package("bad", Some("GPL-3.0")), package("mute", None)];
        let metadata = Metadata { packages, ..Metadata::default() };
        let findings = check(&metadata, &Allowed { licences: vec!["MIT".to_owned()], ..Allowed::default() });
        let places: Vec<&str> = findings.iter().map(|finding| finding.place.as_str()).collect();
        assert_eq!(places, ["bad 1.0.0", "mute 1.0.0"]);
    }
}
