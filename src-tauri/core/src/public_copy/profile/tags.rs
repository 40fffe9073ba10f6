//! The tags of a profile with which colours are converted (ICC.1:2022, clauses 9 and 10). A tag is read by the rules
//! of its type and written again, so that nothing is left that has no meaning.

use super::{u16_be, u32_be, usize_of};

/// Makes a tag again: `Some(None)` if the conversion of colours does not use it, `None` if it is needed and not
/// understood.
#[allow(clippy::option_option, reason = "the outer one is a failure")]
pub(super) fn again(name: [u8; 4], data: &[u8]) -> Option<Option<Vec<u8>>> {
    match &name {
        b"wtpt" | b"bkpt" | b"rXYZ" | b"gXYZ" | b"bXYZ" => numbers(data, *b"XYZ ", 3).map(Some),
        b"chad" => numbers(data, *b"sf32", 9).map(Some),
        b"rTRC" | b"gTRC" | b"bTRC" | b"kTRC" => curve(data).map(|(made, _)| Some(made)),
        b"A2B0" | b"A2B1" | b"A2B2" | b"B2A0" | b"B2A1" | b"B2A2" => tables(data).map(Some),
        b"cicp" => code_points(data).map(Some),
        // Readers that know these prefer them to the tables.
        b"D2B0" | b"D2B1" | b"D2B2" | b"D2B3" | b"B2D0" | b"B2D1" | b"B2D2" | b"B2D3" => None,
        _ => Some(None),
    }
}

/// Writes the name that every profile in a copy has.
pub(super) fn description(version: u8) -> Vec<u8> {
    const TEXT: &str = "Colour profile";
    if version == 4 {
        return unicode(TEXT);
    }
    // The text is there in ASCII only, not in Unicode nor in the form of old Macs (ICC.1:2001, 6.5.17).
    let length = u32::try_from(TEXT.len() + 1).unwrap_or_default();
    [b"desc\0\0\0\0", length.to_be_bytes().as_slice(), TEXT.as_bytes(), &[0; 1 + 8 + 3 + 67]].concat()
}

pub(super) fn copyright(version: u8) -> Vec<u8> {
    const TEXT: &str = "Not stated";
    if version == 4 { unicode(TEXT) } else { [b"text\0\0\0\0", TEXT.as_bytes(), b"\0"].concat() }
}

/// Writes a text in one language (10.15).
fn unicode(text: &str) -> Vec<u8> {
    let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let length = u32::try_from(text.len()).unwrap_or_default().to_be_bytes();
    [b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS", length.as_slice(), b"\0\0\0\x1c", &text].concat()
}

/// Returns what follows the name of a type and four reserved bytes.
fn body(data: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    data.strip_prefix(&kind)?.get(4..)
}

fn typed(kind: [u8; 4], body: &[&[u8]]) -> Vec<u8> {
    [&kind[..], &[0; 4], &body.concat()].concat()
}

/// Reads this many numbers with a fraction (4.6). No colour is as far from white as eight times its distance from
/// black, so no text passes for a number.
fn numbers(data: &[u8], kind: [u8; 4], count: usize) -> Option<Vec<u8>> {
    const MOST: u32 = 8 << 16;
    let numbers = body(data, kind)?.get(..count * 4)?;
    let is_number = |four: &[u8; 4]| i32::from_be_bytes(*four).unsigned_abs() <= MOST;
    numbers.as_chunks().0.iter().all(is_number).then(|| typed(kind, &[numbers]))
}

/// Reads a curve (10.6 and 10.18). Returns it, and how many bytes of the data belong to it.
fn curve(data: &[u8]) -> Option<(Vec<u8>, usize)> {
    if let Some(body) = body(data, *b"curv") {
        let length = usize_of(u32_be(body, 0)?).checked_mul(2)?.checked_add(4)?;
        return Some((typed(*b"curv", &[body.get(..length)?]), 8 + length));
    }
    let body = body(data, *b"para")?;
    let kind = u16_be(body, 0)?;
    let count = *[1, 3, 4, 5, 7].get(usize::from(kind))?;
    let numbers = body.get(4..4 + count * 4)?;
    Some((typed(*b"para", &[&kind.to_be_bytes(), &[0; 2], numbers]), 12 + count * 4))
}

/// Reads code points for the interpretation of colours (10.3), of the kinds that ITU-T H.273 has.
fn code_points(data: &[u8]) -> Option<Vec<u8>> {
    let points = body(data, *b"cicp")?.get(..4)?;
    matches!(points, [1..=22, 1..=18, 0..=14, 0 | 1]).then(|| typed(*b"cicp", &[points]))
}

/// Reads tables between a space and the one to which profiles convert.
fn tables(data: &[u8]) -> Option<Vec<u8>> {
    let kind: [u8; 4] = *data.first_chunk()?;
    let body = body(data, kind)?;
    match &kind {
        b"mft1" | b"mft2" => simple_tables(kind, body),
        b"mAB " | b"mBA " => table_parts(kind, data, body),
        _ => None,
    }
}

/// Reads the number of input and of output channels.
fn channels(body: &[u8]) -> Option<(usize, usize)> {
    let [input @ 1..=15, output @ 1..=15, ..] = *body else { return None };
    Some((input.into(), output.into()))
}

/// Reads tables of the older kinds (10.10 and 10.11): a matrix, curves for the input, a grid of colours, curves for
/// the output.
fn simple_tables(kind: [u8; 4], body: &[u8]) -> Option<Vec<u8>> {
    const MATRIX: usize = 36;
    let (input, output) = channels(body)?;
    let points = *body.get(2)?;
    let matrix = body.get(4..4 + MATRIX)?;
    let rest = body.get(4 + MATRIX..)?;
    let (sizes, width) = if kind == *b"mft1" {
        ((256, 256), 1)
    } else {
        ((u16_be(rest, 0)?.into(), u16_be(rest, 2)?.into()), 2)
    };
    let counts = if width == 2 { 4 } else { 0 };
    let colours = (0..input).try_fold(output, |count, _| count.checked_mul(points.into()))?;
    let values =
        input.checked_mul(sizes.0)?.checked_add(colours)?.checked_add(output.checked_mul(sizes.1)?)?;
    let tables = rest.get(..values.checked_mul(width)?.checked_add(counts)?)?;
    Some(typed(kind, &[body.get(..2)?, &[points, 0], matrix, tables]))
}

/// Reads tables of the newer kinds (10.12 and 10.13), whose parts can be anywhere in the tag: curves, a matrix, more
/// curves, a grid of colours, and more curves.
fn table_parts(kind: [u8; 4], data: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    const MATRIX: usize = 48;
    let (input, output) = channels(body)?;
    // The curves beside the profile's space are named B, those beside the device A.
    let (beside_profile, beside_device) = if kind == *b"mAB " { (output, input) } else { (input, output) };
    let part = |index: usize| {
        let at = usize_of(u32_be(body, 4 + index * 4)?);
        if at == 0 { Some(None) } else { data.get(at..).map(Some) }
    };
    let mut made = typed(kind, &[body.get(..2)?, &[0; 2], &[0; 20]]);
    for index in 0..5 {
        if let Some(data) = part(index)? {
            let at = u32::try_from(made.len()).ok()?.to_be_bytes();
            made.get_mut(12 + index * 4..16 + index * 4)?.copy_from_slice(&at);
            made.extend(match index {
                0 | 2 => curves(data, beside_profile)?,
                1 => data.get(..MATRIX)?.to_vec(),
                3 => grid(data, input, output)?,
                _ => curves(data, beside_device)?,
            });
            made.resize(made.len().next_multiple_of(4), 0);
        }
    }
    Some(made)
}

/// Reads curves that follow each other, each padded to four bytes.
fn curves(mut data: &[u8], count: usize) -> Option<Vec<u8>> {
    let mut made = Vec::new();
    for _ in 0..count {
        let (one, length) = curve(data)?;
        made.extend(one);
        made.resize(made.len().next_multiple_of(4), 0);
        data = data.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(made)
}

/// Reads a grid of colours.
fn grid(data: &[u8], input: usize, output: usize) -> Option<Vec<u8>> {
    const HEAD: usize = 20;
    let points = data.get(..input)?;
    let width @ (1 | 2) = *data.get(16)? else { return None };
    let colours = points.iter().try_fold(output, |count, points| count.checked_mul((*points).into()))?;
    let values = data.get(HEAD..HEAD.checked_add(colours.checked_mul(width.into())?)?)?;
    let mut made = points.to_vec();
    made.resize(16, 0);
    made.extend([width, 0, 0, 0]);
    made.extend_from_slice(values);
    Some(made)
}
