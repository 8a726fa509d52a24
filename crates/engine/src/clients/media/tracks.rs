//! The tracks of a container. MP4 and Matroska files begin the same way with a video or a voice message: only the
//! tracks differ.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// The kinds of tracks in a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracks {
    /// At least one is video.
    Video,
    /// Audio and no video.
    Audio,
}

/// The maximum number of boxes that are read: real files have far fewer.
const MOST_BOXES: u32 = 10_000;
/// The depth of the box with a track's kind.
const DEPTH: u32 = 3;

/// The tracks of an MP4 file or one of its relatives; None if its index is not found or lists none.
pub fn iso(path: &Path) -> Option<Tracks> {
    let mut file = BufReader::new(File::open(path).ok()?);
    let end = file.seek(SeekFrom::End(0)).ok()?;
    let (mut kinds, mut left) = (Vec::new(), MOST_BOXES);
    // A truncated file may still list its tracks.
    let _ = boxes(&mut file, (0, end), DEPTH, &mut left, &mut kinds);
    tracks(kinds.contains(b"vide"), kinds.contains(b"soun"))
}

fn tracks(video: bool, audio: bool) -> Option<Tracks> {
    match (video, audio) {
        (true, _) => Some(Tracks::Video),
        (false, true) => Some(Tracks::Audio),
        (false, false) => None,
    }
}

/// Collects the handlers of the tracks (`moov/trak/mdia/hdlr`) between two places.
fn boxes(
    file: &mut (impl Read + Seek),
    (mut at, end): (u64, u64),
    depth: u32,
    left: &mut u32,
    kinds: &mut Vec<[u8; 4]>,
) -> io::Result<()> {
    while at + 8 <= end && *left > 0 {
        *left -= 1;
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [s1, s2, s3, s4, name @ ..] = head;
        let (length, begins) = match u32::from_be_bytes([s1, s2, s3, s4]) {
            // To the end of its parent.
            0 => (end - at, 8),
            1 => {
                let mut long = [0; 8];
                file.read_exact(&mut long)?;
                (u64::from_be_bytes(long), 16)
            }
            length => (u64::from(length), 8),
        };
        if length < begins {
            return Ok(());
        }
        let behind = at.saturating_add(length).min(end);
        match &name {
            b"moov" | b"trak" | b"mdia" if depth > 0 => {
                boxes(file, (at + begins, behind), depth - 1, left, kinds)?
            }
            b"hdlr" => {
                // Version and flags, a reserved word, and then the kind.
                let mut body = [0; 12];
                file.read_exact(&mut body)?;
                let [.., k1, k2, k3, k4] = body;
                kinds.push([k1, k2, k3, k4]);
            }
            _ => {}
        }
        at = behind;
    }
    Ok(())
}

/// The tracks of a Matroska or WebM file, as far as its beginning lists them.
pub fn matroska(head: &[u8]) -> Option<Tracks> {
    let (mut video, mut audio) = (false, false);
    elements(head, 0, &mut |kind| match kind {
        1 => video = true,
        2 => audio = true,
        _ => {}
    });
    tracks(video, audio)
}

/// Calls `found` with the type of each track: Segment, Tracks, TrackEntry, TrackType.
fn elements(mut bytes: &[u8], depth: u32, found: &mut dyn FnMut(u8)) {
    while let Some((id, length, rest)) = element(bytes) {
        let (body, behind) = rest.split_at(length.min(rest.len()));
        match id {
            0x1853_8067 | 0x1654_ae6b | 0xae if depth < 4 => elements(body, depth + 1, found),
            0x83 => body.last().copied().into_iter().for_each(&mut *found),
            _ => {}
        }
        bytes = behind;
    }
}

/// How long a Matroska or WebM file is, in nanoseconds, if its beginning says so: Segment, Info, Duration. What a browser records
/// says nothing.
pub fn matroska_nanoseconds(head: &[u8]) -> Option<f64> {
    /// What `Duration` counts in, unless the file says otherwise: milliseconds.
    const SCALE: f64 = 1_000_000.0;
    let (mut scale, mut duration) = (SCALE, None);
    let info = child(child(head, 0x1853_8067)?, 0x1549_a966)?;
    let mut bytes = info;
    while let Some((id, length, rest)) = element(bytes) {
        let (body, behind) = rest.split_at(length.min(rest.len()));
        match (id, body.len()) {
            (0x002a_d7b1, 1..=4) => {
                scale = body.iter().fold(0.0, |number, byte| number * 256.0 + f64::from(*byte))
            }
            (0x4489, 4) => duration = body.try_into().ok().map(|bytes| f64::from(f32::from_be_bytes(bytes))),
            (0x4489, 8) => duration = body.try_into().ok().map(f64::from_be_bytes),
            _ => {}
        }
        bytes = behind;
    }
    duration.map(|duration| duration * scale)
}

/// The first element with this id.
fn child(mut bytes: &[u8], wanted: u32) -> Option<&[u8]> {
    loop {
        let (id, length, rest) = element(bytes)?;
        let (body, behind) = rest.split_at(length.min(rest.len()));
        if id == wanted {
            return Some(body);
        }
        bytes = behind;
    }
}

/// An element's id, its length, and what follows these two.
fn element(bytes: &[u8]) -> Option<(u32, usize, &[u8])> {
    let first = *bytes.first()?;
    let width = first.leading_zeros() as usize + 1;
    let id =
        bytes.get(..width.min(5)).filter(|_| width <= 4)?.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let rest = bytes.get(width..)?;
    let first = *rest.first()?;
    let width = first.leading_zeros() as usize + 1;
    let mask = 0xff_u64.checked_shr(u32::try_from(width).ok()?).unwrap_or(0);
    let digits = rest.get(1..width)?;
    let length = digits.iter().fold(u64::from(first) & mask, |length, byte| length << 8 | u64::from(*byte));
    // All ones: the length is unknown, and the element ends with its parent.
    let unknown = length == (1_u64 << (7 * width).min(63)) - 1;
    let length = if unknown { usize::MAX } else { usize::try_from(length).unwrap_or(usize::MAX) };
    Some((id, length, rest.get(width..)?))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], name, body].concat()
    }

    /// An MP4 with an index of these tracks, before or after its data.
    pub fn mp4(kinds: &[&[u8; 4]], index_last: bool) -> Vec<u8> {
        let tracks = kinds.iter().map(|kind| {
            let handler = boxed(b"hdlr", &[&[0; 8][..], *kind, &[0; 12]].concat());
            boxed(
                b"trak",
                &[boxed(b"tkhd", &[0; 84]), boxed(b"mdia", &[boxed(b"mdhd", &[0; 24]), handler].concat())]
                    .concat(),
            )
        });
        let index =
            boxed(b"moov", &[boxed(b"mvhd", &[0; 100])].into_iter().chain(tracks).collect::<Vec<_>>().concat());
        let (brand, data) = (boxed(b"ftyp", b"isom\0\0\x02\0isomiso2"), boxed(b"mdat", &[7; 3_000]));
        if index_last { [brand, data, index].concat() } else { [brand, index, data].concat() }
    }

    fn read(bytes: &[u8]) -> Option<Tracks> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        iso(file.path())
    }

    #[test]
    fn the_index_of_an_mp4_names_its_tracks_wherever_it_is() {
        for last in [false, true] {
            assert_eq!(read(&mp4(&[b"soun"], last)), Some(Tracks::Audio));
            assert_eq!(read(&mp4(&[b"soun", b"vide"], last)), Some(Tracks::Video));
            assert_eq!(read(&mp4(&[b"hint"], last)), None);
        }
        let whole = mp4(&[b"soun"], false);
        assert_eq!(read(&whole[..whole.len() - 3_000]), Some(Tracks::Audio), "cut off behind the index");
        assert_eq!(read(b"\0\0\0\x18ftypisom...."), None);
    }

    #[test]
    fn a_container_that_is_broken_on_purpose_ends() {
        let inside_itself = [&8_u32.to_be_bytes()[..], b"moov"].concat();
        let nested =
            (1..20_000_u32).flat_map(|n| [&((20_000 - n) * 8).to_be_bytes()[..], b"moov"].concat()).collect();
        for bytes in [
            nested,
            vec![0; 4_000],
            inside_itself.repeat(50_000),
            b"\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        ] {
            assert_eq!(read(&bytes), None);
        }
        assert_eq!(matroska(&[0xff; 100]), None);
        assert_eq!(matroska(b"\x1a\x45\xdf\xa3\x01"), None);
    }

    #[test]
    fn the_tracks_of_a_matroska_are_found_in_a_segment_of_unknown_length() {
        let file = |kind: u8| {
            let entry = [0xae, 0x83, 0x83, 0x81, kind];
            let tracks = [&[0x16, 0x54, 0xae, 0x6b, 0x85][..], &entry].concat();
            let head = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm";
            [&head[..], b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff", &tracks].concat()
        };
        assert_eq!(matroska(&file(1)), Some(Tracks::Video));
        assert_eq!(matroska(&file(2)), Some(Tracks::Audio));
        assert_eq!(matroska(&file(17)), None, "subtitles");
    }
}
