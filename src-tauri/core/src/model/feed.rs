//! The published feed of a profile: what the artist chose, what a public copy shows, and how far publishing is.

use super::names::shown;
use super::{Bytes, ImageId, OwnerId, UnixMs};
use serde::{Deserialize, Serialize};
use url::Url;

/// A digest of everything that a file or a copy is made from.
pub type Print = [u8; 16];

/// How much of the generation data the public sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum PublicDetails {
    /// Prompt, negative prompt, model and parameters.
    #[default]
    Show,
    /// The prompt alone.
    Prompt,
    /// Nothing, on any page, in any feed and in any byte of the copy.
    Hide,
}

impl PublicDetails {
    /// All values.
    pub const ALL: [Self; 3] = [Self::Show, Self::Prompt, Self::Hide];

    /// Returns the name that the catalog stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Show => "show",
            Self::Prompt => "prompt",
            Self::Hide => "hide",
        }
    }

    /// Returns the value with that name; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|details| details.as_str() == name)
    }
}

/// What happens to sensitive images that are public.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum SensitiveImages {
    /// They are published, and veiled until a visitor asks for them.
    #[default]
    Veil,
    /// They are not published.
    LeaveOut,
}

/// A link in the head of the published page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct FeedLink {
    /// The text of the link.
    pub label: String,
    /// An address that starts with `https://`, `http://` or `mailto:`. At most 2,000 characters.
    pub url: String,
}

/// The most characters of a link.
const MAX_LINK: usize = 2_000;

/// Says whether a character of an address can make it look like another one: it is not visible, or it changes the
/// direction of what follows. Programs disagree about what a backslash means.
fn misleads(character: char) -> bool {
    let is_invisible = matches!(character,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}');
    is_invisible || character.is_control() || character.is_whitespace() || character == '\\'
}

impl FeedLink {
    /// Returns what is wrong with the link, in plain words; `None` if visitors can open it.
    pub fn problem(&self) -> Option<&'static str> {
        if self.url.chars().count() > MAX_LINK || self.label.chars().count() > MAX_FEED_TITLE {
            return Some("A link can have at most 2,000 characters, and its text at most 200.");
        }
        let scheme = self.url.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
        let is_open = scheme.is_some_and(|(scheme, rest)| match scheme.as_str() {
            "https" | "http" => rest.starts_with("//"),
            "mailto" => true,
            _ => false,
        });
        if !is_open {
            return Some("A link must start with https://, http:// or mailto:.");
        }
        if self.url.contains(misleads) {
            return Some("A link can have no spaces, backslashes or invisible characters.");
        }
        let Ok(url) = Url::parse(&self.url) else {
            return Some("A link must be a complete address, such as https://example.org/.");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Some("A link can have no user name and no password, because everybody could read them.");
        }
        (url.scheme() == "mailto" && url.path().is_empty()).then_some("A link with mailto: needs an address.")
    }

    /// Returns the address that visitors open; `None` if the link has a problem.
    pub fn address(&self) -> Option<String> {
        self.problem().is_none().then(|| Url::parse(&self.url).ok().map(String::from)).flatten()
    }
}

/// The settings of one profile's published feed.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct FeedSettings {
    /// Whether the feed is published. The other settings apply when it is.
    pub is_on: bool,
    /// The title of the page; the name of the profile if empty. At most 200 characters.
    pub title: String,
    /// A text about the artist, with line breaks; may be empty. At most 5,000 characters.
    pub about: String,
    /// Links in the head of the page. At most 20.
    pub links: Vec<FeedLink>,
    /// How much of the generation data the public sees.
    pub details: PublicDetails,
    /// Whether public copies keep where and with which camera a picture was taken.
    pub keep_camera: bool,
    /// Whether a copy says that the picture was made by AI, when the original did.
    pub declare_ai: bool,
    /// Whether Content Credentials are kept. They allow no change to a file, so they are
    /// kept only if nothing else has to be removed.
    pub keep_credentials: bool,
    /// Whether text that is hidden in the pixels may be cleared, which changes colours by
    /// at most 1 in 255. Without this, such pictures are not published if the text has to
    /// be hidden.
    pub clear_hidden: bool,
    /// Whether the pages ask AI trainers to stay away.
    pub keep_trainers_out: bool,
    /// What happens to sensitive images.
    pub sensitive: SensitiveImages,
    /// Words of a prompt that mark an image as sensitive. At most 200.
    pub sensitive_words: Vec<String>,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self {
            is_on: false,
            title: String::new(),
            about: String::new(),
            links: Vec::new(),
            details: PublicDetails::default(),
            keep_camera: false,
            declare_ai: true,
            keep_credentials: false,
            clear_hidden: true,
            keep_trainers_out: false,
            sensitive: SensitiveImages::default(),
            sensitive_words: Vec::new(),
        }
    }
}

/// The most characters of a feed's title.
pub const MAX_FEED_TITLE: usize = 200;
/// The most characters of the text about the artist.
pub const MAX_FEED_ABOUT: usize = 5_000;
/// The most links of a feed.
pub const MAX_FEED_LINKS: usize = 20;
/// The most words that mark images as sensitive.
pub const MAX_SENSITIVE_WORDS: usize = 200;

impl FeedSettings {
    /// Returns the settings without spaces around texts, and without texts in which nothing can be seen.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        for link in &mut self.links {
            link.url = link.url.trim().to_owned();
            link.label = shown(&link.label);
        }
        self.title = shown(&self.title);
        self.sensitive_words = self.sensitive_words.iter().map(|word| word.trim().to_owned()).collect();
        self.sensitive_words.retain(|word| !word.is_empty());
        self
    }

    /// Returns which setting is not valid, in plain words; `None` if all are.
    pub fn problem(&self) -> Option<&'static str> {
        if self.title.chars().count() > MAX_FEED_TITLE {
            return Some("The title of a feed can have at most 200 characters.");
        }
        if self.about.chars().count() > MAX_FEED_ABOUT {
            return Some("The text about you can have at most 5,000 characters.");
        }
        if self.links.len() > MAX_FEED_LINKS {
            return Some("A feed can have at most 20 links.");
        }
        if let Some(problem) = self.links.iter().find_map(FeedLink::problem) {
            return Some(problem);
        }
        let is_long = |text: &str, most: usize| text.chars().count() > most;
        if self.sensitive_words.len() > MAX_SENSITIVE_WORDS
            || self.sensitive_words.iter().any(|word| is_long(word, MAX_FEED_TITLE))
        {
            return Some("There can be at most 200 words for sensitive images, of at most 200 characters.");
        }
        if !self.sensitive_words.iter().all(|word| word.contains(char::is_alphanumeric)) {
            return Some("A word for sensitive images needs a letter or a number.");
        }
        None
    }
}

/// What publishing is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum FeedActivity {
    /// The feed is switched off, and nothing of it is in the bucket.
    #[default]
    Off,
    /// Everything is published as it should be.
    Published,
    /// Changes are on their way to the bucket.
    Publishing,
    /// Changes wait for the transfers, whose summary says why.
    Waiting,
    /// The feed was switched off and is being removed from the bucket.
    TakingBack,
    /// Nothing can be published; the status says why.
    NotPublished,
}

/// What the images on a feed show, by the settings of the profile and by their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct FeedChoices {
    /// Images of which everything is shown.
    pub show: u32,
    /// Images of which only the prompt is shown.
    pub prompt: u32,
    /// Images of which nothing is shown.
    pub hide: u32,
    /// Images whose copy keeps location and camera.
    pub keep_camera: u32,
}

/// Why one image is not published although it is public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct FeedProblem {
    /// The image; `None` if a file of the page itself is affected.
    pub image_id: Option<ImageId>,
    /// The imported file's name, or the name of the page's file.
    pub filename: String,
    /// The reason, in plain words.
    pub reason: String,
}

/// An object that a feed left in the bucket when it should have been deleted, because this library did not publish it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct FeedLeft {
    /// The path of the file in the folder of the feed.
    pub filename: String,
    /// Whose object it is, in plain words.
    pub reason: String,
}

/// How far the feed of a profile is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct FeedStatus {
    /// The profile.
    pub owner_id: OwnerId,
    /// Whether the feed is switched on.
    pub is_on: bool,
    /// What publishing is doing.
    pub activity: FeedActivity,
    /// Why nothing is published; `None` unless `activity` is `NotPublished`.
    pub reason: Option<String>,
    /// The address of the page; `None` without a bucket that has a public address.
    pub address: Option<String>,
    /// Whether that address is a domain of the artist's own, for which a shorter address
    /// can be set up.
    pub has_own_domain: bool,
    /// Public images that belong on the page.
    pub images: u32,
    /// Images that are on the page now.
    pub published: u32,
    /// Images whose page or copy is not yet as it should be, and images that have to go.
    pub changes: u32,
    /// Files that wait in the outbox.
    pub waiting_files: u32,
    /// What the images on the page show.
    pub shown: FeedChoices,
    /// Sensitive images that are left out.
    pub left_out: u32,
    /// Why single images are not published. At most 100.
    pub problems: Vec<FeedProblem>,
    /// How many images are not published for a reason of their own.
    pub problem_count: u32,
    /// Objects that were left in the bucket since the settings were last saved. At most 100.
    pub left_in_bucket: Vec<FeedLeft>,
    /// Files of the feed in the bucket.
    pub files: u32,
    /// Their total size.
    pub size_bytes: Bytes,
    /// When the bucket last confirmed a file of the feed; `None` if it never did.
    pub written_at: Option<UnixMs>,
}

/// What `feed build` wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct FeedBuilt {
    /// Images on the page.
    pub images: u32,
    /// Sensitive images that were left out.
    pub left_out: u32,
    /// Files written.
    pub files: u32,
    /// Their total size.
    pub size_bytes: Bytes,
    /// Why single images are not on the page.
    pub problems: Vec<FeedProblem>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str) -> Option<&'static str> {
        FeedLink { label: String::new(), url: url.to_owned() }.problem()
    }

    #[test]
    fn schemes_of_links_are_read_in_any_case() {
        for url in [
            "https://a.example",
            "HTTPS://A.example/x",
            "Http://127.0.0.1:8080/",
            "MailTo:ana@a.example",
            "https://ja.wikipedia.org/wiki/港",
            "https://müller.example/?q=a%20b#c",
        ] {
            assert_eq!(problem(url), None, "{url}");
        }
    }

    #[test]
    fn links_that_no_visitor_can_open_or_that_mislead_are_refused_with_the_reason() {
        for (url, reason) in [
            ("javascript:alert(1)", "must start with"),
            ("https:a.example", "must start with"),
            ("a.example", "must start with"),
            ("", "must start with"),
            ("https://ana:secret@a.example/", "no password"),
            ("https://bank.example@a.example/", "no user name"),
            ("https://:secret@a.example/", "no password"),
            ("https://a.example/ b", "no spaces"),
            ("https://a.example\t/", "no spaces"),
            ("https://a\u{0}.example/", "invisible"),
            ("https://a.example/\u{202e}gpj.exe", "invisible"),
            ("https://pay\u{200b}pal.example/", "invisible"),
            ("https://bank.example\\@a.example/", "backslashes"),
            ("https://", "complete address"),
            ("https://a b.example", "no spaces"),
            ("https://[::1/", "complete address"),
            ("mailto:", "needs an address"),
        ] {
            assert!(problem(url).is_some_and(|why| why.contains(reason)), "{url:?}: {:?}", problem(url));
        }
    }
    #[test]
    fn texts_in_which_nothing_can_be_seen_are_empty() {
        for text in
            ["", "  ", "\u{200b}", "\u{3164}", "\u{2800} \u{115f}", "\u{ad}\u{feff}\n", "\u{e0041}\u{0}"]
        {
            let links = vec![FeedLink { label: text.to_owned(), url: " https://a.example ".to_owned() }];
            let tidied = FeedSettings { title: text.to_owned(), links, ..FeedSettings::default() }.tidied();
            assert_eq!((tidied.title.as_str(), tidied.links[0].label.as_str()), ("", ""), "{text:?}");
            assert_eq!(tidied.links[0].url, "https://a.example");
        }
        for text in ["a", "港", "\u{1F98A}", "-", "e\u{301}"] {
            let tidied = FeedSettings { title: format!(" {text} "), ..FeedSettings::default() }.tidied();
            assert_eq!(tidied.title, text);
        }
    }
}
