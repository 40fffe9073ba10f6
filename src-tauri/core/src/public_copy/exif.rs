//! EXIF (CIPA DC-008) of a copy: orientation and colour space, and on request the place and the camera. Each
//! field is on an allow-list with its type and count; everything else of a block is left behind, such as
//! maker notes, serial numbers, comments and previews.

mod fields;

use crate::model::Carried;
use fields::{CAMERA, EXPOSURE, Field, PLACE, Rule, is_neutral, is_text};
use std::collections::BTreeSet;

const ORIENTATION: u16 = 0x0112;
const EXIF_DIRECTORY: u16 = 0x8769;
const PLACE_DIRECTORY: u16 = 0x8825;
const USER_COMMENT: u16 = 0x9286;
const COLOUR_SPACE: u16 = 0xa001;
const RULES_DIRECTORY: u16 = 0xa005;
const RULES_INDEX: u16 = 0x0001;
/// The most entries of a directory that are read.
const MAX_ENTRIES: u16 = 512;

/// What a block says, as far as a copy may repeat it.
#[derive(Debug, Default)]
pub(super) struct Exif {
    /// 2 to 8; `None` if the pixels are upright.
    orientation: Option<u16>,
    is_adobe_rgb: bool,
    camera: Vec<Field>,
    exposure: Vec<Field>,
    place: Vec<Field>,
    /// What the fields are about, apart from texts.
    pub(super) carried: BTreeSet<Carried>,
}

impl Exif {
    /// Reads a TIFF block. A block that cannot be read says nothing.
    pub(super) fn of(block: &[u8]) -> Self {
        let mut exif = Self::default();
        if let Some(tiff) = Tiff::of(block) {
            exif.read(&tiff);
        }
        exif
    }

    fn read(&mut self, tiff: &Tiff) -> Option<()> {
        let first = tiff.u32(4)?;
        let mut second = None;
        for entry in tiff.entries(first) {
            match tiff.u16(entry)? {
                ORIENTATION => {
                    let found = tiff.short(entry).filter(|turn| (2..=8).contains(turn));
                    self.orientation = self.orientation.or(found);
                }
                EXIF_DIRECTORY => second = tiff.offset(entry),
                PLACE_DIRECTORY => self.read_place(tiff, tiff.offset(entry)),
                tag => self.take(tiff, entry, tag),
            }
        }
        // The next directory describes a preview.
        let after = first.checked_add(2)?.checked_add(12 * usize::from(tiff.u16(first)?))?;
        if tiff.u32(after).is_some_and(|next| next != 0 && tiff.u16(next).is_some()) {
            self.carried.insert(Carried::Thumbnail);
        }
        self.read_second(tiff, second.filter(|second| *second != first)?)
    }

    fn read_second(&mut self, tiff: &Tiff, second: usize) -> Option<()> {
        let (mut space, mut rules) = (None, None);
        for entry in tiff.entries(second) {
            match tiff.u16(entry)? {
                COLOUR_SPACE => space = tiff.short(entry),
                RULES_DIRECTORY => rules = tiff.offset(entry),
                tag => self.take(tiff, entry, tag),
            }
        }
        // DCF 2.0 (JEITA CP-3461B, 3.2.4): not sRGB, and the rules R03. Some programs write 2 instead.
        let mut entries = rules.into_iter().flat_map(|rules| tiff.entries(rules));
        let index = entries.find(|entry| tiff.u16(*entry) == Some(RULES_INDEX));
        let has_rules = index.and_then(|entry| tiff.bytes.get(entry + 8..entry + 11)) == Some(b"R03");
        self.is_adobe_rgb = space == Some(2) || (has_rules && space.is_some_and(|space| space != 1));
        Some(())
    }

    fn read_place(&mut self, tiff: &Tiff, directory: Option<usize>) {
        for entry in directory.into_iter().flat_map(|directory| tiff.entries(directory)) {
            // The first tag is the version of the directory, which says nothing.
            if tiff.u16(entry) != Some(0) {
                self.carried.insert(Carried::Place);
            }
            push(&mut self.place, tiff.field(entry, PLACE));
        }
    }

    fn take(&mut self, tiff: &Tiff, entry: usize, tag: u16) {
        if let Some(field) = tiff.field(entry, EXPOSURE) {
            self.carried.insert(Carried::Camera);
            push(&mut self.exposure, Some(field));
        } else if CAMERA.iter().any(|rule| rule.tag == tag) {
            push(&mut self.camera, tiff.field(entry, CAMERA));
        } else if !is_neutral(tag) && !is_text(tag) {
            self.carried.insert(Carried::OtherMetadata);
        }
    }

    /// Says whether an exposure was measured. Only then are the names of camera and lens what they claim:
    /// generators write prompts into the same fields.
    pub(super) fn is_photograph(&self) -> bool {
        const MEASURED: [u16; 4] = [0x829a, 0x829d, 0x8827, 0x920a];
        self.exposure.iter().any(|field| MEASURED.contains(&field.tag))
    }

    /// Says whether a copy that keeps the camera repeats anything of it.
    pub(super) fn keeps_camera(&self) -> bool {
        !self.exposure.is_empty()
    }

    /// Says whether a copy that keeps the camera repeats anything of the place.
    pub(super) fn keeps_place(&self) -> bool {
        self.place.iter().any(|field| field.tag != 0)
    }
}

/// Adds a field, unless its tag is there already.
fn push(list: &mut Vec<Field>, field: Option<Field>) {
    if let Some(field) = field
        && list.iter().all(|other| other.tag != field.tag)
    {
        list.push(field);
    }
}

struct Tiff<'a> {
    bytes: &'a [u8],
    is_little: bool,
}

impl<'a> Tiff<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        match bytes.first_chunk::<4>()? {
            b"II*\0" => Some(Self { bytes, is_little: true }),
            b"MM\0*" => Some(Self { bytes, is_little: false }),
            _ => None,
        }
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let pair = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    }

    fn u32(&self, at: usize) -> Option<usize> {
        let four = *self.bytes.get(at..)?.first_chunk()?;
        usize::try_from(if self.is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) }).ok()
    }

    /// Returns where the complete entries of a directory are.
    fn entries(&self, directory: usize) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let count = self.u16(directory).unwrap_or_default().min(MAX_ENTRIES);
        (0..usize::from(count)).map_while(move |index| {
            let at = directory.checked_add(2 + 12 * index)?;
            self.bytes.get(at..at.checked_add(12)?).map(|_| at)
        })
    }

    fn short(&self, entry: usize) -> Option<u16> {
        let is_one = self.u16(entry + 2)? == 3 && self.u32(entry + 4)? == 1;
        self.u16(entry + 8).filter(|_| is_one)
    }

    fn offset(&self, entry: usize) -> Option<usize> {
        self.u32(entry + 8)
    }

    /// Returns a field if one of the rules allows it.
    fn field(&self, entry: usize, rules: &[Rule]) -> Option<Field> {
        let tag = self.u16(entry)?;
        let rule = rules.iter().find(|rule| rule.tag == tag)?;
        let (kind, count) = (self.u16(entry + 2)?, self.u32(entry + 4)?);
        let unit = fields::unit(kind)?;
        let length = count.checked_mul(fields::size(kind)?).filter(|length| *length <= fields::LONGEST)?;
        let start = if length <= 4 { entry + 8 } else { self.u32(entry + 8)? };
        let mut value = self.bytes.get(start..start.checked_add(length)?)?.to_vec();
        if self.is_little {
            value.chunks_mut(unit).for_each(<[u8]>::reverse);
        }
        rule.allows(kind, count, &value).then_some(Field { tag, kind, count, value })
    }
}

/// Writes a TIFF block in big-endian order. `None` if there is nothing to say. The comment is encoded as the
/// web UI of AUTOMATIC1111 does it.
pub(super) fn write(found: Option<&Exif>, keep_camera: bool, comment: Option<&str>) -> Option<Vec<u8>> {
    let none = Exif::default();
    let found = found.unwrap_or(&none);
    let (mut first, mut second, mut place) = (Vec::new(), Vec::new(), Vec::new());
    first.extend(found.orientation.map(|turn| Field::short(ORIENTATION, turn)));
    if keep_camera {
        if found.is_photograph() {
            let (lens, camera): (Vec<_>, Vec<_>) =
                found.camera.iter().cloned().partition(|field| field.tag > EXIF_DIRECTORY);
            first.extend(camera);
            second.extend(lens);
        }
        second.extend(found.exposure.iter().cloned());
        if found.keeps_place() {
            place.extend(found.place.iter().cloned());
        }
    }
    if let Some(comment) = comment {
        let text = comment.encode_utf16().flat_map(u16::to_be_bytes);
        second.push(Field::undefined(USER_COMMENT, b"UNICODE\0".iter().copied().chain(text).collect()));
    }
    let rules = Field { tag: RULES_INDEX, kind: 2, count: 4, value: b"R03\0".to_vec() };
    let rules = if found.is_adobe_rgb { vec![rules] } else { Vec::new() };
    second.extend((!rules.is_empty()).then(|| Field::short(COLOUR_SPACE, u16::MAX)));
    if first.is_empty() && second.is_empty() && place.is_empty() {
        return None;
    }
    let has_second = !second.is_empty();
    // The directories follow each other; a pointer has the same length whatever it points to.
    let mut at = 8 + fields::length(&first) + 12 * (usize::from(has_second) + usize::from(!place.is_empty()));
    let mut point = |list: &mut Vec<Field>, tag: u16, length: usize| {
        if length > 0 {
            list.push(Field::long(tag, at));
            at += length;
        }
    };
    let rules_length = if rules.is_empty() { 0 } else { fields::length(&rules) };
    let second_length = if has_second { fields::length(&second) + 12 * rules.len() } else { 0 };
    point(&mut first, EXIF_DIRECTORY, second_length);
    point(&mut second, RULES_DIRECTORY, rules_length);
    point(&mut first, PLACE_DIRECTORY, if place.is_empty() { 0 } else { fields::length(&place) });
    let mut block = b"MM\0*\0\0\0\x08".to_vec();
    for directory in [first, second, rules, place] {
        fields::append(&mut block, directory);
    }
    Some(block)
}

#[cfg(test)]
mod tests;
