//! The same shots on paper, for filming the real Messenger manually (meta-platform.md §9.3).

use minijinja::context;
use minijinja::value::Serde;

use super::script::Script;
use crate::document;

/// One page with every film and its shots.
#[must_use]
pub fn html(scripts: &[Script]) -> String {
    document::render("storyboard.html", context! { scripts => Serde(scripts) })
}
