//! The programs that the tests need.

use std::path::PathBuf;

/// Where they are.
pub struct Tools {
    pub chromium: PathBuf,
    #[allow(dead_code, reason = "printing needs no ffmpeg")]
    pub ffmpeg: PathBuf,
}

/// Both programs; where they are missing the test is skipped, loudly, and never in CI.
pub fn both() -> Option<Tools> {
    match (film::tools::chromium(None), film::tools::ffmpeg(None)) {
        (Ok(chromium), Ok(ffmpeg)) => Some(Tools { chromium, ffmpeg }),
        (chromium, ffmpeg) => {
            let error = chromium.err().or(ffmpeg.err()).unwrap();
            assert!(std::env::var_os("CI").is_none(), "{error}");
            eprintln!("SKIPPED, NOTHING IS TESTED HERE: {error}");
            None
        }
    }
}
