//! ICC profiles as they lie in files: how long they are, and whether they are complete.

use flate2::{Decompress, FlushDecompress, Status};

/// The longest profile, in bytes. The largest in use, those for printing presses, have three million.
const LONGEST: usize = 4 << 20;
/// The header and an empty table of tags (ICC.1:2022, 7.1).
const SHORTEST: usize = 132;

/// Returns a profile without bytes behind its stated end (ICC.1:2022, 7.2.2). `None` if it is none: viewers
/// ignore it then.
pub(super) fn exact(profile: &[u8]) -> Option<&[u8]> {
    let stated = usize::try_from(super::walked::u32_be(profile, 0)?).ok()?;
    let is_profile = (SHORTEST..=LONGEST).contains(&stated) && profile.get(36..40) == Some(b"acsp");
    profile.get(..stated).filter(|_| is_profile)
}

/// Returns how many bytes of deflated data make a profile; `None` if they do not.
pub(super) fn deflated_length(deflated: &[u8]) -> Option<usize> {
    let mut inflate = Decompress::new(true);
    let mut profile = Vec::with_capacity(LONGEST.min(deflated.len().saturating_mul(8)).max(SHORTEST));
    loop {
        let used = usize::try_from(inflate.total_in()).ok()?;
        let before = profile.len();
        let rest = deflated.get(used..)?;
        let status = inflate.decompress_vec(rest, &mut profile, FlushDecompress::None).ok()?;
        if status == Status::StreamEnd {
            break;
        }
        if profile.len() > LONGEST {
            return None;
        }
        let is_stuck = usize::try_from(inflate.total_in()).ok()? == used && profile.len() == before;
        if profile.len() == profile.capacity() {
            profile.reserve(profile.len().max(SHORTEST));
        } else if is_stuck {
            return None;
        }
    }
    exact(&profile).filter(|exact| exact.len() == profile.len())?;
    usize::try_from(inflate.total_in()).ok()
}
