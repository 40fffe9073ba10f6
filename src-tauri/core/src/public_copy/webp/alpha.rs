//! The alpha channel of a lossy WebP (RFC 9649, section 2.7.1.2).

use super::Exact;
use super::lossless;
use crate::model::CopyRefusal;
use crate::public_copy::walked::{Means, usize_of};

/// Reads the alpha channel of a picture of this size. Returns it without bytes that no decoder looks at.
pub(super) fn exact<'a>(
    data: &'a [u8],
    (width, height): (u32, u32),
    means: &Means,
) -> Result<Exact<'a>, CopyRefusal> {
    let (head, body) = data.split_first().ok_or(CopyRefusal::Incomplete)?;
    // How the values were prepared is 0 or 1. The highest two bits are reserved.
    if head >> 4 & 3 > 1 {
        return Err(CopyRefusal::Damaged);
    }
    let made = head & 0x3f;
    match head & 3 {
        0 => {
            let length = usize_of(width).checked_mul(usize_of(height)).ok_or(CopyRefusal::TooLarge)?;
            let (values, rest) = body.split_at_checked(length).ok_or(CopyRefusal::Incomplete)?;
            let cut = if rest.is_empty() { Vec::new() } else { vec![rest] };
            Ok(Exact { data: [&[made], values].concat(), cut })
        }
        1 => lossless::exact_behind(&[made], body, (width, height), means),
        _ => Err(CopyRefusal::Damaged),
    }
}
