//! How long a recording is, so that lists can say "Voice message 0:12" before it is played.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use lofty::config::ParseOptions;
use lofty::file::AudioFile as _;
use lofty::probe::Probe;

use super::media::tracks;

/// The beginning of a file that is read to see what it is, and how long if it is WebM.
const HEAD: u64 = 64 * 1024;
/// The longest AMR recording that is measured: it has no index, so all of it is read. An hour is about 6 MB.
const LONGEST_AMR: u64 = 8 * 1024 * 1024;

/// The length in seconds, rounded, and at least one. None if the file does not say, or the format is not supported. Only its index
/// is read, except of AMR, and lofty allocates at most 16 MB, whatever the index claims.
pub async fn seconds(path: PathBuf) -> Option<u32> {
    tokio::task::spawn_blocking(move || read(&path)).await.ok()?
}

fn read(path: &Path) -> Option<u32> {
    let milliseconds = match beginning(path, HEAD)? {
        head if head.starts_with(b"#!AMR\n") => amr(&beginning(path, LONGEST_AMR + 1)?, b"#!AMR\n", &NARROW),
        head if head.starts_with(b"#!AMR-WB\n") => amr(&beginning(path, LONGEST_AMR + 1)?, b"#!AMR-WB\n", &WIDE),
        head if head.starts_with(b"\x1a\x45\xdf\xa3") => {
            let length = tracks::matroska_nanoseconds(&head)?;
            u64::try_from(std::time::Duration::try_from_secs_f64(length / 1e9).ok()?.as_millis()).ok()
        }
        _ => by_index(path),
    }?;
    let seconds = u32::try_from((milliseconds + 500) / 1_000).ok()?;
    (milliseconds > 0).then_some(seconds.max(1))
}

fn beginning(path: &Path, length: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(length).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The bytes of a frame by its type, with its header (RFC 4867, 3GPP TS 26.101 and 26.201); 0 for types that do not exist.
const NARROW: [usize; 16] = [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1];
const WIDE: [usize; 16] = [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1];

/// The milliseconds of an AMR file: 20 for each frame.
fn amr(file: &[u8], mark: &[u8], sizes: &[usize; 16]) -> Option<u64> {
    if file.len() as u64 > LONGEST_AMR {
        return None;
    }
    let (mut rest, mut frames) = (file.strip_prefix(mark)?, 0);
    while let Some(header) = rest.first() {
        let size = sizes[usize::from(header >> 3 & 0xf)];
        if size == 0 {
            return None;
        }
        // A recording may be cut off.
        let Some(behind) = rest.get(size..) else { break };
        (rest, frames) = (behind, frames + 1);
    }
    Some(frames * 20)
}

/// The milliseconds according to the index of the file.
fn by_index(path: &Path) -> Option<u64> {
    let options = ParseOptions::new().read_tags(false).read_cover_art(false);
    // Files in the media folder have no extension: their bytes say what they are.
    let probe = Probe::open(path).ok()?.options(options).guess_file_type().ok()?;
    u64::try_from(probe.read().ok()?.properties().duration().as_millis()).ok()
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

    /// A WebM file with this `Info`.
    fn webm(info: &[u8]) -> Vec<u8> {
        let info = [&[0x15, 0x49, 0xa9, 0x66, 0x80 | u8::try_from(info.len()).unwrap()][..], info].concat();
        // The length of the segment is unknown, as in a recording that is streamed.
        let head = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff";
        [&head[..], &info, b"\x16\x54\xae\x6b\x80"].concat()
    }

    #[test]
    fn amr_is_as_long_as_its_frames() {
        let narrow = [b"#!AMR\n".to_vec(), [&[0x3c][..], &[0; 31]].concat().repeat(600)].concat();
        assert_eq!(of(&narrow), Some(12));
        assert_eq!(of(&narrow[..narrow.len() - 7]), Some(12), "cut off in its last frame");
        let silence = [b"#!AMR-WB\n".to_vec(), [&[0x44][..], &[0; 60], &[0x7c]].concat().repeat(300)].concat();
        assert_eq!(of(&silence), Some(12));
        assert_eq!(of(b"#!AMR\n\x4c\x4c\x4c"), None, "no frame has this type");
        let endless = [b"#!AMR\n".to_vec(), vec![0x7c; 9 * 1024 * 1024]].concat();
        assert_eq!(of(&endless), None, "more than is read");
    }

    #[test]
    fn webm_is_as_long_as_it_says() {
        let float = [&[0x44, 0x89, 0x84][..], &12_345.0_f32.to_be_bytes()].concat();
        let double =
            [&[0x44, 0x89, 0x88][..], &123_450.0_f64.to_be_bytes(), &[0x2a, 0xd7, 0xb1, 0x83, 1, 0x86, 0xa0]]
                .concat();
        assert_eq!(of(&webm(&float)), Some(12));
        assert_eq!(of(&webm(&double)), Some(12), "in tenths of milliseconds");
        for wrong in [f64::NAN, f64::INFINITY, -5.0, 0.0, 1e300] {
            let wrong = [&[0x44, 0x89, 0x88][..], &wrong.to_be_bytes()].concat();
            assert_eq!(of(&webm(&wrong)), None);
        }
        assert_eq!(of(&webm(b"")), None, "it does not say");
        assert_eq!(of(b"\x1a\x45\xdf\xa3\xff\xff\xff"), None);
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
