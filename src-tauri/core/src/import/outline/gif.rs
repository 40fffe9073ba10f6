//! The outline of a GIF (87a and 89a).

use super::{End, GifMake, Make, Sketch, le16};

/// Walks through the logical screen, the extensions and images made of sub-blocks, and
/// the trailer.
pub(super) fn outline(bytes: &[u8]) -> Sketch<'_> {
    let mut sketch = Sketch::new();
    sketch.size = le16(bytes, 6).zip(le16(bytes, 8)).map(|(width, height)| (width.into(), height.into()));
    let mut make = GifMake::default();
    sketch.end = blocks(bytes, &mut make, &mut sketch.texts);
    if let (Some((screen_width, screen_height)), Some([_, _, width, height])) = (sketch.size, make.first)
        && (screen_width < width || screen_height < height)
    {
        // Browsers do the same.
        make.has_wrong_screen = true;
        sketch.size = Some((width, height));
    }
    sketch.make = Make::Gif(make);
    sketch
}

fn blocks(bytes: &[u8], make: &mut GifMake, texts: &mut u64) -> End {
    let Some(&flags) = bytes.get(10) else { return End::Cut };
    let mut at = 13 + colour_table(flags);
    loop {
        make.blocks_end = at.min(bytes.len());
        let kind = bytes.get(at);
        let body = match kind {
            None => return End::Cut,
            Some(0x3b) => return End::Whole,
            Some(0x21) => at + 2,
            Some(0x2c) => {
                if make.first.is_none() {
                    let side = |offset: usize| le16(bytes, at + offset).map(u32::from);
                    make.first_at = at;
                    make.first = (|| Some([side(1)?, side(3)?, side(5)?, side(7)?]))();
                }
                make.ends_in_a_block = true;
                let Some(&flags) = bytes.get(at + 9) else { return End::Cut };
                at + 11 + colour_table(flags)
            }
            // Zeros between blocks are common and harmless.
            Some(0x00) => {
                at += 1;
                continue;
            }
            // No block begins with this byte. After a picture, it is not part of the
            // picture.
            Some(_) => return if make.frames > 0 { End::Cut } else { End::Damaged },
        };
        make.ends_in_a_block = true;
        let Some(next) = sub_blocks_end(bytes, body) else { return End::Cut };
        make.ends_in_a_block = false;
        make.frames += u32::from(kind == Some(&0x2c));
        if kind == Some(&0x21) && matches!(bytes.get(at + 1), Some(0xfe | 0xff)) {
            *texts += (next - body) as u64;
        }
        at = next;
    }
}

/// Returns the size of the colour table that the flags announce, in bytes.
pub(in crate::import) fn colour_table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Returns where the sub-blocks that start at `at` end; `None` if the file ends before
/// that.
fn sub_blocks_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += length + 1;
        if length == 0 {
            return Some(at);
        }
    }
}
