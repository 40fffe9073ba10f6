//! The length of a run and the seed of its choices, from the environment.

use vitrine_tests::s3;

/// The variable that repeats the choices of an earlier run.
const SEED: &str = "VITRINE_TORTURE_SEED";

/// Returns the number in an environment variable; `None` if it is not set.
///
/// # Panics
/// Panics if it is not a number.
pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Returns the number of rounds to run and the seed of their choices, and
/// prints both.
pub(crate) fn rounds(name: &str, otherwise: u64) -> (u64, u64) {
    let rounds = number(name).unwrap_or(otherwise);
    let seed = number(SEED).unwrap_or_else(|| u64::from_str_radix(&s3::random_hex(4), 16).unwrap());
    println!("{name}={rounds} {SEED}={seed}");
    (rounds, seed)
}
