//! The same shots on paper, for those who film the real Messenger by hand.

use std::fmt::Write as _;

use super::script::Script;

/// One page with every film and its shots.
#[must_use]
pub fn html(scripts: &[Script]) -> String {
    let mut body = String::new();
    for script in scripts {
        let _ = write!(
            body,
            "<section><h2>{}</h2><p class=\"what\">{}</p><p class=\"file\">{}.mp4</p><ol>",
            escape(&script.title),
            escape(script.about.map_or("The whole story, for the reviewer's first look.", |about| about)),
            script.name,
        );
        for shot in &script.shots {
            let tag = shot.tag.map(|tag| format!("<code>{}</code> ", escape(tag))).unwrap_or_default();
            let _ = write!(
                body,
                "<li><p class=\"hand\">{}</p><p class=\"caption\">{tag}{}</p></li>",
                escape(&shot.by_hand),
                escape(&shot.caption),
            );
        }
        body.push_str("</ol></section>");
    }
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Storyboard</title>\
         <style>{}</style></head><body><main>{HEAD}{body}</main></body></html>\n",
        include_str!("storyboard.css"),
    )
}

/// What holds for every film by hand (meta-platform.md §9.3).
const HEAD: &str = "<h1>Storyboard</h1>\
    <p>Meta wants one recording for each permission and feature, made with the real Facebook and the real Messenger. The films \
    beside this page show how; these are their shots.</p>\
    <ul class=\"rules\">\
    <li>1920 × 1080, with Messenger in the left half and Deskbell in the right one: two windows of 960 pixels.</li>\
    <li>Begin signed out everywhere, Deskbell included, and show the whole way in.</li>\
    <li>Show the grant of the permission and the choice of the Page without a cut.</li>\
    <li>Everything is in English, or has captions: put the words below each shot on the screen.</li>\
    <li>Move slowly, and rest for two seconds on what matters. Explain buttons that don't explain themselves.</li>\
    <li>Use a test Page and a test customer; never show a real customer.</li>\
    <li>MP4 with H.264, one file for each permission, under three minutes.</li></ul>";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
