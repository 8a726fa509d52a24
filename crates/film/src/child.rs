//! What the programs that we start know of us: where programs, fonts and words are, and nothing else. Passwords and keys are
//! often given to a server in its environment, and a browser shows pages that others wrote.

use std::process::Command;

/// Variables that a program needs to run.
const NEEDED: [&str; 9] =
    ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "LD_LIBRARY_PATH"];

/// Takes from a program all of our environment but what it needs.
pub fn bare(command: &mut Command) -> &mut Command {
    command.env_clear().envs(NEEDED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_what_it_needs_and_no_more() {
        let mut command = Command::new("env");
        let output = bare(command.env("DESKBELL_SECRET_KEY", "key")).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("PATH="), "{text}");
        // Cargo sets many variables for tests.
        assert!(!text.contains("CARGO") && !text.contains("DESKBELL"), "{text}");
    }
}
