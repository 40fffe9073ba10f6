//! The SQL functions that triggers, migrations and orders use. Each connection needs them.

use super::{CatalogError, name_order, stacks};
use crate::model::searchable;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// Registers the functions with a connection.
pub(super) fn register(connection: &Connection) -> Result<(), CatalogError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("search_text", 1, flags, |context| {
        let text: Option<String> = context.get(0)?;
        Ok(text.map(|text| searchable(&text)))
    })?;
    // SQLite's own `lower` knows only ASCII.
    connection.create_scalar_function("lower_case", 1, flags, |context| {
        Ok(context.get_raw(0).as_str()?.to_lowercase())
    })?;
    connection.create_scalar_function("name_key_of", 1, flags, |context| {
        Ok(name_order::key(context.get_raw(0).as_str()?))
    })?;
    connection.create_scalar_function("prompt_key_of", 1, flags, |context| {
        Ok(stacks::prompt_key(context.get_raw(0).as_str()?))
    })?;
    connection.create_scalar_function("shuffled", 2, flags, |context| {
        let seed: u32 = context.get(1)?;
        Ok(shuffled(context.get_raw(0).as_str()?, seed))
    })?;
    Ok(())
}

/// Returns the place of an id in the random order of this number. It fits a double.
pub(super) fn shuffled(id: &str, seed: u32) -> i64 {
    // FNV-1a, whose last bits are mixed once more, because ids of one moment differ little.
    let start = 0xcbf2_9ce4_8422_2325_u64 ^ u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = id.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    i64::try_from(mixed >> 11).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_number_gives_another_order() {
        let ids: Vec<String> =
            (0..100).map(|n| format!("01890000-0000-7000-8000-0000000000{n:02}")).collect();
        let order = |seed| {
            let mut ids = ids.clone();
            ids.sort_by_key(|id| shuffled(id, seed));
            ids
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        assert_ne!(order(1), ids);
        assert!(ids.iter().all(|id| (0..1 << 53).contains(&shuffled(id, 7))));
    }
}
