//! The files that all pages share. Their names have a hash of their content, so
//! that caches may keep them for ever.

use super::{IMMUTABLE, shape};
use crate::publish::site::SiteFile;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

static STYLE: LazyLock<SiteFile> = LazyLock::new(|| {
    let css = include_str!("../../../templates/feed/feed.css");
    asset("style", "css", "text/css; charset=utf-8", tighten(&compact(css)) + &shape::rules())
});
static SCRIPT: LazyLock<SiteFile> = LazyLock::new(|| {
    let script = include_str!("../../../templates/feed/feed.js");
    asset("script", "js", "text/javascript; charset=utf-8", compact(script))
});
static ICON: LazyLock<SiteFile> = LazyLock::new(|| {
    let icon = include_str!("../../../templates/feed/icon.svg");
    asset("icon", "svg", "image/svg+xml", compact(icon))
});

/// Returns the style sheet, the script and the icon.
pub fn assets() -> Vec<SiteFile> {
    vec![STYLE.clone(), SCRIPT.clone(), ICON.clone()]
}

/// The version of the code that writes pages and feeds. Raise it when the same values give other bytes; everything is
/// published again then. A change of a template is noticed without it.
const RENDERER: u32 = 2;

const TEMPLATES: [&str; 5] = [
    include_str!("../../../templates/feed/content.html"),
    include_str!("../../../templates/feed/head.html"),
    include_str!("../../../templates/feed/image.html"),
    include_str!("../../../templates/feed/list.html"),
    include_str!("../../../templates/feed/tile.html"),
];

/// Returns a digest of the templates and the version of the code. With another one, every page is another one.
pub fn templates_print() -> [u8; 32] {
    static PRINT: LazyLock<[u8; 32]> = LazyLock::new(|| {
        let mut digest = Sha256::new();
        digest.update(RENDERER.to_le_bytes());
        for template in TEMPLATES {
            digest.update((template.len() as u64).to_le_bytes());
            digest.update(template);
        }
        digest.finalize().into()
    });
    *PRINT
}

/// Returns the path of the style sheet.
pub(super) fn style() -> &'static str {
    &STYLE.path
}

/// Returns the path of the script.
pub(super) fn script() -> &'static str {
    &SCRIPT.path
}

/// Returns the path of the icon.
pub(super) fn icon() -> &'static str {
    &ICON.path
}

fn asset(name: &str, extension: &str, content_type: &'static str, text: String) -> SiteFile {
    let hash = hex::encode(&Sha256::digest(&text)[..8]);
    let path = format!("{name}-{hash}.{extension}");
    SiteFile { path, content_type, cache_control: IMMUTABLE, bytes: text.into_bytes() }
}

/// Drops indentation, empty lines, and lines that are a comment. The sources
/// have no text over several lines, and no comment beside code.
fn compact(source: &str) -> String {
    let is_comment = |line: &&str| line.starts_with("//") || (line.starts_with("/*") && line.ends_with("*/"));
    let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !is_comment(line));
    lines.fold(String::with_capacity(source.len()), |text, line| text + line + "\n")
}

/// Drops the spaces and line breaks between the parts of a style sheet. It has
/// no text in which these characters stand.
fn tighten(css: &str) -> String {
    let shorter = [
        ("{\n", "{"),
        (";\n", ";"),
        ("}\n", "}"),
        (",\n", ","),
        (": ", ":"),
        (", ", ","),
        (" {", "{"),
        (";}", "}"),
    ];
    shorter.iter().fold(css.to_owned(), |css, (long, short)| css.replace(long, short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_named_by_their_content() {
        for file in assets() {
            let hash = hex::encode(&Sha256::digest(&file.bytes)[..8]);
            assert!(file.path.contains(&hash), "{}", file.path);
            assert_eq!(file.cache_control, "public, max-age=31536000, immutable");
        }
    }

    #[test]
    fn assets_refer_to_no_other_file() {
        for file in assets() {
            let text = String::from_utf8(file.bytes).unwrap().replace("http://www.w3.org/2000/svg", "");
            assert!(
                !text.contains("url(") && !text.contains("//") && !text.contains("@import"),
                "{}",
                file.path
            );
        }
    }
}
