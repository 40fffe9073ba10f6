//! What the targets share: putting bytes where a reader finds them, and looking at what it makes of them.

use vitrine_core::metadata::{self, Encoding, RawText, RawTexts, Reading, Source};

/// The most text that is ever kept of a file.
const MOST_TEXT: usize = 16 << 20;

/// Looks at all that is done with what was read.
pub fn check(reading: &Reading) {
    assert!(reading.texts.size() <= MOST_TEXT);
    use_texts(&reading.texts);
}

/// Gives texts a meaning, and uses it. What is kept of them gives the same meaning.
pub fn use_texts(texts: &RawTexts) {
    let meaning = metadata::interpret(texts);
    if let Some(info) = &meaning.info {
        assert!(serde_of(info));
        metadata::to_a1111_text(info);
    }
    metadata::raw_trees(&texts.list);
    metadata::input_names(&texts.list);
    let kept = serde_json::to_string(texts).expect("texts are written");
    let again: RawTexts = serde_json::from_str(&kept).expect("texts are read");
    assert_eq!(&again, texts);
    assert_eq!(metadata::interpret(&again), meaning);
}

/// Reads bytes as a file beside a picture.
pub fn as_sidecar(data: &[u8]) {
    use_texts(&RawTexts::from(Vec::from_iter(metadata::sidecar(data.to_vec()))));
}

fn serde_of(info: &metadata::GenerationData) -> bool {
    info.params().values().all(|value| !value.to_string().is_empty())
}

/// Reads bytes as a file of a container: they are its whole content, or what comes behind its first bytes.
pub fn as_container(magic: &[u8], data: &[u8]) {
    if data.starts_with(magic) {
        check(&metadata::read(data));
    } else {
        check(&metadata::read(&[magic, data].concat()));
    }
}

/// A PNG with one chunk.
pub fn png(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\0\0\0\0".to_vec();
    bytes.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    bytes.extend(kind);
    bytes.extend(data);
    bytes.extend([0; 4]);
    bytes
}

/// A JPEG with one segment.
pub fn jpeg(marker: u8, data: &[u8]) -> Vec<u8> {
    let data = data.get(..data.len().min(65_000)).unwrap_or_default();
    let length = u16::try_from(data.len() + 2).unwrap_or(2).to_be_bytes();
    [b"\xff\xd8\xff", [marker].as_slice(), &length, data, b"\xff\xd9"].concat()
}

/// Texts of these names: the data, cut at its zeros.
pub fn texts(source: Source, keys: &[&str], data: &[u8]) -> RawTexts {
    let text = |(key, part): (&&str, &[u8])| RawText {
        source,
        key: (*key).to_owned(),
        encoding: Encoding::Plain,
        bytes: part.to_vec(),
    };
    RawTexts::from(keys.iter().zip(data.split(|&byte| byte == 0)).map(text).collect::<Vec<_>>())
}
