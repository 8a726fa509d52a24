//! Inside a crate, imports go one way too: no two modules directly below `src` import each other, not even by way of
//! others. The graph is read from `use crate::x`, `crate::x::` and `super::x` paths; what only tests import is left
//! out, for a test may set its scene with whatever it needs.

use super::Finding;
use super::code;
use super::files::File;
use super::purity::words;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Crates with so many modules that only a rule keeps them apart.
const CRATES: &[&str] = &["engine", "server", "sandbox"];

/// The root file itself, which composes the modules.
const ROOT: &str = "lib";

/// The shortest cycles in the crates that must have none.
pub fn check(files: &[File]) -> Vec<Finding> {
    CRATES.iter().flat_map(|name| cycles(name, files)).collect()
}

/// Importing module, imported module, and the first place where that happens.
type Graph = BTreeMap<String, BTreeMap<String, String>>;

fn cycles(name: &str, files: &[File]) -> Vec<Finding> {
    let folder = format!("crates/{name}/src/");
    let graph = graph(&folder, files);
    let mut seen = BTreeSet::new();
    for (from, targets) in &graph {
        for to in targets.keys() {
            let Some(mut modules) = shortest(&graph, to, from) else { continue };
            // The same cycle is found once from each of its edges.
            let first = (0..modules.len()).min_by_key(|at| &modules[*at]).unwrap_or_default();
            modules.rotate_left(first);
            seen.insert(modules);
        }
    }
    // Most of the longer ones vanish with the pairs, so pairs come first.
    let shown = seen.iter().map(Vec::len).min().unwrap_or_default().max(2);
    let seen = seen.iter().filter(|modules| modules.len() == shown);
    seen.map(|modules| Finding::new(format!("crates/{name}"), sentence(&graph, modules))).collect()
}

fn sentence(graph: &Graph, modules: &[String]) -> String {
    let next = modules.iter().cycle().skip(1);
    let edges =
        modules.iter().zip(next).map(|(from, to)| format!("`{from}` imports `{to}` ({})", graph[from][to]));
    let edges: Vec<String> = edges.collect();
    format!("{}: move what they share into a module below all of them", edges.join(" and "))
}

/// The modules on the shortest way, both ends included.
fn shortest(graph: &Graph, from: &str, to: &str) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![from.to_owned()]]);
    let mut seen = BTreeSet::from([from.to_owned()]);
    while let Some(way) = ways.pop_front() {
        let last = way.last()?;
        if last == to {
            return Some(way);
        }
        for next in graph.get(last).into_iter().flat_map(BTreeMap::keys) {
            if seen.insert(next.clone()) {
                ways.push_back([way.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

fn graph(folder: &str, files: &[File]) -> Graph {
    let sources: Vec<(Vec<&str>, &File)> = files
        .iter()
        .filter_map(|file| Some((file.path.strip_prefix(folder)?.strip_suffix(".rs")?.split('/').collect(), file)))
        .filter(|(path, _): &(Vec<&str>, _)| !path.contains(&"tests") && path != &["main"])
        .collect();
    let modules: BTreeSet<&str> = sources.iter().map(|(path, _)| path[0]).filter(|name| *name != ROOT).collect();
    let read = |file: &File| without_tests(&code::only(&file.text)).to_owned();

    // What the root only passes on belongs to the module that it comes from.
    let mut passed_on = BTreeMap::new();
    for (_, file) in sources.iter().filter(|(path, _)| path == &[ROOT]) {
        for path in read(file).split("pub use ").skip(1).filter_map(|rest| rest.split(';').next()) {
            let module = words(path).map(|(_, word)| word).find(|word| modules.contains(word));
            for (_, name) in words(path) {
                passed_on.insert(name.to_owned(), module.unwrap_or(ROOT).to_owned());
            }
        }
    }

    let mut graph = Graph::new();
    for (path, file) in &sources {
        let code = read(file);
        let is_root = path == &[ROOT];
        let depth = path.len() - usize::from(path.last() == Some(&"mod"));
        for (line, text) in imports(&code, if is_root { 0 } else { depth }) {
            let target = if modules.contains(text.as_str()) {
                text
            } else {
                passed_on.get(&text).cloned().unwrap_or_else(|| ROOT.to_owned())
            };
            if target != path[0] {
                let place = format!("{}:{line}", file.path);
                graph.entry(path[0].to_owned()).or_default().entry(target).or_insert(place);
            }
        }
    }
    graph
}

/// The code before the unit tests at the end of a file.
fn without_tests(code: &str) -> &str {
    let tests = code.match_indices("#[cfg(test)]").find(|(at, mark)| {
        let behind = code[at + mark.len()..].trim_start();
        behind.starts_with("mod ") && behind.split('\n').next().is_some_and(|line| line.contains('{'))
    });
    tests.map_or(code, |(at, _)| &code[..at])
}

/// Line and first word of each path that begins at the root of the crate. `depth` says how many `super` lead there.
fn imports(code: &str, depth: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    for (line, text) in code.lines().enumerate() {
        for (column, word) in words(text) {
            let start = at + column;
            let before = code[..start].trim_end();
            let goes_on = before.ends_with("::") && !before.ends_with("$::");
            let behind = match word {
                "crate" => code[start + word.len()..].trim_start().strip_prefix("::"),
                "super" if !goes_on && depth > 0 => above(&code[start..], depth),
                // In the root file a path begins with the module itself.
                word if depth == 0 && !goes_on && begins_path(word, &code[start..], before) => {
                    Some(&code[start..])
                }
                _ => None,
            };
            for first in behind.into_iter().flat_map(firsts) {
                found.push((line + 1, first));
            }
        }
        at += text.len() + 1;
    }
    found
}

fn begins_path(word: &str, rest: &str, before: &str) -> bool {
    rest[word.len()..].starts_with("::") || before.ends_with("use")
}

/// What follows exactly `depth` times `super::`.
fn above(rest: &str, depth: usize) -> Option<&str> {
    let mut rest = rest;
    let mut count = 0;
    while let Some(behind) = rest.trim_start().strip_prefix("super") {
        rest = behind.trim_start().strip_prefix("::")?;
        count += 1;
    }
    (count == depth).then_some(rest)
}

/// The first words of a path or of each path in braces. A macro's name is none.
fn firsts(path: &str) -> Vec<String> {
    let path = path.trim_start();
    let Some(group) = path.strip_prefix('{') else {
        let word = words(path).next().filter(|(at, _)| *at == 0).map(|(_, word)| word);
        let word = word.filter(|word| !path[word.len()..].starts_with('!'));
        return word.into_iter().map(str::to_owned).collect();
    };
    let (mut depth, mut start, mut found) = (0_i32, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.extend(firsts(&group[start..at]));
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File { path: format!("crates/a/src/{path}"), text: (*text).to_owned() })
            .collect();
        cycles("a", &files).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn two_modules_that_import_each_other_are_found_with_both_places() {
        let found = found(&[
            ("lib.rs", "mod one;\nmod two;\npub use one::A;\n"),
            ("one.rs", "//! crate::two is only mentioned.\n\nuse crate::two::B;\n"),
            ("two/mod.rs", "mod deep;\n"),
            ("two/deep.rs", "use std::fs;\nfn f(a: &crate::one::A) {}\n"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        let text =
            "`one` imports `two` (crates/a/src/one.rs:3) and `two` imports `one` (crates/a/src/two/deep.rs:2)";
        assert!(found[0].starts_with(text), "{found:?}");
    }

    #[test]
    fn a_longer_way_round_is_found_once() {
        let found = found(&[
            ("one.rs", "use crate::{two::B, std};"),
            ("two.rs", "use crate::three;"),
            ("three.rs", "fn f() { super::one::f(); }"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("`three` imports `one` (crates/a/src/three.rs:1)"));
    }

    #[test]
    fn imports_in_one_direction_pass() {
        let files = [
            ("lib.rs", "mod one;\nmod two;\nuse two::B;\nfn f() { one::g(); }\n"),
            ("main.rs", "use a::one;\n"),
            ("one.rs", "use crate::two::{self, C};\nuse super::two::D;\npub(crate) fn g() {}\n"),
            ("two/mod.rs", "mod x;\nuse self::x::X;\n"),
            ("two/x.rs", "use super::one;\nuse crate::two::C;\n"),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }

    #[test]
    fn what_only_tests_import_does_not_count() {
        let files = [
            ("one.rs", "use crate::two;\n"),
            ("two.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::one;\n}\n"),
            ("two/tests.rs", "use crate::one;\n"),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }

    #[test]
    fn the_root_takes_part_unless_it_only_passes_on() {
        let lib = "mod one;\npub mod two;\npub use two::B;\npub struct Shared(one::A);\n";
        let passed_on = found(&[("lib.rs", lib), ("one.rs", "use crate::B;\n"), ("two.rs", "pub struct B;\n")]);
        assert_eq!(passed_on, Vec::<String>::new());
        let own = found(&[("lib.rs", lib), ("one.rs", "use crate::Shared;\n"), ("two.rs", "")]);
        assert_eq!(own.len(), 1, "{own:?}");
        assert!(own[0].starts_with("`lib` imports `one` (crates/a/src/lib.rs:4) and `one` imports `lib`"));
    }

    #[test]
    fn a_crate_that_does_not_exist_yet_has_no_cycles() {
        assert_eq!(cycles("engine", &[]), []);
    }
}
