//! GIF: comment extensions, and XMP in an application extension.

use super::{Encoding, Pieces, Source, take};

pub(super) fn collect(bytes: &[u8], pieces: &mut Pieces) {
    let mut rest = bytes.get(6..).unwrap_or_default();
    if skip_screen(&mut rest).is_some() {
        while block(&mut rest, pieces).is_some() {}
    }
}

fn skip_screen(rest: &mut &[u8]) -> Option<()> {
    let screen = take(rest, 7)?;
    skip_colours(rest, *screen.get(4)?)
}

/// Skips the colour table, which follows if the highest bit is set. The lowest three bits are its size.
fn skip_colours(rest: &mut &[u8], flags: u8) -> Option<()> {
    if flags & 0x80 != 0 {
        take(rest, 3 << ((flags & 7) + 1))?;
    }
    Some(())
}

fn block(rest: &mut &[u8], pieces: &mut Pieces) -> Option<()> {
    match take(rest, 1)? {
        [0x21] => extension(rest, pieces),
        [0x2c] => {
            let frame = take(rest, 9)?;
            skip_colours(rest, *frame.get(8)?)?;
            take(rest, 1)?;
            sub_blocks(rest, pieces, |_| {})
        }
        _ => None,
    }
}

fn extension(rest: &mut &[u8], pieces: &mut Pieces) -> Option<()> {
    match take(rest, 1)? {
        [0xfe] => {
            let (mut text, room) = (Vec::new(), pieces.room());
            sub_blocks(rest, pieces, |part| {
                if text.len() <= room {
                    text.extend_from_slice(part);
                }
            })?;
            pieces.push(Source::Comment, "Comment", Encoding::Plain, &text);
            Some(())
        }
        [0xff] => {
            let begin = *rest;
            let ended = sub_blocks(rest, pieces, |_| {});
            // Search only inside this extension. Searching the whole file for the end of each extension would
            // take time that grows with the square of their number.
            let length = if ended.is_some() { begin.len() - rest.len() } else { begin.len() };
            let extension = begin.get(..length).unwrap_or_default();
            if let Some(packet) = extension.strip_prefix(b"\x0bXMP DataXMP") {
                keep_xmp(packet, pieces)?;
            }
            ended
        }
        _ => sub_blocks(rest, pieces, |_| {}),
    }
}

/// Stores an XMP packet. It is written as it is, not in sub-blocks; a trailer that counts down leads readers
/// to its end.
fn keep_xmp(packet: &[u8], pieces: &mut Pieces) -> Option<()> {
    pieces.part(packet.len())?;
    if let Some(end) = packet.windows(2).position(|pair| pair == [0x01, 0xff]) {
        pieces.push(Source::Xmp, "xmp", Encoding::Plain, packet.get(..end).unwrap_or_default());
    }
    Some(())
}

fn sub_blocks<'a>(rest: &mut &'a [u8], pieces: &Pieces, mut each: impl FnMut(&'a [u8])) -> Option<()> {
    loop {
        pieces.part(0)?;
        match take(rest, 1)? {
            [0] => return Some(()),
            size => each(take(rest, usize::from(*size.first()?))?),
        }
    }
}
