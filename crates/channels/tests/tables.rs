//! What each channel allows, as tables: how long after the customer's last action bots and people may write, and what
//! can be sent at all.

use channels::Channels;
use domain::capabilities::{Capabilities, Receipts, Unit};
use domain::channel::Channel;
use domain::failure::Failure;
use domain::inbound::FileKind;
use domain::outbound::Speaker;
use domain::time::{DAY, HOUR, Micros};
use domain::window::{Permit, may_reply, may_send, window};

fn of(channel: Channel) -> &'static Capabilities {
    Channels::default().get(channel).expect("this program has the channel").capabilities()
}

/// R: with RESPONSE; H: with HUMAN_AGENT; -: not at all.
fn permit(channel: Channel, speaker: Speaker, age: Option<i64>, feature: bool) -> char {
    let (policy, wrote) = (&of(channel).window, Micros(1_000 * DAY));
    let window = window(age.map(|_| wrote), policy, feature);
    match may_send(wrote.plus(age.unwrap_or(0)), &window, policy, speaker) {
        Permit::Response => 'R',
        Permit::HumanAgent => 'H',
        Permit::Closed(_) => '-',
    }
}

#[test]
fn who_may_write_when_on_messenger_and_instagram() {
    use Speaker::{Agent, Bot};
    let ages = [None, Some(0), Some(23 * HOUR), Some(DAY - 1), Some(DAY), Some(7 * DAY - 1), Some(7 * DAY)];
    // Both channels have the 24 hours, and 7 days for people with Meta's feature (§3.5).
    let table =
        [(Bot, false, "-RRR---"), (Bot, true, "-RRR---"), (Agent, false, "-RRR---"), (Agent, true, "-RRRHH-")];
    for channel in [Channel::MESSENGER, Channel::INSTAGRAM] {
        for (speaker, feature, expected) in table {
            let row: String = ages.iter().map(|age| permit(channel, speaker, *age, feature)).collect();
            assert_eq!(row, expected, "{channel}, {speaker:?}, feature {feature}");
        }
    }
}

#[test]
fn a_comment_has_seven_days_on_messenger_and_instagram() {
    for channel in [Channel::MESSENGER, Channel::INSTAGRAM] {
        let limit = of(channel).window.comment.unwrap();
        let at = |age| may_reply(Micros(1_000 * DAY).plus(age), Micros(1_000 * DAY), None, false, limit);
        assert_eq!(at(0), Ok(()), "{channel}");
        assert_eq!(at(7 * DAY - 1), Ok(()), "{channel}");
        assert!(matches!(at(7 * DAY), Err(Failure::CommentTooOld { .. })), "{channel}");
    }
}

#[test]
fn what_each_channel_can_do() {
    let described = |channel| {
        let it = of(channel);
        (
            (it.text.request, it.text.unit),
            it.choices.map(|choices| choices.most),
            it.templates.map(|templates| templates.types),
            (it.reactions, it.reaction_emoji),
            (it.typing, it.edits, it.personas),
            it.receipts,
            it.files.pictures,
            it.rates.per_second,
        )
    };
    let all: &[&str] = &["button", "generic", "media", "receipt"];
    let none: &[&str] = &[];
    assert_eq!(
        described(Channel::MESSENGER),
        (
            (1_999, Unit::Characters),
            Some(13),
            Some(all),
            (true, none),
            (true, true, true),
            Receipts::Watermark,
            30,
            300
        )
    );
    let generic: &[&str] = &["generic"];
    let heart: &[&str] = &["❤"];
    assert_eq!(
        described(Channel::INSTAGRAM),
        (
            (1_000, Unit::Bytes),
            Some(13),
            Some(generic),
            (true, heart),
            (true, true, false),
            Receipts::Message,
            10,
            100
        )
    );
}

#[test]
fn which_files_each_channel_takes() {
    const MB: u64 = 1024 * 1024;
    // kind, type, size in MB: accepted by Messenger, by Instagram
    let table = [
        (FileKind::Image, "image/jpeg", 8, true, true),
        (FileKind::Image, "image/jpeg", 9, true, false),
        (FileKind::Image, "image/gif", 1, true, false),
        (FileKind::Sticker, "image/png", 1, true, true),
        (FileKind::Video, "video/mp4", 25, true, true),
        (FileKind::Video, "video/mp4", 26, false, false),
        (FileKind::Video, "video/x-matroska", 1, true, false),
        (FileKind::Audio, "audio/mp4", 1, true, true),
        (FileKind::Audio, "audio/mpeg", 1, true, false),
        (FileKind::File, "application/pdf", 25, true, true),
        (FileKind::File, "application/zip", 1, true, false),
    ];
    for (kind, mime, megabytes, messenger, instagram) in table {
        for (channel, taken) in [(Channel::MESSENGER, messenger), (Channel::INSTAGRAM, instagram)] {
            let answer = of(channel).file(kind, mime, megabytes * MB);
            assert_eq!(answer.is_ok(), taken, "{channel}: {mime}, {megabytes} MB: {answer:?}");
        }
    }
}
