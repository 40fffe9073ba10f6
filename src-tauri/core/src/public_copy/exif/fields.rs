//! The fields that a copy may repeat, with their types and counts, and how a directory is written.

const BYTE: u16 = 1;
const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
const UNDEFINED: u16 = 7;
const SIGNED_RATIONAL: u16 = 10;

/// The longest value that is repeated, in bytes.
pub(super) const LONGEST: usize = 64;

/// One field, its value in big-endian order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) tag: u16,
    pub(super) kind: u16,
    pub(super) count: usize,
    pub(super) value: Vec<u8>,
}

impl Field {
    pub(super) fn short(tag: u16, value: u16) -> Self {
        Self { tag, kind: SHORT, count: 1, value: value.to_be_bytes().to_vec() }
    }

    pub(super) fn long(tag: u16, value: usize) -> Self {
        let value = u32::try_from(value).unwrap_or(u32::MAX);
        Self { tag, kind: LONG, count: 1, value: value.to_be_bytes().to_vec() }
    }

    pub(super) fn undefined(tag: u16, value: Vec<u8>) -> Self {
        Self { tag, kind: UNDEFINED, count: value.len(), value }
    }
}

/// What a value must look like.
#[derive(Clone, Copy)]
enum Shape {
    /// This many numbers of a type.
    Numbers(u16, usize),
    /// One letter of these, and a zero.
    OneOf(&'static [u8]),
    /// A name of at most 63 letters, digits and a few marks, none of which a text of a generator lacks.
    Name,
    /// Digits where the pattern has zeros, and the marks of the pattern elsewhere; a zero follows.
    Pattern(&'static [u8]),
}

/// One allowed field.
pub(super) struct Rule {
    pub(super) tag: u16,
    shape: Shape,
}

const fn rule(tag: u16, shape: Shape) -> Rule {
    Rule { tag, shape }
}

const fn numbers(tag: u16, kind: u16, count: usize) -> Rule {
    rule(tag, Shape::Numbers(kind, count))
}

impl Rule {
    pub(super) fn allows(&self, kind: u16, count: usize, value: &[u8]) -> bool {
        match self.shape {
            Shape::Numbers(needed, most) => kind == needed && count == most && are_numbers(kind, value),
            _ if kind != ASCII => false,
            Shape::OneOf(letters) => matches!(value, [letter, 0] if letters.contains(letter)),
            Shape::Name => value.split_last().is_some_and(|(end, name)| {
                let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" -_./,()+&*@".contains(byte);
                *end == 0 && !name.is_empty() && name.iter().all(is_plain)
            }),
            Shape::Pattern(pattern) => value.split_last().is_some_and(|(end, text)| {
                let fits = |(byte, mark): (&u8, &u8)| match mark {
                    b'0' => byte.is_ascii_digit(),
                    b'+' => matches!(byte, b'+' | b'-'),
                    mark => byte == mark,
                };
                *end == 0 && text.len() == pattern.len() && text.iter().zip(pattern).all(fits)
            }),
        }
    }
}

/// Says whether a value, in big-endian order, consists of numbers that cameras write. Four letters make a
/// number above 500 million, so no text passes for one.
fn are_numbers(kind: u16, value: &[u8]) -> bool {
    const LARGEST: u32 = 100_000_000;
    match kind {
        BYTE => value.iter().all(|byte| *byte < 10),
        LONG | RATIONAL | SIGNED_RATIONAL => value.as_chunks::<4>().0.iter().all(|four| {
            let number = i32::from_be_bytes(*four);
            number.unsigned_abs() <= LARGEST && (number >= 0 || kind == SIGNED_RATIONAL)
        }),
        _ => true,
    }
}

/// Names of camera and lens. The lens has its place in the Exif directory.
pub(super) const CAMERA: &[Rule] = &[
    rule(0x010f, Shape::Name),
    rule(0x0110, Shape::Name),
    rule(0xa433, Shape::Name),
    rule(0xa434, Shape::Name),
];

/// Settings of the camera, and when the picture was taken.
pub(super) const EXPOSURE: &[Rule] = &[
    numbers(0x829a, RATIONAL, 1),
    numbers(0x829d, RATIONAL, 1),
    numbers(0x8822, SHORT, 1),
    numbers(0x8827, SHORT, 1),
    numbers(0x8830, SHORT, 1),
    numbers(0x8832, LONG, 1),
    rule(0x9003, Shape::Pattern(b"0000:00:00 00:00:00")),
    rule(0x9010, Shape::Pattern(b"+00:00")),
    rule(0x9011, Shape::Pattern(b"+00:00")),
    rule(0x9012, Shape::Pattern(b"+00:00")),
    numbers(0x9201, SIGNED_RATIONAL, 1),
    numbers(0x9202, RATIONAL, 1),
    numbers(0x9203, SIGNED_RATIONAL, 1),
    numbers(0x9204, SIGNED_RATIONAL, 1),
    numbers(0x9205, RATIONAL, 1),
    numbers(0x9207, SHORT, 1),
    numbers(0x9208, SHORT, 1),
    numbers(0x9209, SHORT, 1),
    numbers(0x920a, RATIONAL, 1),
    numbers(0xa402, SHORT, 1),
    numbers(0xa403, SHORT, 1),
    numbers(0xa404, RATIONAL, 1),
    numbers(0xa405, SHORT, 1),
    numbers(0xa406, SHORT, 1),
    numbers(0xa432, RATIONAL, 4),
];

/// The directory of places, without its free texts.
pub(super) const PLACE: &[Rule] = &[
    numbers(0, BYTE, 4),
    rule(1, Shape::OneOf(b"NS")),
    numbers(2, RATIONAL, 3),
    rule(3, Shape::OneOf(b"EW")),
    numbers(4, RATIONAL, 3),
    numbers(5, BYTE, 1),
    numbers(6, RATIONAL, 1),
    numbers(7, RATIONAL, 3),
    rule(12, Shape::OneOf(b"KMN")),
    numbers(13, RATIONAL, 1),
    rule(14, Shape::OneOf(b"TM")),
    numbers(15, RATIONAL, 1),
    rule(16, Shape::OneOf(b"TM")),
    numbers(17, RATIONAL, 1),
    rule(23, Shape::OneOf(b"TM")),
    numbers(24, RATIONAL, 1),
    rule(29, Shape::Pattern(b"0000:00:00")),
    numbers(31, RATIONAL, 1),
];

/// Says whether a field only describes how the file is encoded.
pub(super) fn is_neutral(tag: u16) -> bool {
    matches!(
        tag,
        0x0100..=0x0103
            | 0x0106
            | 0x0115
            | 0x011a..=0x011c
            | 0x0128
            | 0x0213
            | 0x9000
            | 0x9101
            | 0x9102
            | 0xa000
            | 0xa002
            | 0xa003
    )
}

/// Says whether the reader of texts reports this field.
pub(super) fn is_text(tag: u16) -> bool {
    matches!(
        tag,
        0x0104 | 0x0105 | 0x0107..=0x010e | 0x0131 | 0x0132 | 0x013b | 0x02bc | 0x9004 | 0x9286
            | 0x9290..=0x9292 | 0x9c9b..=0x9c9f
    )
}

/// Returns the length of one value of a type, in bytes.
pub(super) fn size(kind: u16) -> Option<usize> {
    match kind {
        BYTE | ASCII | UNDEFINED => Some(1),
        SHORT => Some(2),
        LONG => Some(4),
        RATIONAL | SIGNED_RATIONAL => Some(8),
        _ => None,
    }
}

/// Returns the length of the numbers that make up a value, in bytes: a rational has two.
pub(super) fn unit(kind: u16) -> Option<usize> {
    size(kind).map(|size| size.min(4))
}

/// Returns the length of a directory and its values.
pub(super) fn length(fields: &[Field]) -> usize {
    let beside =
        |field: &Field| if field.value.len() > 4 { field.value.len().next_multiple_of(2) } else { 0 };
    2 + 12 * fields.len() + 4 + fields.iter().map(beside).sum::<usize>()
}

/// Appends a directory in the order of its tags, followed by its values. An empty one is left out.
pub(super) fn append(block: &mut Vec<u8>, mut fields: Vec<Field>) {
    let Ok(count) = u16::try_from(fields.len()) else { return };
    if count == 0 {
        return;
    }
    fields.sort_by_key(|field| field.tag);
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
    let mut beside = Vec::new();
    let values_at = block.len() + 2 + 12 * fields.len() + 4;
    block.extend(count.to_be_bytes());
    for field in &fields {
        block.extend(field.tag.to_be_bytes());
        block.extend(field.kind.to_be_bytes());
        block.extend(number(field.count));
        if field.value.len() > 4 {
            block.extend(number(values_at + beside.len()));
            beside.extend_from_slice(&field.value);
            beside.resize(beside.len().next_multiple_of(2), 0);
        } else {
            block.extend_from_slice(&field.value);
            block.resize(block.len() + 4 - field.value.len(), 0);
        }
    }
    block.extend([0; 4]);
    block.extend(beside);
}
