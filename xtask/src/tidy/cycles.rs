//! Inside a crate, imports go one way too: no two modules import each other, not even by way of others. The modules are
//! those directly below `src`, and those inside a folder that holds most of a crate. The graph is read from `use crate::x`, `crate::x::` and `super::x` paths; what only tests import is left
//! out, for a test may set its scene with whatever it needs.

use super::Finding;
use super::code;
use super::files::File;
use super::purity::words;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Crates whose number of modules requires a rule to keep them separate, and their folders whose modules are compared
/// one by one.
const CRATES: &[(&str, &[&str])] = &[("engine", &[]), ("server", &["web", "web/api"]), ("sandbox", &[])];

/// The root file itself, which composes the modules.
const ROOT: &str = "lib";

/// The shortest cycles in the crates that must have none.
pub fn check(files: &[File]) -> Vec<Finding> {
    CRATES.iter().flat_map(|(name, folders)| cycles(name, folders, files)).collect()
}

/// Importing module, imported module, and the first place where that happens.
type Graph = BTreeMap<String, BTreeMap<String, String>>;

fn cycles(name: &str, folders: &[&str], files: &[File]) -> Vec<Finding> {
    let folder = format!("crates/{name}/src/");
    let graph = graph(&folder, folders, files);
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

fn graph(folder: &str, folders: &[&str], files: &[File]) -> Graph {
    let sources: Vec<(Vec<&str>, &File)> = files
        .iter()
        .filter_map(|file| Some((file.path.strip_prefix(folder)?.strip_suffix(".rs")?.split('/').collect(), file)))
        .map(|(mut path, file): (Vec<&str>, _)| {
            path.pop_if(|last| *last == "mod");
            (path, file)
        })
        .filter(|(path, _)| !path.contains(&"tests") && path != &["main"])
        .collect();
    let all = sources.iter().map(|(path, _)| compared(path, folders));
    let modules: BTreeSet<String> = all.filter(|name| name != ROOT).collect();
    let read = |file: &File| without_tests(&code::only(&file.text)).to_owned();

    // What the root only passes on belongs to the module that it comes from.
    let mut passed_on = BTreeMap::new();
    for (_, file) in sources.iter().filter(|(path, _)| path == &[ROOT]) {
        for path in read(file).split("pub use ").skip(1).filter_map(|rest| rest.split(';').next()) {
            let module = words(path).map(|(_, word)| word).find(|word| modules.contains(*word));
            for (_, name) in words(path) {
                passed_on.insert(name.to_owned(), module.unwrap_or(ROOT).to_owned());
            }
        }
    }

    let mut graph = Graph::new();
    for (path, file) in &sources {
        let code = read(file);
        let is_root = path == &[ROOT];
        let from = compared(path, folders);
        for (line, path) in imports(&code, if is_root { &[] } else { path }) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let target =
                (1..=path.len()).rev().map(|n| compared(&path[..n], folders)).find(|it| modules.contains(it));
            let target = target.unwrap_or_else(|| {
                path.first().and_then(|name| passed_on.get(*name)).cloned().unwrap_or_else(|| ROOT.to_owned())
            });
            // A folder's own file composes what is in it.
            if target != from && !target.starts_with(&format!("{from}::")) {
                let place = format!("{}:{line}", file.path);
                graph.entry(from.clone()).or_default().entry(target).or_insert(place);
            }
        }
    }
    graph
}

/// The module that a path is compared as: the first one, or one further down inside of `folders`.
fn compared(path: &[&str], folders: &[&str]) -> String {
    let mut length = 1;
    while length < path.len() && folders.contains(&path[..length].join("/").as_str()) {
        length += 1;
    }
    path[..length.min(path.len())].join("::")
}

/// The code before the unit tests at the end of a file.
fn without_tests(code: &str) -> &str {
    let tests = code.match_indices("#[cfg(test)]").find(|(at, mark)| {
        let behind = code[at + mark.len()..].trim_start();
        behind.starts_with("mod ") && behind.split('\n').next().is_some_and(|line| line.contains('{'))
    });
    tests.map_or(code, |(at, _)| &code[..at])
}

/// Line and path of each import, from the root of the crate on. `module` is where the code is; empty for the root.
fn imports(code: &str, module: &[&str]) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let mut at = 0;
    for (line, text) in code.lines().enumerate() {
        for (column, word) in words(text) {
            let start = at + column;
            let before = code[..start].trim_end();
            let goes_on = before.ends_with("::") && !before.ends_with("$::");
            let behind = match word {
                "crate" => code[start + word.len()..].trim_start().strip_prefix("::").map(|rest| (&[][..], rest)),
                "super" if !goes_on => above(&code[start..], module),
                // In the root file a path begins with the module itself.
                word if module.is_empty() && !goes_on && begins_path(word, &code[start..], before) => {
                    Some((&[][..], &code[start..]))
                }
                _ => None,
            };
            if let Some((base, rest)) = behind {
                for path in paths(rest) {
                    let whole = base.iter().map(|part| (*part).to_owned()).chain(path).collect();
                    found.push((line + 1, whole));
                }
            }
        }
        at += text.len() + 1;
    }
    found
}

fn begins_path(word: &str, rest: &str, before: &str) -> bool {
    rest[word.len()..].starts_with("::") || before.ends_with("use")
}

/// What follows `super::`, once or several times, and the module that it leads to.
fn above<'a, 'b>(rest: &'a str, module: &'b [&'b str]) -> Option<(&'b [&'b str], &'a str)> {
    let (mut rest, mut module) = (rest, module);
    while let Some(behind) = rest.trim_start().strip_prefix("super") {
        rest = behind.trim_start().strip_prefix("::")?;
        module = module.split_last()?.1;
    }
    Some((module, rest))
}

/// Every path in a path with braces. A macro's name is none.
fn paths(path: &str) -> Vec<Vec<String>> {
    let path = path.trim_start();
    if let Some(group) = path.strip_prefix('{') {
        return parts(group).into_iter().flat_map(paths).collect();
    }
    let Some((_, word)) = words(path).next().filter(|(at, _)| *at == 0) else { return Vec::new() };
    let behind = &path[word.len()..];
    if behind.starts_with('!') {
        return Vec::new();
    }
    let further = behind.trim_start().strip_prefix("::").map(paths).unwrap_or_default();
    let further = if further.is_empty() { vec![Vec::new()] } else { further };
    further.into_iter().map(|rest| [vec![word.to_owned()], rest].concat()).collect()
}

/// The parts between the commas of a group, up to its closing brace.
fn parts(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_i32, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.push(&group[start..at]);
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
        cycles("a", &["web"], &files).into_iter().map(|finding| finding.text).collect()
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
    fn modules_of_a_folder_that_holds_most_of_a_crate_are_compared_one_by_one() {
        let found = found(&[
            ("lib.rs", "mod web;\n"),
            ("web.rs", "mod one;\nmod two;\nuse one::A;\nfn f() { crate::web::two::g(); }\n"),
            ("web/one.rs", "use crate::web::{two::{self, B}, three};\n"),
            ("web/two/deep.rs", "use super::super::one::A;\nuse super::other;\n"),
            ("web/three.rs", "use std::fs;\n"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        let text = "`web::one` imports `web::two` (crates/a/src/web/one.rs:1) and `web::two` imports `web::one`";
        assert!(found[0].starts_with(text), "{found:?}");
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
        assert_eq!(cycles("engine", &[], &[]), []);
    }
}
