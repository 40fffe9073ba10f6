//! Stacks: images that one prompt made in one go, which means each within 30 minutes of another.
//!
//! The triggers `generated_images_stacked` and `generated_images_joined` number them in the column
//! `stack`, however a row comes. The result does not depend on the order in which rows come. The
//! numbers themselves mean nothing, and the journal does not record them. An image whose prompt or
//! date changes finds its stack again. Those that it leaves behind stay one stack, even if only it
//! was between them, and images in the trash count as well.

use super::CatalogError;
use crate::model::{OwnerId, UnixMs};
use rusqlite::{Connection, Row};
use sha2::{Digest, Sha256};

/// How far apart neighbours in a stack are made at most, in milliseconds. The triggers and
/// migrations have the same number.
const IN_ONE_GO_MS: i64 = 1_800_000;

/// Returns a number that only equal prompts have; `None` if there is nothing in the prompt. How its
/// words are spaced does not matter. It is kept in catalogs, so it never changes.
pub(super) fn prompt_key(prompt: &str) -> Option<i64> {
    let mut words = prompt.split_whitespace();
    let mut hash = Sha256::new();
    hash.update(words.next()?);
    for word in words {
        hash.update(" ");
        hash.update(word);
    }
    let start = hash.finalize().first_chunk().copied().unwrap_or_default();
    i64::try_from(u64::from_be_bytes(start) >> 1).ok()
}

/// Reads the number of a stack.
pub(super) fn number(row: &Row<'_>, column: usize) -> Result<u32, CatalogError> {
    // More than four billion stacks were not made yet.
    Ok(u32::try_from(row.get::<_, i64>(column)?).unwrap_or_default())
}

/// Says whether a new image lies between two stacks that become one with it.
pub(super) fn joins_two(
    connection: &Connection,
    owner: &OwnerId,
    prompt: &str,
    at: UnixMs,
) -> Result<bool, CatalogError> {
    let Some(key) = prompt_key(prompt) else { return Ok(false) };
    let nearest = |bounds: &str, direction: &str| {
        format!(
            "(SELECT stack FROM generated_images
              WHERE owner_id = ?1 AND prompt_key = ?2 AND stack > 0 AND created_at BETWEEN {bounds}
              ORDER BY created_at {direction} LIMIT 1)"
        )
    };
    let (earlier, later) = (nearest("?3 - ?4 AND ?3", "DESC"), nearest("?3 AND ?3 + ?4", "ASC"));
    let joins: Option<bool> = connection
        .prepare_cached(&format!("SELECT {earlier} <> {later}"))?
        .query_row((owner, key, at, IN_ONE_GO_MS), |row| row.get(0))?;
    Ok(joins.unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spaces_of_a_prompt_do_not_matter_but_its_words_do() {
        let fox = prompt_key("a red fox").unwrap();
        assert_eq!(prompt_key("  a red\n\tfox "), Some(fox));
        assert_ne!(prompt_key("a redfox"), Some(fox));
        assert_ne!(prompt_key("A red fox"), Some(fox));
        assert_eq!(prompt_key(" \n"), None);
    }

    #[test]
    fn the_key_of_a_prompt_is_the_start_of_its_sha_256_without_the_last_bit() {
        // printf 'a red fox' | sha256sum
        assert_eq!(prompt_key("a red fox"), Some(0x647c_3a65_20b8_7d38 >> 1));
    }
}
