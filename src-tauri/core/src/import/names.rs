//! What a file is according to its name. This counts only if its bytes cannot say: they cannot be read, or
//! their format has no signature. A file that can be read is never judged by its name alone. Pure.

use super::sniff::{FileContent, FileKind};
use crate::model::ImageFormat;
use FileContent::{Picture, Project, Svg, Video};
use std::path::Path;

/// What a name says about its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// A picture in a format that Vitrine imports.
    Ours,
    /// A kind of file that Vitrine does not import.
    Other(FileKind),
    /// A text, a model or an archive: nothing that anybody would take for a picture.
    NoPicture,
    /// The name says nothing.
    Unknown,
}

impl Named {
    pub(super) fn of(path: &Path) -> Self {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let Some(extension) = extension.as_deref() else { return Self::Unknown };
        if ImageFormat::from_extension(extension).is_some() {
            return Self::Ours;
        }
        let kind = OTHERS.iter().find(|(.., extensions)| extensions.contains(&extension));
        if let Some((label, content, _)) = kind {
            Self::Other(FileKind::new(label, *content))
        } else if NO_PICTURES.contains(&extension) {
            Self::NoPicture
        } else {
            Self::Unknown
        }
    }
}

/// Says whether an operating system or a file manager left this file in a folder. People do not know about
/// these files, so they are not even counted.
pub(super) fn is_litter(name: &str) -> bool {
    let known = [".ds_store", ".localized", ".directory", "thumbs.db", "ehthumbs.db", "desktop.ini"];
    name.starts_with("._") || known.iter().any(|litter| name.eq_ignore_ascii_case(litter))
}

/// The labels are those of `sniff`, so that both are counted together.
const OTHERS: &[(&str, FileContent, &[&str])] = &[
    ("AVIF", Picture, &["avif", "avifs"]),
    ("HEIC", Picture, &["heic", "heif", "hif"]),
    ("JPEG XL", Picture, &["jxl"]),
    ("JPEG XR", Picture, &["jxr", "wdp", "hdp"]),
    ("JPEG 2000", Picture, &["jp2", "j2k", "j2c", "jpf", "jpx"]),
    ("TIFF", Picture, &["tif", "tiff"]),
    ("BMP", Picture, &["bmp", "dib"]),
    ("TGA", Picture, &["tga"]),
    ("QOI", Picture, &["qoi"]),
    ("PNM", Picture, &["ppm", "pgm", "pbm", "pnm", "pam"]),
    ("OpenEXR", Picture, &["exr"]),
    ("Radiance HDR", Picture, &["hdr"]),
    ("DDS", Picture, &["dds"]),
    ("icon", Picture, &["ico", "cur"]),
    ("SVG", Svg, &["svg", "svgz"]),
    ("Photoshop", Project, &["psd", "psb"]),
    ("GIMP", Project, &["xcf"]),
    ("Krita", Project, &["kra"]),
    ("OpenRaster", Project, &["ora"]),
    ("Clip Studio", Project, &["clip"]),
    ("Procreate", Project, &["procreate"]),
    ("Affinity", Project, &["afphoto", "afdesign"]),
    ("camera raw", Project, CAMERA_RAW),
    ("video", Video, VIDEOS),
];

const CAMERA_RAW: &[&str] = &["dng", "cr2", "cr3", "nef", "arw", "orf", "raf", "rw2", "pef", "srw"];

const VIDEOS: &[&str] =
    &["mp4", "m4v", "mov", "avi", "webm", "mkv", "mpg", "mpeg", "wmv", "flv", "m2ts", "ogv", "3gp"];

const NO_PICTURES: &[&str] = &[
    "txt",
    "caption",
    "json",
    "jsonl",
    "yaml",
    "yml",
    "toml",
    "xml",
    "xmp",
    "csv",
    "tsv",
    "md",
    "log",
    "html",
    "htm",
    "ini",
    "cfg",
    "conf",
    "db",
    "sqlite",
    "nfo",
    "url",
    "lnk",
    "py",
    "js",
    "css",
    "sh",
    "bat",
    "ps1",
    "safetensors",
    "ckpt",
    "pt",
    "pth",
    "bin",
    "gguf",
    "onnx",
    "npy",
    "npz",
    "zip",
    "tar",
    "gz",
    "7z",
    "rar",
    "mp3",
    "wav",
    "flac",
    "ogg",
    "m4a",
    "pdf",
    "ps",
    "doc",
    "docx",
    "odt",
    "rtf",
    "exe",
    "dll",
    "part",
    "tmp",
    "crdownload",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_kind_of_file_it_claims_to_be() {
        for (name, meant) in [
            ("a.PNG", Named::Ours),
            ("a.jfif", Named::Ours),
            ("a.avif", Named::Other(FileKind::new("AVIF", Picture))),
            ("IMG_1.HEIC", Named::Other(FileKind::new("HEIC", Picture))),
            ("a.mp4", Named::Other(FileKind::new("video", Video))),
            ("a.txt", Named::NoPicture),
            ("a.png.part", Named::NoPicture),
            ("a.xyz", Named::Unknown),
            ("a", Named::Unknown),
        ] {
            assert_eq!(Named::of(Path::new(name)), meant, "{name}");
        }
    }

    #[test]
    fn files_that_systems_leave_in_folders_are_recognised() {
        for name in [".DS_Store", "Thumbs.db", "desktop.ini", "._fox.png"] {
            assert!(is_litter(name), "{name}");
        }
        assert!(!is_litter(".hidden.png") && !is_litter("fox.png"));
    }
}
