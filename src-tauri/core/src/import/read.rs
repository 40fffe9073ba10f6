//! Reads a source file once, and gets its bytes, hashes and format together. Owns all
//! the ways in which a path can fail to be a readable picture; knows nothing about
//! pixels.

use super::limits::ReadLimits;
use super::outline::Outline;
use super::sniff::{Sniffed, sniff};
use crate::model::{ImageFormat, Rejection, RejectionReason, UnixMs};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The number of bytes hashed at a time, while they are still in the processor's
/// cache.
const CHUNK: u64 = 256 * 1024;

/// The buffer reserved before a file is read, in bytes. A longer file grows the
/// buffer.
const FIRST_ROOM: u64 = 8 * 1024 * 1024;

/// A source file in memory whose first bytes are those of a picture.
#[derive(Debug, Clone)]
pub struct SourceImage {
    /// The name under which it was imported, without folders.
    pub filename: String,
    /// The exact bytes of the file.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes: the identity of the picture.
    pub sha256: [u8; 32],
    /// The format according to the bytes, whatever the name says.
    pub format: ImageFormat,
    /// The modification time of the file; `None` if there is no file or its file
    /// system does not say.
    pub modified_at: Option<UnixMs>,
}

/// Says whether a file may still be in the process of being written: it begins like a
/// picture, or not like one yet, and does not end like one. Returns false for a file
/// that would be refused for another reason, because its import explains the reason.
pub fn is_unfinished(path: &Path, limits: &ReadLimits) -> bool {
    let mut bytes = Vec::new();
    let looked = open(path, limits).and_then(|(file, _)| {
        let mut source = file.take(limits.max_bytes.saturating_add(1));
        source.read_to_end(&mut bytes).map_err(|error| Rejection::for_reading(&error))
    });
    if looked.is_err() || u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits.max_bytes {
        return false;
    }
    match sniff(&bytes) {
        Sniffed::Image(format) => !Outline::of(&bytes, format).is_ok_and(|outline| outline.is_whole),
        _ => true,
    }
}

/// Reads the file at `path`. Never waits for a pipe or a device, and never reads more
/// than the limit, even if the file grows meanwhile.
pub fn read(path: &Path, limits: &ReadLimits) -> Result<SourceImage, Rejection> {
    let (file, opened) = open(path, limits)?;
    let filename = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let source = read_from(file, opened.len(), filename, limits)?;
    Ok(SourceImage { modified_at: opened.modified().ok().map(UnixMs::from), ..source })
}

/// Opens a file and returns its file system's metadata.
fn open(path: &Path, limits: &ReadLimits) -> Result<(File, fs::Metadata), Rejection> {
    // Checked before opening, because opening a pipe would wait for its other end.
    check_file(&check_path(path)?, limits)?;
    let file = File::open(path).map_err(|error| Rejection::for_reading(&error))?;
    // The path may refer to another file by now; the opened one decides.
    let opened = file.metadata().map_err(|error| Rejection::for_reading(&error))?;
    check_file(&opened, limits)?;
    Ok((file, opened))
}

/// Accepts bytes that never were a file, such as a pasted picture.
pub fn from_bytes(filename: &str, bytes: Vec<u8>, limits: &ReadLimits) -> Result<SourceImage, Rejection> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > limits.max_bytes {
        return Err(Rejection::too_large(Some(length), limits.max_bytes));
    }
    let format = format_of(&bytes)?;
    let sha256 = Sha256::digest(&bytes).into();
    Ok(SourceImage { filename: filename.to_owned(), bytes, sha256, format, modified_at: None })
}

/// Returns the metadata of what a path leads to.
pub(super) fn check_path(path: &Path) -> Result<fs::Metadata, Rejection> {
    fs::metadata(path).map_err(|error| missing_or_dangling(path, &error))
}

fn check_file(metadata: &fs::Metadata, limits: &ReadLimits) -> Result<(), Rejection> {
    if metadata.is_dir() {
        return Err(Rejection::directory());
    }
    if !metadata.is_file() {
        return Err(Rejection::not_a_file());
    }
    if metadata.len() > limits.max_bytes {
        return Err(Rejection::too_large(Some(metadata.len()), limits.max_bytes));
    }
    Ok(())
}

fn missing_or_dangling(path: &Path, error: &io::Error) -> Rejection {
    let rejection = Rejection::for_reading(error);
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    if rejection.code == RejectionReason::Missing && is_link { Rejection::dangling() } else { rejection }
}

/// Reads and hashes a file. `expected` only sets the size of the buffer: some files
/// say they are empty but are not, and a file can grow or shrink while it is read.
fn read_from(
    mut source: impl Read,
    expected: u64,
    filename: String,
    limits: &ReadLimits,
) -> Result<SourceImage, Rejection> {
    let room = expected.min(FIRST_ROOM).saturating_add(1);
    let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0));
    let mut sha256 = Sha256::new();
    let mut format = None;
    loop {
        let hashed = bytes.len();
        let count =
            source.by_ref().take(CHUNK).read_to_end(&mut bytes).map_err(|e| Rejection::for_reading(&e))?;
        if count == 0 {
            break;
        }
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits.max_bytes {
            return Err(Rejection::too_large(None, limits.max_bytes));
        }
        if format.is_none() {
            // The first chunk decides, so a film is not read to its end just to be
            // refused.
            format = Some(format_of(&bytes)?);
        }
        let fresh = bytes.get(hashed..).unwrap_or_default();
        sha256.update(fresh);
    }
    let format = format.ok_or_else(Rejection::empty)?;
    let sha256 = sha256.finalize().into();
    Ok(SourceImage { filename, bytes, sha256, format, modified_at: None })
}

fn format_of(bytes: &[u8]) -> Result<ImageFormat, Rejection> {
    if bytes.is_empty() {
        return Err(Rejection::empty());
    }
    match sniff(bytes) {
        Sniffed::Image(format) => Ok(format),
        Sniffed::Other(kind) => Err(Rejection::unsupported(kind)),
        Sniffed::NotAnImage => Err(Rejection::not_an_image()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::pictures::{a_jpeg, a_png};
    use tempfile::TempDir;

    fn refused(path: &Path) -> RejectionReason {
        read(path, &ReadLimits::default()).unwrap_err().code
    }

    fn folder_with(name: &str, bytes: &[u8]) -> (TempDir, std::path::PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn a_picture_is_read_with_the_hash_that_other_programs_compute() {
        // `printf '\xff\xd8\xff' | sha256sum`
        let (_folder, path) = folder_with("a.jpg", b"\xff\xd8\xff");
        let source = read(&path, &ReadLimits::default()).unwrap();
        assert_eq!(
            hex::encode(source.sha256),
            "6e568e1f67fba258184c78181539e5e8fdee447e49bb706fc0ea34fbf12336a5"
        );
        assert_eq!(source.bytes, b"\xff\xd8\xff");
    }

    #[test]
    fn pasted_bytes_and_a_file_read_in_chunks_have_the_same_hash() {
        let picture = a_png(700, 500).noise().bytes();
        assert!(picture.len() > 1_000_000);
        let (_folder, path) = folder_with("big.png", &picture);
        let from_file = read(&path, &ReadLimits::default()).unwrap();
        let pasted = from_bytes("big.png", picture.clone(), &ReadLimits::default()).unwrap();
        assert_eq!(from_file.bytes, picture);
        assert_eq!(from_file.sha256, pasted.sha256);
    }

    #[test]
    fn a_file_with_a_wrong_extension_is_read_by_its_content() {
        let (_folder, path) = folder_with("photo.jpg", &a_png(4, 4).bytes());
        assert_eq!(read(&path, &ReadLimits::default()).unwrap().format, ImageFormat::Png);
        let (_folder, path) = folder_with("photo.png", &a_jpeg(4, 4).bytes());
        assert_eq!(read(&path, &ReadLimits::default()).unwrap().format, ImageFormat::Jpeg);
    }

    #[test]
    fn names_with_spaces_emoji_or_a_newline_are_kept() {
        let names: &[&str] = if cfg!(unix) {
            &["a b.png", "🌸 花.png", "two\nlines.png"]
        } else {
            &["a b.png", "🌸 花.png"]
        };
        for name in names {
            let (_folder, path) = folder_with(name, &a_png(4, 4).bytes());
            assert_eq!(read(&path, &ReadLimits::default()).unwrap().filename, *name);
        }
    }

    #[test]
    fn texts_empty_files_drawings_and_other_formats_are_told_apart() {
        for (bytes, reason) in [
            (b"a shopping list".as_slice(), RejectionReason::NotAnImage),
            (b"", RejectionReason::Empty),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", RejectionReason::Svg),
            (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", RejectionReason::UnsupportedFormat),
        ] {
            let (_folder, path) = folder_with("image.png", bytes);
            assert_eq!(refused(&path), reason);
            assert_eq!(from_bytes("x", bytes.to_vec(), &ReadLimits::default()).unwrap_err().code, reason);
        }
    }

    #[test]
    fn a_file_over_the_limit_is_refused_before_it_is_read() {
        let (_folder, path) = folder_with("huge.png", b"");
        File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
        let rejection = read(&path, &ReadLimits::default()).unwrap_err();
        assert_eq!(rejection.code, RejectionReason::TooLarge);
        assert!(rejection.sentence.contains("50 MB"), "{rejection}");
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_is_refused_at_the_limit() {
        let endless = a_png(4, 4).bytes().chain_zeros();
        let limits = ReadLimits { max_bytes: 1_000_000, ..ReadLimits::default() };
        let rejection = read_from(endless, 100, "growing.png".into(), &limits).unwrap_err();
        assert_eq!(rejection.code, RejectionReason::TooLarge);
    }

    trait ChainZeros {
        fn chain_zeros(self) -> Box<dyn Read>;
    }

    impl ChainZeros for Vec<u8> {
        fn chain_zeros(self) -> Box<dyn Read> {
            Box::new(io::Cursor::new(self).chain(io::repeat(0)))
        }
    }

    #[test]
    fn a_folder_and_an_absent_file_are_refused_as_such() {
        let folder = TempDir::new().unwrap();
        assert_eq!(refused(folder.path()), RejectionReason::Directory);
        assert_eq!(refused(&folder.path().join("gone.png")), RejectionReason::Missing);
        assert_eq!(refused(&folder.path().join("gone/gone.png")), RejectionReason::Missing);
    }

    #[test]
    fn a_refusal_never_contains_the_path() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("secret-name.png");
        let rejection = read(&path, &ReadLimits::default()).unwrap_err();
        assert!(!rejection.sentence.contains("secret-name"));
        assert!(!rejection.sentence.contains(&*folder.path().to_string_lossy()));
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::{fs::PermissionsExt, fs::symlink, net::UnixListener};

        #[test]
        fn links_are_followed_and_a_dangling_one_is_named() {
            let (folder, path) = folder_with("a.png", &a_png(4, 4).bytes());
            let link = folder.path().join("link.png");
            symlink(&path, &link).unwrap();
            assert_eq!(read(&link, &ReadLimits::default()).unwrap().filename, "link.png");
            fs::remove_file(&path).unwrap();
            let rejection = read(&link, &ReadLimits::default()).unwrap_err();
            assert_eq!(rejection.code, RejectionReason::Missing);
            assert!(rejection.sentence.contains("link"));
        }

        #[test]
        fn a_link_to_itself_is_refused() {
            let folder = TempDir::new().unwrap();
            let link = folder.path().join("loop.png");
            symlink(&link, &link).unwrap();
            assert_eq!(refused(&link), RejectionReason::Unreadable);
        }

        #[test]
        fn a_pipe_a_socket_and_a_device_are_refused_without_waiting() {
            let folder = TempDir::new().unwrap();
            let pipe = folder.path().join("pipe.png");
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            assert_eq!(refused(&pipe), RejectionReason::NotAFile);
            let socket = folder.path().join("socket.png");
            let _listener = UnixListener::bind(&socket).unwrap();
            assert_eq!(refused(&socket), RejectionReason::NotAFile);
            assert_eq!(refused(Path::new("/dev/zero")), RejectionReason::NotAFile);
        }

        #[cfg(target_os = "linux")]
        #[test]
        fn a_file_that_fails_while_it_is_read_is_unreadable() {
            // The first page of a process is never mapped, so even root gets an error.
            assert_eq!(refused(Path::new("/proc/self/mem")), RejectionReason::Unreadable);
        }

        #[test]
        fn a_file_without_read_permission_is_unreadable_where_permissions_apply() {
            let (_folder, path) = folder_with("locked.png", &a_png(4, 4).bytes());
            fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
            let permissions_apply = File::open(&path).is_err();
            let outcome = read(&path, &ReadLimits::default());
            if permissions_apply {
                assert_eq!(outcome.unwrap_err().code, RejectionReason::Unreadable);
            } else {
                assert!(outcome.is_ok());
            }
        }
    }
}
