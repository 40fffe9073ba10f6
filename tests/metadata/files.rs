//! Builders of small files with metadata, written from the descriptions of the formats.

use std::io::Write;

/// A PNG without pixels. Readers of metadata must not need any.
pub(crate) struct Png(Vec<u8>);

pub(crate) fn a_png() -> Png {
    let png = Png(b"\x89PNG\r\n\x1a\n".to_vec());
    png.chunk(*b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0])
}

impl Png {
    pub(crate) fn chunk(mut self, kind: [u8; 4], data: &[u8]) -> Self {
        self.0.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        self.0.extend(kind);
        self.0.extend(data);
        self.0.extend([0; 4]);
        self
    }

    pub(crate) fn text(self, key: &str, text: &[u8]) -> Self {
        self.chunk(*b"tEXt", &[key.as_bytes(), b"\0", text].concat())
    }

    pub(crate) fn compressed_text(self, key: &str, text: &[u8]) -> Self {
        self.chunk(*b"zTXt", &[key.as_bytes(), b"\0\0", &deflate(text)].concat())
    }

    pub(crate) fn international(self, key: &str, text: &str) -> Self {
        self.chunk(*b"iTXt", &[key.as_bytes(), b"\0\0\0en\0key\0", text.as_bytes()].concat())
    }

    pub(crate) fn compressed_international(self, key: &str, text: &str) -> Self {
        self.chunk(*b"iTXt", &[key.as_bytes(), b"\0\x01\0\0\0", &deflate(text.as_bytes())].concat())
    }

    pub(crate) fn pixels(self) -> Self {
        self.chunk(*b"IDAT", &deflate(&[0; 5]))
    }

    pub(crate) fn end(self) -> Vec<u8> {
        self.chunk(*b"IEND", &[]).0
    }
}

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    deflated.write_all(bytes).unwrap();
    deflated.finish().unwrap()
}

/// Returns a JPEG with these segments and an empty scan.
pub(crate) fn jpeg(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    for (marker, data) in segments {
        bytes.extend([0xff, *marker]);
        bytes.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
        bytes.extend(data);
    }
    bytes.extend([0xff, 0xda, 0, 2, 0xff, 0xd9]);
    bytes
}

pub(crate) fn jpeg_exif(exif: &[u8]) -> Vec<u8> {
    jpeg(&[(0xe1, [b"Exif\0\0", exif].concat())])
}

pub(crate) fn jpeg_xmp(packet: &str) -> Vec<u8> {
    jpeg(&[(0xe1, [b"http://ns.adobe.com/xap/1.0/\0", packet.as_bytes()].concat())])
}

pub(crate) fn webp(chunks: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in chunks {
        body.extend(kind);
        body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        body.extend(data);
        body.extend(std::iter::repeat_n(0, data.len() % 2));
    }
    [b"RIFF".as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

pub(crate) fn gif(comment: &[u8]) -> Vec<u8> {
    let mut bytes = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    bytes.extend(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
    bytes.extend(b"\x21\xfe");
    for part in comment.chunks(255) {
        bytes.push(u8::try_from(part.len()).unwrap());
        bytes.extend(part);
    }
    bytes.extend(b"\0\x3b");
    bytes
}

/// A field of a directory: tag, type, bytes.
pub(crate) type Field = (u16, u16, Vec<u8>);

pub(crate) const ASCII: u16 = 2;
pub(crate) const UNDEFINED: u16 = 7;

/// Returns a TIFF structure with a first directory and, if it has fields, an Exif directory.
pub(crate) fn exif(big_endian: bool, first: &[Field], second: &[Field]) -> Vec<u8> {
    let u16 = |value: u16| if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
    let u32 = |value: usize| {
        let value = u32::try_from(value).unwrap();
        if big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    };
    let pointer = usize::from(!second.is_empty());
    let first_size = 2 + 12 * (first.len() + pointer) + 4;
    let second_size = if second.is_empty() { 0 } else { 2 + 12 * second.len() + 4 };
    let mut values_at = 8 + first_size + second_size;
    let (mut directories, mut values) = (Vec::new(), Vec::new());
    for (fields, linked) in [(first, pointer), (second, 0)] {
        if fields.is_empty() && linked == 0 {
            continue;
        }
        directories.extend(u16(u16::try_from(fields.len() + linked).unwrap()));
        for (tag, kind, bytes) in fields {
            directories.extend([u16(*tag), u16(*kind)].concat());
            directories.extend([u32(bytes.len()), u32(values_at)].concat());
            values.extend(bytes);
            values_at += bytes.len();
        }
        if linked == 1 {
            directories.extend([u16(0x8769), u16(4)].concat());
            directories.extend([u32(1), u32(8 + first_size)].concat());
        }
        directories.extend(u32(0));
    }
    let header = if big_endian { b"MM\0\x2a\0\0\0\x08" } else { b"II\x2a\0\x08\0\0\0" };
    [header.to_vec(), directories, values].concat()
}

pub(crate) fn ascii(tag: u16, text: &str) -> Field {
    (tag, ASCII, [text.as_bytes(), b"\0"].concat())
}

/// Returns a `UserComment` in UTF-16 of either byte order.
pub(crate) fn unicode_comment(text: &str, big_endian: bool) -> Field {
    let units =
        text.encode_utf16().flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() });
    (0x9286, UNDEFINED, b"UNICODE\0".iter().copied().chain(units).collect())
}

pub(crate) fn jumbf_box(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    [&u32::try_from(content.len() + 8).unwrap().to_be_bytes(), &kind, content].concat()
}

pub(crate) fn jumbf(label: &str, contents: &[Vec<u8>]) -> Vec<u8> {
    let description = [&[0; 16], b"\x03".as_slice(), label.as_bytes(), b"\0"].concat();
    jumbf_box(*b"jumb", &[jumbf_box(*b"jumd", &description), contents.concat()].concat())
}

/// Encodes texts, lists and maps of texts as CBOR, which is all that a claim needs.
pub(crate) fn cbor(value: &serde_json::Value) -> Vec<u8> {
    let head = |major: u8, length: usize| {
        [&[major << 5 | 0x19], u16::try_from(length).unwrap().to_be_bytes().as_slice()].concat()
    };
    match value {
        serde_json::Value::String(text) => [head(3, text.len()), text.as_bytes().to_vec()].concat(),
        serde_json::Value::Array(list) => {
            [head(4, list.len()), list.iter().flat_map(cbor).collect()].concat()
        }
        serde_json::Value::Object(map) => {
            let pairs =
                map.iter().flat_map(|(key, value)| [cbor(&key.as_str().into()), cbor(value)].concat());
            [head(5, map.len()), pairs.collect()].concat()
        }
        _ => vec![0xf6],
    }
}
