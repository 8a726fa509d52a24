//! How long a recording is, so that lists can say "Voice message 0:12" before it is played.

use std::path::{Path, PathBuf};

use lofty::config::ParseOptions;
use lofty::file::AudioFile as _;
use lofty::probe::Probe;

/// The length in seconds, rounded, and at least one. None if it is unknown, or the format is not supported (AMR,
/// WebM). Only its index is read, and lofty allocates at most 16 MB, whatever the index claims.
pub async fn seconds(path: PathBuf) -> Option<u32> {
    tokio::task::spawn_blocking(move || read(&path)).await.ok()?
}

fn read(path: &Path) -> Option<u32> {
    let options = ParseOptions::new().read_tags(false).read_cover_art(false);
    // Files in the media folder have no extension: their bytes say what they are.
    let probe = Probe::open(path).ok()?.options(options).guess_file_type().ok()?;
    let length = probe.read().ok()?.properties().duration();
    let seconds = u32::try_from((length.as_millis() + 500) / 1_000).ok()?;
    (!length.is_zero()).then_some(seconds.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Option<u32> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        read(file.path())
    }

    #[test]
    fn the_recordings_of_each_channel_say_how_long_they_are() {
        for (kind, bytes) in [
            ("Opus", include_bytes!("recording/silence.ogg").as_slice()),
            ("AAC", include_bytes!("recording/silence.m4a")),
            ("MP3", include_bytes!("recording/silence.mp3")),
        ] {
            assert_eq!(of(bytes), Some(12), "{kind}");
        }
    }

    #[test]
    fn what_is_no_recording_or_broken_has_no_length() {
        let voice = include_bytes!("recording/silence.m4a");
        assert_eq!(of(b""), None);
        assert_eq!(of(b"#!AMR\n\x3c\x48\x77"), None);
        assert_eq!(of(b"<html><body>Not found</body></html>"), None);
        for end in (0..voice.len()).step_by(97) {
            // Wherever the file is cut off, it must not panic.
            let _ = of(&voice[..end]);
        }
    }
}
