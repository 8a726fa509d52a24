//! Commands of the program, as an operator runs them.

use std::io::Write as _;
use std::process::Stdio;

use super::TestApp;

impl TestApp {
    /// Runs a command of the program on this installation, with these additional settings; returns its exit code,
    /// stdout and stderr.
    pub async fn command(&self, words: &[&str], settings: &[(&str, &str)]) -> (Option<i32>, String, String) {
        self.run(words, settings, "").await
    }

    /// The same with these words on stdin.
    pub async fn command_reading(&self, input: &str, words: &[&str]) -> (Option<i32>, String, String) {
        self.run(words, &[], input).await
    }

    async fn run(&self, words: &[&str], settings: &[(&str, &str)], input: &str) -> (Option<i32>, String, String) {
        let config = &self.config;
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command
            .args(words)
            .env("DESKBELL_DATA_DIR", &config.data_dir)
            .env("DESKBELL_DATABASE_URL", &config.database_url)
            .env("DESKBELL_PUBLIC_URL", &config.public_url)
            .env("DESKBELL_META_GRAPH_URL", &config.meta_graph_url)
            .env("DESKBELL_META_DIALOG_URL", &config.meta_dialog_url)
            .env("DESKBELL_META_INSTAGRAM_GRAPH_URL", &config.meta_instagram_graph_url)
            .env("DESKBELL_META_INSTAGRAM_DIALOG_URL", &config.meta_instagram_dialog_url)
            .env("DESKBELL_SECRET_KEY", &*config.secret_key.clone().unwrap_or_default())
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let input = input.to_owned();
        let run = move || {
            let mut child = command.spawn()?;
            let mut stdin = child.stdin.take().expect("it is piped");
            // A program that reads nothing may be gone already.
            let _ = stdin.write_all(input.as_bytes());
            drop(stdin);
            child.wait_with_output()
        };
        let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
}
