//! How long a run is and which choices it makes, as the environment says.

use vitrine_tests::s3;

/// Repeats the choices of an earlier run.
const SEED: &str = "VITRINE_TORTURE_SEED";

/// Returns a number that the environment names, if it does.
///
/// # Panics
/// When it is not a number.
pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Returns how many rounds to run, and the seed of their choices; prints both.
pub(crate) fn rounds(name: &str, otherwise: u64) -> (u64, u64) {
    let rounds = number(name).unwrap_or(otherwise);
    let seed = number(SEED).unwrap_or_else(|| u64::from_str_radix(&s3::random_hex(4), 16).unwrap());
    println!("{name}={rounds} {SEED}={seed}");
    (rounds, seed)
}
