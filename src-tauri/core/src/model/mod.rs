//! The vocabulary of the product as plain types. Owns no behaviour beyond their
//! own validity; must not know storage, network or interface.

mod caching;
mod change;
mod check;
mod feed;
mod fingerprint;
mod ids;
mod image;
mod import;
mod kill_point;
mod kind;
mod made;
mod moments;
mod names;
mod order;
mod page;
mod progress;
mod public_copy;
mod rating;
mod raw;
mod removal;
mod replayed;
mod report;
mod search;
mod selection;
mod sensitive;
mod settings;
mod time;
mod transfer;
mod usage;
mod verify;
mod watch;
mod zone;

pub use caching::{CachedCopies, ORIGINAL_CACHE_CONTROL, PurgeResult, cached_for};
pub use change::Change;
pub use check::{CheckOutcome, CheckStep, CheckStepName};
pub use feed::{
    FeedActivity, FeedBuilt, FeedChoices, FeedLeft, FeedLink, FeedProblem, FeedSettings, FeedStatus,
    MAX_FEED_ABOUT, MAX_FEED_LINKS, MAX_FEED_TITLE, MAX_SENSITIVE_WORDS, Print, PublicDetails,
    SensitiveImages,
};
pub use fingerprint::{
    DuplicateImage, Duplicates, DuplicatesProgress, Fingerprint, MoreLike, MoreLikeThis, SimilarImage,
    UnneededDuplicate,
};
pub use ids::{CollectionId, GalleryId, ImageId, InvalidId, KeyOrigin, ObjectKey, OwnerId};
pub use image::{
    Collection, Counts, FieldEdit, Gallery, GeneratedImage, GenerationField, Image, ImageDetail, ImageEdit,
    ImageRecord, MadeWith, Note, PlacedImages, Profile, ReferenceImage, Tile,
};
pub use import::{
    ImportChoices, ImportTarget, ImportedFile, KindCount, Outcome, PassedOver, Rejection, RejectionReason,
    Restores, Source,
};
pub use kill_point::{KillPoint, KillPoints};
pub use kind::{ImageFormat, ImageKind, ThumbnailSize, Visibility};
pub use made::{Made, MadeFrom, Notice};
pub use moments::{TimeSpan, moment_of};
pub use names::checked_name;
pub use order::{Order, OrderBy};
pub use page::{Cursor, CursorKey, InvalidCursor, Page, PageRequest, ParsedView, SearchPlace, View};
pub use progress::{CopyProgress, DateProgress, ImportProgress, Work, WorkEnded};
pub use public_copy::{
    CameraChoice, Carried, CopyRefusal, DetailsChoice, TermsBefore, TermsEdit, TermsReport,
};
pub use rating::{InvalidRating, Rating};
pub use raw::RawNode;
pub use removal::Removal;
pub use replayed::Replayed;
pub use report::{ActionReport, ErrorCode, Failure, ItemFailure};
pub use search::{
    Facet, Facets, RatingRange, SavedSearch, Search, SearchField, SearchImage, SearchIs, SearchName,
    SearchSize, SearchWord, searchable,
};
pub use selection::{FieldSummary, MadeBetween, SelectionSummary, UploadCounts};
pub use sensitive::{SensitiveMark, SensitiveWords};
pub use settings::{DAYS_IN_TRASH, KeepOriginals, SETTING_RANGES, SettingRanges, Settings, SpaceUse, Theme};
pub use time::{Bytes, Clock, SystemClock, UnixMs};
pub use transfer::{
    Operation, Transfer, TransferActivity, TransferProblem, TransferProblemCode, TransferState,
    TransferSummary, UploadState,
};
pub use usage::{Allowance, BucketUsage, FREE_ALLOWANCE, Month, RequestClass};
pub use verify::{
    Depth, Finding, FindingCounts, FindingKind, UnknownObjects, VerifyOptions, VerifyProgress, VerifyReport,
};
pub use watch::{WatchedFile, WatchedFolder};
pub use zone::Zone;
